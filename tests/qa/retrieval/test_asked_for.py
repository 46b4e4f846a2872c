"""Which articles somebody else asks for: what there is not is an error that names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Article, ArticleIndex, PassageFilter
from index.errors import ArticleQAError
from qa.retrieval.asked_for import narrowed
from tests.fakes import WordEmbedder


def index(folder: Path, *sources: str | None) -> ArticleIndex:
    articles = ArticleIndex.open(folder / "index", embedder=WordEmbedder())
    texts = (f"The ferry number {at} sails at noon." for at in range(len(sources)))
    articles.add(Article(id=str(at), text=text, source=sources[at]) for at, text in enumerate(texts))
    return articles


def test_what_there_is_narrows(tmp_path: Path) -> None:
    with index(tmp_path, "Coast Post", None) as articles:
        where = narrowed(articles, ["0"], ["Coast Post"], ("2023", None), None)
    assert where == PassageFilter(("0",), ("Coast Post",), "2023", None, ())


def test_for_what_there_is_the_articles_are_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with index(tmp_path, "Coast Post", None) as articles:
        monkeypatch.setattr(articles, "list", lambda: pytest.fail("it listed all articles"))
        assert narrowed(articles, None, ["Coast Post"], (None, None), ["en"]).languages == ("en",)
        with pytest.raises(pytest.fail.Exception):
            narrowed(articles, None, ["Coast Post"], (None, None), ["nl"])


def test_of_very_many_sources_some_are_named(tmp_path: Path) -> None:
    with index(tmp_path, *(f"Paper {at:02}" for at in range(11))) as articles, pytest.raises(ArticleQAError) as raised:
        narrowed(articles, None, ["Post", "Paper 03"], (None, None), None)
    named = ", ".join(f"Paper {at:02}" for at in range(8))
    assert str(raised.value) == f"No article has the source Post. There are {named} and 3 more."


def test_where_no_article_names_a_source_that_is_said(tmp_path: Path) -> None:
    with index(tmp_path, None) as articles, pytest.raises(ArticleQAError, match="None of them names one"):
        narrowed(articles, None, ["Post"], (None, None), None)


def test_where_there_is_no_article_any_source_may_be_asked_for(tmp_path: Path) -> None:
    with index(tmp_path) as articles:
        assert narrowed(articles, None, ["Post"], (None, None), None).sources == ("Post",)
