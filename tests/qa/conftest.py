"""The question side over the stories, with the real models."""

from __future__ import annotations

import pytest

from index import ArticleIndex
from qa import AnswerSettings, ArticleQA
from qa.reading.network import ReaderNetwork


@pytest.fixture(scope="session", autouse=True)
def weights_in_use() -> ReaderNetwork:
    """Keep the reader's weights, which all readers of a process share, between tests."""
    network = ReaderNetwork()
    network.load()
    return network


@pytest.fixture(scope="session")
def willing() -> AnswerSettings:
    """A threshold between what the stories answer and what they do not, wherever the default stands."""
    return AnswerSettings(threshold=0.1)


@pytest.fixture(scope="session")
def real_qa(real_articles: ArticleIndex, willing: AnswerSettings) -> ArticleQA:
    """Answers from the stories in tests/conftest.py. For asking only."""
    return ArticleQA(real_articles, settings=willing)
