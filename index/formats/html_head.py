"""What a page says of its article: its headline, title and authors."""

from __future__ import annotations

import re
from typing import Any

from index.formats.clean import one_line
from index.formats.html_blocks import words_of
from index.formats.identity import author_name

_SEPARATORS = r"-|–—−‐·•:»«›‹⋆*~/⁄│"
_BANNER = re.compile(r"\b(?:site|brand|logo|banner|masthead)(?:[-_ ](?:title|name|header|branding))?\b", re.IGNORECASE)
_TITLE_CHARS = 1000  # no title has more
_ELSEWHERE = {"nav", "footer", "aside"}


def first_value(tree: Any, path: str) -> str | None:
    """The first value of an XPath that has something in it."""
    return next((str(value) for value in tree.xpath(path) if value.strip()), None)


def find_headline(tree: Any, *titles: str | None) -> Any | None:
    """The heading that is the title of the page: one that `titles` have as a part of theirs, the longest of these.

    Sites put their name in both places too, mostly shorter. Where no heading is in a title, the only <h1> counts; None
    where there are none or several.
    """
    named = [_plain(title[:_TITLE_CHARS]) for title in titles if title]
    headings = [
        heading
        for heading in tree.iter("h1", "h2", "h3")
        if not any(above.tag in _ELSEWHERE for above in heading.iterancestors())
    ]
    matching = [(heading, _plain(words_of(heading))) for heading in headings]
    matching = [
        (heading, words)
        for heading, words in matching
        if len(words) > 3 and any(_is_part(words, title) for title in named)
    ]
    if matching:
        best = max(matching, key=lambda pair: (not _is_banner(pair[0]), len(pair[1]), pair[0].tag == "h1"))
        return best[0]
    tops = [heading for heading in headings if heading.tag == "h1" and words_of(heading)]
    return tops[0] if len(tops) == 1 else None


def _is_banner(heading: Any) -> bool:
    """Whether a heading is the site's name over every page of it."""
    above = [heading, *heading.iterancestors()]
    if any(link.get("href") in {"/", "./", "index.html"} for link in (*above, *heading.iter("a")) if link.tag == "a"):
        return True
    tags = [element.tag for element in above]
    if "header" in tags and not {"article", "main"} & set(tags):
        return True
    return any(_BANNER.search(f"{element.get('class') or ''} {element.get('id') or ''}") for element in above[:3])


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("\xad", "").split())


def _is_part(words: str, title: str) -> bool:
    """Whether a title is these words, or has them between its ends and separators like "|"."""
    if words == title:
        return True
    part = rf"(?:^|.*[{_SEPARATORS}]\s*){re.escape(words)}(?:$|\s*[{_SEPARATORS}].*)"
    return re.fullmatch(part, title) is not None


def title_of(tree: Any, found: str | None, site: str | None, headline: Any | None) -> str | None:
    """The title of a page: its headline where it is part of what the page calls itself, else that, without the site.

    `found` is what trafilatura takes for the title.
    """
    page = first_value(tree, "//head//title/text()") or first_value(tree, "//title/text()")
    found, page = (title[:_TITLE_CHARS] if title else None for title in (found, page))
    if headline is not None:
        words = one_line(words_of(headline)) or ""
        if any(_is_part(_plain(words), _plain(title)) for title in (found, page) if title) and not _is_site(
            words, site
        ):
            return words
    title = one_line(found or page or (first_value(tree, "//h1//text()") or "")[:_TITLE_CHARS])
    if title and site:
        bare = re.sub(rf"\s*[-|–—·•:»]+\s*{re.escape(site)}\s*$", "", title, flags=re.IGNORECASE)
        return bare or title
    return title


def _is_site(words: str, site: str | None) -> bool:
    return site is not None and _plain(words) == _plain(site)


def author_of(tree: Any, found: str | None) -> str | None:
    """The authors of a page, "; " between them, as trafilatura finds them or a meta tag says, but names only."""
    for value in (found, first_value(tree, "//meta[@name='author']/@content")):
        names = [author_name(part) for part in (value or "").split(";")]
        if kept := list(dict.fromkeys(name for name in names if name)):
            return "; ".join(kept)
    return None
