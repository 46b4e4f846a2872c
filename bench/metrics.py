"""The measures, as pure functions of rankings and confidences; those of answers are in qa.evaluation.metrics.

Each says where its definition comes from.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bench.datasets import Fact
from index import Passage
from qa.evaluation.metrics import calibration_error, contains_any, exact_match, f1, fold, mean, normalised

__all__ = [
    "RiskPoint",
    "area_under_risk",
    "calibration_error",
    "contains_any",
    "coverage",
    "documents",
    "exact_match",
    "f1",
    "false_answer_rate",
    "fold",
    "hit",
    "holds",
    "mean",
    "ndcg",
    "normalised",
    "overlap",
    "recall",
    "reciprocal_rank",
    "risk_coverage",
    "within",
]

# Scripts that put no spaces between words: each character of these is a word, as in MLQA's evaluation.
_WITHOUT_SPACES = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])")


def overlap(answer: str, golds: Sequence[str]) -> float:
    """The best F1 of shared words against the gold answers (SQuAD); each Chinese or Japanese character is a word."""
    return f1(_spaced(answer), [_spaced(gold) for gold in golds])


def _spaced(text: str) -> str:
    return _WITHOUT_SPACES.sub(r" \1 ", text)


# Retrieval


def holds(passage: Passage, fact: Fact) -> bool:
    """Whether a passage holds one of a fact's texts, in the fact's article, after folding."""
    if fact.article not in (passage.article_id, passage.title):
        return False
    folded = fold(passage.text)
    return any(fold(text) in folded for text in fact.texts)


def within(ranking: Sequence[Passage], characters: int) -> Sequence[Passage]:
    """The first passages of a ranking, up to the one with which they would exceed that much article text."""
    used = 0
    for at, passage in enumerate(ranking):
        used += passage.end - passage.start
        if used > characters:
            return ranking[:at]
    return ranking


def hit(ranking: Sequence[Passage], facts: Sequence[Fact], k: int) -> float:
    """hit@k, of docs/decisions.md: the share of the facts that the first k x 1,000 characters hold.

    Passages are taken in rank order until the next would exceed k x 1,000 characters of article text, and no further;
    a fact is hit where one of them holds it. So long and short passages are compared at the same cost of reading.
    """
    taken = within(ranking, k * 1000)
    return sum(any(holds(passage, fact) for passage in taken) for fact in facts) / len(facts)


def reciprocal_rank(ranking: Sequence[Passage], facts: Sequence[Fact], depth: int = 10) -> float:
    """1 / rank of the first of `depth` passages that holds any of the facts, else 0; its mean is MRR@depth.

    With several facts (MultiHop) it is thus the rank of the best one. (Voorhees, TREC-8 QA track, 1999.)
    """
    for rank, passage in enumerate(ranking[:depth], start=1):
        if any(holds(passage, fact) for fact in facts):
            return 1 / rank
    return 0.0


def documents(ranking: Sequence[Passage]) -> list[str]:
    """The articles of a ranking of passages, each where its best passage is."""
    return list(dict.fromkeys(passage.article_id for passage in ranking))


def ndcg(ranking: Sequence[str], gains: Mapping[str, float], k: int = 10) -> float:
    """nDCG@k with gain rel and discount log2(rank + 1), as trec_eval has it (Järvelin and Kekäläinen, TOIS 2002)."""

    def dcg(values: Sequence[float]) -> float:
        return sum(value / math.log2(rank + 1) for rank, value in enumerate(values[:k], start=1))

    ideal = dcg(sorted(gains.values(), reverse=True))
    return dcg([gains.get(key, 0.0) for key in ranking]) / ideal if ideal else 0.0


def recall(ranking: Sequence[str], relevant: Collection[str], k: int) -> float:
    """Recall@k: the share of the relevant that are among the first k; 0 where nothing is relevant."""
    return len(set(ranking[:k]) & set(relevant)) / len(relevant) if relevant else 0.0


# Confidence


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering the `coverage` most confident share of the questions, down to `threshold`, `risk` are wrong."""

    coverage: float
    threshold: float
    risk: float


def coverage(confidences: Sequence[float], threshold: float) -> float:
    """The share of the questions that are answered at a threshold; NaN of nothing."""
    return mean([float(confidence >= threshold) for confidence in confidences])


def false_answer_rate(confidences: Sequence[float], threshold: float) -> float:
    """The share of questions without an answer, given by their confidences, that are answered all the same."""
    return coverage(confidences, threshold)


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[RiskPoint]:
    """The risk-coverage curve, from the most confident question on; equal confidences make one point.

    El-Yaniv and Wiener, JMLR 2010.
    """
    order = sorted(range(len(confidences)), key=confidences.__getitem__, reverse=True)
    points: list[RiskPoint] = []
    wrong = 0
    for taken, at in enumerate(order, start=1):
        wrong += not right[at]
        if taken == len(order) or confidences[order[taken]] != confidences[at]:
            points.append(RiskPoint(taken / len(order), confidences[at], wrong / taken))
    return points


def area_under_risk(points: Sequence[RiskPoint]) -> float:
    """The area under a risk-coverage curve as a step function: smaller is better. NaN of nothing."""
    if not points:
        return math.nan
    before = (0.0, *(point.coverage for point in points[:-1]))
    return sum(point.risk * (point.coverage - low) for point, low in zip(points, before, strict=True))
