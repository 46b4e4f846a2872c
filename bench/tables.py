"""`python -m bench tables`: questions to rows of tables, each table in Markdown, HTML, Word and PDF.

The tables and questions are in bench/tables/tables.json, written before there was code for tables. Right is a cell, or
a part of it, that holds one of the answers; wrong any other answer, and any to a question that no cell answers, but for
one that is "also" right: what would have to be counted or compared over rows may be said or refused.
"""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from bench import results
from bench.datasets import PARTS, PROJECT, Part
from bench.newsroom import says_whole
from index import ArticleIndex
from qa import Answer, ArticleQA

QUESTIONS = PROJECT / "bench" / "tables" / "tables.json"
Verdict = Literal["right", "wrong", "refused"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells as many as the header's; `header` is empty where the first row is data."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; `answers`: none where no cell answers, `also`: what may be said all the same."""

    question: str
    answers: tuple[str, ...]
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An article with its tables, and the questions to it."""

    id: str
    part: Part
    title: str
    before: str
    tables: tuple[Table, ...]
    after: str
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with what was answered to it, in a format."""

    part: Part
    format: str
    asked: Asked
    answer: Answer
    verdict: Verdict


def read(path: Path = QUESTIONS) -> list[Sheet]:
    """The articles of a file, in order; every other one is for choosing."""
    return [
        Sheet(
            values["id"],
            "report" if at % 2 else "choose",
            values["title"],
            values["before"],
            tuple(
                Table(each.get("caption", ""), tuple(each["header"] or ()), tuple(map(tuple, each["rows"])))
                for each in values["tables"]
            ),
            values["after"],
            tuple(Asked(each["q"], tuple(each["a"]), tuple(each.get("also", ()))) for each in values["questions"]),
        )
        for at, values in enumerate(json.loads(path.read_text(encoding="utf-8")))
    ]


def judge(asked: Asked, answer: Answer) -> Verdict:
    """What to say of an answer."""
    if answer.abstained:
        return "refused"
    right = "|" not in answer.text and len(answer.text.split()) <= _LONGEST
    return "right" if right and says_whole(answer.text, asked.answers + asked.also) else "wrong"


_LONGEST = 8  # words of a cell


def run(part: Part, show: bool = False) -> None:
    """Measure, write bench/results/tables-<part>.json, and print; "all" writes the two parts as well."""
    judged = [each for name, write in FORMATS.items() for each in _ask(name, write, part)]
    for wanted in PARTS if part == "all" else (part,):
        inside = [each for each in judged if wanted in ("all", each.part)]
        table = [
            _row(f"{name}{'' if answerable else ', no cell answers'}", found)
            for answerable in (True, False)
            for name in (*FORMATS, "all")
            if (
                found := [
                    each for each in inside if bool(each.asked.answers) == answerable and name in ("all", each.format)
                ]
            )
        ]
        path = results.write(f"tables-{wanted}", {"part": wanted, "rows": table}, {})
        print(f"\ntables, part {wanted} ({path.name})\n{results.table(table)}")
    for each in judged if show else ():
        said = "right" if not each.asked.answers and each.verdict == "refused" else each.verdict
        print(f"{each.format:4} {said:7} {each.answer.confidence:.2f} {each.asked.question}  {each.answer.text[:80]!r}")


def _ask(name: str, write: Callable[[Sheet, Path], None], part: Part) -> list[Judged]:
    sheets = read()
    with TemporaryDirectory() as folder:
        (articles_at := Path(folder) / "articles").mkdir()
        for sheet in sheets:
            write(sheet, articles_at / f"{sheet.id}.{name}")
        with ArticleIndex.open(Path(folder) / "index") as articles:
            articles.add(articles_at)
            pairs = [(sheet, asked) for sheet in sheets for asked in sheet.asked if part in ("all", sheet.part)]
            answers = ArticleQA(articles).ask_batch([asked.question for _, asked in pairs])
            for answer in answers:
                for each in answer.citations:
                    assert articles.get(each.article_id).text[each.start : each.end] == each.quote
    return [
        Judged(sheet.part, name, asked, answer, judge(asked, answer))
        for (sheet, asked), answer in zip(pairs, answers, strict=True)
    ]


def _row(name: str, judged: Sequence[Judged]) -> dict[str, Any]:
    shares = {
        verdict: sum(each.verdict == verdict for each in judged) / len(judged)
        for verdict in ("right", "wrong", "refused")
    }
    return {"format": name, "n": len(judged), **shares}


# The formats


def _markdown(sheet: Sheet, path: Path) -> None:
    parts = [f"# {sheet.title}", sheet.before]
    for table in sheet.tables:
        header = table.header or ("",) * len(table.rows[0])
        lines = [header, ("---",) * len(header), *table.rows]
        parts += [table.caption, "\n".join(f"| {' | '.join(cells)} |" for cells in lines)]
    path.write_text("\n\n".join(filter(None, [*parts, sheet.after])), encoding="utf-8")


def _html(sheet: Sheet, path: Path) -> None:
    parts = [f"<h1>{html.escape(sheet.title)}</h1>", f"<p>{html.escape(sheet.before)}</p>"]
    for table in sheet.tables:
        tagged = [("th", table.header)] if table.header else []
        tagged += [("td", row) for row in table.rows]
        rows = "".join(
            f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>" for tag, cells in tagged
        )
        parts += [f"<p>{html.escape(table.caption)}</p>" if table.caption else "", f"<table>{rows}</table>"]
    body = "\n".join([*parts, f"<p>{html.escape(sheet.after)}</p>"])
    title = html.escape(sheet.title)
    path.write_text(f"<html><head><title>{title}</title></head><body><article>{body}</article></body></html>")


def _word(sheet: Sheet, path: Path) -> None:
    from docx import Document

    document = Document()
    document.core_properties.title = sheet.title
    document.add_heading(sheet.title, 1)
    document.add_paragraph(sheet.before)
    for table in sheet.tables:
        if table.caption:
            document.add_paragraph(table.caption)
        lines = [table.header, *table.rows] if table.header else list(table.rows)
        made = document.add_table(0, len(lines[0]))
        for cells in lines:
            for cell, text in zip(made.add_row().cells, cells, strict=True):
                cell.text = text
    document.add_paragraph(sheet.after)
    document.save(str(path))


def _pdf(sheet: Sheet, path: Path) -> None:
    """One page, with its text set piece by piece."""
    lines = textwrap.wrap(sheet.before, 100)
    shown = [(0, 60, sheet.title), *((30 + 14 * at, 60, line) for at, line in enumerate(lines))]
    y = 30 + 14 * len(lines)
    for table in sheet.tables:
        shown.append((y := y + 20, 60, table.caption))
        for cells in [table.header, *table.rows] if table.header else table.rows:
            y += 16
            shown += [(y, 60 + 125 * column, cell) for column, cell in enumerate(cells)]
    shown.append((y + 40, 60, sheet.after))
    content = b" ".join(
        b"BT /F1 9 Tf 1 0 0 1 %d %d Tm (%s) Tj ET" % (x, 800 - y, text.encode("latin-1"))
        for y, x, text in shown
        if text
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 760 860]/Contents 5 0 R/Resources<</Font<</F1 4 0 R>>>>>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Title(%s)>>" % sheet.title.encode("latin-1"),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % each for each in enumerate(objects, 1))
    path.write_bytes(b"%PDF-1.4\n" + body + b"trailer\n<</Size 7/Root 1 0 R/Info 6 0 R>>\n%%EOF\n")


FORMATS: dict[str, Callable[[Sheet, Path], None]] = {"md": _markdown, "html": _html, "docx": _word, "pdf": _pdf}
