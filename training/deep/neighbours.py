"""The contexts that lie nearest to each training question by the encoder as it comes, before any training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.deep.arrays import Arrays, Ids
from training.deep.batches import pack, packs
from training.deep.network import DeepReader
from training.deep.rows import Row

KEPT = 24  # of each question
NONE = 2**16 - 1  # in the place of a context, where a pool has fewer
_LONGEST = 300  # tokens of a text
_QUESTIONS = 4096  # compared at once


def nearest(model: DeepReader, arrays: Arrays, device: torch.device, tokens: int) -> NDArray[np.uint16]:
    """Of each record the nearest contexts of its pool, best first, by the cosine of mean-pooled states: (n, KEPT).

    Its own context and such as hold its answer are among them. Raises ValueError where contexts have numbers from NONE.
    """
    contexts = int(arrays["r_ctx"].max()) + 1
    if contexts > NONE:
        raise ValueError(f"{contexts} contexts cannot be numbered in 16 bits.")
    passages = [np.concatenate([arrays["prefix_p"], arrays.context(each)]) for each in range(contexts)]
    numbers, question_of = np.unique(arrays["r_q"], return_inverse=True)
    questions = [np.concatenate([arrays["prefix_q"], arrays.question(int(each))]) for each in numbers]
    of_passages = embedded(model, arrays, passages, device, tokens)
    of_questions = embedded(model, arrays, questions, device, tokens)
    found = np.full((len(arrays["r_q"]), KEPT), NONE, np.uint16)
    pool_of = arrays["set_pool"][arrays["r_set"]]
    for pool in np.unique(pool_of):
        ids = torch.from_numpy(arrays[f"pool_{pool}"]).long().to(device)
        kept = min(KEPT, len(ids))
        members = np.flatnonzero(pool_of == pool)
        for at in range(0, len(members), _QUESTIONS):
            part = members[at : at + _QUESTIONS]
            scores = of_questions[torch.from_numpy(question_of[part]).to(device)] @ of_passages[ids].T
            found[part, :kept] = ids[scores.topk(kept, dim=1).indices].cpu().numpy()
    return found


def embedded(model: DeepReader, arrays: Arrays, texts: Sequence[Ids], device: torch.device, tokens: int) -> Tensor:
    """The mean of each text's last states, of length 1: (n, hidden); `tokens` are read at once."""
    rows = [_row(arrays, text) for text in texts]
    vectors = torch.zeros(len(rows), model.span.in_features, device=device)
    for numbers in packs(rows, tokens):
        batch = pack([[rows[number]] for number in numbers], tokens, arrays.padding).to(device)
        with torch.inference_mode():
            states = model.encode(batch).float()
            lengths = batch.starts[1:].long() - batch.starts[:-1].long()
            row_of = torch.repeat_interleave(torch.arange(len(lengths), device=device), lengths)
            sums = torch.zeros(len(lengths), states.shape[1], device=device).index_add(0, row_of, states)
            vectors[torch.tensor(numbers, device=device)] = functional.normalize(sums[: len(batch)], dim=1)
    return vectors


def _row(arrays: Arrays, text: Ids) -> Row:
    ids = np.concatenate([[arrays.begin], text[:_LONGEST], [arrays.end]]).astype(np.int32)
    return Row(ids, passage_at=len(ids), title_at=len(ids), context=-1, begin=0)
