"""The questions in other languages are sound, and answers to them are judged as the module says."""

from __future__ import annotations

import pytest

from bench.abroad import EDITIONS, Question, Verdict, articles_of, questions_of, verdict_of
from qa.answer import Answer, Citation

CITATION = Citation("a", "Titel", None, None, None, 0, 12, "Sie hielt am", None, None)


def answer(text: str) -> Answer:
    return Answer("Wer?", "Wer?", text, not text, 0.8, "extractive", (CITATION,) if text else ())


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_quote_stands_in_an_article_of_its_language(edition: int) -> None:
    articles, questions = articles_of(edition), questions_of(edition)
    assert len({each.id for each in questions}) == len(questions) >= 100
    assert sum(not each.answers for each in questions) >= 20
    for each in questions:
        assert bool(each.answers) == bool(each.quote)
        assert any(each.quote in article.text for article in articles[each.language])


@pytest.mark.parametrize(
    ("kind", "answers", "text", "verdict"),
    [
        ("who", ("Anna Vane",), "Vane", "right"),
        ("who", ("Anna Vane",), "der Kapitän", "wrong"),
        ("who", ("Anna Vane",), "", "refused"),
        ("who", (), "", "refused"),
        ("who", (), "Anna Vane", "wrong"),
        ("why", ("weil Nebel lag",), "Sie hielt, weil Nebel lag.", "right"),
        ("why", ("weil Nebel lag",), "Sie hielt am Montag.", "wrong"),
        ("list", ("Ara", "Bel", "Cor", "Dun"), "Ara, Bel und Cor", "right"),
        ("list", ("Ara", "Bel", "Cor", "Dun"), "Ara und Bel", "wrong"),
        ("yesno", ("Nein", "Nein, sie hielt"), "Nein. Sie hielt am Montag in Amsel.", "right"),
        ("yesno", ("Nein", "Nein, sie hielt"), "Sie hielt am Montag in Amsel.", "shown"),
        ("yesno", ("Nein", "Nein, sie hielt"), "Ja. Sie fuhr weiter.", "wrong"),
        ("what", ("樟公",), "樟公", "right"),
    ],
)
def test_an_answer_is_right_by_its_words(kind: str, answers: tuple[str, ...], text: str, verdict: Verdict) -> None:
    quote = "Sie hielt am Montag in Amsel." if answers else ""
    assert verdict_of(Question("x", "de", kind, "Wer?", answers, quote), answer(text)) == verdict
