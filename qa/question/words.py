"""The words of a text that carry its meaning, in a form in which equal ones are equal. English."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

FUNCTION_WORDS = frozenset(
    "a about after again ain all also am an and any are aren as at be been before being between both but by came can "
    "come could couldn d did didn do does doesn doing don done down during each else ever few for from further gave "
    "get give go got had hadn has hasn have haven he her here hers him his how i if in into is isn it its just know "
    "ll m made make many may me might more most much must my no nor not now of off on once one only or other our out "
    "over own re s said same say she should shouldn so some such t take tell than that the their theirs them then "
    "there these they think this those to too took under up us ve very was wasn we went were weren what when where "
    "which who whom whose why will with won would wouldn you your yours".split()
)
MONTHS = "january february march april may june july august september october november december"
DAYS = "monday tuesday wednesday thursday friday saturday sunday"
FORMS_OF_ADDRESS = frozenset("mr mrs ms miss dr prof sir lady lord madam".split())
WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, by its characters; `key` is what equal words have in common."""

    start: int
    end: int
    key: str


def words(text: str) -> list[Word]:
    """The words of a text that carry its meaning, in order."""
    found = (Word(match.start(), match.end(), key_of(match[0])) for match in WORD.finditer(text))
    return [word for word in found if word.key not in FUNCTION_WORDS and len(word.key) > 1]


def keys(text: str) -> set[str]:
    """What `words` have in common with equal words."""
    return {word.key for word in words(text)}


def key_of(word: str) -> str:
    """A word in lower case, without accents and possessive."""
    word = word.lower()
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return _POSSESSIVE.sub("", word)


_POSSESSIVE = re.compile("['’]s$|(?<=s)['’]$")
