"""`python -m bench formats`: six articles of this project's own in twenty-one kinds of files, and what is read of them.

The articles (bench/formats) are in English, German, French, Russian and Chinese, with headings, lists, quotations,
tables and footnotes. "in order" counts the characters of the text, without spaces, bars and the marks of lists, that
stand in this order in what is read: their longest common subsequence. Footnotes count where each stands whole. "more"
is what is read beside the text, its headings' and tables' own words not counted twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from rapidfuzz.distance import LCSseq

from bench import results
from bench.format_files import Source, written_files
from index import Article
from index.formats import read_source

_NO_TEXT = re.compile(r"^\s*(?:[-•*‣–·◦]|\d{1,2}[.)])\s+|[\s|¦+=_-]+", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """What was read of one file, beside its source."""

    name: str
    kind: str
    in_order: int  # characters
    known: int
    more: int
    notes: float  # share of the footnotes that stand in it
    title: bool
    day: bool
    author: bool


def compared(source: Source, kind: str, path: Path) -> Read:
    """What is read of a file; several articles of one (the chapters of a book) are one text."""
    articles = [each for each in read_source(path) if isinstance(each, Article)]
    known, text = _letters(source.body), _letters("\n".join(each.text for each in articles))
    notes = [_letters(note) in text for note in source.notes]
    same = LCSseq.similarity(known, text)
    rest = len(text) - same - sum(len(_letters(note)) for note, there in zip(source.notes, notes, strict=True) if there)
    first = articles[0] if articles else Article(id="none", text="-", title="")
    return Read(
        source.name,
        kind,
        same,
        len(known),
        max(rest, 0),
        fmean(notes),
        first.title == source.title,
        (first.published or "")[:10] == source.published.isoformat(),
        first.author == source.author,
    )


def _letters(text: str) -> str:
    return _NO_TEXT.sub("", text)


def table(read: Sequence[Read]) -> str:
    """The figures of some files, by kind and for all, in Markdown."""
    lines = [
        "| kind | files | in order | more | footnotes | title | day | author |",
        "|---|---|---|---|---|---|---|---|",
    ]
    kinds = list(dict.fromkeys(each.kind for each in read))
    for kind in [*kinds, "all"]:
        some = [each for each in read if kind in (each.kind, "all")]
        known = sum(each.known for each in some)
        shares = (sum(each.in_order for each in some) / known, sum(each.more for each in some) / known)
        means = (fmean(getattr(each, name) for each in some) for name in ("notes", "title", "day", "author"))
        lines.append(
            f"| {kind} | {len(some)} | " + " | ".join(f"{100 * each:.1f} %" for each in (*shares, *means)) + " |"
        )
    return "\n".join(lines)


def run(show: bool) -> None:
    """Write the files and read them; write bench/results/formats.json and print. `show`: also what is not all right."""
    with TemporaryDirectory() as folder:
        read = [compared(source, kind, file) for source, kind, file in written_files(Path(folder))]
    if show:
        for each in read:
            if each.in_order < each.known or each.more or min(each.notes, each.title, each.day) < 1:
                print(each)
    results.write("formats", {"files": [vars(each) for each in read]}, {})
    print(table(read))
