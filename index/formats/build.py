"""The last step of every reader: checks that hold for all articles, and metadata in its stored form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from index.article import Article, Mark
from index.errors import SourceError
from index.formats.clean import one_line
from index.formats.dates import parse_published
from index.formats.limits import MAX_ARTICLE_CHARS, too_long
from index.formats.origin import Origin
from index.language import primary_subtag


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a source says of its article, as it says it; `published` may be anything."""

    title: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: object = None
    language: str | None = None


def build_article(origin: Origin, text: str, said: Metadata, marks: tuple[Mark, ...] = ()) -> Article:
    """Make the article, retrieved now; `text` and `marks` go in as they are, and where nothing is said, the origin's.

    Raises SourceError where the text is blank or too long. A date or language that cannot be made out becomes None.
    """
    if not text.strip():
        raise SourceError("no text in it")
    if len(text) > MAX_ARTICLE_CHARS:
        raise SourceError(too_long(text))
    return Article(
        id=origin.article_id,
        text=text,
        title=one_line(said.title) or one_line(origin.title) or "",
        url=one_line(said.url) or one_line(origin.url),
        source=one_line(said.source) or one_line(origin.source),
        author=one_line(said.author),
        published=parse_published(said.published),
        retrieved_at=datetime.now(UTC).isoformat(timespec="seconds"),
        language=primary_subtag(said.language),
        marks=marks,
    )
