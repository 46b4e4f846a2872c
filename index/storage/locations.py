"""The locations of an article as one value of its record in Chroma, which knows no lists of values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields

from index.article import Location

_NAMES = [field.name for field in fields(Location)]


def locations_to_json(locations: Sequence[Location]) -> str:
    """A list of objects; what is None or False is left out."""
    return json.dumps([{name: value for name in _NAMES if (value := getattr(each, name))} for each in locations])


def locations_from_json(stored: object) -> tuple[Location, ...]:
    """Read back what `locations_to_json` gave; none for what an earlier version stored."""
    if not isinstance(stored, str):
        return ()
    return tuple(
        Location(**({"modified_at": None, "size": 0} | {name: each[name] for name in _NAMES if name in each}))
        for each in json.loads(stored)
    )
