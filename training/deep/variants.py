"""What a training question meets beside its own paragraph, and how else it is asked."""

from __future__ import annotations

import random
import string
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.split import sentence_spans
from training.deep.collection import Collection
from training.deep.records import ENGLISH_POOLS
from training.negatives import names_in, swapped_question

NEAR = 10  # near misses of a record
_SENTENCE_CHARACTERS = 25
_LOOKED_AT = 30  # of the nearest contexts, before those that hold the answer are left out
_CAPITALS, _MISTYPED_LOWER = 0.1, 0.5  # shares of the mistyped questions
_SWAPPED, _SWAPPED_LOWER = 0.6, 0.3  # shares of the questions with an answer, and of the changed ones

Tokens = Sequence[Sequence[int]]  # of each text


def pools(collection: Collection) -> dict[str, tuple[list[int], NDArray[np.int64]]]:
    """For each pool the numbers of its records, and those of their contexts, ascending."""
    members: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(collection.records):
        members[record.pool].append(number)
    return {
        pool: (numbers, np.unique([collection.records[number].context for number in numbers]))
        for pool, numbers in sorted(members.items())
    }


class WithoutAnswer:
    """Tells which contexts look as if they answered a record and do not."""

    def __init__(self, contexts: Sequence[str]) -> None:
        """Choose among these."""
        self._contexts = contexts
        self._lowered = [context.lower() for context in contexts]
        self._sentences: dict[int, frozenset[str]] = {}

    def among(self, these: Sequence[int], own: int, answers: Sequence[str], decides: bool) -> list[int]:
        """Up to NEAR of `these`, in their order: not the record's own context, and none that holds one of its answers.

        A record without answers whose context `decides` a question or a claim has none that shares a sentence with it.
        """
        found: list[int] = []
        for context in these:
            holds = any(answer in self._lowered[context] for answer in answers)
            if context != own and not holds and not (decides and self._of(context) & self._of(own)):
                found.append(context)
                if len(found) == NEAR:
                    break
        return found

    def _of(self, context: int) -> frozenset[str]:
        """The sentences of a context that are long enough to decide something."""
        if context not in self._sentences:
            text = self._lowered[context]
            parts = (text[start:end].strip(" .!?\n") for start, end in sentence_spans(self._contexts[context]))
            self._sentences[context] = frozenset(part for part in parts if len(part) >= _SENTENCE_CHARACTERS)
        return self._sentences[context]


def near_misses(collection: Collection, contexts: Tokens, titles: Tokens, questions: Tokens) -> NDArray[np.int32]:
    """For each record the nearest contexts of its pool, best first, that do not answer it: (n, NEAR).

    A context of which the same question is asked is none: that record says what it answers. -1 stands where there are
    no more. Texts come as tokens; nearness is the cosine of their TF-IDF vectors.
    """
    found = np.full((len(collection.records), NEAR), -1, np.int32)
    without = WithoutAnswer(collection.contexts.texts)
    asked_of: dict[int, set[int]] = defaultdict(set)
    for record in collection.records:
        asked_of[record.question].add(record.context)
    for numbers, of_pool in pools(collection).values():
        records = [collection.records[number] for number in numbers]
        asked = [[*(titles[each.title] if each.title >= 0 else ()), *questions[each.question]] for each in records]
        ranked = _nearest([contexts[each] for each in of_pool], asked)
        for number, record, places in zip(numbers, records, ranked, strict=True):
            answers = [answer.lower() for answer in record.example.record.answers]
            decides = record.example.verdict >= 0
            others = [each for each in of_pool[places].tolist() if each not in asked_of[record.question]]
            kept = without.among(others, record.context, answers, decides)
            found[number, : len(kept)] = kept
    return found


def _nearest(contexts: Tokens, questions: Tokens) -> list[NDArray[np.int64]]:
    """For each of `questions` the places of the nearest of `contexts`, best first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    common = 0.2 if len(contexts) > 50 else 1.0
    vectorizer = TfidfVectorizer(sublinear_tf=True, analyzer=_as_they_are, max_df=common, dtype=np.float32)
    matrix = vectorizer.fit_transform(contexts).T.tocsr()
    count = min(_LOOKED_AT, len(contexts) - 1)
    found: list[NDArray[np.int64]] = []
    for at in range(0, len(questions), 512):
        scores: NDArray[Any] = (vectorizer.transform(questions[at : at + 512]) @ matrix).toarray()
        nearest: NDArray[Any] = np.argpartition(-scores, count, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(scores, nearest, axis=1), axis=1)
        found += list(np.take_along_axis(nearest, order, axis=1))
    return found


def _as_they_are(tokens: Sequence[int]) -> Sequence[int]:
    return tokens


def forms(collection: Collection, near: NDArray[np.int32], rng: random.Random) -> dict[str, NDArray[np.int32]]:
    """Other forms of each record's question, by number: in lower case, mistyped, and changed to have no answer.

    `near` are the records' near misses, whose names are put into questions. New questions join the collection.
    """
    found = {name: np.full(len(collection.records), -1, np.int32) for name in ("r_lower", "r_typo", "r_swap")}
    names: dict[int, list[str]] = {}
    for number, record in enumerate(collection.records):
        question = record.example.record.question
        found["r_lower"][number] = collection.questions(question.lower())
        if rng.random() < _CAPITALS:
            other = question.upper()
        else:
            other = mistyped(question.lower() if rng.random() < _MISTYPED_LOWER else question, rng)
        found["r_typo"][number] = collection.questions(other)
        if record.pool in ENGLISH_POOLS and record.example.record.spans and rng.random() < _SWAPPED:
            for context in near[number, :4].tolist():
                if context not in names:
                    names[context] = names_in(collection.contexts.texts[context]) if context >= 0 else []
            pool = [name for context in near[number, :4].tolist() for name in names[context]]
            swapped = swapped_question(record.example.record, pool, rng)
            if swapped is not None:
                swapped = swapped.lower() if rng.random() < _SWAPPED_LOWER else swapped
                found["r_swap"][number] = collection.questions(swapped)
    return found


def mistyped(question: str, rng: random.Random) -> str:
    """The question with one letter left out, doubled, replaced or put behind the next, in one of its longer words."""
    words = question.split(" ")
    long = [at for at, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return question
    at = rng.choice(long)
    word = words[at]
    place = rng.randrange(1, len(word) - 1)
    before, letter, behind = word[:place], word[place], word[place + 1 :]
    ways = (behind, behind[0] + letter + behind[1:], 2 * letter + behind, rng.choice(string.ascii_lowercase) + behind)
    words[at] = before + rng.choice(ways)
    return " ".join(words)
