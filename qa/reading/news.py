"""What is new about something, newest first, and what happened to it, oldest first: dated sentences of each story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index import Passage, ScoredPassage
from index.embedding.embedder import with_title
from index.embedding.engines import Vectors
from index.words import FUNCTION_WORDS, key_of
from qa.answer import AnswerSpan, Reading
from qa.question.turn import Query
from qa.reading.compose import sentences_of
from qa.reading.dated import day_of, spoken_day
from qa.retrieval.retriever import score_in

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
LATEST, EVENTS = 6, 8  # sentences of an answer, at most
_ARTICLES = 12  # that are looked at sentence by sentence
_SAME_STORY = 0.85  # cosine of two sentences that tell the same
_ABOUT = 0.5  # share of a topic's words that a passage must hold, title included, where none is a name
_LEAD = 0.05  # what a sentence of the article's first passage is worth, in cosines

Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of a passage, by offsets in the article."""

    scored: ScoredPassage
    start: int
    end: int

    @property
    def passage(self) -> Passage:
        return self.scored.passage

    @property
    def text(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


def told_in_order(query: Query, found: Sequence[ScoredPassage], embed: Embed) -> Reading:
    """Sentences about the topic `query.text`, each of another story, in the order of their articles' dates.

    Nothing where no passage is about it, which names all of its names and most of its words. The confidence is that
    there are articles about it; it is also the spans' score.
    """
    about = [scored for scored in found if _is_about(query.text, scored.passage)]
    if not about:
        return Reading((), tuple(found))
    latest = query.form == "latest"
    by_article: dict[str, list[ScoredPassage]] = {}
    for scored in about:
        by_article.setdefault(scored.passage.article_id, []).append(scored)
    best = max(score_in(scored, "fused") for scored in about)
    near = [
        passages
        for passages in by_article.values()
        if max(score_in(scored, "fused") for scored in passages) >= _NEAR * best
    ]
    near.sort(key=lambda passages: passages[0].passage.published or "", reverse=True)
    if not latest:  # from all of the time that there is
        near = _spread(near, _ARTICLES)
    chosen = _chosen(query.text, near[:_ARTICLES], LATEST if latest else EVENTS, embed)
    chosen.sort(key=lambda told: told.start)
    chosen.sort(key=lambda told: told.passage.published or "", reverse=latest)
    score = _confidence_of(query.text, about)
    spans = tuple(
        AnswerSpan(told.text, told.passage, told.start, told.end, told.start, told.end, score, score) for told in chosen
    )
    return Reading(spans, tuple(found), "\n".join(_line(told) for told in chosen))


_PART = 0.5  # of a topic's words: with no more of them in any passage it is another one
_NEAR = 0.6  # of the best passage's fused score: what an article's best one must have


def _line(told: _Told) -> str:
    day = day_of(told.passage.published)
    said = " ".join(told.text.split())
    return f"{spoken_day(day)}: {said}" if day else said


def _words(text: str) -> set[str]:
    """The words of a text that carry its meaning, each without a plural's s; "US" and "WHO" are some, "us" is none."""
    found = re.findall(r"[^\W_]{2,}", text)
    return {_stem(word) for word in found if word.isupper() or key_of(word) not in FUNCTION_WORDS}


def _names(topic: str) -> set[str]:
    """The words that must not be missing: those with a capital, or none where none has one."""
    return {_stem(word) for word in re.findall(r"[^\W_]{2,}", topic) if word[0].isupper()} & _words(topic)


def _is_about(topic: str, passage: Passage) -> bool:
    wanted, said, names = _words(topic), _words(f"{passage.title} {passage.text}"), _names(topic)
    return names <= said if names else len(wanted & said) >= max(1, _ABOUT * len(wanted))


def _stem(word: str) -> str:
    key = key_of(word)
    return key.removesuffix("s") if len(key) > 3 else key


def _spread(articles: list[list[ScoredPassage]], count: int) -> list[list[ScoredPassage]]:
    """At most `count` of them, the best of each stretch of time."""
    if len(articles) <= count:
        return articles
    parts = np.array_split(np.arange(len(articles)), count)
    return [
        max((articles[at] for at in part), key=lambda passages: max(score_in(s, "fused") for s in passages))
        for part in parts
    ]


def _chosen(topic: str, articles: Sequence[Sequence[ScoredPassage]], count: int, embed: Embed) -> list[_Told]:
    """The sentences of each article that are nearest to the topic, without those that tell the same as another."""
    told = [
        _Told(scored, start, end)
        for passages in articles
        for scored in passages[:_PASSAGES]
        for start, end in sentences_of(scored.passage)
        if _is_sentence(scored.passage.text[start - scored.passage.start : end - scored.passage.start])
    ]
    if not told:
        return []
    vectors = embed([with_title(each.text, each.passage.title) for each in told])
    similar = (vectors @ embed([topic])[0]).tolist()
    said = _words(topic)
    similar = [
        score + _NAMED * len(said & _words(each.text)) / max(len(said), 1) + _LEAD * (each.passage.start == 0)
        for score, each in zip(similar, told, strict=True)
    ]
    best = max(similar)
    of_article: Counter[str] = Counter()
    chosen: list[int] = []
    newest = {passages[0].passage.article_id: at for at, passages in enumerate(articles)}
    order = sorted(range(len(told)), key=similar.__getitem__, reverse=True)
    if count == LATEST:  # what is near enough, newest first
        order = [at for at in order if similar[at] >= best - _WEAKER]
        order.sort(key=lambda at: newest[told[at].passage.article_id])
    for at in order:
        article = told[at].passage.article_id
        if (
            len(chosen) < count
            and of_article[article] < _OF_ARTICLE
            and all(vectors[at] @ vectors[other] < _SAME_STORY for other in chosen)
        ):
            chosen.append(at)
            of_article[article] += 1
    return [told[at] for at in chosen]


def _is_sentence(text: str) -> bool:
    """Not a heading, a byline or a link to something else."""
    return len(text.split()) > _FEW_WORDS and text.rstrip("\"'”’)")[-1:] in set(".!?。！？؟") and "http" not in text


_FEW_WORDS = 5
_PASSAGES, _OF_ARTICLE = 3, 2  # passages of an article that are looked at, sentences that are said
_NAMED = 0.2  # what it is worth, in cosines, to say all words of the topic
_WEAKER = 0.25  # how much less near than the best sentence a newer one may be, in the same


def _confidence_of(topic: str, about: Sequence[ScoredPassage]) -> float:
    """How surely there are articles about the topic: one whose title names it, or several passages.

    Hardly, where no passage has more than half of its words: it is then about the name, and about something else.
    """
    names, wanted = _names(topic), _words(topic)
    said = [_words(f"{scored.passage.title} {scored.passage.text}") for scored in about]
    if max(len(wanted & each) for each in said) <= _PART * len(wanted):
        return 0.3
    if names and any(names <= _words(scored.passage.title) for scored in about):
        return 0.85
    whole = sum(wanted <= each for each in said) > 1
    return min(max(0.1 + 0.08 * len(about), 0.45 if whole else 0.0), 0.8)
