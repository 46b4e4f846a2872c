"""Questions that templates make of a text."""

from __future__ import annotations

import time

import pytest

from qa.suggesting.templates import askable


def made(text: str) -> dict[str, list[str]]:
    """Each question with the words that answer it."""
    return {each.question: [text[start:end] for start, end in each.places] for each in askable(text)}


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("A retired dentist, Oskar Lindqvist, paid for it.", "Who is Oskar Lindqvist?", "dentist"),
        ("It was found by the Chief Pilot Ida Moss.", "Who is Ida Moss?", "Chief Pilot"),
        ("Ida Moss, the chief vet of Tarnby, left.", "Who is Ida Moss?", "the chief vet of Tarnby"),
        ("She met Foreign Secretary Jan van der Berg.", "Who is Jan van der Berg?", "Foreign Secretary"),
        ("Ida Moss, 43, was there.", "How old is Ida Moss?", "43"),
        ("Crumbline, based in Sundholm, grows.", "Where is Crumbline based?", "Sundholm"),
        ("He reached Ostrava Nova, a town on the river, at noon.", "What is Ostrava Nova?", "a town on the river"),
    ],
)
def test_a_sentence_that_says_who_or_what_somebody_is_answers_that(text: str, question: str, answer: str) -> None:
    assert made(text) == {question: [answer]}


def test_all_that_somebody_says_is_one_question_by_the_full_name() -> None:
    text = "Ida Moss came early. It rained. Ms Moss said that she would stay. “Until May,” said Moss."
    assert made(text) == {"What did Ida Moss say?": ["Ms Moss said that she would stay. ", "“Until May,” said Moss."]}


def test_of_two_people_with_one_surname_neither_is_taken_for_the_other() -> None:
    assert made("Ida Moss and Otto Moss came. Moss said that it rained.") == {}


@pytest.mark.parametrize(
    "text",
    [
        "The Bank of Tarnby, a large bank, is a bank. On Monday Morning, a vet came.",
        "It was sold to the baker Brill & Sons, a vet in Pell.",
        "He works in Upper Lenn, a vet in tow.",
        "The ferry operator Brightwater Ferries has six ships.",
        "Ann Vane, the editor, contributed to this report.",
        "Her husband, Otto Brill said, is away.",
        "they came, a vet. 東京は雨だった。 über alles, a vet.",
        "",
        "   \n\n ",
    ],
)
def test_what_is_no_person_is_not_asked_about_as_one(text: str) -> None:
    assert not any(question.startswith("Who") for question in made(text))


def test_a_name_is_taken_whole_and_without_what_stands_before_it() -> None:
    text = "President Ana Maria Lopes de Sousa Prado, a former judge, left. Anna Vane's dog, a vet, barked."
    assert list(made(text)) == ["Who is Ana Maria Lopes de Sousa Prado?"]


@pytest.mark.parametrize(
    "text",
    [
        "A." * 6000,
        "Aa " * 4000,
        "A" * 12_000,
        ("-" * 300 + " Ab Cd, a b. ") * 30,
        "Ab Cd, " * 2000,
        f"The vet {'Ab' * 80} {'Cd' * 80} left.",
        "<b>Ab Cd</b>, a vet, [x](y) `z` said **so**.",
    ],
)
def test_no_text_takes_long_or_makes_a_question_long(text: str) -> None:
    started = time.perf_counter()
    for question in made(text):
        assert len(question) < 100
        assert not set(question) & set("<>[]()*_`\n")
    assert time.perf_counter() - started < 5
