"""From token scores to the spans of a passage that may answer."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from index.split import sentence_spans
from qa.reading.network import Floats, TokenScores

MAX_ANSWER = 30  # tokens
SPANS = 3  # of each passage: its best, and others where several answers stand together


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a passage, by its characters. `margin`: start and end logit over those of "no answer here"."""

    start: int
    end: int
    margin: float


def answer_spans(scores: TokenScores, text: str, starts: Sequence[int] | None = None) -> list[Span]:
    """Up to SPANS spans of a passage's `text` that may be its answer, best first, as `best_spans` finds them.

    Each lies within a sentence, holds a letter or a figure, takes the accents along that follow, and leaves out the
    marks around it that a piece took along. `starts`: where sentences begin, where that is known.
    """
    if starts is None:
        starts = [start for start, _ in sentence_spans(text)]
    spans = [_bare(span, text) for span in best_spans(scores, SPANS, starts)]
    return [span for span in spans if any(map(str.isalnum, text[span.start : span.end]))]


def best_spans(scores: TokenScores, count: int, starts: Sequence[int] = (0,)) -> list[Span]:
    """Up to `count` spans of whole words that do not overlap, best first; none where the passage has no token.

    `starts`: where the passage's sentences begin, by character; a span lies within one of them.
    """
    found: list[Span] = []
    start, end = scores.start.copy(), scores.end.copy()
    sentences = np.searchsorted(starts, [first for first, _ in scores.offsets], side="right")
    while len(found) < count and len(start):
        first, last, margin = best_span(start, end, sentences)
        if not np.isfinite(margin):
            break
        first, last = _whole_words(scores.words, first, last)
        span = Span(scores.offsets[first][0], scores.offsets[last][1], margin)
        start[first : last + 1] = -np.inf
        end[first : last + 1] = -np.inf
        if not any(span.start < other.end and other.start < span.end for other in found):
            found.append(span)
    return found


def margin_between(scores: TokenScores, start: int, end: int) -> float:
    """The margin of the best span that begins within characters `start` to `end`; -inf where no token does."""
    inside = np.array([start <= first < end for first, _ in scores.offsets], dtype=bool)
    if not inside.any():
        return -np.inf
    return best_span(np.where(inside, scores.start, -np.inf), scores.end)[2]


def margin_within(scores: TokenScores, start: int, end: int) -> float:
    """The margin of the best span of the tokens with a character of `start` to `end`; -inf where there is none."""
    inside = np.array([first < end and start < last for first, last in scores.offsets], dtype=bool)
    if not inside.any():
        return -np.inf
    return best_span(np.where(inside, scores.start, -np.inf), np.where(inside, scores.end, -np.inf))[2]


def bounded(logit: float) -> float:
    """Logits far out say no more than near ones: half a logit's rise counts less and less beyond ten."""
    return 10 * math.tanh(logit / 10)


def best_span(start: Floats, end: Floats, sentences: NDArray[np.intp] | None = None) -> tuple[int, int, float]:
    """First and last token of the best span, and its start plus end, the largest; at most MAX_ANSWER tokens long.

    `sentences` has the number of each token's sentence: first and last token are of the same one.

    A span that an excluded token lies in does not count: a token with -inf can neither begin nor end one, and the spans
    across it are left to `best_spans`.
    """
    width = min(MAX_ANSWER, len(start))
    behind = np.full(width - 1, -np.inf, dtype=np.float32)
    ends = sliding_window_view(np.concatenate([end, behind]), width)  # from each token on
    if sentences is not None:
        numbers = np.concatenate([sentences, np.full(width - 1, -1)])
        ends = np.where(sliding_window_view(numbers, width) == sentences[:, None], ends, -np.inf)
    steps = ends.argmax(axis=1)
    sums = start + ends[np.arange(len(start)), steps]
    first = int(sums.argmax())
    return first, first + int(steps[first]), float(sums[first])


def _whole_words(words: tuple[int, ...], first: int, last: int) -> tuple[int, int]:
    while first > 0 and words[first - 1] == words[first]:
        first -= 1
    while last + 1 < len(words) and words[last + 1] == words[last]:
        last += 1
    return first, last


_OPENING, _CLOSING = "([{«„“‘\"'", ")]}»“”’\"'"
_LOOSE = _OPENING + _CLOSING + ",;:，；：、،؛。"
# What a number is counted in belongs to it: "seven per cent".
_UNIT = re.compile(r"\s?%|\s(?:per ?cent|percent(?:age points?)?|(?:m|b|tr)illion|crore|lakh)\b")
_NUMBER = re.compile(
    r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety|hundred|half))$",
    re.IGNORECASE,
)
# What is told of an answer besides: "a frost in April, which killed the blossom".
_ASIDE = re.compile(r"(?<=[^\W_]), (?:which|who|whose|whom)\b")
# A full stop that a piece took along: behind a word too long to be an abbreviation that no other full stop stands in.
_STOP = re.compile(r"(?<![^\W\d_.][.])(?<=[^\W\d_]{4})[.۔।]$")


def _bare(span: Span, text: str) -> Span:
    """The span without commas, full stops, quotation marks and brackets at its ends, unless one is half of a pair.

    A hyphen has what it joins: "12-year", not "12-". Before ", which" it ends.

    >>> _bare(Span(0, 6, 0.0), "(2023)"), _bare(Span(0, 9, 0.0), "Oslo (35),")
    (Span(start=1, end=5, margin=0.0), Span(start=0, end=9, margin=0.0))
    >>> _bare(Span(0, 26, 0.0), "Ida Aske, who had rowed it")
    Span(start=0, end=8, margin=0.0)
    """
    start, end = span.start, _behind_marks(text, span.end)
    if (aside := _ASIDE.search(text, start, end)) is not None:
        end = aside.start()
    if text[start:end].endswith("-"):
        end = next(at for at in range(end, len(text) + 1) if not text[at : at + 1].isalnum())
    while start < end and (text[end - 1] in _LOOSE or text[end - 1].isspace()) and not _belongs(text[start:end]):
        end -= 1
    end -= bool(_STOP.search(text[start:end]))
    if (unit := _UNIT.match(text, end)) is not None and _NUMBER.search(text[start:end]):
        end = unit.end()
    while start < end and (text[start] in _LOOSE or text[start].isspace()) and not _closed(text[start:end]):
        start += 1
    return replace(span, start=start, end=end)


def _closed(text: str) -> bool:
    """Whether what the first character opens is closed before the end."""
    at = _OPENING.find(text[0])
    return at >= 0 and _CLOSING[at] in text[1:-1]


def _belongs(text: str) -> bool:
    """Whether what the last character closes was opened behind the beginning, or it is feet or inches."""
    if re.search(r"\d['\"]$", text):
        return True
    return any(
        closing == text[-1] and opening in text[1:-1] for opening, closing in zip(_OPENING, _CLOSING, strict=True)
    )


def _behind_marks(text: str, end: int) -> int:
    """`end`, or behind the combining accents that follow: tokens leave them out."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end
