"""Answers of more than one span are scored as the module says, and the questions are whole."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from bench.forms import FORMS, TIMES, _lines, rows, score, times
from qa.answer import Answer, Citation


def answer(text: str) -> Answer:
    if not text:
        return Answer("?", "?", "", True, 0.1, "extractive")
    return Answer(
        "?", "?", text, False, 0.8, "extractive", (Citation("a", "", None, None, None, 0, 1, "x", None, None),)
    )


def test_the_questions_are_thirty_of_each_kind_with_details_and_times_from_two_writers() -> None:
    kinds = Counter(each["kind"] for each in _lines(FORMS))
    assert kinds.pop("detail") == 130
    assert set(kinds.values()) == {30}
    for path in (FORMS, TIMES):
        assert len({each["id"] for each in _lines(path)}) == len(_lines(path))
    assert Counter(each["id"][0] for each in _lines(TIMES)) == {"t": 160, "u": 80}


@pytest.mark.parametrize(
    ("line", "text", "wanted"),
    [
        ({"kind": "when", "answers": ["Monday", "4 December 2023"]}, "Monday, 4 December 2023", 1),
        ({"kind": "when", "answers": ["4 December 2023"]}, "14 December 2023", 0),
        ({"kind": "list", "items": [["Anna Vane", "Vane"], ["Ben"]]}, "Vane; Ben", 1),
        ({"kind": "list", "items": [["Anna Vane", "Vane"], ["Ben"]]}, "Vane; Carl; Dora", 0.4),
        ({"kind": "list", "items": [["Anna"]]}, "", 0),
        ({"kind": "compare", "sides": [{"answers": ["12"]}, {"answers": ["9"]}, {"answers": []}]}, "12 cars", 0.5),
        ({"kind": "timeline", "facts": [{"words": ["was fired", "sacked"]}, {"words": ["came back"]}]}, "Sacked.", 0.5),
    ],
)
def test_an_answer_is_scored_by_what_it_says(line: dict[str, Any], text: str, wanted: float) -> None:
    assert score(line, text) == pytest.approx(wanted)


def test_a_row_has_the_mean_of_what_is_answered_by_the_articles_and_the_share_of_the_rest_that_is_answered() -> None:
    asked = [
        ({"kind": "when", "answerable": True, "answers": ["Monday"]}, answer("Monday")),
        ({"kind": "when", "answerable": True, "answers": ["Monday"]}, answer("")),
        ({"kind": "when", "answerable": False}, answer("Friday")),
    ]
    [row] = rows(asked)
    assert row == {"kind": "when", "n": 2, "score": 0.5, "refused": 0.5, "unanswerable": 1, "answered": 1.0}


def test_most_expressions_of_time_are_understood() -> None:
    assert all(row["right"] >= 0.95 for row in times())
