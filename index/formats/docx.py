"""Word files (.docx): paragraphs, tables and notes in document order."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.byline import head_of
from index.formats.charset import charset_in_html, decode
from index.formats.clean import Block, join_blocks, one_line
from index.formats.docx_text import FALLBACK, ListNumbers, W, text_of
from index.formats.faults import PARSER_FAULTS
from index.formats.html import fragment_blocks
from index.formats.limits import MAX_RICH_BYTES
from index.formats.mail import content_of, parse_message
from index.formats.origin import Origin, SourceFailure
from index.formats.properties import author_of, is_file_name, title_of

MAX_BYTES = MAX_RICH_BYTES

# A .docx is a ZIP file: a small one can unpack to anything. Real ones stay below 10 times their size.
_MAX_UNPACKED_BYTES = 5 * MAX_RICH_BYTES

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(re.escape(_STRICT) + rb"(\w+)/")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Word 97 to 2003, and of encrypted new files
_DELETED = {f"{W}del", f"{W}moveFrom", f"{W}sectPr", FALLBACK}
_LONG_CELL = 200  # characters; in a table of one row, more than that is text and no value

_Styled = tuple[Block, str | None]  # with the name of its style, if it is one of _named_styles


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article; headings are "section" marks. Comments, page headers and footers are left out."""
    document = _open(stream)
    try:
        blocks = list(_Reading(document).blocks(document.element.body))
        info = _info(document)
    except PARSER_FAULTS as exc:
        raise _damaged(exc) from exc
    text, marks = join_blocks(block for block, _ in blocks)
    styled = {style: block.text for block, style in reversed(blocks) if style and block.text.strip()}
    heading = styled.get("title") or styled.get("heading 1")
    head = head_of(text)
    # The day on which the file, or its template, was made is not the one on which the article was published.
    seen = heading or head.title
    said = Metadata(
        title=(seen if is_file_name(info.get("title")) else None) or title_of(info.get("title")) or seen,
        author=head.author or author_of(info.get("author")) or author_of(styled.get("author")),
        published=head.published,
    )
    yield build_article(origin, text, said, marks)


def _open(stream: BinaryIO) -> Any:
    from docx import Document

    start = stream.read(8192)
    if start.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in start + stream.read():
            raise SourceError("wants a password. Save it without one and add it again.")
        raise SourceError("is a Word file of the old kind (.doc). Save it as .docx and add it again.")
    try:
        with zipfile.ZipFile(stream) as package:
            unpacked = sum(part.file_size for part in package.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise SourceError(
                f"unpacks to {unpacked:,} bytes; the limit is {_MAX_UNPACKED_BYTES:,}. Split it into parts."
            )
        return Document(_transitional(stream))
    except PARSER_FAULTS as exc:
        raise _damaged(exc) from exc


def _transitional(stream: BinaryIO) -> BinaryIO:
    """The file in the form of OOXML that python-docx reads, where it is in the one called strict, which is as good."""
    with zipfile.ZipFile(stream) as package:
        if _STRICT not in package.read("_rels/.rels"):
            stream.seek(0)
            return stream
        written = BytesIO()
        with zipfile.ZipFile(written, "w") as changed:
            for part in package.infolist():
                data = package.read(part)
                if part.filename.endswith((".xml", ".rels")):
                    data = _STRICT_NAME.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data)
                changed.writestr(part.filename, data)
    written.seek(0)
    return written


def _damaged(exc: Exception) -> SourceError:
    detail = one_line(str(exc)) or type(exc).__name__
    return SourceError(f"damaged, or no Word file: {detail}. Open it in a word processor and save it again.")


