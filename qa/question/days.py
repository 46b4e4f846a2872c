"""Expressions of time in English, each with what makes days of it. Months and quarters are those of the calendar."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from index.words import DAYS, MONTHS

_MONTHS, _DAYS = MONTHS.split(), DAYS.split()
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "first second third fourth".split()

_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?" + (
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>(?:1[6-9]|20)\d\d|'\d\d)(?!\d)"
DAY = r"(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d)"
_ANY_WEEKDAY = f"(?:{'|'.join(_DAYS)})"
_WEEKDAY = f"(?P<weekday>{_ANY_WEEKDAY})"
_SEASON = rf"(?P<season>{'|'.join(_SEASONS)})"
_COUNT = rf"(?<![\d.,])(?P<count>\d+|an?|{'|'.join(_NUMBERS[1:])})"
_UNIT = r"(?P<unit>hour|day|week|fortnight|month|quarter|year)s?"
_PART = r"(?: (?:morning|afternoon|evening|night))?"
_WHICH = r"(?P<which>earlier this|later this|so far this|this|last|past|next)"
_HALF = (
    r"(?P<half>early|mid|late|(?:the )?(?:first|second) half of|(?:the )?first week of"
    r"|(?:the )?(?:start|beginning|end) of)"
)
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Seen:
    """A match, and from which day and in which direction it is seen; `told`: in an article, not in a question."""

    groups: dict[str, str]
    today: date
    ahead: bool
    told: bool

    def number(self, name: str) -> int:
        """A number in words or figures; "a" is one."""
        value = self.groups[name]
        if value in ("a", "an"):
            return 1
        return _NUMBERS.index(value) if value in _NUMBERS else int(value)

    @property
    def month(self) -> int:
        """From 1 to 12."""
        return next(at for at, each in enumerate(_MONTHS, 1) if each.startswith(self.groups["month"][:3]))

    @property
    def year(self) -> int | None:
        """None where there is none; that of two figures is no later than next year."""
        value = self.groups.get("year") or ""
        if value.startswith("'"):
            return int(value[1:]) + (2000 if 2000 + int(value[1:]) <= self.today.year + 1 else 1900)
        return int(value) if value else None


def _month(year: int, month: int) -> Days:
    """The month, which may be counted beyond the year's ends."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _months(year: int, month: int, count: int) -> Days:
    return _month(year, month)[0], _month(year, month + count - 1)[1]


def _nearest(seen: Seen, of_year: Callable[[int], Days | None]) -> Days | None:
    """What comes every year: that of the year given, else the last that has begun, or the next that is not over.

    An article names a day that is near, and speaks of what was more than of what will be.
    """
    if seen.year is not None:
        return of_year(seen.year)
    # A leap day comes every eight years at least.
    years = range(max(seen.today.year - 8, 1), min(seen.today.year + 9, 9999))
    found = [days for year in years if (days := of_year(year)) is not None]
    coming = next((days for days in found if days[1] >= seen.today), None)
    last = next((days for days in reversed(found) if days[0] <= seen.today), None)
    if seen.ahead or last is None or coming is None:
        return coming if seen.ahead else last
    nearer = _AS_FAR_AHEAD * (coming[0] - seen.today) < seen.today - last[1]
    return coming if seen.told and nearer else last


def _a_day(seen: Seen) -> Days | None:
    def of_year(year: int) -> Days | None:
        try:
            day = date(year, seen.month, int(seen.groups["day"]))
        except ValueError:
            return None
        return day, day

    return _nearest(seen, of_year)


def _written_day(seen: Seen) -> Days | None:
    year, month, day = (int(seen.groups[each]) for each in ("y", "m", "d"))
    if month > 12:
        month, day = day, month
    return date(year, month, day), date(year, month, day)


def _a_month(seen: Seen) -> Days | None:
    if seen.groups.get("of"):
        year = seen.today.year + {"last": -1, "this": 0, "next": 1}[seen.groups["of"]]
        return _month(year, seen.month)
    return _nearest(seen, lambda year: _month(year, seen.month))


def _part_of(seen: Seen) -> Days | None:
    half = seen.groups["half"].removeprefix("the ")
    if seen.groups.get("month"):
        days = _a_month(seen)
    elif seen.groups.get("year"):
        days = _months(seen.year or 0, 1, 12)
    else:
        days = _unit(seen.today, seen.groups["unit"], 0)
    if days is None:
        return None
    start, end = days
    if half.startswith(("start", "beginning")):
        return start, start
    if half.startswith("end"):
        return end, end
    if (end - start).days > 31:  # of a year: its thirds or halves
        third = {"early": (1, 4), "mid": (5, 4), "late": (9, 4), "first h": (1, 6), "second": (7, 6)}
        return next((_months(start.year, *each) for name, each in third.items() if half.startswith(name)), days)
    first, last = {"early": (1, 10), "mid": (11, 20), "late": (21, 31), "first h": (1, 15), "second": (16, 31)}.get(
        half[:7] if half.startswith("first h") else half.split()[0], (1, 7)
    )
    return start.replace(day=first), min(end, start + timedelta(last - 1))


