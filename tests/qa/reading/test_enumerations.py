"""Lists in sentences and line by line, and what is none."""

from __future__ import annotations

import time

import pytest

from qa.reading.enumerations import enumerations


def said(text: str) -> list[list[str]]:
    return [[text[start:end] for start, end in items] for items in enumerations(text)]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("The Tarnby Owls, the Brenn Foxes, and the Kell Rovers lost.", ["Tarnby Owls", "Brenn Foxes", "Kell Rovers"]),
        ("They closed Arvid Studio and Bell & Sons in May.", ["Arvid Studio", "Bell & Sons"]),
        ("It tests Ara (for sleep), Bel (for pain) and Cor (for both).", ["Ara", "Bel", "Cor"]),
        ("The draw: Tarnby vs. Brenn", ["Tarnby", "Brenn"]),
        ("It pays Arvid, Kell Bros. Radio and Dr. Ann Vane.", ["Arvid", "Kell Bros. Radio", "Dr. Ann Vane"]),
        ("It bought Kell Inc. Then Arvid and Brenn came.", ["Then Arvid", "Brenn"]),
        ("On the bench: Ann Vane, Otto Brill, Mia Orr", ["Ann Vane", "Otto Brill", "Mia Orr"]),
    ],
)
def test_names_in_a_sentence_are_taken_one_by_one(text: str, items: list[str]) -> None:
    assert said(text) == [items]


def test_lines_that_end_with_semicolons_are_one_list() -> None:
    text = "It forbids:\n\nscoring of people;\n\nmaps of faces, and\n\nnight flights.\n\nThe council agreed."
    assert said(text) == [["scoring of people", "maps of faces", "night flights"]]


def test_lines_with_marks_or_numbers_are_one_list() -> None:
    assert said("Bring:\n- red apples\n- green pears\n\nThat is all.") == [["red apples", "green pears"]]
    assert said("1. Anna came\n2) Otto left\n") == [["Anna came", "Otto left"]]


@pytest.mark.parametrize("text", ["", "Nobody came.", "The mayor spoke, and the band played.", "Anna Vane spoke."])
def test_what_lists_nothing_is_no_list(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize("part", ["Ab ", "A, ", "A and ", "Aa.", "(", "A (b) ", "Ab of the ", "- a\n"])
def test_a_long_text_is_read_in_little_time(part: str) -> None:
    started = time.process_time()
    enumerations(part * 2000)
    assert time.process_time() - started < 2
