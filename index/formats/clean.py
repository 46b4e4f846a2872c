"""Text as it comes from files and pages, cleaned once before it becomes an Article. Records are never cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from index.article import Mark
from index.words import plain

# C0 and C1 controls but tab and newline, half surrogate pairs, the two code points that mean "no character", BOM.
_NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
# Some programs part words or fields with a control character, which then has to stay a space.
_BETWEEN_WORDS = re.compile("(?<=\\w)[\x01-\x06\x0e-\x1a\x1c-\x1f](?=\\w)")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85]")  # form feed separates pages in plain text; U+0085 is "next line"
_SUPERSCRIPTS = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, table or page on its way into an article's text; a `kind` makes it a Mark as well."""

    text: str
    kind: str | None = None
    label: str = ""


def clean_text(text: str) -> str:
    r"""Make every line end "\n", words as they are seen (`index.words.plain`), and a control between two words a space.

    What is no text goes: NULs, other control characters, lone surrogates, byte order marks.
    """
    return plain(_NOT_TEXT.sub("", _BETWEEN_WORDS.sub(" ", _LINE_END.sub("\n", text))))


def one_line(value: str | None) -> str | None:
    """Clean a title, name or label: one line, single spaces. None where nothing is left."""
    return " ".join(clean_text(value or "").split()) or None


def raised(text: str) -> str:
    """A raised number with the characters for that: 10 to the sixth is no 106. Other text stays as it is."""
    return text.translate(_SUPERSCRIPTS) if re.fullmatch(r"[-+−]?\d+|n", text) else text


def join_blocks(blocks: Iterable[Block]) -> tuple[str, tuple[Mark, ...]]:
    """Clean the blocks and join them with blank lines: the text and its marks. Blocks without text are left out."""
    parts: list[str] = []
    marks: list[Mark] = []
    offset = 0
    for block in blocks:
        text = clean_text(block.text).strip()
        if not text:
            continue
        if block.kind:
            marks.append(Mark(offset, block.kind, one_line(block.label) or ""))
        parts.append(text)
        offset += len(text) + 2
    return "\n\n".join(parts), tuple(marks)
