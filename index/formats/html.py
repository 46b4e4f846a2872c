"""Web pages: trafilatura finds the article in the page; the layout of the text and the dates are read here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from urllib.parse import urljoin

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.charset import charset_in_html, decode
from index.formats.clean import Block, clean_text, join_blocks, one_line
from index.formats.dates import parse_published
from index.formats.faults import PARSER_FAULTS
from index.formats.identity import host_of, is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

# trafilatura's own element names beside HTML's, so that one walk serves both its result and a raw page.
_HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
_LISTS = {"list", "ul", "ol"}
_ROWS = {"row", "tr"}
_VERBATIM = {"pre", "code", "quote"}
_UNSEEN = {"script", "style", "noscript", "template", "svg", "iframe", "select", "button"}
_BLOCKS = {
    *_HEADINGS, *_LISTS, "table", "quote", "pre", "p", "div", "section", "article", "main", "header", "footer", "nav",
    "aside", "blockquote", "figure", "figcaption", "dl", "dt", "dd", "form", "fieldset", "address", "hr", "center",
    "item", "li", "row", "tr", "cell", "td", "th", "body",
}  # fmt: skip

# Where pages say when they were published, most trusted first. htmldate, which trafilatura asks, is not: it gives days
# without times, and takes any date in the text where nothing else is there; no date is better than a wrong one.
_PUBLISHED = (
    "//meta[@property='article:published_time' or @property='og:article:published_time']/@content",
    "//*[@itemprop='datePublished']/@content | //*[@itemprop='datePublished']/@datetime",
    "//script[@type='application/ld+json']/text()",
    "//meta[@name='date' or @name='dc.date' or @name='DC.date' or @name='dcterms.created' or @name='dc.date.issued' or "
    "@name='dcterms.issued' or @name='DC.date.issued' or @name='pubdate' or @name='publish-date' or "
    "@name='publication_date' or @name='parsely-pub-date' or @name='sailthru.date' or "
    "@name='citation_publication_date' or @name='citation_date']/@content",
    "//time[@pubdate]/@datetime",
    "//time[not(ancestor::nav or ancestor::aside or ancestor::footer)]/@datetime",
)
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]+)"')


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one page; where trafilatura finds no article in it, all of its visible text."""
    data = stream.read()
    tree = _parse(clean_text(decode(data, origin.charset or charset_in_html(data))))
    meta = _metadata(tree)
    url = _url(tree, origin.url)
    site = meta.sitename if meta is not None else None
    # trafilatura names the site by its URL where the page does not; a host reads better.
    if site is None or is_url(site) or (url is not None and host_of(url).endswith(site.casefold())):
        site = origin.source or (host_of(url) if url else None)
    title = _title(tree, meta.title if meta is not None else None, site) or origin.title
    text, marks = join_blocks(_article_blocks(tree, title))
    said = Metadata(
        title=title,
        url=url,
        source=site,
        author=(meta.author if meta is not None else None) or _first(tree, "//meta[@name='author']/@content"),
        published=_published(tree),
        language=tree.get("lang") or tree.get("xml:lang"),
    )
    yield build_article(origin, text, said, marks)


