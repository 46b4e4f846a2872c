"""Articles out of an index, and into one: a file of JSON lines, each the object that `qa show ID --json` prints.

Going in, each line becomes an Article again and is stored by `Adding`, like what comes from anywhere else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from index.article import Article, Location, Mark
from index.errors import ArticleDamagedError, ArticleQAError, SourceError
from index.files import replacing
from index.filter import is_unicode
from index.formats import SourceFailure, shown
from index.formats.records import lines_of, parse_line
from index.locations import locations_of
from index.sources import Named
from index.storage.connection import Connection

File = str | os.PathLike[str] | BinaryIO
_TEXTS = ("title", "url", "source", "author", "published", "retrieved_at", "language")
# What JSON leaves as it is, and many programs take for the end of a line.
_BREAKS = {ord(each): f"\\u{ord(each):04x}" for each in "\x85\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class ExportReport:
    """How many articles were written, and those that the store could not give whole."""

    written: int
    failures: tuple[SourceFailure, ...] = ()


def export_articles(
    connection: Connection, file: File, on_progress: Callable[[int, int], None] | None = None
) -> ExportReport:
    """Write all articles, by the order of their ids; see `ArticleIndex.export_to`."""
    with connection.reading(words=False) as view:
        ids = sorted(view.store.summaries())
    written = 0
    failures: list[SourceFailure] = []
    with _written(file) as stream:
        for done, article_id in enumerate(ids, start=1):
            try:
                article = stored_article(connection, article_id)
                if article is not None:
                    stream.write(line_of(article))
                    written += 1
            except ArticleDamagedError as exc:
                failures.append(SourceFailure(article_id, str(exc)))
            if on_progress is not None:
                on_progress(done, len(ids))
        stream.flush()
    return ExportReport(written, tuple(failures))


def stored_article(connection: Connection, article_id: str) -> Article | None:
    """One article, whole; None where it is not there. Raises ArticleDamagedError."""
    with connection.reading(words=False) as view:
        summary = view.store.summaries([article_id]).get(article_id)
        return view.store.article(summary) if summary is not None else None


def line_of(article: Article) -> bytes:
    """The line of an article: a JSON object with every field, in UTF-8, ended by a line feed and holding no other."""
    return json.dumps(asdict(article), ensure_ascii=False).translate(_BREAKS).encode() + b"\n"


def articles_in(file: File) -> Iterator[Named | SourceFailure]:
    """What a file of such lines holds, in order; each line that is no article is a failure that names it.

    Raises SourceError where the file cannot be opened, before anything is given.
    """
    articles = _articles(_opened(file), _named(file), close=isinstance(file, str | os.PathLike))
    next(articles)  # begun, it closes the file also where nobody goes on with it
    return articles  # type: ignore[return-value]


def _articles(stream: BinaryIO, name: str, close: bool) -> Iterator[Named | SourceFailure | None]:
    """None first, and then what the lines hold."""
    try:
        yield None
        for number, (place, line) in enumerate(lines_of(stream)):
            if number == 0 and _is_other_json(line):
                raise SourceError("is JSON, but no JSON Lines file of qa export. Add records with: qa add FILE.json")
            try:
                yield Named(f"{name}, {place}", article_of(parse_line(line)))
            except SourceError as exc:
                yield SourceFailure(f"{name}, {place}", str(exc))
    except (SourceError, OSError) as exc:
        yield SourceFailure(name, f"could not be read: {_cause(exc)}" if isinstance(exc, OSError) else str(exc))
    finally:
        if close:
            stream.close()


def _is_other_json(line: bytes) -> bool:
    """Whether a first line begins a list, or an object that goes on in the lines below."""
    bare = line.strip()
    return bare.startswith(b"[") or (bare.startswith(b"{") and bare.endswith((b"{", b"[", b",")))


def article_of(values: Any) -> Article:
    """The article that a line's object stands for, exactly. Raises SourceError, which says what is wrong with it."""
    if not isinstance(values, dict):
        raise SourceError("is no object with an id and a text")
    for name in ("id", "text"):
        if not isinstance(values.get(name), str) or not values[name]:
            raise SourceError(f'has no "{name}" that is a text. Records of other programs are added by: qa add FILE')
    given = {name: values[name] for name in _TEXTS if values.get(name) is not None}
    for name, value in {"id": values["id"], "text": values["text"], **given}.items():
        if not isinstance(value, str):
            raise SourceError(f'its "{name}" is no text')
        if not is_unicode(value):
            raise SourceError(f'its "{name}" has half of a character. Write it whole.')
    article = Article(
        id=values["id"],
        text=values["text"],
        marks=_marks(values),
        locations=_locations(values),
        **given,
    )
    if values.get("content_hash") not in (None, article.content_hash):
        raise SourceError(
            'does not match its "content_hash": it was changed after it was exported. '
            'To take it as it is, remove "content_hash" from the line.'
        )
    return article


def _marks(values: dict[str, Any]) -> tuple[Mark, ...]:
    marks = values.get("marks") or []
    try:
        found = tuple(Mark(each["offset"], each["kind"], each["label"]) for each in marks)
    except (TypeError, KeyError):
        found = (Mark(-1, "", ""),)
    for mark in found:
        sound = type(mark.offset) is int and isinstance(mark.kind, str) and isinstance(mark.label, str)
        if not sound or not 0 <= mark.offset <= len(values["text"]):
            raise SourceError('its "marks" are no list of {"offset", "kind", "label"} with offsets in its text')
        if not is_unicode(mark.kind + mark.label):
            raise SourceError('its "marks" have half of a character. Write it whole.')
    return found


def _locations(values: dict[str, Any]) -> tuple[Location, ...]:
    try:
        return locations_of(values.get("locations") or [])
    except ValueError as exc:
        raise SourceError(str(exc)) from exc


# Files


def _named(file: File) -> str:
    return shown(str(file if isinstance(file, str | os.PathLike) else getattr(file, "name", "input")))


def _opened(file: File) -> BinaryIO:
    if not isinstance(file, str | os.PathLike):
        return file
    try:
        return Path(file).open("rb")
    except (OSError, ValueError) as exc:
        raise SourceError(f"Cannot read {_named(file)}: {_cause(exc)}. Name a file that qa export wrote.") from exc


@contextmanager
def _written(file: File) -> Iterator[BinaryIO]:
    """A stream to write to; a file is there whole, or as it was before, also after a crash."""
    if not isinstance(file, str | os.PathLike):
        yield file
        return
    try:
        path = Path(file).resolve()
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:  # a pipe or a device cannot be replaced; a folder is an error
                yield stream
            return
        with replacing(path) as temporary, temporary.open("wb") as stream:
            yield stream
    except (OSError, ValueError) as exc:
        raise ArticleQAError(
            f"Cannot write {_named(file)}: {_cause(exc)}. See who may write there, and how much room is left."
        ) from exc


def _cause(exc: OSError | ValueError) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
