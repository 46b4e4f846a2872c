"""What each kind of negative teaches: short runs from the same weights, each without one kind of it."""

from __future__ import annotations

import random
from pathlib import Path

from training.batches import NEGATIVES
from training.data import held_out_records
from training.evaluate import ReaderOf, TorchNetwork, measure
from training.refusals import measure_refusals
from training.train import Run, train

SAMPLE = 800  # held-out questions that near misses are made from


def ablate(data: Path, out: Path, start: Path, questions: int) -> list[dict[str, str | int | float]]:
    """One row for each mix: near misses that are answered by kind, and of SQuAD 2.0; F1 where something answers.

    Each run begins with the weights in `start` and takes `questions` questions; a run that is there already is not
    trained again.
    """
    mixes = {"all": NEGATIVES} | {
        f"without {kind}": {other: share for other, share in NEGATIVES.items() if other != kind} for kind in NEGATIVES
    }
    mixes["none"] = {}
    written = held_out_records(data, "squad2_dev_half")
    new = random.Random(0).sample(held_out_records(data, "shifts_new_wiki"), SAMPLE)
    rows: list[dict[str, str | int | float]] = []
    for name, negatives in mixes.items():
        folder = out / name.replace(" ", "-")
        train(data, folder, questions, negatives, start)
        network = ReaderOf(TorchNetwork(Run(folder).model.eval()))
        figures = measure(network, written)
        row: dict[str, str | int | float] = {"negatives": name}
        row |= {str(each["near miss"]): each["answered"] for each in measure_refusals(network, new)}
        rows.append(row | {"SQuAD 2.0": figures.false_answers, "F1": figures.f1})
        print(row, flush=True)
    return rows
