"""Word files, written here by python-docx."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml

import index.formats.docx
from index.errors import SourceError
from index.formats import SourceFailure, read_source
from index.formats.origin import Origin
from tests.index.formats.reading import failure
from tests.index.formats.reading import only_article as read

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


def test_properties_give_the_author_and_no_date_and_a_heading_the_title(tmp_path: Path) -> None:
    document = sample()
    save(document, tmp_path / "a.docx")
    article = read(tmp_path / "a.docx")
    assert (article.title, article.author) == ("Six ships", "Anselm Duarte")
    assert article.published is None  # the day on which the file was made
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


CASES = Path(__file__).parent / "cases"
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def words_of(tmp_path: Path, document: Any) -> str:
    save(document, tmp_path / "a.docx")
    return read(tmp_path / "a.docx").text


def test_an_equation_stands_in_its_sentence() -> None:
    article = read(CASES / "docx-equation" / "doc.docx")
    assert article.text == json.loads((CASES / "docx-equation" / "expected.json").read_text())["text"]
    assert (article.author, article.published) == (None, None)


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b+1</m:t></m:r></m:den></m:f>", "a/(b+1)"),
        ("<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>", "x^2"),
        (
            '<m:rad><m:radPr><m:degHide m:val="1"/></m:radPr><m:deg/><m:e><m:r><m:t>16</m:t></m:r></m:e></m:rad>'
            "<m:r><m:t>=4</m:t></m:r>",
            "√16=4",
        ),
        ("<m:d><m:e><m:r><m:t>n-1</m:t></m:r></m:e></m:d>", "(n-1)"),
    ],
)
def test_the_parts_of_an_equation_are_told_apart(tmp_path: Path, xml: str, text: str) -> None:
    document = docx.Document()
    document.add_paragraph("The depth is ")._p.append(parse_xml(f"<m:oMath {M}>{xml}</m:oMath>"))
    assert words_of(tmp_path, document) == f"The depth is {text}"


def test_a_layout_table_gives_its_paragraphs_and_its_inner_table_once() -> None:
    article = read(CASES / "docx-layout-table" / "doc.docx")
    assert article.text == (
        "Port Elm widens its quay\n\nFront page\n\nThe quay was widened by nine metres.\n\n"
        "The works cost 3.1 million crowns.\n\nThe roof\n\nIt is made of slate.\n\nYear | Ferries\n2019 | 412"
    )
    assert [mark.label for mark in article.marks] == ["Port Elm widens its quay", "The roof"]


def test_nested_tables_and_footnotes_are_read_once() -> None:
    text = read(CASES / "docx-nested-table" / "foot.docx").text
    assert text.count("nested cell words") == 1
    assert "x | y | nested cell words" in text
    assert "Lena Ek. See footnote.\n\nThe survey was paid for by Tidal Trust.\n\n" in text
    assert "The harbour master" in text


def test_a_table_in_a_table_in_a_table_is_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    cell = document.add_table(1, 2).cell(0, 1)
    document.tables[0].cell(0, 0).text = "Menu"
    middle = cell.add_table(1, 2)
    middle.cell(0, 0).text = "Left"
    inner = middle.cell(0, 1).add_table(2, 2)
    for at, word in enumerate(["Ferry", "Seats", "Osprey", "390"]):
        inner.cell(at // 2, at % 2).text = word
    assert words_of(tmp_path, document) == "Menu\n\nLeft\n\nFerry | Seats\nOsprey | 390"


def test_a_table_with_one_column_or_one_row_of_paragraphs_is_text(tmp_path: Path) -> None:
    document = docx.Document()
    column = document.add_table(2, 1)
    column.cell(0, 0).text, column.cell(1, 0).text = "The mill burned down.", "It was rebuilt in a year."
    row = document.add_table(1, 2)
    row.cell(0, 0).text = "The lock was drained.\nNobody was hurt."
    row.cell(0, 1).text = "Tides"
    row.cell(0, 0).add_paragraph("The gates are new.")
    assert words_of(tmp_path, document) == (
        "The mill burned down.\n\nIt was rebuilt in a year.\n\n"
        "The lock was drained.\nNobody was hurt.\n\nThe gates are new.\n\nTides"
    )


def test_a_cell_of_two_paragraphs_stays_in_its_row(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for at, word in enumerate(["Boat", "Remark", "Petrel", "New mast."]):
        table.cell(at // 2, at % 2).text = word
    table.cell(1, 1).add_paragraph("Won twice.")
    assert words_of(tmp_path, document) == "Boat | Remark\nPetrel | New mast. Won twice."


def test_items_of_lists_have_their_numbers_and_bullets(tmp_path: Path) -> None:
    document = docx.Document()
    for text, style in [
        ("Open the sluice.", "List Number"),
        ("Wait.", "List Number"),
        ("A rope", "List Bullet"),
        ("Close it.", "List Number"),
    ]:
        document.add_paragraph(text, style=style)
    assert words_of(tmp_path, document) == "1. Open the sluice.\n\n2. Wait.\n\n- A rope\n\n3. Close it."


def test_numbers_of_several_levels_count_each_within_the_one_above(tmp_path: Path) -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for at, (form, text) in enumerate([("upperRoman", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")])
    )
    numbering.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="77">{levels}</w:abstractNum>'))
    numbering.append(parse_xml(f'<w:num {W} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'))
    for text, level in [("Quays", 0), ("North", 1), ("South", 1), ("east", 2), ("Locks", 0), ("Upper", 1)]:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(parse_xml(f'<w:numPr {W}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'))
    assert words_of(tmp_path, document).split("\n\n") == [
        "I. Quays", "I.1 North", "I.2 South", "(a) east", "II. Locks", "II.1 Upper",
    ]  # fmt: skip


def numbered(kinds: str, lists: str, items: list[tuple[str, str]], styles: str = "") -> docx.document.Document:
    """A document with these definitions of lists, and paragraphs with what each has in its properties."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    for at, kind in enumerate(parse_xml(f"<w:x {W}>{kinds}</w:x>")):
        numbering.insert(at, kind)
    numbering.extend(list(parse_xml(f"<w:x {W}>{lists}</w:x>")))
    document.styles.element.extend(list(parse_xml(f"<w:x {W}>{styles}</w:x>")))
    for text, properties in items:
        document.add_paragraph(text)._p.insert(0, parse_xml(f"<w:pPr {W}>{properties}</w:pPr>"))
    return document


