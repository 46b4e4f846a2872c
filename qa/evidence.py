"""What can be said of a sentence as the answer to a question without a model: shared words, the kind of answer."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from index.lexical import content_words

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
    "number": re.compile(rf"\d[\d.,]*|\b(?:{'|'.join(_NUMBER.split())})s?\b", re.IGNORECASE),
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


@dataclass(frozen=True, slots=True)
class Question:
    """A question, taken apart once."""

    weights: Mapping[str, float]  # stem of each content word -> how rare it is among the passages, > 0
    kind: str  # of the answer that is asked for: number, time, place, person, reason, or other


def question_of(text: str, frequencies: Mapping[str, int], passages: int) -> Question:
    """Take a question apart. `frequencies`: in how many of the `passages` each of `content_words(text)` occurs."""
    weights: dict[str, float] = {}
    for word in content_words(text):
        # Inverse document frequency as in BM25 (Robertson and Spärck Jones), kept above 0.
        count = frequencies.get(word, 0)
        weights[stem(word)] = math.log(1 + (passages - count + 0.5) / (count + 0.5))
    kind = next((kind for kind, pattern in _ASKED_RE if pattern.search(text)), "other")
    return Question(weights, kind)


def shared_words(
    question: Question, sentences: Sequence[frozenset[str]], texts: Sequence[frozenset[str]]
) -> list[float]:
    """For each text the share of the question's words in it, 0 to 1, where rare words weigh more.

    A word weighs by how rare it is among all passages times how rare it is among the `sentences` that may answer: the
    name that an article is about is in most of them, and does not tell which one answers.
    """
    weights = {}
    for word, weight in question.weights.items():
        count = sum(word in sentence for sentence in sentences)
        weights[word] = weight * math.log(1 + (len(sentences) - count + 0.5) / (count + 0.5))
    total = sum(weights.values())
    return [sum(weight for word, weight in weights.items() if word in text) / total if total else 0.0 for text in texts]


def gives_kind(question: Question, sentence: str, sentence_stems: frozenset[str]) -> bool | None:
    """Whether a sentence holds something new of the kind that is asked for; None where any kind will do."""
    if question.kind == "other":
        return None
    pattern = _CAPITALISED if question.kind == "person" else _GIVES[question.kind]
    if question.kind == "reason":
        return pattern.search(sentence) is not None
    old = set(question.weights)
    if question.kind in ("person", "place"):
        old |= stems(f"{_MONTHS} {_DAYS}")  # these have capital letters, too
    return any(stems(match.group()) - old for match in pattern.finditer(sentence))


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
