"""The texts behind the arrays, which stay where they were prepared: what tokens say, and what is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.metrics import exact_match, overlap
from training.deep.collection import Collection, MeasuredQuestion

__all__ = ["OFFSETS", "TEXTS", "Texts", "overlap", "same", "save"]

TEXTS, OFFSETS = "texts.json", "offsets.npy"


@dataclass(frozen=True, slots=True)
class Texts:
    """Contexts, the characters of their tokens, the answers of each record, and what is measured."""

    contexts: Sequence[str]
    offsets: NDArray[np.uint16]  # first character and end of every context's tokens, one context behind the other
    context_from: NDArray[np.integer]  # where each context's tokens begin: `ctx_off`
    answers: Sequence[Sequence[str]]
    measured: Sequence[MeasuredQuestion]

    def said(self, context: int, first: int, last: int) -> str:
        """The text of the tokens `first` to `last` of a context, without spaces around it."""
        at = int(self.context_from[context])
        return self.contexts[context][int(self.offsets[at + first, 0]) : int(self.offsets[at + last, 1])].strip()

    @staticmethod
    def open(folder: Path, context_from: NDArray[np.integer]) -> Texts:
        """Open what `save` wrote; `context_from` is the arrays' `ctx_off`. Raises FileNotFoundError."""
        values = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
        measured = []
        for each in values["measured"]:
            passages, answers = tuple(map(tuple, each.pop("passages"))), tuple(each.pop("answers"))
            measured.append(MeasuredQuestion(**each, passages=passages, answers=answers))
        offsets = np.load(folder / OFFSETS, mmap_mode="r")
        return Texts(values["contexts"], offsets, context_from, values["answers"], measured)


def save(collection: Collection, offsets: NDArray[np.uint16], folder: Path) -> None:
    """Write a collection's texts with the characters of its contexts' tokens."""
    values = {
        "contexts": collection.contexts.texts,
        "answers": [list(dict.fromkeys(each.example.record.answers)) for each in collection.records],
        "measured": [asdict(each) for each in collection.measured],
    }
    (folder / TEXTS).write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
    np.save(folder / OFFSETS, offsets)


def same(answer: str, golds: Sequence[str]) -> float:
    """1 where the answer is one of the gold answers (SQuAD's exact match)."""
    return exact_match(answer, golds)