def level(form: str, text: str, start: int = 1) -> str:
    return f'<w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'


def in_list(number: int) -> str:
    return f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'


def test_a_list_goes_on_with_the_number_that_was_set_for_it(tmp_path: Path) -> None:
    document = numbered(
        f'<w:abstractNum w:abstractNumId="77">{level("decimal", "%1.")}</w:abstractNum>',
        '<w:num w:numId="77"><w:abstractNumId w:val="77"/></w:num>'
        '<w:num w:numId="78"><w:abstractNumId w:val="77"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
        '<w:num w:numId="79"><w:abstractNumId w:val="77"/>'
        f'<w:lvlOverride w:ilvl="0">{level("chineseCounting", "%1、", 11)}</w:lvlOverride></w:num>',
        [
            ("Sift", in_list(77)),
            ("Mix", in_list(78)),
            ("Bake", in_list(78)),
            ("Rest", in_list(79)),
            ("Eat", in_list(77)),
        ],
    )
    assert words_of(tmp_path, document).split("\n\n") == ["1. Sift", "5. Mix", "6. Bake", "十一、 Rest", "2. Eat"]


def test_a_list_is_found_by_its_style_and_by_the_style_of_a_style(tmp_path: Path) -> None:
    document = numbered(
        f'<w:abstractNum w:abstractNumId="77"><w:styleLink w:val="Steps"/>{level("upperLetter", "%1)")}</w:abstractNum>'
        '<w:abstractNum w:abstractNumId="78"><w:numStyleLink w:val="Steps"/></w:abstractNum>',
        '<w:num w:numId="77"><w:abstractNumId w:val="78"/></w:num>',
        [("Sift", '<w:pStyle w:val="Step"/>'), ("Mix", '<w:pStyle w:val="Own"/>')],
        f'<w:style w:styleId="Step"><w:name w:val="Step"/><w:pPr>{in_list(77)}</w:pPr></w:style>'
        '<w:style w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="Step"/></w:style>',
    )
    assert words_of(tmp_path, document).split("\n\n") == ["A) Sift", "B) Mix"]