def _unit(today: date, unit: str, step: int) -> Days:
    """The week, month, quarter or year that lies `step` of them from the one that today is in."""
    if unit == "week":
        start = today - timedelta(today.weekday()) + timedelta(7 * step)
        return start, start + timedelta(6)
    if unit == "weekend":
        start, end = _unit(today, "week", step)
        return start + timedelta(5), end
    if unit == "quarter":
        return _months(today.year, (today.month - 1) // 3 * 3 + 1 + 3 * step, 3)
    return _month(today.year, today.month + step) if unit == "month" else _months(today.year + step, 1, 12)


def _this_or_last(seen: Seen) -> Days | None:
    which, unit = seen.groups["which"], seen.groups["of_unit"]
    if unit == "fortnight":
        return seen.today - timedelta(13), seen.today
    if which == "past" and unit != "weekend":
        return _back(seen.today, unit, 1) + timedelta(1), seen.today
    start, end = _unit(seen.today, unit, {"last": -1, "past": -1, "next": 1}.get(which, 0))
    if which in ("earlier this", "so far this"):
        end = min(end, seen.today)
    elif which == "later this":
        start = max(start, seen.today)
    return start, end


def _counted(seen: Seen) -> Days | None:
    """Of the last three days today is one."""
    count, unit = seen.number("count"), seen.groups["unit"]
    if unit == "hour":
        days = (count + 23) // 24
        return (seen.today - timedelta(days), seen.today) if seen.groups["which"] != "next" else None
    if seen.groups["which"] == "next":
        return seen.today, _back(seen.today, unit, -count) - timedelta(1)
    return _back(seen.today, unit, count) + timedelta(1), seen.today


def _back(today: date, unit: str, count: int) -> date:
    """So many days, weeks or the like before a day; of a shorter month its last day."""
    if unit in ("day", "week", "fortnight"):
        return today - timedelta(count * {"day": 1, "week": 7, "fortnight": 14}[unit])
    first, last = _month(today.year, today.month - count * {"month": 1, "quarter": 3, "year": 12}[unit])
    return first.replace(day=min(today.day, last.day))


def _ago(seen: Seen) -> Days | None:
    unit, count = seen.groups["unit"], seen.number("count")
    if unit == "year" and count > _YEARS_COUNTED:
        return None
    if unit == "hour":
        return seen.today - timedelta(count // 24), seen.today
    day = _back(seen.today, unit, count)
    return (day, day) if unit in ("day", "week", "fortnight") else _unit(day, unit, 0)


def _day_word(seen: Seen) -> Days | None:
    word = seen.groups["word"]
    steps = {"yesterday": -1, "last night": -1, "tomorrow": 1}
    step = -2 if word.startswith("the day before") else steps.get(word, 0)
    day = seen.today + timedelta(step)
    return day, day


def _weekday(seen: Seen) -> Days | None:
    """ "Last Friday" is never today; "on Friday" may be, seen from a question or from the day of the report."""
    number = _DAYS.index(seen.groups["weekday"])
    which, week = seen.groups.get("which"), seen.groups.get("week")
    if week or which == "this":
        day = _unit(seen.today, "week", {"last": -1, "next": 1}.get(week or "", 0))[0] + timedelta(number)
    elif which == "next" or (seen.ahead and which is None):
        day = seen.today + timedelta((number - seen.today.weekday() - (which == "next")) % 7 + (which == "next"))
    else:
        last = which in ("last", "past")
        day = seen.today - timedelta((seen.today.weekday() - number - last) % 7 + last)
    return day, day


def _weekend(seen: Seen) -> Days | None:
    saturday = seen.today - timedelta((seen.today.weekday() - 5) % 7)
    if seen.ahead and saturday + timedelta(1) < seen.today:
        saturday += timedelta(7)
    return saturday, saturday + timedelta(1)


def _season(seen: Seen) -> Days | None:
    month, which = _SEASONS[seen.groups["season"]], seen.groups.get("which")
    if seen.year is not None:
        return _months(seen.year, month, 3)
    found = [_months(year, month, 3) for year in range(seen.today.year - 2, seen.today.year + 3)]
    if which in ("last", "past"):
        return [days for days in found if days[1] < seen.today][-1]
    if which == "next" or seen.ahead:
        return next(days for days in found if days[0] > seen.today)
    return [days for days in found if days[0] <= seen.today][-1]


def _quarter(seen: Seen) -> Days | None:
    number = seen.groups["quarter"]
    month = 3 * (int(number) if number.isdigit() else _ORDINALS.index(number) + 1) - 2
    return _nearest(seen, lambda year: _months(year, month, 3))


def _day_of_month(seen: Seen) -> Days | None:
    for step in range(13):
        first, last = _month(seen.today.year, seen.today.month + (step if seen.ahead else -step))
        number = int(seen.groups["day"])
        if number <= last.day:
            day = first.replace(day=number)
            if day >= seen.today if seen.ahead else day <= seen.today:
                return day, day
    return None


def _feast(seen: Seen) -> Days | None:
    if seen.groups["feast"] == "christmas":
        return _nearest(seen, lambda year: (date(year, 12, 24), date(year, 12, 26)))
    day = (12, 31) if seen.groups["feast"].endswith("eve") else (1, 1)
    return _nearest(seen, lambda year: (date(year, *day), date(year, *day)))


def _decade(year: int) -> Days:
    return date(year, 1, 1), date(year + 9, 12, 31)


_YEARS_COUNTED = 200  # "3,000 years ago" is about
_AS_FAR_AHEAD = 2  # times farther than it is, a day to come counts
_AN_OF_YEAR = rf"(?: of)?,? {_YEAR}"
Maker = Callable[[Seen], Days | None]
# Each expression with what it means, the longer before those that are part of it. The second value: whether the words
# mean a time wherever they stand, or in a question only behind a preposition, as "May" and "2049" are names as well.
EXPRESSIONS: tuple[tuple[str, bool, Maker], ...] = (
    (r"\b(?P<y>(?:1[6-9]|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b", True, _written_day),
    (r"\b(?P<d>\d\d?)[./](?P<m>\d\d?)[./](?P<y>(?:1[6-9]|20)\d\d)\b", True, _written_day),
    (
        r"\b(?P<year>(?:1[6-9]|20)\d\d)-(?P<m>0[1-9]|1[0-2])\b(?!-)",
        True,
        lambda seen: _month(seen.year or 0, int(seen.groups["m"])),
    ),
    (rf"\b(?:{_ANY_WEEKDAY},? )?(?:the )?{DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?", True, _a_day),
    (rf"\b(?:{_ANY_WEEKDAY},? )?{_MONTH} (?:the )?{DAY}(?:,? {_YEAR})?", True, _a_day),
    (rf"\b{_HALF}[ -](?:{_MONTH}(?:{_AN_OF_YEAR})?|the (?P<unit>year|month|week)\b)", True, _part_of),
    (rf"\b{_HALF}[ -]{_YEAR}", True, _part_of),
    (rf"\b{_MONTH}(?: of)? (?P<of>last|this|next) year\b", True, _a_month),
    (rf"\b{_MONTH}{_AN_OF_YEAR}", True, _a_month),
    (rf"\b{_SEASON}{_AN_OF_YEAR}(?:[-/]\d\d)?", True, _season),
    (rf"\b{_WHICH} {_SEASON}\b", True, _season),
    (rf"\bq(?P<quarter>[1-4])(?:{_AN_OF_YEAR})?\b", True, _quarter),
    (rf"\bthe (?P<quarter>{'|'.join(_ORDINALS)}) quarter(?:{_AN_OF_YEAR})?\b", True, _quarter),
    (rf"\b(?:the )?(?P<which>last|past|next) {_COUNT} {_UNIT}\b", True, _counted),
    (rf"\b{_COUNT} {_UNIT} ago\b", True, _ago),
    (
        rf"\b(?P<word>(?:the )?day before yesterday|yesterday|last night|today|tonight|tomorrow"
        rf"|this (?:morning|afternoon|evening)){_PART}\b",
        True,
        _day_word,
    ),
    (rf"\b(?:{_WHICH} )?{_WEEKDAY}{_PART} (?:of )?(?P<week>last|this|next) week\b", True, _weekday),
    (rf"\b(?:{_WHICH} )?{_WEEKDAY}{_PART}\b", True, _weekday),
    (rf"\b(?:the )?{_WHICH} (?P<of_unit>weekend|week|fortnight|month|quarter|year)\b", True, _this_or_last),
    (r"\b(?:at|on|over) the weekend\b", True, _weekend),
    (
        r"\b(?P<feast>christmas|new year's (?:day|eve))(?! (?:carol|movie|film|song|album|tree|present|gift))",
        True,
        _feast,
    ),
    (r"\b(?:the )?(?P<y>(?:1[6-9]|20)\d0)'?s\b", True, lambda seen: _decade(int(seen.groups["y"]))),
    (rf"(?<=\bon )the {DAY}(?<=[a-z])\b", True, _day_of_month),
    (rf"\b{_MONTH}", False, _a_month),
    (rf"\b{_SEASON}\b", False, _season),
    (rf"(?<![\w.,]){_YEAR}(?![\w%])(?!,\d|\.\d)", False, lambda seen: _months(seen.year or 0, 1, 12)),
)
