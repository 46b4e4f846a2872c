"""Rows packed one behind the other, without padding between them, and batches drawn without end."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from training.deep.groups import Groups
from training.deep.rows import Row

POSITIONS = 512  # that the encoder knows
_DRAWN = 4096  # records at once


@dataclass(frozen=True, slots=True)
class Batch:
    """n rows in exactly T tokens: one behind the other, and padding as a last row. `starts` says where each begins.

    What comes from another process is kept small: whole numbers of 8 to 32 bits, which `to` makes wide.
    """

    ids: Tensor  # (T,)
    types: Tensor  # (T,): 0 for the question, 1 for title and passage
    positions: Tensor  # (T,) in the row
    allowed: Tensor  # (T,) bool: may be part of an answer
    starts: Tensor  # (n + 2,) int32: of the rows, of the padding, and T
    first: Tensor  # (n,) place in the row of the answer's first token; 0 without an answer
    last: Tensor  # (n,)
    label: Tensor  # (n,) and the next three: see training.deep.rows.Row
    verdict: Tensor
    weight: Tensor
    reads: Tensor
    group: Tensor  # (n,) which group a row belongs to
    groups: int
    longest: int  # tokens of the longest row, padding counted
    widest: int  # the same without padding

    def __len__(self) -> int:
        """How many rows, without padding."""
        return len(self.first)

    def pin_memory(self) -> Batch:
        """The same where a GPU can fetch it; the loader calls this."""
        return self._each(lambda tensor: tensor.pin_memory())

    def to(self, device: torch.device) -> Batch:
        """The same on a device, its whole numbers ready to index."""
        moved = self._each(lambda tensor: tensor.to(device, non_blocking=True))
        wide = ("ids", "types", "positions", "first", "last", "verdict", "group")
        return replace(moved, **{name: getattr(moved, name).long() for name in wide})

    def _each(self, change: Any) -> Batch:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{name: change(each) for name, each in values.items() if isinstance(each, Tensor)})


def pack(groups: Sequence[Sequence[Row]], tokens: int, padding: int) -> Batch:
    """Put the rows of `groups` into `tokens` tokens. Raises ValueError where they do not fit."""
    rows = [row for group in groups for row in group]
    lengths = [len(row.ids) for row in rows]
    total = sum(lengths)
    if total > tokens:
        raise ValueError(f"{total} tokens in {len(rows)} rows do not fit into {tokens}.")
    starts = np.cumsum([0, *lengths, tokens - total], dtype=np.int32)
    ids = np.full(tokens, padding, np.int32)
    types, positions, allowed = np.zeros(tokens, np.uint8), np.zeros(tokens, np.int16), np.zeros(tokens, bool)
    for at, end, row in zip(starts[:-2].tolist(), starts[1:-1].tolist(), rows, strict=True):
        ids[at:end] = row.ids
        types[at + row.title_at : end] = 1
        positions[at:end] = np.arange(end - at)
        allowed[at + row.passage_at : end - 1] = True
    positions[total:] = np.arange(tokens - total) % POSITIONS
    arrays = {
        "ids": ids,
        "types": types,
        "positions": positions,
        "allowed": allowed,
        "starts": starts,
        "first": np.array([row.first for row in rows], np.int16),
        "last": np.array([row.last for row in rows], np.int16),
        "label": np.array([row.label for row in rows], np.float32),
        "verdict": np.array([row.verdict for row in rows], np.int8),
        "weight": np.array([row.weight for row in rows], np.float32),
        "reads": np.array([row.reads for row in rows], bool),
        "group": np.repeat(np.arange(len(groups), dtype=np.int32), [len(group) for group in groups]),
    }
    tensors = {name: torch.from_numpy(values) for name, values in arrays.items()}
    return Batch(**tensors, groups=len(groups), longest=max(*lengths, tokens - total), widest=max(lengths))


def packs(rows: Sequence[Row], tokens: int) -> Iterator[list[int]]:
    """The numbers of the rows in lists that fit into `tokens` tokens each, longest rows first."""
    part: list[int] = []
    size = 0
    for number in sorted(range(len(rows)), key=lambda number: len(rows[number].ids), reverse=True):
        length = len(rows[number].ids)
        if part and size + length > tokens:
            yield part
            part, size = [], 0
        part.append(number)
        size += length
    if part:
        yield part


class Stream(IterableDataset[Batch]):
    """Batches without end. Each process that loads draws records of its own, by their sets' weights, and digests."""

    def __init__(self, groups: Groups, tokens: int, seed: int, digests: float = 0.0) -> None:
        """Batches of `tokens` tokens; of their groups the share `digests` are digests."""
        self._groups, self._tokens, self._seed, self._digests = groups, tokens, seed, digests

    def __iter__(self) -> Iterator[Batch]:
        """Begin to draw."""
        worker = get_worker_info()
        if worker is not None:
            torch.set_num_threads(1)
        rng = random.Random(1000 * self._seed + (0 if worker is None else worker.id))
        held: list[list[Row]] = []
        size = 0
        for group in self._drawn(rng):
            length = sum(len(row.ids) for row in group)
            if held and size + length > self._tokens:
                yield pack(held, self._tokens, self._groups.arrays.padding)
                held, size = [], 0
            held.append(group)
            size += length

    def _drawn(self, rng: random.Random) -> Iterator[list[Row]]:
        chances, digests = self._groups.arrays.chances(), _shuffled(self._groups.digests(), rng)
        numpy_rng = np.random.default_rng(rng.randrange(2**31))
        while True:
            for record in numpy_rng.choice(len(chances), _DRAWN, p=chances).tolist():
                if rng.random() < self._digests:
                    group = self._groups.draw_digest(next(digests), rng)
                else:
                    group = self._groups.draw(record, rng)
                if group:
                    yield group


def _shuffled(count: int, rng: random.Random) -> Iterator[int]:
    """The numbers below `count` without end, each once before any comes again."""
    while count:
        yield from rng.sample(range(count), count)