@pytest.mark.soak
def test_megabytes_of_paragraphs_are_read_at_once_or_refused(tmp_path: Path) -> None:
    document = docx.Document()
    many = "".join(f"<w:p {W}><w:r><w:t>Tide {number}</w:t></w:r></w:p>" for number in range(150_000))
    body = parse_xml(f"<w:body {W}>{many}</w:body>")
    document.element.replace(document.element.body, body)
    save(document, tmp_path / "a.docx")
    text = read(tmp_path / "a.docx").text
    assert text.endswith("Tide 149999")


def test_a_box_in_a_box_is_read_once(tmp_path: Path) -> None:
    document = docx.Document()
    box = "<w:p><w:r><w:t>{}</w:t></w:r><w:r><w:txbxContent>{}</w:txbxContent></w:r></w:p>"
    deep = "<w:p><w:r><w:t>Deep.</w:t></w:r></w:p>"
    xml = box.format("Out.", box.format("In.", deep)).replace("<w:p>", f"<w:p {W}>", 1)
    document.element.body.insert(0, parse_xml(xml))
    assert words_of(tmp_path, document) == "Out.\n\nIn.\n\nDeep."


def test_an_empty_item_of_a_list_is_counted(tmp_path: Path) -> None:
    document = docx.Document()
    for text in ("Petrel", "", "Gannet"):
        document.add_paragraph(text, style="List Number")
    assert words_of(tmp_path, document) == "1. Petrel\n\n3. Gannet"


