"""Word files, written here by python-docx."""

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

import index.formats.docx
from index.article import Article
from index.errors import SourceError
from index.formats import SourceFailure, read_source
from index.formats.origin import Origin

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def sample() -> Any:
    document = docx.Document()
    document.core_properties.title = ""
    document.core_properties.author = "Anselm Duarte"
    document.core_properties.created = datetime(2025, 3, 11, 10, 15)
    document.add_paragraph("Before the heading.")
    document.add_heading("Six ships", level=1)
    document.add_paragraph("The first\tship.\nNew line.")
    table = document.add_table(2, 2)
    for at, word in enumerate(["Name", "Seats", "Osprey", "390"]):
        table.cell(at // 2, at % 2).text = word
    document.add_heading("Power", level=2)
    document.add_paragraph("Three harbours.")
    return document


def save(document: Any, path: Path) -> None:
    document.save(str(path))


def read(path: Path) -> Article:
    (article,) = read_source(path)
    assert isinstance(article, Article), article
    return article


def failure(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    (result,) = read_source(path)
    assert isinstance(result, SourceFailure), result
    return result.reason


def test_paragraphs_and_tables_come_in_document_order_with_sections(tmp_path: Path) -> None:
    save(sample(), tmp_path / "a.docx")
    article = read(tmp_path / "a.docx")
    assert article.text == (
        "Before the heading.\n\nSix ships\n\nThe first\tship.\nNew line.\n\n"
        "Name | Seats\nOsprey | 390\n\nPower\n\nThree harbours."
    )
    assert [(mark.kind, mark.label) for mark in article.marks] == [("section", "Six ships"), ("section", "Power")]
    for mark in article.marks:
        assert article.text[mark.offset :].startswith(mark.label + "\n\n")


def test_properties_give_author_and_date_and_a_heading_the_title(tmp_path: Path) -> None:
    document = sample()
    save(document, tmp_path / "a.docx")
    article = read(tmp_path / "a.docx")
    assert (article.title, article.author) == ("Six ships", "Anselm Duarte")
    assert article.published is not None
    assert article.published.startswith("2025-03-11T10:15:00")
    document.core_properties.title = "Its own title"
    save(document, tmp_path / "a.docx")
    assert read(tmp_path / "a.docx").title == "Its own title"


def test_without_properties_and_headings_the_file_name_is_the_title(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Words.")
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as full, zipfile.ZipFile(tmp_path / "my-file.docx", "w") as bare:
        for name in full.namelist():
            content = full.read(name)
            if name == "_rels/.rels":
                start = content.index(b"<Relationship ", content.index(b"core-properties") - 200)
                parts = content.split(b"<Relationship ")
                content = b"<Relationship ".join(part for part in parts if b"core-properties" not in part)
                if not content.rstrip().endswith(b"</Relationships>"):
                    content += b"</Relationships>"
                assert start > 0
            if name != "docProps/core.xml":
                bare.writestr(name, content)
    article = read(tmp_path / "my-file.docx")
    assert (article.title, article.author, article.published) == ("My file", None, None)


def test_tracked_changes_content_controls_and_text_boxes_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Start.")
    body = document.element.body
    body.insert(1, parse_xml(
        f'<w:p {W}><w:r><w:t xml:space="preserve">Kept </w:t></w:r><w:ins w:id="1"><w:r><w:t>added</w:t></w:r></w:ins>'
        '<w:del w:id="2"><w:r><w:delText> gone</w:delText></w:r></w:del></w:p>'))  # fmt: skip
    body.insert(
        2, parse_xml(f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>Control.</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    )
    body.insert(3, parse_xml(
        f'<w:p {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:r><w:t>Around.</w:t></w:r><w:r>'
        "<mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent></mc:Choice>"
        "<mc:Fallback><w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"))  # fmt: skip
    save(document, tmp_path / "a.docx")
    assert read(tmp_path / "a.docx").text == "Start.\n\nKept added\n\nControl.\n\nAround.\n\nBoxed."


def test_old_word_files_and_passwords_are_told_apart(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000
    assert failure(tmp_path / "a.docx", ole).startswith("is a Word file of the old kind (.doc). Save it as .docx")
    encrypted = ole + b"\0" * 9000 + "EncryptedPackage".encode("utf-16-le")
    assert failure(tmp_path / "b.docx", encrypted).startswith("wants a password")


def test_damaged_files_are_failures(tmp_path: Path) -> None:
    save(sample(), tmp_path / "whole.docx")
    whole = (tmp_path / "whole.docx").read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("hello.txt", "a ZIP file, but no Word file")
    for content in [b"no word file", whole[: len(whole) // 2], buffer.getvalue()]:
        assert failure(tmp_path / "a.docx", content).startswith("damaged, or no Word file: ")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.formats.docx._MAX_UNPACKED_BYTES", 1000)
    save(sample(), tmp_path / "a.docx")
    with (tmp_path / "a.docx").open("rb") as stream, pytest.raises(SourceError, match="the limit is 1,000"):
        list(index.formats.docx.read(stream, Origin.of_file(tmp_path / "a.docx")))


def test_a_document_without_words_is_a_failure(tmp_path: Path) -> None:
    save(docx.Document(), tmp_path / "a.docx")
    assert list(read_source(tmp_path / "a.docx")) == [SourceFailure(str(tmp_path / "a.docx"), "no text in it")]
