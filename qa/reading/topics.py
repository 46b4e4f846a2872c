"""What a topic is, which passages are about it, and how surely any article is; the sentences that can be said of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index import ScoredPassage
from index.terms import question_terms
from index.words import FUNCTION_WORDS, key_of
from qa.answer import day_of
from qa.question.languages import ENGLISH, UNSPACED
from qa.question.times import Period
from qa.reading.dated import said_time
from qa.reading.locale_words import said_day
from qa.reading.network import Pair, ReaderNetwork, TokenScores
from qa.reading.spans import bounded, margin_between
from qa.retrieval.retriever import score_in

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
_ABOUT = 0.5  # share of a topic's words that a passage must hold, title included, where none is a name
_ALL_NAMES = 0.75  # share of its names, where there are some
_PART = 0.5  # of a topic's words: with no more of them in any passage it is another one
_OF_PAIRS = 0.6  # of a topic's pairs of characters, what a title that names it has: the others go over its borders
_NAME_ALONE = 0.5  # confidence where a name is all that is asked about, and stands there
TOPIC_FEATURES = ("nearness", "answers")  # see `nearness`; the network's logit that a passage answers, the largest
_READ = 6  # passages that are asked what happened
_UNREAD = -0.7  # how well a sentence answers that was not asked
_QUARRELS = frozenset("row saga feud drama controversy".split())  # says of a name only that there is a story
_STORIES = ("affair", "matter", "story", "saga", "case")  # say nothing of what it is about: "the lido affair"
_FEW_WORDS = 5  # no sentence, but a heading or a byline
_FEW_SIGNS = 12  # the same in scripts without spaces
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]")
Sure = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Topic:
    """What is asked about. `names`: the words that must not be missing, those with a capital."""

    text: str
    words: frozenset[str]
    names: frozenset[str]
    language: str = ENGLISH

    @staticmethod
    def of(text: str, language: str) -> Topic:
        """The topic that some words name."""
        words = _words(text, language)
        words = words - {_stem(word) for word in _STORIES} or words
        if language != ENGLISH:  # nouns have capitals in German, and names cases in Russian
            return Topic(text, words, frozenset(), language)
        names = {_stem(word) for word in _WORD.findall(_plain(text)) if word[0].isupper()}
        return Topic(text, words, words & names)

    def is_of(self, scored: ScoredPassage) -> bool:
        """Whether a passage is about it: it has most of the names, or half of the words where none is a name."""
        words = self._in(scored)
        if self.names:
            return len(self.names & words) >= _ALL_NAMES * len(self.names)
        return len(self.words & words) >= max(1, _ABOUT * len(self.words))

    def is_wholly_in(self, scored: ScoredPassage) -> bool:
        """Whether a passage, or its title, has all of its words."""
        return bool(self.words) and self.words <= self._in(scored)

    def share_in(self, text: str) -> float:
        """The share of its words that a text has, from 0 to 1."""
        return len(self.words & _words(text, self.language)) / max(len(self.words), 1)

    def confidence(self, about: Sequence[ScoredPassage]) -> float:
        """How surely there are articles about it, by words: one whose title names it, or several passages.

        Hardly, where no passage has more than half of its words: it is then about the name, and about something else.
        """
        words = [self._in(each) for each in about]
        if not words or max(len(self.words & each) for each in words) <= _PART * len(self.words):
            return 0.3
        named = self.names if self.language == ENGLISH else self.words
        least = _OF_PAIRS if self.language in UNSPACED else 1.0
        if named and any(
            len(named & _words(each.passage.title, self.language)) >= least * len(named) for each in about
        ):
            return 0.85
        whole = sum(self.words <= each for each in words) > 1
        return min(max(0.1 + 0.08 * len(about), 0.45 if whole else 0.0), 0.8)

    def _in(self, scored: ScoredPassage) -> frozenset[str]:
        return _words(f"{scored.passage.title} {scored.passage.text}", self.language)


def confidence_in(topic: Topic, about: Sequence[ScoredPassage], sure: Sure | None) -> float:
    """How surely there are articles about a topic; `about` are passages that may be.

    `sure` makes a probability of how near a topic is, where it was measured for the network and the language; None: it
    was not, and the words decide. Of a topic that is a name and nothing else ("the Ara and Bel row"), what has all of
    it is about it.
    """
    if sure is None or topic.language != ENGLISH:
        return topic.confidence(about)
    alone = Topic(topic.text, topic.words - _QUARRELS, topic.names, topic.language)
    named = alone.words == alone.names and any(alone.is_wholly_in(each) for each in about)
    return max(sure(nearness(topic, about)), _NAME_ALONE if named else 0.0)


def nearness(topic: Topic, found: Sequence[ScoredPassage]) -> float:
    """The largest cosine of a topic and a passage that is about it; 0 where none is."""
    return max((score_in(each, "dense") for each in found if topic.is_of(each)), default=0.0)


class Asked:
    """What the network makes of some passages that are asked what happened with a topic."""

    def __init__(self, passages: Sequence[ScoredPassage], scores: Sequence[TokenScores]) -> None:
        """`scores`: of each passage."""
        self._read = list(zip(passages, scores, strict=True))

    @property
    def answers(self) -> float:
        """The largest logit of "this passage answers"; 0 where none was asked."""
        return max((scores.answers for _, scores in self._read), default=0.0)

    def of_sentence(self, article_id: str, start: int, end: int) -> float:
        """How well a sentence answers, from -1 to 1, by its offsets in an article; of what was not read, hardly."""
        margins = [
            margin_between(scores, start - scored.passage.start, end - scored.passage.start)
            for scored, scores in self._read
            if scored.passage.article_id == article_id
        ]
        best = max(margins, default=-math.inf)
        return bounded(best) / 10 if math.isfinite(best) else _UNREAD


def ask_what_happened(network: ReaderNetwork, topic: str, found: Sequence[ScoredPassage]) -> Asked:
    """Ask the first of the passages."""
    first = found[:_READ]
    question = f"What happened with {topic}?"
    return Asked(first, network.score([Pair(question, each.passage.title, each.passage.text) for each in first]))


def topic_features(near: float, asked: Asked) -> dict[str, float]:
    """What makes the probability that an article is about a topic, by TOPIC_FEATURES; `near` as `nearness` gives it."""
    return {"nearness": near, "answers": bounded(asked.answers)}


def near_articles(passages: Sequence[ScoredPassage], share: float) -> list[list[ScoredPassage]]:
    """The passages of each article whose best fused score is at least this share of the best of all; in their order."""
    by_article: dict[str, list[ScoredPassage]] = {}
    for each in passages:
        by_article.setdefault(each.passage.article_id, []).append(each)
    best = max(map(best_of, by_article.values()), default=0.0)
    return [each for each in by_article.values() if best_of(each) >= share * best]


def best_of(passages: Sequence[ScoredPassage]) -> float:
    """The best fused score among passages."""
    return max(score_in(scored, "fused") for scored in passages)


def dated_line(text: str, published: str | None, language: str, time: Period | None = None) -> str:
    """What an article says, on one line, behind the `time` when it was, or its day where it has one."""
    day = day_of(published)
    said = " ".join(text.split())
    if time is not None:
        return f"{said_time(time, language)}: {said}"
    return f"{said_day(day, language)}: {said}" if day else said


def is_sentence(text: str) -> bool:
    """Not a heading, a byline or a link to something else."""
    ends = text.rstrip("\"'”’)")[-1:] in set(".!?。！？؟")
    long_enough = len(text.split()) > _FEW_WORDS or len(_UNSPACED.findall(text)) > _FEW_SIGNS
    return ends and long_enough and "http" not in text


def tells(text: str) -> bool:
    """Whether a sentence says something of a story: no question, heading or advertisement."""
    return is_sentence(text) and not text.endswith("?") and not text.isupper() and not _PROMOTION.search(text)


def is_of_the_writer(text: str) -> bool:
    """Whether a sentence says "I", "we" or "you" outside of quotation marks."""
    return _WRITER.search(_QUOTED.sub("", text)) is not None


_QUOTED = re.compile(r"[“\"][^”\"]*[”\"]?")
_WRITER = re.compile(r"\b(?:I|[Ww]e|[Yy]ou|[Mm]y|[Oo]ur|[Yy]our)\b")
_PROMOTION = re.compile(r"\b(?:newsletter|sign up|subscribe|advertisement|click here|read more|follow us)\b|\{\{", re.I)
_WORD = re.compile(r"[^\W_]{2,}")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")  # "U.S." is "US"


@lru_cache(1024)  # a passage is looked at for being about a topic, and for how much of it is told
def _words(text: str, language: str) -> frozenset[str]:
    """The words of a text that carry its meaning, each without a plural's s; "US" and "WHO" are some, "us" is none.

    Of other languages than English what a question is looked up by.
    """
    if language != ENGLISH:
        return frozenset(question_terms(text, [language]).get(language, ()))
    words = (word for word in _WORD.findall(_plain(text)) if word.isupper() or key_of(word) not in FUNCTION_WORDS)
    return frozenset(map(_stem, words))


def _plain(text: str) -> str:
    return _DOTTED.sub(lambda each: each[0].replace(".", ""), text)


def _stem(word: str) -> str:
    key = key_of(word)
    return key.removesuffix("s") if len(key) > 3 else key
