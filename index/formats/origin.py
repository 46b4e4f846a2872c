"""What a reader is told about the bytes that it reads, and what it says about those that are no article."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A source, or a part of one, that became no article. Reads as a line: f"{source}: {reason}"."""

    source: str  # "notes/a.pdf", "news.jsonl, line 7", "https://..."
    reason: str
    skipped: bool = False  # no fault of the source: nothing here reads this kind


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a stream of bytes comes from. `title`, `url` and `source` count where the content names none itself."""

    name: str  # as messages call it
    article_id: str
    title: str
    suffix: str  # of the kind of content, in lower case: ".html"
    url: str | None = None
    source: str | None = None
    charset: str | None = None  # as an HTTP header gave it
    upload: str | None = None  # the name that it was handed over under, where it has no place here
