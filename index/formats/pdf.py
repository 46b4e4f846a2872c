"""PDF: the text of each page, with the line breaks of its typesetting undone."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.clean import Block, clean_text, join_blocks, one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.limits import MAX_ARTICLE_CHARS, MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

# pypdf logs each irregularity that it repairs. Without any handler Python prints those to stderr.
_QUIET = logging.NullHandler()

_LIGATURES = str.maketrans({"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"})
_HYPHENS = "-\u00ad\u2010"
_SENTENCE_END = re.compile(r"""[.!?:…]["'”’»)\]]*$""")
_ITEM = re.compile(r"(?:[•‣▪◦●·–—*-]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_NARROWEST_COLUMN = 25  # characters; where a page's lines are shorter, they are no running text


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article; each page with text starts with a "page" mark. An unreadable page is a failure beside it.

    Raises SourceError where the file is damaged, wants a password or has no text.
    """
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").addHandler(_QUIET)
    reader = _open(stream)
    pages: list[tuple[str, str]] = []
    failures: list[SourceFailure] = []
    size = 0
    for number, page in enumerate(_pages(reader), start=1):
        try:
            text = clean_text(page.extract_text()).translate(_LIGATURES)
        except DependencyError as exc:
            raise _no_decryption(exc) from exc
        except _faults() as exc:
            failures.append(
                SourceFailure(f"{origin.name}, page {number}", f"damaged: {one_line(str(exc)) or 'unreadable'}")
            )
            continue
        pages.append((str(number), text))
        size += len(text)
        if size > 2 * MAX_ARTICLE_CHARS:  # too long whatever the line breaks do; do not read on for an hour
            break
    compounds = _compounds(text for _, text in pages)
    text, marks = join_blocks(Block(reflow(text, compounds), "page", number) for number, text in pages)
    yield from failures
    if not text:
        if failures:
            return
        raise SourceError("no text in it (a scanned PDF?). Run OCR on it first, for example with ocrmypdf.")
    info = _info(reader)
    said = Metadata(title=_title(info.get("title")), author=info.get("author"), published=info.get("published"))
    yield build_article(origin, text, said, marks)


def reflow(text: str, compounds: frozenset[str] = frozenset()) -> str:
    r"""Undo the line breaks inside paragraphs and the hyphens at line ends; "\n\n" parts paragraphs.

    A line runs on where it is about as long as the page's lines are, or where the next starts with a small letter; a
    list's item and what follows a short line start anew. A hyphen at a line's end goes unless the word with its hyphen
    is in `compounds` (small letters) or what follows is no small letter.
    """
    lines = [line.strip() for line in text.split("\n")]
    lengths = sorted(len(line) for line in lines if line)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    out = ""
    for before, line in zip(["", *lines], lines, strict=False):
        if not line:
            continue
        if not out:
            out = line
        elif not before:
            out += "\n\n" + line
        elif width < _NARROWEST_COLUMN or _ITEM.match(line):
            out += "\n" + line
        elif before[-1] in _HYPHENS and before[-2:-1].isalpha():
            out = _join_hyphenated(out, line, compounds)
        elif len(before) >= 0.7 * width or (line[0].islower() and len(before) >= 0.4 * width):
            out += " " + line
        else:
            out += ("\n\n" if _SENTENCE_END.search(before) else "\n") + line
    return out


def _join_hyphenated(out: str, line: str, compounds: frozenset[str]) -> str:
    if not line[0].islower():
        return out + line
    left = re.split(r"\s", out[-60:])[-1]
    right = re.split(r"\s", line, maxsplit=1)[0]
    compound = re.sub(r"[^\w-]", "", f"{left[:-1]}-{right}").casefold()
    return (out if compound in compounds and out[-1] != "\u00ad" else out[:-1]) + line


def _compounds(texts: Iterator[str]) -> frozenset[str]:
    # Words that the document spells with a hyphen in the middle of a line.
    return frozenset(word.casefold() for text in texts for word in re.findall(r"\w+(?:-\w+)+", text))


def _faults() -> tuple[type[Exception], ...]:
    from pypdf.errors import PyPdfError

    return (PyPdfError, *PARSER_FAULTS)


def _open(stream: BinaryIO) -> Any:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        reader = PdfReader(stream)
        len(reader.pages)
    except FileNotDecryptedError as exc:
        raise SourceError("wants a password. Save it without one and add it again.") from exc
    except DependencyError as exc:
        raise _no_decryption(exc) from exc
    except _faults() as exc:
        raise SourceError(f"damaged, or no PDF: {one_line(str(exc)) or type(exc).__name__}. Save it again.") from exc
    return reader


def _no_decryption(exc: Exception) -> SourceError:
    return SourceError(f"is encrypted: {exc}. Install the Python package cryptography, or save it unencrypted.")


def _pages(reader: Any) -> Iterator[Any]:
    # The page tree is read as it is walked, and may be damaged anywhere.
    for number in range(len(reader.pages)):
        try:
            yield reader.pages[number]
        except _faults() as exc:
            raise SourceError(f"damaged at page {number + 1}: {one_line(str(exc)) or type(exc).__name__}") from exc


def _info(reader: Any) -> dict[str, Any]:
    try:
        info = reader.metadata
    except _faults():
        return {}
    values: dict[str, Any] = {}
    for key, attribute in (("title", "title"), ("author", "author"), ("published", "creation_date")):
        try:  # each alone: a malformed date must not cost the title
            values[key] = getattr(info, attribute, None)
        except _faults():
            continue
    return values


def _title(title: object) -> str | None:
    # What word processors put there: "Microsoft Word - report.docx", "untitled".
    title = re.sub(r"^Microsoft \w+ - ", "", one_line(title) or "") if isinstance(title, str) else ""
    return None if title.casefold() in {"", "untitled"} else re.sub(r"\.(docx?|pptx?|rtf|odt|indd|tex|dvi)$", "", title)
