"""Tables of articles (.csv, .tsv): one a row, the fields by the names in the first row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.charset import decode
from index.formats.clean import clean_text, one_line
from index.formats.field_names import known_fields
from index.formats.item_ids import ItemIds
from index.formats.limits import MAX_ARTICLE_CHARS, MAX_JSON_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_JSON_BYTES

_SEPARATORS = ",;\t|"
_ABOVE = re.compile(r'(?:[\s,;|]*\n|[ \t]*"?sep=[^\n]"?[ \t;,|]*\n)+', re.IGNORECASE)  # Excel's lines above the names
_KEYS = ("id", "guid")


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the rows in order; each that is no article is a failure that names its line, from 1.

    A table without a column of texts is skipped. Unlike a record's, an id counts within its file only: it is mostly
    the row's number.
    """
    text = clean_text(decode(stream.read(), origin.charset))
    csv.field_size_limit(2 * MAX_ARTICLE_CHARS)  # 131,072 characters by default
    above = _ABOVE.match(text)
    skipped = above[0] if above else ""
    text = text[len(skipped) :]
    first = text.partition("\n")[0]
    separator = "\t" if origin.suffix == ".tsv" else max(_SEPARATORS, key=lambda each: len(_places(_row(first, each))))
    rows = _rows(text, separator, skipped.count("\n"))
    _, header = next(rows, ("", []))
    places = _places(header) if isinstance(header, list) else {}
    if "text" not in places or not isinstance(header, list):
        names = ", ".join(header[:8]) if isinstance(header, list) else "no names"
        reason = f'has no column of texts. Name it "text" in the first line (which has {names})'
        yield SourceFailure(origin.name, reason, skipped=True)
        return
    ids = ItemIds(origin)
    place = None
    for place, row in rows:
        try:
            yield _article(row, len(header), places, place, ids)
        except SourceError as exc:
            yield SourceFailure(f"{origin.name}, {place}", str(exc))
    if place is None:
        raise SourceError("no rows in it below the names of its columns")


def _row(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _places(header: list[str]) -> dict[str, int]:
    """Field -> number of its column."""
    places = {field: header.index(names[0]) for field, names in known_fields(header).items()}
    keys = [name.strip().casefold() for name in header]
    key = next((key for key in _KEYS if key in keys), None)
    return places if key is None else places | {"key": keys.index(key)}


def _rows(text: str, separator: str, above: int) -> Iterator[tuple[str, list[str] | SourceError]]:
    """Each row that is not empty with the line that it begins in, `above` lines down, or what is wrong with it."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        place = f"line {above + reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield place, SourceError(f"not valid CSV: {exc}. A quote within quotes is written twice.")
            continue
        if any(field.strip() for field in row):
            yield place, row


def _article(row: list[str] | SourceError, width: int, places: dict[str, int], place: str, ids: ItemIds) -> Article:
    if isinstance(row, SourceError):
        raise row
    if any(field.strip() for field in row[width:]):  # a separator at the end of each row is no field
        raise SourceError(f"has {len(row)} fields, the first line {width}. Put a text with separators in quotes.")
    values = {field: row[at].strip() or None for field, at in places.items() if at < len(row)}
    text, key = values.pop("text", None), values.pop("key", None)
    if not text:
        raise SourceError("its text is empty")
    said = Metadata(**values)
    title = one_line(said.title)
    article_id = ids.made(said.url, title, text, key=key)
    article = build_article(ids.origin.record(article_id), text, said)
    ids.take(article.id, place)
    return article
