"""Near misses of each kind, made of records that have an answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from index.split import sentence_spans
from training.data import Record
from training.negatives import names_in, nearest_without_answer, swapped_question


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
