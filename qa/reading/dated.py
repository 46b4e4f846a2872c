"""When it was: an answer such as "Friday" with the day that it means in an article of some date."""

from __future__ import annotations

import re
from datetime import date, timedelta

from index import ScoredPassage
from index.words import DAYS, MONTHS, short_or_long
from qa.answer import day_of
from qa.question.times import Period, meant, told_in
from qa.question.turn import Query
from qa.reading.locale_words import said_period

# What such a sentence tells lies ahead.
_AHEAD = re.compile(
    r"\b(?:will|shall|won't|'ll|is set to|are set to|is due|are due|due to|is scheduled|are scheduled"
    r"|scheduled (?:for|to)|plans? to|planned for|expected to|is to|are to|upcoming|forthcoming|next|would be"
    r"|(?:the|an?|their|his|her|its) (?:planned|scheduled|proposed)|ahead of|(?:leading|lead|run)[ -]up to)\b",
    re.IGNORECASE,
)
# Where a clause ends; what lies ahead in another clause says nothing of this one.
_BORDER = re.compile(
    r"[,;:.]\s|\b(?:that|which|who|whom|whose|when|while|because|after|before|and|but|as|over)\b", re.IGNORECASE
)
_OVER = re.compile(r"\b(?:last|past|ago|earlier|yesterday)\b", re.IGNORECASE)
_MONTH = re.compile("|".join(rf"{each}\b\.?" for each in short_or_long(MONTHS)), re.IGNORECASE)
# What may stand beside a time that is completed; beside anything else, as a name or a number, it may mean another.
_BESIDE = re.compile(
    r"(?:\W|\b(?:(?i:on|in|at|by|since|until|till|from|during|around|about|before|after|early|late|mid|last|next|the|of"
    r"|this|that)|local|time|morning|afternoon|evening|night|noon|midnight|\d{1,2}(?::\d\d)?\s?[ap]\.?m\b\.?"
    r"|\d{1,2}:\d\d|[ap]\.m\.|[A-Z]{1,2}T|GMT|UTC)\b)*"
)


# What a span took along behind a day, and does not say when it was: "Wednesday night on a rise of 4 per cent".
_DAY_FIRST = re.compile(
    rf"(?P<day>(?:(?:on|late|early|last|this) )*(?:{'|'.join(DAYS.split())})(?: (?:morning|afternoon|evening|night))?)"
    r" (?:on|with|over|because|amid|when|as) (?!\d|the \d)",
    re.IGNORECASE,
)


def dated(answer: str, sentence: str, published: str | None, language: str = "en") -> str:
    """The answer, with what it leaves out of its date: the words that stand in the article stay as they are.

    `sentence` holds it; `published` is the article's date, ISO 8601. Without a date, or where the answer names no time,
    all of it, or more than it, it stays as it is.

    >>> dated("Friday", "The envoy left on Friday.", "2025-06-23")
    'Friday, 20 June 2025'
    >>> dated("last summer", "It opened last summer.", "2025-06-23")
    'last summer (June to August 2024)'
    >>> dated("On Tuesday", "On Tuesday it came back.", "2025-06-23")
    'On Tuesday, 17 June 2025'
    """
    day = day_of(published)
    if day is None or re.search(r"\b\d{3,4}\b", answer):
        return answer
    if language != "en":
        return _dated_abroad(answer, day, language)
    if (first := _DAY_FIRST.match(answer)) is not None:
        answer = first["day"]
    period = meant(answer, day, ahead=lies_ahead(answer, sentence))
    if period is None or period.start is None or period.end is None:
        return answer
    before, behind = answer[: period.at], answer[period.to :]
    if not _BESIDE.fullmatch(before) or not _BESIDE.fullmatch(behind) or re.match(r"[-–]\s?\w", behind):
        return answer
    named = answer[period.at : period.to]
    said = spoken(period)
    if _MONTH.search(named):
        named = named.rstrip(".") if named.lower().rstrip(".") in MONTHS.split() else named
        return f"{before}{named}{', ' if named[-1].isdigit() else ' '}{period.start.year}{behind.lstrip(',')}"
    if named.lower() in DAYS.split() and not behind.strip(" .,"):
        return f"{answer.rstrip(' .,')}, {said}"
    return f"{answer} ({said})"


def days_meant(answer: str, sentence: str, published: str | None, language: str = "en") -> tuple[date, date] | None:
    """The first and the last day that an answer means where it stands; None where it names no closed time.

    >>> days_meant("Friday", "The envoy left on Friday.", "2025-06-23")[0].isoformat()
    '2025-06-20'
    """
    day = day_of(published)
    if day is None:
        return None
    ahead = language == "en" and lies_ahead(answer, sentence)
    period = meant(answer, day, ahead=ahead, language=language)
    return (period.start, period.end) if period and period.start and period.end else None


def is_day_alone(text: str) -> bool:
    """Whether a text is a day and no more: a month or weekday with a figure, or a weekday; May and June are people.

    >>> is_day_alone("Monday, 3 May"), is_day_alone("on Friday"), is_day_alone("May"), is_day_alone("Friday's")
    (True, True, False, False)
    """
    return _DAY_ALONE.fullmatch(text) is not None


