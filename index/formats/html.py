"""Web pages: trafilatura finds the article in the page; the layout of the text and the dates are read here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urljoin

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.byline import Head, head_of
from index.formats.charset import charset_in_html, decode
from index.formats.clean import Block, clean_text, join_blocks
from index.formats.faults import PARSER_FAULTS
from index.formats.html_blocks import letters, written
from index.formats.html_dates import published_of
from index.formats.html_head import author_of, find_headline, first_value, title_of
from index.formats.html_lead import standfirst
from index.formats.html_math import write_formulas
from index.formats.html_prune import prune_foreign, prune_hidden
from index.formats.html_reshape import reshape, reshape_piece
from index.formats.identity import host_of, is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

_SMALL_SHARE = 0.25  # of the page's text: an article that is less may be the wrong part of the page
_CLEARLY_MORE = 4.0  # times the text: then the generous reading is taken
_LITTLE = 250  # characters


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one page; where trafilatura finds no article in it, all of its visible text."""
    data = stream.read()
    page = clean_text(decode(data, origin.charset or charset_in_html(data)))
    tree, headline = _without_foreign(page)
    meta = _metadata(tree)
    url = _url(tree, origin.url)
    site = meta.sitename if meta is not None else None
    # trafilatura names the site by its URL where the page does not; a host reads better.
    if site is None or is_url(site) or (url is not None and host_of(url).endswith(site.casefold())):
        site = origin.source or (host_of(url) if url else None)
    title = title_of(tree, meta.title if meta is not None else None, site, headline) or origin.title
    author = author_of(tree, meta.author if meta is not None else None)
    published = published_of(tree, headline, url)
    tree = _reshaped(tree, page)
    text, marks = join_blocks(_with_standfirst(tree, headline, _article_blocks(tree, title)))
    yield from _little_left(tree, text, origin)
    language = tree.get("lang") or tree.get("xml:lang")
    head = Head() if author and published else head_of(f"{title}\n{text}", language)
    said = Metadata(
        title=title,
        url=url,
        source=site,
        author=author or head.author,
        published=published or head.published,
        language=language,
    )
    yield build_article(origin, text, said, marks)


def _without_foreign(page: str) -> tuple[Any, Any | None]:
    """The tree of a page without what is no part of its article, and its headline."""
    tree = _parse(page)
    headline = find_headline(tree, *_named(tree))
    try:
        prune_foreign(tree, headline)
    except PARSER_FAULTS:  # what anyone may have written; as it is, the page still has its article
        tree = _parse(page)
        headline = find_headline(tree, *_named(tree))
    return tree, headline


def _reshaped(tree: Any, page: str) -> Any:
    """The tree as trafilatura reads it best; the one of the whole page where that fails."""
    try:
        write_formulas(tree)
        prune_hidden(tree)
        reshape(tree)
    except PARSER_FAULTS:
        return _parse(page)
    return tree


def _named(tree: Any) -> tuple[str | None, ...]:
    """What a page calls itself."""
    return first_value(tree, "//title/text()"), first_value(tree, "//meta[@property='og:title']/@content")


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

    Nothing is chosen from it: what somebody sent as an article is one. What is hidden is not shown; tables that lay
    out a letter are none.
    """
    page = clean_text(markup)
    try:
        tree = _parse(page)
    except SourceError:
        return []
    try:
        write_formulas(tree)
        prune_hidden(tree)
        reshape_piece(_body(tree))
    except PARSER_FAULTS:
        tree = _parse(page)
    return written(_body(tree))


def _body(tree: Any) -> Any:
    body = tree.find("body")
    return tree if body is None else body


def _metadata(tree: Any) -> Any:
    from trafilatura import extract_metadata

    try:
        # A tree, never a string: htmldate downloads a string that looks like an address.
        return extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
    except PARSER_FAULTS:  # heuristics over what anyone may have written; without them the page still has its text
        return None


def _article_blocks(tree: Any, title: str) -> list[Block]:
    blocks = _extracted(tree)
    if _size(blocks) < _SMALL_SHARE * _page_size(tree):
        generous = _extracted(tree, favor_recall=True)
        if _size(generous) > _CLEARLY_MORE * _size(blocks):
            blocks = generous
    if len(blocks) < 2:
        blocks = _from_page(tree, blocks)
    return _without_title(blocks, title) or blocks


def _with_standfirst(tree: Any, headline: Any | None, blocks: list[Block]) -> list[Block]:
    if headline is None or headline.getroottree().getroot() is not tree:  # of the page as it was before it was reshaped
        headline = tree.find(".//h1")
    return blocks if headline is None else [*standfirst(headline, blocks), *blocks]


def _extracted(tree: Any, favor_recall: bool = False) -> list[Block]:
    from trafilatura import bare_extraction

    try:
        found: Any = bare_extraction(tree, include_comments=False, favor_recall=favor_recall)
    except PARSER_FAULTS:
        found = None
    return written(found.body) if found is not None else []


def _size(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _page_size(tree: Any) -> int:
    """How many characters of text a page has outside links and margins."""
    margins = (
        "ancestor::nav or ancestor::aside or ancestor::footer or ancestor::header or ancestor::form or ancestor::a"
    )
    seen = "not(parent::script or parent::style)"
    return sum(len(text.strip()) for text in tree.xpath(f"//body//text()[{seen} and not({margins})]"))


def _little_left(tree: Any, text: str, origin: Origin) -> Iterator[SourceFailure]:
    """A warning where the article is next to nothing of what the page has."""
    if len(text) < _LITTLE and len(text) < _SMALL_SHARE * _page_size(tree) / 2:
        yield SourceFailure(
            origin.name,
            f"only {len(text):,} characters of this page were taken as its article. Save its text as a file.",
        )


def _from_page(tree: Any, blocks: list[Block]) -> list[Block]:
    """The part of the page that has the same text as the one block given, else that; of no block, the whole page.

    trafilatura gives the words of a short page in one run. Their headings and paragraphs are in the page.
    """
    for part in tree.xpath("//article | //main | //body"):
        candidates = written(part)
        if not blocks:
            if part.tag == "body":
                return candidates
        elif letters(blocks[0].text) == letters("".join(block.text for block in candidates)):
            return candidates
    return blocks


def _without_title(blocks: list[Block], title: str) -> list[Block]:
    """The blocks less the first heading, or the first line, that repeats the title."""
    for at, block in enumerate(blocks):
        if (block.kind or at == 0) and letters(block.text) == letters(title):
            return blocks[:at] + blocks[at + 1 :]
    return blocks


def _url(tree: Any, given: str | None) -> str | None:
    """The canonical address: of a saved page as it says, of a fetched one only where it stays on the same host."""
    named = first_value(tree, "//link[@rel='canonical']/@href") or first_value(
        tree, "//meta[@property='og:url']/@content"
    )
    try:
        canonical = urljoin(given or "", named or "")
        if is_url(canonical) and (given is None or host_of(canonical) == host_of(given)):
            return canonical
    except ValueError:  # no address at all
        pass
    return given
