"""What stands on the pages of PDF files, written here by hand: heads, tables, forms, fonts without Unicode."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from index import ArticleIndex
from index.article import Article
from index.formats import SourceFailure, read_source
from tests.fakes import WordEmbedder
from tests.index.formats.reading import failure, read

CASES = Path(__file__).parent / "cases"
HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
PROSE = (
    "The volunteers painted the railings of the old pier while a small crowd watched it",
    "from the harbour wall, and the museum kept its doors open late on Thursdays so that",
    "working people could see the new rooms. The weather stayed dry for most of the year.",
)


def pdf_of(
    pages: Sequence[bytes],
    font: bytes = HELVETICA,
    *,
    notes: bytes = b"",
    form: bytes = b"",
    filters: bytes = b"",
    turned: int = 0,
) -> bytes:
    """A PDF with these contents; `notes` are the annotations of its first page, as one object each in a line."""
    first = 4 + 2 * len(pages)
    kept = notes.splitlines()
    annotations = b" ".join(b"%d 0 R" % (first + at) for at in range(len(kept)))
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % (b"/AcroForm<</Fields[%s]>>" % annotations if form else b""),
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        font,
    ]
    for at, content in enumerate(pages):
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate %d/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>"
            b"/Annots[%s]>>" % (turned, 5 + 2 * at, annotations if at == 0 else b""),
            b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), filters, content),
        ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate([*objects, *kept], 1))
    return b"%PDF-1.4\n" + body + b"trailer\n<</Size 99/Root 1 0 R>>\n%%EOF\n"


def lines(*texts: str) -> bytes:
    """A page's content: one line below the other."""
    shown = " ".join(f"({text}) Tj T*" for text in texts)
    return f"BT /F1 11 Tf 14 TL 60 780 Td {shown} ET".encode("latin-1")


def placed(*words: tuple[float, float, str]) -> bytes:
    """A page's content: each text by itself, at its place."""
    return b" ".join(f"BT /F1 10 Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET".encode("latin-1") for x, y, text in words)


@pytest.mark.parametrize(
    "case", ["pdf-form-field", "pdf-freetext-annotation", "pdf-tex-ligatures", "pdf-filter-abbreviation"]
)
def test_the_text_of_a_case_is_read(case: str) -> None:
    [path] = (CASES / case).glob("*.pdf")
    (article,) = read_source(path)
    assert isinstance(article, Article)
    assert article.text == json.loads((CASES / case / "expected.json").read_text())["text"]


def test_the_files_beside_one_that_cannot_be_read_are_stored(tmp_path: Path) -> None:
    shutil.copytree(CASES / "pdf-filter-abbreviation", tmp_path / "articles")
    (tmp_path / "articles" / "expected.json").unlink()
    (tmp_path / "articles" / "broken.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 9 0 R>>endobj")
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        report = articles.add(tmp_path / "articles")
    assert str(report) == "3 added, 1 failed"


@pytest.mark.parametrize("name", ["A85", "AHx"])
def test_filters_by_their_short_names_are_read(tmp_path: Path, name: str) -> None:
    content = lines("The gate is green.")
    packed = base64.a85encode(content) + b"~>" if name == "A85" else content.hex().encode() + b">"
    assert read(tmp_path / "a.pdf", pdf_of([packed], filters=b"/Filter/" + name.encode())).text == "The gate is green."


# Forms and notes


def field(name: str, text: str, box: str = "150 690 400 710") -> bytes:
    return f"<</Type/Annot/Subtype/Widget/FT/Tx/T({name})/V({text})/Rect[{box}]>>".encode()


def test_what_was_filled_in_stands_behind_its_label(tmp_path: Path) -> None:
    page = placed((60, 695, "Skipper:"), (60, 650, "Berth:"))
    notes = b"\n".join([field("a", "Ida Storm"), field("b", "North 4", "150 645 300 665")])
    assert read(tmp_path / "a.pdf", pdf_of([page], notes=notes, form=b"1")).text == (
        "Skipper: | Ida Storm\nBerth: | North 4"
    )


def test_an_empty_form_is_called_a_form_and_no_scan(tmp_path: Path) -> None:
    reason = failure(tmp_path / "a.pdf", pdf_of([b""], notes=field("a", ""), form=b"1"))
    assert "a form whose fields are empty" in reason
    assert "scan" not in reason


def test_free_text_on_a_page_is_read_and_comments_are_not(tmp_path: Path) -> None:
    notes = (
        b"<</Type/Annot/Subtype/FreeText/Contents(The gauge was moved.)/Rect[60 600 300 620]>>\n"
        b"<</Type/Annot/Subtype/Text/Contents(Ask Bo about this)/Rect[60 500 80 520]>>"
    )
    text = read(tmp_path / "a.pdf", pdf_of([lines("Tides of May.")], notes=notes)).text
    assert text.split() == ["Tides", "of", "May.", "The", "gauge", "was", "moved."]


