"""Tables of a page, each row readable by itself: cells that span rows, tables made of other elements."""

from __future__ import annotations

from typing import Any

from index.formats.html_blocks import cell_text

LONG_CELL = 400  # letters: a cell of data is shorter
_MOST_SPANNED = 100  # rows or columns; so much larger can a table become
_ROLES = {
    "table": "table", "grid": "table", "treegrid": "table", "rowgroup": "tbody", "row": "tr", "cell": "td",
    "gridcell": "td", "columnheader": "th", "rowheader": "th",
}  # fmt: skip


def write_roles(body: Any) -> None:
    """Make tables of the elements that say by their role that they are one (WAI-ARIA 1.2)."""
    for table in [each for each in body.iter("div", "section", "ul", "dl") if _role(each) in {"table", "grid"}]:
        cells = [each for each in table.iterdescendants() if isinstance(each.tag, str) and _role(each) in _ROLES]
        if len({_role(each) for each in cells} & {"cell", "gridcell"}) and any(_role(each) == "row" for each in cells):
            for each in [table, *cells]:
                if each.tag not in {"table", "tbody", "tr", "td", "th"}:
                    each.tag = _ROLES[_role(each)]
                    each.attrib.pop("role", None)


def _role(element: Any) -> str:
    return (element.get("role") or "").strip().lower()


def repeat_spans(body: Any) -> None:
    """Write what a cell says for several rows into each of them."""
    for table in list(body.iter("table")):
        if next(table.iterdescendants("table"), None) is None and table.xpath(".//*[@rowspan]"):
            _fill_rows(list(table.iter("tr")))


def _fill_rows(rows: list[Any]) -> None:
    from lxml.etree import Element  # type: ignore[import-untyped]

    after: dict[int, tuple[Any, str, int]] = {}  # by column: a cell, its words, and in how many rows they stand yet
    for row in rows:
        due, after, column = after, {}, 0
        for cell in [*row.iterchildren("td", "th"), None]:
            while column in due:
                above, words, left = due.pop(column)
                again = Element(above.tag)
                again.text = words
                row.append(again) if cell is None else cell.addprevious(again)
                if left > 1:
                    after[column] = above, words, left - 1
                column += _number(above.get("colspan"))
            if cell is None:
                break
            span = min(_number(cell.attrib.pop("rowspan", None)), len(rows))
            if span > 1 and len(words := cell_text(cell)) <= LONG_CELL:
                after[column] = cell, words, span - 1
            column += _number(cell.get("colspan"))


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and 0 < int(value[:4]) <= _MOST_SPANNED else 1
