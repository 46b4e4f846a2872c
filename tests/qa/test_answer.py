"""The values that every other part only formats."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError, asdict, replace
from typing import Any

import pytest

from index import Passage, Rank, ScoredPassage
from qa import Answer, ArticleQA, Citation
from qa.answer import CheckedSentence, Event, ListItem

CITATION = Citation("ferry", "Ferries", None, "Post", "2025-03-13", 10, 30, "Anna Vane steers it.", 10, 19)
CITATION_JSON = asdict(CITATION)
SCORED = ScoredPassage(
    Passage("p-1", "ferry", "Ferries", 0, 40, "Look here. Anna Vane steers it. Good.   "),
    0.712345678,
    "reader",
    (Rank("dense", 2, 0.5), Rank("reader", 1, 0.712345678)),
)


def answer(**changes: Any) -> Answer:
    values: dict[str, Any] = {
        "question": "who steers it", "standalone_question": "Who steers the ferry?", "text": "Anna Vane",
        "abstained": False, "confidence": 0.93123456, "mode": "extractive", "citations": (CITATION,),
        "passages": (SCORED,), "timings_ms": {"retrieve": 6.12345, "read": 71.0, "total": 77.12345}, "id": "q1",
    }  # fmt: skip
    return Answer(**(values | changes))


def test_the_json_of_an_answer_has_exactly_the_keys_of_the_design() -> None:
    assert json.loads(json.dumps(answer().to_json())) == {
        "schema": 1,
        "id": "q1",
        "question": "who steers it",
        "standalone_question": "Who steers the ferry?",
        "answer": "Anna Vane",
        "abstained": False,
        "confidence": 0.931235,
        "mode": "extractive",
        "note": None,
        "citations": [
            {
                "article_id": "ferry", "title": "Ferries", "url": None, "source": "Post", "published": "2025-03-13",
                "start": 10, "end": 30, "quote": "Anna Vane steers it.", "answer_start": 10, "answer_end": 19,
            }
        ],
        "passages": [
            {
                "article_id": "ferry", "title": "Ferries", "start": 0, "end": 40,
                "text": "Look here. Anna Vane steers it. Good.   ", "score": 0.712346, "scorer": "reader",
            }
        ],
        "timings_ms": {"retrieve": 6.123, "read": 71.0, "total": 77.123},
    }  # fmt: skip


def test_what_is_said_and_quoted_is_the_answers_or_what_stands_in_its_place() -> None:
    withheld = answer(text="", abstained=True, citations=(), nearest=(CITATION,))
    assert (answer().said, answer().quotes) == (answer().text, answer().citations)
    assert (withheld.said, withheld.quotes) == ("The articles do not say.", (CITATION,))
    assert replace(withheld, reply="Hello.").said == "Hello."


def test_form_day_and_items_are_in_the_json_where_they_are_known() -> None:
    values = answer(form="list", as_of="2025-03-13", items=(ListItem("Anna Vane", 2),)).to_json()
    assert (values["form"], values["as_of"]) == ("list", "2025-03-13")
    assert values["items"] == [{"text": "Anna Vane", "articles": 2}]
    assert not {"form", "as_of", "items", "events"} & set(answer().to_json())


def test_events_are_in_the_json_and_come_back() -> None:
    events = (Event("1987", "Anna Vane steers it.", 0), Event(None, "It rained.", 1))
    told = answer(form="timeline", citations=(CITATION, CITATION), events=events)
    assert told.to_json()["events"][1] == {"date": None, "text": "It rained.", "citation": 1}
    assert Answer.from_json(told.to_json()).events == events


def test_the_json_of_an_abstention_has_the_same_keys() -> None:
    values = answer(text="", abstained=True, citations=()).to_json()
    assert list(values) == list(answer().to_json())
    assert (values["answer"], values["abstained"], values["citations"]) == ("", True, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"abstained": True},
        {"citations": ()},
        {"text": ""},
        {"text": "", "citations": ()},
        {"abstained": True, "citations": ()},
        {"abstained": True, "text": ""},
    ],
)
def test_an_answer_that_contradicts_itself_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^An answer abstains if and only if it has no text and no citations\.$"):
        answer(**changes)


def test_the_trace_says_rank_and_score_in_every_order() -> None:
    assert answer().trace == (
        {
            "passage_id": "p-1",
            "article_id": "ferry",
            "start": 0,
            "end": 40,
            "ranks": {"dense": {"rank": 2, "score": 0.5}, "reader": {"rank": 1, "score": 0.712345678}},
        },
    )


def test_an_answer_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        answer().text = "Someone else"  # type: ignore[misc]


WRITTEN = {
    "mode": "generative", "note": "The articles differ.", "removed_citations": 2, "id": None,
    "text": "Anna Vane steers it [1]. 🎻 e\u0301 \0",
    "sentences": (
        CheckedSentence("Anna Vane steers it [1].", 0, 24, (0,), True),
        CheckedSentence("🎻 e\u0301 \0", 25, 30, (), False, "it cites nothing"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        WRITTEN,
        {"text": "", "abstained": True, "citations": ()},
        {"text": "", "abstained": True, "citations": (), "nearest": (CITATION,), "reason": "No number stands near."},
        {"text": "", "abstained": True, "citations": (), "reply": "You are welcome."},
        {"citations": (replace(CITATION, answer_start=None, answer_end=None, source=None, published=None),)},
        {"citations": (replace(CITATION, pages=("3", "iv")),)},
        {"passages": (), "timings_ms": {}},
        {"form": "list", "items": (ListItem("Anna Vane", 2), ListItem("Otto Brill", 1))},
        {"form": "short", "as_of": "2025-03-13"},
        {"form": "timeline", "citations": (CITATION, replace(CITATION, published=None))},
        {"form": "yes_no", "text": "", "abstained": True, "citations": ()},
    ],
)
def test_an_answer_comes_back_from_its_json(changes: dict[str, Any]) -> None:
    values = json.loads(json.dumps(answer(**changes).to_json()))
    back = Answer.from_json(values)
    assert back.to_json() == values
    assert back == replace(
        answer(**changes), confidence=0.931235, passages=back.passages, timings_ms=values["timings_ms"]
    )
    assert [each.ranks for each in back.passages] == [()] * len(values["passages"])
    del values["passages"]
    assert Answer.from_json(values) == replace(back, passages=())


def test_an_answer_that_was_kept_before_it_had_a_form_has_none() -> None:
    back = Answer.from_json(answer().to_json())
    assert (back.form, back.as_of, back.items, back.events) == (None, None, (), ())


def test_a_real_answer_comes_back_from_its_json(real_qa: ArticleQA) -> None:
    for question in ("How many leaks did the robot find?", "Why will honey be dear?", "Who won the war of 1812?"):
        asked = real_qa.ask(question)
        assert Answer.from_json(asked.to_json()).to_json() == asked.to_json()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"schema": 2}, 'it is not an object with "schema": 1'),
        ({"answer": None}, "answer: Input should be a valid string"),
        ({"question": 5}, "question: Input should be a valid string"),
        ({"abstained": "no"}, "abstained: Input should be a valid boolean"),
        ({"abstained": True}, "Value error, An answer abstains if and only if it has no text and no citations"),
        ({"confidence": "0.5"}, "confidence: Input should be a valid number"),
        ({"citations": None}, "citations: Input should be a valid array"),
        ({"form": "poem"}, "form: Input should be 'short', 'list', "),
        ({"items": [{"text": "Anna Vane"}]}, "items.0.articles: Field required"),
        ({"citations": [{}]}, "citations.0.article_id: Field required"),
        ({"citations": [CITATION_JSON | {"start": "10"}]}, "citations.0.start: Input should be a valid integer"),
        ({"citations": [CITATION_JSON | {"start": True}]}, "citations.0.start: Input should be a valid integer"),
        ({"passages": 5}, "passages: Input should be a valid array"),
        ({"passages": ["x"]}, "passages.0: Input should be an object"),
        ({"passages": [{"score": 1, "scorer": "x"}]}, "passages.0.passage.article_id: Field required"),
        ({"sentences": [{"text": 5}]}, "sentences.0.text: Input should be a valid string"),
        ({"timings_ms": {"total": "x"}}, "timings_ms.total: Input should be a valid number"),
        ({"question": "\ud800"}, "Invalid JSON: "),
        ({"question": object()}, "Object of type object is not JSON serializable"),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line_that_names_the_place(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"This is no answer: {problem}")) as caught:
        Answer.from_json(answer().to_json() | changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [None, [], "x", 5, {}, {"schema": "1"}])
def test_what_is_no_object_of_ours_is_no_answer(values: Any) -> None:
    with pytest.raises(ValueError, match=r'^This is no answer: it is not an object with "schema": 1\.$'):
        Answer.from_json(values)


def test_the_repr_of_an_answer_is_one_short_line() -> None:
    assert repr(answer()) == (
        "Answer('who steers it', 'Anna Vane', confidence=0.931, mode='extractive', 1 citations, 1 passages)"
    )
    withheld = answer(text="", citations=(), abstained=True, passages=(SCORED,) * 50, question="why \n" * 500)
    assert "abstained" in repr(withheld)
    assert len(repr(withheld)) < 300
    assert "\n" not in repr(withheld)
