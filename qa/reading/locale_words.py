"""Days, and several things side by side, as a language writes them: by Babel, from the Unicode CLDR."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from qa.question.languages import ENGLISH, NO_TABLE


def said_day(day: date, language: str) -> str:
    """A day as people write it; ISO 8601 in a language that is not known.

    >>> said_day(date(2025, 3, 7), "de"), said_day(date(2025, 3, 7), "ja"), said_day(date(2025, 3, 7), "und")
    ('7. März 2025', '2025年3月7日', '2025-03-07')
    """
    if language == ENGLISH:
        return f"{day.day} {day:%B} {day.year}"
    if language == NO_TABLE:
        return day.isoformat()
    from babel.dates import format_date

    return str(format_date(day, "long", locale=language))


def said_period(start: date, end: date, language: str) -> str:
    """From one day to another, both included, of whole months and years without days.

    >>> said_period(date(2025, 3, 1), date(2025, 3, 31), "es")
    'marzo de 2025'
    """
    if language == NO_TABLE or start == end:
        return said_day(start, language) if start == end else f"{start.isoformat()} – {end.isoformat()}"
    from babel.dates import format_interval, format_skeleton

    if start.day == 1 and (end + timedelta(1)).day == 1:
        skeleton = "y" if (start.month, end.month) == (1, 12) else "yMMMM"
        if start.year == end.year and (skeleton == "y" or start.month == end.month):
            return str(format_skeleton(skeleton, start, locale=language))
        return str(format_interval(start, end, "yMMM" if skeleton == "yMMMM" else "y", locale=language))
    return str(format_interval(start, end, "yMMMd", locale=language))


def joined(said: Sequence[str], language: str) -> str:
    """Several answers: in English with ";", else as the language lists them, unless one of them holds such a sign.

    >>> joined(["Anna", "Ben", "Eva"], "de"), joined(["安娜", "本"], "zh"), joined(["Anna", "Ben"], "en")
    ('Anna, Ben und Eva', '安娜和本', 'Anna; Ben')
    """
    if language in (ENGLISH, NO_TABLE) or len(said) < 2 or any(sign in each for each in said for sign in ",;、，،"):
        return "; ".join(said)
    from babel.lists import format_list

    return str(format_list(said, locale=language))
