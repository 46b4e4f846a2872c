"""The Chroma store on its own: what goes in comes out, and the scores are what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings

from index import Article, Mark, Passage, PassageFilter
from index.embedding.embedder import Vectors
from index.errors import StoreError
from index.split import split_article
from index.storage.chroma import ChromaStore, Put
from tests.fakes import WordEmbedder

EMBEDDER = WordEmbedder()
TIDES = Article(
    id="tides",
    title="Tides",
    text=" \r\nThe tide rose.\r\n\r\nThen the tide fell, e\u0301 and 🎻. "
    + "Boats lay on the sand for hours. " * 6
    + "\n ",
    url="https://example.org/tides",
    source="Coast Post",
    author="Nora",
    published="2025-03-13",
    retrieved_at="2025-03-14T10:00:00+00:00",
    language="en",
    marks=(Mark(0, "page", "1"), Mark(20, "section", "Later — “quoted”")),
)
BREAD = Article(id="bread", text="Bread is dear. Flour is dearer.", published="2024", source="Farm Weekly")


def put(store: ChromaStore, article: Article) -> list[Passage]:
    passages = split_article(article, 100)
    store.put([Put(article, passages, vectors_of(passages))])
    return passages


def vectors_of(passages: list[Passage]) -> Vectors:
    return EMBEDDER.embed_passages([passage.text for passage in passages])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ChromaStore]:
    client = chromadb.PersistentClient(str(tmp_path / "chroma"), settings=Settings(anonymized_telemetry=False))
    opened = ChromaStore(client, "here")
    yield opened
    opened.close()


def test_an_article_comes_back_as_it_was_given(store: ChromaStore) -> None:
    for article in (TIDES, BREAD):
        put(store, article)
    for article in (TIDES, BREAD):
        assert store.article(store.summaries([article.id])[article.id]) == article


def test_passages_come_back_as_they_were_given_and_in_order(store: ChromaStore) -> None:
    passages = put(store, TIDES)
    assert len(passages) > 2
    assert store.passages([passage.id for passage in passages]) == {passage.id: passage for passage in passages}
    assert store.article_passages(store.summaries()["tides"]) == passages


def test_passages_that_an_earlier_version_wrote_with_their_texts_as_documents_are_read(store: ChromaStore) -> None:
    passages = put(store, TIDES)
    found = store._passages.get(include=["metadatas", "embeddings"])
    without = [{name: value for name, value in each.items() if name != "text"} for each in found["metadatas"]]
    store._passages.delete(ids=found["ids"])
    texts = {passage.id: passage.text for passage in passages}
    documents = [texts[key] for key in found["ids"]]
    store._passages.add(ids=found["ids"], embeddings=found["embeddings"], metadatas=without, documents=documents)
    assert store.passages(list(texts)) == {passage.id: passage for passage in passages}
    assert store.article(store.summaries()["tides"]) == TIDES


def test_a_summary_says_all_but_the_text(store: ChromaStore) -> None:
    passages = put(store, TIDES)
    summary = store.summaries()["tides"]
    assert (summary.characters, summary.passages) == (len(TIDES.text), len(passages))
    for name in ("id", "title", "url", "source", "author", "published", "retrieved_at", "language", "content_hash"):
        assert getattr(summary, name) == getattr(TIDES, name)


def test_counts_and_ids_are_of_what_is_there(store: ChromaStore) -> None:
    assert store.counts() == (0, 0)
    passages = [*put(store, TIDES), *put(store, BREAD)]
    assert store.counts() == (2, len(passages))
    assert store.passage_ids() == {passage.id for passage in passages}


def test_what_is_not_there_is_left_out(store: ChromaStore) -> None:
    put(store, BREAD)
    assert store.summaries(["bread", "gone"]).keys() == {"bread"}
    assert store.summaries([]) == {}
    assert store.passages(["gone"]) == {}
    assert store.vectors(["gone"]) == {}
    assert store.vectors([]) == {}


def test_the_cosine_is_the_dot_product_of_the_vectors(store: ChromaStore) -> None:
    passages = [*put(store, TIDES), *put(store, BREAD)]
    by_id = dict(zip((passage.id for passage in passages), vectors_of(passages), strict=True))
    [question] = EMBEDDER.embed_queries(["when did the tide fall"])
    [results] = store.search(question[np.newaxis], 100)
    assert dict(results) == pytest.approx({key: float(vector @ question) for key, vector in by_id.items()}, abs=1e-5)
    scores = [score for _, score in results]
    assert scores == sorted(scores, reverse=True)
    for key, vector in store.vectors(sorted(by_id)).items():
        np.testing.assert_allclose(vector, by_id[key], atol=1e-6)


def test_opposite_vectors_score_minus_one(store: ChromaStore) -> None:
    [passage] = put(store, BREAD)
    [results] = store.search(-vectors_of([passage]), 1)
    assert results == [(passage.id, pytest.approx(-1, abs=1e-5))]


def test_a_search_for_more_than_there_is_gives_all(store: ChromaStore) -> None:
    question = EMBEDDER.embed_queries(["tide", "bread"])
    assert store.search(question, 5) == [[], []]
    passages = put(store, BREAD)
    assert [len(results) for results in store.search(question, 500)] == [len(passages)] * 2
    assert store.search(question[:0], 5) == []


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (PassageFilter(), {"tides", "bread"}),
        (PassageFilter(article_ids=("bread",)), {"bread"}),
        (PassageFilter(article_ids=("gone",)), set()),
        (PassageFilter(sources=("Coast Post", "Nobody")), {"tides"}),
        (PassageFilter(published_from="2025"), {"tides"}),
        (PassageFilter(published_to="2024-12-31"), {"bread"}),
        (PassageFilter(languages=("en",)), {"tides"}),
        (PassageFilter(languages=("de", "fr")), set()),
        (PassageFilter(("bread",), ("Coast Post",)), set()),
        (PassageFilter((), ("Coast Post",), "2025-03-13", "2025-03-13"), {"tides"}),
    ],
)
def test_filters_narrow_a_search_by_meaning(store: ChromaStore, where: PassageFilter, expected: set[str]) -> None:
    owner = {passage.id: passage.article_id for article in (TIDES, BREAD) for passage in put(store, article)}
    [results] = store.search(EMBEDDER.embed_queries(["tide"]), 100, where)
    assert {owner[key] for key, _ in results} == expected


def test_another_version_leaves_the_passages_of_the_first_as_orphans(store: ChromaStore) -> None:
    old = put(store, BREAD)
    new = put(store, Article(id="bread", text="Bread is cheap."))
    assert store.orphans() == {passage.id for passage in old}
    everything = store.passages([passage.id for passage in (*old, *new)])
    assert store.live(everything).keys() == {passage.id for passage in new}
    assert store.article_passages(store.summaries()["bread"]) == new
    store.drop_passages(sorted(store.orphans()))
    assert store.orphans() == set()
    assert store.counts() == (1, len(new))


def test_without_its_record_an_article_is_gone_and_its_passages_are_orphans(store: ChromaStore) -> None:
    passages = put(store, TIDES)
    put(store, BREAD)
    store.drop_record("tides")
    assert store.summaries().keys() == {"bread"}
    assert store.orphans() == {passage.id for passage in passages}
    assert store.live(store.passages([passage.id for passage in passages])) == {}


def test_an_article_that_lacks_a_passage_is_an_error_and_not_a_shorter_text(store: ChromaStore) -> None:
    passages = put(store, TIDES)
    summary = store.summaries()["tides"]
    store.drop_passages([passages[1].id])
    with pytest.raises(StoreError) as raised:
        store.article(summary)
    assert str(raised.value).startswith("The stored text of article tides in here is damaged")
    assert str(raised.value).endswith("Add the article again.")


def test_more_rows_than_go_into_one_call_are_all_there(store: ChromaStore) -> None:
    article = Article(
        id="long", text="".join(f"Line {number} of many lines, each quite long.\n" for number in range(2300))
    )
    passages = split_article(article, 100)
    assert len(passages) > 1000
    store.put([Put(article, passages, vectors_of(passages))])
    assert store.counts() == (1, len(passages))
    assert len(store.vectors([passage.id for passage in passages])) == len(passages)
    assert store.article(store.summaries()["long"]) == article
    store.drop_passages([passage.id for passage in passages])
    assert store.counts() == (1, 0)


def test_what_chroma_refuses_is_a_store_error_that_names_the_place(store: ChromaStore) -> None:
    put(store, BREAD)
    with pytest.raises(StoreError, match=r"^Chroma could not do what was asked at here: "):
        store.search(np.ones((1, 3), dtype=np.float32), 1)


def test_a_search_among_known_ids_finds_what_the_filter_finds(store: ChromaStore) -> None:
    tides = [passage.id for passage in put(store, TIDES)]
    put(store, BREAD)
    asked = EMBEDDER.embed_queries(["flour and tide"])
    where = PassageFilter(sources=("Coast Post",))
    by_filter = store.search(asked, 10, where)
    assert {passage_id for passage_id, _ in by_filter[0]} == set(tides)
    assert store.search(asked, 10, where, tides) == by_filter
    assert store.search(asked, 10, where, tides[:1])[0][0][0] == tides[0]  # no other is looked at
    assert store.search(asked, 10, where, []) == [[]]


def test_an_index_that_was_made_to_search_less_widely_is_widened_when_something_is_added(tmp_path: Path) -> None:
    def client() -> chromadb.ClientAPI:
        return chromadb.PersistentClient(str(tmp_path / "chroma"), settings=Settings(anonymized_telemetry=False))

    def ef_search(of: chromadb.ClientAPI) -> int:
        found = of.get_collection("article-qa-passages", embedding_function=None).configuration_json["hnsw"][
            "ef_search"
        ]
        return int(found)

    made = client()
    made.create_collection("article-qa-passages", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    before = ef_search(made)
    store = ChromaStore(made, "here")
    put(store, BREAD)
    store.close()
    again = client()
    after = ef_search(again)
    found = ChromaStore(again, "here").search(vectors_of(split_article(BREAD, 100)), 3)
    again.close()
    assert (before, after) == (100, 400)
    assert len(found[0]) == 1
