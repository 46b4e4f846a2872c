"""Headings of several lines in PDF files, and the fonts that TeX makes of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.index.formats.reading import read
from tests.index.formats.test_pdf_pages import PROSE, pdf_of

Sized = tuple[float, float, float, str]  # from the left, from below, size of the letters, what is written


def page(*texts: Sized) -> bytes:
    """A page's content: these, and prose below them."""
    written = [*texts, *((60, 500 - 14 * at, 11, line) for at, line in enumerate(PROSE))]
    return b" ".join(
        f"BT /F1 {size} Tf 1 0 0 1 {left} {bottom} Tm ({text}) Tj ET".encode("latin-1")
        for left, bottom, size, text in written
    )


def test_a_title_of_several_lines_is_one_wherever_its_lines_end(tmp_path: Path) -> None:
    article = read(
        tmp_path / "a.pdf",
        pdf_of([page((150, 740, 18, "On the Quays of Port Elm and Their"), (200, 718, 18, "Repair in Winter"),
                     (220, 690, 11, "Jane Roe"))]),
    )  # fmt: skip
    assert article.title == "On the Quays of Port Elm and Their Repair in Winter"
    assert article.text.startswith("On the Quays of Port Elm and Their Repair in Winter\n\nJane Roe\n\nThe volunteers")


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ((60, 740, 18, "The Quays of Port Elm"), (60, 700, 18, "Their Repair")),  # far below
        ((60, 740, 18, "The Quays of Port Elm"), (60, 722, 14, "Their Repair")),  # smaller letters
        ((60, 740, 11, "The Quays of Port Elm"), (60, 726, 11, "Their Repair")),  # no heading
        ((60, 740, 18, "The Quays Are Wide."), (60, 718, 18, "Their Repair")),  # a sentence
        ((60, 740, 18, "The Quays of Port Elm"), (60, 718, 18, "- Their Repair")),  # a list
    ],
)
def test_lines_that_are_no_one_heading_stay_apart(tmp_path: Path, above: Sized, below: Sized) -> None:
    article = read(tmp_path / "a.pdf", pdf_of([page(above, below)]))
    assert article.text.startswith(above[3] + "\n")


@pytest.mark.parametrize(
    "texts",
    [
        ((60, 740, 11, "The Quays of Port Elm"),),  # no larger than the prose
        ((60, 740, 18, "The Quays"), (60, 640, 18, "Their Repair")),  # two of a size
        ((60, 740, 18, "- The Quays of Port Elm"),),
        ((60, 740, 18, "12"),),
    ],
)
def test_what_is_no_heading_of_the_whole_is_no_title(tmp_path: Path, texts: tuple[Sized, ...]) -> None:
    assert read(tmp_path / "quays-of-elm.pdf", pdf_of([page(*texts)])).title == "Quays of elm"


PICTURES = (
    "98 0 obj\n<</Type/Font/Subtype/Type3/FontBBox[0 0 10 10]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 21/LastChar 255"
    f"/Widths[{'8 ' * 235}]/Encoding<</Type/Encoding/Differences[21{''.join(f'/a{code}' for code in range(21, 256))}]>>"
    "/CharProcs<<>>>>\nendobj\n"
).encode()


def test_letters_that_are_pictures_of_tex_are_those_of_its_encoding(tmp_path: Path) -> None:
    shown = b"BT /F2 11 Tf 60 700 Td (Die gro\\377e \\025 Stra\\377e \\026 da) Tj ET "
    content = pdf_of([shown + page()]).replace(b"/F1 3 0 R", b"/F1 3 0 R/F2 98 0 R")
    text = read(tmp_path / "a.pdf", content.replace(b"trailer", PICTURES + b"trailer")).text
    assert text.startswith("Die große – Straße — da\n")
