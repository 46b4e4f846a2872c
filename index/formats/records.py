"""Records: .json (one, a list, or {"articles": [...]}) and .jsonl (one a line). Their text is stored as given."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.dates import parse_published
from index.formats.field_names import FIELD_NAMES, known_fields
from index.formats.item_ids import ItemIds
from index.formats.limits import MAX_JSON_BYTES, MAX_RECORD_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = None  # a .jsonl file is read line by line, however long; a .json file is measured here

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PIECE = 1 << 20
_AN_ID = {"article", "artikel"}  # in tables they are the text; a record names an article by them, as those of questions


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the records in order; each that is no article is a failure that names its line or its number, from 1."""
    entries = lines_of(stream) if origin.suffix == ".jsonl" else _entries(stream)
    ids = ItemIds(origin)
    place = None
    for place, entry in entries:
        try:
            yield _article(parse_line(entry) if isinstance(entry, bytes) else entry, place, ids, origin)
        except SourceError as exc:
            yield SourceFailure(f"{origin.name}, {place}" if place else origin.name, str(exc))
    if place is None:
        raise SourceError("no records in it")


def lines_of(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """The lines that are not empty, each with its place ("line 3", from 1). Raises SourceError for UTF-16."""
    number = 0
    while line := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if number == 1:
            if line.startswith(_WIDE_MARKS):
                raise SourceError("is in UTF-16. Save it in UTF-8.")
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) > MAX_RECORD_BYTES:
            rest = line  # which must not be taken for the next line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(_PIECE)
        if line.strip():
            yield f"line {number}", line


def _entries(stream: BinaryIO) -> Iterator[tuple[str, Any]]:
    data = stream.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise SourceError(
            f"has more than {MAX_JSON_BYTES:,} bytes, the limit for a .json file. "
            "Save it as .jsonl, one record a line: that may have any length."
        )
    if data.startswith(_WIDE_MARKS):
        data = data.decode("utf-16", "replace").encode()
    value = _parse(data.removeprefix(codecs.BOM_UTF8))
    if isinstance(value, dict) and "text" not in value and isinstance(value.get("articles"), list):
        value = value["articles"]
    if not isinstance(value, list):
        yield "", value
        return
    yield from ((f"record {number}", entry) for number, entry in enumerate(value, start=1))


def parse_line(line: bytes) -> Any:
    """The value that a line of `lines_of` holds. Raises SourceError for one that is too long or no JSON."""
    if len(line) > MAX_RECORD_BYTES:
        raise SourceError(f"longer than {MAX_RECORD_BYTES:,} bytes, the limit for one record. Split its text.")
    return _parse(line.rstrip(b"\r\n"))


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError as exc:
        raise SourceError(f"not valid UTF-8: byte {data[exc.start]:#04x} at {exc.start}. Save it in UTF-8.") from exc
    except json.JSONDecodeError as exc:
        place = f"column {exc.colno}" if exc.lineno == 1 else f"line {exc.lineno}, column {exc.colno}"
        raise SourceError(f"not valid JSON: {exc.msg} ({place})") from exc
    except (ValueError, RecursionError) as exc:  # a number of thousands of digits, thousands of brackets
        raise SourceError(f"not valid JSON: {exc}") from exc


def _article(record: Any, place: str, ids: ItemIds, origin: Origin) -> Article:
    if not isinstance(record, dict):
        raise SourceError(f"is {_kind(record)}, not an object with a text")
    names = known_fields(record)
    named, text = _text(record, [name for name in names.get("text", []) if name.casefold() not in _AN_ID])
    fields = {field: _said(record, field, names.get(field, [])) for field in FIELD_NAMES if field != "text"}
    fields["id"] = _field(record, "id", "id")
    for key, value in ((named, text), *fields.items()):
        if value is not None and (at := _lone_surrogate(value)) is not None:
            raise SourceError(f'its "{key}" has half of a character (\\u{ord(value[at]):04x}) at {at}. Write it whole.')
    article_id = fields.pop("id")
    article_id = ids.given(article_id) if article_id else ids.made(fields["url"], fields["title"], text)
    article = build_article(origin.record(article_id), text, Metadata(**fields))
    ids.take(article.id, place)
    return article


def _text(record: dict[str, Any], names: list[str]) -> tuple[str, str]:
    """The first field of a text's names that holds one, and its text. Raises SourceError where none does."""
    names = [name for name in names if record[name] is not None]
    name = next((name for name in names if isinstance(record[name], str)), names[0] if names else None)
    if name is None:
        keys = ", ".join(list(record)[:8]) or "nothing"
        raise SourceError(f'has no "text" (it has {keys})')
    text = record[name]
    if not isinstance(text, str):
        raise SourceError(f'its "{name}" is {_kind(text)}, not a string')
    if not text.strip():
        raise SourceError(f'its "{name}" is empty')
    return name, text


def _said(record: dict[str, Any], field: str, names: list[str]) -> str | None:
    """What the first of a field's names says; under another name than its own only what the field can be."""
    said = [_field(record, name, field) for name in names if name == field or _fits(record[name], field)]
    values = [value for value in said if value]
    if field == "published":
        values = [value for value in values if parse_published(value)] or values
    return values[0] if values else None


def _fits(value: Any, field: str) -> bool:
    if isinstance(value, list):
        return field == "author" and all(isinstance(item, str) for item in value)
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _field(record: dict[str, Any], name: str, field: str) -> str | None:
    value = record.get(name)
    if isinstance(value, list) and _fits(value, field):
        return ", ".join(value) or None
    if value is not None and not _fits(value, field):
        raise SourceError(f'its "{name}" is {_kind(value)}, not a string')
    if isinstance(value, float) and field == "id":
        raise SourceError(f'its "id" is {value!r}; an id is a string or a whole number')
    return str(value) if value is not None and str(value).strip() else None


def _kind(value: Any) -> str:
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")


def _lone_surrogate(text: str) -> int | None:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        return exc.start
    return None
