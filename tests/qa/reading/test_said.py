"""What somebody said is answered by their own words, and by nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import Article, ArticleIndex
from index.embedding.embedder import SentenceTransformerEmbedder
from qa import ArticleQA

STORIES = (
    Article(
        "port",
        "The port of Tarnby will grow to twice its size. Ida Aske, who runs the port, defended the plan on Monday. “We "
        "turn away forty ships a year,” she said. “Room is what we lack.” Wim Roe, a fisherman, called the port's plan "
        "a disaster. “The eels will be gone,” Roe said.",
        title="Tarnby's port grows",
        published="2025-03-03",
    ),
    Article(
        "letter",
        "The school of Brenn lost its only bus in the flood. In a letter to parents, the headmaster Per Lund wrote of "
        "the bus:\n\nWe have asked the county for another one. Until then children will be fetched by boat.\n\nThe "
        "county has not answered.",
        title="No bus for Brenn",
        published="2025-04-12",
    ),
)


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder) -> Iterator[ArticleQA]:
    with ArticleIndex.open(tmp_path_factory.mktemp("said") / "index", embedder=real_embedder) as articles:
        articles.add(STORIES)
        yield ArticleQA(articles)


def test_who_is_asked_about_is_quoted_and_not_who_speaks_beside_them(qa: ArticleQA) -> None:
    answer = qa.ask("What did Ida Aske say about the port?")
    assert "forty ships" in answer.text
    assert "eels" not in answer.text
    assert "eels" in qa.ask("What did Wim Roe say about the port?").text


def test_what_a_colon_leads_to_is_told_with_it(qa: ArticleQA) -> None:
    assert "asked the county" in qa.ask("What did Per Lund say about the bus?").text


def test_who_does_not_speak_is_not_answered_for(qa: ArticleQA) -> None:
    answer = qa.ask("What did Ida Aske say about the bus in Brenn?")
    assert answer.abstained
