"""One question with one passage, as tokens: begin, question, end, title, passage, end; and which part of a passage."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.deep.arrays import MAX_ROW, Arrays, Ids

OVERLAP = 64  # tokens that two windows of a long passage share where it is read, as in qa.reading.network
TITLE_SHARE = 0.6  # of the rows that have a title it is put in front


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What is read together, and what is to be found. Places are those of `ids`."""

    ids: NDArray[np.int32]
    passage_at: int  # where the passage begins, behind its title
    title_at: int  # where the title begins, or the passage without one
    context: int
    begin: int  # the context's token that stands at `passage_at`
    first: int = 0  # the answer's first and last token, both 0 without one
    last: int = 0
    label: int = -1  # 1: it answers the question, 0: it does not, -1: that is not asked
    verdict: int = -1  # 0, 1 or 2, of training.deep.arrays; -1: that is not asked
    weight: float = 1.0  # of its span's and its label's loss
    reads: bool = True  # whether it asks for a span: not where a verdict is known and not what it rests on

    def in_context(self, place: int) -> int:
        """The token of the context that stands at a place of the row."""
        return place - self.passage_at + self.begin

    def at(self, token: int) -> int:
        """The place of a token of the context in the row."""
        return token - self.begin + self.passage_at


@dataclass(frozen=True, slots=True)
class Aim:
    """What a row is to teach; see Row. `answer` is its first and last token in the context."""

    answer: tuple[int, int] | None = None
    label: int = -1
    verdict: int = -1
    weight: float = 1.0
    reads: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """What a row is made of: a question's tokens, a title (-1: none) and a context."""

    question: Ids
    title: int
    context: int


NOTHING = Aim()


def row_of(arrays: Arrays, text: Text, begin: int, end: int, aim: Aim = NOTHING) -> Row:
    """The row with tokens `begin` to `end` (exclusive) of the context; what is aimed at lies within them."""
    title = arrays.title(text.title)
    title_at = len(text.question) + 2
    shift = title_at + len(title) - begin
    part = arrays.context(text.context)[begin:end]
    ids = np.concatenate([[arrays.begin], text.question, [arrays.end], title, part, [arrays.end]]).astype(np.int32)
    first, last = (0, 0) if aim.answer is None else (aim.answer[0] + shift, aim.answer[1] + shift)
    targets = (aim.label, aim.verdict, aim.weight, aim.reads)
    return Row(ids, shift + begin, title_at, text.context, begin, first, last, *targets)


def room_for(arrays: Arrays, text: Text) -> int:
    """How many tokens of the context a row has room for."""
    return MAX_ROW - len(text.question) - len(arrays.title(text.title)) - 3


def window(
    arrays: Arrays, context: int, around: tuple[int, int] | None, most: int, rng: random.Random
) -> tuple[int, int]:
    """The first token and the end of a part of a context: sentences around a span, or any, of at most `most` tokens.

    They are whole sentences unless one alone is longer; `around` is whole in any case, even where it is longer.
    """
    starts, ends = arrays.sentences(context)
    length = int(ends[-1])
    if length <= most:
        return 0, length
    if around is None:
        at = until = rng.randrange(len(starts))
    else:
        at, until = (int(np.searchsorted(starts, token, side="right")) - 1 for token in around)
    while True:
        ways = [
            (a, b)
            for a, b in ((at - 1, until), (at, until + 1))
            if a >= 0 and b < len(starts) and ends[b] - starts[a] <= most
        ]
        if not ways:
            break
        at, until = rng.choice(ways)
    begin, end = int(starts[at]), int(ends[until])
    if end - begin <= most:
        return begin, end
    first, last = (begin, begin) if around is None else around
    begin = max(begin, min(first, last - most // 2) - most // 4)
    return begin, min(end, max(begin + most, last + 1))


def passage_row(
    arrays: Arrays,
    text: Text,
    aim: Aim,
    rng: random.Random,
    around: tuple[int, int] | None = None,
) -> Row | None:
    """A row as it is trained on: now with its title, now without, and of a long passage a part of changing length.

    The part holds `around`, or the answer aimed at; None where a row has no room for it. A passage with a verdict to
    find is cut only where it must be: it is not known which of its sentences decide.
    """
    text = Text(text.question, text.title if rng.random() < TITLE_SHARE else -1, text.context)
    around = aim.answer if around is None else around
    room = room_for(arrays, text)
    whole = rng.random() < 0.5 or aim.verdict in (0, 1)
    most = room if whole else min(room, rng.randint(60, 220))
    begin, end = window(arrays, text.context, around, most, rng)
    end = min(end, begin + room)
    if around is not None and not begin <= around[0] <= around[1] < end:
        return None
    return row_of(arrays, text, begin, end, aim)


def reading_rows(arrays: Arrays, text: Text) -> list[Row]:
    """The rows in which a passage is read: windows of at most MAX_ROW tokens that share OVERLAP, as in use."""
    room, length = room_for(arrays, text), len(arrays.context(text.context))
    rows = []
    begin = 0
    while True:
        rows.append(row_of(arrays, text, begin, min(length, begin + room)))
        if begin + room >= length:
            return rows
        begin += room - OVERLAP
