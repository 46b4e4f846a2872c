"""Plain text and Markdown, with optional YAML front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from index.article import Article, Mark
from index.formats.build import Metadata, build_article
from index.formats.charset import decode
from index.formats.clean import clean_text
from index.formats.front_matter import split_front_matter
from index.formats.limits import MAX_TEXT_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_TEXT_BYTES

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article. The text is the file's but for front matter, line ends, and blank lines at both ends.

    Front matter that is no YAML is read line by line, and is a failure beside the article that says so.
    """
    meta, text, complaint = split_front_matter(clean_text(decode(stream.read(), origin.charset)))
    if complaint:
        yield SourceFailure(f"{origin.name}, front matter", complaint)
    text = re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()
    headings = list(_headings(text))
    first = next((heading for level, heading in headings if level == 1), None)
    said = Metadata(
        title=meta.get("title") or (first.label if first else None),
        url=meta.get("url"),
        source=meta.get("source"),
        author=meta.get("author"),
        published=meta.get("published") or meta.get("date"),
        language=meta.get("language"),
    )
    yield build_article(origin, text, said, tuple(mark for _, mark in headings))


def _headings(text: str) -> Iterator[tuple[int, Mark]]:
    """Markdown's `#` headings outside of code fences, with their level."""
    offset, fence = 0, ""
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        elif not fence and (heading := _HEADING.match(line)) and (label := _label(heading[2])):
            yield len(heading[1]), Mark(offset, "section", label)
        offset += len(line) + 1


def _label(words: str) -> str:
    """The words of a heading without the `#` that may close it."""
    words = words.rstrip(" \t")
    bare = words.rstrip("#")
    return bare.rstrip(" \t") if bare.endswith((" ", "\t")) else words
