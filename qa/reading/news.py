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
from index.terms import question_terms
from index.words import FUNCTION_WORDS, key_of
from qa.answer import AnswerSpan, NearSpan, Reading
from qa.question.languages import ENGLISH
from qa.question.turn import Query
from qa.reading.compose import is_of_the_time, sentences_of
from qa.reading.dated import day_of
from qa.reading.locale_words import said_day
from qa.reading.nearest import NEAREST
from qa.retrieval.retriever import score_in

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
LATEST, EVENTS = 6, 8  # sentences of an answer, at most
_ABOUT = 0.5  # share of a topic's words that a passage must hold, title included, where none is a name
_PART = 0.5  # of a topic's words: with no more of them in any passage it is another one
_NEAR = 0.6  # of the best passage's fused score: what an article's best one must have
_ARTICLES = 12  # that are looked at sentence by sentence
_PASSAGES, _OF_ARTICLE = 3, 2  # passages of an article that are looked at, sentences that are said
_FEW_WORDS = 5  # no sentence, but a heading or a byline
_FEW_SIGNS = 12  # the same in scripts without spaces
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")
_NAMED = 0.2  # what it is worth, in cosines, to say all words of the topic
_LEAD = 0.05  # what a sentence of the article's first passage is worth, in cosines
_WEAKER = 0.25  # how much less near than the best sentence a newer one may be, in the same
SAME_STORY = 0.85  # cosine of two sentences that tell the same

Embed = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True, slots=True)
class _Topic:
    """What is asked about. `names`: the words that must not be missing, those with a capital."""

    text: str
    words: frozenset[str]
    names: frozenset[str]
    language: str = ENGLISH

    @staticmethod
    def of(text: str, language: str) -> _Topic:
        words = _words(text, language)
        if language != ENGLISH:  # nouns have capitals in German, and names cases in Russian
            return _Topic(text, frozenset(words), frozenset(), language)
        names = {_stem(word) for word in _WORD.findall(text) if word[0].isupper()}
        return _Topic(text, frozenset(words), frozenset(names & words))


@dataclass(frozen=True, slots=True)
class _About:
    """A passage with its words, those of its title among them."""

    scored: ScoredPassage
    words: set[str]

    def is_about(self, topic: _Topic) -> bool:
        if topic.names:
            return topic.names <= self.words
        return len(topic.words & self.words) >= max(1, _ABOUT * len(topic.words))


@dataclass(frozen=True, slots=True)
class _Told:
    """A sentence of a passage, by offsets in the article."""

    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


def told_in_order(query: Query, found: Sequence[ScoredPassage], embed: Embed) -> Reading:
    """Sentences about the topic `query.text`, each of another story, in the order of their articles' dates.

    Of a question that names a time those of that time, where there are any.
    Nothing where no passage is about it, which names all of its names, or half of its words where it has none. The
    confidence is that there are articles about it; it is also the spans' score.
    """
    topic, latest = _Topic.of(query.text, query.language), query.form == "latest"
    inside = [each for each in found if is_of_the_time(query, each)]
    passages = (
        _About(scored, _words(f"{scored.passage.title} {scored.passage.text}", query.language))
        for scored in inside or found
    )
    about = [each for each in passages if each.is_about(topic)]
    if not about:
        told = _chosen(topic, [[each] for each in (inside or found)[:_ARTICLES]], False, embed)
        return Reading((), tuple(found), nearest=_near(told))
    by_article: dict[str, list[ScoredPassage]] = {}
    for each in about:
        by_article.setdefault(each.scored.passage.article_id, []).append(each.scored)
    best = max(map(best_of, by_article.values()))
    near = [each for each in by_article.values() if best_of(each) >= _NEAR * best]
    near.sort(key=lambda each: each[0].passage.published or "", reverse=True)
    near = near[:_ARTICLES] if latest else _spread(near, _ARTICLES)  # a timeline is of all the time that there is
    chosen = _chosen(topic, near, latest, embed)
    nearest = _near(chosen)
    chosen.sort(key=lambda told: told.start)
    chosen.sort(key=lambda told: told.passage.published or "", reverse=latest)
    score = _confidence_of(topic, about)
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


