"""The last step of every reader: checks that hold for all articles, and metadata in its stored form."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from index.article import Article, Mark
from index.errors import SourceError
from index.formats.clean import one_line
from index.formats.dates import parse_published
from index.formats.limits import MAX_ARTICLE_CHARS, too_long


def build_article(
    article_id: str,
    text: str,
    *,
    title: str | None = None,
    url: str | None = None,
    source: str | None = None,
    author: str | None = None,
    published: object = None,
    language: str | None = None,
    marks: tuple[Mark, ...] = (),
) -> Article:
    """Make the article, retrieved now; `text` and `marks` go in as they are, `published` may be anything.

    Raises SourceError where the text is blank or too long. A date or language that cannot be made out becomes None.
    """
    if not text.strip():
        raise SourceError("no text in it")
    if len(text) > MAX_ARTICLE_CHARS:
        raise SourceError(too_long(text))
    return Article(
        id=article_id,
        text=text,
        title=one_line(title) or "",
        url=one_line(url),
        source=one_line(source),
        author=one_line(author),
        published=parse_published(published),
        retrieved_at=datetime.now(UTC).isoformat(timespec="seconds"),
        language=_primary_subtag(language),
        marks=marks,
    )


def _primary_subtag(language: str | None) -> str | None:
    # RFC 5646: "en", "en-GB"; POSIX spells it "en_GB".
    match = re.match(r"\s*([A-Za-z]{2,3})(?![A-Za-z])", language or "")
    return match[1].lower() if match else None
