"""Things that an article lists, in a sentence ("A, B and C") or line by line: who names one of them names them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from index.words import FUNCTION_WORDS, WORD, key_of

Span = tuple[int, int]  # characters of a text, from and to

# What ends with a full stop within a name, before the rest of it or behind it.
_SHORT = (
    r"(?:(?:Bros|Dr|Ft|Mr|Mrs|Ms|Mt|St)\.(?=\s[^\W\d_a-z])|(?:Bros|Co|Corp|Inc|Jr|Ltd|Sr)\.(?=,|\s(?:and|or|as)\s))"
)
_PART = rf"(?:{_SHORT}|[A-Z]\.(?:[A-Z]\.)*|[^\W\d_a-z](?:[^\W_]|[’'.&-](?=\w))*+|(?<=\w )\d{{1,4}}(?![\w,.-]*\d))"
_LINK = r"(?:(?:of|the|and the|de|del|der|di|la|le|van|von|al|bin|&)\s){0,2}"
_NAME = rf"(?:{_PART}(?:\s{_LINK}{_PART}){{0,6}})"
_ARTICLE = r"(?:(?:[Tt]he|[Aa]n?)\s)?"
_NOTE = r"(?:\s?\([^()\n]{1,80}\)|\s?\[[^][\n]{1,80}\])?"
_ITEM = rf"{_ARTICLE}{_NAME}{_NOTE}"
_AND = r"(?:and|or|as\swell\sas|plus|vs?\.?)"
# "A, B and C", "A and B", "A vs. B", or three and more with commas alone.
_NAMES = re.compile(rf"(?<![\w’'.&-]){_ITEM}(?:(?:,\s{_ITEM})*,?\s{_AND}\s{_ITEM}|(?:,\s{_ITEM}){{2,}})(?![\w’'-])")
_EACH = re.compile(rf"{_ARTICLE}(?P<item>{_NAME}){_NOTE}")
_SPLIT = re.compile(rf",\s(?:(?:and|or)\s)?|\s{_AND}\s")
# A line that is a point of a list: it begins with a mark or a number, or ends with a semicolon.
_BULLET = re.compile(r"\s*(?:[-*•‣–·]|\(?\d{1,2}[.)])\s+(?=\S)")
_LINE = re.compile(r"[^\n]+")
_LONGEST = 300  # characters of a point


@lru_cache(256)  # of each passage every candidate asks
def enumerations(text: str) -> tuple[list[Span], ...]:
    """The lists of a text, each with two things or more.

    >>> text = "Ann, Ben (35) and the Owls came."
    >>> [[text[a:b] for a, b in items] for items in enumerations(text)]
    [['Ann', 'Ben', 'Owls']]
    """
    return tuple(items for items in (*_in_lines(text), *_in_sentences(text)) if len(items) > 1)


def listed(text: str) -> list[Span]:
    """The things that a text lists from its first word to its last; none where it says something else as well.

    >>> text = "the US, Warner Bros. Discovery and Peru"
    >>> [text[a:b] for a, b in listed(text)], listed("the US, Brazil and Peru sailed")
    (['US', 'Warner Bros. Discovery', 'Peru'], [])
    """
    for items in enumerations(text):
        rest = WORD.findall(f"{text[: items[0][0]]} {text[items[-1][1] :]}")
        if all(key_of(word) in FUNCTION_WORDS for word in rest):
            return items
    return []


def counted_out(text: str, at: int) -> list[Span]:
    """The things of the list that a bracket or a colon opens at this place: of "six films (A, B, C)" behind "films".

    >>> text = "The first three (Ara, Bel and Cor) sold best."
    >>> [text[a:b] for a, b in counted_out(text, 15)], counted_out(text, 5)
    (['Ara', 'Bel', 'Cor'], [])
    """
    opened = _OPENED.match(text, at)
    if opened is None:
        return []
    return next((items for items in enumerations(text) if 0 <= items[0][0] - opened.end() <= _AROUND), [])


_OPENED = re.compile(r"(?: \w+){0,2}\s?(?:\(|: ?|[—–] ?| - )")


def listed_abroad(text: str, language: str) -> list[Span]:
    """The same in another language: all of a short text is a list, of names or not, as Unicode's CLDR joins one.

    >>> text = "die Bäckerei Tamm, das Gartencenter und der Radladen"
    >>> [text[a:b] for a, b in listed_abroad(text, "de")], listed_abroad("Anna, die Chefin", "de")
    (['die Bäckerei Tamm', 'das Gartencenter', 'der Radladen'], [])
    """
    middle, last = _joints(language)
    joints = list(re.finditer(rf",?{last}|{middle}", text)) if last else []
    if not joints or not re.fullmatch(rf",?{last}", joints[-1][0]):
        return []
    edges = [0, *(at for each in joints for at in each.span()), len(text)]
    items = list(zip(edges[::2], edges[1::2], strict=True))
    return items if all(a < b and len(text[a:b].split()) <= _WORDS for a, b in items) else []


@cache
def _joints(language: str) -> tuple[str, str]:
    """What stands between two things of a list, and between its last two, as patterns; "" where it is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        known = Locale.parse(language).list_patterns["standard"]
    except (ValueError, UnknownLocaleError):
        return "", ""
    middle, last = (known[each].removeprefix("{0}").removesuffix("{1}") for each in ("middle", "end"))
    return re.escape(middle), re.escape(last)


_WORDS = 6  # of a thing in a list, at most
_AROUND = 6  # characters that a span may reach over a list, as "the" before it


def _in_sentences(text: str) -> Iterator[list[Span]]:
    for match in _NAMES.finditer(text):
        items: list[Span] = []
        begin = match.start()
        for stop, after in [*((each.start(), each.end()) for each in _borders(text, match)), (match.end(), 0)]:
            if item := _EACH.match(text, begin, stop):
                items.append(item.span("item"))
            begin = after
        yield items


def _borders(text: str, match: re.Match[str]) -> list[re.Match[str]]:
    """Where one item ends and the next begins, none of them within brackets."""
    brackets = [each.span() for each in re.finditer(r"\([^()]*\)|\[[^][]*\]", match[0])]
    return [
        each
        for each in _SPLIT.finditer(text, match.start(), match.end())
        if not any(a < each.start() - match.start() < b for a, b in brackets)
    ]


def _in_lines(text: str) -> Iterator[list[Span]]:
    """Lines in a row that are points of a list; behind semicolons the last one ends with a full stop."""
    items: list[Span] = []
    open_ended = False
    for line in _LINE.finditer(text):
        if not line[0].strip():
            continue
        bullet = _BULLET.match(line[0])
        said = line[0].rstrip()
        start = line.start() + (bullet.end() if bullet else len(said) - len(said.lstrip()))
        ends = said.endswith((";", "; and", "; or", ", and", ", or"))
        if (bullet or ends or open_ended) and len(said) <= _LONGEST:
            end = line.start() + len(re.sub(r"[;,.\s]*(?:\b(?:and|or))?[;,.\s]*$", "", said))
            if end > start:
                items.append((start, end))
            open_ended = ends and not bullet
        else:
            yield items
            items, open_ended = [], False
    yield items
