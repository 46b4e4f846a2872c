"""Which passages a question meets in training: the rows of one group compete, and one of them or none is right."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from training.deep.arrays import OPEN, Arrays, Ids
from training.deep.rows import TITLE_SHARE, Aim, Row, Text, passage_row, row_of

_LOWER, _MISTYPED = 0.35, 0.07  # how often a question comes in lower case, and mistyped
_MARK_LEFT_OUT = 0.3  # of the questions that end with a question mark
_REST_TOKENS = (12, 220)  # of the rest of a paragraph
_A_MISS = Aim(label=0, weight=0.25)


class Groups:
    """Draws the groups of records, and digests."""

    def __init__(self, arrays: Arrays, most: int = 7) -> None:
        """A question with an answer meets up to `most` other passages, at least 3."""
        self.arrays = arrays
        self._most = most

    def draw(self, record: int, rng: random.Random) -> list[Row]:
        """The group of a record, its own passage first; empty where a row has no room for its answer."""
        if self.arrays["r_verdict"][record] >= 0:
            return self._with_verdict(record, rng)
        if len(self.arrays.spans(record)):
            return self._with_answer(record, rng)
        question = self._question(record, rng)
        count = min(self._count(rng), 3)
        own = self._own(record, question, Aim(label=0), rng)
        return _there([own, *self._misses(record, question, count, rng)])

    def draw_digest(self, number: int, rng: random.Random) -> list[Row]:
        """What was found in several passages for one question, in one row: see training.deep.digests."""
        arrays = self.arrays
        question = self._ending(int(arrays["d_q"][number]), rng)
        digest = arrays["d_ids"][arrays["d_off"][number] : arrays["d_off"][number + 1]]
        first, last = arrays["d_span"][number].tolist()
        at = len(question) + 2
        ids = np.concatenate([[arrays.begin], question, [arrays.end], digest, [arrays.end]]).astype(np.int32)
        if first < 0:
            return [Row(ids, at, at, -1, 0, label=0)]
        return [Row(ids, at, at, -1, 0, first + at, last + at, label=1)]

    def digests(self) -> int:
        """How many digests there are."""
        return len(self.arrays["d_q"]) if "d_q" in self.arrays else 0

    def _with_verdict(self, record: int, rng: random.Random) -> list[Row]:
        """What decides a question or a claim, and often something that leaves it open.

        What it rests on is an answer to be found where the set says it: of a yes or no, too, a sentence is shown.
        """
        arrays, question, beside = self.arrays, self._question(record, rng), int(self.arrays["r_extra"][record])
        verdict, spans = int(arrays["r_verdict"][record]), arrays.spans(record).tolist()
        reads = bool(arrays["r_reads"][record]) and (verdict == OPEN or bool(spans))
        is_open = Aim(label=0, verdict=OPEN, reads=reads)
        decides = Aim(label=1, verdict=verdict, reads=reads)
        if reads and verdict != OPEN:
            first, last = rng.choice(spans)
            decides = replace(decides, answer=(first, last))
        rows = [self._own(record, question, is_open if verdict == OPEN else decides, rng)]
        if rows[0] is None:
            return []
        if beside >= 0 and rng.random() < 0.5:
            text = Text(question, int(arrays["r_title"][record]), beside)
            rows.append(passage_row(arrays, text, is_open, rng))
        elif rng.random() < 0.6:
            rows += self._misses(record, question, 1, rng, is_open)
        return _there(rows)

    def _with_answer(self, record: int, rng: random.Random) -> list[Row]:
        """The passage that answers, and others; or its own passage and a question that it does not answer."""
        arrays, question = self.arrays, self._question(record, rng)
        context, spans, count = int(arrays["r_ctx"][record]), arrays.spans(record).tolist(), self._count(rng)
        first, last = rng.choice(spans)
        rows = [self._own(record, question, Aim(answer=(first, last), label=1), rng)]
        draw, swapped = rng.random(), int(arrays["r_swap"][record])
        if draw < 0.25 and swapped >= 0:
            if rng.random() < 0.6:
                # The near misses keep the question as it was: one of them may answer the changed one.
                text = Text(self._ending(swapped, rng), int(arrays["r_title"][record]), context)
                rows = [passage_row(arrays, text, Aim(label=0), rng, around=(first, last))]
                count = min(count, 2)
        elif draw < 0.4:
            part = rest_of(arrays, context, [(one, other) for one, other in spans], rng)
            if part is not None:
                title = int(arrays["r_title"][record]) if rng.random() < TITLE_SHARE else -1
                rows.append(row_of(arrays, Text(question, title, context), *part, Aim(label=0, weight=0.5)))
        if rows[0] is None:
            return []
        return _there([*rows, *self._misses(record, question, count, rng)])

    def _own(self, record: int, question: Ids, aim: Aim, rng: random.Random) -> Row | None:
        text = Text(question, int(self.arrays["r_title"][record]), int(self.arrays["r_ctx"][record]))
        return passage_row(self.arrays, text, aim, rng)

    def _misses(
        self, record: int, question: Ids, count: int, rng: random.Random, aim: Aim = _A_MISS
    ) -> list[Row | None]:
        """Rows of up to `count` of the record's near misses."""
        near = self.arrays.near(record)
        texts = (
            Text(question, int(self.arrays.title_of[each]), each) for each in rng.sample(near, min(count, len(near)))
        )
        return [passage_row(self.arrays, text, aim, rng) for text in texts]

    def _count(self, rng: random.Random) -> int:
        """How many near misses a question meets."""
        many = rng.random()
        return 0 if many < 0.15 else rng.randint(1, 2) if many < 0.4 else rng.randint(3, self._most)

    def _question(self, record: int, rng: random.Random) -> Ids:
        return self._ending(int(self.arrays[form(rng)][record]), rng)

    def _ending(self, question: int, rng: random.Random) -> Ids:
        """The tokens of a question, now and then without its question mark."""
        ids = self.arrays.question(question)
        marked = len(ids) > 2 and int(ids[-1]) in self.arrays.question_marks
        return ids[:-1] if marked and rng.random() < _MARK_LEFT_OUT else ids


def form(rng: random.Random) -> str:
    """The array of the questions in the form that is drawn: as they were written, in lower case or mistyped."""
    draw = rng.random()
    return "r_typo" if draw < _MISTYPED else "r_lower" if draw < _MISTYPED + _LOWER else "r_q"


def rest_of(arrays: Arrays, context: int, spans: list[tuple[int, int]], rng: random.Random) -> tuple[int, int] | None:
    """The sentences before all answers, or those behind, of at most 220 tokens; None where they are few or hold one."""
    starts, ends = arrays.sentences(context)
    first, last = min(one for one, _ in spans), max(other for _, other in spans)
    before, behind = ends[ends <= first], starts[starts > last]
    sides = [(0, int(each)) for each in before[-1:]] + [(int(each), int(ends[-1])) for each in behind[:1]]
    if not sides:
        return None
    begin, end = rng.choice(sides)
    fewest, most = _REST_TOKENS
    end = min(end, begin + most)
    ids = arrays.context(context)
    if end - begin < fewest or any(_holds(ids[begin:end], ids[one : other + 1]) for one, other in spans):
        return None
    return begin, end


def _holds(ids: Ids, part: Ids) -> bool:
    """Whether the tokens `part` stand somewhere in `ids`, one behind the other."""
    if len(part) > len(ids):
        return False
    return bool((np.lib.stride_tricks.sliding_window_view(ids, len(part)) == part).all(axis=1).any())


def _there(rows: list[Row | None]) -> list[Row]:
    return [row for row in rows if row is not None]
