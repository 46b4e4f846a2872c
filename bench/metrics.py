"""The measures, as pure functions of rankings, texts and confidences. Each says where its definition comes from."""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.datasets import Fact
from index import Passage

# Retrieval


def fold(text: str) -> str:
    """Lower case, every run of white space one space: how texts are compared here.

    >>> fold("The  Dog\\nBarks ")
    'the dog barks'
    """
    return " ".join(text.casefold().split())


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


# Answers


def normalised(answer: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: `normalize_answer` of SQuAD's official script, v2.0.

    >>> normalised("The  Dog's bone, a BIG one!")
    'dogs bone big one'
    """
    without = "".join(character for character in answer.lower() if character not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without).split())


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """1 where the answer equals a gold answer after normalisation (SQuAD); no golds: where the answer is empty."""
    return max(float(normalised(answer) == normalised(gold)) for gold in golds or [""])


def f1(answer: str, golds: Sequence[str]) -> float:
    """The best F1 of shared words against the gold answers (SQuAD, `compute_f1`)."""
    return max(_f1(normalised(answer).split(), normalised(gold).split()) for gold in golds or [""])


def _f1(answer: Sequence[str], gold: Sequence[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    same = sum((Counter(answer) & Counter(gold)).values())
    if not same:
        return 0.0
    precision, recalled = same / len(answer), same / len(gold)
    return 2 * precision * recalled / (precision + recalled)


def contains_any(text: str, golds: Sequence[str]) -> bool:
    """Whether a text contains a gold answer, after folding; not by whole words: "3" is in "23"."""
    folded = fold(text)
    return any(fold(gold) in folded for gold in golds)


# Confidence


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering the `coverage` most confident share of the questions, down to `threshold`, `risk` are wrong."""

    coverage: float
    threshold: float
    risk: float


def mean(values: Sequence[float]) -> float:
    """The mean; NaN of nothing."""
    return sum(values) / len(values) if values else math.nan


def coverage(confidences: Sequence[float], threshold: float) -> float:
    """The share of the questions that are answered at a threshold; NaN of nothing."""
    return mean([float(confidence >= threshold) for confidence in confidences])


def false_answer_rate(confidences: Sequence[float], threshold: float) -> float:
    """The share of questions without an answer, given by their confidences, that are answered all the same."""
    return coverage(confidences, threshold)


def calibration_error(
    confidences: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None, bins: int = 10
) -> float:
    """Expected calibration error: mean over equal-width bins, by weight, of |share right - mean confidence|.

    Naeini et al., AAAI 2015; Guo et al., ICML 2017. NaN of nothing.
    """
    if not confidences:
        return math.nan
    confidence = np.asarray(confidences, dtype=np.float64)
    outcome = np.asarray(right, dtype=np.float64)
    weight = np.ones(len(confidence)) if weights is None else np.asarray(weights, dtype=np.float64)
    binned = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(float(np.sum(weight[binned == b] * (outcome - confidence)[binned == b]))) for b in range(bins)]
    return sum(gaps) / float(weight.sum())


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
