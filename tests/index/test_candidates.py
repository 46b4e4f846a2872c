"""The ways in which a search by meaning is narrowed: whichever is taken, the same is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import Article, ArticleIndex, PassageFilter
from index.filter import NO_FILTER
from index.storage.chroma import ChromaStore
from tests.fakes import WordEmbedder

PORTS = ["Elswick", "Tarnby", "Kestrel", "Brightwater", "Harrow", "Lindmouth", "Gullhaven", "Stonequay"]
MAY = PassageFilter(published_from="2023-05", published_to="2023-05")


@pytest.fixture
def articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path_factory.mktemp("index"), embedder=WordEmbedder()) as opened:
        opened.add(
            Article(f"port-{at}", f"The harbour of {port} sold {at} boats.", published=f"2023-{5 - at % 2:02}-03")
            for at, port in enumerate(PORTS)
        )
        yield opened


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How Chroma was asked."""
    asked: list[str] = []
    search = ChromaStore.search

    def noted(self, vectors, top_k, where=NO_FILTER, allowed=None):
        asked.append("among ids" if allowed is not None else "by metadata" if where else "all")
        return search(self, vectors, top_k, where, allowed)

    monkeypatch.setattr(ChromaStore, "search", noted)
    return asked


def in_may(articles: ArticleIndex, question: str) -> dict[str, tuple[float, float]]:
    [found] = articles.search(articles.embedder.embed_queries([question]), [question], 2, MAY)
    return dict(found.scores)


@pytest.mark.parametrize(
    "question", ["boats of Elswick and Kestrel", "boats of Tarnby, Brightwater, Lindmouth, Stonequay"]
)
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"_LISTED": 50_000, "_WIDER": 4, "_DEARER": 6}, ["among ids"]),  # few are allowed
        ({"_LISTED": 50_000, "_WIDER": 4, "_DEARER": 0}, ["all"]),
        ({"_LISTED": 50_000, "_WIDER": 1, "_DEARER": 0}, ["all", "among ids"]),  # the four nearest of all have no two
        ({"_LISTED": 0, "_WIDER": 4, "_DEARER": 6}, ["all"]),
        ({"_LISTED": 0, "_WIDER": 1, "_DEARER": 6}, ["all", "by metadata"]),
    ],
)
def test_each_way_to_narrow_a_search_finds_the_same(
    articles: ArticleIndex, ways: list[str], settings: dict[str, int], expected: list[str], question: str
) -> None:
    among_ids = in_may(articles, question)
    ways.clear()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setattr(f"index.candidates.{name}", value)
        found = in_may(articles, question)
    assert ways == (expected if "Tarnby" in question else expected[:1])
    assert len(found) >= 2
    assert found.keys() == among_ids.keys()
    assert all(found[key] == pytest.approx(among_ids[key]) for key in found)


def test_a_filter_that_allows_nothing_finds_nothing(articles: ArticleIndex) -> None:
    words = ["harbour"]
    [found] = articles.search(articles.embedder.embed_queries(words), words, 3, PassageFilter(published_from="2024"))
    assert found.scores == {}
