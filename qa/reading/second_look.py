"""The best answers read once more, side by side: the sentences around each, of several passages, in one text.

Passages are read one by one, and what the network says of a span of one it has not weighed against those of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index import Passage, ScoredPassage
from qa.reading.answers import Candidate, Said
from qa.reading.network import TokenScores
from qa.reading.sentences import around
from qa.reading.spans import bounded, margin_within

# The measurements behind these are in docs/decisions.md, "Reading".
ANSWERS = 5  # that are looked at again
PIECES = 500  # that are read together, as the network knows no more positions than 512
_CHARS = 400  # of the sentences around one, at most


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A text of the sentences around some answers, and the characters of each answer in it."""

    text: str
    places: tuple[tuple[int, int], ...]


@dataclass
class _Part:
    """Characters `start` to `end` of an article, in one of its passages; `at`: where they stand in the whole text."""

    passage: Passage
    start: int
    end: int
    at: int = 0

    def meets(self, passage: Passage, start: int, end: int) -> bool:
        """Whether they share characters."""
        return self.passage is passage and self.start < end and start < self.end


def side_by_side(found: Sequence[ScoredPassage], answers: Sequence[Candidate], language: str) -> SideBySide:
    """The sentences around the answers, in their order, each part behind the title of its article."""
    parts: list[_Part] = []
    of_answer: list[_Part] = []
    for each in answers:
        passage = found[each.passage].passage
        start, end = _around(passage, each.start, each.end, language)
        part = next((one for one in parts if one.meets(passage, start, end)), None)
        if part is None:
            part = _Part(passage, start, end)
            parts.append(part)
        part.start, part.end = min(part.start, start), max(part.end, end)
        of_answer.append(part)
    text = ""
    for part in parts:
        text += f"{part.passage.title}: " if part.passage.title else ""
        part.at = len(text)
        text += part.passage.text[part.start - part.passage.start : part.end - part.passage.start] + "\n"
    shifts = [part.at - part.start for part in of_answer]
    places = tuple((each.start + shift, each.end + shift) for each, shift in zip(answers, shifts, strict=True))
    return SideBySide(text, places)


def looked_at_again(
    candidates: Sequence[Candidate], answers: Sequence[Said], seen: SideBySide, scores: TokenScores, worth: float
) -> list[Candidate]:
    """The candidates with the mean of both readings as their margin; `answers` are those of `seen`.

    All places of an answer change by as much as its best one, and what was not looked at by as much as the answer that
    loses most. `worth`: how much a margin of one more adds to a candidate's score.
    """
    changes = [
        (bounded(margin_within(scores, *place)) - answer.best.features["margin"]) / 2
        for answer, place in zip(answers, seen.places, strict=True)
    ]
    of_place = {id(each): change for answer, change in zip(answers, changes, strict=True) for each in answer.places}
    least = min(0.0, *changes)
    return [_changed(each, of_place.get(id(each), least), worth) for each in candidates]


def _changed(each: Candidate, change: float, worth: float) -> Candidate:
    features = {**each.features, "margin": each.features["margin"] + change}
    return replace(each, features=features, score=each.score + worth * change)


def _around(passage: Passage, start: int, end: int, language: str) -> tuple[int, int]:
    """The sentences of an answer with those beside them, where that is short; else less, down to what is near it."""
    for beside in (1, 0):
        begin, until = around(passage, start, end, language, beside)
        if until - begin <= _CHARS:
            return begin, until
    half = max(_CHARS - (end - start), 0) // 2
    return max(passage.start, start - half), min(passage.end, end + half)