def dated_line(text: str, published: str | None, language: str) -> str:
    """What an article says, on one line, behind its day where it has one."""
    day = day_of(published)
    said = " ".join(text.split())
    return f"{said_day(day, language)}: {said}" if day else said


def is_sentence(text: str) -> bool:
    """Not a heading, a byline or a link to something else."""
    ends = text.rstrip("\"'”’)")[-1:] in set(".!?。！？؟")
    long_enough = len(text.split()) > _FEW_WORDS or len(_UNSPACED.findall(text)) > _FEW_SIGNS
    return ends and long_enough and "http" not in text


_WORD = re.compile(r"[^\W_]{2,}")


def _words(text: str, language: str) -> set[str]:
    """The words of a text that carry its meaning, each without a plural's s; "US" and "WHO" are some, "us" is none.

    Of other languages than English what a question is looked up by.
    """
    if language != ENGLISH:
        return set(question_terms(text, [language]).get(language, ()))
    return {_stem(word) for word in _WORD.findall(text) if word.isupper() or key_of(word) not in FUNCTION_WORDS}


def _stem(word: str) -> str:
    key = key_of(word)
    return key.removesuffix("s") if len(key) > 3 else key


def best_of(passages: Sequence[ScoredPassage]) -> float:
    """The best fused score among passages."""
    return max(score_in(scored, "fused") for scored in passages)


def _spread(articles: list[list[ScoredPassage]], count: int) -> list[list[ScoredPassage]]:
    """At most `count` of them, the best of each stretch of time."""
    if len(articles) <= count:
        return articles
    parts = np.array_split(np.arange(len(articles)), count)
    return [max((articles[at] for at in part), key=best_of) for part in parts]


def _chosen(topic: _Topic, articles: Sequence[Sequence[ScoredPassage]], latest: bool, embed: Embed) -> list[_Told]:
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
    similar = [
        cosine
        + _NAMED * len(topic.words & _words(each.text, topic.language)) / max(len(topic.words), 1)
        + _LEAD * (each.passage.start == 0)
        for cosine, each in zip((vectors @ embed([topic.text])[0]).tolist(), told, strict=True)
    ]
    order = sorted(range(len(told)), key=similar.__getitem__, reverse=True)
    if latest:  # what is near enough, newest first
        newest = {passages[0].passage.article_id: at for at, passages in enumerate(articles)}
        order = [at for at in order if similar[at] >= similar[order[0]] - _WEAKER]
        order.sort(key=lambda at: newest[told[at].passage.article_id])
    of_article: Counter[str] = Counter()
    chosen: list[int] = []
    for at in order:
        article = told[at].passage.article_id
        if (
            len(chosen) < (LATEST if latest else EVENTS)
            and of_article[article] < _OF_ARTICLE
            and all(vectors[at] @ vectors[other] < SAME_STORY for other in chosen)
        ):
            chosen.append(at)
            of_article[article] += 1
    return [told[at] for at in chosen]


def _confidence_of(topic: _Topic, about: Sequence[_About]) -> float:
    """How surely there are articles about the topic: one whose title names it, or several passages.

    Hardly, where no passage has more than half of its words: it is then about the name, and about something else.
    """
    if max(len(topic.words & each.words) for each in about) <= _PART * len(topic.words):
        return 0.3
    named = topic.names if topic.language == ENGLISH else topic.words
    if named and any(named <= _words(each.scored.passage.title, topic.language) for each in about):
        return 0.85
    whole = sum(topic.words <= each.words for each in about) > 1
    return min(max(0.1 + 0.08 * len(about), 0.45 if whole else 0.0), 0.8)
