"""EPUB: each chapter is an article, and one that is damaged does not cost the others."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from index.article import Article, Mark
from index.errors import SourceError
from index.formats import SourceFailure, epub, package, read_source
from index.formats.origin import Origin

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="{}"/>'
    "</rootfiles></container>"
)

SAID = (
    "<dc:title>The  Elm\nBook</dc:title><dc:creator opf:role='aut'>Ida Storm</dc:creator>"
    "<dc:creator opf:role='ill'>Bo Ek</dc:creator><dc:language>en-GB</dc:language>"
    "<dc:date opf:event='modification'>2024-01-01</dc:date><dc:date opf:event='publication'>2019-05-06</dc:date>"
)
NAV = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>'
    '<nav epub:type="toc"><ol><li><a href="ch%201.xhtml">The <i>quay</i></a></li>'
    '<li><a href="ch2.xhtml#start">The goats</a></li></ol></nav></body></html>'
)
NCX = (
    '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>The quay</text></navLabel>'
    '<content src="ch%201.xhtml"/></navPoint><navPoint><navLabel><text>The goats</text></navLabel>'
    '<content src="ch2.xhtml#a"/></navPoint></navMap></ncx>'
)


def page(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x.dtd">'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="a.js"/></head>'
        f"<body>{body}</body></html>"
    )


CHAPTERS = {
    "ch 1.xhtml": page(
        "<h1>The quay</h1><p>The quay was<a id='p1'/> widened.</p><h2>Stones</h2><p>By&nbsp;nine &#8212; metres.</p>"
    ),
    "ch1b.xhtml": page("<p>It took a year.</p>"),
    "ch2.xhtml": page("<p>Hill farm sold sixty goats.</p>"),
}


def book(path: Path, chapters: dict[str, str | bytes] = CHAPTERS, *, table: str = "nav", said: str = SAID) -> Path:
    tables = {
        "nav": (
            '<item id="toc" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>',
            "nav.xhtml",
            NAV,
        ),
        "ncx": ('<item id="toc" href="toc.ncx" media-type="application/x-dtbncx+xml"/>', "toc.ncx", NCX),
        "": ("", "none", ""),
    }
    entry, name, content = tables[table]
    items = "".join(
        f'<item id="i{at}" href="{file.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for at, file in enumerate(chapters)
    )
    spine = '<itemref idref="toc"/>' * bool(table) + "".join(f'<itemref idref="i{at}"/>' for at in range(len(chapters)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/epub+zip")
        file.writestr("META-INF/container.xml", CONTAINER.format("OEBPS/book.opf"))
        file.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">'
            f"{said}</metadata><manifest>{entry}{items}</manifest><spine>{spine}</spine></package>",
        )
        file.writestr(f"OEBPS/{name}", content)
        for name, content in chapters.items():
            file.writestr(f"OEBPS/{name}", content)
    return path


def chapters_of(path: Path) -> list[Article]:
    found = [*read_source(path)]
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


@pytest.mark.parametrize("table", ["nav", "ncx"])
def test_each_chapter_is_an_article_of_the_book(tmp_path: Path, table: str) -> None:
    quay, goats = chapters_of(book(tmp_path / "elm.epub", table=table))
    assert quay.text == "The quay was widened.\n\nStones\n\nBy nine — metres.\n\nIt took a year."
    assert quay.marks == (Mark(23, "section", "Stones"),)
    assert goats.text == "Hill farm sold sixty goats."
    assert [quay.title, goats.title] == ["The quay", "The goats"]
    for article in (quay, goats):
        assert (article.source, article.author) == ("The Elm Book", "Ida Storm")
        assert (article.language, article.published) == ("en", "2019-05-06")


def test_without_a_table_of_contents_every_file_is_a_chapter_with_its_heading(tmp_path: Path) -> None:
    found = chapters_of(book(tmp_path / "elm.epub", table=""))
    assert [article.title for article in found] == ["The quay", "The Elm Book", "The Elm Book"]
    assert len({article.id for article in found}) == 3


def test_a_chapter_keeps_its_id_when_others_come_or_its_text_changes(tmp_path: Path) -> None:
    path = tmp_path / "elm.epub"
    before = {article.title: article.id for article in chapters_of(book(path))}
    more = {"new.xhtml": page("<h1>Before all</h1><p>Words.</p>"), **CHAPTERS, "ch2.xhtml": page("<p>Fifty.</p>")}
    after = {article.title: article.id for article in chapters_of(book(path, more))}
    assert before.items() <= after.items()
    assert len(after) == 3


def test_a_damaged_chapter_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    path = book(tmp_path / "elm.epub", {**CHAPTERS, "ch3.xhtml": page("<p>" + "goats and more " * 500 + "</p>")})
    with zipfile.ZipFile(path) as file:
        info = file.getinfo("OEBPS/ch2.xhtml")
    data = bytearray(path.read_bytes())
    at = info.header_offset + 30 + len(info.filename) + 10
    data[at : at + 40] = b"\xff" * 40
    path.write_bytes(data)
    bad, *good = read_source(path)
    assert isinstance(bad, SourceFailure)
    assert bad.source == f"{path}, OEBPS/ch2.xhtml"
    assert bad.reason.startswith("damaged: ")
    assert [article.title for article in good if isinstance(article, Article)] == ["The quay"]
    assert "goats and more" in good[-1].text  # type: ignore[union-attr]


def test_a_chapter_that_is_missing_or_holds_bad_markup_costs_nothing_else(tmp_path: Path) -> None:
    path = book(tmp_path / "elm.epub", {"ch 1.xhtml": "<p>Open <b>words<p>more", "ch2.xhtml": "", "x.xhtml": ""})
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist() if "ch2" not in name}
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    bad, good = read_source(path)
    assert bad == SourceFailure(f"{path}, OEBPS/ch2.xhtml", "damaged: OEBPS/ch2.xhtml is missing in it. Save it again.")
    assert isinstance(good, Article)
    assert good.text == "Open words\n\nmore"


def test_a_protected_book_says_so(tmp_path: Path) -> None:
    path = book(tmp_path / "elm.epub")
    listed = (
        '<encryption><EncryptedData><CipherData><CipherReference URI="{}"/></CipherData></EncryptedData></encryption>'
    )
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("META-INF/encryption.xml", listed.format("OEBPS/ch2.xhtml"))
    assert [*read_source(path)] == [
        SourceFailure(str(path), "is protected against copying (DRM), so nothing but its own program can read it.")
    ]
    path = book(tmp_path / "fonts.epub")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("META-INF/encryption.xml", listed.format("OEBPS/font.otf"))
    assert len(chapters_of(path)) == 2


def test_what_is_no_epub_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.epub"

    def reason() -> str:
        (result,) = read_source(path)
        assert isinstance(result, SourceFailure)
        return result.reason

    path.write_bytes(b"no zip")
    assert reason().startswith("damaged, or no EPUB: ")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.txt", "x")
    assert reason() == "damaged: META-INF/container.xml is missing in it. Save it again."
    book(path, {})
    assert reason() == "damaged, or no EPUB: it names no chapters. Save it again."
    book(path, {"a.xhtml": page("<img src='a.png'/>")})
    assert reason() == "no text in it (a book of pictures?)"
    book(path)
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 1000)
    with path.open("rb") as stream, pytest.raises(SourceError, match=r"^unpacks to "):
        list(epub.read(stream, Origin.of_file(path)))


def test_a_small_book_that_unpacks_to_very_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    for chapters in ({"a.xhtml": page("<p></p>" * 300_000)}, {f"{n}.xhtml": page("<p></p>" * 130_000) for n in (1, 2)}):
        book(path)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
            for name, content in chapters.items():
                file.writestr(f"OEBPS/{name}", content)
        (result,) = read_source(path)
        assert isinstance(result, SourceFailure)
        assert "more than 200 times its size" in result.reason


def test_an_entity_of_a_file_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    path = book(tmp_path / "a.epub", said="<dc:title>&x; Book</dc:title>")
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    doctype = f'<!DOCTYPE package [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, doctype + content if name.endswith(".opf") else content)
    assert all("hidden" not in f"{article.source}{article.text}" for article in chapters_of(path))
