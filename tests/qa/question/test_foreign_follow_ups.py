"""Follow-ups in other languages, by the words of their tables."""

from __future__ import annotations

import pytest

from qa.question.follow_ups import FollowUps
from qa.question.foreign_follow_ups import foreign_tongue

BEFORE = {
    "de": ("Wer hat die Brücke entworfen?", "Mira Feldkamp", "hat die Brücke entworfen, Mira Feldkamp"),
    "es": ("¿Quién ganó la carrera?", "Marina Rojas", "ganó la carrera, Marina Rojas"),
    "fr": ("Qui a gagné la course ?", "Luc Arnaud", "a gagné la course, Luc Arnaud"),
    "ru": ("Кто выиграл турнир?", "Тимур Садыков", "выиграл турнир, Тимур Садыков"),
    "zh": ("青屿女足的前锋是谁？", "韩雪", "青屿女足的前锋是, 韩雪"),
}


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("de", "Und wer hat sie gebaut?", "Und wer hat sie gebaut"),
        ("de", "Warum?", "Warum"),
        ("de", "Wann wurde ihm das Geld gezahlt?", "Wann wurde ihm das Geld gezahlt"),
        ("es", "¿Y quién fue segunda?", "¿Y quién fue segunda"),
        ("fr", "Et où habite-t-elle ?", "Et où habite-t-elle"),
        ("ru", "А кто его тренирует?", "А кто его тренирует"),
        ("zh", "那教练是谁？", "那教练是谁"),
    ],
)
def test_behind_what_points_back_stands_what_was_asked_before(language: str, question: str, expected: str) -> None:
    asked, answer, left_out = BEFORE[language]
    assert FollowUps().standalone(question, [(asked, answer)]) == f"{expected} ({left_out})?"


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("de", "Wie viele Menschen leben in Hagelstein?"),
        ("es", "¿Cuántos habitantes tiene la ciudad de Almena?"),
        ("ru", "Сколько стоит билет на паром в Ладогу?"),
        ("zh", "新的图书馆是什么时候在青屿开放的？"),
    ],
)
def test_a_question_that_stands_alone_stays_as_it_is(language: str, question: str) -> None:
    asked, answer, _ = BEFORE[language]
    assert FollowUps().standalone(question, [(asked, answer)]) == question


def test_the_language_of_two_words_is_that_of_the_question_before() -> None:
    assert foreign_tongue("wann genau", BEFORE["de"][0]) == "de"
    assert foreign_tongue("when exactly", "Who built it?") is None
    assert foreign_tongue("Who built the bridge over the Lind?", BEFORE["de"][0]) is None
