"""Rich Text Format (.rtf): the words of its paragraphs and tables."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.byline import head_of
from index.formats.clean import Block, join_blocks, one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

# A group of hidden words, or of words that a tracked change deleted.
_UNSEEN = re.compile(r"\{(?:\\[a-z]+-?\d*[ ]?)*?\\(?:v|deleted)1?(?![a-z0-9])[^{}]*\}")
_BRACE = re.compile(r"\\[\\{}]|\{(?:\\\*)?\s*\\footnote(?![a-z])|[{}]")  # escaped, of a note, or plain
_PLACE, _NOTE = "\ufdd0", "\ufdd1"  # where a note was, and behind what it begins: code points that no text has
_CODE_PAGE = re.compile(rb"\\ansicpg(\d{3,5})")


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article. Notes stand behind the paragraph that refers to them; page headers and footers are left out."""
    data = stream.read()
    if not data.lstrip().startswith(b"{\\rtf"):
        raise SourceError("damaged, or no RTF file. Open it in a word processor and save it again.")
    page = _code_page(data)
    rtf = data.decode(page, "replace")
    try:
        lines = list(_with_notes(_text(_notes_last(rtf)).split("\n")))
        said = Metadata(title=_said(rtf, page, "title"), author=_said(rtf, page, "author"))
    except PARSER_FAULTS as exc:
        detail = one_line(str(exc)) or type(exc).__name__
        raise SourceError(f"damaged: {detail}. Open it in a word processor and save it again.") from exc
    text, marks = join_blocks(_blocks(lines))
    head = head_of(text)
    author = head.author or said.author
    said = replace(said, title=said.title or head.title, author=author, published=head.published)
    yield build_article(origin, text, said, marks)


def _code_page(data: bytes) -> str:
    match = _CODE_PAGE.search(data, 0, 4096)
    name = f"cp{match[1].decode()}" if match else "cp1252"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _text(rtf: str) -> str:
    from striprtf.striprtf import rtf_to_text

    # Characters outside of the first plane come as two halves of a surrogate pair.
    # The number of a list's item as Word 6 wrote it would be left out, the one of later programs is read.
    rtf = _UNSEEN.sub("", rtf)
    found: str = rtf_to_text(rtf.replace("{\\pntext", "{\\listtext"), errors="replace")
    return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _notes_last(rtf: str) -> str:
    """The same with its notes as last paragraphs, which would be left out; the mark of a note stands where it stood."""
    if "\\footnote" not in rtf:
        return rtf
    body: list[str] = []
    notes: list[str] = []
    copied = depth = 0
    begun: tuple[int, int, int] | None = None  # where a note and its words begin, and how deep
    for brace in _BRACE.finditer(rtf):
        if brace[0] == "}":
            if begun is not None and depth == begun[2]:
                body += [rtf[copied : begun[0]], _in_rtf(_PLACE)]
                notes.append(f"\\par {_in_rtf(_NOTE)}{{{rtf[begun[1] : brace.end()]}")
                copied, begun = brace.end(), None
            depth -= 1
        elif brace[0][0] == "{":
            depth += 1
            if begun is None and len(brace[0]) > 1:
                begun = brace.start(), brace.end(), depth
    end = rtf.rfind("}")
    return "".join([*body, rtf[copied:end], *notes, rtf[end:]]) if notes and end >= copied else rtf


def _in_rtf(character: str) -> str:
    return f"{{\\uc1\\u{ord(character)}?}}"


def _with_notes(lines: list[str]) -> Iterator[str]:
    """The lines of the text, each with its notes behind it; of what `_notes_last` gave."""
    first = next((at for at, line in enumerate(lines) if line.startswith(_NOTE)), len(lines))
    notes = "\n".join(lines[first:]).split(_NOTE)[1:]
    for line in lines[:first]:
        yield line.replace(_PLACE, "")
        here, notes = notes[: line.count(_PLACE)], notes[line.count(_PLACE) :]
        for note in here:
            yield from note.split("\n")


def _said(rtf: str, page: str, name: str) -> str | None:
    """A field of the document's info; the last where it is there twice, which is the one in Unicode."""
    info = rtf.find("{\\info")
    if info < 0:
        return None
    # "\\uc0" before it says how many characters after each "\\u1090" stand for it.
    field = rf"(\\uc\d)?[ ]*\{{\\{name}\b[ ]?((?:[^{{}}\\]|\\.)*)\}}"
    found = re.findall(field, rtf[info : info + 65_536], re.DOTALL)
    if not found:
        return None
    skipped, value = found[-1]
    return one_line(_text(f"{{\\rtf1\\ansi\\ansicpg{page.removeprefix('cp')}{skipped} {value}}}"))


def _blocks(lines: list[str]) -> Iterator[Block]:
    """A block for each paragraph and each table; a row is a line that ends in a bar."""
    for is_row, group in groupby(lines, key=lambda line: line.rstrip().endswith("|")):
        if is_row:
            rows = ([" ".join(cell.split()) for cell in line.rstrip()[:-1].split("|")] for line in group)
            yield Block("\n".join(" | ".join(row) for row in rows))
        else:
            yield from (Block(line) for line in group)
