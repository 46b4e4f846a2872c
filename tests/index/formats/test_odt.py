"""OpenDocument texts: what a reader of the document sees, in its order."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from index.article import Mark
from index.errors import SourceError
from index.formats import SourceFailure, odt, package, read_source
from index.formats.origin import Origin
from tests.index.formats.reading import only_article as read

PLACES = {"office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing", "meta": "meta"}
NAMES = " ".join(f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"' for short, long in PLACES.items())
META = (
    f'<office:document-meta {NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
    "<dc:title>The quay</dc:title><meta:initial-creator>Ida Storm</meta:initial-creator><dc:creator>Bo Ek</dc:creator>"
    "<dc:language>en-GB</dc:language><meta:creation-date>2013-12-23T00:00:00</meta:creation-date></office:meta>"
    "</office:document-meta>"
)


def document(path: Path, body: str, meta: str | None = META, **parts: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        file.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {NAMES}><office:automatic-styles>'
            '<style:style style:name="P1" '
            f'style:parent-style-name="Title"/></office:automatic-styles><office:body><office:text>{body}</office:text>'
            "</office:body></office:document-content>",
        )
        if meta is not None:
            file.writestr("meta.xml", meta)
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def reason(path: Path) -> str:
    (result,) = read_source(path)
    assert isinstance(result, SourceFailure)
    return result.reason


BODY = (
    "<text:tracked-changes><text:p>deleted words</text:p></text:tracked-changes>"
    "<text:table-of-content><text:p>Widths 1</text:p></text:table-of-content>"
    '<text:h text:outline-level="1">Widths</text:h><text:p>The  <text:span>quay</text:span>\n is'
    '<text:s text:c="2"/>wide'
    "<text:note><text:note-body><text:p>a note</text:p></text:note-body></text:note>"
    "<text:tab/>now.<text:line-break/>Yes."
    "<office:annotation><text:p>a comment</text:p></office:annotation>"
    "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>"
    "<text:section><text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>deeper</text:p>"
    "</text:list-item></text:list></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>"
    "</text:section><table:table><table:table-row><table:table-cell><text:p>A</text:p><text:p>a</text:p></table:table-cell>"
    "<table:table-cell><text:p>B</text:p></table:table-cell></table:table-row></table:table>"
)


def test_paragraphs_lists_and_tables_are_read_in_order(tmp_path: Path) -> None:
    article = read(document(tmp_path / "a.odt", BODY))
    assert (
        article.text
        == "Widths\n\nThe quay is  wide\tnow.\nYes.\n\na note\n\nIn a box.\n\n- one\n  - deeper\n- two\n\nA a | B"
    )
    assert article.marks == (Mark(0, "section", "Widths"),)
    assert (article.title, article.author, article.language) == ("The quay", "Ida Storm", "en")
    assert article.published is None  # when a file was made is no date of publication


@pytest.mark.parametrize(
    ("body", "title"),
    [('<text:h>H</text:h><text:p text:style-name="P1">Titled</text:p>', "Titled"),
     ("<text:h>H</text:h>", "H"), ("<text:p>x</text:p>", "My notes")],
)  # fmt: skip
def test_without_a_title_in_its_properties_the_document_gives_it(tmp_path: Path, body: str, title: str) -> None:
    assert read(document(tmp_path / "my_notes.odt", body, None)).title == title


def test_what_cannot_be_read_has_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.odt"
    path.write_bytes(b"words")
    assert reason(path).startswith("damaged, or no OpenDocument file: ")
    assert reason(document(path, "", **{"META-INF/manifest.xml": "<encryption-data/>"})).startswith("wants a password")
    assert reason(document(path, "")) == "no text in it"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("content.xml", f"<office:document-content {NAMES}><office:body/></office:document-content>")
    assert reason(path).startswith("is no text document.")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("content.xml", "")
    assert reason(path).startswith("damaged: ")
    document(path, "<text:section>" * 5000 + "<text:p>deep</text:p>" + "</text:section>" * 5000)
    assert reason(path)
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 100)
    with document(path, BODY).open("rb") as stream, pytest.raises(SourceError, match=r"^unpacks to "):
        list(odt.read(stream, Origin.of_file(path)))


def test_nothing_outside_the_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words")
    meta = META.replace(
        "<office:document-meta", f'<!DOCTYPE x [<!ENTITY x SYSTEM "{secret.as_uri()}">]><office:document-meta', 1
    )
    article = read(document(tmp_path / "a.odt", "<text:p>Seen.</text:p>", meta.replace("The quay", "&x; quay")))
    assert "hidden" not in f"{article.title}{article.text}"


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in row) for row in rows)
    return f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in cells)}</table:table>"


def test_a_table_in_a_table_is_read_once_with_its_notes_behind_it_and_without_comments(tmp_path: Path) -> None:
    inner = table(("<text:p>mast</text:p>", "<text:p>nine metres</text:p>"))
    commented = "<text:p>Petrel<office:annotation><text:p>a comment</text:p></office:annotation></text:p>"
    noted = "<text:p>sold<text:note><text:note-body><text:p>a note</text:p></text:note-body></text:note></text:p>"
    article = read(document(tmp_path / "a.odt", table((commented, noted), (inner, "<text:p>end</text:p>"))))
    assert article.text == "Petrel | sold\nmast nine metres | end\n\na note"


def test_header_rows_are_rows(tmp_path: Path) -> None:
    both = table(
        ("<text:p>Boat</text:p>", "<text:p>Fate</text:p>"), ("<text:p>Petrel</text:p>", "<text:p>sold</text:p>")
    )
    both = both.replace("<table:table-row>", "<table:table-header-rows><table:table-row>", 1)
    both = both.replace("</table:table-row>", "</table:table-row></table:table-header-rows>", 1)
    assert read(document(tmp_path / "a.odt", both)).text == "Boat | Fate\nPetrel | sold"


def test_boxes_tables_and_headings_in_lists_are_read_and_a_heading_is_a_section(tmp_path: Path) -> None:
    box = "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame>"
    items = ("<text:h>The quay</text:h>", f"<text:p>one{box}</text:p>", "<text:p>two</text:p>",
             table(("<text:p>a</text:p>", "<text:p>b</text:p>")))  # fmt: skip
    body = "".join(f"<text:list-item>{item}</text:list-item>" for item in items)
    article = read(document(tmp_path / "a.odt", f"<text:list>{body}</text:list>"))
    assert article.text == "The quay\n\n- one\n\nIn a box.\n\n- two\n\na | b"
    assert article.marks == (Mark(0, "section", "The quay"),)


def test_a_box_in_a_box_is_read_once(tmp_path: Path) -> None:
    box = "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    article = read(document(tmp_path / "a.odt", f"<text:p>Out.{box.format('In.' + box.format('Deep.'))}</text:p>"))
    assert article.text == "Out.\n\nIn.\n\nDeep."


def test_items_have_the_numbers_of_their_lists_styles(tmp_path: Path) -> None:
    styles = (
        f'<office:document-styles {NAMES}><office:styles><text:list-style style:name="Steps">'
        '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="." text:start-value="3"/>'
        '<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")" '
        'text:display-levels="2"/><text:list-level-style-bullet text:level="3" text:bullet-char="x"/>'
        "</text:list-style></office:styles></office:document-styles>"
    )

    def item(inside: str, said: str = "") -> str:
        return f"<text:list-item{said}>{inside}</text:list-item>"

    deepest = f"<text:list>{item('<text:p>oak</text:p>')}</text:list>"
    deeper = f"<text:list>{item('<text:p>north</text:p>')}{item(f'<text:p>south</text:p>{deepest}')}</text:list>"

    def steps(said: str, *items: str) -> str:
        return f'<text:list text:style-name="Steps" {said}>{"".join(items)}</text:list>'

    body = (
        steps(
            'xml:id="one"',
            item("<text:p>Quays</text:p><text:p>Wide.</text:p>"),
            item("<text:p>Locks</text:p>" + deeper),
        )
        + "<text:p>Then:</text:p>"
        + steps('text:continue-numbering="true"', item("<text:p>Weirs</text:p>"))
        + steps("", item("<text:p>Mills</text:p>"), item("<text:p>Dams</text:p>", ' text:start-value="9"'))
        + steps('text:continue-list="one"', item("<text:p>Piers</text:p>"))
    )
    lists = read(document(tmp_path / "a.odt", body, None, **{"styles.xml": styles})).text.split("\n\n")
    assert lists == [
        "3. Quays\n  Wide.\n4. Locks\n  4.a) north\n  4.b) south\n    - oak",
        "Then:",
        "5. Weirs",
        "3. Mills\n9. Dams",
        "6. Piers",
    ]


def test_notes_in_lists_and_tables_stand_behind_them_once(tmp_path: Path) -> None:
    def noted(words: str) -> str:
        note = f"<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>On {words}.</text:p>"
        return f"<text:p>{words}{note}</text:note-body></text:note></text:p>"

    cell = f"<table:table-cell>{noted('oak')}</table:table-cell><table:table-cell><text:p>9</text:p></table:table-cell>"
    table = f"<table:table><table:table-row>{cell}</table:table-row></table:table>"
    body = f"<text:list><text:list-item>{noted('lamp')}{table}</text:list-item></text:list>{table}"
    text = read(document(tmp_path / "a.odt", body)).text
    assert text == "- lamp\n\noak | 9\n\nOn oak.\n\nOn lamp.\n\noak | 9\n\nOn oak."
