"""What can be said of a sentence as the answer to a question, in numbers, without a trained model.

Each feature is 0 to 1 or close to it, so that the weights of a logistic regression over them can be compared.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.lexical import content_words

_TOKEN = re.compile(r"\w+(?:[’'.-]\w+)*")
_NUMBER = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "dozen half third quarter once twice first second"
)
_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_MEASURE = "many much old long far tall big large high fast often wide deep heavy hot cold likely"
_QUANTITY = (
    "number amount price cost age share size score rate total sum distance length height width speed temperature"
)
_PERIOD = "year date day month time century decade season week"
_SITE = "city town country place state village region continent island street venue building airport port harbour river"
_SOMEONE = (
    "person man woman author actor actress player coach president minister scientist singer artist official doctor "
    "company team organisation organization"
)


def _any_of(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


# The kind of answer that the words of a question ask for, the first that fits.
_ASKED = (
    ("number", rf"\bhow {_any_of(_MEASURE)}\b"),
    ("number", rf"\b(?:what|which) (?:(?:is|was|are|were) the )?(?:percent\w*|{_any_of(_QUANTITY)})\b"),
    ("time", rf"\bwhen\b|\b(?:what|which) {_any_of(_PERIOD)}\b|\bhow (?:recently|soon)\b"),
    ("place", rf"\bwhere\b|\b(?:what|which) {_any_of(_SITE)}\b"),
    ("person", rf"\b(?:who|whom|whose)\b|\b(?:what|which) {_any_of(_SOMEONE)}\b|\bname\b"),
    ("reason", r"\bwhy\b|\bhow come\b|\bwhat (?:caused|made|led)\b|\b(?:reason|cause)\b"),
)
_ASKED_RE = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKED)
_GIVES = {
    "number": re.compile(rf"\d|\b(?:{'|'.join(_NUMBER.split())})s?\b", re.IGNORECASE),
    "time": re.compile(
        rf"\b(?:{'|'.join((_MONTHS + ' ' + _DAYS).split())}|1[0-9]{{3}}|20[0-9]{{2}}|yesterday|today|tomorrow|tonight|"
        r"morning|afternoon|evening|night|noon|midnight|week|weekend|month|year|years|century|decade|ago|spring|summer|"
        r"autumn|winter|\d{1,2}(?::\d\d)? ?[ap]\.?m)\b",
        re.IGNORECASE,
    ),
    "reason": re.compile(
        r"\b(?:because|due|since|after|so that|in order|to \w+|reason|cause[sd]?|led|result|for fear|"
        r"owing|thanks to|as a)\b",
        re.IGNORECASE,
    ),
    "place": re.compile(
        r"\b(?:in|at|near|from|to|of|on|off|outside|inside|across|into|through|around) (?:the )?[A-Z]\w"
    ),
}
_CAPITALISED = re.compile(
    r"(?<![.!?\"“”'‘’]\s)(?<!^)(?<!^[\"“‘'])\b[A-Z][\w’'-]+|\b[A-Z][\w’'-]+ [A-Z][\w’'-]+|\b[A-Z]{2,}\b"
)

FEATURES = (
    "cosine_sentence", "cosine_window", "cosine_passage", "words_sentence", "words_window", "words_passage",
    "names_sentence", "names_passage", "gives_kind", "lacks_kind", "fused", "first_passages", "short", "asks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question, taken apart once."""

    weights: Mapping[str, float]  # stem of each content word -> how rare it is among the passages, > 0
    names: frozenset[str]  # those stems that are written with a capital letter or hold a digit
    kind: str  # of the answer that is asked for: number, time, place, person, reason, or other


def question_of(text: str, frequencies: Mapping[str, int], passages: int) -> Question:
    """Take a question apart. `frequencies`: in how many of the `passages` each of `content_words(text)` occurs."""
    weights: dict[str, float] = {}
    for word in content_words(text):
        # Inverse document frequency as in BM25 (Robertson and Spärck Jones), kept above 0.
        count = frequencies.get(word, 0)
        weights[stem(word)] = math.log(1 + (passages - count + 0.5) / (count + 0.5))
    tokens = _TOKEN.findall(text)
    named = {
        stem(part)
        for at, token in enumerate(tokens)
        for part in content_words(token)
        if any(character.isdigit() for character in token) or (at > 0 and token[:1].isupper())
    }
    kind = next((kind for kind, pattern in _ASKED_RE if pattern.search(text)), "other")
    return Question(weights, frozenset(named & weights.keys()), kind)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with its surroundings."""

    sentence: str
    window: str  # the sentence with the one before it
    passage: str  # with the article's title in front
    cosine_sentence: float
    cosine_window: float
    cosine_passage: float
    fused: float
    rank: int  # of its passage, from 1


def features(question: Question, candidate: Candidate) -> list[float]:
    """The values named in FEATURES, in that order."""
    sentence, window, passage = stems(candidate.sentence), stems(candidate.window), stems(candidate.passage)
    gives = gives_kind(question, candidate.sentence, sentence)
    return [
        candidate.cosine_sentence,
        candidate.cosine_window,
        candidate.cosine_passage,
        _covered(question.weights, sentence),
        _covered(question.weights, window),
        _covered(question.weights, passage),
        _share(question.names, sentence),
        _share(question.names, passage),
        float(gives is True),
        float(gives is False),
        candidate.fused,
        1 / candidate.rank,
        float(len(candidate.sentence.strip()) < 40),
        float(candidate.sentence.rstrip().endswith("?")),
    ]


def gives_kind(question: Question, sentence: str, sentence_stems: frozenset[str]) -> bool | None:
    """Whether a sentence holds something new of the kind that is asked for; None where any kind will do."""
    if question.kind == "other":
        return None
    pattern = _CAPITALISED if question.kind == "person" else _GIVES[question.kind]
    new = (stems(match.group()) - question.weights.keys() for match in pattern.finditer(sentence))
    if question.kind == "reason":
        return pattern.search(sentence) is not None
    return any(new)


@lru_cache(maxsize=20_000)
def stems(text: str) -> frozenset[str]:
    """The stems of the words of a text."""
    return frozenset(_stemmer().stemWords(re.findall(r"\w+", text.lower())))


def stem(word: str) -> str:
    """The stem of one word, by the Porter stemmer that the word index uses too."""
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


_LOCAL = threading.local()  # a stemmer keeps state, so each thread has its own


def _stemmer() -> Any:
    if not hasattr(_LOCAL, "stemmer"):
        import Stemmer

        _LOCAL.stemmer = Stemmer.Stemmer("porter")
    return _LOCAL.stemmer


def _covered(weights: Mapping[str, float], words: frozenset[str]) -> float:
    """The share of the question's words, by weight, that occur."""
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in words) / total if total else 0.0


def _share(names: Sequence[str] | frozenset[str], words: frozenset[str]) -> float:
    """The share of the names that occur; 1 where the question has none."""
    return sum(name in words for name in names) / len(names) if names else 1.0
