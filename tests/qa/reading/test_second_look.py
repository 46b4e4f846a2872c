"""The best answers side by side: what is read again, and what that changes, on candidates made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from index import Passage, Rank, ScoredPassage
from qa.reading.answers import Candidate, Said
from qa.reading.network import TokenScores
from qa.reading.second_look import looked_at_again, side_by_side

BRIDGE = "The old bridge fell in May. Ida Aske built the new one. It opened on Friday."
FERRY = "Cy Marsh runs the ferry."


def passage(article: str, text: str, start: int = 100, title: str | None = None) -> ScoredPassage:
    """One that begins somewhere in its article, so that offsets in the passage are not those in the article."""
    each = Passage(
        f"{article}-{start}", article, f"On {article}" if title is None else title, start, start + len(text), text
    )
    return ScoredPassage(each, 0.5, "fused", (Rank("fused", 1, 0.5),))


def candidate(found: Sequence[ScoredPassage], at: int, text: str, margin: float = 0.0, score: float = 0.0) -> Candidate:
    inside = found[at].passage
    start = inside.start + inside.text.index(text)
    return Candidate(at, start, start + len(text), text, {"margin": margin}, score)


def test_each_answer_stands_in_its_sentences_behind_its_title() -> None:
    found = [passage("bridge", BRIDGE), passage("ferry", FERRY, start=7)]
    seen = side_by_side(found, [candidate(found, 0, "Ida Aske"), candidate(found, 1, "Cy Marsh")], "en")
    assert seen.text == f"On bridge: {BRIDGE}\nOn ferry: {FERRY}\n"
    assert [seen.text[start:end] for start, end in seen.places] == ["Ida Aske", "Cy Marsh"]


def test_answers_of_one_place_share_it() -> None:
    found = [passage("bridge", BRIDGE)]
    seen = side_by_side(found, [candidate(found, 0, each) for each in ("Ida Aske", "Friday", "May")], "en")
    assert seen.text == f"On bridge: {BRIDGE}\n"
    assert [seen.text[start:end] for start, end in seen.places] == ["Ida Aske", "Friday", "May"]


def test_of_long_sentences_only_what_is_near_the_answer_is_read() -> None:
    long = "word " * 300 + "Ida Aske built it" + " word" * 300 + "."
    found = [passage("bridge", f"Before it. {long} Behind it.", title="")]
    answer = candidate(found, 0, "Ida Aske")
    seen = side_by_side(found, [answer], "en")
    ((start, end),) = seen.places
    assert seen.text[start:end] == "Ida Aske"
    assert len(seen.text) <= 401
    assert 100 < start < 300


def test_a_sentence_is_read_alone_where_its_neighbours_are_long() -> None:
    found = [passage("bridge", f"{'Stone upon stone ' * 25}. Ida Aske built it. {'More of it ' * 30}.", title="")]
    assert side_by_side(found, [candidate(found, 0, "Ida Aske")], "en").text == "Ida Aske built it.\n"


def scores_of(text: str, margins: dict[str, float]) -> TokenScores:
    """Of each letter; a word of `margins` begins and ends with half of its margin, and all else is -10."""
    start, end = (np.full(len(text), -10.0, np.float32) for _ in range(2))
    for word, margin in margins.items():
        at = text.index(word)
        start[at] = end[at + len(word) - 1] = margin / 2
    places = range(len(text))
    return TokenScores(tuple((at, at + 1) for at in places), tuple(places), start, end, 0.0)


def test_the_margin_becomes_the_mean_of_both_readings_and_what_was_not_read_again_gains_nothing() -> None:
    found = [passage("bridge", BRIDGE), passage("ferry", FERRY)]
    first, second, third = (
        candidate(found, *each) for each in ((0, "Ida Aske", 4.0), (1, "Cy Marsh", 3.0), (0, "Friday", 1.0))
    )
    again = candidate(found, 0, "Aske", 2.0)
    answers = [Said([first, again]), Said([second])]
    seen = side_by_side(found, [answer.best for answer in answers], "en")
    scores = scores_of(seen.text, {"Ida Aske": -2.0, "Cy Marsh": 5.0})
    changed = looked_at_again([first, second, again, third], answers, seen, scores, worth=0.5)
    margins = [each.features["margin"] for each in changed]
    lost = (-2.0 - 4.0) / 2
    assert margins == pytest.approx([4.0 + lost, 3.0 + 1.0, 2.0 + lost, 1.0 + lost], abs=0.3)  # the logits are bounded
    gained = [after.score - before.score for before, after in zip((first, second, again, third), changed, strict=True)]
    assert gained == pytest.approx([lost / 2, 0.5, lost / 2, lost / 2], abs=0.15)
    assert [each.text for each in changed] == ["Ida Aske", "Cy Marsh", "Aske", "Friday"]
