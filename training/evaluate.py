"""The reader with the right paragraph given, on titles that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from bench.metrics import exact_match, f1
from index.inference import Inputs, Network, Outputs
from qa.reading.network import Pair, ReaderNetwork
from qa.reading.spans import answer_spans
from training.data import Record
from training.model import INPUTS, OUTPUTS

COVERAGE = 0.7  # share of the answerable questions that are answered, where false answers are counted


class ReaderOf(ReaderNetwork):
    """The reader that qa/ ships, around a network that is there already."""

    def __init__(self, network: Network) -> None:
        """Read with `network` in the place of the shipped weights."""
        super().__init__()
        self._network = network


class TorchNetwork:
    """A model in training as a Network; in bfloat16, as it is trained."""

    inputs = frozenset(INPUTS)

    def __init__(self, model: torch.nn.Module) -> None:
        """Run `model` as it is at each call."""
        self._model = model

    def run(self, inputs: Inputs) -> Outputs:
        """See index.inference.Network."""
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            outputs = self._model(*(torch.from_numpy(inputs[name]) for name in INPUTS))
        return {name: each.float().numpy() for name, each in zip(OUTPUTS, outputs, strict=True)}


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the reader makes of one record when it must answer."""

    text: str
    margin: float  # of the best span's logits over those of "no answer here"
    answers: float  # the answer logit


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; nan where nothing can be counted."""

    n: int
    answerable: int
    em: float  # answerable questions only, always answering
    f1: float
    false_answers: float  # share of the unanswerable that are answered where COVERAGE of the answerable are, by margin
    false_answers_by_logit: float  # the same by the answer logit
    false_answers_by_sum: float  # the same by their sum
    auc: float  # of the sum, answerable against unanswerable


def predict(network: ReaderNetwork, records: Sequence[Record]) -> list[Prediction]:
    """What qa.reading makes of each record's paragraph, its title in front where it has one."""
    return [_prediction(network, record) for record in records]


def _prediction(network: ReaderNetwork, record: Record) -> Prediction:
    [scores] = network.score([Pair(record.question, record.title, record.context)])
    spans = answer_spans(scores, record.context)
    if not spans:  # nothing but marks
        return Prediction("", 0.0, scores.answers)
    return Prediction(record.context[spans[0].start : spans[0].end], spans[0].margin, scores.answers)


def measure(network: ReaderNetwork, records: Sequence[Record]) -> Figures:
    """The figures of the reader on these records."""
    predictions = predict(network, records)
    answerable = [(r, p) for r, p in zip(records, predictions, strict=True) if r.spans]
    unanswerable = [p for r, p in zip(records, predictions, strict=True) if not r.spans]

    def false_answers(score: Callable[[Prediction], float]) -> float:
        if not unanswerable:
            return float("nan")
        threshold = np.quantile([score(p) for _, p in answerable], 1 - COVERAGE)
        return float(np.mean([score(p) >= threshold for p in unanswerable]))

    return Figures(
        n=len(records),
        answerable=len(answerable),
        em=float(np.mean([exact_match(p.text, r.answers) for r, p in answerable])),
        f1=float(np.mean([f1(p.text, r.answers) for r, p in answerable])),
        false_answers=false_answers(lambda p: p.margin),
        false_answers_by_logit=false_answers(lambda p: p.answers),
        false_answers_by_sum=false_answers(lambda p: p.margin + p.answers),
        auc=_auc([p.margin + p.answers for _, p in answerable], [p.margin + p.answers for p in unanswerable]),
    )


def _auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    if not positive or not negative:
        return float("nan")
    ranks = np.argsort(np.argsort([*positive, *negative])) + 1
    at_most = len(positive) * (len(positive) + 1) / 2
    return float((ranks[: len(positive)].sum() - at_most) / (len(positive) * len(negative)))
