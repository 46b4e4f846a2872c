"""The values that answer a question: Citation, Answer. Plain data, no library."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Literal

from index.article import Article, Passage, ScoredPassage

if TYPE_CHECKING:
    from pydantic import TypeAdapter

NOT_SAID = "The articles do not say."  # what every renderer shows for an answer that was withheld
NOT_CERTAIN = "Not certain:"  # the heading, everywhere, of what came nearest to it

# What each looks like is told in docs/architecture.md, "Forms of answers".
AnswerForm = Literal[
    "short",
    "list",
    "definition",
    "sentences",
    "yes_no",
    "comparison",
    "parts",
    "latest",
    "timeline",
    "summary",
    "article",
]


@dataclass(frozen=True, slots=True)
class ListItem:
    """One of several answers that a list gives.

    `articles` is how many of the articles that were read give it: those with the same sentence, and those that are
    versions of one story, count once.
    """

    text: str
    articles: int


@dataclass(frozen=True, slots=True)
class Event:
    """A line of news or of a timeline.

    `date` is the day of its article, or of a timeline when it was, where the sentence names a time: ISO 8601 as far as
    it is known ("1987", "2025-03", of several days the first), None where nothing is. `text` is the quote, `citation`
    the place in `Answer.citations` of what it rests on, from 0.
    """

    date: str | None
    text: str
    citation: int


def day_of(published: str | None) -> date | None:
    """The day of an ISO 8601 date or time; None where there is none, or only a month or year."""
    try:
        day = date.fromisoformat((published or "")[:10])
    except ValueError:
        return None
    return day if _EARLIEST <= day.year <= _LATEST else None


_EARLIEST, _LATEST = 1000, 9000  # years: what lies outside is no date, but what stands where there is none


@dataclass(frozen=True, slots=True)
class OtherArticle:
    """An article that has the same words; `published` where it is another version of the story."""

    article_id: str
    title: str
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """The words of a stored article that an answer rests on.

    Invariant, checked when it is made: `article.text[start:end] == quote`. `answer_start` and `answer_end` mark the
    answer inside the quote, also as offsets into the article's text; both are None where it is not verbatim. `also_in`
    names the articles that have a copy of the passage, and the other versions of its story that have the sentence with
    the answer, the oldest first: they are no further witnesses. `pages` are those of the article, a PDF, on which the
    quote stands.
    """

    article_id: str
    title: str
    url: str | None
    source: str | None
    published: str | None
    start: int
    end: int
    quote: str
    answer_start: int | None
    answer_end: int | None
    also_in: tuple[OtherArticle, ...] = ()
    pages: tuple[str, ...] = ()


def cited(
    article: Article | None,
    passage: Passage,
    quote: tuple[int, int],
    answer: tuple[int | None, int | None] = (None, None),
    copies: Sequence[Passage] = (),
) -> Citation | None:
    """The words of a passage from `quote[0]` to `quote[1]`, offsets in its article; None where they no longer stand.

    `answer`: where the answer stands inside it, also by offsets in the article. `copies`: the same words elsewhere.
    """
    start, end = quote
    text = passage.text[start - passage.start : end - passage.start]
    if article is None or article.text[start:end] != text:
        return None  # changed or removed since it was found
    return Citation(
        article_id=article.id,
        title=article.title,
        url=article.url,
        source=article.source,
        published=article.published,
        start=start,
        end=end,
        quote=text,
        answer_start=answer[0],
        answer_end=answer[1],
        also_in=tuple(dict.fromkeys(OtherArticle(each.article_id, each.title) for each in copies)),
        pages=article.pages(start, end),
    )


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """One sentence that a language model wrote, and whether what it cites says so.

    `text` stands in the answer's text at `start, end`, its citation numbers included; `citations` are the places in
    `Answer.citations` of what it cites, from 0. `reason` says what is wrong where `supported` is false.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    supported: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one answered question; chat, command line, JSON and bench only format it.

    `abstained` if and only if `citations` is empty and `text` is ""; `confidence` is then that of the best answer that
    was withheld. `confidence` is a calibrated probability, 0 to 1, that the answer is right. `passages` are those that
    were read, in the reader's order; `trace` says for each its rank and score in every order it went through.
    `timings_ms` has "retrieve", "read" and "total", behind a history also "standalone", and "generate" where a language
    model was asked, in milliseconds; in a batch it is this question's share.

    `mode` is "extractive", or "generative" where a language model wrote the text: `sentences` then holds each of its
    sentences, checked, [1] in the text stands for the first of `citations`, and `removed_citations` counts the numbers
    that stood for no passage.

    `form` is the form of answer that the question asks for, also where none is given or a language model wrote it;
    None where nothing was asked, and of what an earlier version kept. `as_of` is the day (ISO 8601) of the article that
    tells what is so now, where the text says it; `items` are those of a list and `events` the lines of news or of a
    timeline, in the text's order; all three are of the articles' own words only.

    Of an answer that was withheld, `nearest` are the sentences that came nearest to one, best first, with the words in
    them that may answer as `answer_start, answer_end`, and `reason` says in one sentence why none is given. Where
    nothing was asked ("thanks"), `reply` is said in return.
    """

    question: str
    standalone_question: str
    text: str
    abstained: bool
    confidence: float
    mode: str
    citations: tuple[Citation, ...] = ()
    passages: tuple[ScoredPassage, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    id: str | None = None
    # What has to be said with the answer: that the articles differ, or why no language model wrote it.
    note: str | None = None
    sentences: tuple[CheckedSentence, ...] = ()
    removed_citations: int = 0
    # From which day to which (ISO 8601, None: open) articles come first, where the question names a time.
    period: tuple[str | None, str | None] | None = None
    nearest: tuple[Citation, ...] = ()
    reason: str = ""
    reply: str = ""
    # For each word of the question that was read in another spelling, the articles' own: {"Witkof": "Witkoff"}.
    corrections: Mapping[str, str] = field(default_factory=dict)
    form: AnswerForm | None = None
    as_of: str | None = None
    items: tuple[ListItem, ...] = ()
    events: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError where the invariant about abstaining does not hold."""
        if self.abstained != (not self.citations) or self.abstained != (self.text == ""):
            raise ValueError("An answer abstains if and only if it has no text and no citations.")

    def __repr__(self) -> str:
        """One short line: what was asked and said, how sure it is, and how much it rests on."""
        asked, said = (shorten(text, 80, placeholder="...") for text in (self.question, self.text))
        return (
            f"Answer({asked!r}, {'abstained' if self.abstained else repr(said)}, confidence={self.confidence:.3f}, "
            f"mode={self.mode!r}, {len(self.citations)} citations, {len(self.passages)} passages)"
        )

    @property
    def said(self) -> str:
        """The text, or what is said in its place: the reply to small talk, or that the articles do not say."""
        return self.text or self.reply or NOT_SAID

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """The words of articles that are shown with it: its citations, or what came nearest."""
        return self.citations or self.nearest

    @property
    def unsupported_rate(self) -> float | None:
        """The share of a language model's sentences that what they cite does not support; None without sentences."""
        if not self.sentences:
            return None
        return sum(not sentence.supported for sentence in self.sentences) / len(self.sentences)

    @property
    def trace(self) -> tuple[dict[str, Any], ...]:
        """For each passage, in the reader's order: its id, article, offsets, and rank and score by order."""
        return tuple(
            {
                "passage_id": scored.passage.id,
                "article_id": scored.passage.article_id,
                "start": scored.passage.start,
                "end": scored.passage.end,
                "ranks": {rank.order: {"rank": rank.rank, "score": rank.score} for rank in scored.ranks},
            }
            for scored in self.passages
        )

    def to_json(self) -> dict[str, Any]:
        """The object that `qa ask --json` prints; numbers rounded to 6 (scores) and 3 (milliseconds) digits.

        "sentences", "unsupported_rate" and "removed_citations" are there where a language model wrote the text, and
        "also_in" of a citation where other articles have the same words, "pages" where its article has some (a PDF);
        "form" where something was asked, "as_of", "items" and "events" where the answer has them;
        "period" where the question names a time, "corrections" where words of it were read as the articles spell them;
        "reason" and "nearest", a list like "citations", where an answer was withheld, "reply" where nothing was asked.
        """
        return {
            "schema": 1,
            "id": self.id,
            "question": self.question,
            "standalone_question": self.standalone_question,
            "answer": self.text,
            "abstained": self.abstained,
            "confidence": round(self.confidence, 6),
            "mode": self.mode,
            **({"form": self.form} if self.form else {}),
            "note": self.note,
            **({"as_of": self.as_of} if self.as_of else {}),
            **({"items": [asdict(each) for each in self.items]} if self.items else {}),
            **({"events": [asdict(each) for each in self.events]} if self.events else {}),
            **({"period": {"from": self.period[0], "to": self.period[1]}} if self.period else {}),
            **({"corrections": dict(self.corrections)} if self.corrections else {}),
            **(self._written_json() if self.mode == "generative" else {}),
            **({"reason": self.reason} if self.reason else {}),
            **({"reply": self.reply} if self.reply else {}),
            "citations": [_citation_json(citation) for citation in self.citations],
            **({"nearest": [_citation_json(citation) for citation in self.nearest]} if self.nearest else {}),
            "passages": [passage_json(scored) for scored in self.passages],
            "timings_ms": {name: round(value, 3) for name, value in self.timings_ms.items()},
        }

    @classmethod
    def from_json(cls, values: object) -> Answer:
        """The inverse of `to_json`, as far as it goes: passages come back without ids, ranks, sources and dates.

        "passages" may be missing. Raises ValueError, which says what is wrong, for what is no such object.
        """
        if not isinstance(values, Mapping) or values.get("schema") != 1:
            raise ValueError('This is no answer: it is not an object with "schema": 1.')
        passages = values.get("passages", [])
        given = {**values, "text": values.get("answer")}
        if isinstance(period := values.get("period"), Mapping):
            given["period"] = [period.get("from"), period.get("to")]
        if isinstance(passages, list):
            given["passages"] = [
                {**each, "passage": {**each, "id": ""}} if isinstance(each, Mapping) else each for each in passages
            ]
        try:
            return _answers().validate_json(json.dumps(given), strict=True)
        except (TypeError, ValueError) as exc:
            raise ValueError(f"This is no answer: {_first_problem(exc)}.") from exc

    def _written_json(self) -> dict[str, Any]:
        rate = self.unsupported_rate
        return {
            "sentences": [
                {
                    "text": sentence.text,
                    "start": sentence.start,
                    "end": sentence.end,
                    "citations": list(sentence.citations),
                    "supported": sentence.supported,
                    "reason": sentence.reason,
                }
                for sentence in self.sentences
            ],
            "unsupported_rate": None if rate is None else round(rate, 6),
            "removed_citations": self.removed_citations,
        }


