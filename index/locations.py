"""Locations of articles as plain values and back: in a record of the store, and in a file of articles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from index.article import Location
from index.filter import is_unicode

_NAMES = [field.name for field in fields(Location)]
_ETAG_CHARS = 500  # real ones have up to a hundred
_LEFT_OUT: dict[str, Any] = {"modified_at": None, "size": 0}  # where there is nothing to say


def locations_to_json(locations: Sequence[Location]) -> str:
    """A list of objects; what is None, 0 or False is left out."""
    return json.dumps([{name: value for name in _NAMES if (value := getattr(each, name))} for each in locations])


def locations_from_json(stored: object) -> tuple[Location, ...]:
    """Read back what `locations_to_json` gave.

    None for what an earlier version stored, and where they are damaged: then it is not known where the article was
    read, nothing of it is gone, and it is noted again when it is read again.
    """
    if not isinstance(stored, str):
        return ()
    try:
        return locations_of(json.loads(stored))
    except ValueError:
        return ()


def locations_of(values: object) -> tuple[Location, ...]:
    """The locations that a list of objects stands for. Raises ValueError, which says what is wrong with it."""
    try:
        found = tuple(
            Location(**_LEFT_OUT | {name: each[name] for name in _NAMES if name in each})
            for each in values  # type: ignore[attr-defined]
        )
    except TypeError as exc:
        raise ValueError(_PROBLEM) from exc
    if problem := problem_of_locations(found):
        raise ValueError(problem)
    return found


def problem_of_locations(locations: Iterable[Location]) -> str:
    """Why they cannot be stored; empty where they can."""
    return "" if all(_is_sound(each) for each in locations) else _PROBLEM


_PROBLEM = (
    'its "locations" are no list of {"address", "read_at", "modified_at", "size", "sha256"} with times like '
    "2025-03-13T08:00:00+00:00"
)


def is_etag(text: str) -> bool:
    """Whether it can be sent back to its server: visible ASCII, and no novel."""
    return len(text) <= _ETAG_CHARS and text.isascii() and text.isprintable()


def _is_sound(location: Location) -> bool:
    texts = [location.address, location.read_at, location.sha256]
    texts += [each for each in (location.modified_at, location.volume, location.known_as) if each is not None]
    times = [each for each in (location.read_at, location.modified_at) if each is not None]
    numbers = [each for each in (location.size, location.articles) if each is not None]
    return (
        all(isinstance(text, str) and is_unicode(text) for text in texts)
        and all(_is_time(time) for time in times)
        and all(type(number) is int and number >= 0 for number in numbers)
        and isinstance(location.is_partial, bool)
        and (location.etag is None or (isinstance(location.etag, str) and is_etag(location.etag)))
    )


def _is_time(text: str) -> bool:
    """ISO 8601 with the difference to UTC, so that it can be compared with others."""
    try:
        return datetime.fromisoformat(text).utcoffset() is not None
    except ValueError:
        return False
