"""RTF: the words of paragraphs and tables, in the encodings that word processors write."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.article import Article
from index.formats import SourceFailure, read_source


def read(path: Path, body: str, head: str = r"\ansi\ansicpg1252") -> Article:
    path.write_bytes(rf"{{\rtf1{head}\deff0{{\fonttbl{{\f0 Arial;}}}}{body}}}".encode("cp1252"))
    (article,) = read_source(path)
    assert isinstance(article, Article), article
    return article


def test_paragraphs_tables_and_links_are_read_and_the_rest_left_out(tmp_path: Path) -> None:
    article = read(
        tmp_path / "a.rtf",
        r"{\info{\title The \'e9t\'e9}{\author Ida}{\*\ud\uc0{\title The \u1090 \'e9t\'e9}}"
        r"{\creatim\yr2013\mo3\dy1}}"
        r"{\stylesheet{\s1 heading 1;}}{\header Page head}\pard\s1 Heading\par\pard One "
        r"{\b bold} line, two\line lines.\par"
        r"\par\trowd\cellx1\cellx2 A\cell B \cell\row\trowd\cellx1\cellx2 1\cell 2\cell\row"
        r"\pard After."
        r'{\pict\pngblip 0102030405}{\field{\*\fldinst HYPERLINK "https://x.example"}{\fldrslt  A link}}\par',
    )
    assert article.title == "The тété"
    assert (article.author, article.published) == ("Ida", None)
    assert article.text.startswith("Heading\n\nOne bold line, two\n\nlines.\n\nA | B\n1 | 2\n\nAfter.")
    assert "A link" in article.text
    for left_out in ("note", "Page head", "0102", "Arial", "heading 1"):
        assert left_out not in article.text


def test_escapes_code_pages_and_pairs_of_surrogates(tmp_path: Path) -> None:
    assert read(tmp_path / "a.rtf", r"\'cc\'ee\'f1\'f2", r"\ansi\ansicpg1251").text == "Мост"
    assert read(tmp_path / "a.rtf", r"Br\u252\'fccke\emdash  \u-10179?\u-8704? \{x\}").text == "Brücke— 😀 {x}"
    assert read(tmp_path / "a.rtf", "Raw café").text == "Raw café"
    assert read(tmp_path / "a.rtf", "words", r"\ansi\ansicpg99999").text == "words"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"words", "damaged, or no RTF file."),
        (b"{\\rtf1 x \\u99999999 y}", "damaged: "),
        (b"{\\rtf1 }", "no text in it"),
    ],
)
def test_what_cannot_be_read_has_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.rtf").write_bytes(content)
    (result,) = read_source(tmp_path / "a.rtf")
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith(reason)


def test_a_file_that_is_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(b"{\\rtf1\\ansi The first words.\\par And {\\b the")
    (article,) = read_source(tmp_path / "a.rtf")
    assert isinstance(article, Article)
    assert article.text == "The first words.\n\nAnd the"


def test_the_numbers_of_lists_are_read_however_a_program_writes_them(tmp_path: Path) -> None:
    steps = r"{\listtext\pard\plain 3.\tab}\ls1 Mix it\par{\pntext\f0 4.\tab}{\*\pn\pnlvlbody\pnstart4} Bake it\par"
    assert read(tmp_path / "a.rtf", steps).text.split() == "3. Mix it 4. Bake it".split()


def test_hidden_and_deleted_words_are_left_out(tmp_path: Path) -> None:
    body = r"The quay {\f0\v cost ninety }{\deleted crowns }{\v0 is }{\b\vertalc }{\viewkind4 }wide{\v\f0\fs20 x}.\par"
    assert read(tmp_path / "a.rtf", body).text.split() == "The quay is wide.".split()


NOTED = r"""
Skipped{\super\chftn{\*\footnote\chftn\pard\plain \s3 First \{note\} of {\b two}\par It goes on.}} there.\par
Without one.\par
A{\*\footnote\ftnalt \uc0 \u1090 \'e9} and B{\footnote third}.\par
\trowd\cellx1\cellx2 Cell{\footnote fourth}\cell other\cell\row
\pard{\footnote fifth}Last\footnotes.
"""


def test_notes_stand_behind_the_paragraph_that_refers_to_them(tmp_path: Path) -> None:
    text = read(tmp_path / "a.rtf", NOTED).text
    assert text.split("\n\n") == [
        "Skipped there.", "First {note} of two", "It goes on.", "Without one.", "A and B.", "тé", "third",
        "Cell | other", "fourth", "Last.", "fifth",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        r"One{\footnote two",
        r"One{\footnote two}}} three",
        r"{\footnote}",
        r"{\footnote {\footnote a} b} c",
        r"\{\footnote x",
    ],
)
def test_a_note_that_is_damaged_costs_nothing_before_it(tmp_path: Path, body: str) -> None:
    text = read(tmp_path / "a.rtf", rf"Before it.\par {body}").text
    assert text.startswith("Before it.")
    assert "\ufdd0" not in text
    assert "\ufdd1" not in text
