"""From a question and passages to answers: the Reader interface, and the sentence reader, without a trained model."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from index import ArticleIndex, Passage, ScoredPassage
from index.embed import with_title
from index.lexical import content_words
from index.split import sentence_spans
from qa.answer import AnswerSpan, Reading
from qa.evidence import Question, gives_kind, question_of, shared_words, stems
from qa.retriever import ranked_again


class Reader(Protocol):
    """Finds answers in passages."""

    mode: str  # how the answer came about, for `Answer.mode`

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        """For each question what its passages answer, best first; no passages, no answers. Never decides to abstain."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage, without the white space around it, by its offsets in the article."""

    passage: int  # its place among the passages that are read
    start: int
    end: int
    text: str
    follows: bool  # whether the one before it in the list is the one before it in the passage


class SentenceReader:
    """The sentences that answer, by similarity, shared words and the kind of answer asked for.

    A sentence's score is its similarity to the question, read under its article's title, or halfway to being read alone
    where that is more, plus three smaller parts; the weights and what was tried besides are in docs/decisions.md,
    "Reading". A quote is the sentence with its neighbours in the passage. An answer's score adds the similarity of the
    best passage, which says how near the articles come to the question at all; slope and offset in sentence_reader.json
    turn it into a probability (Platt, 1999). They are fitted by `python -m bench calibrate`, and what is probable is
    that the quotes hold the answer.
    """

    mode = "extractive"
    name = "sentence"

    def __init__(self, articles: ArticleIndex, quotes: int = 3) -> None:
        """Read passages of `articles`, whose embedder and word frequencies are used; give up to `quotes` answers."""
        self._articles = articles
        self._quotes = quotes

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        """See Reader."""
        if not questions:
            return []
        sentences = [sentences_of([scored.passage for scored in found]) for found in passages]
        texts = {
            (sentence.text, found[sentence.passage].passage.title): None
            for found, group in zip(passages, sentences, strict=True)
            for sentence in group
        }
        vectors = self._articles.embedder.embed_passages([with_title(text, title) for text, title in texts])
        by_text = dict(zip(texts, vectors, strict=True))
        words = list(dict.fromkeys(word for question in questions for word in content_words(question)))
        total, frequencies = self._articles.word_frequencies(words)
        readings = []
        query_vectors = self._articles.embedder.embed_queries(questions)
        for text, query, found, group in zip(questions, query_vectors, passages, sentences, strict=True):
            cosines = [float(by_text[each.text, found[each.passage].passage.title] @ query) for each in group]
            rest = _rest(question_of(text, frequencies, total), found, group)
            scores = [cosine + other for cosine, other in zip(cosines, rest, strict=True)]
            best = sorted(range(len(group)), key=scores.__getitem__, reverse=True)[:_LOOKED_AT_ALONE]
            alone = self._articles.embedder.embed_passages([group[at].text for at in best]) @ query
            for at, cosine in zip(best, alone, strict=True):
                scores[at] = max(scores[at], (cosines[at] + float(cosine)) / 2 + rest[at])
            readings.append(self._reading(found, group, scores))
        return readings

    def _reading(self, found: Sequence[ScoredPassage], sentences: list[Sentence], scores: list[float]) -> Reading:
        best_of = [0.0] * len(found)
        for sentence, score in zip(sentences, scores, strict=True):
            best_of[sentence.passage] = max(best_of[sentence.passage], score)
        nearest = max((dense_score(scored) for scored in found), default=0.0)
        least = max(scores, default=0.0) - _SECOND_BEST
        spans: list[AnswerSpan] = []
        quoted: set[int] = set()
        for at in sorted(range(len(sentences)), key=scores.__getitem__, reverse=True):
            if len(spans) == self._quotes or scores[at] < least:
                break
            if at in quoted:
                continue
            sentence = sentences[at]
            near = [at - 1, at, at + 1]
            near = [i for i in near if 0 <= i < len(sentences) and sentences[i].passage == sentence.passage]
            quoted.update(near)
            score = scores[at] + nearest
            spans.append(
                AnswerSpan(
                    text=sentence.text,
                    passage=found[sentence.passage].passage,
                    start=sentences[near[0]].start,
                    end=sentences[near[-1]].end,
                    answer_start=sentence.start,
                    answer_end=sentence.end,
                    score=score,
                    confidence=_confidence(score),
                )
            )
        return Reading(tuple(spans), tuple(ranked_again(found, best_of, self.name)))


# The measurements behind these are in docs/decisions.md, "Reading".
_KIND_WEIGHT = _PASSAGE_WEIGHT = _WORDS_WEIGHT = 0.15  # of each part of a sentence's score, against 1 for similarity
_SECOND_BEST = 0.15  # how far behind the best sentence another may be and still be quoted
_LOOKED_AT_ALONE = 8  # sentences that are also compared without their title, which may be about something else


def _rest(question: Question, found: Sequence[ScoredPassage], sentences: Sequence[Sentence]) -> list[float]:
    """For each sentence what its score has besides similarity: 0.15 for each of three parts in [0, 1].

    The parts: it holds something of the kind that is asked for; the score of its passage; the words that it and the
    sentence before it share with the question.
    """
    stemmed = [stems(sentence.text) for sentence in sentences]
    before = [stemmed[at - 1] if sentence.follows else frozenset() for at, sentence in enumerate(sentences)]
    shared = shared_words(question, stemmed, [here | there for here, there in zip(stemmed, before, strict=True)])
    return [
        _KIND_WEIGHT * (gives_kind(question, sentence.text, stemmed[at]) is True)
        + _PASSAGE_WEIGHT * found[sentence.passage].score
        + _WORDS_WEIGHT * shared[at]
        for at, sentence in enumerate(sentences)
    ]


def dense_score(scored: ScoredPassage) -> float:
    """The cosine similarity that a passage was found with; 0 where it was not found by meaning."""
    return next((rank.score for rank in scored.ranks if rank.order == "dense"), 0.0)


def sentences_of(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of passages that hold a letter or a digit; the same span is taken once, from the first passage."""
    sentences: list[Sentence] = []
    seen: set[tuple[str, int, int]] = set()
    for number, passage in enumerate(passages):
        follows = False
        for start, end in sentence_spans(passage.text):
            text = passage.text[start:end]
            start += len(text) - len(text.lstrip())
            text = text.strip()
            key = (passage.article_id, passage.start + start, passage.start + start + len(text))
            if key in seen or not any(character.isalnum() for character in text):
                continue
            seen.add(key)
            sentences.append(Sentence(number, key[1], key[2], text, follows))
            follows = True
    return sentences


def _confidence(score: float) -> float:
    slope, offset = _calibration()
    return 1 / (1 + math.exp(-max(-700.0, slope * score + offset)))


@cache
def _calibration() -> tuple[float, float]:
    values = json.loads((Path(__file__).parent / "sentence_reader.json").read_text(encoding="utf-8"))
    return float(values["slope"]), float(values["offset"])
