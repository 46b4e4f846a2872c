"""The Chroma store: passages with their vectors, and one record for each article. Converts Chroma's values, here only.

An article is there when its record is there. Its passages are written before the record and name the version of the
article in their ids, so a version without a record is never shown, and `orphans` finds what to clean away.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from index.article import Article, ArticleSummary, Location, Mark, Passage
from index.embedding.engines import Vectors
from index.errors import ArticleDamagedError, ServerUnavailableError, StoreError
from index.filter import NO_FILTER, PassageFilter, is_unicode
from index.language import language_of
from index.locations import locations_to_json
from index.split import version_key
from index.storage.rows import (
    OPTIONAL,
    article_metadata,
    if_readable,
    passage_metadata,
    passage_of_row,
    rows_of,
    summary_of_row,
)

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection as ChromaCollection

# Rows in one call: below SQLite's limit on variables, and a few megabytes of a server's request.
_ROWS = 1000
# How many vectors a search compares while it follows the graph: docs/decisions.md, "The store".
_EF_SEARCH = 400
_HNSW: CreateCollectionConfiguration = {"hnsw": {"space": "cosine", "ef_search": _EF_SEARCH}}


@dataclass(frozen=True, slots=True)
class Put:
    """An article that is ready to be stored."""

    article: Article
    passages: Sequence[Passage]
    vectors: Vectors


class ChromaStore:
    """The two collections of one index behind a Chroma client of any kind. Not thread-safe; no locking of its own."""

    def __init__(self, client: ClientAPI, place: str, name: str = "article-qa") -> None:
        """Open the collections, and make them where they are missing."""
        self._client = client
        self._place = place
        with self._translated():
            self._passages = self._collection(f"{name}-passages")
            self._articles = self._collection(f"{name}-articles")

    def close(self) -> None:
        """Give the client back; an embedded Chroma reads its files anew the next time one is made."""
        self._client.close()

    def catch_up(self) -> None:
        """Have Chroma apply to its vector files what is in its log, which it does before its first answer."""
        for collection in (self._passages, self._articles):
            with self._translated():
                collection.get(limit=1, include=["embeddings"])

    def _collection(self, name: str) -> ChromaCollection:
        return self._client.get_or_create_collection(name, embedding_function=None, configuration=_HNSW)

    # What is there

    def identity(self) -> str:
        """The id of the collection of articles, which no other store has."""
        return str(self._articles.id)

    def counts(self) -> tuple[int, int]:
        """The number of articles and of passages."""
        with self._translated():
            return self._articles.count(), self._passages.count()

    def summaries(self, article_ids: Sequence[str] | None = None) -> dict[str, ArticleSummary]:
        """The records of all articles, or of those given that exist, by id."""
        if article_ids is None:
            return dict(self._pages(self._articles, summary_of_row))
        return dict(self._by_id(self._articles, article_ids, summary_of_row))

    def passage_ids(self) -> set[str]:
        """The ids of all passages, with those of a version that has no record."""
        with self._translated():
            return set(self._passages.get(include=[])["ids"])

    def lacking(self, passage_ids: Sequence[str]) -> set[str]:
        """Those of these ids that no passage has."""
        missing = set(passage_ids)
        for at in range(0, len(passage_ids), _ROWS):
            with self._translated():
                missing -= set(self._passages.get(ids=list(passage_ids[at : at + _ROWS]), include=[])["ids"])
        return missing

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """The passages with these ids, those that exist."""
        return dict(self._by_id(self._passages, passage_ids, passage_of_row))

    def article_passages(self, summary: ArticleSummary) -> list[Passage]:
        """All passages of this version of an article, in order."""
        with self._translated():
            result = self._passages.get(where={"article_id": summary.id}, include=["metadatas", "documents"])
        key = version_key(summary.id, summary.content_hash)
        found = [passage for _, passage in rows_of(result, passage_of_row) if passage.id.startswith(key)]
        return sorted(found, key=lambda passage: passage.start)

    def article(self, summary: ArticleSummary) -> Article:
        """An article, its text put together from its passages. Raises ArticleDamagedError where a part is missing."""
        text = ""
        for passage in self.article_passages(summary):
            text += passage.text[max(0, len(text) - passage.start) :]
        with self._translated():
            metadata = self._articles.get(ids=[summary.id], include=["metadatas"])["metadatas"]
        about = metadata[0] if metadata else {}
        article = Article(
            id=summary.id,
            text=text,
            title=summary.title,
            marks=tuple(Mark(*mark) for mark in json.loads(str(about.get("marks", "[]")))),
            guessed_language=about.get("guessed_language") or (None if summary.language else language_of(text)),
            locations=summary.locations,
            **{name: getattr(summary, name) for name in OPTIONAL},
        )
        if article.content_hash != summary.content_hash:
            raise ArticleDamagedError(
                f"The stored text of article {summary.id} in {self._place} is damaged: it does not match its hash. "
                f"Add the article again."
            )
        return article

    def passage_ids_of(self, summaries: Sequence[ArticleSummary]) -> list[str]:
        """The ids of all passages of these versions of articles."""
        keys = {version_key(summary.id, summary.content_hash) for summary in summaries}
        found: list[str] = []
        for at in range(0, len(summaries), _ROWS):
            ids = [summary.id for summary in summaries[at : at + _ROWS]]
            with self._translated():
                found += self._passages.get(where={"article_id": {"$in": ids}}, include=[])["ids"]
        return [passage_id for passage_id in found if passage_id.rsplit("-", 1)[0] + "-" in keys]

    def stored_passages(self, summaries: Sequence[ArticleSummary]) -> Iterator[tuple[Passage, Vectors]]:
        """All passages of these versions of articles with their vectors, in no order."""
        keys = {version_key(summary.id, summary.content_hash) for summary in summaries}
        for at in range(0, len(summaries), _ROWS):
            ids = [summary.id for summary in summaries[at : at + _ROWS]]
            with self._translated():
                result = self._passages.get(
                    where={"article_id": {"$in": ids}}, include=["metadatas", "documents", "embeddings"]
                )
            vectors = np.asarray(result["embeddings"], dtype=np.float32)
            for (passage_id, passage), vector in zip(rows_of(result, passage_of_row), vectors, strict=True):
                if passage_id.rsplit("-", 1)[0] + "-" in keys:
                    yield passage, vector

    def orphans(self) -> set[str]:
        """The ids of passages that belong to no version that has a record."""
        live = {version_key(summary.id, summary.content_hash) for summary in self.summaries().values()}
        return {passage_id for passage_id in self.passage_ids() if passage_id.rsplit("-", 1)[0] + "-" not in live}

    def live(self, passages: dict[str, Passage]) -> dict[str, Passage]:
        """Those of `passages` that belong to the version of their article that has the record."""
        summaries = self.summaries(sorted({passage.article_id for passage in passages.values()}))
        keys = {version_key(summary.id, summary.content_hash) for summary in summaries.values()}
        return {key: passage for key, passage in passages.items() if key.rsplit("-", 1)[0] + "-" in keys}

    # Search

    def search(
        self, vectors: Vectors, top_k: int, where: PassageFilter = NO_FILTER, allowed: Collection[str] | None = None
    ) -> list[list[tuple[str, float]]]:
        """For each vector the nearest passages: (passage id, cosine similarity in [-1, 1]), best first.

        `allowed` are the ids of what `where` allows, where they are known: Chroma then looks at these alone, and at no
        metadata.
        """
        if not len(vectors):
            return []
        if allowed is not None and not allowed:
            return [[] for _ in vectors]
        with self._translated():
            result = self._passages.query(
                query_embeddings=vectors,
                n_results=top_k,
                where=where.to_chroma() if allowed is None else None,
                ids=list(allowed) if allowed is not None else None,
                include=["distances"],
            )
        return [
            [(passage_id, 1.0 - distance) for passage_id, distance in zip(ids, distances, strict=True)]
            for ids, distances in zip(result["ids"], result["distances"] or (), strict=True)
        ]

    def vectors(self, passage_ids: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of these passages, those that exist."""
        found: dict[str, Vectors] = {}
        for at in range(0, len(passage_ids), _ROWS):
            with self._translated():
                result = self._passages.get(ids=list(passage_ids[at : at + _ROWS]), include=["embeddings"])
            rows = np.asarray(result["embeddings"], dtype=np.float32)
            found.update(zip(result["ids"], rows, strict=True))
        return found

    # As it lies there, for a check

    def unreadable_records(self) -> list[str]:
        """The ids of the articles' records that hold not what a record holds."""
        return [
            row_id for row_id, summary in self._pages(self._articles, if_readable(summary_of_row)) if summary is None
        ]

    def unreadable_passages(self) -> list[str]:
        """The ids of the passages that hold not what a passage holds."""
        return [
            row_id for row_id, passage in self._pages(self._passages, if_readable(passage_of_row)) if passage is None
        ]

    def set_vectors(self, passage_ids: Sequence[str], vectors: Vectors) -> None:
        """Give passages that are there other vectors."""
        for at in range(0, len(passage_ids), _ROWS):
            with self._translated():
                self._passages.update(ids=list(passage_ids[at : at + _ROWS]), embeddings=vectors[at : at + _ROWS])

    # Change

    def put(self, puts: Sequence[Put]) -> None:
        """Store articles, all their passages first, their records last; each replaces another version of it."""
        self._widen_search()
        passages = [passage for put in puts for passage in put.passages]
        vectors = np.concatenate([put.vectors for put in puts]) if puts else ()
        for at in range(0, len(passages), _ROWS):
            rows = passages[at : at + _ROWS]
            with self._translated():
                self._passages.upsert(
                    ids=[passage.id for passage in rows],
                    embeddings=vectors[at : at + _ROWS],
                    metadatas=[passage_metadata(passage) for passage in rows],
                )
        for at in range(0, len(puts), _ROWS):
            some = puts[at : at + _ROWS]
            with self._translated():
                self._articles.upsert(
                    ids=[put.article.id for put in some],
                    embeddings=[put.vectors.mean(axis=0) for put in some],
                    metadatas=[article_metadata(put.article, len(put.passages)) for put in some],
                )

    def _widen_search(self) -> None:
        """Have an index that was made with Chroma's own _EF_SEARCH of 100 searched as a new one."""
        hnsw = self._passages.configuration_json.get("hnsw") or {}
        if (hnsw.get("ef_search") or 0) < _EF_SEARCH:
            with self._translated(), warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore", DeprecationWarning
                )  # of Chroma's own: it is told of no embedding function
                self._passages.modify(configuration={"hnsw": {"ef_search": _EF_SEARCH}})

    def relocate(self, locations: Mapping[str, Sequence[Location]]) -> None:
        """Change where these articles were read; those that are not there are left out."""
        ids = list(locations)
        for at in range(0, len(ids), _ROWS):
            some = ids[at : at + _ROWS]
            with self._translated():
                self._articles.update(
                    ids=some, metadatas=[{"locations": locations_to_json(locations[each])} for each in some]
                )

    def drop_record(self, article_id: str) -> None:
        """Make an article invisible; its passages become orphans."""
        with self._translated():
            self._articles.delete(ids=[article_id])

    def drop_passages(self, passage_ids: Sequence[str]) -> None:
        """Delete passages."""
        for at in range(0, len(passage_ids), _ROWS):
            with self._translated():
                self._passages.delete(ids=list(passage_ids[at : at + _ROWS]))

    # Chroma's ways

    def _pages(self, collection: ChromaCollection, convert: Any) -> Iterator[tuple[str, Any]]:
        with self._translated():
            count = collection.count()
            for offset in range(0, count, _ROWS):
                result = collection.get(limit=_ROWS, offset=offset, include=["metadatas", "documents"])
                yield from rows_of(result, convert)

    def _by_id(self, collection: ChromaCollection, ids: Sequence[str], convert: Any) -> Iterator[tuple[str, Any]]:
        ids = [each for each in ids if is_unicode(each)]  # no other can be there, and Chroma would not take it
        for at in range(0, len(ids), _ROWS):
            with self._translated():
                result = collection.get(ids=list(ids[at : at + _ROWS]), include=["metadatas", "documents"])
            yield from rows_of(result, convert)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        with translated_errors(self._place):
            yield


@contextmanager
def translated_errors(place: str) -> Iterator[None]:
    """Turn what Chroma, its HTTP client and the system raise into a StoreError that names the place."""
    import httpx
    from chromadb.errors import ChromaError

    try:
        yield
    except httpx.HTTPError as exc:
        raise ServerUnavailableError(
            f"The Chroma server at {place} does not answer ({type(exc).__name__}). "
            f"Is it running? Start one with: chroma run --path DIR"
        ) from exc
    except ChromaError as exc:
        raise StoreError(
            f"Chroma could not do what was asked at {place}: {exc}. "
            f"See who may write there, and how much room is left; "
            "where its files are damaged, put them back from a copy."
        ) from exc
    except OSError as exc:
        raise StoreError(
            f"The index at {place} cannot be used: {exc}. See who may read and write there, and how much room is left."
        ) from exc
    except BaseException as exc:
        if type(exc).__name__ != "PanicException":  # of Chroma's part in Rust
            raise
        raise StoreError(
            f"Chroma broke off at {place}: {exc}. Put the index back from a copy if that goes on."
        ) from exc
