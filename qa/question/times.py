"""Expressions of time, and the days that they mean as seen from some day.

"Last week" of a question is seen from today, "on Friday" in an article from the day on which it was published. Weeks
begin on Monday; seasons are those of the north; a month, a weekday or a day without a year is the last one that has
begun, or the next one where what is told lies ahead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from index.filter import day_number
from index.words import DAYS, MONTHS
from qa.question.days import DAY, EXPRESSIONS, Seen

_MONTHS, _DAYS = MONTHS.split(), DAYS.split()
# A word one letter away from one of these is taken for it: a letter of long ones that is left out, put in or swapped
# with the next, of short ones swapped. Others are too like names and words of their own ("Marc", "many").
_LONG = frozenset(
    [each for each in (*_MONTHS, *_DAYS) if len(each) > 5]
    + "yesterday today tomorrow tonight month months weeks years weekend quarter christmas summer autumn winter".split()
)
_SHORT = frozenset("week year days".split())
_REPORTED_WITHIN = timedelta(days=7)
_NO_SLIP = frozenset("toady moth moths monthly sumer frida wears tears hears".split())


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both days included; None: open. `at, to`: the characters of the expression in its text."""

    start: date | None
    end: date | None
    at: int
    to: int

    @property
    def reported(self) -> tuple[str | None, str | None]:
        """From which day to which, ISO 8601, articles are published that tell of it: until a week behind its end."""
        end = self.end + _REPORTED_WITHIN if self.end is not None and self.end < date.max - _REPORTED_WITHIN else None
        return self.start.isoformat() if self.start else None, end.isoformat() if end else None

    def has_begun_by(self, today: date) -> bool:
        """Whether there may be articles of it: of next week, and of all time until 2030, others tell."""
        if self.start is not None:
            return self.start <= today
        return self.end is not None and self.end < today

    def is_told_on(self, published: str | None) -> bool:
        """Whether an article of that date, ISO 8601, may tell of it; one without a date is not known to."""
        begins, ends = (day_number(day) for day in self.reported)
        first, last = day_number(published), day_number(published, last=True)
        return first is not None and last is not None and (begins or 0) <= last and (ends is None or first <= ends)


def period_in(text: str, today: date, language: str = "en") -> Period | None:
    """The period that a question names, seen from `today`; None where it names none.

    >>> found = period_in("what did the board say last week", date(2023, 12, 20))
    >>> found.start.isoformat(), found.end.isoformat()
    ('2023-12-11', '2023-12-17')
    """
    plain = _plain(text, language)
    found = [each for each in (_between(plain, today), _bounded(plain, today), _first(plain, today)) if each]
    return plain.period(found[0]) if found else None


def meant(text: str, published: date, *, ahead: bool = False, language: str = "en") -> Period | None:
    """The days that an answer means in an article of that day; `ahead`: it speaks of what is to come.

    >>> meant("on Friday", date(2025, 6, 23)).start.isoformat()
    '2025-06-20'
    """
    plain = _plain(text, language)
    found = _first(plain, published, strict=False, ahead=ahead)
    return plain.period(found) if found else None


def told_in(text: str, published: date, language: str = "en") -> Period | None:
    """The first time that a sentence of an article of that day names; None where it only bounds something.

    >>> told_in("It was sold in May.", date(2025, 6, 23)).end.isoformat(), told_in("Since May it rises.", date.today())
    ('2025-05-31', None)
    """
    plain = _plain(text, language)
    found = _first(plain, published, told=True)
    return plain.period(found) if found and not _BOUNDING.search(plain.text[: found[2]]) else None


# Text


@dataclass(frozen=True, slots=True)
class _Plain:
    """A text in lower case, words of time spelt rightly, with the place of each character in the original."""

    text: str
    places: tuple[int, ...]
    original: str

    def as_written(self, at: int, to: int) -> str:
        return self.original[self.places[at] : self.places[to - 1] + 1]

    def period(self, found: _Found) -> Period:
        start, end, at, to = found
        return Period(start, end, self.places[at], self.places[to - 1] + 1)


