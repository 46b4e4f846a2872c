"""The languages' measurement: which questions are asked, and what is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.languages import Asked, articles_of, ask, questions_of, row
from index import ArticleIndex
from tests.bench.conftest import write_lines
from tests.fakes import WordEmbedder


def record(record_id: str, title: str, context: str, question: str, answer: str) -> dict[str, object]:
    answers = [{"text": answer, "start": context.index(answer)}]
    asked = {"id": record_id, "question": question, "answers": answers}
    return asked | {"title": title, "context": context}


@pytest.fixture
def languages(tmp_path: Path) -> Path:
    for language, ferry, crew, quay in (
        ("de", "Die Fähre Möwe fährt nach Süden.", "Sieben Leute fahren mit.", "Der Kai ist neu."),
        ("ru", "Паром Чайка идёт на юг.", "Семь человек едут.", "Причал новый."),
    ):
        write_lines(
            tmp_path / "languages" / f"xquad_{language}.jsonl.gz",
            [
                record(f"{language}-1", "Ferry", ferry, "Q1?", ferry.split()[1]),
                record(f"{language}-2", "Ferry", crew, "Q2?", crew.split()[0]),
                record(f"{language}-3", "Ferry", crew, "Q3?", crew.split()[1]),
                record(f"{language}-4", "Quay", quay, "Q4?", quay.split()[0]),
            ],
        )
    return tmp_path


def test_an_article_is_all_paragraphs_of_a_title_once(languages: Path) -> None:
    [ferry, quay] = articles_of("de", languages)
    assert (ferry.id, ferry.title) == ("Ferry", "")
    assert ferry.text == "Die Fähre Möwe fährt nach Süden.\n\nSieben Leute fahren mit."
    assert quay.text == "Der Kai ist neu."


def test_the_same_questions_are_asked_in_every_language(languages: Path) -> None:
    german, russian = (questions_of(language, languages) for language in ("de", "ru"))
    assert [each.text for each in german] == [each.text for each in russian]
    assert {each.text: each.answers for each in russian}["Q2?"] == ("Семь",)


def test_a_question_is_counted_by_its_passages_and_its_answer(languages: Path, tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        articles.add(articles_of("de", languages))
        asked = ask(articles, questions_of("de", languages), "de")
    assert [each.hit for each in asked] == [1.0] * 4


def test_what_is_not_answered_at_the_threshold_counts_as_nothing() -> None:
    asked = [Asked(1.0, 0.9, 0.5, 0.0, True), Asked(0.0, 0.1, 1.0, 1.0, False), Asked(1.0, -1.0, 0.0, 0.0, False)]
    found = row("de", asked, threshold=0.5)
    assert (found["n"], found["hit@4"], found["answered"]) == (3, pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert (found["f1"], found["exact"]) == (pytest.approx(0.5 / 3), 0.0)
    assert (found["must: f1"], found["must: exact"]) == (pytest.approx(0.5), pytest.approx(1 / 3))
    assert (found["held out"], found["held out, must: f1"]) == (1, 0.5)
