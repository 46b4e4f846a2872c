"""What is proposed where several answers are asked for, on candidates made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index import Passage, Rank, ScoredPassage
from qa.question.turn import AnswerType, Query
from qa.reading.answers import Candidate
from qa.reading.compose import compose
from qa.reading.listing import itemised


def which(answer_type: AnswerType = "other") -> Query:
    return Query("Which clubs were there?", "short", answer_type, several=True)


def passage(text: str) -> ScoredPassage:
    ranks = (Rank("dense", 1, 0.6), Rank("fused", 1, 0.5))
    return ScoredPassage(Passage(text[:9], text[:9], "Clubs", 50, 50 + len(text), text), 0.5, "fused", ranks)


def candidate(found: Sequence[ScoredPassage], at: int, text: str, score: float) -> Candidate:
    start = found[at].passage.start + found[at].passage.text.index(text)
    return Candidate(at, start, start + len(text), text, {"margin": 2 * score}, score)


def texts(found: Sequence[ScoredPassage], candidates: Sequence[Candidate], query: Query | None = None) -> list[str]:
    """The texts of the items, each of which stands where it says."""
    items = itemised(query or which(), found, candidates)
    for each in items:
        inside = found[each.passage].passage
        assert inside.text[each.start - inside.start : each.end - inside.start] == each.text
    return [each.text for each in items]


def test_what_lists_three_things_is_three_answers_together_as_sure_as_it_was() -> None:
    found = [passage("The Owls, Foxes and Rovers came.")]
    [span] = [candidate(found, 0, "Owls, Foxes and Rovers", 2.0)]
    assert texts(found, [span]) == ["Owls", "Foxes", "Rovers"]
    told = compose(which(), found, itemised(which(), found, [span]))
    assert told.text == "Owls; Foxes; Rovers"
    assert told.spans[0].score == pytest.approx(2.0 - 0.5493, abs=0.001)  # half of log 3 less, as there are three


def test_a_list_of_which_half_is_proposed_is_taken_whole() -> None:
    found = [passage("The Owls, Foxes, Rovers and Kells came."), passage("The Owls won."), passage("The Foxes lost.")]
    proposed = [candidate(found, 1, "Owls", 1.0), candidate(found, 2, "Foxes", 0.5)]
    assert texts(found, proposed) == ["Owls", "Foxes", "Rovers", "Kells"]
    assert texts(found, proposed[:1]) == ["Owls"]


def test_what_is_no_name_is_no_item_among_names() -> None:
    found = [passage("The Owls won. Foxes lost. Rovers drew. Soon it rained on the main stand.")]
    proposed = [candidate(found, 0, each, 1.0) for each in ("Owls", "Foxes", "Rovers", "Soon", "the main stand")]
    assert texts(found, proposed) == ["Owls", "Foxes", "Rovers"]


def test_what_only_says_how_many_there_are_is_no_item() -> None:
    found = [passage("Three clubs were there. Owls and Foxes came from Tarnby, Rovers were at home.")]
    proposed = [candidate(found, 0, each, 1.0) for each in ("Three clubs", "Owls", "Foxes", "Rovers")]
    assert texts(found, proposed) == ["Owls", "Foxes", "Rovers"]
    assert texts(found, proposed[:1]) == ["Three clubs"]


def test_where_most_are_no_names_nothing_is_left_out() -> None:
    found = [passage("They sold apples, and pears. Owls flew.")]
    proposed = [candidate(found, 0, each, 1.0) for each in ("apples", "pears", "Owls")]
    assert texts(found, proposed) == ["apples", "pears", "Owls"]


@pytest.mark.parametrize("answer_type", ["number", "time"])
def test_figures_and_times_stay_as_they_are(answer_type: AnswerType) -> None:
    found = [passage("It rained on Monday and Tuesday.")]
    span = candidate(found, 0, "Monday and Tuesday", 1.0)
    assert itemised(which(answer_type), found, [span]) == [span]


def test_of_nothing_there_is_nothing() -> None:
    assert itemised(which(), [], []) == []


def test_things_that_are_counted_and_then_listed_are_the_answers() -> None:
    found = [passage("The first three (Ara, Bel and Cor) sold best, three more did not.")]
    assert texts(found, [candidate(found, 0, "The first three", 1.0)]) == ["Ara", "Bel", "Cor"]
    assert texts(found, [candidate(found, 0, "three more", 1.0)]) == ["three more"]


def test_names_among_what_is_near_the_best_decide_and_not_what_is_far_behind() -> None:
    found = [passage("The Owls won. Foxes lost. On the main stand it rained, and nine kilos of ice fell.")]
    near = [candidate(found, 0, each, 2.0) for each in ("Owls", "Foxes", "nine kilos")]
    far = [candidate(found, 0, each, 0.0) for each in ("won", "lost", "it rained", "ice", "fell", "kilos of ice")]
    assert texts(found, [*near, *far]) == ["Owls", "Foxes"]


@pytest.mark.parametrize(
    ("language", "text", "span", "items"),
    [
        ("de", "Es litten die Bäckerei, der Laden und das Kino.", "die Bäckerei, der Laden und das Kino",
         ["die Bäckerei", "der Laden", "das Kino"]),
        ("es", "Participan Ara, Bel y Cor.", "Ara, Bel y Cor", ["Ara", "Bel", "Cor"]),
        ("ru", "Это «Ара», «Бел» и «Кор».", "«Ара», «Бел» и «Кор»", ["«Ара»", "«Бел»", "«Кор»"]),
        ("zh", "增开K1路、K5路和K9路。", "K1路、K5路和K9路", ["K1路", "K5路", "K9路"]),
        ("de", "Anna, die Chefin, kam.", "Anna, die Chefin", ["Anna, die Chefin"]),
        ("el", "Ήρθαν η Άννα και ο Νίκος.", "η Άννα και ο Νίκος", ["η Άννα", "ο Νίκος"]),
    ],
)  # fmt: skip
def test_what_lists_several_things_is_taken_apart_as_its_language_joins_them(
    language: str, text: str, span: str, items: list[str]
) -> None:
    scored = passage(text)
    found = [replace(scored, passage=replace(scored.passage, language=language))]
    asked = replace(which(), language=language)
    assert texts(found, [candidate(found, 0, span, 1.0)], asked) == items


TABLE = "Club | Ground | Won\nOwls | Harrow | 3\nFoxes | Tarnby | 5\nRovers | Harrow | 5\nKells | Venn | 1"


def of_a_table(question: str, cell: str) -> list[str]:
    """The items where only one cell of the table is proposed."""
    found = [passage(TABLE)]
    one = replace(candidate(found, 0, cell, 1.0), quote=(50, 50 + len(TABLE)))
    return texts(found, [one], replace(which(), text=question))


def test_a_column_that_the_question_names_is_taken_whole() -> None:
    assert of_a_table("Which clubs took part?", "Owls") == ["Owls", "Foxes", "Rovers", "Kells"]
    assert of_a_table("Which sides took part?", "Owls") == ["Owls"]


def test_of_a_column_the_rows_are_taken_of_which_the_question_says_as_much() -> None:
    assert of_a_table("Which clubs play at Harrow?", "Owls") == ["Owls", "Rovers"]
    assert of_a_table("Which sides play at Harrow?", "Owls") == ["Owls", "Rovers"]
    assert of_a_table("Which grounds are there?", "Venn") == ["Venn", "Harrow", "Tarnby", "Harrow"]


def test_cells_of_other_columns_are_no_items() -> None:
    assert "Tarnby" not in of_a_table("Which clubs took part?", "Owls")
