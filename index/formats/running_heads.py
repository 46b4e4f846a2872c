"""Headers, footers and page numbers of a typeset document, told by their coming back on page after page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from index.formats.pdf_page import Line

_DEPTH = 3  # lines at either end of a page that may be no part of the text
_SHORT = 0.75  # of a line of the text: so long a running head seldom is, and each line of a paragraph mostly is
_APART = 1.4  # distances of lines; what is further away from the next line is set apart
_NUMBER = re.compile(r"(?<!\d)(?<!\d[.,:])\d{1,4}(?![.,:]?\d)")
_PAGE = re.compile(r"\b(?:page|pp?\.|seite|s\.|p[áa]gina|p[áa]g\.|sid[ae]|bladzijde|blz\.|str\.)\s*$")
_OF_ALL = re.compile(r"^\s*(?:/|of|von|de|sur|di|van|av)\s*\d{1,4}\b")  # "3 of 6"
_WORD = re.compile(r"[^\W\d_]{2,}")
# What counts the parts of a text, a value behind it: "The second chapter 2", "Grand total: 12".
_COUNTED = re.compile(
    r"(?:\b(?:chapter|part|section|day|week|month|year|lesson|unit|step|stage|round|question|exercise|figure|table|"
    r"appendix|annex|volume|book|act|scene|no\.?|nr\.?|number|total|sum|kapitel|teil|abschnitt|tag|woche|lektion|"
    r"chapitre|partie|jour|cap[ií]tulo|parte|d[ií]a)|[:=#$€£])\s*$"
)
_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
_DIGITS = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages' lines less those at the upper and lower end that repeat, numbers of pages aside.

    A line repeats where pages next to each other, or next but one, have it: two of up to four pages, three of more. It
    must be short, or stand apart from the text; where only two pages have it and it is more than a page's number it
    must stand apart. The rows of tables stay, and so does a page's only line if it has words.
    """
    left = [list(lines) for lines in pages]
    for at in (0, -1):
        for _ in range(_DEPTH):
            found = _repeated(left, at)
            for number in found:
                del left[number][at]
            if not found:
                break
    return left


def _repeated(pages: Sequence[Sequence[Line]], at: int) -> set[int]:
    """The numbers of the pages whose first (0) or last (-1) line is a running head."""
    having: dict[str, list[int]] = defaultdict(list)
    for number, lines in enumerate(pages):
        if lines and _may_be(lines, at):
            for key in _keys(lines[at].text, number):
                having[key].append(number)
    least = 2 if sum(map(bool, pages)) <= 4 else 3
    found: set[int] = set()
    for numbers in having.values():
        near = {number for pair in pairwise(numbers) if pair[1] - pair[0] <= 2 for number in pair}
        if len(near) > 2 or (len(near) >= least and all(_is_sure(pages[number], at) for number in near)):
            found |= near
    return found


def _is_sure(lines: Sequence[Line], at: int) -> bool:
    """Whether two pages that have this line are enough: it is a number, or the text begins behind a gap."""
    text = lines[at].text.casefold()
    if not _WORD.search(_PAGE.sub("", _NUMBER.split(_OF_ALL.sub("", text))[0])) and _NUMBER.search(text):
        return True
    ordered = lines if at == 0 else lines[::-1]
    gaps = [abs(one.bottom - next_.bottom) for one, next_ in pairwise(ordered)]
    return len(lines) > 2 and max(gaps[:_DEPTH]) > _APART * max(median(gaps), 1.0)


def _may_be(lines: Sequence[Line], at: int) -> bool:
    line = lines[at]
    if line.cells:
        return False
    if len(lines) == 1:
        return not re.search(r"[^\W\d]{2}", line.text) or bool(_ROMAN.fullmatch(line.text))
    lengths = sorted(len(each.text) for each in lines)
    if len(line.text) < _SHORT * lengths[len(lengths) * 9 // 10]:
        return True
    near = lines[1] if at == 0 else lines[-2]
    usual = median(abs(above.bottom - below.bottom) for above, below in pairwise(lines))
    return abs(line.bottom - near.bottom) > _APART * max(usual, 1.0) and len(lines) > 2


def _keys(text: str, page: int) -> Iterator[str]:
    """What a line has in common with the same on other pages: its letters, or all but a number that counts pages."""
    text = " ".join(text.casefold().split())
    numbers = list(_NUMBER.finditer(text))
    if re.search(r"[^\W\d]", text) and not _ROMAN.fullmatch(text):
        yield text
    elif _ROMAN.fullmatch(text):
        yield f"roman {_value(text) - page}"
    for match in {match.start(): match for match in [*numbers[:1], *numbers[-1:]]}.values():
        is_year = 1900 <= int(match[0]) <= 2100
        if not is_year and _counts_pages(text[: match.start()], text[match.end() :]):
            yield f"{text[: match.start()]}\n{int(match[0]) - page}\n{text[match.end() :]}"


def _counts_pages(before: str, after: str) -> bool:
    """Whether a number between these is a page's: "3 of 6", "Page 3", "The Elm Letter 3", never "Day 3"."""
    if _PAGE.search(before):
        return True
    rest = _OF_ALL.sub("", after)
    words = _WORD.findall(before + " " + rest)
    if not words:
        return True
    at_end = not re.search(r"\w", before) or not re.search(r"\w", rest)
    alone = at_end or (re.search(r"[^\w\s,.]\s*$", before) and re.match(r"\s*[^\w\s,.]", rest))
    return len(words) > 1 and bool(alone) and not _COUNTED.search(before)


def _value(roman: str) -> int:
    values = [_DIGITS[letter] for letter in roman.lower()]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
