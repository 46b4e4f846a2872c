"""Emphasis in Markdown files."""

import time
from pathlib import Path

import pytest

from index.article import Mark
from index.formats.markdown import without_emphasis
from tests.index.formats.reading import read


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("She stayed **36 years**.", "She stayed 36 years."),
        ("*Ida Storm, 8 June 2025*", "Ida Storm, 8 June 2025"),
        ("__One__, _two_, ***three***, (*four*)", "One, two, three, (four)"),
        ("**The ferry *Petrel* sank** and *the **old** quay* stayed", "The ferry Petrel sank and the old quay stayed"),
        ("**over two\nlines**", "over two\nlines"),
        ("* An *item*\n* Another", "* An item\n* Another"),
        ("| **Boat** | *Year* |", "| Boat | Year |"),
        ("**Use `f(*a)` here**", "Use `f(*a)` here"),
        ("[*The quay*](https://example.com/_the_/quay)", "[The quay](https://example.com/_the_/quay)"),
        ("**Note:** the quay", "Note: the quay"),
    ],
)
def test_the_marks_of_emphasis_are_no_part_of_the_text(tmp_path: Path, written: str, seen: str) -> None:
    assert read(tmp_path / "a.md", written).text == seen
    assert read(tmp_path / "a.txt", written).text == written


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4 and 2**3**4",
        "snake_case_name and f*ck",
        "A price of 5 kg*, they say\n\n*without tax",
        "a * b * c and a ** b ** c",
        "x\n\n* * *\n\n***\n\n___\n\ny",
        "`*x*` and ``**y** ` z``",
        "```\n*x* and **y**\n```",
        "~~~\n*x*",
        "Run\n\n    print(*x*, __name__)",
        r"\*not\* and \_not\_",
        "See https://example.com/a_b_/_c_ and <a title='*x*'>",
        "**never closed",
        "**over an\n\nempty line**",
        "f(*args, **kwargs)",
    ],
)
def test_code_addresses_and_lone_asterisks_stay(text: str) -> None:
    assert without_emphasis(text) == text


def test_headings_are_marked_where_they_stand_without_emphasis(tmp_path: Path) -> None:
    article = read(tmp_path / "a.md", "A *long* and **bold** start\n\n## Part *two*\n\nText")
    assert article.text == "A long and bold start\n\n## Part two\n\nText"
    assert article.marks == (Mark(23, "section", "Part two"),)


@pytest.mark.parametrize("piece", ["*a ", "**a b ", "`", "`a ", "](", "$$ ", "*", "_", "```\n", "*a", "<", "\n\n    x"])
def test_marks_without_end_take_no_long_time(piece: str) -> None:
    begin = time.perf_counter()
    without_emphasis(piece * 20_000)
    assert time.perf_counter() - begin < 5