_CALENDAR = "|".join(short_or_long(f"{MONTHS} {DAYS}"))
_DAY_ALONE = re.compile(
    rf"(?=.*(?:\d|\b(?:{'|'.join(short_or_long(DAYS))})\b))(?=.*\b(?:{_CALENDAR})\b)"
    rf"(?:(?:{_CALENDAR}|\d{{1,4}}(?:st|nd|rd|th)?|and|to|on|the|of)\b|[\s,.–-])+",
    re.IGNORECASE,
)


def is_of_the_time(query: Query, scored: ScoredPassage) -> bool:
    """Whether a passage, or a copy of it, was published in the time that a query names; not where it names none."""
    period = query.period
    return period is not None and any(period.is_told_on(each.published) for each in (scored.passage, *scored.copies))


def happened(sentence: str, published: str | None, language: str = "en") -> Period | None:
    """When what a sentence of an article tells was, where its first clause names a time before the article's day.

    A time of another clause ("the phone, which came out in 2012, ...") may be that of something else.

    >>> said_time(happened("In May it was sold.", "2025-06-23")), happened("It will be sold in 2026.", "2025-06-23")
    ('May 2025', None)
    """
    day = day_of(published)
    found = told_in(sentence, day, language) if day else None
    if day is None or found is None or _ELSEWHERE.search(sentence[: found.at]):
        return None
    if language == "en" and lies_ahead(sentence[found.at : found.to], sentence):
        return None
    return found if found.start and found.end and found.end < day and found.end - found.start < _A_YEAR else None


_ELSEWHERE = re.compile(
    r"[—–;()]|:\s| - |\b(?:that|which|who|whom|whose|when|where|while|after|before|as)\b"
    r"|^\W*(?:[^\s,]+\s+){3,}[^\s,]+,",
    re.IGNORECASE,
)
_A_YEAR = timedelta(366)


def said_time(period: Period, language: str = "en") -> str:
    """A closed period in the language's words: "May 2025"."""
    assert period.start is not None
    assert period.end is not None
    return spoken(period) if language == "en" else said_period(period.start, period.end, language)


def iso_day(period: Period | None) -> str | None:
    """When a period begins, ISO 8601: of a whole month or year no more than that; None without one.

    >>> [iso_day(meant(text, date(2025, 6, 23))) for text in ("in 1987", "in May", "last week", "Sunday")]
    ['1987', '2025-05', '2025-06-16', '2025-06-22']
    """
    if period is None or period.start is None or period.end is None:
        return None
    start, behind = period.start, period.end + timedelta(1)
    if start.day != 1 or behind.day != 1 or (behind - start).days < _A_MONTH:
        return start.isoformat()
    return str(start.year) if start.month == behind.month else f"{start:%Y-%m}"


_A_MONTH = 28


def _dated_abroad(answer: str, day: date, language: str) -> str:
    """The same in other words: a day that is written without its year gets it, what else means a time its days.

    Not where the next such day is nearer than the last one.

    >>> _dated_abroad("am 12. März", date(2025, 6, 23), "de"), _dated_abroad("gestern", date(2025, 6, 23), "de")
    ('am 12. März 2025', 'gestern (22. Juni 2025)')
    """
    period = meant(answer, day, language=language)
    if period is None or period.start is None or period.end is None:
        return answer
    coming = meant(answer, day, ahead=True, language=language)
    named, said = answer[period.at : period.to].rstrip("."), said_period(period.start, period.end, language)
    if named.casefold() in said.casefold():
        if coming and coming.start and coming.start.year != period.start.year and coming.start - day < day - period.end:
            return answer  # no word tells whether it lies ahead
        return f"{answer[: period.at]}{said}{answer[period.at + len(named) :].lstrip('.')}"
    return f"{answer} ({said})"


def lies_ahead(answer: str, sentence: str) -> bool:
    """Whether the clause that the answer stands in speaks of what is to come, or the next one where it opens it."""
    if re.search(r"\bnext\b", answer, re.IGNORECASE):
        return True
    at = sentence.find(answer)
    if at < 0 or _OVER.search(answer):
        return False
    begin = max((match.end() for match in _BORDER.finditer(sentence, 0, at)), default=0)
    end = at + len(answer)
    opens = not re.sub(r"\b(?:on|in|at|by|since|from|early|late)\b|\W", "", sentence[begin:at], flags=re.IGNORECASE)
    borders = [match.start() for match in _BORDER.finditer(sentence, end)]
    stop = borders[1:2] if opens and borders and borders[0] <= end + 1 else borders[:1]
    return bool(_AHEAD.search(sentence[begin : stop[0] if stop else len(sentence)]))


def spoken(period: Period) -> str:
    """A closed period as people write it: "20 June 2025", "June 2025", "2025", "16 to 22 June 2025"."""
    start, end = period.start, period.end
    assert start is not None
    assert end is not None
    whole_months = start.day == 1 and (end + timedelta(1)).day == 1
    if start == end:
        return spoken_day(start)
    if whole_months and (start.month, end.month) == (1, 12):
        return str(start.year) if start.year == end.year else f"{start.year} to {end.year}"
    if whole_months:
        last = f"{end:%B} {end.year}"
        if (start.year, start.month) == (end.year, end.month):
            return last
        return f"{start:%B} to {last}" if start.year == end.year else f"{start:%B} {start.year} to {last}"
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {spoken_day(end)}"
    return f"{start.day} {start:%B}{'' if start.year == end.year else f' {start.year}'} to {spoken_day(end)}"


def spoken_day(day: date) -> str:
    """As in "7 March 2025"."""
    return f"{day.day} {day:%B} {day.year}"
