"""The rows of tables among a page's lines, told by the white columns that run through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from index.formats.pdf_page import Line, Word

# Widths are in those of a letter: a space has about .7, in justified text seldom more than 1.5.
_WIDE = 2.2
_NARROW = 1.3
_FAR = 3.0  # heights of a line; what is further away belongs to no row above

_Gap = tuple[float, float]


def with_rows(lines: Sequence[Line]) -> list[Line]:
    """The lines; those that are a table's rows have their cells, and a cell's further lines are part of it."""
    width = _letter_width(lines)
    found: list[Line] = []
    at = 0
    while at < len(lines):
        first, end, gaps = _table(lines, at, width)
        if not gaps:
            found.append(lines[at])
            at += 1
            continue
        del found[len(found) - (at - first) :]
        found += _rows(lines[first:end], gaps)
        at = end
    return found


def _letter_width(lines: Sequence[Line]) -> float:
    widths = [(word.right - word.left) / len(word.text) for line in lines for word in line.words if len(word.text) > 2]
    return max(0.1, median(widths)) if widths else 1.0


def _table(lines: Sequence[Line], at: int, width: float) -> tuple[int, int, list[_Gap]]:
    """The table with a row of wide gaps at `at`: its first line, the one behind its last, its gaps; none, no table."""
    gaps = [gap for gap in _gaps(lines[at]) if gap[1] - gap[0] >= _WIDE * width]
    end = rows = at + 1
    while gaps and end < len(lines) and _follows(lines[end - 1], lines[end]):
        if _column(lines[end], gaps) is None:
            common = _common(lines[end], gaps, width)
            if not common:
                break
            gaps, rows = common, end + 1
        end += 1
    if not gaps or rows < at + 2:
        return at, at, []
    # Of the lines behind the last row one may go on with its last cells, but not with its first.
    while rows < end and (_column(lines[rows], gaps) or 0) > 0:
        rows += 1
    first = at
    while first and _follows(lines[first - 1], lines[first]) and (common := _common(lines[first - 1], gaps, width)):
        first, gaps = first - 1, common
    return first, rows, gaps


def _follows(above: Line, below: Line) -> bool:
    distance = above.words[0].bottom - below.words[0].bottom
    return 0 < distance < _FAR * max(above.height, below.height)


def _gaps(line: Line) -> list[_Gap]:
    return [(before.right, after.left) for before, after in pairwise(line.words) if after.left > before.right]


def _common(line: Line, gaps: Sequence[_Gap], width: float) -> list[_Gap]:
    """What is left of the gaps when this line is a row too; none where it is not."""
    least = (_NARROW if len(gaps) > 1 else _WIDE) * width
    left = []
    for gap in gaps:
        free = [
            (max(gap[0], start), min(gap[1], end))
            for start, end in [(-1e9, line.words[0].left), *_gaps(line), (line.words[-1].right, 1e9)]
        ]
        best = max(free, key=lambda each: each[1] - each[0])
        if best[1] - best[0] < least:
            return []
        left.append(best)
    return left if sum(map(bool, _cells(line, left))) > 1 else []


def _column(line: Line, gaps: Sequence[_Gap]) -> int | None:
    """The number of the one column that all words of the line stand in; None of several."""
    columns = {_column_of(word, gaps) for word in line.words}
    inside = all(not (word.left < gap[0] and word.right > gap[1]) for word in line.words for gap in gaps)
    return columns.pop() if len(columns) == 1 and inside else None


def _column_of(word: Word, gaps: Sequence[_Gap]) -> int:
    return sum((word.left + word.right) / 2 > (gap[0] + gap[1]) / 2 for gap in gaps)


def _cells(line: Line, gaps: Sequence[_Gap]) -> tuple[str, ...]:
    cells = [""] * (len(gaps) + 1)
    for word in line.words:
        at = _column_of(word, gaps)
        cells[at] = f"{cells[at]} {word.text}".strip()
    return tuple(cells)


def _rows(lines: Sequence[Line], gaps: Sequence[_Gap]) -> list[Line]:
    rows: list[Line] = []
    for line in lines:
        cells = _cells(line, gaps)
        if rows and (_column(line, gaps) or 0) > 0 and _close(rows[-1], line):
            joined = tuple(f"{above} {below}".strip() for above, below in zip(rows[-1].cells, cells, strict=True))
            rows[-1] = Line(rows[-1].words + line.words, joined)
        else:
            rows.append(replace(line, cells=cells))
    return rows


def _close(row: Line, line: Line) -> bool:
    return row.words[-1].bottom - line.words[0].bottom < 1.8 * line.height or len(row.cells) > 2