# Letters


def test_glyph_names_are_no_text(tmp_path: Path) -> None:
    (result,) = read_source(CASES / "pdf-glyph-names" / "doc.pdf")
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith("the letters cannot be made out: its fonts do not say which they are")


@pytest.mark.parametrize("names", ["/G{}", "/glyph{}", "/c{}x"])
def test_no_spelling_of_numbered_glyphs_becomes_an_article(tmp_path: Path, names: str) -> None:
    differences = "".join(names.format(code) for code in range(32, 127))
    font = (
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 10 10]/FontMatrix[.1 0 0 .1 0 0]/FirstChar 32/LastChar 126"
        f"/Widths[{'8 ' * 95}]/Encoding<</Type/Encoding/Differences[32{differences}]>>/CharProcs<<>>>>"
    )
    assert "letters cannot be made out" in failure(tmp_path / "a.pdf", pdf_of([lines(*PROSE)], font.encode()))


CID = (
    b"<</Type/Font/Subtype/Type0/BaseFont/ABCDEF+Xyz/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype"
    b"/CIDFontType2/BaseFont/ABCDEF+Xyz/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500>>]>>"
)


def test_a_font_of_numbers_alone_is_no_text(tmp_path: Path) -> None:
    content = b"BT /F1 11 Tf 60 700 Td <00240025002600270028> Tj ET"
    assert isinstance(next(read_source(_written(tmp_path / "a.pdf", pdf_of([content], CID)))), SourceFailure)


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("font", "written", "seen"),
    [
        ("CMR10", "The \\014nal o\\016er of the sta\\013 is \\015at.", "The final offier of the staff is flat."),
        ("ABCDEF+CMBX12", "A \\013ord and a wa\\017e", "A fford and a waffle"),
        ("ECRM1000", "The \\034nal sta\\033 of the \\035oor", "The final staff of the floor"),
    ],
)
def test_ligatures_of_tex_are_letters(tmp_path: Path, font: str, written: str, seen: str) -> None:
    content = f"BT /F1 11 Tf 60 700 Td ({written}) Tj ET".encode()
    assert read(
        tmp_path / "a.pdf", pdf_of([content], f"<</Type/Font/Subtype/Type1/BaseFont/{font}>>".encode())
    ).text == (seen)


@pytest.mark.parametrize("space", ["\\003", "\\001", "\\015", "\\037"])
def test_a_control_character_between_words_is_their_space(tmp_path: Path, space: str) -> None:
    content = (
        f"BT /F1 11 Tf 60 700 Td (The{space}quay{space}at{space}Port{space}Elm{space}is{space}wide.) Tj ET".encode()
    )
    assert read(tmp_path / "a.pdf", pdf_of([content])).text == "The quay at Port Elm is wide."


def test_words_that_are_each_set_by_themselves_are_one_paragraph(tmp_path: Path) -> None:
    words = "The ferry to the islands leaves at nine and comes back at six".split()
    content = placed(*((60 + 38 * at, 700 + 0.4 * (at % 2), word) for at, word in enumerate(words)))
    assert read(tmp_path / "a.pdf", pdf_of([content])).text == " ".join(words)


def test_a_column_of_single_words_is_one_paragraph(tmp_path: Path) -> None:
    words = "the quay at Port Elm was made wider by nine metres last spring".split()
    assert read(tmp_path / "a.pdf", pdf_of([lines(*words)])).text == " ".join(words)


# Pages


@pytest.mark.parametrize("name", ["across", "across2", "hyp"])
def test_a_sentence_goes_on_over_a_pages_border(name: str) -> None:
    (article,) = read_source(CASES / "pdf-running-header" / f"{name}.pdf")
    assert isinstance(article, Article)
    assert "\n" not in article.text
    assert "Annual report" not in article.text
    whole = {
        "across": "chose as the new treasurer of the foundation the former pilot Beatrix Quill",
        "across2": "chose as the new treasurer of the foundation the former pilot Beatrix Quill",
        "hyp": "designed by the architect Leonora Vandersteen",
    }
    assert whole[name] in article.text
    second = article.marks[1]
    assert article.text[second.offset :].startswith(("new treasurer", "tect Leonora"))


