"""Feeds: RSS 0.9x, 1.0, 2.0 and Atom. An item is an article; feedparser knows the dialects."""

from __future__ import annotations

import html
import re
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from time import struct_time
from typing import Any, BinaryIO
from urllib.parse import urljoin

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.charset import charset_in_html, decode
from index.formats.clean import Block, clean_text, join_blocks, one_line
from index.formats.dates import parse_published
from index.formats.faults import PARSER_FAULTS
from index.formats.html import fragment_blocks
from index.formats.identity import is_url
from index.formats.item_ids import ItemIds
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

_TAG = re.compile(r"<[A-Za-z!/][^<>]*>")
# What may hold tags that are none of the feed; "\Z", or each of a million beginnings would be looked for an end.
_NO_MARKUP = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s/>]", re.IGNORECASE)
_ROOT = re.compile(r"\A[^<]*(?:<[?!][^>]*>[^<]*)*<(?:\w+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
# A bare "&", which should be "&amp;", and an empty link, for which a permanent guid would not count as one.
_MENDED = re.compile(
    rf"(?P<kept>{_NO_MARKUP.pattern})|&(?!(?:\w{{1,31}}|#\d{{1,7}}|#[xX][0-9a-fA-F]{{1,6}});)|<link\s*/>|<link>\s*</link>",
    re.DOTALL,
)
_SITES_OWN = re.compile(r"The post .{0,300} (?:appeared first|first appeared) on .{1,100}")  # WordPress adds it
_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf)\s*>\s*\Z", re.IGNORECASE)


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the items in order; one without text is a failure that names its number, from 1, and so is a broken end.

    A file of XML that is no feed is skipped.
    """
    xml = _text_of(stream.read(), origin.charset)
    feed = _parse(xml, origin.url)
    if not feed.get("version"):  # it is missing altogether where nothing at all could be parsed
        yield SourceFailure(origin.name, "is no RSS or Atom feed; no other XML can be read", skipped=True)
        return
    if not feed.entries:
        raise SourceError("a feed without items")
    ids = ItemIds(origin)
    base = _base(feed.feed, origin.url)
    links = Counter(_link(entry, base) for entry in feed.entries)
    for number, entry in enumerate(feed.entries, start=1):
        try:
            yield _article(entry, number, feed, ids, links)
        except SourceError as exc:
            yield SourceFailure(f"{origin.name}, item {number}", str(exc))
        except PARSER_FAULTS as exc:
            reason = f"could not be read: {one_line(str(exc)) or type(exc).__name__}"
            yield SourceFailure(f"{origin.name}, item {number}", reason)
    yield from _lost(xml, len(feed.entries), origin)


def parsed(data: bytes, charset: str | None, url: str | None) -> Any:
    """A feed as feedparser gives it; its "version" is empty where it is none. Raises SourceError for damaged ones."""
    return _parse(_text_of(data, charset), url)


def link_of(entry: Any, feed: Any, url: str | None) -> str | None:
    """The address of an item's page; None where it names none."""
    return _link(entry, _base(feed.feed, url))


def _text_of(data: bytes, charset: str | None) -> str:
    # UTF-16 without a mark shows by the zeros in its first "<?" (XML 1.0, appendix F).
    for start, name in ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be")):
        if data.startswith(start):
            return clean_text(data.decode(name, "replace"))
    return clean_text(decode(data, charset or charset_in_html(data)))


def _parse(xml: str, url: str | None) -> Any:
    import feedparser

    headers = {"content-type": "application/xml; charset=utf-8"}
    if url:
        headers["content-location"] = url
    # A stream, never a string: feedparser downloads a string that looks like an address. No sanitizing, because only
    # text is taken, and by the same walk as that of pages.
    data = BytesIO(_mended(xml.strip()).encode())
    try:
        feed = feedparser.parse(data, response_headers=headers, sanitize_html=False)
    except PARSER_FAULTS as exc:
        raise SourceError(f"damaged: {one_line(str(exc)) or type(exc).__name__}. Save it again.") from exc
    if not feed.get("version", "none") and feed.entries and _ROOT.search(_NO_MARKUP.sub("", xml)):
        feed["version"] = "other"  # CDF, or RDF whose names have other prefixes than they mostly have
    return feed


def _mended(xml: str) -> str:
    """A feed whose bare "&" are written as XML has them, without links to nowhere."""
    return _MENDED.sub(lambda found: "&amp;" if found[0] == "&" else found["kept"] or "", xml)


def _base(feed: Any, url: str | None) -> str:
    """What relative links are relative to where no xml:base says so: the feed's own address, else its site's."""
    own = [link.get("href", "") for link in feed.get("links", ()) if link.get("rel") == "self"]
    return next((each for each in (url or "", *own, feed.get("link", "")) if is_url(each)), "")


def _link(entry: Any, base: str) -> str | None:
    link = entry.get("feedburner_origlink") or entry.get("link") or ""
    try:
        address = urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:  # "http://["
        return None
    return address if is_url(address) else None


