"""Several things that one question asks for, each answered by itself, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import ScoredPassage
from qa.question.turn import Query
from qa.reading.compose import overlap
from qa.reading.result import AnswerSpan, Reading
from qa.reading.same import same_answer
from qa.reading.sentences import around

_QUOTES = 2  # of each part
_NOT_SAID = "the articles do not say"


def asked_at_once(query: Query) -> tuple[Query, ...]:
    """What is looked up and read: the query's parts, or itself where it has none; where it compares them, both."""
    whole = (replace(query, parts=()),) if query.compares or not query.parts else ()
    return (*(part.query for part in query.parts), *whole)


def joined_parts(query: Query, readings: Sequence[Reading], threshold: float) -> Reading:
    """One reading of those of a query's parts: a line for each, which names it; one below the threshold is not said.

    Where no part is sure enough, the surest reading alone, which is then withheld; where all say the same, the first
    alone: what they ask for was one thing, or of a comparison the sentence that it stands in. A reading behind those of
    the parts is of the whole question: it is said where no part is sure, and to "is A bigger than B?" where one of them
    is not and it is surer than the other.
    """
    parts = query.parts
    whole, readings = readings[len(parts) :], readings[: len(parts)]
    sure = [reading.confidence >= threshold for reading in readings]
    surest = max(readings, key=lambda reading: reading.confidence)
    settled = bool(whole) and query.form == "yes_no" and whole[0].confidence >= max(threshold, surest.confidence)
    if whole and not (all(sure) if settled else any(sure)):
        return whole[0]
    if not any(sure):
        return surest
    if all(sure) and all(same_answer(readings[0].said, each.said) for each in readings[1:]):
        if not whole:
            return readings[0]
        return replace(readings[0], text=_sentence(readings[0]), as_of=None, items=(), events=())
    lines = [
        f"{part.label}: {reading.said if is_sure else _NOT_SAID}"
        for part, reading, is_sure in zip(parts, readings, sure, strict=True)
    ]
    told = [reading for reading, is_sure in zip(readings, sure, strict=True) if is_sure]
    spans: list[AnswerSpan] = []
    for reading in told:
        spans += [span for span in reading.spans[:_QUOTES] if not any(overlap(span, other) for other in spans)]
    passages: dict[str, ScoredPassage] = {}
    for reading in readings:
        for scored in reading.passages:
            passages.setdefault(scored.passage.id, scored)
    return Reading(tuple(spans), tuple(passages.values()), "\n".join(lines))


def _sentence(reading: Reading) -> str:
    """The sentence that holds the first answer: of two things that are compared it can be told of one only."""
    span = reading.spans[0]
    begin, answer = span.passage.start, (span.answer_start, span.answer_end)
    at = (span.start, span.end) if answer[0] is None or answer[1] is None else (answer[0], answer[1])
    start, end = around(span.passage, *at)
    return " ".join(span.passage.text[start - begin : end - begin].split())
