"""Where the dates of news and of a timeline stand on a line, and where there is room for what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from qa.answer import Event

# Hundredths of the line, which has 316 pixels on a telephone of 360.
_LEAST_GAP = 8  # between points: 25 pixels, so that each can be touched
_LABEL_GAP = 40  # between labels in one of the two rows: the longest, a Chinese one, takes 28


@dataclass(frozen=True, slots=True)
class Point:
    """A time on the line, with its first sentence; `place` is from 0 to 100, `row` "" where no label has room.

    `day` is where it begins; `said`, ISO 8601, whether the day, the month or the year is known.
    """

    event: Event
    day: date
    said: str
    place: int
    row: str


def points_of(events: Sequence[Event]) -> list[Point]:
    """A point for each day, the oldest first; none where there are fewer than two. Undated events are left out."""
    first: dict[date, Event] = {}
    for event in events:
        if event.date:
            first.setdefault(date.fromisoformat(f"{event.date}-01-01"[: len("2025-01-01")]), event)
    days = sorted(first)
    if len(days) < 2:
        return []
    places = _places(days)
    rows = _rows(places)
    return [
        Point(first[day], day, first[day].date or "", place, row)
        for day, place, row in zip(days, places, rows, strict=True)
    ]


def _places(days: Sequence[date]) -> list[int]:
    """Where days stand on the line, in hundredths of it, by date, and as far apart as each needs.

    >>> _places([date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 6), date(2025, 1, 11)])
    [0, 10, 50, 100]
    >>> _places([date(2024, 1, 1), date(2025, 12, 30), date(2025, 12, 31)])
    [0, 92, 100]
    """
    gap = min(_LEAST_GAP, 100 // (len(days) - 1))
    whole = (days[-1] - days[0]).days
    places = [round(100 * (day - days[0]).days / whole) for day in days]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + gap)
    places[-1] = 100
    for at in range(len(places) - 2, -1, -1):
        places[at] = min(places[at], places[at + 1] - gap)
    return places


def _rows(places: Sequence[int]) -> list[str]:
    """For each place whether its label is above or below the line, in turn; "" where there is no room for it.

    >>> _rows([0, 8, 16, 100])
    ['above', 'below', '', 'above']
    """
    rows = [""] * len(places)

    def room(at: int, row: str) -> int:
        """How far the nearest label of a row is away."""
        return min(
            (abs(places[at] - place) for place, there in zip(places, rows, strict=True) if there == row), default=100
        )

    for at in (0, len(places) - 1, *range(1, len(places) - 1)):  # the first and the last day are told in any case
        most = max(("above", "below"), key=lambda row: room(at, row))
        if room(at, most) >= _LABEL_GAP:
            rows[at] = most
    return rows
