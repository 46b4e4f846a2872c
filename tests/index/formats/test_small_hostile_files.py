"""Files of at most a megabyte that are made to stall a reader or to fill the machine: each costs itself at most."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LONGEST_S, MOST_BYTES = 60, 10**9  # what is promised; a slow machine gives a file up after 30 s
SMALL = 10**6  # bytes of a file; where all of it is text, a quarter, as a text takes its time to embed
MB = 2**20
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ODT = "urn:oasis:names:tc:opendocument:xmlns:"


def pdf(content: bytes, *more: bytes, kids: str = "3 0 R", packed: bool = True) -> bytes:
    stream = zlib.compress(content, 9) if packed else content
    packing = b" /Filter /FlateDecode" if packed else b""
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count 1 >>" % kids.encode(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>",
        b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(stream), packing, stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *more,
    )
    body, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table + end


_ITSELF = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 5 >>\nstream\n/X Do\nendstream"


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(body: str, head: str = "") -> bytes:
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = (
        f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{office}"/></Types>'
    )
    relations = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" Target="word/document.xml" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
    )
    text = f'{head}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, "word/document.xml": text})


def odt(body: str) -> bytes:
    names = "".join(f' xmlns:{each}="{_ODT}{each}:1.0"' for each in ("office", "text", "table"))
    inside = f"<office:body><office:text>{body}</office:text></office:body>"
    text = f"<office:document-content{names}>{inside}</office:document-content>"
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": text})


def epub(chapter: str, times: int) -> bytes:
    where = '<rootfiles><rootfile full-path="a.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    chapters = '<itemref idref="c"/>' * times
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="c" href="c.xhtml" '
        f'media-type="application/xhtml+xml"/></manifest><spine>{chapters}</spine></package>'
    )
    container = f'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">{where}</container>'
    page = f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{chapter}</body></html>'
    return zipped({"META-INF/container.xml": container, "a.opf": package, "c.xhtml": page})


def laughs(root: str) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "ha">{entities}]>'


def mail(depth: int) -> bytes:
    opened = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return ("From: a@example.com\nSubject: Deep\n" + "".join(opened) + "Content-Type: text/plain\n\nText.\n").encode()


def tables(depth: int) -> str:
    opened, closed = "<w:tbl><w:tr><w:tc>", "<w:p/></w:tc></w:tr></w:tbl>"
    return opened * depth + closed * depth


FILES: dict[str, Callable[[], bytes]] = {
    "operators.pdf": lambda: pdf(b"BT /F 9 Tf " + b"(a) Tj " * 100_000 + b"ET"),
    "packed.pdf": lambda: pdf(b" " * 400 * MB),
    "states.pdf": lambda: pdf(b"q " * 400_000 + b"BT /F 9 Tf (a) Tj ET"),
    "moves.pdf": lambda: pdf(b"BT /F 9 Tf " + b"1 0 Td (ab) Tj " * 60_000 + b"ET"),
    "loop.pdf": lambda: pdf(b"BT ET", kids="2 0 R 3 0 R 2 0 R"),
    "pages.pdf": lambda: pdf(b"BT /F 9 Tf (a) Tj ET", kids="3 0 R " * 100_000),
    "itself.pdf": lambda: pdf(b"/X Do " * 100, _ITSELF),
    "paragraphs.docx": lambda: docx("<w:p/>" * 8_000_000),
    "words.docx": lambda: docx("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 2_000_000),
    "spaces.docx": lambda: docx(" " * 400 * MB),
    "tables.docx": lambda: docx(tables(50_000)),
    "laughs.docx": lambda: docx("<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", laughs("w:document")),
    "spaces.odt": lambda: odt('<text:p><text:s text:c="2000000000"/>a</text:p>'),
    "columns.odt": lambda: odt(
        '<table:table><table:table-row><table:table-cell table:number-columns-repeated="900000000"><text:p>a</text:p>'
        "</table:table-cell></table:table-row></table:table>"
    ),
    "packed.odt": lambda: odt("<text:p>a</text:p>" * 10_000_000),
    "spine.epub": lambda: epub("<p>A text of a chapter.</p>" * 2000, 50_000),
    "packed.epub": lambda: epub("<p>a</p>" * 20_000_000, 1),
    "deep.html": lambda: b"<div>" * 190_000 + b"text",
    "links.html": lambda: b"<a href=x>" * 95_000 + b"text",
    "attributes.html": lambda: b"<p " + b"".join(b"a%d=1 " % n for n in range(100_000)) + b">text</p>",
    "rows.html": lambda: b"<table>" + b"<tr><td rowspan=65000 colspan=1000>a" * 25_000,
    "open.html": lambda: b"<p>" + b"<b><i>" * 80_000 + b"</p>text" * 20_000,
    "nothing.json": lambda: b"[" + b"{}," * 330_000 + b"{}]",
    "deep.json": lambda: b"[" * 900_000,
    "digits.json": lambda: b'{"text": "a", "number": ' + b"9" * 900_000 + b"}",
    "nothing.jsonl": lambda: b"{}\n" * 330_000,
    "columns.csv": lambda: b"," * 900_000 + b"\n" + b"a,b",
    "quote.csv": lambda: b'title,text\n"' + b"a\n" * 450_000,
    "groups.rtf": lambda: b"{\\rtf1 " + b"{" * 900_000 + b"a",
    "binary.rtf": lambda: b"{\\rtf1 \\bin999999999999 a}",
    "deep.eml": lambda: mail(depth=12_000),
    "header.eml": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\n\nText.\n",
    "laughs.xml": lambda: laughs("rss").encode() + b"<rss><channel><item><title>&l9;</title></item></channel></rss>",
    "items.xml": lambda: b"<rss><channel>" + b"<item><title>a</title></item>" * 33_000 + b"</channel></rss>",
    "quotes.md": lambda: b">" * 250_000 + b"a",
    "brackets.md": lambda: b"[" * 120_000 + b"a" + b"](" * 60_000,
    "stars.md": lambda: b"*a **b " * 30_000,
    "quotes.rst": lambda: b"".join(b" " * n + b"a\n\n" for n in range(700)),
    "line.txt": lambda: b"a" * 250_000,
    "marks.txt": lambda: b". " * 120_000,
    "archives.zip": lambda: zipped({f"{n}.zip": zipped({"a.txt": " " * 50 * MB}) for n in range(10)}),
    "many.zip": lambda: zipped({f"{n}.txt": "" for n in range(7000)}),
}


# A process of its own starts the command: what a process has in memory counts as its child's, until that runs.
_STARTER = """
import resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
sys.stdout.buffer.write(b"%d %f %d\\n%s" % (done.returncode, time.monotonic() - began, most, done.stdout))
"""


def taken(command: list[str]) -> tuple[int, float, int, str]:
    """The exit status of a command, its seconds, the most memory that one of its processes had, and what it said."""
    starter = [sys.executable, "-c", _STARTER, *command]
    numbers, said = subprocess.run(starter, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n", 1)
    status, seconds, most = numbers.split()
    return int(status), float(seconds), int(most), said


@pytest.mark.soak
@pytest.mark.parametrize("name", FILES)
def test_a_small_hostile_file_costs_itself_at_most(name: str, tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    content = FILES[name]()
    if len(content) > SMALL:
        content = gzip.compress(content)
    assert len(content) <= SMALL
    (articles / f"m-{name}").write_bytes(content)
    for each in ("a", "z"):
        (articles / f"{each}.txt").write_text(f"The ferry of {each} sails at noon.", encoding="utf-8")
    command = [sys.executable, "-m", "qa", "--index", str(tmp_path / "index")]
    status, seconds, most, said = taken([*command, "add", str(articles)])
    print(f"{name}: {seconds:.1f} s, {most / 1e6:.0f} MB, exit status {status}: {said.strip()[-300:]}")
    assert status in (0, 1), said
    assert "Traceback" not in said
    assert seconds < LONGEST_S
    assert most < MOST_BYTES
    listed = subprocess.run([*command, "list"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "a.txt" in listed
    assert "z.txt" in listed
