"""Expressions of time in other languages, put into the English that `qa.question.days` knows, each with its place.

The words are dateparser's (months, weekdays, "last week", "3 days ago"), of 200 languages, and those of a language's
table. Only what is put is English; all else of a text stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from index.words import DAYS, MONTHS
from qa.question.languages import UNSPACED, table_of

_UNITS = ("day", "week", "month", "year")
_NAMES = (*MONTHS.split(), *DAYS.split())
_NAME = f"(?:{'|'.join(_NAMES)}|spring|summer|autumn|winter)"
_LEAST = 4  # letters of a word that is not the first of its kind: "so" is also a short Sunday
_STEPS = {"1 {} ago": "last {}", "0 {} ago": "this {}", "in 1 {}": "next {}"}
_DAYS = {
    "1 day ago": "yesterday",
    "0 day ago": "today",
    "in 1 day": "tomorrow",
    "2 day ago": "the day before yesterday",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A text, and of each of its characters the place that it has in the original."""

    text: str
    places: tuple[int, ...]

    def put(self, pattern: re.Pattern[str], make: Callable[[re.Match[str]], str]) -> Placed:
        """With what `make` gives in the place of each match, which stands where the match stood."""
        text: list[str] = []
        places: list[int] = []
        at = 0
        for match in pattern.finditer(self.text):
            new = make(match)
            text += [self.text[at : match.start()], new]
            places += self.places[at : match.start()]
            if new and match.end() > match.start():
                places += [self.places[match.start()]] * (len(new) - 1) + [self.places[match.end() - 1]]
                # The last letter, and not the space behind it, stands at the match's end.
                last = len(places) - len(new) + len(new.rstrip()) - 1
                places[last] = self.places[match.end() - 1]
            elif new:
                places += [self.places[min(match.start(), len(self.places) - 1)]] * len(new)
            at = match.end()
        return Placed("".join([*text, self.text[at:]]), (*places, *self.places[at:]))


def in_english(text: str, language: str) -> Placed:
    """The text in lower case with its expressions of time in English; in a language that is not known as it is."""
    lower = [each.lower() if len(each.lower()) == 1 else each for each in text]
    plain = "".join(str(unicodedata.decimal(each, each)) for each in lower).replace("’", "'")
    placed = Placed(plain, tuple(range(len(plain))))
    table, words = table_of(language), _words(language)
    if table is None or words is None:
        return placed
    for pattern, put in table.patterns:
        placed = placed.put(pattern, lambda match, put=put: _MONTH_NUMBER.sub(_named, match.expand(put)))  # type: ignore[misc]
    for pattern, makes in words.counted:
        placed = placed.put(pattern, lambda match, makes=makes: makes(match))  # type: ignore[misc]
    pad = " " if language in UNSPACED else ""
    placed = placed.put(words.phrases, lambda match: f"{pad}{words.english[match[0]]}{pad}")
    for pattern, put in _GLUE:
        placed = placed.put(pattern, lambda match, put=put: match.expand(put))  # type: ignore[misc]
    return placed.put(_BARE_YEAR, lambda match: f"in {match[0]}") if table.bare_years else placed


_MONTH_NUMBER = re.compile(r"month(\d{1,2})")
_BEFORE_YEAR = (
    *"in since between and until before after from to year spring summer autumn winter".split(),
    *MONTHS.split(),
)
_BARE_YEAR = re.compile(
    rf"(?<![\d.,-]){''.join(f'(?<!{word} )' for word in _BEFORE_YEAR)}(?:19|20)\d\d(?![\d.,%-]\d|\d|%)"
)
# "12. march", "1er may", "5 de may"; "march de 2024"; "friday last".
_GLUE = (
    (re.compile(rf"(?<!\d)(\d{{1,2}})(?:\.|er|º|ª|-?го|-?е)?(?: (?:de|del|di|of))? ({_NAME})"), r"\1 \2"),
    (re.compile(rf"\b({_NAME}),? (?:de|del|di|do|في|в|of) (\d{{4}})"), r"\1 \2"),
    (re.compile(rf"\b({_NAME}|week|month|year) (last|next)\b"), r"\2 \1"),
)


def _named(match: re.Match[str]) -> str:
    number = int(match[1])
    return MONTHS.split()[number - 1] if 1 <= number <= 12 else match[1]


@dataclass(frozen=True, slots=True)
class _Words:
    """One alternation of all phrases with what they are in English, and those with a number in them."""

    phrases: re.Pattern[str]
    english: dict[str, str]
    counted: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]


@cache
def _words(language: str) -> _Words | None:
    table = table_of(language)
    try:
        known: dict[str, Any] = import_module(f"dateparser.data.date_translation_data.{language}").info
    except ModuleNotFoundError:
        return None
    english: dict[str, str] = {}
    for name in _NAMES:
        words = [word.lower() for word in known.get(name, ())]
        spaced = language not in UNSPACED
        kept = [word for at, word in enumerate(words) if len(word) >= (_LEAST if spaced else 2) or (len(words) == 1)]
        kept += [word for word in words if spaced and name == "may" and len(word) == 3]
        english |= dict.fromkeys(kept, name)
    for key, phrases in known.get("relative-type", {}).items():
        said = _DAYS.get(key) or next(
            (to.format(unit) for step, to in _STEPS.items() for unit in _UNITS[1:] if step.format(unit) == key), None
        )
        if said is not None:
            english |= {phrase.lower(): said for phrase in phrases if len(phrase) > 1}
    english |= table.times if table else {}
    edges = ("", "") if language in UNSPACED else (r"(?<!\w)", r"(?!\w)")
    longest = "|".join(re.escape(phrase) for phrase in sorted(english, key=len, reverse=True))
    numbers = {form: str(at) for at, forms in enumerate(table.numbers if table else (), 1) for form in forms}
    counted = []
    for unit in _UNITS:
        patterns = [*known.get("relative-type-regex", {}).get(f"\\1 {unit} ago", ())]
        if not patterns:
            continue
        some = rf"(\d+|{'|'.join(sorted(numbers, key=len, reverse=True))})"
        longer = sorted(
            (each for each in patterns if len(each.rsplit(")", 1)[-1].strip()) > 1 or each.endswith(")")), key=len
        )
        either = "|".join(each.replace(_ANY_NUMBER, _MARK) for each in reversed(longer))
        pattern = re.compile(f"{edges[0]}(?:{either.replace(_MARK, some)}){edges[1]}")
        counted.append((pattern, _ago(unit, numbers, " " if language in UNSPACED else "")))
    return _Words(re.compile(f"{edges[0]}(?:{longest}){edges[1]}"), english, tuple(counted))


_ANY_NUMBER, _MARK = r"(\d++[.,]?\d*+)", "\0"


def _ago(unit: str, numbers: dict[str, str], pad: str) -> Callable[[re.Match[str]], str]:
    def make(match: re.Match[str]) -> str:
        number = next(group for group in match.groups() if group)
        return f"{pad}{numbers.get(number, number)} {unit}s ago{pad}"

    return make
