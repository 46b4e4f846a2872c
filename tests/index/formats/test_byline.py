"""What the first lines of a text, its front matter and its file's name say of author and day."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from index.formats.byline import Head, head_of
from tests.index.formats.reading import read

TEXT = (
    "The harbour office opens at seven each morning and closes at noon on Fridays, as it has done since the pier was "
    "built in 1931.\n\nRuna Feld has run the office for eleven years and knows every skipper who ties up there.\n"
)
DAY = "2025-05-03"


@pytest.mark.parametrize(
    ("lines", "author"),
    [
        ("By Jane Roe, 3 May 2025", "Jane Roe"),
        ("*By Jane Roe and Ida Storm | May 3, 2025*", "Jane Roe and Ida Storm"),
        ("**Published:** 2025-05-03  \n**Author:** Jane Roe", "Jane Roe"),
        ("Published on May 3, 2025 by Jane Roe\nUpdated May 9, 2025", "Jane Roe"),
        ("Posted by Jane Roe on 2025-05-03 10:15", "Jane Roe"),
        ("by Jane Roe, Staff Writer\nMay 3, 2025 at 10:15 a.m.", "Jane Roe"),
        ("By [Jane Roe](https://elm.example/jane) · 3rd May 2025 · 4 min read", "Jane Roe"),
        ("> Date: 03.05.2025\n> Author: Jane Roe", "Jane Roe"),
        ("by Jane Roe\nHarbour Letters, Saturday 3 May 2025", "Jane Roe"),
        ("von Ida Storm (Port Elm), 3. Mai 2025, 10:15 Uhr", "Ida Storm"),
        ("Par Jeanne Roux, publié le 3 mai 2025 à 10h15", "Jeanne Roux"),
        ("Por Juana Ruiz\n3 de mayo de 2025", "Juana Ruiz"),
        ("di Gianna Rossi - 3 maggio 2025", "Gianna Rossi"),
        ("作者：张三\n2025年5月3日 10时15分", "张三"),
        ("Автор: Иван Петров\n3 мая 2025 г.", "Иван Петров"),
        ("Saturday, May 3, 2025", None),
        ("May 3, 2025, updated May 9, 2025", None),
    ],
)
def test_author_and_day_stand_below_the_title(lines: str, author: str | None) -> None:
    assert head_of(f"Port Elm widens its quay\n{lines}\n\n{TEXT}") == Head(author, DAY, "Port Elm widens its quay")
    assert head_of(f"# Port Elm widens its quay\n\n{lines}\n\n{TEXT}") == Head(author, DAY, "Port Elm widens its quay")


@pytest.mark.parametrize("line", ["PORT ELM, May 3, 2025 (Harbour News) — ", "Norr, Calder, 3 May 2025 – "])
def test_a_place_and_a_day_begin_the_first_sentence(line: str) -> None:
    assert head_of(line + TEXT) == Head(None, DAY)


def test_a_letter_begins_with_its_day() -> None:
    assert head_of(f"Elm, 3 May 2025\n\nDear Sir,\n\n{TEXT}") == Head(None, DAY)


def test_fields_at_the_start_are_taken_by_their_names() -> None:
    fields = "Title: The quay\nDate: 2025-05-03 10:20\nCategory: News\nAuthors: Jane Roe, Ida Storm\nSource: The Ledger"
    assert head_of(f"{fields}\n\n{TEXT}") == Head(
        "Jane Roe, Ida Storm", "2025-05-03T10:20:00", "The quay", "The Ledger"
    )


@pytest.mark.parametrize(
    "text",
    [
        "On 3 May 2025 the quay was closed.",
        "By 3 May 2025 the quay will be closed",
        "By Train to Elm",
        "By the sea stood a house.",
        "Meeting of 3 May 2025",
        "Invoice\nDue date: 3 May 2025",
        "Concert\nWhen: 3 May 2025\nWhere: Elm",
        "Concert\nElm Town Hall, 3 May 2025",
        "Last updated: 3 May 2025",
        "Timeline\n\n3 May 2025\n\nThe quay was closed.\n\n4 May 2025\n\nIt opened.",
        "The log\n2025-05-03 left Elm at dawn\n2025-05-04 reached Norr",
        "The winter storm of\n12 January 1902\ntook the pier away",
        "The quay\nPublished: 3 May 2935",
        "![The quay](quay.jpg)\n*Photo by Bo Lund, 1 May 2020*",
        "```\nBy Jane Roe, 3 May 2025\n```",
        "title: The quay",
    ],
)
def test_other_days_and_other_words_are_neither(text: str) -> None:
    assert head_of(f"{text}\n\n{TEXT}") == Head()


@pytest.mark.parametrize(
    "front",
    [
        "---\nTitle: The quay\nDate: 2025-05-03\nAuthor: Jane Roe\n---",
        "---\ntitle: The quay\npublished: true\ndate: 2025-05-03\nauthors:\n  - name: Jane Roe\n    url: x\n---",
        "---\ntitle: The quay\npubDate: May 03 2025\nauthor:\n  name: Jane Roe\n---",
        '---\ntitle: The quay\ndate_published: 3 mai 2025\nauthor:\n  - "[[Jane Roe]]"\ncreated: 2025-06-01\n---',
        '+++\ntitle = "The quay"\ndate = 2025-05-03\n[extra]\nauthor = "Jane Roe"\n+++',
        '{\n  "title": "The quay",\n  "date": "2025-05-03",\n  "author": {"name": "Jane Roe"}\n}',
        "% The quay\n% Jane Roe\n% May 3, 2025",
    ],
)
def test_front_matter_is_read_as_every_program_writes_it(tmp_path: Path, front: str) -> None:
    article = read(tmp_path / "a.md", f"{front}\n\n{TEXT}")
    assert (article.title, article.author, article.published) == ("The quay", "Jane Roe", DAY)
    assert article.text == TEXT.strip()


def test_an_address_in_the_place_of_a_source_is_an_address(tmp_path: Path) -> None:
    article = read(tmp_path / "a.md", f"---\ntitle: The quay\nsource: https://elm.example/quay\n---\n{TEXT}")
    assert (article.url, article.source) == ("https://elm.example/quay", None)


@pytest.mark.parametrize(
    ("name", "title", "day"),
    [
        ("2025-05-03-port-elm-widens.md", "Port elm widens", DAY),
        ("2025-05-03 Port Elm.txt", "Port Elm", DAY),
        ("2025-05-03.md", DAY, DAY),
        ("2935-05-03-port-elm.md", "2935-05-03 port elm", None),
        ("2025-19-03-port-elm.md", "2025-19-03 port elm", None),
        ("port-elm-2025-05-03.md", "Port elm 2025-05-03", None),
    ],
)
def test_the_name_of_a_post_begins_with_its_day(tmp_path: Path, name: str, title: str, day: str | None) -> None:
    article = read(tmp_path / name, TEXT)
    assert (article.title, article.published) == (title, day)
    assert read(tmp_path / name, f"---\ndate: 2025-05-04\n---\n{TEXT}").published == "2025-05-04"


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("Port Elm widens its quay\n", "Port Elm widens its quay"),
        ("Port Elm widens its quay\n===\n", "Port Elm widens its quay"),
        ("Dear Ida,\n", "A"),
        ("By Jane Roe\n", "A"),
        ("It rained in Elm.\n", "A"),
        ("the quay again\n", "A"),
        ("Port Elm widens its quay", "A"),
    ],
)
def test_a_line_that_is_set_apart_at_the_start_is_the_title(tmp_path: Path, first: str, title: str) -> None:
    assert read(tmp_path / "a.txt", f"{first}\n{TEXT}").title == title


def test_underlined_headings_are_sections_and_rules_are_none(tmp_path: Path) -> None:
    text = f"The quay\n========\n\n{TEXT}\nThe pier\n---\n\nIt stands.\n\n---\n\na | b\n---|---\n1 | 2\n\n- item\n---\n"
    article = read(tmp_path / "a.md", text)
    assert [mark.label for mark in article.marks] == ["The quay", "The pier"]
    assert all(article.text[mark.offset :].startswith(mark.label) for mark in article.marks)


def test_word_files_say_it_in_their_first_lines_too(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.author, document.core_properties.title = "Office PC", ""
    for line in ["Port Elm widens its quay", "By Jane Roe", "3 May 2025", *TEXT.split("\n\n")]:
        document.add_paragraph(line)
    document.save(tmp_path / "a.docx")
    article = read(tmp_path / "a.docx", (tmp_path / "a.docx").read_bytes())
    assert (article.title, article.author, article.published) == ("Port Elm widens its quay", "Jane Roe", DAY)
