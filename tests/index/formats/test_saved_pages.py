"""Pages that browsers saved with their parts: MHTML and Safari's web archives."""

from __future__ import annotations

import plistlib
from email.message import EmailMessage
from pathlib import Path

import pytest

from index.article import Article
from index.formats import SourceFailure, read_source

PAGE = (
    "<!DOCTYPE html><html lang='de'><head><meta charset='{charset}'><title>Die Brücke</title>"
    "<meta property='article:published_time' content='2025-03-11T10:15:00+01:00'></head><body>"
    "<article><h1>Die Brücke</h1>"
    "<p>Die Brücke über den Fluß wird größer, sagte der Minister am Donnerstag in einer langen Rede.</p>"
    "<p>Danach fuhren alle nach Hause, denn es war spät geworden und die Straßen waren glatt.</p></article></body>"
)


PICTURE = plistlib.dumps({"WebMainResource": {"WebResourceData": b"x", "WebResourceMIMEType": "image/png"}})


def saved(charset: str = "utf-8", *, snapshot: bool = True) -> bytes:
    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    if snapshot:
        message["Snapshot-Content-Location"] = "https://www.elm.example/bruecke?x=1"
    message["Subject"] = "Die Brücke"
    message["Date"] = "Sat, 1 Nov 2025 08:00:00 -0000"
    message.set_content(PAGE.format(charset=charset), subtype="html", charset=charset, cte="quoted-printable")
    message["Content-Location"] = "https://www.elm.example/bruecke?x=1"
    message.make_related()
    message.add_related(b"p {}", maintype="text", subtype="css")
    message.add_related(b"<p>An advertisement.</p>", maintype="text", subtype="html", cid="<frame>")
    return message.as_bytes()


def one(path: Path, content: bytes) -> Article:
    path.write_bytes(content)
    (article,) = read_source(path)
    assert isinstance(article, Article), article
    return article


def check(article: Article) -> None:
    assert article.title == "Die Brücke"
    assert article.text.startswith("Die Brücke über den Fluß wird größer,")
    assert article.text.endswith("die Straßen waren glatt.")
    assert (article.url, article.source) == ("https://www.elm.example/bruecke?x=1", "elm.example")
    assert (article.published, article.language) == ("2025-03-11T10:15:00+01:00", "de")


@pytest.mark.parametrize("suffix", [".mhtml", ".mht"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("snapshot", [True, False])
def test_a_page_saved_as_mhtml_is_that_page(tmp_path: Path, suffix: str, charset: str, snapshot: bool) -> None:
    check(one(tmp_path / f"a{suffix}", saved(charset, snapshot=snapshot)))


@pytest.mark.parametrize("form", [plistlib.FMT_BINARY, plistlib.FMT_XML])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_web_archive_is_its_page(tmp_path: Path, form: plistlib.PlistFormat, charset: str) -> None:
    main = {
        "WebResourceData": PAGE.format(charset="").encode(charset),
        "WebResourceURL": "https://www.elm.example/bruecke?x=1",
        "WebResourceMIMEType": "text/html",
        "WebResourceTextEncodingName": charset,
    }
    archive = {"WebMainResource": main, "WebSubresources": [{"WebResourceData": b"png"}]}
    check(one(tmp_path / "a.webarchive", plistlib.dumps(archive, fmt=form)))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.mhtml", b"words only", "damaged, or no saved page: "),
        ("a.webarchive", b"words only", "damaged, or no web archive: "),
        ("a.webarchive", b"bplist00 and then nothing", "damaged, or no web archive: "),
        ("a.webarchive", b"bplist00\x4f\x17" + b"\x7f" * 8 + b"\0" * 22 + b"\x01", "damaged, or no web archive: "),
        ("a.webarchive", b"<?xml version='1.0'?><plist><dict>", "damaged, or no web archive: "),
        ("a.webarchive", PICTURE, "holds image/png, not a page"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_its_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    (result,) = read_source(tmp_path / name)
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith(reason)
