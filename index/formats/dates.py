"""When something was published, as ISO 8601 with no more parts than were given."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from functools import cache

# RFC 822, section 5.1: the zone names that mail and feeds use, and others that are one zone ("IST" is three).
_ZONE_HOURS = {"UT": 0, "GMT": 0, "UTC": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
               "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "BST": 1, "WET": 0, "WEST": 1, "CET": 1,
               "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10,
               "AEDT": 11, "NZST": 12, "NZDT": 13}  # fmt: skip

_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_YEAR_MONTH_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})")
_DAY_MONTH_YEAR = re.compile(r"\d{1,2}\.\s*\d{1,2}\.\s*\d{4}\b")  # with dots the day is always first

# The languages besides English whose names of months are read.
_LANGUAGES = ("de", "de_AT", "fr", "es", "it", "pt", "nl", "ru", "uk", "pl", "sv", "da", "nb", "fi",
              "el", "hu", "ro", "tr")  # fmt: skip
_SHORT_ARE_WORDS = {"tr"}  # whose short names of months are words or names elsewhere: "Ara", "Tem"
_GREEK_ACCENTS = str.maketrans("άέήίόύώϊϋΐΰ", "αεηιουωιυιυ")
_ENGLISH = ("", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December")  # fmt: skip
_ENGLISH_FORMS = {form for month in _ENGLISH for form in (month.casefold(), month[:3].casefold())} | {"sept"}
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAYS_IN_TEXT = re.compile(
    rf"(?<![\d/.-])(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}\.\s?\d{{1,2}}\.\s?\d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?{_MONTH},? \d{{4}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})(?![\d/-])",
    re.IGNORECASE,
)

# "2025年5月3日", "2025년 5월 3일".
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월](?:\s*(\d{1,2})\s*[日號号일])?")

# "4時07分", and "오후 11:23", "上午9:30": half of the day before the time.
_TIME_IN_SIGNS = re.compile(r"(\d{1,2})\s*[時时시]\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?")
_HALF_FIRST = re.compile(r"(?:(오전|午前|上午|早上|凌晨)|(?:오후|午後|下午|晚上))\s*(\d{1,2}:\d\d(?::\d\d)?)")
_TIME = re.compile(
    r"(?<![\d:.])([01]?\d|2[0-3])(?:[:.]| ?h ?)([0-5]\d)(?:[:.]([0-5]\d))?(?: ?([AP])M)?(?![\d:])"
    r"(?: (?:Uhr )?(?:([A-Z]{1,4})\b|([+-]\d\d):?(\d\d)\b))?"
)
_OF_GMT = re.compile(r"\b(?:GMT|UTC) ?(?=[+-]\d)")  # "GMT+0100", which dateutil takes for the other side of Greenwich
_YEAR_FIRST = re.compile(r"\d{4}[-/.]")
_WORD_FIRST = re.compile(r"\A[^\W\d_]+\.?,? (?=\d)")  # "Dienstag, 4"
# A year of two digits in a date of mail (RFC 822), where the day of the week or the time says that it is one.
_MAIL_YEAR = re.compile(r"[A-Za-z]{3},|\d{1,2} [A-Za-z]{3} \d\d \d{1,2}:\d\d")

# "30 Nov -0001", "01 Jan 0000": what programs write for no date, and dateutil takes for 2001 and 2000.
_NO_YEAR = re.compile(rf"{_MONTH},? (?:\d{{1,2}},? )?-?0\d{{3}}\b", re.IGNORECASE)

# Two dates that differ in every part: what comes out the same with both was in the text.
_BLANKS = (datetime(2000, 1, 1), datetime(1996, 2, 2, 1, 1, 1))


def parse_published(value: object) -> str | None:
    """A date or time in any common spelling -> ISO 8601; None for what is none.

    Parts that are missing stay missing: "March 2025" gives "2025-03", a date gets no time, a time no zone. A date that
    could be day/month or month/day ("03/04/2025") gives its year only.

    >>> parse_published("Tue, 11 Mar 2025 10:15:00 GMT")
    '2025-03-11T10:15:00+00:00'
    """
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > 100:
        return None
    given = _OF_GMT.sub("", " ".join(value.split()))
    text = _in_english(given)
    if published := _from_iso(text) or _from_words(text) or _from_words(_WORD_FIRST.sub("", text)):
        return published
    # dateutil knows the words around a date in English only: "Dienstag, 4. März 2025 um 10:15".
    days = dates_in(text) if text != given else []
    return _at_its_time(text, days[0]) if len(days) == 1 else None


def _at_its_time(text: str, day: str) -> str:
    """A day with the one time that stands beside it in a text, if there is one."""
    times = list(_TIME.finditer(_DAYS_IN_TEXT.sub(" ", text)))
    if len(times) != 1:
        return day
    hour, minute, second, half, name, hours, minutes = times[0].groups()
    of_day = int(hour) % 12 + 12 * (half == "P") if half else int(hour)
    zone = _zone(name, 60 * (60 * int(hours) + int(hours[0] + minutes)) if hours else None)
    return datetime.combine(date.fromisoformat(day), time(of_day, int(minute), int(second or 0)), zone).isoformat()


def dates_in(text: str, language: str = "") -> list[str]:
    """The days that a line of text names, ISO 8601, in order, each once; no times, months or years alone.

    "03/04/2025" counts only in a language whose writers put the day first; in English either may be meant.

    >>> dates_in("Von Ida Storm, 4. März 2021", "de")
    ['2021-03-04']
    """
    text = _in_english(" ".join(text.split()))
    found = []
    for match in _DAYS_IN_TEXT.finditer(text):
        words = re.sub(r"(?<=\d)(?:st|nd|rd|th|er|º|ª|°)\b", "", match[0])
        if re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", words) and language and not language.startswith("en"):
            words = words.replace("/", ".")
        day = _from_iso(words) or _from_words(words)
        if day and len(day) >= 10 and day[:10] not in found:
            found.append(day[:10])
    return found


def beside_dates(text: str) -> str:
    """What a line of text says besides the days that it names."""
    return _DAYS_IN_TEXT.sub(" ", _in_english(" ".join(text.split())))


@cache
def _months() -> dict[str, str]:
    """The names of months in the languages that are read, in small letters -> English; none that is two months."""
    from babel.dates import get_month_names

    names: dict[str, set[int]] = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            if width == "abbreviated" and language in _SHORT_ARE_WORDS:
                continue
            for month, name in get_month_names(width, "format", language).items():
                names.setdefault(_key(name).rstrip("."), set()).add(month)
                if not name[:3].isascii():  # "Mär", "fév": so short that few words begin like it
                    names.setdefault(_key(name[:3]), set()).add(month)
    return {name: _ENGLISH[min(numbers)] for name, numbers in names.items() if len(numbers) == 1 and name.isalpha()}


def _european(date: re.Match[str]) -> str:
    """A date like "2025年5月3日" as "3 May 2025", which cannot be read as another day."""
    year, month, day = date.groups()
    if day and 1 <= int(month) <= 12:
        return f" {day} {_ENGLISH[int(month)]} {year} "
    return f" {'-'.join(filter(None, (year, month, day)))} "


def _key(word: str) -> str:
    """A word in small letters; one of Greek without accents, with and without which its short names are written."""
    small = word.casefold()
    return small.translate(_GREEK_ACCENTS) if "α" <= small[:1] <= "ώ" else small


def _in_english(text: str) -> str:
    """Write the names of months in English, and leave out what other languages put between the parts of a date."""
    text = _TIME_IN_SIGNS.sub(lambda found: ":".join(f"{int(each):02}" for each in found.groups() if each), text)
    text = _HALF_FIRST.sub(lambda found: f"{found[2]} {'AM' if found[1] else 'PM'}", text)
    text = _EAST_ASIAN.sub(_european, text).strip()
    months = _months() if re.search(r"\d", text) else {}
    words = re.split(r"([^\W\d_]+)", text)
    if not any(_key(word) in months and word.casefold() not in _ENGLISH_FORMS for word in words):
        return text
    text = "".join(months.get(_key(word), word) for word in words)
    months_here = "|".join(_ENGLISH)
    text = re.sub(rf"(\d)(?:\.|er|º|°)?(?: de| di)? (?:de )?({months_here})\b\.?", r"\1 \2", text)
    return re.sub(rf"({months_here})\.?,? (?:de |del |di )?(?=\d)", r"\1 ", text)


def _from_iso(text: str) -> str | None:
    if re.fullmatch(r"\d{4}", text):
        return text if "1000" <= text <= "2999" else None
    if match := _YEAR_MONTH.fullmatch(text):
        return f"{match[1]}-{int(match[2]):02}" if 1 <= int(match[2]) <= 12 else None
    if match := _DAY_OF_YEAR.fullmatch(text):
        year, number = map(int, match.groups())
        is_one = 1000 <= year <= 2999 and 1 <= number <= 365 + isleap(year)
        return (date(year, 1, 1) + timedelta(number - 1)).isoformat() if is_one else None
    if match := _YEAR_MONTH_DAY.fullmatch(text):
        text = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError:
        return None


def _from_words(text: str) -> str | None:
    # dateutil reads "May 32" as 2032: without a year of four digits only mail's "Tue, 11 Mar 25" is a date.
    if not (re.search(r"(?<!\d)\d{4}(?!\d)", text) or _MAIL_YEAR.match(text)) or _NO_YEAR.search(text):
        return None
    day_first = bool(_DAY_MONTH_YEAR.match(text))
    first, second = (_parse(text, blank, day_first) for blank in _BLANKS)
    if first is None or second is None or first.year != second.year:
        return None
    other = _parse(text, _BLANKS[0], not day_first)
    is_either = not (day_first or _YEAR_FIRST.match(text)) and other is not None and other.date() != first.date()
    if first.month != second.month or is_either:
        return f"{first.year:04}"
    if first.day != second.day:
        return f"{first.year:04}-{first.month:02}"
    if first.hour != second.hour:
        return first.date().isoformat()
    return first.isoformat()


def _parse(text: str, blank: datetime, day_first: bool) -> datetime | None:
    from dateutil import parser

    try:
        parsed = parser.parse(text, default=blank, dayfirst=day_first, tzinfos=_zone)
        parsed.isoformat()  # an offset of more than a day shows up here
    except (ValueError, OverflowError, ArithmeticError, TypeError):  # dateutil on odd input, see its issues
        return None
    return parsed


def _zone(name: str | None, offset_s: int | None) -> tzinfo | None:
    # Given as a function, or dateutil warns of zone names that it does not know.
    if offset_s is not None:
        return timezone(timedelta(seconds=offset_s))
    hours = _ZONE_HOURS.get((name or "").upper())
    return None if hours is None else timezone(timedelta(hours=hours))
