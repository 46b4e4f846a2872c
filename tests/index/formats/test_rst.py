"""reStructuredText: sections by their underlines, the fields at the start."""

from __future__ import annotations

from pathlib import Path

from tests.index.formats.reading import read


def test_title_sections_and_fields_are_read_and_the_text_stays(tmp_path: Path) -> None:
    text = (
        "======\nHarbor\n======\n\n:Author: Ida Storm\n:Date: 2025-03-11\n:url: https://elm.example/h\n\nThe quay.\n\n"
        "Größe\n-----\n\nNine metres.\n\n=====  =====\nA      B\n=====  =====\n1      2\n=====  =====\n"
        "\nA longer line of words\n---"
    )
    article = read(tmp_path / "a.rst", f"\n{text}\n\n")
    assert article.text == text
    assert (article.title, article.author, article.published) == ("Harbor", "Ida Storm", "2025-03-11")
    assert article.url == "https://elm.example/h"
    assert [mark.label for mark in article.marks] == ["Harbor", "Größe"]
    assert all(article.text[mark.offset :].startswith(mark.label) for mark in article.marks)


def test_without_a_title_the_name_is_one(tmp_path: Path) -> None:
    assert read(tmp_path / "my_notes.rst", "Words.\n").title == "My notes"
