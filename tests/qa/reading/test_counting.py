"""How many there are, where an article names them and gives no number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.answer import ListItem
from qa.question.wording import query_of
from qa.reading.counting import at_least, named_instead
from tests.qa.reading.test_compose import composed, passage, quotes

HOW_MANY = query_of("How many cities did the tour visit?")
TOUR = "The tour came to Tarnby, Port Elswick and Westhaven. It rained."


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("Tarnby, Port Elswick and Westhaven", ["Tarnby", "Port Elswick", "Westhaven"]),
        ("in Tarnby and Westhaven", ["Tarnby", "Westhaven"]),
        ("Tarnby, Westhaven and Tarnby", ["Tarnby", "Westhaven"]),  # each once
        ("three", []),
        ("Tarnby, Westhaven and 3 others", []),  # a number among them may be the one
        ("several cities", []),
        ("Tarnby", []),  # one thing is no list
        ("Tarnby and Westhaven came second", []),
    ],
)
def test_names_stand_for_a_number_where_they_are_all_of_an_answer(answer: str, names: list[str]) -> None:
    assert named_instead(HOW_MANY, answer) == names


@pytest.mark.parametrize(
    "question",
    ["How much did the tour cost?", "How far did they go?", "Which cities did the tour visit?", "Wie viele Städte?"],
)
def test_only_how_many_in_english_is_answered_so(question: str) -> None:
    assert named_instead(query_of(question), "Tarnby and Westhaven") == []


def test_at_least_so_many_are_told_with_their_names_and_quoted() -> None:
    found = [passage("a", TOUR), passage("b", "Tarnby and Westhaven were glad.", start=7)]
    listed = (0, "Tarnby, Port Elswick and Westhaven", 3.0)
    result = composed(HOW_MANY, found, listed, (1, "Tarnby and Westhaven", 1.0))
    assert result.text == "At least 3 named here: Tarnby; Port Elswick; Westhaven"
    assert result.items == (ListItem("Tarnby", 2), ListItem("Port Elswick", 1), ListItem("Westhaven", 2))
    assert quotes(result)[0] == TOUR
    assert (
        result.spans[0].score
        == composed(replace(HOW_MANY, text="Where?", answer_type="place"), found, listed).spans[0].score
    )


def test_a_number_that_is_surer_is_the_answer() -> None:
    found = [passage("a", TOUR), passage("b", "It came to five cities.")]
    result = composed(HOW_MANY, found, (0, "Tarnby, Port Elswick and Westhaven", 2.0), (1, "five", 3.0))
    assert (result.text, result.items) == ("five", ())


def test_of_what_is_so_now_the_names_are_told_without_a_day() -> None:
    found = [passage("a", TOUR, "2025-06-20")]
    result = composed(replace(HOW_MANY, current=True), found, (0, "Tarnby, Port Elswick and Westhaven", 3.0))
    assert result.text.startswith("At least 3 named here: ")
    assert result.as_of is None


def test_how_it_is_said() -> None:
    assert at_least(["A", "B"]) == "At least 2 named here: A; B"
