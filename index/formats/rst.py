"""reStructuredText (.rst): its text as it is written, with sections by their underlines and the fields at its start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from index.article import Article, Mark
from index.formats.build import Metadata, build_article
from index.formats.byline import head_of
from index.formats.charset import decode
from index.formats.clean import clean_text
from index.formats.identity import dated_name
from index.formats.limits import MAX_TEXT_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_TEXT_BYTES

_UNDERLINE = re.compile(r"([!-/:-@[-`{-~])\1+[ \t]*")
# docutils, "Bibliographic fields", and those that other formats have here.
_FIELD = re.compile(r":(title|author|authors|date|published|source|url|language):[ \t]+(\S.*)", re.IGNORECASE)


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article. The text is the file's but for line ends and blank lines at both ends."""
    text = clean_text(decode(stream.read(), origin.charset)).rstrip()
    text = re.sub(r"\A(?:[ \t]*\n)+", "", text)
    marks = tuple(_sections(text))
    fields = dict(_fields(text))
    head = head_of(text)
    day, named = dated_name(origin.stem)
    said = Metadata(
        title=fields.get("title") or (marks[0].label if marks else head.title or named),
        url=fields.get("url"),
        source=fields.get("source"),
        author=fields.get("author") or fields.get("authors") or head.author,
        published=fields.get("published") or fields.get("date") or head.published or day,
        language=fields.get("language"),
    )
    yield build_article(origin, text, said, marks)


def _sections(text: str) -> Iterator[Mark]:
    """Each line of words with a line of one punctuation mark below it that is at least as long."""
    offset = 0
    lines = text.split("\n")
    for line, below in pairwise(lines):
        words = line.strip()
        underline = _UNDERLINE.fullmatch(below)
        if underline and words and not _UNDERLINE.fullmatch(line) and len(below.rstrip()) >= max(len(words), 2):
            yield Mark(offset, "section", words)
        offset += len(line) + 1


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """The fields of the first block that holds any, among the first blocks: the title, or what stands above it."""
    for block in re.split(r"\n[ \t]*\n", text, maxsplit=4)[:4]:
        found = [match for line in block.split("\n") if (match := _FIELD.fullmatch(line.rstrip()))]
        if found:
            yield from ((match[1].lower(), match[2]) for match in found)
            return
