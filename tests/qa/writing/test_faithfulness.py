"""Sentences held against what they cite: by rule, and with the reader over answers that were written beforehand."""

from __future__ import annotations

from itertools import islice

import pytest

from bench.evidence import judged, summary
from index import Passage
from qa.reading.network import ReaderNetwork
from qa.writing.faithfulness import EvidenceCheck, Missing, coverage, missing, names, numbers

SOURCE = (
    "Ukraine's delegation met Marco Rubio in Jeddah on Tuesday. “We are ready,” the Ukrainian minister said. "
    "The United States will send 1,500 generators, two thirds of them in March. Talks lasted more than eight hours."
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("twenty-three of 1,500", [23, 1500]),
        ("3.5 million crowns and 2 million", [3.5e6, 2e6]),
        ("$1.5bn", [1.5e9]),
        ("a hundred thousand", [100_000]),
        ("hundreds of people", []),
        ("the third of 4 parts", [3, 4]),
        ("two hundred", [200]),
        ("in 2024, at 2:21:08", [2024, 2, 21, 8]),
        ("", []),
        ("1.234.567", [1234567]),
        ("5² or ½ of ٣", [5, 3]),
    ],
)
def test_numbers_are_read_in_figures_and_words(text: str, values: list[float]) -> None:
    assert [value for value, _ in numbers(text)] == values


def test_names_are_capitalised_words_but_not_a_plain_word_that_begins_a_sentence() -> None:
    assert names("Talks began when Mr Rubio met the NATO chief. In March it ended.") == ["Rubio", "NATO", "March"]
    assert names("McDonald left. Harbours closed.") == ["McDonald"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Mr Rubio met Ukrainians in Jeddah for eight hours.", []),
        ("The US sends 1500 generators.", []),
        ("He met Lavrov.", [Missing("name", "Lavrov")]),
        ("It was on Friday.", [Missing("date", "Friday")]),
        ("They sent 1,600 generators.", [Missing("number", "1,600")]),
        ("Talks lasted nine hours.", [Missing("number", "nine")]),
        ("The minister said: “We will never agree.”", [Missing("quote", "We will never agree.")]),
        ('The minister said that they were "ready".', []),
        ("One of them spoke first.", []),
    ],
)
def test_what_is_missing_is_named(sentence: str, expected: list[Missing]) -> None:
    assert missing(sentence, [SOURCE]) == expected


def test_a_name_may_stand_elsewhere_in_the_article_and_a_number_may_not() -> None:
    around = ["Sergei Lavrov spoke for 90 minutes."]
    assert missing("Lavrov met Rubio.", [SOURCE], around) == []
    assert missing("Rubio spoke for 90 minutes.", [SOURCE], around) == [Missing("number", "90")]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Ida Aske", ""), ("It was sold by Aske, in May.", ""), ("Wim Roe sold the ferry.", "Ida Aske"),
        ("The ferry was sold.", "Ida Aske"), ("", "Ida Aske"),
    ],
)  # fmt: skip
def test_what_the_passages_answer_is_told_where_a_text_answers_otherwise(text: str, other: str) -> None:
    said = "The ferry Heron was sold by Ida Aske in May. Wim Roe, a painter, lives beside the harbour and likes it."
    passages = [Passage("1", "a", "The ferry is sold", 0, len(said), said)]
    assert EvidenceCheck(ReaderNetwork()).other_answer("Who sold the ferry?", text, passages) == other


def test_coverage_is_the_share_of_words_that_stand_there_in_some_form() -> None:
    assert coverage("The delegations talked", "A delegation met") == 0.5
    assert coverage("the", "nothing") == 1


def test_a_sentence_that_cites_nothing_is_not_supported() -> None:
    assert EvidenceCheck(ReaderNetwork()).problem("It rained.", []) == "it cites no passage"


@pytest.mark.parametrize(
    ("part", "most"),
    [("report", 60), *(pytest.param(part, None, marks=pytest.mark.soak) for part in ("report", "choose"))],
)
def test_answers_that_were_scripted_beforehand_are_marked_where_they_are_false(part: str, most: int | None) -> None:
    """A guard; the figures of both parts are in docs/decisions.md."""
    rows = {row["sentences"].strip(): row["share"] for row in summary(list(islice(judged(part), most)))}
    assert rows["wrong citation, invented number, name, date or quote"] >= 0.9
    assert rows["false, all kinds"] >= 0.8
    assert rows["true"] <= 0.1
