"""One page of a PDF, as PDFium sees it -> lines of words with their places, forms and notes on the page included."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.formats.pdf_seen import SeenOnPage

# Places are in points from the lower left corner of the page, as PDF has them.

# TeX's own encodings hold ligatures where ASCII has controls: OT1 from 0x0b, T1 from 0x1b (Berry, "Fontname", 2009).
_LIGATURES = dict(zip(range(0x0B, 0x10), ("ff", "fi", "fl", "ffi", "ffl"), strict=True))
_LIGATURES_T1 = {code + 0x10: letters for code, letters in _LIGATURES.items()}
_LETTERS_OT1 = dict(zip(range(0x19, 0x20), "ßæœøÆŒØ", strict=True))
_SIGNS_T1 = {0x15: "–", 0x16: "—", 0xD7: "Œ", 0xF7: "œ", 0xFF: "ß"}  # where Latin-1 has controls, "×", "÷" and "ÿ"
_OT1_FONT = re.compile(r"(?:[A-Z]{6}\+)?CM[A-Z]+\d+")
_BULLETS = dict.fromkeys((0xF0A7, 0xF0B7, 0xF0D8, 0xF0FC), "•")  # of Wingdings and Symbol
_SPACES = frozenset(map(ord, " \t\u00a0\u2002\u2003\u2009\u202f\u3000"))
_WORD_OR_END = re.compile(r"[^\s\0]\S*|\n")
_PASSWORD = 1 << 13  # of a form's field, which is shown as dots (ISO 32000-1, table 228)
_HYPHEN = 0x02  # what PDFium gives for a hyphen at a line's end
_UNREADABLE = 0.3  # share of a page's letters without Unicode from which on the page is none that can be read
_SAMPLE = 400  # letters of a page that are asked for their Unicode: one call each
_NEAR_LINES = 4  # so far back is looked for the line that words belong to; columns of running text are longer


@dataclass(frozen=True, slots=True)
class Word:
    """A word, its box, and the size of its letters: the height of their line, whatever letters they are."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float = 0.0  # where it is not known, as of all but a line's first word


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one base line, from left to right; `cells` are those of a table's row, and empty in other lines."""

    words: tuple[Word, ...]
    cells: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is read in it; a row's cells are separated by " | "."""
        return " | ".join(self.cells) if self.cells else " ".join(word.text for word in self.words)

    @property
    def bottom(self) -> float:
        """The lowest point of its first word's tallest letter."""
        return self.words[0].bottom

    @property
    def size(self) -> float:
        """The size of its first word's letters, 0 where it is not known."""
        return self.words[0].size

    @property
    def height(self) -> float:
        """From the lowest to the highest point of any of its words, 1 at least."""
        return max(1.0, max(word.top for word in self.words) - min(word.bottom for word in self.words))


class UnreadableError(Exception):
    """A page whose fonts do not say which letters they draw."""


def lines_of(page: Any, forms: Any) -> list[Line]:
    """The lines of a page (pypdfium2's PdfPage), in the order of its content; `forms` is its document's form, or None.

    Raises UnreadableError where the letters cannot be made out.
    """
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    try:
        handle = text.raw
        codes = [pdfium.FPDFText_GetUnicode(handle, at) for at in range(text.count_chars())]
        letters = _letters(handle, codes)
        written = _on_page(list(_lines(handle, letters, SeenOnPage(page, handle))), page.get_cropbox())
    finally:
        text.close()
    turn = _Turn(page.get_rotation(), page.get_cropbox())
    lines = _on_one_baseline(Line(tuple(map(turn.word, line.words))) for line in written)
    return _with_notes(lines, list(map(turn.word, _notes(page, forms))))


class _Turn:
    """How a page is turned when it is shown: places are given as they are seen. Wide tables stand on turned pages."""

    def __init__(self, degrees: int, box: tuple[float, float, float, float]) -> None:
        self._degrees = degrees % 360
        _, _, self._width, self._height = box

    def word(self, word: Word) -> Word:
        """A word with the box that it has on the turned page."""
        if self._degrees == 90:
            return Word(word.text, word.bottom, word.top, self._width - word.right, self._width - word.left)
        if self._degrees == 180:
            left, right = self._width - word.right, self._width - word.left
            return Word(word.text, left, right, self._height - word.top, self._height - word.bottom, word.size)
        if self._degrees == 270:
            return Word(word.text, self._height - word.top, self._height - word.bottom, word.left, word.right)
        return word


