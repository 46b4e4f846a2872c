"""What a user gives becomes a Turn."""

from __future__ import annotations

from typing import Any

import pytest

from index import PassageFilter
from index.filter import NO_FILTER
from qa import Answer, QuestionError
from qa.question.turn import Turn, answer_form, history_of, turn_of
from qa.question.wording import understood


def test_a_text_alone_is_a_turn_without_history_that_no_filter_narrows() -> None:
    assert turn_of("Who?", 10) == Turn("Who?", (), NO_FILTER, None, "")


def test_an_object_may_bring_everything_that_a_turn_begins_with() -> None:
    where = PassageFilter(sources=("Post",))
    given = {
        "question": "And?",
        "history": [["Who?", "Ann"]],
        "where": where,
        "id": "7",
        "standalone_question": "And Ann?",
    }
    turn = turn_of({**given, "unknown": 1}, 20)
    assert turn == Turn("And?", (("Who?", "Ann"),), where, "7", "And Ann?")
    assert turn_of({"question": "Who?", "history": None, "where": None, "standalone_question": None}, 10) == Turn(
        "Who?"
    )


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("Who is travelling to Moscow?", "short"),
        ("How many people came?", "short"),
        ("Which regions were hit?", "list"),
        ("Which clubs are in the league now?", "list"),
        ("What is a kei car?", "definition"),
        ("Why did it sink?", "sentences"),
        ("Did it sink?", "yes_no"),
        ("Which opened bigger, Ara or Bel?", "comparison"),
        ("Did Ara make more money than Bel?", "comparison"),
        ("Who founded Beeper, and in what year?", "parts"),
        ("What is the latest on the bridge?", "latest"),
        ("Timeline of the bridge", "timeline"),
        ("Sum up the news on the bridge", "summary"),
        ("Which article says who won?", "article"),
        ("Which article says why it sank?", "article"),
        ("Welche Städte sind betroffen?", "list"),
        ("Warum sank sie?", "sentences"),
        ("Was gibt es Neues zu der Brücke?", "latest"),
        ("Thanks!", None),
    ],
)
def test_each_question_asks_for_one_form_of_answer(question: str, form: str | None) -> None:
    assert answer_form(understood(question)) == form


@pytest.mark.parametrize(
    "value", [{"question": "x" * 11}, {"question": "x", "standalone_question": "x" * 11}, "x" * 11]
)
def test_a_question_may_have_so_many_characters_and_no_more(value: Any) -> None:
    with pytest.raises(QuestionError, match="11 characters; the limit is 10"):
        turn_of(value, 10)


@pytest.mark.parametrize("given", [5, ["who"], b"who", {"a": 1}])
def test_a_standalone_question_is_a_text(given: Any) -> None:
    with pytest.raises(QuestionError, match="A question is a text, not "):
        turn_of({"question": "Who?", "standalone_question": given}, 10)


def test_an_answer_in_a_history_counts_with_its_standalone_question() -> None:
    answer = Answer("And?", "And Ann?", "", True, 0.1, "extractive")
    assert history_of([answer, answer.to_json()]) == (("And Ann?", ""), ("And Ann?", ""))


def test_messages_pair_up_also_where_one_is_missing() -> None:
    said = [("assistant", "Hi"), ("user", "Who?"), ("user", "When?"), ("assistant", "1911")]
    messages = [{"role": role, "content": content} for role, content in said]
    assert history_of(messages) == (("Who?", ""), ("When?", "1911"))
