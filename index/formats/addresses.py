"""Lists of web addresses: bookmarks of a browser, OPML, sitemaps, texts with an address on each line.

Each kind shows by a mark that no article has, so a page or text about addresses stays an article.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from index.errors import SourceError
from index.formats.charset import charset_in_html, decode
from index.formats.clean import one_line
from index.formats.identity import is_url

MAX_BYTES = 50 * 2**20  # unpacked: the most that a sitemap may have (sitemaps.org)
MAX_ADDRESSES = 50_000  # of one list, also the sitemaps' own limit
MAX_LISTS = 3  # in each other: a sitemap in an index of sitemaps, or of such indexes

SUFFIXES = {".gz", ".htm", ".html", ".opml", ".text", ".txt", ".xml"}  # of files that may be one
_START_BYTES = 4096
_BOOKMARKS = re.compile(rb"\s*<!doctype\s+netscape-bookmark-file-1\s*>", re.IGNORECASE)
# What may stand before the first element of XML.
_ROOT = re.compile(rb"\s*(?>(?:<\?.*?\?>|<!--.*?-->|<!doctype[^<>\[]*>)\s*)*<(?:[\w.-]+:)?([\w-]+)[\s>]", re.I | re.S)
_IN_XML = {b"opml", b"sitemapindex", b"urlset"}


@dataclass(frozen=True, slots=True)
class Address:
    """A web address that is to be fetched, and what the list that it is from says of it.

    `lists` is how many lists it may be the first of, one in the other; 0: what is there is an article, or a feed. With
    `full` a feed that is there stands for the pages of its items. `title` and `published` count where the page has
    none.
    """

    url: str
    title: str = ""
    published: str | None = None
    lists: int = 0
    full: bool = False
    listed_in: str | None = None  # the name of the list

    def listed(self, addresses: Iterable[Address]) -> list[Address]:
        """Those in a list, or feed, that was found here; each once. Raises SourceError where there are too many."""
        found = list({each.url: each for each in addresses}.values())
        if len(found) > MAX_ADDRESSES:
            raise SourceError(f"has {len(found):,} addresses; the limit of a list is {MAX_ADDRESSES:,}. Split it.")
        return [
            replace(each, lists=min(each.lists, self.lists - 1), full=each.full or self.full, listed_in=self.url)
            for each in found
        ]


def list_in_file(path: Path, name: str | None = None) -> list[Address] | None:
    """The addresses in a file, each `listed_in` it; None where it is no list of them.

    `name` is what the file is called, where that is not its path; it says what kind of file it is.
    Only a list is read as a whole. Raises SourceError for one that is damaged, empty or too large, and OSError.
    """
    name = str(path) if name is None else name
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES or not path.is_file():
        return None
    with path.open("rb") as stream:
        start = stream.read(_START_BYTES)
        if not _may_be_list(start, suffix):
            return None
        data = start + stream.read(MAX_BYTES + 1)
    found = addresses_in(data, suffix)
    return None if found is None else Address(name, lists=MAX_LISTS + 1).listed(found)


def addresses_in(data: bytes, suffix: str) -> list[Address] | None:
    """The addresses in a list, in order; None where it is none. `suffix` is that of its kind, ".gz" of one packed.

    Raises SourceError for a list that is damaged, has no address or is too large.
    """
    if suffix == ".gz":
        data = _unpacked(data)
    elif suffix not in SUFFIXES or not _may_be_list(data[:_START_BYTES], suffix):
        return None
    start = data.removeprefix(b"\xef\xbb\xbf")[:_START_BYTES]
    root = _ROOT.match(start)
    if root is not None and root[1].lower() in _IN_XML:
        found = list(_in_xml(_checked(data)))
    elif _BOOKMARKS.match(start):
        found = list(_in_bookmarks(_checked(data)))
    elif suffix in (".txt", ".text", ".gz"):
        lines = data.decode("utf-8-sig", "replace").splitlines()
        addresses = [line.strip() for line in lines if line.strip()]
        if not addresses or not all(_is_address(each) for each in addresses):
            return None
        _checked(data)
        found = [Address(each.partition("#")[0]) for each in addresses]
    else:
        return None
    if not found:
        raise SourceError("a list without web addresses")
    return found


def _may_be_list(start: bytes, suffix: str) -> bool:
    """Whether it is worth to read the rest, by its first bytes."""
    if suffix == ".gz":
        return start.startswith(b"\x1f\x8b")
    start = start.removeprefix(b"\xef\xbb\xbf")
    if suffix in (".txt", ".text"):
        return is_url(start.lstrip()[:8].decode("latin-1"))
    if suffix in (".htm", ".html"):
        return _BOOKMARKS.match(start) is not None
    root = _ROOT.match(start)
    return root is not None and root[1].lower() in _IN_XML


def _checked(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise SourceError(f"is a list with more than {MAX_BYTES:,} bytes. Split it.")
    return data


def _unpacked(data: bytes) -> bytes:
    """What is in a gzip file, up to the limit, so that a bomb costs no more."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(data, MAX_BYTES + 1)
    except zlib.error as exc:
        raise SourceError(f"damaged, or not packed with gzip: {exc}") from exc
    if len(content) <= MAX_BYTES and not unpacking.eof:
        raise SourceError("damaged: the packed list ends before its end")
    return content


def _is_address(line: str) -> bool:
    return is_url(line) and not re.search(r"\s", line) and len(line) > len("https://")


def _in_xml(data: bytes) -> Iterator[Address]:
    """Of OPML the feeds, of a sitemap the pages, of an index of sitemaps those, which are lists again."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise SourceError(f"damaged: {one_line(str(exc))}") from exc
    kind = _local(root) if root is not None else ""
    if kind == "opml":
        for outline in root.iter("{*}outline"):
            yield from _address(outline.get("xmlUrl"))
        return
    for entry in root if root is not None else ():
        inside = {_local(each): each.text for each in entry if isinstance(each.tag, str)}
        if _local(entry) in ("url", "sitemap"):
            yield from _address(inside.get("loc"), lists=MAX_LISTS if kind == "sitemapindex" else 0)


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _in_bookmarks(data: bytes) -> Iterator[Address]:
    """The links; what is no web address there ("javascript:", "place:") is left out."""
    from lxml import html

    tree = html.document_fromstring(decode(data, charset_in_html(data) or "utf-8"))
    for link in tree.iter("a"):
        yield from _address(link.get("href"))


def _address(said: str | None, lists: int = 0) -> Iterator[Address]:
    address = (said or "").strip().partition("#")[0]
    if _is_address(address):
        yield Address(address, lists=lists)


def items_of_feed(data: bytes, charset: str | None, url: str | None) -> list[Address] | None:
    """The pages of a feed's items, with what it says of them; None where it is no feed.

    Raises SourceError where no item has an address.
    """
    from index.formats import feed

    parsed = feed.parsed(data, charset, url)
    if not parsed.get("version"):
        return None
    found = [
        Address(link.partition("#")[0], title=feed.title_of(entry), published=feed.published_of(entry))
        for entry in parsed.entries
        if (link := feed.link_of(entry, parsed, url))
    ]
    if not found:
        raise SourceError("a feed whose items have no addresses. Add it without --full.")
    return found
