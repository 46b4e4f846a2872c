"""The standfirst of a page: what stands between its headline and its first paragraph, often outside of the article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.formats.clean import Block
from index.formats.html_blocks import holds_blocks, letters, words_of
from index.formats.html_prune import is_linked

_LINES = {"p", "div", "section", "blockquote", "h2", "h3", "h4", "li"}
_NAMES = re.compile(
    r"(?:^|[-_ ])(?:teaser-?text|(?:article|news)-?teaser|lead|lede|intro(?:duction|-?text)?|excerpt|standfirst|chapo"
    r"|deck|sub-?head(?:line)?|subtitle|abstract|preface|vorspann|summary)(?:$|[-_ ])",
    re.IGNORECASE,
)
_LEAST = 30  # letters: less is a date, a name or a button
_TELLING = 50  # letters, by which a text is known again
_MOST = 1500  # characters
_LOOKED_AT = 60  # lines behind the headline


def standfirst(headline: Any, blocks: list[Block]) -> list[Block]:
    """What leads into the article and is not among its `blocks`: none where nothing does.

    It stands behind the headline and before what was taken, and is named as such (`class="lead"`), or is what the page
    says of itself in its head.
    """
    title = letters(words_of(headline))
    taken = letters("".join(block.text for block in blocks))
    described = [letters(text)[:_TELLING] for text in headline.xpath(_DESCRIPTION)]
    above = {headline, *headline.iterancestors()}
    named: list[Block] = []
    for line in _lines_behind(headline):
        said = words_of(line)
        key = letters(said)
        if len(key) < _LEAST or key in title:
            continue
        if key[:_TELLING] in taken:
            return named
        if len(said) > _MOST or is_linked(line):
            continue
        is_described = any(len(text) >= _LEAST and key.startswith(text) for text in described)
        if is_described or _is_named(line, above):
            named.append(Block(said))
    return []


_DESCRIPTION = (
    "//meta[@name='description' or @property='og:description' or @name='twitter:description']/@content"  # of the page
)


def _lines_behind(headline: Any) -> Iterator[Any]:
    """The elements behind a headline that hold text and no other block, in order."""
    looked_at = 0
    for line in headline.xpath("following::*"):
        if line.tag not in _LINES or holds_blocks(line):
            continue
        yield line
        looked_at += 1
        if looked_at == _LOOKED_AT:
            return


def _is_named(line: Any, above: set[Any]) -> bool:
    """Whether an element, or one of the two around it that do not hold the headline, is called a standfirst."""
    for at, element in enumerate([line, *line.iterancestors()]):
        if at > 2 or element in above:
            return False
        if _NAMES.search(f"{element.get('class') or ''} {element.get('itemprop') or ''}"):
            return True
    return False
