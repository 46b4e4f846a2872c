"""PDF: the text of each page, with the line breaks of its typesetting undone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, BinaryIO

from index.article import Article, Mark
from index.errors import SourceError
from index.formats.browser_prints import without_print_marks
from index.formats.build import Metadata, build_article
from index.formats.byline import head_of
from index.formats.clean import clean_text, one_line
from index.formats.limits import MAX_ARTICLE_CHARS, MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure
from index.formats.pdf_page import Line, UnreadableError, lines_of
from index.formats.pdf_tables import with_rows
from index.formats.properties import author_of, is_file_name, title_of
from index.formats.reflow import TypesetLine, is_item, reflow
from index.formats.running_heads import without_running_heads

MAX_BYTES = MAX_RICH_BYTES

_NO_LETTERS = "the letters cannot be made out: its fonts do not say which they are (no Unicode)"
_OCR = "Run OCR on it first, for example with ocrmypdf"
_SET_APART = 1.5  # distances of lines
_LARGE = 1.15  # sizes of a page's letters: those of a heading
_NEXT = (0.5, 1.7)  # sizes of its letters, from one line of a heading to the next
_TITLE = re.compile(r"(?=.*[^\W\d_]{3}).{4,200}")
_NO_HEADING = re.compile(r"""[.!?:;…。！？]["'”’»)\]」』]*$""")


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article; each page with text starts with a "page" mark. An unreadable page is a failure beside it.

    Raises SourceError where the file is damaged, wants a password or has no text.
    """
    document = _open(stream)
    try:
        form = document.get_formtype()
        if form:
            document.init_forms()
        pages, failures = _pages(document, origin.name)
        info = document.get_metadata_dict()
    finally:
        document.close()
    if not any(pages):
        if failures and all(_NO_LETTERS in failure.reason for failure in failures):
            raise SourceError(f"{_NO_LETTERS}. {_OCR} (--force-ocr).")
        yield from failures
        if failures:
            return
        if form:
            raise SourceError("no text in it: a form whose fields are empty, or whose pages are pictures. Fill it in.")
        raise SourceError(f"no text in it (a scanned PDF?). {_OCR}.")
    yield from failures
    pages = [_with_whole_headings(lines) for lines in without_running_heads(pages)]
    typeset = [_typeset(lines) for lines in pages]
    text, starts = reflow(typeset)
    marks = tuple(Mark(starts[at], "page", str(at + 1)) for at, lines in enumerate(typeset) if lines)
    head = head_of(text)
    # The day on which the file was made is not the one on which the article was published.
    said = Metadata(
        title=(head.title if is_file_name(info["Title"]) else None)
        or title_of(info["Title"])
        or head.title
        or _title(pages),
        author=head.author or author_of(info["Author"]),
        published=head.published,
    )
    yield build_article(origin, text, said, marks)


def _open(stream: BinaryIO) -> Any:
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(stream)
        len(document)
    except PdfiumError as exc:
        if getattr(exc, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise SourceError("wants a password. Save it without one and add it again.") from exc
        if getattr(exc, "err_code", None) == pdfium.FPDF_ERR_SECURITY:
            raise SourceError("is encrypted in a way that is not known. Save it without and add it again.") from exc
        raise SourceError(f"damaged, or no PDF: {_fault(exc)}. Save it again.") from exc
    return document


def _fault(exc: Exception) -> str:
    """What PDFium says is wrong, without the full stop at its end."""
    return (one_line(str(exc)) or "").rstrip(". ")


def _pages(document: Any, name: str) -> tuple[list[list[Line]], list[SourceFailure]]:
    """The lines of each page, and what is wrong with pages that have none of theirs."""
    from pypdfium2 import PdfiumError

    pages: list[list[Line]] = []
    failures: list[SourceFailure] = []
    size = 0
    for number in range(len(document)):
        lines: list[Line] = []
        try:
            page = document[number]
            try:
                lines = lines_of(page, document.formenv.raw if document.formenv else None)
                lines = with_rows(without_print_marks(lines))
            finally:
                page.close()
        except UnreadableError:
            failures.append(SourceFailure(f"{name}, page {number + 1}", _NO_LETTERS))
        except PdfiumError as exc:
            failures.append(SourceFailure(f"{name}, page {number + 1}", f"damaged: {_fault(exc)}"))
        pages.append(lines)
        size += sum(len(line.text) for line in lines)
        if size > 2 * MAX_ARTICLE_CHARS:  # too long whatever the line breaks do
            break
    return pages, failures


def _with_whole_headings(lines: Sequence[Line]) -> list[Line]:
    """The lines, each heading of several made one: large letters of one size, one line close below the other."""
    least = _LARGE * _usual_size(lines)
    found: list[Line] = []
    for line in lines:
        if found and 0 < least < line.size and _goes_on(found[-1], line):
            found[-1] = Line(found[-1].words + line.words)
        else:
            found.append(line)
    return found


def _title(pages: Sequence[Sequence[Line]]) -> str | None:
    """The one line of the first page with text that has its largest letters; None where it is no heading."""
    lines = next(filter(None, pages))
    largest = max(lines, key=lambda line: line.size)
    alike = sum(line.size > largest.size / _LARGE for line in lines)
    is_heading = largest.size > _LARGE * _usual_size(lines) > 0 and not largest.cells and not is_item(largest.text)
    title = clean_text(largest.text)
    return title if is_heading and alike == 1 and _TITLE.fullmatch(title) else None


def _usual_size(lines: Sequence[Line]) -> float:
    return median([line.size for line in lines] or [0.0])


def _goes_on(above: Line, below: Line) -> bool:
    """Whether a heading goes on in the line below."""
    size, distance = below.size, above.words[-1].bottom - below.bottom
    return (
        not (above.cells or below.cells)
        and abs(above.size - size) < 0.05 * size
        and _NEXT[0] * size < distance < _NEXT[1] * size
        and not _NO_HEADING.search(above.text)
        and not is_item(below.text)
    )


def _typeset(lines: Sequence[Line]) -> list[TypesetLine]:
    distances = [0.0, *(above.bottom - below.bottom for above, below in pairwise(lines))]
    usual = median([distance for distance in distances if distance > 0] or [0.0])
    found = []
    for line, distance in zip(lines, distances, strict=False):
        # A soft hyphen at a line's end says that the word goes on, so it is left there for `reflow`.
        soft = "\u00ad" if line.text.endswith("\u00ad") else ""
        text = re.sub(r"\s+", " ", clean_text(line.text)).strip()
        if text:
            found.append(TypesetLine(text + soft, bool(line.cells), 0 < usual * _SET_APART < distance))
    return found