def test_what_is_hidden_or_struck_out_is_no_text_and_raised_numbers_stay_raised(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("The hall of 12 m")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(" costs ")
    paragraph.add_run("90 ").font.strike = True
    paragraph.add_run("70 crowns.").font.strike = False
    paragraph.add_run(" Or eighty.").font.hidden = True
    assert words_of(tmp_path, document) == "The hall of 12 m² costs 70 crowns."


def test_a_cell_that_stands_for_several_rows_is_in_each_of_them(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(3, 3)
    for at, words in enumerate(["Year", "Season", "Boats", "1901", "Spring", "7", "", "Autumn", "9"]):
        table.cell(at // 3, at % 3).text = words
    table.cell(1, 0).merge(table.cell(2, 0))
    assert words_of(tmp_path, document) == "Year | Season | Boats\n1901 | Spring | 7\n1901 | Autumn | 9"


def in_runs(*runs: str) -> docx.document.Document:
    """A document of one paragraph with these runs."""
    document = docx.Document()
    document.element.body.insert(0, parse_xml(f"<w:p {W}>{''.join(runs)}</w:p>"))
    return document


def test_letters_of_symbol_fonts_are_what_they_show(tmp_path: Path) -> None:
    document = in_runs(
        "<w:r><w:t xml:space='preserve'>5 </w:t><w:sym w:font='Symbol' w:char='F06D'/><w:t>m </w:t></w:r>",
        "<w:r><w:sym w:font='Wingdings' w:char='F0E0'/><w:sym w:font='Webdings' w:char='F0E0'/></w:r>",
        "<w:r><w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr><w:t>\uf0b3</w:t></w:r><w:r><w:t> 3</w:t></w:r>",
    )
    assert words_of(tmp_path, document) == "5 μm →≥ 3"


@pytest.mark.parametrize(
    ("properties", "is_seen"),
    [
        ('<w:color w:val="FFFFFF"/>', False),
        ('<w:sz w:val="2"/>', False),
        ('<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>', True),
        ('<w:color w:val="EEEEEE"/>', True),
        ('<w:sz w:val="12"/>', True),
    ],
)
def test_white_words_on_white_paper_are_not_read(tmp_path: Path, properties: str, is_seen: bool) -> None:
    document = in_runs(f"<w:r><w:t>Seen </w:t></w:r><w:r><w:rPr>{properties}</w:rPr><w:t>ninety</w:t></w:r>")
    assert ("ninety" in words_of(tmp_path, document)) == is_seen


def test_white_words_in_a_table_are_its_header(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for at, word in enumerate(["Ferry", "Seats", "Osprey", "390"]):
        run = table.cell(at // 2, at % 2).paragraphs[0].add_run(word)
        run.font.color.rgb = docx.shared.RGBColor(255, 255, 255) if at < 2 else None
    assert words_of(tmp_path, document) == "Ferry | Seats\nOsprey | 390"


def repacked(path: Path, changed: dict[bytes, bytes], **added: str) -> None:
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            for before, after in changed.items():
                data = data.replace(before, after) if name.endswith((".xml", ".rels")) else data
            package.writestr(name, data)
        for name, text in added.items():
            package.writestr(name, text)


def test_strict_files_are_read_like_others(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("The quay", 1)
    document.add_paragraph("It is wide.")
    save(document, tmp_path / "a.docx")
    strict = b"http://purl.oclc.org/ooxml/"
    names = (b"wordprocessingml", b"officeDocument")
    repacked(
        tmp_path / "a.docx",
        {b"http://schemas.openxmlformats.org/%s/2006/" % each: strict + each + b"/" for each in names},
    )
    assert read(tmp_path / "a.docx").text == "The quay\n\nIt is wide."


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("chunk.html", "text/html", "<h2>Widths</h2><p>It is wide.</p>"),
        (
            "chunk.mht",
            "message/rfc822",
            "MIME-Version: 1.0\nContent-Type: text/html\n\n<h2>Widths</h2><p>It is wide.</p>",
        ),
    ],
)
def test_a_page_in_a_document_is_a_part_of_it(tmp_path: Path, name: str, kind: str, content: str) -> None:
    document = docx.Document()
    relations = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    document.element.body.insert(0, parse_xml(f'<w:altChunk {W} {relations} r:id="chunk"/>'))
    document.add_paragraph("Behind it.")
    save(document, tmp_path / "a.docx")
    place = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk"
    relation = f"<Relationship Id='chunk' Type='{place}' Target='/{name}'/></Relationships>"
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        known = package.read("word/_rels/document.xml.rels")
    changed = {
        known: known.replace(b"</Relationships>", relation.encode()),
        b"</Types>": f"<Override PartName='/{name}' ContentType='{kind}'/></Types>".encode(),
    }
    repacked(tmp_path / "a.docx", changed, **{name: content})
    assert read(tmp_path / "a.docx").text == "Widths\n\nIt is wide.\n\nBehind it."


def test_a_paragraph_in_the_style_of_authors_names_the_author_where_nothing_else_does(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.author = "user"
    document.styles.add_style("Author", WD_STYLE_TYPE.PARAGRAPH)
    for text, style in [("", "Author"), ("The quay", "Title"), ("Ida Storm", "Author"), ("Bo Ek", "Author")]:
        document.add_paragraph(text, style=style)
    document.add_paragraph("The quay of Port Elm was widened by nine metres in the spring.")
    document.save(str(tmp_path / "a.docx"))
    article = read(tmp_path / "a.docx")
    assert (article.title, article.author) == ("The quay", "Ida Storm")
    assert [mark.label for mark in article.marks] == []
    document.core_properties.author = "Greta Holm"
    document.save(str(tmp_path / "b.docx"))
    assert read(tmp_path / "b.docx").author == "Greta Holm"
