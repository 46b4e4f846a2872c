"""From a question and passages to answers: the Reader interface, and the sentence reader, without a trained model."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index import ArticleIndex, Passage, ScoredPassage
from index.split import sentence_spans
from qa.answer import AnswerSpan, Reading
from qa.evidence import Candidate, features, question_of
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
    before: int | None  # the place of the sentence before it in the same passage, if there is one


class SentenceReader:
    """The sentence that answers: a logistic regression over similarity, shared words, names and the kind of answer.

    Its fourteen weights and its calibration are in sentence_reader.json, made by training/fit_sentence_reader.py.
    A passage's score is the probability of its best sentence.
    """

    mode = "extractive"
    name = "sentence"

    def __init__(self, articles: ArticleIndex, alternatives: int = 3) -> None:
        """Read passages of `articles`, whose embedder and word frequencies are used."""
        self._articles = articles
        self._alternatives = alternatives

    def read(self, questions: Sequence[str], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        """See Reader."""
        return [
            self._reading(found, sentences, values)
            for found, (sentences, values) in zip(passages, self.examine(questions, passages), strict=True)
        ]

    def examine(
        self, questions: Sequence[str], passages: Sequence[Sequence[ScoredPassage]]
    ) -> list[tuple[list[Sentence], NDArray[np.float64]]]:
        """For each question the sentences of its passages, with their features: shape (sentences, len(FEATURES))."""
        if not questions:
            return []
        sentences = [sentences_of([scored.passage for scored in found]) for found in passages]
        texts = list({sentence.text: None for group in sentences for sentence in group})
        place = {text: at for at, text in enumerate(texts)}
        vectors = self._articles.embedder.embed_passages(texts)
        query_vectors = self._articles.embedder.embed_queries(questions)
        from index.lexical import content_words

        words = list(dict.fromkeys(word for question in questions for word in content_words(question)))
        total, frequencies = self._articles.word_frequencies(words)
        examined = []
        for text, query, found, group in zip(questions, query_vectors, passages, sentences, strict=True):
            question = question_of(text, frequencies, total)
            rows = []
            for sentence in group:
                scored = found[sentence.passage]
                vector = vectors[place[sentence.text]]
                before = None if sentence.before is None else group[sentence.before]
                window = vector if before is None else vector + vectors[place[before.text]]
                rows.append(
                    features(
                        question,
                        Candidate(
                            sentence=sentence.text,
                            window=sentence.text if before is None else f"{before.text} {sentence.text}",
                            passage=f"{scored.passage.title}\n{scored.passage.text}",
                            cosine_sentence=float(vector @ query),
                            cosine_window=float(window @ query / max(float(np.linalg.norm(window)), 1e-9)),
                            cosine_passage=next((r.score for r in scored.ranks if r.order == "dense"), 0.0),
                            fused=scored.score,
                            rank=sentence.passage + 1,
                        ),
                    )
                )
            examined.append((group, np.array(rows, dtype=np.float64).reshape(len(rows), -1)))
        return examined

    def _reading(
        self, found: Sequence[ScoredPassage], sentences: list[Sentence], values: NDArray[np.float64]
    ) -> Reading:
        if not sentences:
            return Reading((), tuple(found))
        weights = _weights()
        scores = weights.scores(values)
        best_of = [0.0] * len(found)
        for sentence, score in zip(sentences, scores, strict=True):
            best_of[sentence.passage] = max(best_of[sentence.passage], _sigmoid(float(score)))
        order = np.argsort(-scores, kind="stable")[: self._alternatives]
        spans = tuple(
            AnswerSpan(
                text=sentences[at].text,
                passage=found[sentences[at].passage].passage,
                start=sentences[at].start,
                end=sentences[at].end,
                answer_start=sentences[at].start,
                answer_end=sentences[at].end,
                score=float(scores[at]),
                confidence=weights.confidence(float(scores[at])),
            )
            for at in order
        )
        return Reading(spans, tuple(ranked_again(found, best_of, self.name)))


@dataclass(frozen=True, slots=True)
class Weights:
    """The sentence reader's weights, and the two numbers that turn a score into a probability (Platt, 1999)."""

    weights: tuple[float, ...]
    bias: float
    slope: float
    offset: float

    def scores(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-odds that a sentence answers, among sentences of retrieved passages; one for each row."""
        result: NDArray[np.float64] = values @ np.array(self.weights) + self.bias
        return result

    def confidence(self, score: float) -> float:
        """The probability that the best sentence of a question, with this score, answers it."""
        return _sigmoid(self.slope * score + self.offset)


def sentences_of(passages: Sequence[Passage]) -> list[Sentence]:
    """The sentences of passages that hold a letter or a digit; the same span is taken once, from the first passage."""
    sentences: list[Sentence] = []
    seen: set[tuple[str, int, int]] = set()
    for number, passage in enumerate(passages):
        before: int | None = None
        for start, end in sentence_spans(passage.text):
            text = passage.text[start:end]
            start += len(text) - len(text.lstrip())
            text = text.strip()
            key = (passage.article_id, passage.start + start, passage.start + start + len(text))
            if key in seen or not any(character.isalnum() for character in text):
                continue
            seen.add(key)
            sentences.append(Sentence(number, key[1], key[2], text, before))
            before = len(sentences) - 1
    return sentences


@cache
def _weights() -> Weights:
    values = json.loads((Path(__file__).parent / "sentence_reader.json").read_text(encoding="utf-8"))
    return Weights(tuple(values["weights"].values()), values["bias"], values["slope"], values["offset"])


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
