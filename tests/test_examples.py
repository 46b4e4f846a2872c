"""The sample articles and the questions about them keep what they promise."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index import Article
from index.formats import SourceFailure, find_sources, read_source

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def sources() -> list[str]:
    return find_sources(EXAMPLES / "articles")


@pytest.fixture(scope="module")
def articles(sources: list[str]) -> list[Article]:
    read = [item for source in sources for item in read_source(source)]
    assert not [item for item in read if isinstance(item, SourceFailure)]
    return [item for item in read if isinstance(item, Article)]


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (EXAMPLES / "questions.jsonl").read_text(encoding="utf-8").splitlines()]


def answers(question: dict[str, Any]) -> list[str]:
    """The answer of a question and its other spellings; none for one that the articles do not answer."""
    return [text for text in (question.get("answer"), *question.get("aliases", ())) if text]


def test_there_are_at_least_fifteen_articles_in_at_least_three_formats(
    sources: list[str], articles: list[Article]
) -> None:
    assert len(articles) >= 15
    assert len({Path(source).suffix for source in sources}) >= 3
    assert len({article.id for article in articles}) == len(articles)


def test_every_article_has_a_title_a_source_a_date_and_an_author(articles: list[Article]) -> None:
    lacking = [
        (article.title or article.id, name)
        for article in articles
        for name in ("title", "source", "published", "author")
        if not getattr(article, name)
    ]
    assert lacking == []
    assert len({article.title for article in articles}) == len(articles)


def test_every_article_has_250_to_700_words(articles: list[Article]) -> None:
    lengths = {article.title: len(article.text.split()) for article in articles}
    assert {title: words for title, words in lengths.items() if not 250 <= words <= 700} == {}


def test_every_answer_stands_in_the_article_that_it_names_and_every_alias_in_some_article(
    articles: list[Article], questions: list[dict[str, Any]]
) -> None:
    texts = {article.title: article.text for article in articles}
    missing = [
        (question["id"], answer)
        for question in questions
        for answer in answers(question)
        if not any(answer in text for text in texts.values())
        or (answer == question["answer"] and answer not in texts[question["article"]])
    ]
    assert missing == []


def test_there_are_25_short_questions_and_each_has_an_answer_or_alias_that_stands_in_a_sample_article(
    articles: list[Article], questions: list[dict[str, Any]]
) -> None:
    lines = (EXAMPLES / "short_questions.jsonl").read_text(encoding="utf-8").splitlines()
    short = [json.loads(line) for line in lines]
    assert len(short) == 25
    assert len({question["question"] for question in short}) == 25
    assert all(question["answer"] for question in short)
    missing = [
        question["question"]
        for question in short
        if not any(answer in article.text for answer in answers(question) for article in articles)
    ]
    assert missing == []
    # They check what the others were used to build.
    assert not {question["question"] for question in short} & {question["question"] for question in questions}


def test_the_ids_and_the_questions_are_unique(questions: list[dict[str, Any]]) -> None:
    for name in ("id", "question"):
        counts = Counter(question[name] for question in questions)
        assert [value for value, count in counts.items() if count > 1] == []


def test_at_least_fifty_questions_have_no_answer_and_at_least_fifty_have_one(questions: list[dict[str, Any]]) -> None:
    unanswerable = [question for question in questions if not answers(question)]
    assert len(unanswerable) >= 50
    assert len(questions) - len(unanswerable) >= 50