def _citation_json(citation: Citation) -> dict[str, Any]:
    others = [
        {
            "article_id": each.article_id,
            "title": each.title,
            **({"published": each.published} if each.published else {}),
        }
        for each in citation.also_in
    ]
    return {
        "article_id": citation.article_id,
        "title": citation.title,
        "url": citation.url,
        "source": citation.source,
        "published": citation.published,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "answer_start": citation.answer_start,
        "answer_end": citation.answer_end,
        **({"pages": list(citation.pages)} if citation.pages else {}),
        **({"also_in": others} if others else {}),
    }


@cache
def _answers() -> TypeAdapter[Answer]:
    from pydantic import TypeAdapter

    return TypeAdapter(Answer)


def _first_problem(error: Exception) -> str:
    """What is wrong first, in one line, with the names that the JSON has."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    problem = error.errors(include_url=False)[0]
    place = ".".join("answer" if part == "text" and at == 0 else str(part) for at, part in enumerate(problem["loc"]))
    said = problem["msg"].rstrip(".")
    return f"{place}: {said}" if place else said


def passage_json(scored: ScoredPassage) -> dict[str, Any]:
    """One entry of "passages" in the JSON of `qa ask` and `qa search`."""
    return {
        "article_id": scored.passage.article_id,
        "title": scored.passage.title,
        "start": scored.passage.start,
        "end": scored.passage.end,
        "text": scored.passage.text,
        "score": round(scored.score, 6),
        "scorer": scored.scorer,
    }
