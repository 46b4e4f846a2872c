"""The numbers of an OpenDocument text's lists, which its styles tell and its items do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.formats.numerals import letters, roman

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"


@dataclass(frozen=True, slots=True)
class _Level:
    """How items of one level are numbered: "(iii) ". No `form`: not at all."""

    form: str
    before: str
    behind: str
    start: int
    shown: int  # levels, from this one up: 2 for "4.1"

    @classmethod
    def of(cls, element: Any) -> _Level:
        said = element.get
        return cls(
            said(f"{_STYLE}num-format", "") if element.tag == f"{_TEXT}list-level-style-number" else "",
            said(f"{_STYLE}num-prefix", ""),
            said(f"{_STYLE}num-suffix", ""),
            _number(said(f"{_TEXT}start-value"), 1),
            _number(said(f"{_TEXT}display-levels"), 1),
        )


class ListNumbers:
    """Counts the items of all lists of a document, in order."""

    def __init__(self, *roots: Any) -> None:
        """Take the lists' styles from content.xml and styles.xml; a root may be None."""
        self._styles = {
            style.get(f"{_STYLE}name"): {_number(level.get(f"{_TEXT}level"), 1): _Level.of(level) for level in style}
            for root in roots
            if root is not None
            for style in root.iter(f"{_TEXT}list-style")
        }
        self._counts: dict[int, int] = {}  # level -> the last item's number
        self._style: str | None = None
        self._of_styles: dict[str | None, dict[int, int]] = {}
        self._of_lists: dict[str | None, dict[int, int]] = {}

    def begin(self, element: Any) -> str | None:
        """Begin a list that is in no other, anew or where the one before it ended; gives its style."""
        style = element.get(f"{_TEXT}style-name")
        continued = element.get(f"{_TEXT}continue-list")
        if continued in self._of_lists and continued is not None:
            self._counts = self._of_lists[continued]
        elif element.get(f"{_TEXT}continue-numbering") == "true" and style in self._of_styles:
            self._counts = self._of_styles[style]
        else:
            self._counts = {}
        self._of_lists[element.get(_ID)] = self._of_styles[style] = self._counts
        return str(style) if style else None

    def before(self, item: Any, style: str | None, depth: int) -> str:
        """What stands before an item: "2.1 ", or "- " where it has no number. To be asked for each once."""
        levels, at = self._styles.get(style, {}), depth + 1
        level = levels.get(at)
        if level is None or not level.form or item.tag != f"{_TEXT}list-item":
            return "- "
        for deeper in [each for each in self._counts if each > at]:
            del self._counts[deeper]
        following = self._counts[at] + 1 if at in self._counts else level.start
        self._counts[at] = _number(item.get(f"{_TEXT}start-value"), following)
        shown = range(max(1, at - level.shown + 1), at + 1)
        counted = [_spelt(self._counts.get(each, 1), levels[each].form) for each in shown if each in levels]
        return f"{level.before}{'.'.join(filter(None, counted))}{level.behind} ".lstrip()


def _number(value: str | None, usual: int) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else usual


def _spelt(number: int, form: str) -> str:
    if form in {"a", "A"}:
        written = letters(number)
    elif form in {"i", "I"}:
        written = roman(number)
    else:
        return str(number) if form else ""
    return written.upper() if form.isupper() else written
