"""A summary: the sentences of an article that are nearest to what it is asked about, in their order; or of several."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index import Article, ArticleIndex, Passage, PassageFilter, ScoredPassage
from index.embedding.embedder import with_title
from index.embedding.engines import Vectors
from index.filter import NO_FILTER
from index.words import keys
from qa.question.languages import UNSPACED
from qa.question.turn import Query
from qa.reading.dated import is_of_the_time
from qa.reading.meaning import Meaning
from qa.reading.nearest import NEAREST
from qa.reading.result import AnswerSpan, NearSpan, Reading
from qa.reading.sentences import LEANS, sentences_of
from qa.reading.topics import (
    Sure,
    Topic,
    best_of,
    confidence_in,
    dated_line,
    is_of_the_writer,
    near_articles,
    tells,
)

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
_SENTENCES = 8  # of one article
_ARTICLES, _OF_EACH, _OF_ALL = 4, 3, 12  # articles of a topic, sentences of each at least, and of all about
_NEAR = 0.8  # of the best article's fused score: what another one must have
_LOOKED_AT = 40  # sentences of an article, from its beginning: news stories open with what matters
_TO_TOPIC, _TO_BEGINNING = 0.5, 0.2  # what a cosine counts, and standing at the beginning
_NAMES, _FIGURE, _OWN, _LEANING = 0.1, 0.1, -0.1, -0.1  # names, a figure, the writer's "I", a beginning like "he"
_MOST_NAMES = 6  # words with a capital: more are worth no more
_BEGINNING = 10  # sentences after which that is down to a third
_SAME = 0.85  # cosine of two sentences, titles included, that tell the same
_SAME_WORDS = 0.6  # of the shorter of two sentences' words, what both have that tell the same
_NAMED = 0.9  # confidence where the articles themselves were named, which nothing can be wrong about


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Said:
    """What a summary says already: a sentence's vector, with its title's, and its words."""

    vector: Vectors
    words: set[str]

    def shares(self, words: set[str]) -> bool:
        return len(self.words & words) >= _SAME_WORDS * min(len(self.words), len(words))


def summed_up(
    query: Query,
    found: Sequence[ScoredPassage],
    article: Callable[[str], Article | None],
    meaning: Meaning,
    sure: Sure | None,
) -> Reading:
    """What the best article says about `query.text`, or several articles where `query.several`, or `query.articles`.

    The confidence is that there are articles about it (`sure`: see qa.reading.topics), and the spans' score.
    """
    chosen = [whole for each in _article_ids(query, found) if (whole := article(each)) is not None]
    if not chosen:
        return Reading((), tuple(found))
    topic = meaning.vectors([query.text])[0] if not query.articles else None
    most = _SENTENCES if len(chosen) == 1 else max(_OF_EACH, _OF_ALL // len(chosen))
    said: list[_Said] = []  # no article repeats another
    told = [_told(whole, topic, most, meaning, said) for whole in chosen]
    score = _NAMED if query.articles else confidence_in(Topic.of(query.text, query.language), found, sure)
    spans: list[AnswerSpan] = []
    for whole, sentences in zip(chosen, told, strict=True):
        passage = Passage(f"{whole.id}-whole", whole.id, whole.title, 0, len(whole.text), whole.text)
        spans += [
            AnswerSpan(each.text, passage, each.start, each.end, each.start, each.end, score, score)
            for each in sentences
        ]
    gap = "" if query.language in UNSPACED else " "
    lines = [
        (gap.join(each.text for each in sentences), whole.published)
        for whole, sentences in zip(chosen, told, strict=True)
        if sentences
    ]
    text = lines[0][0] if len(lines) == 1 else "\n".join(dated_line(*each, query.language) for each in lines)
    nearest = tuple(NearSpan(each.passage, each.start, each.end) for each in spans[:NEAREST])
    return Reading(tuple(spans), tuple(found), text, nearest=nearest)


def articles_meant(articles: ArticleIndex, where: PassageFilter) -> tuple[str, ...]:
    """The ids that "sum it up" means: of the articles that are ticked, or of all where there are a few."""
    if where != NO_FILTER:
        return where.article_ids
    few = articles.info().articles <= _ARTICLES
    return tuple(summary.id for summary in articles.list()) if few else ()


def _article_ids(query: Query, found: Sequence[ScoredPassage]) -> list[str]:
    """The articles to sum up, newest first where they are several."""
    if query.articles:
        return list(query.articles[:_ARTICLES])
    inside = [each for each in found if is_of_the_time(query, each)] or list(found)
    if not inside:
        return []
    if not query.several:
        return [inside[0].passage.article_id]
    near = sorted(near_articles(inside, _NEAR), key=best_of, reverse=True)[:_ARTICLES]
    near.sort(key=lambda each: each[0].passage.published or "", reverse=True)
    return [each[0].passage.article_id for each in near]


def _told(whole: Article, topic: Vectors | None, most: int, meaning: Meaning, said: list[_Said]) -> list[_Sentence]:
    """At most `most` sentences of an article, in their order, none like one that is `said`; they are then, too.

    Without a `topic` those that are nearest to the article's title.
    """
    passage = Passage("", whole.id, whole.title, 0, len(whole.text), whole.text, language=whole.known_language)
    sentences = [_Sentence(start, end, " ".join(whole.text[start:end].split())) for start, end in sentences_of(passage)]
    fit = [each for each in sentences if tells(each.text)][:_LOOKED_AT]
    fit = fit or sentences[:most]
    if not fit:
        return []
    vectors = meaning.vectors([with_title(each.text, whole.title) for each in fit])
    similar = vectors @ (meaning.vectors([whole.title or fit[0].text])[0] if topic is None else topic)
    scores = _TO_TOPIC * meaning.scaled(similar) + _TO_BEGINNING * np.exp(-np.arange(len(fit)) / _BEGINNING)
    scores += np.array([_worth(each.text) for each in fit])
    best = list(map(int, np.argsort(-scores)))
    chosen: list[int] = []
    for at in best:
        if len(chosen) < most and all(meaning.scaled(vectors[at] @ each.vector) < _SAME for each in said):
            chosen.append(at)
            said.append(_Said(vectors[at], keys(fit[at].text)))
    for at in best:  # under a long title all are near to each other
        words = keys(fit[at].text)
        if len(chosen) < most and not any(each.shares(words) for each in said):
            chosen.append(at)
            said.append(_Said(vectors[at], words))
    return [fit[at] for at in sorted(chosen)]


def _worth(text: str) -> float:
    """How much a sentence is likely to tell, besides its place and what it is near to; in cosines."""
    return (
        _NAMES * min(len(_CAPITALISED.findall(text)), _MOST_NAMES) / _MOST_NAMES
        + _FIGURE * any(map(str.isdigit, text))
        + _OWN * is_of_the_writer(text)
        + _LEANING * (LEANS.match(text) is not None)
    )


_CAPITALISED = re.compile(r"(?<!^)\b[A-Z][a-z]+")
