"""Which kinds of near misses the reader refuses, on titles that it was not trained on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.split import sentence_spans
from qa.reading.network import ReaderNetwork
from training.data import Record
from training.evaluate import COVERAGE, predict
from training.negatives import names_in, nearest_without_answer, swapped_question


def measure_refusals(
    network: ReaderNetwork, records: Sequence[Record], seed: int = 0
) -> list[dict[str, str | int | float]]:
    """For each kind of near miss made from answerable `records` the share that is answered all the same.

    At the threshold, by margin plus answer logit, where COVERAGE of the records themselves are answered.
    """
    records = [record for record in records if record.spans]
    scores = [p.margin + p.answers for p in predict(network, records)]
    threshold = np.quantile(scores, 1 - COVERAGE)
    rows: list[dict[str, str | int | float]] = []
    for kind, made in near_misses(records, random.Random(seed)).items():
        answered = [p.margin + p.answers >= threshold for p in predict(network, made)]
        rows.append({"near miss": kind, "n": len(made), "answered": float(np.mean(answered))})
    return rows


def near_misses(records: Sequence[Record], rng: random.Random) -> dict[str, list[Record]]:
    """Records without an answer, made in the ways of training.negatives."""
    contexts = list(dict.fromkeys(record.context for record in records))
    retrieved, elsewhere, swapped = [], [], []
    for record, near in zip(records, nearest_without_answer(records, contexts), strict=True):
        if near:
            retrieved.append(replace(record, context=contexts[near[0]], spans=()))
        rest = "".join(
            record.context[start:end]
            for start, end in sentence_spans(record.context)
            if not any(start < b and a < end for a, b in record.spans)
        )
        if len(rest) > 100 and not any(answer.lower() in rest.lower() for answer in record.answers):
            elsewhere.append(replace(record, context=rest, spans=()))
        pool = [name for number in near[:4] for name in names_in(contexts[number])]
        if (question := swapped_question(record, pool, rng)) is not None:
            swapped.append(replace(record, question=question, spans=()))
    return {"retrieved": retrieved, "elsewhere": elsewhere, "swapped": swapped}
