"""Lines as they were typeset, page by page -> running text: line breaks, hyphens and page borders undone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_HYPHENS = "-\u00ad\u2010"
_SENTENCE_END = re.compile(r"""[.!?:…。！？]["'”’»)\]」』]*$""")
_ITEM = re.compile(r"(?:[•‣▪◦●·–—*-]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_LEADER = re.compile(r"(?:\.[ ]?){4,}[ ]*(?:\d+|[ivxlc]+)$")  # a line of a table of contents: "The lamp ...... 3"
_UNSPACED = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")  # Chinese and Japanese
# Words that no sentence and hardly any heading ends with.
_OPEN = re.compile(
    r"(?:,|\b(?:a|an|the|of|and|or|to|by|in|on|at|for|from|with|that|than|as|was|were|is|are|has|had|his|their|its|"
    r"der|die|das|dem|den|des|ein|eine|einer|einem|einen|und|oder|von|vom|zum|zur|im|mit|für|bei|dass|als|"
    r"le|la|les|un|une|du|de|et|ou|à|au|aux|dans|pour|par|que|el|los|las|una|y|del|con|il|lo|gli|di|della|che))$"
)
_NARROWEST_COLUMN = 25  # characters; where a page's lines are shorter, they are no running text
_CRUMBS = 8  # lines of one word each, of which so many are no list of names


@dataclass(frozen=True, slots=True)
class TypesetLine:
    """A line without space at its ends; a table's row stands alone, and what is set apart begins a paragraph."""

    text: str
    is_row: bool = False
    is_set_apart: bool = False


def reflow(pages: Sequence[Sequence[TypesetLine]]) -> tuple[str, list[int]]:
    r"""Join the lines of all pages: the text, and where in it each page begins (that of an empty one is the next's).

    A line runs on where it is about as long as the page's lines are, or where the next starts with a small letter; a
    list's item and what follows a short line start anew. Over a page's border it runs on where no sentence ends there,
    or where none can end with its last word. A hyphen at a line's end goes unless the document spells that word with
    one in the middle of a line, or what follows is no small letter. "\n\n" parts paragraphs, "\n" the lines of one.
    """
    compounds = _compounds(line.text for lines in pages for line in lines)
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    before: TypesetLine | None = None
    layout = _Layout(())
    for lines in pages:
        for at, line in enumerate(lines):
            if before is not None:
                separator = layout.separator(before, line, at == 0)
                if separator == "-":
                    kept = _without_hyphen(parts[-1], line.text, compounds)
                    length += len(kept) - len(parts[-1])
                    parts[-1], separator = kept, ""
                parts.append(separator)
                length += len(separator)
            if at == 0:
                layout = _Layout(lines)
                starts.append(length)
            parts.append(line.text)
            length += len(line.text)
            before = line
        if not lines:
            starts.append(length)
    return "".join(parts).rstrip("\u00ad"), starts


def is_item(line: str) -> bool:
    """Whether a line begins an item of a list."""
    return bool(_ITEM.match(line))


class _Layout:
    """What the lines of one page have in common."""

    def __init__(self, lines: Sequence[TypesetLine]) -> None:
        texts = [line.text for line in lines if not line.is_row]
        lengths = sorted(map(len, texts))
        self.width = lengths[len(lengths) * 9 // 10] if lengths else 0
        words = [text for text in texts if " " not in text]
        small = sum(text[0].islower() for text in texts)
        self.is_crumbled = len(words) >= max(_CRUMBS, 0.6 * len(texts)) and small > 0.4 * len(texts)

    def separator(self, before: TypesetLine, line: TypesetLine, new_page: bool) -> str:
        """What stands between two lines, the first of them of this page; "-" for a hyphen that may have to go."""
        if before.is_row or line.is_row:
            return "\n" if before.is_row and line.is_row else "\n\n"
        ends = _SENTENCE_END.search(before.text)
        small = line.text[0].islower()
        if is_item(line.text) or (line.is_set_apart and not (small and not ends)):
            return "\n\n" if new_page or line.is_set_apart else "\n"
        if before.text[-1] in _HYPHENS and before.text[-2:-1].isalpha():
            return "-"
        if self._runs_on(before.text, small, bool(ends), new_page):
            unspaced = _UNSPACED.match(before.text[-1]) and _UNSPACED.match(line.text[0])
            return "" if unspaced else " "
        return "\n\n" if new_page or (ends and self.width >= _NARROWEST_COLUMN) else "\n"

    def _runs_on(self, before: str, small: bool, ends: bool, new_page: bool) -> bool:
        if _LEADER.search(before):
            return False
        if new_page:
            is_long = len(before) >= 0.7 * self.width >= 0.7 * _NARROWEST_COLUMN
            return not ends and (small or is_long or bool(_OPEN.search(before)))
        if self.is_crumbled:
            return True
        if self.width < _NARROWEST_COLUMN:
            return small and not ends
        return len(before) >= 0.7 * self.width or (small and len(before) >= 0.4 * self.width)


def _without_hyphen(before: str, line: str, compounds: frozenset[str]) -> str:
    """The line before, with or without the hyphen at its end."""
    if before[-1] == "\u00ad":
        return before[:-1]
    if not line[0].islower():
        return before
    left = re.split(r"\s", before[-60:])[-1]
    right = re.split(r"\s", line, maxsplit=1)[0]
    compound = re.sub(r"[^\w-]", "", f"{left[:-1]}-{right}").casefold()
    return before if compound in compounds else before[:-1]


def _compounds(texts: Iterable[str]) -> frozenset[str]:
    # Words that the document spells with a hyphen in the middle of a line.
    return frozenset(word.casefold() for text in texts for word in _hyphenated(text))


def _hyphenated(text: str) -> Iterator[str]:
    for match in re.finditer(r"(?<!\w)\w++(?:-\w++)+", text):
        yield match[0]