def _article(entry: Any, number: int, feed: Any, ids: ItemIds, links: Counter[str | None]) -> Article:
    about = feed.feed
    title = title_of(entry)
    text, marks = join_blocks(_body(entry))
    if not text:
        raise SourceError(f"has no text, only the title {title!r}" if title else "has no text and no title")
    link = _link(entry, _base(about, ids.origin.url))
    # A link that several items share is that of a site, and tells none of them apart.
    own = link if links[link] == 1 else None
    # Not the id of the page that it links to: a teaser would take the place of that page's whole text.
    article_id = ids.made(None, title, text, key=entry.get("id") or own)
    said = Metadata(
        title=title,
        url=link,
        source=_plain(entry.get("source", {}).get("title_detail")) or _plain(about.get("title_detail")),
        author=_author(entry) or (_author(about) if feed.version.startswith("atom") else None),
        published=published_of(entry),
        language=_language(entry) or about.get("language"),
    )
    article = build_article(ids.origin.record(article_id), text, said, marks)
    ids.take(article.id, f"item {number}")
    return article


def _body(entry: Any) -> list[Block]:
    """The longest of what an item offers: some have its whole text and a summary, others only one of them."""
    offered = [*entry.get("content", ()), entry.get("summary_detail")]
    blocks = max(([*_blocks(detail)] for detail in offered if detail), key=_length, default=[])
    return blocks[:-1] if len(blocks) > 1 and _SITES_OWN.fullmatch(" ".join(blocks[-1].text.split())) else blocks


def _length(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _blocks(detail: Any) -> Iterator[Block]:
    value = detail.get("value") or ""
    if detail.get("type") == "text/plain" or not _TAG.search(value):
        text = value if detail.get("type") == "text/plain" else html.unescape(value)
        yield from (Block(part) for part in re.split(r"\n[ \t]*\n", text))
    else:
        yield from fragment_blocks(value)


def title_of(entry: Any) -> str:
    """The title of an item, in one line; empty where it has none."""
    return _plain(entry.get("title_detail")) or ""


def _plain(detail: Any) -> str | None:
    return one_line(" ".join(block.text for block in _blocks(detail))) if detail else None


def _author(of: Any) -> str | None:
    people = of.get("authors") or [of.get("author_detail") or {}]
    names = (_name(person.get("name") or "", person.get("email") or "") for person in people)
    return ", ".join(dict.fromkeys(name for name in names if name)) or one_line(of.get("author"))


def _name(name: str, email: str) -> str | None:
    """A person's name, else the address.

    feedparser cuts "ida@elm.example (Ida)" after four letters of "example" and takes the rest for the name: "ple (Ida".
    """
    if email:
        name = re.sub(r"\s*<[^<>]*>$", "", re.sub(r"^[a-z0-9.-]+ \((.*?)\)?$", r"\1", name))
        if re.fullmatch(r"[a-z0-9.-]*", name):
            return email + name
    return one_line(name)


def published_of(entry: Any) -> str | None:
    """When an item was published, ISO 8601; None where it does not say so in a way that is understood."""
    for name in ("published", "created", "updated"):
        if name in entry:  # feedparser's `get` gives the one for the other, with a warning
            said = entry[name]
            if published := parse_published(said) or _known(said, entry.get(f"{name}_parsed")):
                return published
    return None


def _known(said: str, parsed: struct_time | None) -> str | None:
    """What feedparser made of a date, in UTC, where it can be: it takes today's year, month or day for what is missing.

    Its year must be there, its day, or one beside it in another zone, and its month, as a number or a word.
    """
    if parsed is None:
        return None
    numbers = {int(digits) for digits in re.findall(r"\d{1,4}", re.sub(r"\d{1,2}:\d\d.*", "", said))}
    month = parsed.tm_mon in numbers or re.search(r"[^\W\d_]{3}", said)
    if parsed.tm_year not in numbers or not month or not numbers & {parsed.tm_mday + by for by in (-1, 0, 1)}:
        return None
    try:
        return parse_published(datetime.fromtimestamp(timegm(parsed), UTC))
    except (ValueError, OverflowError, OSError):  # the year 0, or 10000
        return None


def _language(entry: Any) -> str | None:
    details = [*entry.get("content", ()), entry.get("summary_detail") or {}, entry.get("title_detail") or {}]
    return next((detail["language"] for detail in details if detail.get("language")), None)


def _lost(xml: str, read: int, origin: Origin) -> Iterator[SourceFailure]:
    """What a damaged file does not hold any more, as far as it shows."""
    markup = _NO_MARKUP.sub("", xml)
    items = len(_ITEM.findall(markup))
    if items > read:
        yield SourceFailure(origin.name, f"damaged: only {read} of its {items} items can be read. Save it again.")
    elif not _END.search(markup.rstrip()):
        yield SourceFailure(f"{origin.name}, item {read}", "the file ends before its end. Save it again.")
