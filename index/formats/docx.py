"""Word files (.docx): paragraphs and tables in document order."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.clean import Block, join_blocks, one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

# A .docx is a ZIP file: a small one can unpack to anything. Real ones stay below 10 times their size.
_MAX_UNPACKED_BYTES = 5 * MAX_RICH_BYTES

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Word 97 to 2003, and of encrypted new files
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article; headings are "section" marks. Footnotes, comments, page headers and footers are left out."""
    document = _open(stream)
    try:
        blocks = list(_blocks(document.element.body, _heading_styles(document)))
        info = _info(document)
    except PARSER_FAULTS as exc:
        raise _damaged(exc) from exc
    text, marks = join_blocks(block for block, _ in blocks)
    heading = next(
        (block.text for wanted in ("title", "heading 1") for block, style in blocks if style == wanted), None
    )
    title = one_line(info.get("title")) or heading
    yield build_article(
        origin, text, Metadata(title=title, author=info.get("author"), published=info.get("created")), marks
    )


def _open(stream: BinaryIO) -> Any:
    from docx import Document

    start = stream.read(8192)
    if start.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in start + stream.read():
            raise SourceError("wants a password. Save it without one and add it again.")
        raise SourceError("is a Word file of the old kind (.doc). Save it as .docx and add it again.")
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as package:
            unpacked = sum(part.file_size for part in package.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise SourceError(
                f"unpacks to {unpacked:,} bytes; the limit is {_MAX_UNPACKED_BYTES:,}. Split it into parts."
            )
        stream.seek(0)
        return Document(stream)
    except PARSER_FAULTS as exc:
        raise _damaged(exc) from exc


def _damaged(exc: Exception) -> SourceError:
    detail = one_line(str(exc)) or type(exc).__name__
    return SourceError(f"damaged, or no Word file: {detail}. Open it in a word processor and save it again.")


def _heading_styles(document: Any) -> dict[str, str]:
    """Style id -> name in small letters, of headings. Names are English in every language's Word, ids are not."""
    styles = {}
    for style in document.styles.element.iter(f"{_W}style"):
        name = next((found.get(f"{_W}val", "") for found in style.iter(f"{_W}name")), "").casefold()
        if name == "title" or name.startswith("heading "):
            styles[style.get(f"{_W}styleId")] = name
    return styles


def _blocks(element: Any, styles: dict[str, str]) -> Iterator[tuple[Block, str | None]]:
    """Paragraphs and tables with their heading style.

    Read from the XML, because python-docx leaves out what is in content controls, tracked insertions and text boxes.
    """
    for child in element:
        if child.tag == f"{_W}p":
            text = _text(child)
            named = child.find(f"{_W}pPr/{_W}pStyle")
            style = styles.get(named.get(f"{_W}val")) if named is not None else None
            yield (Block(text, "section", text) if style and style != "title" else Block(text)), style
            for box in child.iter(f"{_W}txbxContent"):
                if not any(above.tag == _FALLBACK for above in box.iterancestors()):
                    yield from _blocks(box, styles)
        elif child.tag == f"{_W}tbl":
            rows = ([_cell(cell) for cell in row.iter(f"{_W}tc")] for row in child.iter(f"{_W}tr"))
            yield Block("\n".join(" | ".join(cells) for cells in rows if any(cells))), None
        elif child.tag not in {f"{_W}del", f"{_W}moveFrom", f"{_W}sectPr", _FALLBACK}:
            yield from _blocks(child, styles)


def _cell(cell: Any) -> str:
    return " ".join(" ".join(_text(paragraph) for paragraph in cell.iter(f"{_W}p")).split())


def _text(element: Any) -> str:
    parts = []
    for child in element:
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _CHARACTERS:
            parts.append(_CHARACTERS[child.tag])
        elif child.tag not in {f"{_W}pPr", f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", _FALLBACK}:
            parts.append(_text(child))
    return "".join(parts)


def _info(document: Any) -> dict[str, Any]:
    from docx.opc.constants import RELATIONSHIP_TYPE

    try:
        document.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:
        return {}  # python-docx would make some up: the title "Word Document", today's date
    properties = document.core_properties
    return {"title": properties.title, "author": properties.author, "created": properties.created}
