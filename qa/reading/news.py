"""What is new about something, newest first, and what happened to it, oldest first: dated sentences of each story."""

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
from qa.answer import AnswerSpan, NearSpan, Reading
from qa.question.turn import Query
from qa.reading.compose import is_of_the_time, sentences_of
from qa.reading.nearest import NEAREST
from qa.reading.topics import Embed, Sure, Topic, best_of, confidence_in, dated_line, is_sentence, near_articles

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
LATEST, EVENTS = 6, 12  # sentences of an answer, at most
_NEAR = 0.7  # of the best passage's fused score: what an article's best one must have
_ARTICLES = 12  # that are looked at sentence by sentence
_PASSAGES, _OF_ARTICLE = 8, 3  # passages of an article that are looked at, sentences that are said at least
# What it is worth, in cosines, to say all words of the topic; to open the article; to name a time; to be long.
_NAMED, _LEAD, _TIMED, _LONG = 0.1, 0.2, 0.1, 0.2
_LEAD_CHARS, _LONG_CHARS = 1500, 200  # where the worth of opening is down to a third; of no more worth when longer
_TIME = re.compile(
    rf"\b(?:(?:{'|'.join(month[:3] for month in MONTHS.split())})[a-z]*\.? \d"
    rf"|(?:in|since|until|by) (?:early |late |mid-)?(?:{'|'.join(MONTHS.split())}|(?:19|20)\d\d)"
    rf"|{'|'.join(DAYS.split())}|yesterday|today|last (?:week|month|year)|\d+ (?:years|months|weeks|days) ago)\b",
    re.IGNORECASE,
)
_WEAKER = 0.25  # how much less near than the best sentence a newer one may be, in the same
_SAME_STORY = 0.9  # cosine of two sentences, titles included, that tell the same


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of a passage, by offsets in the article."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


def told_in_order(query: Query, found: Sequence[ScoredPassage], embed: Embed, sure: Sure | None) -> Reading:
    """Sentences about the topic `query.text`, each of another story, in the order of their articles' dates.

    Of a question that names a time those of that time, where there are any.
    Nothing where no passage is about it. The confidence is that there are articles about it (`sure`: see
    qa.reading.topics); it is also the spans' score.
    """
    topic, latest = Topic.of(query.text, query.language), query.form == "latest"
    inside = [each for each in found if is_of_the_time(query, each)]
    about = [each for each in inside or found if topic.is_of(each)]
    if not about:
        told = _chosen(topic, [[each] for each in (inside or found)[:_ARTICLES]], False, embed)
        return Reading((), tuple(found), nearest=_near(told))
    near = near_articles(about, _NEAR)
    near.sort(key=lambda each: each[0].passage.published or "", reverse=True)
    near = near[:_ARTICLES] if latest else _spread(near, _ARTICLES)  # a timeline is of all the time that there is
    chosen = _chosen(topic, near, latest, embed)
    nearest = _near(chosen)
    chosen.sort(key=lambda told: told.start)
    chosen.sort(key=lambda told: told.passage.published or "", reverse=latest)
    score = confidence_in(topic, about, sure)
    spans = tuple(
        AnswerSpan(told.text, told.passage, told.start, told.end, told.start, told.end, score, score) for told in chosen
    )
    return Reading(
        spans,
        tuple(found),
        "\n".join(dated_line(told.text, told.passage.published, query.language) for told in chosen),
        nearest=nearest,
    )


def _near(told: Sequence[_Told]) -> tuple[NearSpan, ...]:
    return tuple(NearSpan(each.passage, each.start, each.end) for each in told[:NEAREST])


def _spread(articles: list[list[ScoredPassage]], count: int) -> list[list[ScoredPassage]]:
    """At most `count` of them, the best of each stretch of time."""
    if len(articles) <= count:
        return articles
    parts = np.array_split(np.arange(len(articles)), count)
    return [max((articles[at] for at in part), key=best_of) for part in parts]


def _chosen(topic: Topic, articles: Sequence[Sequence[ScoredPassage]], latest: bool, embed: Embed) -> list[_Told]:
    """The sentences of each article that are nearest to the topic, without those that tell the same as another."""
    told = [
        each
        for passages in articles
        for scored in passages[:_PASSAGES]
        for each in (_Told(scored.passage, *span) for span in sentences_of(scored.passage, language=topic.language))
        if is_sentence(each.text)
    ]
    if not told:
        return []
    vectors = embed([with_title(each.text, each.passage.title) for each in told])
    cosines = (vectors @ embed([topic.text])[0]).tolist()
    similar = [cosine + _worth(each, topic) for cosine, each in zip(cosines, told, strict=True)]
    order = sorted(range(len(told)), key=similar.__getitem__, reverse=True)
    if latest:  # what is near enough, newest first
        newest = {passages[0].passage.article_id: at for at, passages in enumerate(articles)}
        order = [at for at in order if similar[at] >= similar[order[0]] - _WEAKER]
        order.sort(key=lambda at: newest[told[at].passage.article_id])
    most = LATEST if latest else EVENTS
    of_each = max(_OF_ARTICLE, -(-most // len(articles)))
    of_article: Counter[str] = Counter()
    chosen: list[int] = []
    for at in order:
        article = told[at].passage.article_id
        if (
            len(chosen) < most
            and of_article[article] < of_each
            and all(vectors[at] @ vectors[other] < _SAME_STORY for other in chosen)
        ):
            chosen.append(at)
            of_article[article] += 1
    return [told[at] for at in chosen]


def _worth(told: _Told, topic: Topic) -> float:
    """What a sentence is worth besides its nearness to the topic, in cosines."""
    return (
        _NAMED * topic.share_in(told.text)
        + _LEAD * math.exp(-told.start / _LEAD_CHARS)
        + _TIMED * (_TIME.search(told.text) is not None)
        + _LONG * min(len(told.text) / _LONG_CHARS, 1)
    )
