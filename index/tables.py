"""The tables in an article's text: lines of cells parted by "|", as every format stores them, or by tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

Span = tuple[int, int]
# Cells are parted by a bar with a space at its side, by bars at both ends of a line, or by two tabs and more.
_PARTED = re.compile(r"\S +\|(?= |$)|^ *\|(?= )|^ *\|.*\| *$|\S\t.*\t")
_RULE = re.compile(r"[\s|]*:?-+:?(?:\s*\|\s*:?-+:?)*[\s|]*")  # Markdown's line below the header
_BAR, _TAB = re.compile(r"(?<!\\)\|"), re.compile(r"\t")
_CAPTION_CHARS = 150  # a longer line above is text that says more than what the table is


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table and its cells, as offsets in the text, without white space around; an empty cell is none.

    `section`: a row above with one cell only, which says what is common to those below it.
    """

    start: int
    end: int
    cells: tuple[Span, ...]
    section: Span | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of data, in order; `header` has the names of the columns, where the first row seems to have names.

    `caption` is the line above: a heading, or what leads to the table.
    """

    caption: Span | None
    header: Row | None
    rows: tuple[Row, ...]


def tables_in(text: str) -> list[Table]:
    """The tables of a text, in order; two lines with cells at least, or one below a header.

    What goes on behind blank lines with as many cells and without a header of its own, as on the next page of a PDF
    file, belongs to the table above.
    """
    found: list[Table] = []
    for rows, ruled in _parts(text):
        above = found[-1] if found and _goes_on(text, found[-1], rows) else None
        named = [_words(text, row) for row in rows]
        says = ruled or (len(rows) > 1 and _has_header(named))
        if above and (not says or (above.header and named[0] == _words(text, above.header))):
            found[-1] = replace(above, rows=above.rows + tuple(rows[1 if says else 0 :]))
            continue
        if says is None:  # nothing tells: three columns or more have names, and two are names with what they stand for
            says = len(rows[0].cells) > 2
        if ruled and not any(named[0]):  # Markdown's way to have no header
            says = False
        rows = [row for row, words in zip(rows, named, strict=True) if any(words)]
        if len(rows) > 1:
            caption = rows[0].section or _line_above(text, rows[0].start)
            rows = [replace(row, section=None) if row.section == caption else row for row in rows]
            found.append(Table(caption, rows[0] if says else None, tuple(rows[1 if says else 0 :])))
    return found


def _goes_on(text: str, above: Table, rows: Sequence[Row]) -> bool:
    last, first = above.rows[-1], rows[0]
    between = text[last.end : first.section[0] if first.section else first.start]
    return not between.strip(" |\n\t") and len(last.cells) == len(first.cells)


def _parts(text: str) -> Iterator[tuple[list[Row], bool]]:
    """Rows that stand together, of one section, and whether the first is a header by Markdown's rule below it."""
    for lines in _groups(text):
        closed = all(line[0] == line[-1] == "|" for line in (text[start:end].strip() for start, end in lines))
        rows: list[Row] = []
        ruled, section = False, None
        for start, end in lines:
            if _RULE.fullmatch(text, start, end):
                ruled = ruled or len(rows) == 1
                continue
            row = _row(text, start, end, closed)
            filled = [cell for cell in row.cells if cell[0] < cell[1]]
            if len(row.cells) > 2 and filled == [row.cells[0]]:
                if len(rows) > 1:  # one may be the header of what follows
                    yield rows, ruled
                    rows, ruled = [], False
                section = row.cells[0]
            else:
                rows.append(replace(row, section=section))
        if rows:
            yield rows, ruled


def _groups(text: str) -> Iterator[list[Span]]:
    """Adjacent lines that are parted into cells, each without its line end."""
    lines: list[Span] = []
    at = 0
    for line in text.split("\n"):
        if _PARTED.search(line):
            lines.append((at, at + len(line)))
        elif lines:
            yield lines
            lines = []
        at += len(line) + 1
    if lines:
        yield lines


def _row(text: str, start: int, end: int, closed: bool) -> Row:
    """`closed`: the table's lines begin and end with a bar, which parts nothing."""
    start, end = _bare(text, start, end)
    sign = _BAR if "|" in text[start:end] else _TAB
    borders = [match.start() for match in sign.finditer(text, start, end)]
    inside = (start, end)
    if closed:
        borders, inside = borders[1:-1], (start + 1, max(start + 1, end - 1))
    starts, ends = [inside[0], *(border + 1 for border in borders)], [*borders, inside[1]]
    return Row(start, end, tuple(_bare(text, *cell) for cell in zip(starts, ends, strict=True)))


def _bare(text: str, start: int, end: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return start, start + len(part.strip())


def _words(text: str, row: Row) -> list[str]:
    return [text[start:end] for start, end in row.cells]


def _line_above(text: str, at: int) -> Span | None:
    """The last line with words before `at`, which begins a line."""
    before = text[:at].rstrip()
    span = _bare(text, before.rfind("\n") + 1, len(before))
    return span if 0 < span[1] - span[0] <= _CAPTION_CHARS else None


def _has_header(rows: Sequence[Sequence[str]]) -> bool | None:
    """Whether the first row differs from what most others have in a column, or looks like them; None, nothing tells."""
    first, others = rows[0], rows[1:]
    like = unlike = 0
    for column, name in enumerate(first):
        kinds = [_kind(row[column]) for row in others if column < len(row) and row[column]]
        most = max(sorted(set(kinds)), key=kinds.count) if kinds else "word"
        if name and most != "word" and kinds.count(most) * 2 > len(kinds):
            like += _kind(name) == most
            unlike += _kind(name) != most
    return unlike > like if like or unlike else None


def _kind(cell: str) -> str:
    """What a cell looks like, as far as that tells data from the name of a column."""
    if re.fullmatch(r"(?:19|20)\d\d", cell):
        return "year"
    if re.match(r"[^\w\s]*\d", cell):
        return "number"
    if cell[:1].islower():
        return "lower"
    words = cell.split()
    return "name" if len(words) > 1 and all(word[:1].isupper() for word in words) else "word"
