"""Conversations are asked as the chat has them, and turns are counted as the module says."""

from __future__ import annotations

from typing import Any

from bench.talks import Turn, rows, talks
from qa.answer import Answer, Citation


def answer(text: str) -> Answer:
    if not text:
        return Answer("?", "?", "", True, 0.1, "extractive")
    return Answer(
        "?", "?", text, False, 0.8, "extractive", (Citation("a", "", None, None, None, 0, 1, "x", None, None),)
    )


def line(follows: bool, *answers: str) -> dict[str, Any]:
    return {
        "id": "t", "talk": "t", "question": "?", "alone": "?", "follows": follows, "answers": list(answers),
        "answerable": bool(answers),
    }  # fmt: skip


def test_there_are_twenty_conversations_of_five_turns_that_begin_by_themselves() -> None:
    found = talks()
    assert [len(each) for each in found] == [5] * 20
    assert not any(each[0]["follows"] for each in found)


def test_a_turn_is_right_by_its_answers_or_by_saying_nothing_where_nothing_answers() -> None:
    assert Turn(line(False, "Apple"), answer("It was Apple."), answer("Beeper")).right
    assert not Turn(line(False, "Apple"), answer("It was Apple."), answer("Beeper")).right_alone
    assert Turn(line(True), answer(""), answer("Apple")).right
    assert not Turn(line(True), answer("Apple"), answer("")).right
    assert Turn(line(True, "yes", "back in operation"), answer("Yes. It works."), answer("It works.")).right
    assert not Turn(line(True, "yes", "back in operation"), answer("No. It is back in operation."), answer("")).right
    assert Turn(line(True, "yes", "back in operation"), answer("It is back in operation."), answer("")).right


def test_rows_are_shares_of_the_turns() -> None:
    turns = [
        Turn(line(False, "Apple"), answer("Apple"), answer("Apple")),
        Turn(line(True, "Apple"), answer(""), answer("Apple")),
    ]
    alone, follows, everything = rows(turns)
    assert (alone["n"], alone["right"], follows["right"], follows["right alone only"]) == (1, 1.0, 0.0, 1.0)
    assert (everything["n"], everything["right"]) == (2, 0.5)
