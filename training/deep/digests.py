"""`python -m training.deep.digests`: what the shipped reader finds for training questions, put side by side.

A digest is made of the sentences around the best spans of several passages, one behind the other, each behind its
title: what the reader reads again in use (qa.reading.second_look). They are written to digests.npz beside the arrays,
and of the groups that a run with digests=SHARE draws, this share are digests.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.reading.network import ReaderNetwork, TokenScores, _groups, _Window
from qa.reading.spans import best_spans
from training.deep.arrays import DIGESTS, MAX_DIGEST, Arrays
from training.deep.groups import form
from training.deep.rows import Aim, Row, Text, passage_row
from training.deep.run import ARRAYS_FOLDER

_MISSES = 5  # near misses that are read with a record's own passage
_SPANS = 3  # of each passage
_PARTS = (3, 6)  # of a digest, at most; between these it is drawn
_BESIDE = 0.5  # of the digests; in these the sentences beside that of a span are read with it
_MOST = 90  # tokens of a part; of a longer one its sentence, or what is near the span
_ANSWER_LEFT_OUT = 0.15  # of the digests that could have the answer
_TITLED = 0.8  # of the digests; of the others no part has its title
_AT_ONCE = 48  # records


@dataclass(frozen=True, slots=True, eq=False)
class Digest:
    """A question's number, what is read with it, and where in that the answer stands."""

    question: int
    ids: NDArray[np.int32]
    first: int  # the answer's first and last token, both -1 without one
    last: int


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A record as it is read: the number of its question, one of its answers, if it has any, and its rows."""

    record: int
    question: int
    answer: tuple[int, int] | None
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class _Part:
    """Tokens `begin` to `end` of a context, exclusive, around a span of it."""

    context: int
    begin: int
    end: int
    first: int
    last: int

    def touches(self, other: _Part) -> bool:
        return self.context == other.context and self.begin < other.end and other.begin < self.end


class Digests:
    """Reads records with the shipped network, and makes a digest of each."""

    def __init__(self, arrays: Arrays, network: ReaderNetwork) -> None:
        """Read these with this one."""
        self._arrays, self._network = arrays, network
        self._colon = int(arrays["prefix_q"][-1])  # of "query:"
        self._full_stop = int(np.bincount(arrays["t_ids"][arrays["t_off"][1:] - 1]).argmax())  # with which titles end

    def of(self, records: Sequence[int], rng: random.Random) -> Iterator[Digest]:
        """The digests of the records that have one: of two parts or more, and of at most MAX_DIGEST tokens."""
        drawn = [self._drawn(record, rng) for record in records]
        scores = iter(self._read([row for each in drawn for row in each.rows]))
        for each in drawn:
            digest = self._digest(each, [next(scores) for _ in each.rows], rng)
            if digest is not None:
                yield digest

    def _drawn(self, record: int, rng: random.Random) -> _Drawn:
        """A record with the rows of its own passage, which holds the answer, and of its near misses."""
        arrays = self._arrays
        number = int(arrays[form(rng)][record])
        answer, question = self._answer(record, rng), arrays.question(number)
        near = arrays.near(record)[:_MISSES]
        own = Text(question, int(arrays["r_title"][record]), int(arrays["r_ctx"][record]))
        texts = [own, *(Text(question, int(arrays.title_of[each]), each) for each in near)]
        rows = [passage_row(arrays, text, Aim(answer=answer if text is own else None), rng) for text in texts]
        return _Drawn(record, number, answer, [row for row in rows if row is not None] if rows[0] is not None else [])

    def _answer(self, record: int, rng: random.Random) -> tuple[int, int] | None:
        spans = self._arrays.spans(record).tolist()
        if not spans:
            return None
        first, last = rng.choice(spans)
        return first, last

    def _read(self, rows: Sequence[Row]) -> list[TokenScores]:
        """What the network makes of rows, in order; its characters are their passages' tokens, each a word."""
        network, used = self._network, self._arrays["used"]
        windows = [
            _Window(at, 0, tuple(used[row.ids].tolist()), row.passage_at, row.title_at) for at, row in enumerate(rows)
        ]
        found: dict[int, TokenScores] = {}
        groups = _groups(windows, network._network.streams) if windows else []
        for group, outputs in zip(groups, network._network.run_each(map(network._inputs, groups)), strict=True):
            logits = (outputs[name] for name in ("start", "end", "answers"))
            for window, start, end, answers in zip(group, *logits, strict=True):
                inside = slice(window.passage_at, len(window.ids) - 1)
                tokens = range(inside.stop - inside.start)
                offsets = tuple((token, token + 1) for token in tokens)
                found[window.pair] = TokenScores(
                    offsets, tuple(tokens), start[inside] - start[0], end[inside] - end[0], float(answers)
                )
        return [found[at] for at in range(len(rows))]

    def _digest(self, drawn: _Drawn, scores: Sequence[TokenScores], rng: random.Random) -> Digest | None:
        """The part with the answer, if it is not left out, and the best ones that do not answer; None of too few."""
        own, beside = int(self._arrays["r_ctx"][drawn.record]), rng.random() < _BESIDE
        right = None if drawn.answer is None else self._part(own, *drawn.answer, beside)
        wrong = self._wrong(drawn, scores, beside)
        if right is not None and rng.random() < _ANSWER_LEFT_OUT:
            right = None
        parts = [] if right is None else [right]
        most = rng.randint(*_PARTS)
        for part in wrong:
            if len(parts) < most and not any(part.touches(other) for other in parts):
                parts.append(part)
        if len(parts) < 2:
            return None
        rng.shuffle(parts)
        digest = self._joined(drawn.question, parts, right, rng.random() < _TITLED)
        return digest if len(digest.ids) <= MAX_DIGEST else None

    def _wrong(self, drawn: _Drawn, scores: Sequence[TokenScores], beside: bool) -> list[_Part]:
        """The parts around the best spans of all rows, best first, without those in which an answer stands."""
        found: list[tuple[float, _Part]] = []
        for row, each in zip(drawn.rows, scores, strict=True):
            starts = self._arrays.sentences(row.context)[0] - row.begin
            for span in best_spans(each, _SPANS, starts[starts >= 0].tolist() or (0,)):
                part = self._part(row.context, span.start + row.begin, span.end + row.begin - 1, beside)
                if not self._has_answer(drawn.record, part):
                    found.append((span.margin, part))
        return [part for _, part in sorted(found, key=lambda each: each[0], reverse=True)]

    def _has_answer(self, record: int, part: _Part) -> bool:
        """Whether a part has a token of an answer of a record."""
        spans = self._arrays.spans(record).tolist() if part.context == self._arrays["r_ctx"][record] else []
        return any(part.begin <= last and first < part.end for first, last in spans)

    def _part(self, context: int, first: int, last: int, beside: bool) -> _Part:
        """The sentence of a span, with those beside it if `beside` and they are short."""
        starts, ends = self._arrays.sentences(context)
        at, until = (int(np.searchsorted(starts, token, side="right")) - 1 for token in (first, last))
        begin, end = int(starts[at]), int(ends[until])
        if beside:
            wide = int(starts[max(at - 1, 0)]), int(ends[min(until + 1, len(ends) - 1)])
            if wide[1] - wide[0] <= _MOST:
                begin, end = wide
        if end - begin > _MOST:
            begin, end = max(begin, first - _MOST // 2), min(end, max(last + 1, first + _MOST // 2))
        return _Part(context, begin, end, first, last)

    def _joined(self, question: int, parts: Sequence[_Part], right: _Part | None, titled: bool) -> Digest:
        arrays = self._arrays
        tokens: list[int] = []
        first = last = -1
        for part in parts:
            title = arrays.title(int(arrays.title_of[part.context])).tolist() if titled else []
            if title and title[-1] == self._full_stop:
                title.pop()
            tokens += [*title, self._colon] if title else []
            if part is right:
                shift = len(tokens) - part.begin
                first, last = part.first + shift, part.last + shift
            tokens += arrays.context(part.context)[part.begin : part.end].tolist()
        return Digest(question, np.array(tokens, np.int32), first, last)


def drawn_records(arrays: Arrays, count: int, seed: int) -> list[int]:
    """`count` different records without a verdict, by their sets' weights; all where there are no more."""
    chances = arrays.chances() * (arrays["r_verdict"] < 0)
    count = min(count, int((chances > 0).sum()))
    rng = np.random.default_rng(seed)
    return [int(each) for each in rng.choice(len(chances), count, p=chances / chances.sum(), replace=False)]


def as_arrays(digests: Sequence[Digest]) -> dict[str, NDArray[Any]]:
    """What digests.npz holds: see training.deep.arrays."""
    return {
        "d_q": np.array([each.question for each in digests], np.int32),
        "d_ids": np.concatenate([np.zeros(0, np.int32), *(each.ids for each in digests)]),
        "d_off": np.cumsum([0, *(len(each.ids) for each in digests)]).astype(np.int32),
        "d_span": np.array([(each.first, each.last) for each in digests], np.int16).reshape(-1, 2),
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="training.deep.digests", description=__doc__)
    parser.add_argument("--arrays", type=Path, default=ARRAYS_FOLDER, help=f"what was prepared ({ARRAYS_FOLDER})")
    parser.add_argument("--count", type=int, default=9000, help="records that are read (9000); most have a digest")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn (1): the same gives the same")
    options = parser.parse_args()
    arrays = Arrays.open(options.arrays)
    digests, rng = Digests(arrays, ReaderNetwork()), random.Random(options.seed)
    records = drawn_records(arrays, options.count, options.seed)
    found: list[Digest] = []
    for at in range(0, len(records), _AT_ONCE):
        found += digests.of(records[at : at + _AT_ONCE], rng)
        print(f"\rdigests: {min(at + _AT_ONCE, len(records)):,} of {len(records):,} records", end="", file=sys.stderr)
    print(file=sys.stderr)
    np.savez_compressed(options.arrays / DIGESTS, **as_arrays(found))  # type: ignore[arg-type]
    with_answer = sum(each.first >= 0 for each in found)
    print(f"{len(found):,} digests, {with_answer:,} of them with the answer")


if __name__ == "__main__":
    main()
