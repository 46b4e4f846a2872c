"""The values that every other part only formats."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from index import Passage, Rank, ScoredPassage
from qa import Answer, Citation

CITATION = Citation("ferry", "Ferries", None, "Post", "2025-03-13", 10, 30, "Anna Vane steers it.", 10, 19)
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
