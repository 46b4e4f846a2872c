"""Web pages that Safari saved (.webarchive): a property list with the page and its parts."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO
from xml.parsers.expat import ExpatError

from index.article import Article
from index.errors import SourceError
from index.formats import html, text
from index.formats.clean import one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.identity import host_of, is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

_READERS = {"text/html": html, "application/xhtml+xml": html, "text/plain": text}


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the page like one of the web, from the address that it was saved from."""
    try:
        main = plistlib.load(stream)["WebMainResource"]
        content, kind = bytes(main["WebResourceData"]), str(main.get("WebResourceMIMEType", "text/html"))
        url, charset = str(main.get("WebResourceURL", "")), main.get("WebResourceTextEncodingName")
    except (*PARSER_FAULTS, ExpatError, MemoryError) as exc:  # MemoryError: a length that is damaged
        detail = one_line(str(exc)) or type(exc).__name__
        raise SourceError(f"damaged, or no web archive: {detail}. Save the page again.") from exc
    if kind not in _READERS:
        raise SourceError(f"holds {kind}, not a page. Save that as a file of its own.")
    saved = replace(origin, charset=charset if isinstance(charset, str) else None)
    if is_url(url):
        saved = replace(saved, url=url, source=host_of(url))
    yield from _READERS[kind].read(BytesIO(content), saved)
