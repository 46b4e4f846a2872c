"""Questions that a passage does not answer, though it looks as if it did: what teaches a reader to refuse.

Three kinds, beside the unanswerable questions that people wrote for SQuAD 2.0:

- retrieved: the nearest other paragraphs of the same pool by TF-IDF that do not hold the answer;
- elsewhere: the rest of the right paragraph, without the sentences that hold the answer;
- swapped: the right paragraph and a question in which one name, number or word of direction is replaced, after the
  ways in which people make questions unanswerable (Rajpurkar et al., "Know What You Don't Know", ACL 2018, table 1).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np

from training.data import Record

_NAME = re.compile(r"\b[A-Z][\w'-]*(?:\s+(?:(?:of|the|de|von)\s+)?[A-Z][\w'-]*)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_NOT_NAMES = frozenset(
    "what who whom whose when where which why how in on at the a an is are was were did does do after before during "
    "for from by with to of if as and or along according besides i it he she they we you his her their".split()
)
_OPPOSITES = {
    word: other
    for pair in (
        "first last,largest smallest,biggest smallest,highest lowest,most least,more less,more fewer,before after,"
        "north south,east west,northern southern,eastern western,increase decrease,increased decreased,rise fall,"
        "won lost,win lose,male female,men women,man woman,old new,oldest newest,early late,earliest latest,"
        "longest shortest,best worst,begin end,began ended,start stop,started stopped,founded dissolved,opened closed,"
        "born buried,above below,inside outside,minimum maximum,majority minority,accepted rejected,support oppose,"
        "supported opposed,buy sell,bought sold,husband wife,father mother,son daughter,brother sister,upper lower,"
        "allowed forbidden,cheap expensive,left right,joined left,added removed,gained lost,like dislike,good bad"
    ).split(",")
    for one, two in [pair.split()]
    for word, other in ((one, two), (two, one))
}
_WORD = re.compile(r"[a-z]+")


def swapped_question(record: Record, pool: Sequence[str], rng: random.Random) -> str | None:
    """The question with one name, number or word replaced so that the paragraph no longer answers it; None: no way.

    A name must stand in the paragraph, too, and is replaced by another from there, or by one of `pool`.
    """
    ways = [_swap_name, _swap_number, _swap_word]
    rng.shuffle(ways)
    for way in ways:
        question = way(record, pool, rng)
        if question is not None and question != record.question:
            return question
    return None


def names_in(text: str) -> list[str]:
    """Runs of capitalised words, without words that are capitalised for starting a sentence."""
    found = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and words[0].lower() in _NOT_NAMES:
            words.pop(0)
        if words and len(" ".join(words)) > 2:
            found.append(" ".join(words))
    return found


def _swap_name(record: Record, pool: Sequence[str], rng: random.Random) -> str | None:
    names = [name for name in names_in(record.question) if name in record.context]
    if not names:
        return None
    name = rng.choice(names)
    answers = " ".join(record.answers).lower()
    here = names_in(record.context) if rng.random() < 0.5 else list(pool)
    others = [
        other
        for other in here
        if other.lower() not in answers
        and other not in record.question
        and not set(other.lower().split()) & set(name.lower().split())
    ]
    return _replaced(record.question, name, rng.choice(others)) if others else None


def _swap_number(record: Record, _: Sequence[str], rng: random.Random) -> str | None:
    numbers = _NUMBER.findall(record.question)
    if not numbers:
        return None
    number = rng.choice(numbers)
    others = [other for other in _NUMBER.findall(record.context) if other not in record.question]
    others = [other for other in others if len(other) == len(number) and other not in " ".join(record.answers)]
    if not others and number.isdigit():
        others = [str(int(number) + step) for step in (-11, -3, -1, 1, 2, 10) if int(number) + step > 0]
    return _replaced(record.question, number, rng.choice(others)) if others else None


def _swap_word(record: Record, _: Sequence[str], rng: random.Random) -> str | None:
    words = [word for word in _WORD.findall(record.question) if word in _OPPOSITES]
    if not words:
        return None
    word = rng.choice(words)
    return _replaced(record.question, word, _OPPOSITES[word])


def _replaced(question: str, old: str, new: str) -> str:
    """The question with the first `old` that stands as words of its own replaced."""
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, question, count=1)


def nearest_without_answer(records: Sequence[Record], contexts: Sequence[str], keep: int = 8) -> list[list[int]]:
    """For each record up to `keep` of the nearest `contexts`, by number, that do not hold one of its answers.

    Nearness is the cosine of TF-IDF vectors over words and pairs of words; the record's own paragraph is left out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        sublinear_tf=True, ngram_range=(1, 2), min_df=1, stop_words="english", dtype=np.float32
    )
    matrix = vectorizer.fit_transform(contexts).T.tocsr()
    lowered = [context.lower() for context in contexts]
    found: list[list[int]] = []
    for at in range(0, len(records), 512):
        part = records[at : at + 512]
        scores = (vectorizer.transform([f"{each.title} {each.question}" for each in part]) @ matrix).toarray()
        nearest = np.argpartition(-scores, min(3 * keep, len(contexts) - 1), axis=1)[:, : 3 * keep]
        for record, row, numbers in zip(part, scores, nearest, strict=True):
            answers = {answer.lower() for answer in record.answers}
            order = [int(number) for number in numbers[np.argsort(-row[numbers])] if row[number] > 0]
            found.append(
                [
                    number
                    for number in order
                    if contexts[number] != record.context and not any(answer in lowered[number] for answer in answers)
                ][:keep]
            )
    return found
