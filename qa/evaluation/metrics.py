"""How good answers and their confidences are, as pure functions. Each says where its definition comes from."""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Sequence
from unicodedata import category

_PUNCTUATION = frozenset(string.punctuation)  # holds signs that are no punctuation in Unicode, such as "$"


def fold(text: str) -> str:
    """Lower case, every run of white space one space: how texts are compared here.

    >>> fold("The  Dog\\nBarks ")
    'the dog barks'
    """
    return " ".join(text.casefold().split())


def mean(values: Sequence[float]) -> float:
    """The mean; NaN of nothing."""
    return sum(values) / len(values) if values else math.nan


def normalised(answer: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: `normalize_answer` of SQuAD's official script, v2.0.

    Punctuation of every script, as in MLQA's script: printed news have curly quotation marks.

    >>> normalised("The  Dog's bone, a “BIG” one!")
    'dogs bone big one'
    """
    without = "".join(each for each in answer.lower() if each not in _PUNCTUATION and category(each)[0] != "P")
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


def calibration_error(
    confidences: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None, bins: int = 10
) -> float:
    """Expected calibration error: mean over equal-width bins, by weight, of |share right - mean confidence|.

    Naeini et al., AAAI 2015; Guo et al., ICML 2017. NaN of nothing.
    """
    if not confidences:
        return math.nan
    weights = [1.0] * len(confidences) if weights is None else weights
    gaps = [0.0] * bins
    for confidence, outcome, weight in zip(confidences, right, weights, strict=True):
        gaps[min(int(confidence * bins), bins - 1)] += weight * (float(outcome) - confidence)
    return sum(abs(gap) for gap in gaps) / sum(weights)