def _letters(handle: Any, codes: Sequence[int]) -> list[str]:
    """What each character stands for; a line's end is "\\n"; "" for what is nothing."""
    import pypdfium2.raw as pdfium

    ink = [at for at, code in enumerate(codes) if code > 0x20 and code not in _SPACES]
    sample = ink[:: 1 + len(ink) // _SAMPLE]
    lost = sum(
        0xE000 <= codes[at] <= 0xF8FF or codes[at] == 0xFFFD or pdfium.FPDFText_HasUnicodeMapError(handle, at) == 1
        for at in sample
    )
    if lost > max(2, _UNREADABLE * len(sample)):
        raise UnreadableError
    low = [at for at, code in enumerate(codes) if code < 0x20]
    controls = {
        at
        for at in low
        if pdfium.FPDFText_IsHyphen(handle, at) != 1
        and (not _is_line_end(codes, at) or pdfium.FPDFText_HasUnicodeMapError(handle, at) == 1)
    }
    space = _control_for_space(codes, controls)
    letters = []
    for at, code in enumerate(codes):
        if 0x20 <= code < 0x7F:
            letters.append(chr(code))
        elif code in _SIGNS_T1 and (at in controls or code > 0x7F) and code != space and _is_bitmap(handle, at):
            letters.append(_SIGNS_T1[code])
        elif at in controls:
            letters.append(_control(handle, at, code, space))
        elif code == _HYPHEN:
            letters.append("-\n")
        elif 0x80 <= code <= 0x9F:
            letters.append(bytes([code]).decode("cp1252", "ignore"))
        elif 0xE000 <= code <= 0xF8FF or code == 0xFFFD:
            letters.append(_BULLETS.get(code, ""))
        else:
            letters.append("\n" if code == 0x0A else "" if code < 0x20 and code != 0x09 else chr(code))
    return letters


def _is_line_end(codes: Sequence[int], at: int) -> bool:
    """Whether this is one of the two characters that PDFium puts between lines."""
    if codes[at] == 0x0D:
        return at + 1 < len(codes) and codes[at + 1] == 0x0A
    return codes[at] == 0x09 or codes[at] == _HYPHEN or (codes[at] == 0x0A and at > 0 and codes[at - 1] == 0x0D)


def _control_for_space(codes: Sequence[int], controls: set[int]) -> int | None:
    """The control character that parts the words of a page which has no spaces."""
    found = Counter(codes[at] for at in controls)
    ink = sum(code > 0x20 for code in codes)
    if not found or sum(code in _SPACES for code in codes) > ink / 40:
        return None
    code, count = found.most_common(1)[0]
    return code if count > ink / 20 else None


def _control(handle: Any, at: int, code: int, space: int | None) -> str:
    """What a control character stands for: a letter of TeX's encodings, or the space that it is drawn as."""
    if code == 0:
        return ""
    if code == space:
        return " "
    if code in _LIGATURES:
        return _LIGATURES[code]
    if code in _LETTERS_OT1 and _OT1_FONT.match(_font(handle, at)):
        return _LETTERS_OT1[code]
    return _LIGATURES_T1.get(code, " ")


def _is_bitmap(handle: Any, at: int) -> bool:
    """Whether a letter's font has no name and no Unicode, as TeX's pictures of the letters of its T1 encoding."""
    import pypdfium2.raw as pdfium

    return pdfium.FPDFText_HasUnicodeMapError(handle, at) == 1 and not _font(handle, at)


def _font(handle: Any, at: int) -> str:
    import pypdfium2.raw as pdfium

    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(handle, at, name, len(name), ctypes.c_int())
    return name.value.decode("utf-8", "replace")


def _lines(handle: Any, letters: Sequence[str], page: SeenOnPage) -> Iterator[Line]:
    """The lines of words that can be seen."""
    import pypdfium2.raw as pdfium

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    line = pdfium.FS_RECTF()

    def word_of(first: int, end: int) -> Word:
        text = "".join(letters[first:end]).strip()
        pdfium.FPDFText_GetCharBox(handle, first, left, right, bottom, top)
        sides = left.value, right.value, bottom.value, top.value
        pdfium.FPDFText_GetCharBox(handle, end - 1, left, right, bottom, top)
        if not words:  # the first of its line speaks for all
            pdfium.FPDFText_GetLooseCharBox(handle, first, line)
        return Word(
            text,
            min(sides[0], left.value),
            max(sides[1], right.value),
            min(sides[2], bottom.value),
            max(sides[3], top.value),
            0.0 if words else abs(line.top - line.bottom),
        )

    words: list[Word] = []
    # One character for each: a hyphen at a line's end counts as that end, and nothing as a letter that is not seen.
    for match in _WORD_OR_END.finditer("".join([letter[-1:] or "\0" for letter in letters]) + "\n"):
        first, end = match.span()
        if match[0] != "\n":
            hyphenated = end < len(letters) and letters[end] == "-\n"
            word = word_of(first, end + hyphenated)
            if page.seen(first, (word.left, word.bottom, word.right, word.top)):
                words.append(word)
        elif words:
            yield Line(tuple(words))
            words = []


def _on_page(lines: list[Line], box: tuple[float, float, float, float]) -> list[Line]:
    """The words that are not beside the page, where nobody sees them; all, where none would be left."""
    left, right = sorted((box[0], box[2]))
    bottom, top = sorted((box[1], box[3]))
    seen = []
    for line in lines:
        words = [
            word
            for word in line.words
            if left < (word.left + word.right) / 2 < right and bottom < (word.bottom + word.top) / 2 < top
        ]
        if words:
            seen.append(Line(tuple(words)))
    return seen or lines


def _on_one_baseline(lines: Iterator[Line]) -> list[Line]:
    """The lines, with those that only go on to the right of one of the last few made one with it.

    So stand a table's cells behind one of several lines, and words that were each set on their own.
    """
    found: list[Line] = []
    for line in lines:
        for at in range(len(found) - 1, max(-1, len(found) - 1 - _NEAR_LINES), -1):
            before = found[at]
            apart = abs(before.words[-1].bottom - line.words[0].bottom)
            if apart < 0.3 * min(before.height, line.height) and line.words[0].left >= before.words[-1].right:
                found[at] = Line(before.words + line.words)
                break
        else:
            found.append(line)
    return found


def _notes(page: Any, forms: Any) -> Iterator[Word]:
    """What is written on the page but not part of its content: text in a form's fields, and free text."""
    import pypdfium2.raw as pdfium

    for number in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not note:
            continue
        try:
            text = _note(note, forms)
            box = pdfium.FS_RECTF()
            if text and pdfium.FPDFAnnot_GetRect(note, box):
                yield Word(text, box.left, box.right, min(box.bottom, box.top), max(box.bottom, box.top))
        finally:
            pdfium.FPDFPage_CloseAnnot(note)


def _note(note: Any, forms: Any) -> str:
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFAnnot_GetSubtype(note)
    if pdfium.FPDFAnnot_GetFlags(note) & (pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW):
        return ""
    if kind == pdfium.FPDF_ANNOT_FREETEXT:
        return _string(lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(note, b"Contents", buffer, size))
    if kind != pdfium.FPDF_ANNOT_WIDGET or not forms:
        return ""
    if pdfium.FPDFAnnot_GetFormFieldType(forms, note) not in {
        pdfium.FPDF_FORMFIELD_TEXTFIELD,
        pdfium.FPDF_FORMFIELD_COMBOBOX,
        pdfium.FPDF_FORMFIELD_LISTBOX,
    }:
        return ""
    if pdfium.FPDFAnnot_GetFormFieldFlags(forms, note) & _PASSWORD:
        return ""
    return _string(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(forms, note, buffer, size))


def _string(get: Any) -> str:
    """What a function of PDFium writes into a buffer of UTF-16; its size is asked first."""
    import pypdfium2.raw as pdfium

    size = get(None, 0)
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return " ".join(buffer.raw[:size].decode("utf-16-le", "replace").replace("\0", "").split())


def _with_notes(lines: list[Line], notes: Sequence[Word]) -> list[Line]:
    """The lines and the notes: each behind the words that stand left of it on its height, or else a line by itself."""
    shown = " ".join(line.text for line in lines)
    for note in notes:
        if note.text in shown:  # a field that was made part of the page, and is still there
            continue
        at = next(
            (
                at
                for at in range(len(lines) - 1, -1, -1)
                if note.bottom - 2 <= (lines[at].words[-1].bottom + lines[at].words[-1].top) / 2 <= note.top + 2
                and lines[at].words[-1].right <= note.left + 2
            ),
            None,
        )
        if at is None:
            lines.append(Line((note,)))
        else:
            lines[at] = Line((*lines[at].words, note))
    return lines
