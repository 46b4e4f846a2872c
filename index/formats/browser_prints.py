"""What browsers write at the upper and lower border of the pages that they print."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.formats.pdf_page import Line

_DEPTH = 3  # lines at either end of a page: browsers draw them before the text or behind it
_DAY = r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4},? \d{1,2}[:.]\d{2}(?: ?[AP]\.?M\.?)?"
_ADDRESS = r"(?:file|https?)://\S+"
# Each browser's pair: one of its lines alone may be part of the text.
_PAIRS = (
    (re.compile(rf"{_DAY}(?: .+)?", re.IGNORECASE), re.compile(rf"{_ADDRESS} \d+/\d+")),  # Chromium and its kin
    (re.compile(rf"(?:.+ )?{_ADDRESS}"), re.compile(rf"\d+ [^\W\d]+ \d+ {_DAY}", re.IGNORECASE)),  # Firefox
)


def without_print_marks(lines: Sequence[Line]) -> list[Line]:
    """A page's lines less the day, the address and the page's number that a browser printed beside its text."""
    ends = {*range(min(_DEPTH, len(lines))), *range(max(0, len(lines) - _DEPTH), len(lines))}
    texts = {at: " ".join([word.text for word in lines[at].words]) for at in ends}
    for pair in _PAIRS:
        found = [[at for at, text in texts.items() if mark.fullmatch(text)] for mark in pair]
        if all(found):
            return [line for at, line in enumerate(lines) if at not in {*found[0], *found[1]}]
    return list(lines)
