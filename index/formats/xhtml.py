"""XHTML: pages in XML, where "<a/>" is a whole element. HTML's parser takes that for a beginning without an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

from index.article import Article
from index.formats import html
from index.formats.charset import charset_in_html, decode
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

_EMPTY = re.compile(r"<([A-Za-z][\w:-]*)((?:\s[^<>]*)?)/>")
# HTML standard, "void elements": these never have an end.
_VOID = set("area base br col embed hr img input link meta param source track wbr".split())


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one page, like one of HTML."""
    data = stream.read()
    page = as_html(decode(data, origin.charset or charset_in_html(data)))
    yield from html.read(BytesIO(page.encode("utf-8", "replace")), replace(origin, charset="utf-8"))


def as_html(page: str) -> str:
    """The page with an end for every element that has none.

    >>> as_html("<p><a id='x'/>One<br/></p>")
    "<p><a id='x'></a>One<br/></p>"
    """
    return _EMPTY.sub(lambda tag: tag[0] if tag[1].lower() in _VOID else f"<{tag[1]}{tag[2]}></{tag[1]}>", page)
