"""The files of `python -m bench formats`: one article in the formats that people have, by the programs that make them.

Pandoc writes Word, OpenDocument, EPUB, RTF and reStructuredText, LibreOffice and Chromium and TeX write PDF, Python's
own library letters, feeds and tables. What only shows how the others are read, an aside or a menu, is written here.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

from babel.dates import format_date

from bench.chat import chromium_path
from bench.datasets import PROJECT, DataMissingError
from index.formats.front_matter import split_front_matter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SOURCES = PROJECT / "bench" / "formats"
PROGRAMS = ("pandoc", "soffice", "pdflatex")
_NOTE = re.compile(r"^\[\^(\w+)\]: (.+)$", re.MULTILINE)
_REFERENCE = re.compile(r"\[\^\w+\]")
_MARK = re.compile(r"^(?:#+|[-*>]|\d+\.) ", re.MULTILINE)
_RULE = re.compile(r"^\|[-|]+\|$\n", re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.*\|$\n?)+", re.MULTILINE)
_STYLE = "body {font-family: 'DejaVu Serif', 'WenQuanYi Micro Hei', serif} td, th {padding: 0 1em; text-align: left}"
_TEX = r"""\documentclass[twocolumn]{article}
\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage[%s]{babel}\usepackage{textcomp}
\providecommand{\tightlist}{}\providecommand{\hypertarget}[2]{#2}
\title{%s}\author{%s}\date{%s}\begin{document}\maketitle
%s
\end{document}
"""
_LOCALES = {"en": "en_GB"}
_TEX_LANGUAGES = {"en": "english", "de": "ngerman"}


@dataclass(frozen=True)
class Source:
    """An article as it was written: what a file of it should give, and its Markdown."""

    name: str
    title: str
    author: str
    published: date
    language: str
    markdown: str

    @classmethod
    def read(cls, path: Path) -> Source:
        """Of a Markdown file with front matter."""
        meta, text, _ = split_front_matter(path.read_text(encoding="utf-8"))
        day = date.fromisoformat(str(meta["published"]))
        return cls(path.stem, meta["title"], meta["author"], day, meta["language"], text.strip())

    @property
    def said(self) -> str:
        """Its day as it is written in its language."""
        return format_date(self.published, "long", locale=_LOCALES.get(self.language, self.language))

    @property
    def body(self) -> str:
        """Its plain text without footnotes: what has to be found in this order."""
        return _MARK.sub("", _RULE.sub("", _REFERENCE.sub("", _NOTE.sub("", self.markdown)))).strip()

    @property
    def notes(self) -> list[str]:
        """Its footnotes, which stand here in one format and there in another."""
        return [said for _, said in _NOTE.findall(self.markdown)]


class Writer:
    """Writes files of articles into a folder."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        """Write into this folder; `browser` prints and saves pages."""
        self._folder, self._browser = folder, browser

    def all_of(self, source: Source) -> Iterator[tuple[str, Path]]:
        """Each kind of file with the file of an article: whatever can be written of it."""
        kinds: dict[str, Callable[[Source, Path], None]] = {
            "page.html": self._page, "saved.mhtml": self._saved, "page.xhtml": self._xhtml, "print.pdf": self._print,
            "columns.pdf": self._columns, "latex.pdf": self._latex, "office.pdf": self._by_office,
            "pandoc.docx": self._by_pandoc, "office.docx": self._by_office, "pandoc.odt": self._by_pandoc,
            "office.rtf": self._by_office, "pandoc.epub": self._by_pandoc, "front.md": self._front,
            "pandoc.rst": self._by_pandoc, "plain.txt": self._plain, "letter.eml": self._letter, "feed.rss": self._rss,
            "feed.atom": self._atom, "rows.csv": self._rows, "lines.jsonl": self._lines, "packed.zip": self._packed,
        }  # fmt: skip
        for kind, write in kinds.items():
            if kind != "latex.pdf" or (source.language in _TEX_LANGUAGES):
                path = self._folder / f"{source.name}-{kind}"
                write(source, path)
                yield kind, path

    def _html(self, source: Source) -> str:
        return _pandoc(["-t", "html5"], source.markdown)

    def _page(self, source: Source, path: Path) -> None:
        path.write_text(_as_page(source, self._html(source)), encoding="utf-8")

    def _xhtml(self, source: Source, path: Path) -> None:
        page = re.sub(r"<(meta|br|hr|img|link)\b([^>]*[^/])>", r"<\1\2/>", _as_page(source, self._html(source)))
        page = page.replace("<!doctype html>", "").replace("<html ", '<html xmlns="http://www.w3.org/1999/xhtml" ')
        path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{page}', encoding="utf-8")

    def _saved(self, source: Source, path: Path) -> None:
        page = self._browser.new_page()
        page.set_content(_as_page(source, self._html(source)))
        saved = page.context.new_cdp_session(page).send("Page.captureSnapshot", {"format": "mhtml"})
        path.write_bytes(saved["data"].encode())
        page.close()

    def _print(self, source: Source, path: Path, style: str = "") -> None:
        page = self._browser.new_page()
        page.set_content(_as_paper(source, self._html(source), style))
        page.pdf(
            path=path,
            format="A5",
            display_header_footer=True,
            header_template='<span style="font-size:8px;margin:auto">The Lantern Courier</span>',
            footer_template='<span style="font-size:8px;margin:auto" class="pageNumber"></span>',
            margin={"top": "2cm", "bottom": "2cm", "left": "1.5cm", "right": "1.5cm"},
        )
        page.close()

    def _columns(self, source: Source, path: Path) -> None:
        self._print(source, path, ".text {columns: 2; column-gap: 1cm; text-align: justify; font-size: 9pt}")

    def _latex(self, source: Source, path: Path) -> None:
        # Its tables are no tables in two columns, so they are written as lines.
        text = _TABLE.sub(lambda table: re.sub(r" ?\| ?", " ", _RULE.sub("", table[0])) + "\n", source.markdown)
        body = _pandoc(["-t", "latex"], text)
        tex = path.with_suffix(".tex")
        tex.write_text(
            _TEX % (_TEX_LANGUAGES[source.language], source.title, source.author, source.said, body), encoding="utf-8"
        )
        _run(["pdflatex", "-interaction=batchmode", "-output-directory", str(self._folder), str(tex)])

    def _by_pandoc(self, source: Source, path: Path) -> None:
        said = {"title": source.title, "author": source.author, "lang": source.language}
        said["date"] = source.published.isoformat() if path.suffix == ".epub" else source.said
        given = [part for name, value in said.items() for part in ("-M", f"{name}={value}")]
        _pandoc(["-s", "-o", str(path), *given], source.markdown)

    def _by_office(self, source: Source, path: Path) -> None:
        made = path.with_name(f"{path.stem}-{path.suffix[1:]}.odt")
        self._by_pandoc(source, made)
        kind = path.suffix[1:]
        profile = f"-env:UserInstallation=file://{self._folder / 'profile'}"
        command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(self._folder / "out")]
        _run([*command, str(made)])
        made.unlink()
        (self._folder / "out" / made.with_suffix(path.suffix).name).replace(path)

    def _front(self, source: Source, path: Path) -> None:
        head = f"---\ntitle: {source.title}\nauthor: {source.author}\ndate: {source.published}\n---\n"
        path.write_text(f"{head}\n{source.markdown}\n", encoding="utf-8")

    def _plain(self, source: Source, path: Path) -> None:
        text = _pandoc(["-t", "plain", "--columns=78"], source.markdown)
        path.write_text(f"{source.title}\n\n{source.author}, {source.said}\n\n{text}", encoding="utf-8")

    def _letter(self, source: Source, path: Path) -> None:
        letter = EmailMessage()
        letter["Subject"], letter["From"] = source.title, f"{source.author} <news@lantern.example>"
        letter["Date"] = format_datetime(_noon(source.published))
        letter.set_content(_pandoc(["-t", "plain"], source.markdown))
        letter.add_alternative(_as_paper(source, self._html(source)), subtype="html")
        path.write_bytes(letter.as_bytes())

    def _rss(self, source: Source, path: Path) -> None:
        item = (
            f"<title>{escape(source.title)}</title><link>https://lantern.example/{source.name}</link>"
            f"<pubDate>{format_datetime(_noon(source.published))}</pubDate><dc:creator>{source.author}</dc:creator>"
            f"<content:encoded><![CDATA[{self._html(source)}]]></content:encoded>"
        )
        path.write_text(
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Lantern Courier</title>'
            f"<link>https://lantern.example</link><description>News</description><item>{item}</item></channel></rss>",
            encoding="utf-8",
        )

    def _atom(self, source: Source, path: Path) -> None:
        path.write_text(
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
            "<title>The Lantern Courier</title><id>tag:lantern.example</id><updated>2025-08-01T00:00:00Z</updated>"
            f"<entry><id>tag:lantern.example,{source.name}</id><title>{escape(source.title)}</title>"
            f"<author><name>{source.author}</name></author><published>{source.published}T12:00:00Z</published>"
            f"<updated>2025-08-01T00:00:00Z</updated><content type='html'>{escape(self._html(source))}</content>"
            "</entry></feed>",
            encoding="utf-8",
        )

    def _rows(self, source: Source, path: Path) -> None:
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["Headline", "Author", "Date", "Text"])
        rows.writerow([source.title, source.author, source.published, _as_plain(source)])
        path.write_text(text.getvalue(), encoding="utf-8-sig")

    def _lines(self, source: Source, path: Path) -> None:
        values = {"title": source.title, "author": source.author, "published": source.published.isoformat()}
        path.write_text(json.dumps({**values, "text": _as_plain(source)}) + "\n", encoding="utf-8")

    def _packed(self, source: Source, path: Path) -> None:
        inside = path.with_name("inside.docx")
        self._by_pandoc(source, inside)
        with ZipFile(path, "w") as packed:
            packed.write(inside, f"{source.name}/{source.name}.docx")
            packed.writestr("__MACOSX/._x", b"\0\1")
        inside.unlink()


def written_files(folder: Path) -> Iterator[tuple[Source, str, Path]]:
    """Write all articles as all kinds of files; each with its kind and its file.

    Raises DataMissingError where a program is missing that files are written with.
    """
    executable = chromium_path()
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        raise DataMissingError(f"Files are written with {', '.join(PROGRAMS)}; missing: {', '.join(missing)}.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        writer = Writer(folder, browser)
        for path in sorted(SOURCES.glob("*.md")):
            source = Source.read(path)
            for kind, file in writer.all_of(source):
                yield source, kind, file
        browser.close()


def _as_plain(source: Source) -> str:
    return _pandoc(["-t", "plain", "--wrap=none"], source.markdown)


def _as_paper(source: Source, html: str, style: str = "") -> str:
    """A page with the article alone, as it is printed."""
    return (
        f'<!doctype html><html lang="{source.language}"><head><meta charset="utf-8"/><title>{escape(source.title)}'
        f"</title><style>{_STYLE} {style}</style></head><body><h1>{escape(source.title)}</h1>"
        f'<p>{source.author}</p><p>{source.said}</p><div class="text">{html}</div></body></html>'
    )


def _as_page(source: Source, html: str) -> str:
    """A page of a newspaper: a menu, a consent form, further articles and a foot around the article."""
    more = "".join(f'<li><a href="/{each}">A story that is not this one, number {each}</a></li>' for each in range(6))
    return (
        f'<!doctype html><html lang="{source.language}"><head><meta charset="utf-8"/>'
        f"<title>{escape(source.title)} | The Lantern Courier</title></head><body>"
        '<div class="cookie-banner" role="dialog"><p>We and our 214 partners use cookies.</p><button>Accept</button>'
        '</div><header><a href="/">The Lantern Courier</a><nav><ul><li><a href="/a">World</a></li><li><a href="/b">'
        f"Sport</a></li></ul></nav></header><main><article><h1>{escape(source.title)}</h1>"
        f'<p class="byline">By <a rel="author" href="/staff">{source.author}</a></p>'
        f'<time datetime="{source.published}T09:00:00Z">{source.said}</time>{html}</article>'
        f'<aside class="related"><h2>More stories</h2><ul>{more}</ul></aside></main>'
        "<footer><p>© The Lantern Courier. All rights reserved.</p></footer></body></html>"
    )


def _noon(day: date) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def _pandoc(options: list[str], markdown: str) -> str:
    return _run(["pandoc", "-f", "markdown-smart", *options], markdown)


def _run(command: list[str], given: str = "") -> str:
    """What a program prints. Raises CalledProcessError where it fails."""
    return subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout
