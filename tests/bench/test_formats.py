"""What `python -m bench formats` counts: of files whose text is known, how much of it is read, and what more."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bench.format_files import SOURCES, Source
from bench.formats import compared, table

WRITTEN = """---
title: "The pier: a story"
author: Jane Roe
published: 2025-05-03
language: en
---
The pier was painted.[^one]

## How

- By hand, 2 times.
1. Slowly.

| Year | Cost |
|---|---|
| 2024 | 3 |

> It shines.

[^one]: In May.
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "pier.md"
    path.write_text(WRITTEN)
    return Source.read(path)


def test_of_markdown_its_plain_text_and_its_notes_are_known(source: Source) -> None:
    assert (source.name, source.title, source.author, source.language) == (
        "pier",
        "The pier: a story",
        "Jane Roe",
        "en",
    )
    assert (source.published, source.said) == (date(2025, 5, 3), "3 May 2025")
    assert re.sub(r"[\s|]+", " ", source.body) == (
        "The pier was painted. How By hand, 2 times. Slowly. Year Cost 2024 3 It shines."
    )
    assert source.notes == ["In May."]


def read(
    source: Source, path: Path, text: str, title: str = "The pier: a story", day: str = "2025-05-03"
) -> list[object]:
    path.write_text(f"---\ntitle: '{title}'\nauthor: Jane Roe\ndate: {day}\n---\n{text}")
    found = compared(source, "front.md", path)
    return [found.in_order - found.known, found.more, found.notes, found.title, found.day, found.author]


def test_all_is_read_whatever_marks_the_format_has_and_wherever_its_notes_are(source: Source, tmp_path: Path) -> None:
    text = "The pier was painted.\nIn May.\nHow\n• By hand, 2 times.\n1) Slowly.\nYear | Cost\n2024 | 3\nIt shines."
    assert read(source, tmp_path / "a.md", text) == [0, 0, 1, True, True, True]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The pier was. How By hand, 2 times. Slowly. Year Cost 2024 3 It shines. In May.", [-7, 0, 1]),
        ("How The pier was painted. By hand, 2 times. Slowly. Year Cost 2024 3 It shines.", [-3, 3, 0]),
        ("The pier was painted. How By hand, 2 times. Slowly. Year Cost 2024 3 It shines. Ad!", [0, 3, 0]),
    ],
)
def test_what_is_missing_in_another_order_or_too_much_is_counted(
    source: Source, tmp_path: Path, text: str, found: list[object]
) -> None:
    assert read(source, tmp_path / "a.md", text) == [*found, True, True, True]


def test_a_title_and_a_day_are_right_or_wrong(source: Source, tmp_path: Path) -> None:
    assert read(source, tmp_path / "a.md", "x" * 50, title="The pier", day="2025-05-04")[3:] == [False, False, True]


def test_of_what_gives_no_article_nothing_is_read(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"no PDF")
    found = compared(source, "print.pdf", path)
    assert (found.in_order, found.more, found.notes, found.title, found.day) == (0, 0, 0, False, False)


def test_the_table_has_a_line_for_each_kind_and_one_for_all(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    read(source, path, source.body)
    lines = table([compared(source, "front.md", path), compared(source, "plain.txt", path)]).split("\n")
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| front.md", "| plain.txt", "| all"]
    assert lines[-1] == "| all | 2 | 100.0 % | 0.0 % | 0.0 % | 100.0 % | 100.0 % | 100.0 % |"


def test_the_projects_articles_have_all_that_is_compared() -> None:
    sources = [Source.read(path) for path in sorted(SOURCES.glob("*.md"))]
    assert {each.language for each in sources} == {"en", "de", "fr", "ru", "zh"}
    for each in sources:
        assert len(each.notes) == 2
        assert not re.search(r"\[\^|^#|^>|\|-", each.body, re.MULTILINE)