def _plain(text: str, language: str) -> _Plain:
    if language != "en":
        from qa.question.foreign_times import in_english

        placed = in_english(text, language)
        return _Plain(placed.text, placed.places, text)
    parts: list[str] = []
    places: list[int] = []
    for match in re.finditer(r"[^\W\d_]+|\s+|.", text, re.DOTALL):
        word = " " if match[0].isspace() else _spelt(match[0].lower().replace("’", "'"))
        parts.append(word)
        places += [match.start() + min(at, len(match[0]) - 1) for at in range(len(word))]
        places[-1] = match.end() - 1
    return _Plain("".join(parts), tuple(places), text)


@lru_cache(10_000)
def _spelt(word: str) -> str:
    if len(word) < 4 or word in _LONG or word in _SHORT or word in _NO_SLIP:
        return word
    near = (each for each in (*_LONG, *_SHORT) if _one_slip(word, each))
    return next(near, word)


def _one_slip(word: str, right: str) -> bool:
    """Whether a letter is left out or put in, or two are swapped; the first one is right. No letter is another one."""
    if word[0] != right[0] or abs(len(word) - len(right)) > 1 or word + "s" == right or right + "s" == word:
        return False
    if len(word) == len(right):
        return any(word[:at] + word[at + 1] + word[at] + word[at + 2 :] == right for at in range(len(word) - 1))
    longer, shorter = (word, right) if len(word) > len(right) else (right, word)
    return right in _LONG and any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


# Search

_PREPOSITION = (
    r"(?:(?<=\bin )|(?<=\bon )|(?<=\bsince )|(?<=\buntil )|(?<=\btill )|(?<=\bbefore )|(?<=\bafter )|(?<=\bby )"
    r"|(?<=\bduring )|(?<=\bfrom )|(?<=\bto )|(?<=\band )|(?<=\bbetween )|(?<=\bof )|(?<=\bthe year ))"
)
_COMPILED = tuple((re.compile(pattern), anywhere, make) for pattern, anywhere, make in EXPRESSIONS)
_BEHIND_PREPOSITION = re.compile(_PREPOSITION)
_AHEAD_CHARS = 80  # behind "before" and the like, where what they bound must stand
_Found = tuple[date | None, date | None, int, int]


def _first(
    plain: _Plain, today: date, *, strict: bool = True, ahead: bool = False, told: bool = False, begin: int = 0
) -> _Found | None:
    """The first expression from `begin` on, the longest of those that begin together. `strict`: names are left out.

    `told`: an article names it, not a question; all that is not strict is told.
    """
    best: _Found | None = None
    for pattern, anywhere, make in _COMPILED:
        for match in pattern.finditer(plain.text, begin, begin + _AHEAD_CHARS if begin else len(plain.text)):
            if best is not None and (match.start(), -match.end()) >= (best[2], -best[3]):
                break
            if strict and (
                (not anywhere and not _BEHIND_PREPOSITION.match(plain.text, match.start())) or _is_name(plain, match)
            ):
                continue
            groups = {key: value for key, value in match.groupdict().items() if value}
            try:
                days = make(Seen(groups, today, ahead, told or not strict))
            except (ValueError, OverflowError):  # "99,999 years ago": no calendar reaches there
                days = None
            if days is not None:
                best = (*days, match.start(), match.end())
                break
    return best


# "On a Thursday": no day in particular
_EVERY = re.compile(r"(?<!\w)(?:an?|any|every|each|(?:jed|ein)e[mnrs]?|un[ao]?|une|cada|chaque|ogni|каждую?|каждый) $")
_OF_A_NAME = ("of ", *(f"{each} " for each in "black cyber good easter ash palm super bloody giving".split()))
_NAMED = re.compile(r" (?:times|night|season|revolution|live|football|mirror|telegraph|world cup|cup|games|deals?)\b")


def _is_name(plain: _Plain, match: re.Match[str]) -> bool:
    """Whether words that may mean a time are part of a name: "USA Today", "the Sunday Times", "Yesterday by ...".

    "Today" and the like are written with a capital in names only; before a weekday no name stands.
    """
    word, at, to = match[0], match.start(), match.end()
    written = plain.as_written(at, to)
    before, behind = plain.text[:at], plain.text[to:]
    shouted = plain.original.isupper()
    if re.match(r"(?:yesterday|today|tonight|tomorrow)\b", word):
        return written[0].isupper() and at > 0 and not shouted
    if word in _DAYS or word.removesuffix(" night") in _DAYS:
        if _EVERY.search(before):
            return True
        if _NAMED.match(f" {' '.join(word.split()[1:])}{behind}") or before.endswith(_OF_A_NAME):
            return not before.endswith(("since ", "on "))
        follows = plain.original[plain.places[to - 1] + 1 :].lstrip()
        return written[0].isupper() and follows[:1].isupper() and not shouted and not before.endswith(("on ", "since "))
    if written[:1].isupper() and (word in _MONTHS or match.groupdict().get("month") == word):
        return bool(_NAMED.match(behind))
    return False


