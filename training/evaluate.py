"""The reader that ships, with the right paragraph given, on titles that it was not trained on."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench import results
from index.inference import Network
from qa.reading.network import Pair, ReaderNetwork
from qa.reading.spans import answer_spans
from training.data import Record
from training.deep.arrays import SUPPORTED
from training.deep.figures import MORE, VERDICTS, false_answers
from training.deep.records import MEASURED_SETS, Example, measured_examples
from training.deep.texts import overlap, same
from training.refusals import near_misses


class ReaderOf(ReaderNetwork):
    """The reader that qa/ ships, around a network that is there already."""

    def __init__(self, network: Network) -> None:
        """Read with `network` in the place of the shipped weights."""
        super().__init__()
        self._network = network


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

    def false_ones(score: Callable[[Prediction], float]) -> float:
        return false_answers([score(p) for _, p in answerable], [score(p) for p in unanswerable])

    return Figures(
        n=len(records),
        answerable=len(answerable),
        em=float(np.mean([same(p.text, r.answers) for r, p in answerable])),
        f1=float(np.mean([overlap(p.text, r.answers) for r, p in answerable])),
        false_answers=false_ones(lambda p: p.margin),
        false_answers_by_logit=false_ones(lambda p: p.answers),
        false_answers_by_sum=false_ones(lambda p: p.margin + p.answers),
        auc=_auc([p.margin + p.answers for _, p in answerable], [p.margin + p.answers for p in unanswerable]),
    )


def measure_refusals(
    network: ReaderNetwork, records: Sequence[Record], seed: int = 0
) -> list[dict[str, str | int | float]]:
    """For each kind of near miss made from answerable `records` the share that is answered all the same.

    At the threshold, by margin plus answer logit, where COVERAGE of the records themselves are answered.
    """
    records = [record for record in records if record.spans]
    scores = [p.margin + p.answers for p in predict(network, records)]
    rows: list[dict[str, str | int | float]] = []
    for kind, made in near_misses(records, random.Random(seed)).items():
        answered = false_answers(scores, [p.margin + p.answers for p in predict(network, made)])
        rows.append({"near miss": kind, "n": len(made), "answered": answered})
    return rows


def measure_verdicts(network: ReaderNetwork, examples: Sequence[Example]) -> dict[str, float]:
    """Yes-or-no questions and claims: how often the likelier of yes and no is right, of all and of the surest."""
    right, sure = [], []
    for each in examples:
        record = each.record
        [scores] = network.score([Pair(record.question, record.title, record.context)])
        verdict = scores.verdict
        right.append((verdict.yes > verdict.no) == (each.verdict == SUPPORTED))
        sure.append(max(verdict.yes, verdict.no))
    surest = np.array(sure) >= np.quantile(sure, 1 - VERDICTS)
    return {
        "n": len(right),
        "right": float(np.mean(right)),
        f"right of the surest {VERDICTS:.0%}": float(np.mean(np.array(right)[surest])),
    }


def run(data: Path, weights: Path, most: int = 0) -> None:
    """Measure the reader in a folder, on at most so many questions of a set (0: all), and print the tables."""
    network = ReaderNetwork(weights)
    found = {each.name: measured_examples(data, each) for each in MEASURED_SETS}
    if most:
        found = {name: examples[:most] for name, examples in found.items()}
    spans = {
        name: [example.record for part in (name, MORE.get(name)) if part for example in found[part]]
        for name, examples in found.items()
        if examples and examples[0].verdict < 0 and name not in MORE.values()
    }
    print(results.table([{"set": name, **asdict(measure(network, records))} for name, records in spans.items()]))
    verdicts = {name: examples for name, examples in found.items() if examples and examples[0].verdict >= 0}
    print(results.table([{"set": name, **measure_verdicts(network, each)} for name, each in verdicts.items()]))
    print(results.table(measure_refusals(network, spans["shifts_new_wiki"])))


def _auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    if not positive or not negative:
        return float("nan")
    ranks = np.argsort(np.argsort([*positive, *negative])) + 1
    at_most = len(positive) * (len(positive) + 1) / 2
    return float((ranks[: len(positive)].sum() - at_most) / (len(positive) * len(negative)))