def _parse(page: str) -> Any:
    from lxml import etree  # type: ignore[import-untyped]
    from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

    # huge_tree: text of more than 10 MB in one element would be cut off without a word.
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        return document_fromstring(page.encode(), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as exc:  # AssertionError: lxml on a page of one comment
        raise SourceError("no text in it") from exc


def fragment_blocks(markup: str) -> list[Block]:
    """All that a piece of HTML shows (an item of a feed, a letter, a chapter), as blocks; none where it shows nothing.

    Nothing is chosen from it: what somebody sent as an article is one.
    """
    try:
        tree = _parse(clean_text(markup))
    except SourceError:
        return []
    body = tree.find("body")
    return _written(tree if body is None else body)


def _metadata(tree: Any) -> Any:
    from trafilatura import extract_metadata

    try:
        # A tree, never a string: htmldate downloads a string that looks like an address.
        return extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
    except PARSER_FAULTS:  # heuristics over what anyone may have written; without them the page still has its text
        return None


def _article_blocks(tree: Any, title: str) -> list[Block]:
    from trafilatura import bare_extraction

    try:
        found: Any = bare_extraction(tree, include_comments=False)
    except PARSER_FAULTS:
        found = None
    blocks = _written(found.body) if found is not None else []
    if len(blocks) < 2:
        blocks = _from_page(tree, blocks)
    return _without_title(blocks, title) or blocks


def _from_page(tree: Any, blocks: list[Block]) -> list[Block]:
    """The part of the page that has the same text as the one block given, else that; of no block, the whole page.

    trafilatura gives the words of a short page in one run. Their headings and paragraphs are in the page.
    """
    for part in tree.xpath("//article | //main | //body"):
        candidates = _written(part)
        if not blocks:
            if part.tag == "body":
                return candidates
        elif _letters(blocks[0].text) == _letters("".join(block.text for block in candidates)):
            return candidates
    return blocks


def _written(element: Any) -> list[Block]:
    """The blocks below an element that have text in them."""
    try:
        return [block for block in _walk(element) if block.text.strip()]
    except RecursionError:
        return [Block(" ".join(" ".join(element.itertext()).split()))]


def _walk(element: Any) -> Iterator[Block]:
    """The blocks below an element, in order; text that lies between them is a block too."""
    keep_lines = element.tag in _VERBATIM
    inline = [_spaced(element.text, keep_lines)]
    for child in element:
        if child.tag in _UNSEEN:
            pass
        elif child.tag in _BLOCKS:
            yield _paragraph(inline, keep_lines)
            inline = []
            yield from _block(child)
        else:
            inline.append(_inline(child, keep_lines))
        inline.append(_spaced(child.tail, keep_lines))
    yield _paragraph(inline, keep_lines)


def _paragraph(inline: list[str], keep_lines: bool) -> Block:
    text = "".join(inline)
    return Block(text if keep_lines else re.sub(r" *\n *", "\n", text))


def _block(element: Any) -> Iterator[Block]:
    if element.tag in _HEADINGS:
        heading = _inline(element).strip()
        yield Block(heading, "section", heading)
    elif element.tag in _LISTS:
        yield Block("\n".join(_items(element)))
    elif element.tag == "table" and not any(table is not element for table in element.iter("table")):
        rows = ([_cell(cell) for cell in row] for row in element.iter(*_ROWS))
        yield Block("\n".join(" | ".join(cells) for cells in rows if any(cells)))
    else:
        yield from _walk(element)


def _items(element: Any, depth: int = 0) -> Iterator[str]:
    for item in element:
        if item.tag in _LISTS:
            yield from _items(item, depth + 1)
            continue
        nested = [child for child in item if child.tag in _LISTS]
        words = _inline(item, skip=nested).split()
        if words:
            yield "  " * depth + "- " + " ".join(words)
        for child in nested:
            yield from _items(child, depth + 1)


def _cell(element: Any) -> str:
    return " ".join(_inline(element).split())


def _inline(element: Any, keep_lines: bool = False, skip: Iterable[Any] = ()) -> str:
    keep_lines = keep_lines or element.tag in _VERBATIM
    if element.tag in {"lb", "br"}:
        return "\n"
    parts = [_spaced(element.text, keep_lines)]
    for child in element:
        if child not in skip and child.tag not in _UNSEEN:
            # Blocks in a cell or an item are kept apart by a space at least.
            parts.append(f" {_inline(child, keep_lines)} " if child.tag in _BLOCKS else _inline(child, keep_lines))
        parts.append(_spaced(child.tail, keep_lines))
    return "".join(parts)


def _spaced(text: str | None, keep_lines: bool) -> str:
    # In HTML a line end is a space; the blocks' own line ends come from <br> and <pre> only.
    return (text or "") if keep_lines else re.sub(r"[ \t\n]+", " ", text or "")


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    """The blocks less the first heading that repeats the title."""
    for at, block in enumerate(blocks):
        if block.kind and _letters(block.text) == _letters(title):
            return blocks[:at] + blocks[at + 1 :]
    return blocks


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _title(tree: Any, found: str | None, site: str | None) -> str | None:
    title = one_line(found or _first(tree, "//title/text()") or _first(tree, "//h1//text()"))
    if title and site:
        bare = re.sub(rf"\s*[-|–—·•:»]+\s*{re.escape(site)}\s*$", "", title, flags=re.IGNORECASE)
        return bare or title
    return title


def _url(tree: Any, given: str | None) -> str | None:
    """The canonical address: of a saved page as it says, of a fetched one only where it stays on the same host."""
    named = _first(tree, "//link[@rel='canonical']/@href") or _first(tree, "//meta[@property='og:url']/@content")
    try:
        canonical = urljoin(given or "", named or "")
        if is_url(canonical) and (given is None or host_of(canonical) == host_of(given)):
            return canonical
    except ValueError:  # no address at all
        pass
    return given


def _published(tree: Any) -> str | None:
    for path in _PUBLISHED:
        for value in tree.xpath(path):
            for candidate in _JSON_DATE.findall(value) if path.endswith("text()") else [value]:
                if published := parse_published(candidate):
                    return published
    return None


def _first(tree: Any, path: str) -> str | None:
    return next((str(value) for value in tree.xpath(path) if value.strip()), None)
