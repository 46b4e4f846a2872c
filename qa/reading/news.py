"""What is new about something, newest first, and what happened to it, oldest first: dated sentences of each story.

News have the days of their articles; what happened has its own time, where its sentence names one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import Passage, ScoredPassage
from index.embedding.embedder import with_title
from index.words import DAYS, MONTHS
from qa.answer import Event, day_of
from qa.question.times import Period
from qa.question.turn import Query
from qa.reading.dated import happened, is_of_the_time, iso_day
from qa.reading.meaning import Meaning
from qa.reading.nearest import NEAREST
from qa.reading.result import AnswerSpan, NearSpan, Reading
from qa.reading.sentences import LEANS, sentences_of
from qa.reading.topics import (
    Asked,
    Sure,
    Topic,
    best_of,
    confidence_in,
    dated_line,
    is_of_the_writer,
    near_articles,
    tells,
)
from qa.retrieval.copies import words_of
from qa.retrieval.retriever import score_in

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
LATEST, EVENTS = 6, 12  # sentences of an answer, at most
_NEAR = 0.7  # of the best passage's fused score: what an article's best one must have
_NEAR_BY_MEANING = 0.8  # of the nearest passage's cosine: the same; a shopping guide has all the words of a merger
_ARTICLES = 12  # that are looked at sentence by sentence
_OF_ARTICLE = 3  # sentences that are said of an article at least
# What a sentence is worth: for the topic's words in it; for how near its passage is, by meaning and fused; for opening
# its article; for naming a time, a figure; for being long; for the writer's "I" and "we"; for a beginning like "he".
_NAMED, _NEARNESS, _FUSED, _LEAD, _TIMED, _FIGURE, _LONG, _OWN, _LEANING = 1, 0.6, 0.6, 1, 0.7, 0.6, 0.7, -0.5, -0.3
_ANSWERS = 1  # for answering what happened
_LESS = 1.4  # so much less than the sentence that is most about it, by words and answering, news may be
_NEWER = 0.5  # of news, for being in the newest article; of the third newest a third
_LEAD_CHARS, _LONG_CHARS = 1500, 200  # where the worth of opening is down to a third; of no more worth when longer
_TIME = re.compile(
    rf"\b(?:(?:{'|'.join(month[:3] for month in MONTHS.split())})[a-z]*\.? \d"
    rf"|(?:in|since|until|by) (?:early |late |mid-)?(?:{'|'.join(MONTHS.split())}|(?:19|20)\d\d)"
    rf"|{'|'.join(DAYS.split())}|yesterday|today|last (?:week|month|year)|\d+ (?:years|months|weeks|days) ago)\b",
    re.IGNORECASE,
)
_COMPARED = 60  # sentences, the best, among which those that tell the same are looked for
_SAME_STORY = 0.9  # cosine of two sentences, titles included, that tell the same


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of a passage that was found, by offsets in the article."""

    scored: ScoredPassage
    start: int
    end: int

    @property
    def passage(self) -> Passage:
        return self.scored.passage

    @property
    def place(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def text(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


def told_in_order(
    query: Query,
    found: Sequence[ScoredPassage],
    asked: Asked,
    meaning: Meaning,
    sure: Sure | None,
) -> Reading:
    """Sentences about the topic `query.text`, each of another story: news in the order of their articles' dates, newest
    first, what happened in the order of its times.

    `asked`: the passages that were asked what happened, which may tell of it in other words than the topic's.
    Of a question that names a time those of that time, where there are any.
    Nothing where no passage is about it. The confidence is that there are articles about it (`sure`: see
    qa.reading.topics); it is also the spans' score.
    """
    topic, latest = Topic.of(query.text, query.language), query.form == "latest"
    inside = [each for each in found if is_of_the_time(query, each)]
    about = [each for each in inside or found if topic.is_of(each)]
    if not about:
        told = _chosen(topic, [[each] for each in (inside or found)[:_ARTICLES]], asked, latest, meaning)
        return Reading((), tuple(found), nearest=_near(told))
    near = near_articles(about, _NEAR)
    cosines = {_article(each[0]): meaning.scaled(_cosine(each)) for each in near}
    nearest_of_all = max(cosines.values())
    near = [
        each
        for each in near
        if cosines[_article(each[0])] >= _NEAR_BY_MEANING * nearest_of_all or topic.share_in(each[0].passage.title) == 1
    ]
    near.sort(key=lambda each: each[0].passage.published or "", reverse=True)
    near = near[:_ARTICLES] if latest else _spread(near, _ARTICLES)  # a timeline is of all the time that there is
    # What is about it is the article: a passage of its middle seldom says all of the names again.
    whole = [[each for each in inside or found if _article(each) == _article(passages[0])] for passages in near]
    chosen = _chosen(topic, whole, asked, latest, meaning)
    nearest = _near(chosen)
    times = {told: None if latest else _time_of(told, query.language) for told in chosen}
    dates = {told: iso_day(times[told]) or _day(told) for told in chosen}
    chosen.sort(key=lambda told: told.start)
    chosen.sort(key=lambda told: dates[told] or "", reverse=latest)
    score = confidence_in(topic, about, sure)
    return Reading(
        tuple(AnswerSpan(each.text, each.passage, *each.place, *each.place, score, score) for each in chosen),
        tuple(found),
        "\n".join(dated_line(each.text, each.passage.published, query.language, times[each]) for each in chosen),
        nearest=nearest,
        events=tuple(Event(dates[each], " ".join(each.text.split()), at) for at, each in enumerate(chosen)),
    )


def _time_of(told: _Told, language: str) -> Period | None:
    return happened(told.text, told.passage.published, told.passage.language or language)


def _day(told: _Told) -> str | None:
    day = day_of(told.passage.published)
    return day.isoformat() if day else None


def _near(told: Sequence[_Told]) -> tuple[NearSpan, ...]:
    return tuple(NearSpan(each.passage, each.start, each.end) for each in told[:NEAREST])


def _spread(articles: list[list[ScoredPassage]], count: int) -> list[list[ScoredPassage]]:
    """At most `count` of them, the best of each stretch of time."""
    if len(articles) <= count:
        return articles
    parts = np.array_split(np.arange(len(articles)), count)
    return [max((articles[at] for at in part), key=best_of) for part in parts]


def _cosine(passages: Sequence[ScoredPassage]) -> float:
    return max(score_in(scored, "dense") for scored in passages)


def _article(scored: ScoredPassage) -> str:
    return scored.passage.article_id


def _chosen(
    topic: Topic,
    articles: Sequence[Sequence[ScoredPassage]],
    asked: Asked,
    latest: bool,
    meaning: Meaning,
) -> list[_Told]:
    """The sentences of the articles, newest first where `latest`, that are worth most; each tells something else."""
    # How much it is about the topic, and matters, by its words: passages overlap, and articles have copies.
    worth: dict[str, tuple[float, float, _Told]] = {}
    for at, passages in enumerate(articles):
        new = _NEWER * math.exp(-at / 2) if latest else 0.0
        for scored in passages:
            for told in (_Told(scored, *span) for span in sentences_of(scored.passage, language=topic.language)):
                if tells(told.text):
                    answers = asked.of_sentence(_article(scored), *told.place)
                    about = _NAMED * topic.share_in(told.text) + _ANSWERS * answers
                    worth.setdefault(words_of(told.text), (about, about + _worth(told) + new, told))
    if not worth:
        return []
    least = max(about for about, *_ in worth.values()) - (_LESS if latest else math.inf)
    ranked = sorted((each for each in worth.values() if each[0] >= least), key=lambda each: each[1], reverse=True)
    best = [told for *_, told in ranked][:_COMPARED]
    vectors = meaning.vectors([with_title(each.text, each.passage.title) for each in best])
    most = LATEST if latest else EVENTS
    of_each = max(_OF_ARTICLE, -(-most // len(articles)))
    of_article: Counter[str] = Counter()
    chosen: list[int] = []
    for at, told in enumerate(best):
        article = _article(told.scored)
        if (
            len(chosen) < most
            and of_article[article] < of_each
            and all(meaning.scaled(vectors[at] @ vectors[other]) < _SAME_STORY for other in chosen)
        ):
            chosen.append(at)
            of_article[article] += 1
    return [best[at] for at in chosen]


def _worth(told: _Told) -> float:
    """How much a sentence is likely to matter, besides what it says of the topic."""
    text = told.text
    return (
        _NEARNESS * score_in(told.scored, "dense")
        + _FUSED * score_in(told.scored, "fused")
        + _LEAD * math.exp(-told.start / _LEAD_CHARS)
        + _TIMED * (_TIME.search(text) is not None)
        + _FIGURE * any(map(str.isdigit, text))
        + _LONG * min(len(text) / _LONG_CHARS, 1)
        + _OWN * is_of_the_writer(text)
        + _LEANING * (LEANS.match(text) is not None or text[:1].islower())
    )
