"""The spans that a network finds in passages: the part of training.deep that is what qa.reading is in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.deep.arrays import Arrays
from training.deep.batches import Batch, pack, packs
from training.deep.network import DeepReader, Outputs, Places
from training.deep.rows import Row, Text, reading_rows

MAX_ANSWER = 30  # tokens, as in qa.reading.spans
_LOW = -1e9
T = TypeVar("T")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """First and last token in a context. `margin`: start and end logit over those of "no answer here"; best last."""

    margin: float
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a network makes of a question and a passage."""

    spans: tuple[Span, ...]  # best first
    answers: float  # the logit of "this passage answers the question"
    verdicts: NDArray[np.float32]  # (3,) logits: see training.deep.arrays


@dataclass(frozen=True, slots=True)
class Reader:
    """A network with the arrays that it reads, `tokens` at once."""

    model: DeepReader
    arrays: Arrays
    device: torch.device
    tokens: int

    def read(self, texts: Sequence[Text], top: int = 3) -> list[Reading]:
        """Up to `top` spans of each passage, in order; a long one is read in windows, of which the best spans count."""
        rows: list[Row] = []
        of_text: list[slice] = []
        for text in texts:
            windows = reading_rows(self.arrays, text)
            of_text.append(slice(len(rows), len(rows) + len(windows)))
            rows += windows
        found = self.run(rows, lambda batch, outputs: _readings(batch, outputs, top))
        readings = [_in_context(row, reading) for row, reading in zip(rows, found, strict=True)]
        return [_joined(readings[part], top) for part in of_text]

    def run(self, rows: Sequence[Row], take: Callable[[Batch, Outputs], Sequence[T]]) -> list[T]:
        """What `take` makes of each row, in order; it gets rows of like length together."""
        found: dict[int, T] = {}
        for numbers in packs(rows, self.tokens):
            packed = pack([[rows[number]] for number in numbers], self.tokens, self.arrays.padding)
            batch = packed.to(self.device)
            with torch.inference_mode():
                found |= zip(numbers, take(batch, self.model(batch)), strict=True)
        return [found[number] for number in range(len(rows))]


def best_spans(batch: Batch, spans: Tensor, top: int) -> Tensor:
    """(n, top, 3): margin, first and last place of the best spans of each row, best first; below -1e8: there is none.

    They are at most MAX_ANSWER tokens long and do not overlap.
    """
    places = Places.of(batch)
    wide = spans[places.at].float()
    allowed = (batch.allowed[places.at] & places.there)[:, :, None]
    start, end = (wide - wide[:, :1]).masked_fill(~allowed, _LOW).unbind(2)
    ends = functional.pad(end, (0, MAX_ANSWER - 1), value=_LOW).unfold(1, MAX_ANSWER, 1)  # (n, L, MAX_ANSWER)
    best, steps = ends.max(2)
    totals = start + best
    place = torch.arange(totals.shape[1], device=totals.device)[None]
    found = []
    for _ in range(top):
        margin, first = totals.max(1)
        first = first[:, None]
        last = first + steps.gather(1, first)
        found.append(torch.cat([margin[:, None], first.float(), last.float()], dim=1))
        totals = totals.masked_fill((place <= last) & (place + steps >= first), _LOW)
    return torch.stack(found, dim=1)


def _readings(batch: Batch, outputs: Outputs, top: int) -> list[Reading]:
    """In places of the rows."""
    spans = best_spans(batch, outputs.spans, top).cpu().tolist()
    answers, verdicts = outputs.answers.cpu().tolist(), outputs.verdicts.cpu().numpy()
    return [
        Reading(tuple(Span(margin, int(first), int(last)) for margin, first, last in each if margin > _LOW / 10), *more)
        for each, *more in zip(spans, answers, verdicts, strict=True)
    ]


def _in_context(row: Row, reading: Reading) -> Reading:
    spans = (Span(each.margin, row.in_context(each.first), row.in_context(each.last)) for each in reading.spans)
    return Reading(tuple(spans), reading.answers, reading.verdicts)


def _joined(windows: Sequence[Reading], top: int) -> Reading:
    """Of several windows the best spans, and answer and verdicts of that which answers most surely."""
    spans = {(each.first, each.last): each for each in sorted(span for window in windows for span in window.spans)}
    surest = max(windows, key=lambda window: window.answers)
    return Reading(tuple(sorted(spans.values(), reverse=True)[:top]), surest.answers, surest.verdicts)
