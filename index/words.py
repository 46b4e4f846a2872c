"""What counts as a word, and which words carry no meaning. English; the one place for both, of index/ and of qa/.

| rule            | a word is                                | left out          | serves                         |
|-----------------|------------------------------------------|-------------------|--------------------------------|
| `index.terms`   | by the text's language and script        | SEARCH_STOP_WORDS | search by BM25                 |
| `words`, `keys` | letters and digits, with - ' . in it;    | FUNCTION_WORDS    | query rewriting, faithfulness, |
|                 | equal where `key_of` is                  |                   | suggested questions            |

The lists differ because their mistakes differ. A word that is not searched for finds nothing, so that list is short:
"after" and "most" may lead to the passage. A function word is one that a sentence can have and say no more for it, so
that list is long.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Words so common that they cost time and find nothing; SQLite would look at nearly every passage for each.
# The stop word list of Apache Lucene's StandardAnalyzer / EnglishAnalyzer, and the words that questions are made of.
SEARCH_STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with what which who whom whose when where why how did do does has have had were been many much".split()
)
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

# What is not seen, and parts words that are one: soft hyphens, zero-width spaces, joiners, invisible operators.
_UNSEEN = re.compile("[\u00ad\u034f\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]")
# These shape letters in Arabic and Indic scripts and turn the direction; beside the letters of Europe they do nothing.
_EUROPE = "A-Za-z0-9\u00c0-\u058f"
_JOINERS = re.compile(f"(?<=[{_EUROPE}])[\u200c-\u200f]+|[\u200c-\u200f]+(?=[{_EUROPE}])")
_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# Letters in another dress: Latin ligatures, wide and narrow forms, the alphabets of mathematics.
_DRESSED = re.compile("[\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9f\U0001d400-\U0001d7ff]+")
# Wide full stops, colons and the like belong to Chinese and Japanese text, but not within numbers and addresses.
_WIDE_SIGN = re.compile("(?<=[A-Za-z0-9])[\uff03-\uff0f\uff1a\uff20\uff3f](?=[A-Za-z0-9])")
WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, by its characters; `key` is what equal words have in common."""

    start: int
    end: int
    key: str


def plain(text: str) -> str:
    """A text as it is seen and typed: without what is not seen, with plain spaces and letters.

    >>> plain("har\u00adbour o\ufb03ce\u00a0\uff11\uff12")
    'harbour office 12'
    """
    if text.isascii():
        return text
    text = _JOINERS.sub("", _UNSEEN.sub("", text))
    text = _DRESSED.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _SPACES.sub(" ", text))
    return _WIDE_SIGN.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


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


def short_or_long(names: str) -> list[str]:
    """For each month or weekday a pattern of its name, whole or of three letters (or "sept")."""
    return [rf"{name[:3]}(?:{name[3:]}|t)?" for name in names.split()]
