"""Where articles are read: the address of a file or page, its state, and both attached to what is in it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from urllib.parse import unquote_to_bytes

from index.article import Article, Location
from index.filter import is_unicode
from index.formats.origin import SourceFailure
from index.locations import is_etag

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILE = "file://"
_HELD_BACK = 20  # failures behind an article that may be the last: a file is read as its articles are stored


def address_of(path: Path) -> str:
    """The absolute path, links resolved."""
    return shown_address(path.resolve())


def shown_address(real: Path) -> str:
    """A path as it is stored: one that is no Unicode text, which no store takes, becomes a file:// address."""
    return str(real) if is_unicode(str(real)) else real.as_uri()


def path_of(address: str) -> Path:
    """The path that `address_of` named so.

    >>> path_of("file:///notes/a%FF.txt") == Path(os.fsdecode(b"/notes/a\\xff.txt"))
    True
    """
    if address.startswith(_FILE):
        return Path(os.fsdecode(unquote_to_bytes(address.removeprefix(_FILE))))
    return Path(address)


def file_location(path: Path, stream: BufferedReader) -> Location:
    """The state of an open file, which is read once and left at its beginning."""
    status = os.fstat(stream.fileno())
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return Location(address_of(path), now(), modified_at(status), status.st_size, digest, volume=volume_of(path))


def page_location(url: str, content: bytes, last_modified: str | None, etag: str | None = None) -> Location:
    """What a web address gave; its "#fragment" does not count. `last_modified` and `etag` are the headers."""
    from email.utils import parsedate_to_datetime

    try:
        modified = parsedate_to_datetime(last_modified or "").astimezone(UTC).isoformat()
    except (ValueError, TypeError, OverflowError):
        modified = None
    address = url.partition("#")[0]
    digest = hashlib.sha256(content).hexdigest()
    return Location(address, now(), modified, len(content), digest, etag=etag if etag and is_etag(etag) else None)


def located(items: Iterator[Article | SourceFailure], location: Location) -> Iterator[Article | SourceFailure]:
    """The items with where they are from. The last article also says how many there are, so that it shows whether all
    of them were stored; but for a file that ends in very many failures, which is read again each time.
    """
    number = 0
    failed = False
    last: Article | None = None
    later: list[SourceFailure] = []  # behind it
    try:
        for item in items:
            if isinstance(item, SourceFailure):
                failed = True
                later.append(item)
                if len(later) > _HELD_BACK:
                    yield from _released(last, location, later)
                    last = None
                continue
            yield from _released(last, location, later)
            last = item
            number += 1
    except Exception:
        yield from _released(last, location, later)
        raise
    whole = replace(location, articles=number, is_partial=location.is_partial or failed)
    yield from _released(last, whole, later)


def _released(
    article: Article | None, location: Location, later: list[SourceFailure]
) -> Iterator[Article | SourceFailure]:
    """An article and what failed behind it, which is forgotten then."""
    if article is not None:
        yield replace(article, locations=(location,))
    yield from later
    later.clear()


def now() -> str:
    """The time, ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def modified_at(status: os.stat_result) -> str | None:
    """When a file was modified, ISO 8601 to the microsecond; None for a time that no calendar has."""
    try:
        return (_EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)).isoformat(timespec="microseconds")
    except OverflowError:
        return None


def is_as_read(location: Location, status: os.stat_result) -> bool:
    """Whether a file is, by its size and time, as it was when it was read."""
    return is_settled(location) and (location.size, location.modified_at) == (status.st_size, modified_at(status))


def is_settled(location: Location) -> bool:
    """Whether a later change of the file shows by its time: not where it was read within a tick of its file system.

    FAT counts in two seconds, HFS+ and some network file systems in one, others in a few milliseconds.
    """
    if location.modified_at is None:
        return False
    modified = datetime.fromisoformat(location.modified_at)
    tick = timedelta(milliseconds=2000 if modified.microsecond == 0 else 100)
    return not modified <= datetime.fromisoformat(location.read_at) < modified + tick


def is_gone(location: Location) -> bool:
    """Whether the file is certainly there no more: its volume is mounted, and the system says that there is none."""
    if location.volume is not None and not os.path.ismount(location.volume):
        return False
    try:
        os.lstat(path_of(location.address))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def volume_of(path: Path) -> str | None:
    """Where the file system that a file lies on is mounted; None for the root's."""
    return _volume(str(path.resolve().parent))


@lru_cache(maxsize=1024)
def _volume(folder: str) -> str | None:
    place = Path(folder)
    while not os.path.ismount(place):
        place = place.parent
    return str(place) if place != place.parent and is_unicode(str(place)) else None