_BOUNDING = re.compile(
    r"\b(?:since|starting|beginning|until|till|by|before|prior to|after|through|up to|as of|for|within|from|over|than"
    r"|like|between|during|to) (?:the |early |late |mid-?|\w+ (?:on|of|in) )*$"
)
_BOUNDS = re.compile(
    r"\b(?:(?P<since>since|starting|beginning)|(?P<until>until|till|by|up to|as of|through)"
    r"|(?P<before>(?<!day )before|prior to)|(?P<after>after)) (?:the )?(?:\w+ (?:on|of|in) )?"
)


def _bounded(plain: _Plain, today: date) -> _Found | None:
    for match in _BOUNDS.finditer(plain.text):
        found = _first(plain, today, begin=match.start())
        if found is None or not match.start() < found[2] <= match.end():
            continue
        start, end, _, to = found
        try:
            days = _beyond(match, start, end)
        except OverflowError:  # no calendar reaches behind its last day
            continue
        return (*days, match.start(), to)
    return None


def _beyond(match: re.Match[str], start: date | None, end: date | None) -> tuple[date | None, date | None]:
    day = timedelta(1)
    if match["since"]:
        return start, None
    if match["until"]:
        return None, end
    if match["before"] and start is not None:
        return None, start - day
    return (None if end is None else end + day), None


_A_MONTH = f"(?:{'|'.join(_MONTHS)})"
_BETWEEN = re.compile(rf"\b(?:between|from|(?:in|during)(?= {_A_MONTH},? (?:and|to) {_A_MONTH}\b)) ")
_AND = re.compile(r",? (?:and|to|until|till|-) ")
_ONWARDS = re.compile(r" (?:onwards?|on)\b")


def _between(plain: _Plain, today: date) -> _Found | None:
    for match in _BETWEEN.finditer(plain.text):
        short = re.match(rf"{DAY} (?:and|to|-) (?=(?:the )?\d)", plain.text[match.end() :])
        if short:  # "between 3 and 9 October"
            second = _first(plain, today, begin=match.end() + short.end())
            if second is not None and second[2] == match.end() + short.end() and second[0] is not None:
                day = int(short["day"])
                if day > second[0].day:  # the month before cannot be meant
                    continue
                return second[0].replace(day=day), second[1], match.start(), second[3]
            continue
        first = _first(plain, today, begin=match.start())
        if first is None or first[2] != match.end():
            continue
        onwards = _ONWARDS.match(plain.text, first[3])
        if onwards:
            return first[0], None, match.start(), onwards.end()
        joined = _AND.match(plain.text, first[3])
        second = _first(plain, today, begin=joined.end() - 1) if joined else None
        if joined is None or second is None or second[2] != joined.end():
            continue
        start, end = _in_order(first, second, year_is_given=bool(re.search(r"\d{4}", plain.text[first[2] : first[3]])))
        return start, end, match.start(), second[3]
    return None


def _in_order(first: _Found, second: _Found, *, year_is_given: bool) -> tuple[date | None, date | None]:
    """Where the second ends before the first begins, the first is that of the year, or week, before.

    A year behind the second is that of both: "from October to December 2023". Of two years the earlier begins.
    """
    start, end = first[0], second[1]
    if start is None or end is None:
        return start, end
    if year_is_given:
        return (start, end) if start <= end else (second[0], first[1])
    week = timedelta(7)
    while start > end:
        start = start - week if (start - end).days < 7 else _in_year(start, start.year - 1)
    if start.month <= end.month:
        start = _in_year(start, end.year)
    return start, end


def _in_year(day: date, year: int) -> date:
    """The same day of another year; of a leap day the one before."""
    return date(year, day.month, min(day.day, 28) if day.month == 2 else day.day)
