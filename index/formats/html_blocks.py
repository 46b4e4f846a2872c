"""The blocks of text below an element of a page: paragraphs, headings, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from index.formats.clean import Block

# trafilatura's own element names beside HTML's, so that one walk serves both its result and a raw page.
HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
LISTS = {"list", "ul", "ol"}
UNSEEN = {"script", "style", "noscript", "template", "svg", "iframe", "select", "button"}
_ROWS = {"row", "tr"}
_NUMBERED = re.compile(r"\(?(?:-?\d+|[^\W\d_]+)[.)] ")  # as html_lists writes it
_ITEM_END = "\x1e"  # "record separator": no control character is in a page that is read
_VERBATIM = {"pre", "code", "quote"}
BLOCKS = {
    *HEADINGS, *LISTS, "table", "quote", "pre", "p", "div", "section", "article", "main", "header", "footer", "nav",
    "aside", "blockquote", "figure", "figcaption", "dl", "dt", "dd", "form", "fieldset", "address", "hr", "center",
    "item", "li", "row", "tr", "cell", "td", "th", "body",
}  # fmt: skip


def written(element: Any) -> list[Block]:
    """The blocks below an element that have text in them."""
    try:
        return [block for block in _walk(element) if block.text.strip()]
    except RecursionError:
        return [Block(" ".join(seen_text(element).split()))]


def letters(text: str) -> str:
    """The letters and digits of a text in small letters: what is the same however it is set."""
    return "".join(char for char in text.casefold() if char.isalnum())


def words_of(element: Any) -> str:
    """The text of an element on one line, blocks in it apart."""
    return " ".join(inline(element).split())


def holds_blocks(element: Any) -> bool:
    """Whether there are blocks in an element: a line of text has none."""
    return any(part.tag in BLOCKS for part in element.iterdescendants())


def cell_text(cell: Any) -> str:
    """The text of a table's cell on one line, the items of a list in it parted by semicolons."""
    parts = (" ".join(part.split()) for part in inline(cell, items_apart=True).split(_ITEM_END))
    items = [part for part in parts if part]
    return "".join(f"{item} " if item.endswith(";") else f"{item}; " for item in items[:-1]) + "".join(items[-1:])


def _walk(element: Any) -> Iterator[Block]:
    """The blocks below an element, in order; text that lies between them is a block too."""
    keep_lines = element.tag in _VERBATIM
    run = [_spaced(element.text, keep_lines)]
    for child in element:
        if child.tag in UNSEEN:
            pass
        elif child.tag in BLOCKS:
            yield _paragraph(run, keep_lines)
            run = []
            yield from _block(child)
        else:
            run.append(inline(child, keep_lines))
        run.append(_spaced(child.tail, keep_lines))
    yield _paragraph(run, keep_lines)


def _paragraph(run: list[str], keep_lines: bool) -> Block:
    text = "".join(run)
    return Block(text if keep_lines else re.sub(r" *\n *", "\n", text))


def _block(element: Any) -> Iterator[Block]:
    if element.tag in HEADINGS:
        heading = inline(element).strip()
        yield Block(heading, "section", heading)
    elif element.tag in LISTS:
        yield Block("\n".join(_items(element)))
    elif element.tag == "table" and not any(table is not element for table in element.iter("table")):
        for caption in element.iterchildren("caption"):
            yield Block(words_of(caption))
        rows = [[cell_text(cell) for cell in row if cell.tag not in UNSEEN] for row in element.iter(*_ROWS)]
        rows = [cells for cells in rows if any(cells)]
        if len(rows) > 1 and len(rows[0]) > 1 and rows[0][0] and not any(rows[0][1:]):
            yield Block(rows.pop(0)[0])  # trafilatura makes a row of the caption, with empty cells
        yield Block("\n".join(" | ".join(cells) for cells in rows))
    else:
        yield from _walk(element)


def _items(element: Any, depth: int = 0) -> Iterator[str]:
    is_ordered = "ol" in {element.tag, element.get("rend")}
    for item in element:
        if item.tag in UNSEEN:
            continue
        if item.tag in LISTS:
            yield from _items(item, depth + 1)
            continue
        nested = [child for child in item if child.tag in LISTS]
        words = " ".join(inline(item, skip=nested).split())
        if words:
            mark = "" if is_ordered and _NUMBERED.match(words) else "- "
            yield f"{'  ' * depth}{mark}{words}"
        for child in nested:
            yield from _items(child, depth + 1)


def inline(element: Any, keep_lines: bool = False, skip: Iterable[Any] = (), items_apart: bool = False) -> str:
    """The text of an element; blocks in it are kept apart by a space at least, <br> gives a line end.

    Where elements stand too deep in each other, it is all text in it, one space between its parts.
    """
    try:
        return _inline(element, keep_lines, skip, items_apart)
    except RecursionError:
        return seen_text(element)


def seen_text(element: Any) -> str:
    """All text in an element but that of scripts and styles; elements may stand in each other as deep as they like."""
    return " ".join(element.xpath(".//text()[not(parent::script or parent::style or parent::template)]"))


def _inline(element: Any, keep_lines: bool, skip: Iterable[Any], items_apart: bool) -> str:
    keep_lines = keep_lines or element.tag in _VERBATIM
    if element.tag in {"lb", "br"}:
        return "\n"
    parts = [_spaced(element.text, keep_lines)]
    for child in element:
        if child not in skip and child.tag not in UNSEEN:
            text = _inline(child, keep_lines, (), items_apart)
            if items_apart and child.tag in {"li", "item"}:
                text += _ITEM_END
            parts.append(f" {text} " if child.tag in BLOCKS else text)
        parts.append(_spaced(child.tail, keep_lines))
    return "".join(parts)


def _spaced(text: str | None, keep_lines: bool) -> str:
    # In HTML a line end is a space; the blocks' own line ends come from <br> and <pre> only.
    return (text or "") if keep_lines else re.sub(r"[ \t\n]+", " ", text or "")