@pytest.mark.parametrize(
    "heads",
    [
        ["Page {0} of 6"],
        ["Alder Foundation {0}"],
        ["- {0} -"],
        ["{0}", "Alder Foundation"],
        ["Annual report 2025, p. {0}"],
    ],
)
@pytest.mark.parametrize("at_foot", [False, True])
def test_heads_and_feet_that_count_the_pages_are_left_out(tmp_path: Path, heads: list[str], at_foot: bool) -> None:
    pages = []
    for number in range(1, 7):
        head = [each.format(number) for each in heads]
        own = [
            f"Chapter about boat {chr(64 + number)}{chr(96 + number)} and what became of its crew in the long winter.",
            *PROSE,
        ]
        pages.append(lines(*own, *head) if at_foot else lines(*head, *own))
    text = read(tmp_path / "a.pdf", pdf_of(pages)).text
    assert "Alder" not in text
    assert "Annual" not in text
    assert "6" not in text
    assert text.count("Chapter about boat") == 6


def test_left_and_right_pages_may_have_heads_of_their_own_and_roman_numbers(tmp_path: Path) -> None:
    numerals = ["i", "ii", "iii", "iv", "v", "vi"]
    heads = ["Ida Storm", "The Book of Tides"] * 3
    pages = [lines(head, *PROSE, numeral) for head, numeral in zip(heads, numerals, strict=True)]
    text = read(tmp_path / "a.pdf", pdf_of(pages)).text
    assert "Ida Storm" not in text
    assert "Book of Tides" not in text
    assert " iv" not in text


def test_what_begins_each_page_and_is_no_head_stays(tmp_path: Path) -> None:
    pages = [lines(f"Results of {year}", f"{name} won the race.", *PROSE)
             for year, name in [(2019, "Petrel"), (2020, "Gannet"), (2021, "Heron")]]  # fmt: skip
    text = read(tmp_path / "a.pdf", pdf_of(pages)).text
    for kept in ("Results of 2019", "Results of 2020", "Results of 2021", "Heron won"):
        assert kept in text


def test_a_page_that_has_nothing_but_one_line_keeps_it(tmp_path: Path) -> None:
    assert read(tmp_path / "a.pdf", pdf_of([lines("The end of it.")] * 3)).text.count("The end of it.") == 3


@pytest.mark.parametrize(
    "headings",
    [
        ["Day 1", "Day 2", "Day 3"],
        ["Chapter 1 The sea", "Chapter 2 The sea", "Chapter 3 The sea"],
        ["Chapter 1: The sea", "Chapter 2: The sea"],
        ["Total: 12", "Total: 13"],
        ["Grand total: 12", "Grand total: 13", "Grand total: 14"],
        ["12.50", "13.50", "14.50"],
        ["It rained all day.", "It rained all day."],
    ],
)
@pytest.mark.parametrize("at_foot", [False, True])
def test_headings_and_values_that_count_up_from_page_to_page_stay(
    tmp_path: Path, headings: list[str], at_foot: bool
) -> None:
    pages = [lines(*PROSE, each) if at_foot else lines(each, *PROSE) for each in headings]
    text = " ".join(read(tmp_path / "a.pdf", pdf_of(pages)).text.split())
    assert [each for each in headings if each not in text] == []
    assert text.count(headings[0]) == headings.count(headings[0])


def test_two_pages_are_enough_for_a_head_that_stands_apart_and_for_numbers(tmp_path: Path) -> None:
    pages = [lines("The Elm Letter", "", *PROSE, f"Page {number} of 2") for number in (1, 2)]
    text = read(tmp_path / "a.pdf", pdf_of(pages)).text
    assert "Elm" not in text
    assert "Page" not in text


# Tables


def test_the_rows_of_a_table_stand_alone_with_their_cells_apart() -> None:
    (article,) = read_source(CASES / "table-wrong-row" / "table.pdf")
    assert isinstance(article, Article)
    assert (
        "\n\nBoat | Skipper | Time | Place\nPetrel | Ana Silva | 2:14:09 | 1\nGannet | Bo Lund | 2:15:40 | 2\n"
        in article.text
    )
    assert article.text.endswith(
        "\n\nThe regatta was held in calm weather off Skerry Point and the crews came from six towns."
    )


def test_a_cell_of_several_lines_stays_in_its_row(tmp_path: Path) -> None:
    content = placed(
        (60, 700, "Boat"), (160, 700, "Remark"), (330, 700, "Time"),
        (60, 680, "Petrel"), (160, 680, "New mast, and a sail"), (160, 668, "from Tolvik"), (330, 680, "2:14"),
        (60, 650, "Heron"), (160, 650, "None"), (330, 650, "2:19"),
    )  # fmt: skip
    assert read(tmp_path / "a.pdf", pdf_of([content])).text == (
        "Boat | Remark | Time\nPetrel | New mast, and a sail from Tolvik | 2:14\nHeron | None | 2:19"
    )


