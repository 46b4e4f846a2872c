"""Web pages that a browser saved with all their parts (.mhtml, .mht): the page among them is the article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats import html
from index.formats.identity import host_of, is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.mail import content_of, header, parse_message
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the page like one of the web, from the address that it was saved from. The date of saving is none of its."""
    message = parse_message(stream.read())
    pages = [part for part in message.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    if not pages:
        raise SourceError("damaged, or no saved page: there is no HTML in it. Save the page again.")
    start = str(message.get_param("start", "") or "")  # RFC 2387: the part that the others belong to
    page = next((part for part in pages if start and part.get("Content-ID") == start), pages[0])
    places = (header(message, "Snapshot-Content-Location"), header(page, "Content-Location"))
    url = next((place for place in places if place and is_url(place)), None)
    saved = replace(
        origin,
        title=header(message, "Subject") or origin.title,
        url=url,
        source=host_of(url) if url else None,
        charset="utf-8",
    )
    yield from html.read(BytesIO(content_of(page).encode("utf-8", "replace")), saved)
