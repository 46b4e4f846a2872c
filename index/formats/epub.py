"""EPUB books: a chapter is an article, whose source is the book."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import unquote

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.charset import charset_in_html, decode
from index.formats.clean import Block, join_blocks, one_line
from index.formats.html import fragment_blocks
from index.formats.item_ids import ItemIds
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure
from index.formats.package import open_package, parse_xml, part_of
from index.formats.xhtml import as_html

MAX_BYTES = MAX_RICH_BYTES

_PAGES = {"application/xhtml+xml", "text/html", "application/x-dtbook+xml"}


@dataclass(frozen=True, slots=True)
class _Book:
    """What the book says of itself, and its chapters' files in order, with the names of those that it gives one."""

    said: Metadata
    files: tuple[str, ...]
    names: dict[str, str]


@dataclass(slots=True)
class _Chapter:
    file: str
    title: str
    blocks: list[Block] = field(default_factory=list)


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the chapters in order; one that is damaged is a failure that names its file, and the rest is read.

    A file without a heading that the table of contents does not name goes on with the chapter before it.
    """
    with open_package(stream, "EPUB") as package:
        book = _book(package)
        chapters: list[_Chapter] = []
        for file in book.files:
            try:
                _add_file(chapters, book, file, _blocks(package, file))
            except SourceError as exc:
                yield SourceFailure(f"{origin.name}, {file}", str(exc))
    ids = ItemIds(origin)
    for chapter in chapters:
        text, marks = join_blocks(chapter.blocks)
        if not text:  # a picture, or the name of a part on a page of its own
            continue
        said = book.said
        article_id = ids.made(None, chapter.title, text, key=chapter.file)
        try:
            article = build_article(
                origin.record(article_id),
                text,
                Metadata(
                    title=chapter.title or said.title,
                    source=said.title or origin.title,
                    author=said.author,
                    published=said.published,
                    language=said.language,
                ),
                marks,
            )
        except SourceError as exc:
            yield SourceFailure(f"{origin.name}, {chapter.file}", str(exc))
            continue
        ids.take(article.id, chapter.file)
        yield article
    if not ids.first:
        raise SourceError("no text in it (a book of pictures?)")


def _add_file(chapters: list[_Chapter], book: _Book, file: str, blocks: list[Block]) -> None:
    heading = next((one_line(block.text) for block in blocks if block.kind), None)
    if chapters and book.names and file not in book.names and not heading:
        chapters[-1].blocks += blocks
        return
    title = book.names.get(file) or heading or ""
    if blocks and blocks[0].kind and one_line(blocks[0].text) in {title, heading}:
        blocks = blocks[1:]
    chapters.append(_Chapter(file, title, blocks))


def _blocks(package: zipfile.ZipFile, file: str) -> list[Block]:
    data = part_of(package, file)
    return fragment_blocks(as_html(decode(data, charset_in_html(data))))


def _book(package: zipfile.ZipFile) -> _Book:
    container = parse_xml(part_of(package, "META-INF/container.xml"))
    place = unquote(next(iter(container.xpath("//*[local-name()='rootfile']/@full-path")), ""))
    if not place:
        raise SourceError("damaged, or no EPUB: it does not say what is in it. Save it again.")
    root = parse_xml(part_of(package, place))
    items = {item.get("id"): item for item in root.xpath("//*[local-name()='manifest']/*[local-name()='item']")}
    order = [items.get(name) for name in root.xpath("//*[local-name()='spine']/*[local-name()='itemref']/@idref")]
    files = [
        _place(place, item.get("href", ""))
        for item in order
        if item is not None and item.get("media-type") in _PAGES and "nav" not in item.get("properties", "").split()
    ]
    if not files:
        raise SourceError("damaged, or no EPUB: it names no chapters. Save it again.")
    if set(files) & _encrypted(package):
        raise SourceError("is protected against copying (DRM), so nothing but its own program can read it.")
    return _Book(_said(root), tuple(dict.fromkeys(files)), _names(package, place, items.values()))


def _place(beside: str, href: str) -> str:
    """The name in the package of what a file in it refers to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(beside), unquote(href.partition("#")[0])))


def _said(root: Any) -> Metadata:
    def all_of(name: str) -> list[Any]:
        return [each for each in root.xpath(f"//*[local-name()='metadata']//*[local-name()='{name}']") if each.text]

    def attribute(element: Any, name: str) -> str | None:
        return next((value for key, value in element.attrib.items() if key.endswith(name)), None)

    writers = [each.text for each in all_of("creator") if attribute(each, "role") in {None, "aut"}]
    dates = {attribute(each, "event"): each.text for each in reversed(all_of("date"))}
    return Metadata(
        title=next((one_line(each.text) for each in all_of("title")), None),
        author=", ".join(dict.fromkeys(writers)) or None,
        published=dates.get("publication") or dates.get(None),
        language=next((each.text for each in all_of("language")), None),
    )


def _encrypted(package: zipfile.ZipFile) -> set[str]:
    if "META-INF/encryption.xml" not in package.namelist():
        return set()
    listed = parse_xml(part_of(package, "META-INF/encryption.xml"))
    return {unquote(uri) for uri in listed.xpath("//*[local-name()='CipherReference']/@URI")}


def _names(package: zipfile.ZipFile, place: str, items: Any) -> dict[str, str]:
    """What the table of contents calls each file, the first of its names; nothing where there is no such table."""
    names: dict[str, str] = {}
    for item in items:
        is_nav = "nav" in item.get("properties", "").split()
        if not is_nav and item.get("media-type") != "application/x-dtbncx+xml":
            continue
        table = _place(place, item.get("href", ""))
        try:
            root = parse_xml(part_of(package, table))
        except SourceError:  # the chapters have their headings still
            continue
        for href, label in _entries(root, is_nav):
            if label and href:
                names.setdefault(_place(table, href), label)
    return names


def _entries(root: Any, is_nav: bool) -> Iterator[tuple[str, str | None]]:
    if is_nav:
        for link in root.xpath("//*[local-name()='nav'][@*[local-name()='type']='toc']//*[local-name()='a'][@href]"):
            yield link.get("href"), one_line("".join(link.itertext()))
        return
    for point in root.xpath("//*[local-name()='navPoint']"):
        label = "".join(point.xpath("./*[local-name()='navLabel']//text()"))
        yield next(iter(point.xpath("./*[local-name()='content']/@src")), ""), one_line(label)