def test_names_and_values_in_two_columns_are_rows_and_prose_is_none(tmp_path: Path) -> None:
    rows = placed((60, 780, "Owner"), (200, 780, "Ida Storm"), (60, 764, "Built in"), (200, 764, "1987"))
    content = rows + b" " + lines(*PROSE).replace(b"60 780 Td", b"60 700 Td")
    text = read(tmp_path / "a.pdf", pdf_of([content])).text
    assert text == "Owner | Ida Storm\nBuilt in | 1987\n\n" + " ".join(PROSE)


def test_two_columns_of_prose_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["The ferry was late on the", "day of the storm, and the", "harbour was closed to all",
            "ships until the morning", "when the wind fell at last", "and boats went out again."]  # fmt: skip
    right = ["A second storm came in May", "and took the roof off the", "old fish market. Nobody in",
             "the town had seen such a", "wind before, and the mayor", "asked the state for help."]  # fmt: skip
    content = placed(*((60, 700 - 14 * at, line) for at, line in enumerate(left)),
                     *((320, 700 - 14 * at, line) for at, line in enumerate(right)))  # fmt: skip
    assert " ".join(read(tmp_path / "a.pdf", pdf_of([content])).text.split()) == " ".join(left + right)


def test_the_day_on_which_a_file_was_made_is_no_day_of_publication() -> None:
    (article,) = read_source(CASES / "pdf-junk-title" / "doc.pdf")  # it has a /CreationDate
    assert isinstance(article, Article)
    assert (article.published, article.author, article.title) == (None, None, "Doc")


@pytest.mark.parametrize(
    ("turned", "turn"), [(90, "0 1 -1 0 600 0"), (270, "0 -1 1 0 0 800"), (180, "-1 0 0 -1 600 800")]
)
def test_a_table_on_a_page_that_is_turned_is_read_as_it_is_seen(tmp_path: Path, turned: int, turn: str) -> None:
    rows = [("Boat", "Skipper", "Year"), ("Petrel", "Ana Silva", "2019"), ("Heron", "Cy Marsh", "2021")]
    cells = [
        (60 + 150 * column, 400 - 20 * row, text) for row, cells in enumerate(rows) for column, text in enumerate(cells)
    ]
    content = b"q %s cm %s Q" % (turn.encode(), placed(*cells))
    article = read(tmp_path / "a.pdf", pdf_of([content], turned=turned))
    assert article.text == "Boat | Skipper | Year\nPetrel | Ana Silva | 2019\nHeron | Cy Marsh | 2021"


def test_what_stands_beside_the_page_is_not_read(tmp_path: Path) -> None:
    content = placed((60, 700, PROSE[0]), (60, 686, PROSE[1]), (60, -40, "Nobody sees this."), (700, 500, "Nor this."))
    assert "this" not in read(tmp_path / "a.pdf", pdf_of([content])).text


def test_the_lines_of_a_table_of_contents_stay_apart(tmp_path: Path) -> None:
    content = lines(
        "The lamp ........................................ 2",
        "The tower . . . . . . . . . . . . . . . . . . . 13",
        *PROSE,
    )
    text = read(tmp_path / "a.pdf", pdf_of([content])).text
    assert text.startswith(
        "The lamp ........................................ 2\nThe tower . . . . . . . . . . . . . . . . . . . 13\n"
    )


def test_a_password_in_a_form_is_not_read(tmp_path: Path) -> None:
    for flags, text in ((0, "Pin: 4711"), (8192, "Pin:")):
        note = f"<</Type/Annot/Subtype/Widget/FT/Tx/T(x)/Ff {flags}/Rect[200 690 400 710]/V(4711)/DA(/F1 11 Tf)>>"
        content = pdf_of([placed((60, 695, "Pin:"))], notes=note.encode(), form=b"1")
        assert read(tmp_path / "a.pdf", content).text == text


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Microsoft Word - quay_final_v3.docx", "Port Elm widens its quay"),
        ("scan_0001", "Port Elm widens its quay"),
        ("0001.tif", "Port Elm widens its quay"),
        ("The quay of Port Elm", "The quay of Port Elm"),
    ],
)
def test_author_and_day_stand_on_the_first_page_and_its_title_beats_a_files_name(
    tmp_path: Path, said: str, title: str
) -> None:
    top = lines("Port Elm widens its quay", "By Jane Roe", "3 May 2025")
    content = pdf_of([top + b" " + lines(*PROSE).replace(b"60 780 Td", b"60 700 Td")])
    content = content.replace(b"trailer\n<<", f"60 0 obj\n<</Title({said})>>\nendobj\ntrailer\n<</Info 60 0 R".encode())
    article = read(tmp_path / "a.pdf", content)
    assert (article.title, article.author, article.published) == (title, "Jane Roe", "2025-05-03")
