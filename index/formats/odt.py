"""OpenDocument texts (.odt): paragraphs, lists and tables in document order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.byline import head_of
from index.formats.clean import Block, join_blocks, one_line
from index.formats.limits import MAX_RICH_BYTES
from index.formats.odt_lists import ListNumbers
from index.formats.origin import Origin, SourceFailure
from index.formats.package import open_package, parse_xml, part_of

MAX_BYTES = MAX_RICH_BYTES

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_BOX = f"{_DRAW}text-box"
# Deleted words, comments and tables of contents, which are left out of Word files too; notes stand behind their words.
_UNREAD = {
    f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note", f"{_TEXT}table-of-content",
    f"{_TEXT}sequence-decls", f"{_OFFICE}forms",
}  # fmt: skip
_ROW_GROUPS = {f"{_TABLE}table-{part}" for part in ("header-rows", "rows", "row-group")}
_MAX_SPACES = 1000  # of one element; an attribute says how many there are


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article; headings are "section" marks. Comments, page headers and footers are left out."""
    with open_package(stream, "OpenDocument file") as package:
        names = package.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in part_of(package, "META-INF/manifest.xml"):
            raise SourceError("wants a password. Save it without one and add it again.")
        root = parse_xml(part_of(package, "content.xml"))
        meta = parse_xml(part_of(package, "meta.xml")) if "meta.xml" in names else None
        styles = parse_xml(part_of(package, "styles.xml")) if "styles.xml" in names else None
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise SourceError("is no text document. Save it as .odt, or as PDF, and add it again.")
    try:
        blocks = list(_blocks(body, ListNumbers(root, styles)))
    except RecursionError as exc:
        raise SourceError("damaged: its parts are nested too deeply") from exc
    text, marks = join_blocks(blocks)
    head = head_of(text)
    said = Metadata(
        title=_said(meta, "title") or _titled(root, body) or (marks[0].label if marks else head.title),
        author=head.author or _said(meta, "initial-creator") or _said(meta, "creator"),
        published=head.published,
        language=_said(meta, "language"),
    )
    yield build_article(origin, text, said, marks)


def _said(meta: Any, name: str) -> str | None:
    found = meta.xpath(f"//*[local-name()='{name}']/text()") if meta is not None else []
    return next((line for each in found if (line := one_line(str(each)))), None)


def _titled(root: Any, body: Any) -> str | None:
    """The first paragraph in the style "Title", or in one that is made of it."""
    styles = {"Title"} | {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        if style.get(f"{_STYLE}parent-style-name") == "Title"
    }
    paragraphs = (each for each in body.iter(f"{_TEXT}p") if each.get(f"{_TEXT}style-name") in styles)
    return next((line for each in paragraphs if (line := one_line(_words(each)))), None)


def _blocks(element: Any, numbers: ListNumbers) -> Iterator[Block]:
    for child in element:
        if child.tag in (f"{_TEXT}h", f"{_TEXT}p"):
            words = _words(child)
            yield Block(words, "section", words) if child.tag == f"{_TEXT}h" else Block(words)
            yield from _notes(child, numbers)
            yield from _boxes(child, numbers)
        elif child.tag == f"{_TEXT}list":
            yield from _list(child, numbers)
            yield from _notes(child, numbers)
        elif child.tag == f"{_TABLE}table":
            rows = ([_cell(cell, numbers) for cell in row if cell.tag == f"{_TABLE}table-cell"] for row in _rows(child))
            yield Block("\n".join(" | ".join(cells) for cells in rows if any(cells)))
            yield from _notes(child, numbers)
        elif child.tag not in _UNREAD:
            yield from _blocks(child, numbers)


def _notes(element: Any, numbers: ListNumbers) -> Iterator[Block]:
    """The notes to the words of a paragraph, a list or a table; those in its boxes come with these."""
    for child in element:
        if child.tag == f"{_TEXT}note":
            yield from (block for body in child.iterchildren(f"{_TEXT}note-body") for block in _blocks(body, numbers))
        elif child.tag not in _UNREAD | {_BOX, f"{_TEXT}h", f"{_TABLE}table"}:
            yield from _notes(child, numbers)


def _boxes(paragraph: Any, numbers: ListNumbers) -> Iterator[Block]:
    """What is in the text boxes of a paragraph, each once."""
    for child in paragraph:
        if child.tag == _BOX:
            yield from _blocks(child, numbers)
        elif child.tag not in _UNREAD:
            yield from _boxes(child, numbers)


def _list(element: Any, numbers: ListNumbers) -> Iterator[Block]:
    """A list as one block, which a heading, a text box or a table in it ends; another goes on behind."""
    lines: list[str] = []
    for item in _items(element, numbers, numbers.begin(element)):
        if isinstance(item, str):
            lines.append(item)
            continue
        yield Block("\n".join(lines))
        yield item
        lines = []
    yield Block("\n".join(lines))


def _items(element: Any, numbers: ListNumbers, style: str | None, depth: int = 0) -> Iterator[str | Block]:
    for item in element:
        mark = "" if len(item) and item[0].tag == f"{_TEXT}list" else numbers.before(item, style, depth)
        for child in item:
            if child.tag == f"{_TEXT}list":
                yield from _items(child, numbers, child.get(f"{_TEXT}style-name") or style, depth + 1)
            elif child.tag == f"{_TEXT}p":
                if words := " ".join(_words(child).split()):
                    yield f"{'  ' * depth}{mark}{words}"
                    mark = "- " if mark == "- " else "  "  # a number stands before an item's first paragraph only
                yield from _boxes(child, numbers)
            elif child.tag not in _UNREAD:
                yield from _blocks([child], numbers)


def _rows(table: Any) -> Iterator[Any]:
    """The rows of a table itself, in groups too, not those of tables in its cells."""
    for child in table:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in _ROW_GROUPS:
            yield from _rows(child)


def _cell(cell: Any, numbers: ListNumbers) -> str:
    return " ".join(" ".join(_paragraphs(cell, numbers)).split())


def _paragraphs(element: Any, numbers: ListNumbers) -> Iterator[str]:
    """The words of all paragraphs in a cell, those of lists, boxes and inner tables too."""
    for child in element:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield _words(child)
            yield from (block.text for block in _boxes(child, numbers))
        elif child.tag not in _UNREAD:
            yield from _paragraphs(child, numbers)


def _words(element: Any) -> str:
    # White space is collapsed as in HTML; what is meant to stay is an element (OpenDocument 1.3, part 3, 6.1.2).
    parts = [_spaced(element.text)]
    for child in element:
        if child.tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            parts.append(" " * (min(int(count), _MAX_SPACES) if count.isdecimal() else 1))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag not in _UNREAD | {_BOX}:
            parts.append(_words(child))
        parts.append(_spaced(child.tail))
    return "".join(parts)


def _spaced(text: str | None) -> str:
    return " ".join(f"x{text}x".split())[1:-1] if text else ""