class _Reading:
    """What is known of one document while its blocks are read, in order."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles = _named_styles(document)
        self._numbers = ListNumbers(_part(document, "numbering"), document.styles.element)
        self._notes = {
            (kind, note.get(f"{W}id")): note
            for kind in ("footnote", "endnote")
            for note in _children(_part(document, f"{kind}s"), f"{W}{kind}")
        }

    def blocks(self, element: Any) -> Iterator[_Styled]:
        """Paragraphs and tables; notes stand behind the paragraph or table that refers to them.

        Read from the XML, because python-docx leaves out what is in content controls, tracked insertions and text
        boxes.
        """
        for child in element:
            if child.tag == f"{W}p":
                yield self._paragraph(child)
                yield from self._notes_of(child)
                for box in _boxes(child):
                    yield from self.blocks(box)
            elif child.tag == f"{W}tbl":
                yield from self._table(child)
            elif child.tag == f"{W}altChunk":
                yield from ((block, None) for block in self._page(child.get(f"{_R}id")))
            elif child.tag not in _DELETED:
                yield from self.blocks(child)

    def _page(self, relation: str) -> list[Block]:
        """A web page that stands in the document as it is, which Word lays out when it opens the file."""
        part = self._document.part.related_parts.get(relation)
        if part is None or ("html" not in f"{part.content_type} {part.partname}" and "rfc822" not in part.content_type):
            return []
        if "rfc822" not in part.content_type and not str(part.partname).endswith((".mht", ".mhtml")):
            return fragment_blocks(decode(part.blob, charset_in_html(part.blob)))
        pages = (each for each in parse_message(part.blob).walk() if each.get_content_type() == "text/html")
        return [block for page in pages for block in fragment_blocks(content_of(page))]

    def _paragraph(self, paragraph: Any) -> _Styled:
        text = text_of(paragraph)
        number = self._numbers.before(paragraph)  # an empty paragraph has one, too
        if text.strip():
            text = number + text
        style = self._styles.get(_style(paragraph))
        is_section = style is not None and style.startswith("heading ")
        return (Block(text, "section", text) if is_section else Block(text)), style

    def _notes_of(self, element: Any) -> Iterator[_Styled]:
        for kind in ("footnote", "endnote"):
            for reference in element.iter(f"{W}{kind}Reference"):
                note = self._notes.pop((kind, reference.get(f"{W}id")), None)
                if note is not None:
                    yield from self.blocks(note)

    def _table(self, table: Any) -> Iterator[_Styled]:
        """A table as one block, a line for each row; one that only lays out the page as the blocks in its cells."""
        rows = [
            list(_children(row, f"{W}tc")) for row in _children(table, f"{W}tr") if row.find(f"{W}trPr/{W}del") is None
        ]
        if self._is_layout(rows):
            for row in rows:
                for cell in row:
                    yield from self.blocks(cell)
            return
        lines = _filled(rows)
        yield Block("\n".join(" | ".join(cells) for cells in lines if any(cells))), None
        yield from self._notes_of(table)

    def _is_layout(self, rows: list[list[Any]]) -> bool:
        """Whether there are headings or tables in the cells, or only one column, or one row of text."""
        for cell in (cell for row in rows for cell in row):
            if any(self._styles.get(_style(paragraph)) for paragraph in cell.iter(f"{W}p")):
                return True
            for inner in cell.iter(f"{W}tbl"):
                if len(list(inner.iter(f"{W}tc"))) > 1:
                    return True
        if max(map(len, rows), default=0) < 2:
            return True
        return len(rows) == 1 and any(
            len(_words(cell)) > _LONG_CELL or sum(bool(text_of(each).strip()) for each in cell.iter(f"{W}p")) > 1
            for cell in rows[0]
        )


def _children(element: Any, tag: str) -> Iterator[Any]:
    """The elements of this kind below one, in content controls and insertions too, but not those of inner tables."""
    for child in element if element is not None else ():
        if child.tag == tag:
            yield child
        elif child.tag not in _DELETED and child.tag not in {f"{W}tbl", f"{W}p"}:
            yield from _children(child, tag)


def _boxes(element: Any) -> Iterator[Any]:
    """The text boxes in a paragraph, but not those that are in one of them."""
    for child in element:
        if child.tag == f"{W}txbxContent":
            yield child
        elif child.tag != FALLBACK:
            yield from _boxes(child)


def _words(cell: Any) -> str:
    found = (each for each in cell.iter(f"{W}p") if not any(above.tag == FALLBACK for above in each.iterancestors()))
    return " ".join(" ".join(map(text_of, found)).split())


def _filled(rows: list[list[Any]]) -> list[list[str]]:
    """The words of each cell; of one that goes on from the row above (merged with it) those of that one."""
    filled: list[list[str]] = []
    above: dict[int, str] = {}
    for row in rows:
        column, here, words = 0, {}, []
        for cell in row:
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            own = _words(cell)
            if merged is not None:
                if merged.get(f"{W}val") != "restart":
                    own = own or above.get(column, "")
                here[column] = own if len(own) <= _LONG_CELL else ""
            words.append(own)
            wide = cell.find(f"{W}tcPr/{W}gridSpan")
            span = wide.get(f"{W}val", "") if wide is not None else ""
            column += int(span) if span.isascii() and span.isdigit() else 1
        filled.append(words)
        above = here
    return filled


def _style(paragraph: Any) -> str:
    named = paragraph.find(f"{W}pPr/{W}pStyle")
    return named.get(f"{W}val", "") if named is not None else ""


def _named_styles(document: Any) -> dict[str, str]:
    """Style id -> name in small letters, of titles, headings, authors; they are English in every language's Word."""
    styles = {}
    for style in document.styles.element.iter(f"{W}style"):
        name = next((found.get(f"{W}val", "") for found in style.iter(f"{W}name")), "").casefold()
        if name in ("title", "author") or name.startswith("heading "):
            styles[style.get(f"{W}styleId")] = name
    return styles


def _part(document: Any, name: str) -> Any:
    """The root of another part of the document, as "footnotes"; None where it has none."""
    from docx.oxml import parse_xml

    for relation in document.part.rels.values():
        if relation.reltype.endswith(f"/{name}") and not relation.is_external:
            return parse_xml(relation.target_part.blob)
    return None


def _info(document: Any) -> dict[str, Any]:
    from docx.opc.constants import RELATIONSHIP_TYPE

    try:
        document.part.package.part_related_by(RELATIONSHIP_TYPE.CORE_PROPERTIES)
    except KeyError:
        return {}  # python-docx would make some up: the title "Word Document", today's date
    properties = document.core_properties
    return {"title": properties.title, "author": properties.author}
