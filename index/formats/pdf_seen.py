"""Whether the words on a PDF's page can be seen: not white on white, not invisible, not under a bar, not too small."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_LIGHT = 230  # of 255, each of red, green and blue: letters that white paper may swallow
_ALIKE = 40  # of 255: so little do letters differ from their ground that nobody sees them
_UNIFORM = 16  # of 255: a ground that differs less has nothing drawn on it
_CLEAR = 12  # of 255: a colour with less cover is none
_SMALLEST = 1.2  # points from the top of "l" to the foot of "g": a seventh of a small print
_MOST_OBJECTS = 5_000  # of a page that are looked at: maps and drawings have hundreds of thousands of lines
_MOST_SURFACES = 500  # the largest; letters and bars are not among the smallest of so many
_THIN = 4.0  # points
_MOST_PIXELS = 4_000_000  # a page of letter size has half a million

_Box = tuple[float, float, float, float]  # left, bottom, right, top
_Colour = tuple[int, int, int, int]  # red, green, blue, cover


@dataclass(frozen=True, slots=True)
class _Filled:
    """A surface on the page that may hide letters of its own colour, or over which invisible ones may lie."""

    box: _Box
    order: int  # among the objects of the page; later ones lie above
    colour: _Colour | None = None  # None: it has several
    is_picture: bool = False

    def covers(self, x: float, y: float) -> bool:
        left, bottom, right, top = self.box
        return left <= x <= right and bottom <= y <= top

    def may_hide(self, colour: _Colour, order: int) -> bool:
        """Whether it may lie above letters, or have their colour. What a picture holds is not known."""
        return not self.is_picture and (self.order > order or self.colour is None or _alike(self.colour, colour))


@dataclass(frozen=True, slots=True)
class _Ink:
    """How letters are drawn that may not show: when, in which colour; `is_none`: not at all."""

    colour: _Colour
    order: int
    is_none: bool
    is_plain: bool  # it shows on white paper
    is_layer: bool  # in a layer, which may be switched off


class SeenOnPage:
    """Answers for one page. Only where letters are suspect is the page drawn, once, to see whether they show."""

    def __init__(self, page: Any, handle: Any) -> None:
        """Take the page (pypdfium2's PdfPage) and the handle of its text."""
        self._page = page
        self._handle = handle
        self._surfaces: list[_Filled] = []
        self._orders: dict[int, int] = {}  # of the objects that are text, by their address
        self._is_clear: bool | None = None  # None: it was not looked at yet
        self._inks: dict[int, _Ink | None] = {}  # by the address of the letters
        self._picture: _Picture | None = None

    def seen(self, at: int, box: _Box) -> bool:
        """Whether a word can be seen: `at` is its first character, `box` where it stands, in the page's own places.

        Invisible letters over a picture are what OCR read in it, and count as seen.
        """
        import pypdfium2.raw as pdfium

        if self._is_clear is None:
            self._is_clear = self._nothing_hides()
        if box[3] - box[1] < _SMALLEST and self._is_tiny(at):
            return False
        letters = None if self._is_clear else pdfium.FPDFText_GetTextObject(self._handle, at)
        if not letters:  # or a space or hyphen that PDFium added
            return True
        address = _address(letters)
        if address not in self._inks:
            self._inks[address] = self._ink(letters, address)
        ink = self._inks[address]
        return ink is None or self._shows(ink, box)

    def _nothing_hides(self) -> bool:
        """Whether all letters of the page show, told by its objects, of which there are far fewer than words."""

        found = _objects(self._page.raw)
        self._surfaces, self._orders = found.surfaces, {address: order for address, (order, _) in found.texts.items()}
        if not found.are_all:
            return False
        for address, (_, letters) in found.texts.items():
            self._inks[address] = self._ink(letters, address)
            if self._inks[address] is not None:
                return False
        return True

    def _ink(self, letters: Any, address: int) -> _Ink | None:
        """How letters are drawn; None where nothing on the page could hide them."""
        import pypdfium2.raw as pdfium

        mode = pdfium.FPDFTextObj_GetTextRenderMode(letters)
        is_outline = mode in {pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP}
        colour = _colour(letters, pdfium.FPDFPageObj_GetStrokeColor if is_outline else pdfium.FPDFPageObj_GetFillColor)
        is_none = mode in {pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP} or colour[3] <= _CLEAR
        order = self._orders.get(address, _MOST_OBJECTS)  # of letters in a form: before all
        is_layer = "OC" in _marks(letters)
        is_plain = not (is_none or is_layer) and min(colour[:3]) < _LIGHT
        may_hide = [surface for surface in self._surfaces if surface.may_hide(colour, order)]
        if is_plain and (not may_hide or (address in self._orders and not _meet(letters, may_hide))):
            return None
        return _Ink(colour, order, is_none, is_plain, is_layer)

    def _shows(self, ink: _Ink, box: _Box) -> bool:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        surfaces = [surface for surface in self._surfaces if surface.covers(x, y)]
        if ink.is_none and any(surface.is_picture for surface in surfaces):
            return True
        if ink.is_plain and not any(surface.may_hide(ink.colour, ink.order) for surface in surfaces):
            return True
        if self._picture is None:
            self._picture = _Picture(self._page)
        ground = self._picture.ground(box)
        is_below = any(surface.order > ink.order and not surface.is_picture for surface in surfaces)
        return ground is None or not (ink.is_none or ink.is_layer or is_below or _alike(ground, ink.colour))

    def _is_tiny(self, at: int) -> bool:
        import pypdfium2.raw as pdfium

        box = pdfium.FS_RECTF()
        return bool(pdfium.FPDFText_GetLooseCharBox(self._handle, at, box)) and abs(box.top - box.bottom) < _SMALLEST


class _Picture:
    """A page as it is drawn, a pixel for each point, or fewer for posters."""

    def __init__(self, page: Any) -> None:
        width, height = page.get_size()
        self._page = page
        self._bitmap = page.render(scale=min(1.0, (_MOST_PIXELS / max(1.0, width * height)) ** 0.5), rev_byteorder=True)
        self._data = bytes(self._bitmap.buffer)
        self._depth = self._bitmap.n_channels

    def ground(self, box: _Box) -> tuple[int, int, int] | None:
        """The one colour that all of a box has; None where anything shows in it."""
        left, top, right, bottom = self._pixels(box)
        if left >= right or top >= bottom:
            return None  # beside the page: `pdf_page` looks after that
        colour = []
        for channel in range(min(3, self._depth)):
            values = [
                value
                for row in range(top, bottom)
                for value in self._data[
                    row * self._bitmap.stride + left * self._depth + channel : row * self._bitmap.stride
                    + right * self._depth : self._depth
                ]
            ]
            if max(values) - min(values) > _UNIFORM:
                return None
            colour.append(sorted(values)[len(values) // 2])
        red, green, blue = colour if len(colour) == 3 else colour * 3
        return red, green, blue

    def _pixels(self, box: _Box) -> tuple[int, int, int, int]:
        import pypdfium2.raw as pdfium

        width, height = self._bitmap.width, self._bitmap.height
        found = []
        for x, y in ((box[0], box[1]), (box[2], box[3])):
            across, down = ctypes.c_int(), ctypes.c_int()
            pdfium.FPDF_PageToDevice(self._page.raw, 0, 0, width, height, 0, x, y, across, down)
            found.append((across.value, down.value))
        (one, other), (two, another) = found
        left, right = min(one, two) - 1, max(one, two) + 1
        top, bottom = min(other, another) - 1, max(other, another) + 1
        return max(0, left), max(0, top), min(width, right), min(height, bottom)


@dataclass(frozen=True, slots=True)
class _Objects:
    """What is on a page: its largest surfaces, and its texts by their addresses, each with its order."""

    surfaces: list[_Filled]
    texts: dict[int, tuple[int, Any]]
    are_all: bool  # no more are on the page, or in a form on it


def _objects(page: Any) -> _Objects:
    import pypdfium2.raw as pdfium

    surfaces: list[_Filled] = []
    texts: dict[int, tuple[int, Any]] = {}
    count = pdfium.FPDFPage_CountObjects(page)
    are_all = count <= _MOST_OBJECTS
    for order in range(min(count, _MOST_OBJECTS)):
        item = pdfium.FPDFPage_GetObject(page, order)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            texts[_address(item)] = order, item
        elif kind == pdfium.FPDF_PAGEOBJ_PATH and _is_filled(item):
            surfaces += _filled(item, order, _colour(item, pdfium.FPDFPageObj_GetFillColor))
        elif kind in {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING}:
            surfaces += _filled(item, order, is_picture=True)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM:
            kinds = set(_kinds(item))
            are_all = are_all and not kinds & {pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_FORM}
            if pdfium.FPDF_PAGEOBJ_IMAGE in kinds:
                surfaces += _filled(item, order, is_picture=True)
            if pdfium.FPDF_PAGEOBJ_PATH in kinds:
                surfaces += _filled(item, order)
    surfaces.sort(key=lambda each: (each.box[2] - each.box[0]) * (each.box[3] - each.box[1]), reverse=True)
    return _Objects(surfaces[:_MOST_SURFACES], texts, are_all)


def _meet(item: Any, surfaces: Sequence[_Filled]) -> bool:
    """Whether an object of the page lies on one of the surfaces, or below it."""
    box = _bounds(item)
    return box is None or any(
        box[0] < each[2] and each[0] < box[2] and box[1] < each[3] and each[1] < box[3]
        for each in (surface.box for surface in surfaces)
    )


def _bounds(item: Any) -> _Box | None:
    import pypdfium2.raw as pdfium

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    return left.value, bottom.value, right.value, top.value


def _address(item: Any) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0


def _kinds(form: Any) -> Iterator[int]:
    import pypdfium2.raw as pdfium

    for number in range(min(pdfium.FPDFFormObj_CountObjects(form), _MOST_OBJECTS)):
        yield pdfium.FPDFPageObj_GetType(pdfium.FPDFFormObj_GetObject(form, number))


def _is_filled(path: Any) -> bool:
    import pypdfium2.raw as pdfium

    how, is_stroked = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(path, how, is_stroked)) and how.value != pdfium.FPDF_FILLMODE_NONE


def _filled(item: Any, order: int, colour: _Colour | None = None, is_picture: bool = False) -> Iterator[_Filled]:
    """The surface of an object, where it is none of the thin ones that rule a page."""
    box = _bounds(item)
    if box is not None and box[2] - box[0] > _THIN and box[3] - box[1] > _THIN:
        yield _Filled(box, order, colour, is_picture)


def _marks(item: Any) -> Iterator[str]:
    """The names of the marked content that an object is in."""
    import pypdfium2.raw as pdfium

    for number in range(pdfium.FPDFPageObj_CountMarks(item)):
        name, size = ctypes.create_string_buffer(64), ctypes.c_ulong()
        mark = pdfium.FPDFPageObj_GetMark(item, number)
        if pdfium.FPDFPageObjMark_GetName(mark, ctypes.cast(name, ctypes.POINTER(pdfium.FPDF_WCHAR)), 64, size):
            yield name.raw[: size.value].decode("utf-16-le", "replace").rstrip("\0")


def _colour(item: Any, get: Callable[..., int]) -> _Colour:
    red, green, blue, cover = (ctypes.c_uint() for _ in range(4))
    if not get(item, red, green, blue, cover):
        return 0, 0, 0, 255  # black, as PDF begins
    return red.value, green.value, blue.value, cover.value


def _alike(ground: Sequence[int], colour: _Colour) -> bool:
    return all(abs(one - other) <= _ALIKE for one, other in zip(ground[:3], colour[:3], strict=True))
