"""PDF files, written here by pypdf with content streams of our own."""

import io
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from index.article import Article
from index.formats import SourceFailure, read_source
from index.formats.reflow import TypesetLine, reflow
from tests.index.formats.reading import failure, read

LINES = [
    "Lantern is meant to measure how galaxy clusters bend the light",
    "of objects behind them, and so to show where dark mat-",
    "ter lies. The launch took place at 5:52 on Monday morning in a",
    "well-known place. Wind had kept the crew waiting.",
    "The next paragraph begins here and goes on over two lines, as a",
    "paragraph does in a well-",
    "known newspaper.",
]
PARAGRAPHS = (
    "Lantern is meant to measure how galaxy clusters bend the light of objects behind them, and so to show where dark "
    "matter lies. The launch took place at 5:52 on Monday morning in a well-known place. "
    "Wind had kept the crew waiting. The next paragraph begins here and goes on over two lines, as a "
    "paragraph does in a well-known newspaper."
)


def pdf(
    pages: list[list[str]],
    metadata: dict[str, str] | None = None,
    password: str | None = None,
    algorithm: str = "RC4-128",
) -> bytes:
    writer = PdfWriter()
    font = DictionaryObject(
        {NameObject(key): NameObject(value) for key, value in
         {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica", "/Encoding": "/WinAnsiEncoding"}.items()}
    )  # fmt: skip
    for lines in pages:
        page = writer.add_blank_page(600, 800)
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 700 Td {shown} ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(stream)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
    writer.add_metadata(metadata or {})
    if password is not None:
        writer.encrypt(user_password=password, owner_password="owner", algorithm=algorithm)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def test_pages_are_joined_and_marked_at_exact_offsets(tmp_path: Path) -> None:
    article = read(tmp_path / "a.pdf", pdf([["Page one."], [], ["Page three, caf\u00e9."]]))
    assert article.text == "Page one.\n\nPage three, caf\u00e9."
    assert [(mark.kind, mark.label, article.text[mark.offset :][:8]) for mark in article.marks] == [
        ("page", "1", "Page one"),
        ("page", "3", "Page thr"),
    ]


def test_line_breaks_and_hyphens_of_the_typesetting_are_undone(tmp_path: Path) -> None:
    assert read(tmp_path / "a.pdf", pdf([LINES])).text == PARAGRAPHS


def test_metadata_gives_title_and_author_but_no_date_of_publication(tmp_path: Path) -> None:
    metadata = {"/Title": "Lantern rises", "/Author": "Henrike Osei", "/CreationDate": "D:20250311101500+01'00'"}
    article = read(tmp_path / "a.pdf", pdf([["Words."]], metadata))
    assert (article.title, article.author, article.published) == ("Lantern rises", "Henrike Osei", None)


@pytest.mark.parametrize(
    "title",
    [
        "",
        "untitled",
        " ",
        "(anonymous)",
        "Untitled-1",
        "Document1",
        "PowerPoint Presentation",
        "C:\\tmp\\x.doc",
        "2.pdf",
    ],
)
def test_a_title_that_says_nothing_gives_way_to_the_file_name(tmp_path: Path, title: str) -> None:
    metadata = {"/Title": title, "/CreationDate": "yesterday"}
    article = read(tmp_path / "annual-report.pdf", pdf([["Words."]], metadata))
    assert (article.title, article.published) == ("Annual report", None)


@pytest.mark.parametrize(
    "author", ["(anonymous)", "Windows User", "Microsoft Word User", "python-docx", "unknown", "Administrator"]
)
def test_an_author_that_is_nobody_is_left_out(tmp_path: Path, author: str) -> None:
    assert read(tmp_path / "a.pdf", pdf([["Words."]], {"/Author": author})).author is None


@pytest.mark.parametrize("title", ["Anonymous sources", "The untitled painting", "Print is dead", "2025 in ships"])
def test_a_title_with_such_words_in_it_is_a_title(tmp_path: Path, title: str) -> None:
    assert read(tmp_path / "a.pdf", pdf([["Words."]], {"/Title": title})).title == title


def test_what_a_word_processor_adds_to_a_title_goes(tmp_path: Path) -> None:
    assert read(tmp_path / "a.pdf", pdf([["Words."]], {"/Title": "Microsoft Word - Plan.docx"})).title == "Plan"


def test_a_password_is_a_failure_that_says_so_and_an_owner_password_is_not(tmp_path: Path) -> None:
    assert failure(tmp_path / "a.pdf", pdf([["Secret."]], password="pw")).startswith("wants a password")
    assert read(tmp_path / "b.pdf", pdf([["Not to be printed."]], password="")).text == "Not to be printed."


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_every_kind_of_encryption_is_read_where_no_password_is_asked_for(tmp_path: Path, algorithm: str) -> None:
    pytest.importorskip("cryptography")  # needed to write the file
    assert read(tmp_path / "a.pdf", pdf([["Words."]], password="", algorithm=algorithm)).text == "Words."


def test_a_scan_is_a_failure_that_names_ocr(tmp_path: Path) -> None:
    reason = failure(tmp_path / "a.pdf", pdf([[], []]))
    assert reason.startswith("no text in it (a scanned PDF?). Run OCR")


@pytest.mark.parametrize("content", [b"no pdf at all", b"%PDF-1.7\n", b"%PDF-1.7\n" + b"x" * 2000, b"\0" * 500])
def test_damaged_files_are_failures(tmp_path: Path, content: bytes) -> None:
    reason = failure(tmp_path / "a.pdf", content)
    assert reason.startswith("damaged, or no PDF: ")
    assert ".." not in reason


def test_a_file_cut_in_half_is_an_article_or_a_failure(tmp_path: Path) -> None:
    content = pdf([LINES, LINES])
    for cut in range(10, len(content), 97):
        (tmp_path / "a.pdf").write_bytes(content[:cut])
        assert list(read_source(tmp_path / "a.pdf"))


def test_a_page_that_cannot_be_read_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    content = pdf([["First page."], ["Second page."]])
    broken = content.replace(b"(Second page.) Tj 0 -14 Td  ET", b"(Second page.) Tj 0 (((((((((((")
    assert broken != content
    (tmp_path / "a.pdf").write_bytes(broken)
    *failures, article = read_source(tmp_path / "a.pdf")
    assert isinstance(article, Article)
    assert article.text.startswith("First page.")
    assert all(isinstance(each, SourceFailure) and "page 2" in each.source for each in failures)


def test_irregular_files_make_no_noise(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = pdf([["Words."]])
    at = content.rindex(b"startxref")
    assert read(tmp_path / "a.pdf", content[:at] + b"startxref\n7\n%%EOF\n").text == "Words."
    assert capfd.readouterr() == ("", "")


def joined(*pages: str) -> str:
    return reflow([[TypesetLine(line) for line in page.split("\n")] for page in pages])[0]


def test_lists_headings_and_short_lines_stay_apart() -> None:
    text = (
        "Results\nEvery one of the three houses on the street was sold within a week.\n• one\n• two\n1. three\nThe end."
    )
    assert joined(text) == (
        "Results\nEvery one of the three houses on the street was sold within a week.\n• one\n• two\n1. three\nThe end."
    )


def test_a_full_stop_on_a_short_line_ends_the_paragraph() -> None:
    text = (
        "A line that is as long as the lines on this page are, all of them,\nand ends here.\nAnother paragraph starts."
    )
    assert joined(text) == (
        "A line that is as long as the lines on this page are, all of them, and ends here.\n\nAnother paragraph starts."
    )


@pytest.mark.parametrize(
    "last", ["Mayor Ida Storm said on", "She thanked the", "Der Streit begann am Kai der", "Then,"]
)
def test_a_short_line_that_no_sentence_ends_with_goes_on_over_a_pages_border(last: str) -> None:
    before = "A line that is as long as the lines on this page are, all of them,\nand ends here."
    after = "Saturday is the day on which all of this is to come to its end, she said."
    assert joined(f"{before}\n{last}", after).endswith(f"{last} {after}")


@pytest.mark.parametrize("last", ["Mayor Ida Storm has gone", "She thanked them.", "Results"])
def test_a_short_line_that_may_be_an_end_does_not(last: str) -> None:
    before = "A line that is as long as the lines on this page are, all of them,\nand ends here."
    after = "Saturday is the day on which all of this is to come to its end, she said."
    assert joined(f"{before}\n{last}", after).endswith(f"{last}\n\n{after}")


def test_a_hyphen_before_a_capital_stays() -> None:
    text = "A line that is as long as the lines on this page are, with Anglo-\nAmerican relations in it to see."
    assert "Anglo-American relations" in joined(text)
