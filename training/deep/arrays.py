"""What was prepared, as a run opens it: texts as tokens, records, and what is measured.

Tokens are numbered by their place in `used`, the encoder's tokens that occur. Every text is kept once; a record, a near
miss and a measured passage name it by its number, -1 where there is none.

| arrays | what they hold |
|---|---|
| `ctx_ids, ctx_off`, `q_ids, q_off`, `t_ids, t_off` | tokens of contexts, questions, titles; k's begin at off[k] |
| `sent, sent_off` | where each context's sentences begin, in tokens of the context |
| `r_set, r_title, r_ctx, r_q` | of each record its set, title, context and question |
| `r_verdict`, `r_extra` | 0, 1, or -1: it asks for a span; a context that leaves its claim open |
| `r_reads` | whether it is known which words answer it, or that none do: not of all with a verdict |
| `r_neg` (n, 10), `r_dense` | contexts that look as if they answered it and do not, by words, and by the encoder |
| `r_lower`, `r_typo`, `r_swap` | its question in lower case, mistyped, and changed so that it is not answered |
| `spans, span_off` | first and last token of each record's answers, in its context |
| `set_weight`, `set_pool`, `pool_K` | of each set its weight and the number of its pool; the contexts of pool K |
| `question_marks`, `special`, `used` | which tokens are question marks; begin, end, padding; the encoder's numbers |
| `prefix_q`, `prefix_p` | tokens before questions and passages where the encoder embeds them |
| `e_set, e_q, e_verdict`, `e_rows, e_off` | each measured question, and (title, context) of its passages |
| `d_q`, `d_ids, d_off` | of each digest the question and the tokens: see training.deep.digests |
| `d_span` | first and last token of its answer, -1 where it has none |
"""

from __future__ import annotations

import io
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.integer[Any]]

MAX_QUESTION, MAX_TITLE, MAX_ROW = 64, 32, 320  # tokens, as in qa.reading.network
MAX_DIGEST = 440  # tokens: with a question it has to fit into the encoder's positions
REFUTED, SUPPORTED, OPEN = 0, 1, 2  # verdicts: "no" and a refuted claim are one, "yes" and a supported claim another
HEAD_SIZE = 32  # of the encoder's attention
BLOCK_BYTES = 18  # of 32 weights with 4 bits: see training.deep.encoder
ARRAYS, ENCODER, DENSE, DIGESTS = "arrays.npz", "encoder.npz", "dense.npz", "digests.npz"


class Arrays:
    """The arrays by name, and the texts in them."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the arrays that the table above names."""
        self._arrays = dict(arrays)
        self.begin, self.end, self.padding = (int(each) for each in self["special"])
        self.question_marks = frozenset(self["question_marks"].tolist())
        # Contexts that no record has, have no title.
        self.title_of = np.full(len(self["ctx_off"]) - 1, -1, np.int64)
        self.title_of[self["r_ctx"]] = self["r_title"]

    @classmethod
    def open(cls, folder: Path) -> Arrays:
        """Open `arrays.npz` or `arrays.npz.xz` of a folder, with dense.npz and digests.npz where they are there.

        What was compressed is unpacked in memory: the folder travels, and must stay small. Raises FileNotFoundError.
        """
        found: dict[str, NDArray[Any]] = {}
        packed = folder / f"{ARRAYS}.xz"
        if packed.exists():
            found |= np.load(io.BytesIO(lzma.decompress(packed.read_bytes())))
        elif (folder / ARRAYS).exists():
            found |= np.load(folder / ARRAYS)
        else:
            raise FileNotFoundError(f"No {ARRAYS} in {folder}. Prepare them first: python -m training.deep.prepare")
        for name in (DENSE, DIGESTS):
            if (folder / name).exists():
                found |= np.load(folder / name)
        return cls(found)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """An array by its name."""
        return self._arrays[name]

    def __contains__(self, name: str) -> bool:
        """Whether there is an array of this name."""
        return name in self._arrays

    def question(self, number: int) -> Ids:
        """The tokens of a question, of a longer one the first MAX_QUESTION."""
        return self._text("q", number)[:MAX_QUESTION]

    def title(self, number: int) -> Ids:
        """The tokens of a title, of a longer one the first MAX_TITLE; none for -1."""
        return self._text("t", number)[:MAX_TITLE] if number >= 0 else self["t_ids"][:0]

    def context(self, number: int) -> Ids:
        """The tokens of a context."""
        return self._text("ctx", number)

    def sentences(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the sentences of a context begin and end, in tokens, end exclusive; they cover it."""
        starts = self["sent"][self["sent_off"][number] : self["sent_off"][number + 1]].astype(np.int64)
        return starts, np.append(starts[1:], len(self.context(number)))

    def spans(self, record: int) -> NDArray[np.integer[Any]]:
        """First and last token of each answer of a record, in its context: (n, 2)."""
        return self["spans"][self["span_off"][record] : self["span_off"][record + 1]]

    def near(self, record: int) -> list[int]:
        """The contexts that look as if they answered a record and do not: by words, then the other, nearest first."""
        found = [int(each) for each in self["r_neg"][record] if each >= 0]
        if "r_dense" in self:
            found = list(dict.fromkeys(found[:6] + [int(each) for each in self["r_dense"][record] if each >= 0]))
        return found

    def chances(self) -> NDArray[np.float64]:
        """How likely each record is to be drawn, by its set's weight; the sum is 1."""
        weights = self["set_weight"].astype(np.float64)[self["r_set"]]
        return np.asarray(weights / weights.sum())

    def measure_only(self, count: int) -> None:
        """Leave `count` of the measured questions, evenly spaced."""
        off = self["e_off"]
        kept = np.linspace(0, len(self["e_q"]) - 1, count).astype(np.int64)
        self._arrays["e_rows"] = np.concatenate([self["e_rows"][off[each] : off[each + 1]] for each in kept])
        self._arrays["e_off"] = np.append(0, np.cumsum([off[each + 1] - off[each] for each in kept]))
        for name in ("e_q", "e_set", "e_verdict"):
            self._arrays[name] = self[name][kept]

    def _text(self, kind: str, number: int) -> Ids:
        off = self[f"{kind}_off"]
        return self[f"{kind}_ids"][off[number] : off[number + 1]]
