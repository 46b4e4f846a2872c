"""Mailboxes (.mbox): a letter after the other, each an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.clean import one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.item_ids import ItemIds
from index.formats.limits import MAX_RICH_BYTES
from index.formats.mail import header, parse_message, read_message
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = None  # it is read letter by letter, however long

_START = b"From "
# The time behind the sender, in the form of C's asctime or of ISO 8601: a paragraph may begin with "From", too.
_DATED = re.compile(
    rb"From \S.*\b(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|\d{4}-\d\d-\d\d).*\b\d?\d:\d\d"
)
# mboxrd: what begins a line with "From " in a letter got a ">" more.
_BODY = re.compile(rb"\r?\n\r?\n")
_QUOTED = re.compile(rb"(?m)^>(>*From )")


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the letters in order; each that is no article is a failure that names its number, from 1.

    Raises SourceError for what is no mailbox.
    """
    ids = ItemIds(origin)
    for number, data in enumerate(_letters(stream), start=1):
        place = f"letter {number}"
        try:
            yield from _articles(data, place, ids)
        except SourceError as exc:
            yield SourceFailure(f"{origin.name}, {place}", str(exc))
        except PARSER_FAULTS as exc:
            reason = f"damaged: {one_line(str(exc)) or type(exc).__name__}. Save it again."
            yield SourceFailure(f"{origin.name}, {place}", reason)


def _articles(data: bytes, place: str, ids: ItemIds) -> Iterator[Article | SourceFailure]:
    if len(data) > MAX_RICH_BYTES:
        raise SourceError(f"has more than {MAX_RICH_BYTES:,} bytes, the limit for one letter")
    message = parse_message(data)
    named = replace(ids.origin, name=f"{ids.origin.name}, {place}")
    key = header(message, "Message-ID") or f"{header(message, 'Date')}\n{header(message, 'From')}"
    subject = header(message, "Subject")
    # Not the other headers: a letter that was saved twice may have come by two ways.
    content = f"{subject}\n{_BODY.split(data, 1)[-1].decode('latin-1')}".rstrip()
    article_id = ids.made(None, subject, content, key=key)
    for item in read_message(data, named.record(article_id)):
        if isinstance(item, Article):
            ids.take(item.id, place)
        yield item


def _letters(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each letter without the line that begins it; of one that is too long, as much as shows it."""
    lines: list[bytes] = []
    size = 0
    begun, after_blank, dated = False, True, True
    while line := stream.readline(MAX_RICH_BYTES):
        if after_blank and line.startswith(_START) and (not begun or not dated or _DATED.match(line)):
            if not begun:
                dated = bool(_DATED.match(line))
            if begun:
                yield _QUOTED.sub(rb"\1", b"".join(lines))
            lines, size, begun = [], 0, True
        elif not begun:
            if line.strip():
                raise SourceError('is no mailbox: its first line does not begin with "From "')
        elif size <= MAX_RICH_BYTES:
            lines.append(line)
            size += len(line)
        after_blank = not line.strip()
    if not begun:
        raise SourceError("no letters in it")
    yield _QUOTED.sub(rb"\1", b"".join(lines))
