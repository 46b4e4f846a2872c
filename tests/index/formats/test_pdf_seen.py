"""Letters on a PDF's page that nobody sees are not read, and those that show on any ground are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.index.formats.reading import failure, read
from tests.index.formats.test_pdf_pages import PROSE, lines, pdf_of, placed

WORDS = "The quay cost ninety million."
BAR = "50 590 300 30 re f "
PICTURE = "q 600 0 0 800 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \xff\xff\xff\xff EI Q "


def shown(before: str = "", mode: int = 0, size: float = 11) -> str:
    """Operators that write the words in some way, and then go back to black."""
    return f"{before} BT /F1 {size} Tf {mode} Tr 1 0 0 1 60 600 Tm ({WORDS}) Tj ET 0 g 0 Tr "


@pytest.mark.parametrize("turned", [0, 90])
@pytest.mark.parametrize(
    ("operators", "is_seen"),
    [
        (shown("1 g"), False),
        (shown("0.98 0.98 0.96 rg"), False),
        (shown(mode=3), False),
        (shown(f"0 0 1 rg {BAR}"), False),
        (shown() + BAR, False),
        (shown() + f"1 g {BAR}", False),
        (shown(size=0.5), False),
        (shown(f"0 0 1 rg {BAR} 1 g"), True),
        (shown("0.6 g"), True),
        (PICTURE + shown(mode=3), True),  # what OCR read in a scan
        (shown(f"0 g {BAR[:-2]} S"), True),
        (shown(f"1 1 0 rg {BAR} 0 g"), True),
        (shown("1 g", mode=2), True),
    ],
)
def test_words_are_read_where_they_can_be_seen(tmp_path: Path, operators: str, is_seen: bool, turned: int) -> None:
    page = lines(*PROSE) + b"\n" + operators.encode("latin-1")
    text = read(tmp_path / "a.pdf", pdf_of([page], turned=turned)).text
    assert "volunteers" in text
    assert (WORDS in text) == is_seen


def test_a_page_of_nothing_but_white_words_has_no_text(tmp_path: Path) -> None:
    assert failure(tmp_path / "a.pdf", pdf_of([shown("1 g").encode()])).startswith("no text in it")


@pytest.mark.parametrize(("state", "is_seen"), [(b"ON", True), (b"OFF", False)])
def test_a_layer_that_is_switched_off_is_not_read(tmp_path: Path, state: bytes, is_seen: bool) -> None:
    page = pdf_of([lines(*PROSE) + f" /OC /L1 BDC {shown()} EMC".encode()])
    layers = b"/OCProperties<</OCGs[50 0 R]/D<</%s[50 0 R]>>>>" % state
    page = page.replace(b"/Type/Catalog", b"/Type/Catalog" + layers)
    page = page.replace(b"/Font<</F1 3 0 R>>", b"/Font<</F1 3 0 R>>/Properties<</L1 50 0 R>>")
    page = page.replace(b"trailer", b"50 0 obj\n<</Type/OCG/Name(x)>>\nendobj\ntrailer")
    assert (WORDS in read(tmp_path / "a.pdf", page).text) == is_seen


@pytest.mark.parametrize(("flags", "is_seen"), [(0, True), (4, True), (2, False), (32, False)])
def test_a_note_that_is_hidden_is_not_read(tmp_path: Path, flags: int, is_seen: bool) -> None:
    note = f"<</Type/Annot/Subtype/FreeText/F {flags}/Rect[60 500 300 520]/Contents({WORDS})/DA(/F1 11 Tf)>>"
    assert (WORDS in read(tmp_path / "a.pdf", pdf_of([lines(*PROSE)], notes=note.encode())).text) == is_seen


def test_a_drawing_of_very_many_surfaces_takes_no_time(tmp_path: Path) -> None:
    surfaces = " ".join(f"0.5 g {x % 500} {x % 700} 20 20 re f" for x in range(20_000))
    page = pdf_of([surfaces.encode() + b" 0 g " + lines(*PROSE) + shown("1 g").encode()])
    begin = time.monotonic()
    assert "volunteers" in read(tmp_path / "a.pdf", page).text
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize("turned", [0, 270])
@pytest.mark.parametrize(
    ("box", "text"),
    [
        ("[0 0 300 800]", "The left page tells of the quay."),
        ("[300 800 600 0]", "The right page tells of sixty goats that went to a dairy."),
        ("[0 0 90 800]", "The left"),
    ],
)
def test_a_page_cut_out_of_a_larger_one_holds_what_it_shows(tmp_path: Path, box: str, text: str, turned: int) -> None:
    spread = placed(
        (60, 700, "The left page tells of the quay."),
        (360, 700, "The right page tells of sixty goats that went to a dairy."),
    )
    page = pdf_of([spread], turned=turned).replace(b"/Rotate", f"/CropBox{box}/Rotate".encode())
    assert read(tmp_path / "a.pdf", page).text == text
