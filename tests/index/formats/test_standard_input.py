"""What is piped in: its kind from its beginning, its id from its content."""

from __future__ import annotations

import io
import plistlib
import zipfile

import pytest

from index.article import Article
from index.formats import SourceFailure
from index.formats.standard_input import kind_of, read_standard_input


def packed(**parts: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (b"Words of a text.\nMore.", ".md"),
        (b"From the harbour came 2025 words.\nMore: yes.", ".md"),
        (b"Note: this is prose.\n\nMore.", ".md"),
        (b"[link](x) and more", ".md"),
        (b"[1]\nThe first note.\n", ".md"),
        (b"---\ntitle: x\n---\nwords", ".md"),
        (b"\xef\xbb\xbf<!DOCTYPE html><p>x", ".html"),
        (b"\n<!-- c -->\n<HTML lang='en'>", ".html"),
        (b"<?xml version='1.0'?>\n<html xmlns='x'>", ".xhtml"),
        (b"<?xml version='1.0'?><rss version='2.0'>", ".xml"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'>", ".xml"),
        (b'\xef\xbb\xbf{"text": "one"}', ".json"),
        (b'[{"text":\n "one"}]', ".json"),
        (b'{"text": "one"}\n{"text": "two"}\n{', ".jsonl"),
        (b"%PDF-1.7\n", ".pdf"),
        (b"{\\rtf1 x}", ".rtf"),
        (b"Received: from x\n by y\nFrom: a@b.example\nSubject: x\n\nwords", ".eml"),
        (b"From: <Saved by Blink>\nSnapshot-Content-Location: x\nContent-Type: multipart/related\n\n", ".mhtml"),
        (b"From a@b.example Tue Mar 11 10:15:00 2025\nSubject: x\n\nwords", ".mbox"),
        (plistlib.dumps({}, fmt=plistlib.FMT_BINARY), ".webarchive"),
        (packed(mimetype="application/epub+zip"), ".epub"),
        (packed(mimetype="application/vnd.oasis.opendocument.text"), ".odt"),
        (packed(**{"word/document.xml": "x"}), ".docx"),
        (packed(a="x"), ".zip"),
        (b"PK\x03\x04 and nothing", ".zip"),
    ],
)
def test_the_kind_shows_in_the_beginning(data: bytes, suffix: str) -> None:
    assert kind_of(data) == suffix


def test_the_same_content_is_the_same_article_and_another_content_another_one() -> None:
    def read(data: bytes) -> Article:
        (article,) = read_standard_input(io.BytesIO(data))
        assert isinstance(article, Article)
        return article

    first = read(b"# The quay\n\nIt was widened.")
    assert (first.title, first.text, first.url) == ("The quay", "# The quay\n\nIt was widened.", None)
    assert first.id.startswith("standard-input-")
    assert read(b"# The quay\n\nIt was widened.").id == first.id
    assert read(b"Words.").id != first.id
    assert read(b"Words.").title == "Standard input"


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "empty file"), (b"%PDF-1.4", "damaged, or no PDF"), (b"\0" * 99, "looks like")]
)
def test_what_cannot_be_read_is_named(data: bytes, reason: str) -> None:
    (result,) = read_standard_input(io.BytesIO(data))
    assert isinstance(result, SourceFailure)
    assert result.source == "standard input"
    assert result.reason.startswith(reason)
