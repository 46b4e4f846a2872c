"""The values that a reader gives: Reading, and the spans of articles that it rests on. Plain data, no library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index import Article, Passage, ScoredPassage
from qa.answer import Citation, Event, ListItem, cited


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """One answer that a reader found, with the words that it rests on. All offsets are into the article's text.

    `start, end` is the quote, one or more whole sentences; `answer_start, answer_end` the answer inside it, or None
    where the answer is not verbatim. `confidence` is a calibrated probability, 0 to 1, that the answer is right.
    """

    text: str
    passage: Passage
    start: int
    end: int
    answer_start: int | None
    answer_end: int | None
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class NearSpan:
    """Words that may answer, from `start` to `end` of the passage's article."""

    passage: Passage
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one question: the answer, the spans that it rests on, the passages in the reader's order.

    `text` is the answer as a person would say it; empty, it is that of the first span. `differs`: the first two spans
    are answers of different articles, of which at most one can be right. The answer's confidence is the highest of any
    span. `nearest` is what is shown where it is too low: the best words of the best passages, best first; `rival` is
    another answer that is as likely. `as_of`, `items`, `events`: see Answer.
    """

    spans: tuple[AnswerSpan, ...]
    passages: tuple[ScoredPassage, ...]
    text: str = ""
    differs: bool = False
    nearest: tuple[NearSpan, ...] = ()
    rival: str = ""
    as_of: str | None = None
    items: tuple[ListItem, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def said(self) -> str:
        """The text, or that of the first span; "" without any."""
        return self.text or (self.spans[0].text if self.spans else "")

    @property
    def confidence(self) -> float:
        """That of the surest span, whichever is said first; 0 without any."""
        return max((span.confidence for span in self.spans), default=0.0)


def citations_of(reading: Reading, find: Callable[[str], Article | None]) -> tuple[Citation, ...]:
    """The quotes of all spans, where all still stand in their articles, which `find` gives by their ids; else none."""
    articles = {key: find(key) for key in {span.passage.article_id for span in reading.spans}}
    copies = {scored.passage.id: scored.copies for scored in reading.passages}
    citations = [
        cited(
            articles[span.passage.article_id],
            span.passage,
            (span.start, span.end),
            (span.answer_start, span.answer_end),
            copies.get(span.passage.id, ()),
        )
        for span in reading.spans
    ]
    # One that does not was changed or removed since it was found, and part of the text would rest on nothing.
    return () if None in citations else tuple(each for each in citations if each is not None)
