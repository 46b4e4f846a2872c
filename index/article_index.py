"""ArticleIndex: articles go in, passages come out. The one class of this package that a user needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from index.adding import Adding, Item, Manner, Source
from index.article import Article, ArticleSummary, Passage
from index.embedding.embedder import Embedder, SentenceTransformerEmbedder
from index.embedding.engines import Vectors
from index.errors import ArticleNotFoundError, IndexNotFoundError, ManifestMismatchError
from index.filter import NO_FILTER, PassageFilter
from index.formats import KnownFile
from index.report import AddProgress, AddReport
from index.settings import IndexSettings, StoreSettings
from index.storage.connection import Connection
from index.storage.manifest import Manifest
from index.storage.place import FolderPlace, Place, ServerPlace
from index.syncing import SyncReport, synchronised

__all__ = ["AddProgress", "ArticleIndex", "Candidates", "IndexInfo"]


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds and what built it."""

    location: str
    articles: int
    passages: int
    manifest: Manifest
    revision: str  # another after each write


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that may answer a question: by id, the cosine similarity in [-1, 1] and the BM25 score.

    The BM25 score is 0 for a passage that shares no word with the question, otherwise above.
    """

    scores: Mapping[str, tuple[float, float]]


class ArticleIndex:
    """Articles in a Chroma store, cut into passages that can be searched by meaning and by words.

    Several threads and several processes may use the same index at once. Close it, or use it in a `with` statement,
    when it is no longer needed.
    """

    def __init__(self, place: Place, embedder: Embedder, manifest: Manifest, settings: StoreSettings) -> None:
        """Use `open` instead."""
        self._place = place
        self._connection = Connection.to(place, embedder)
        self._settings = settings
        self.embedder = embedder
        self.manifest = manifest

    @classmethod
    def open(
        cls,
        location: str | os.PathLike[str],
        settings: IndexSettings | None = None,
        *,
        embedder: Embedder | None = None,
        store_settings: StoreSettings | None = None,
        create: bool = True,
    ) -> ArticleIndex:
        """Open the index in a folder, or on a Chroma server ("http://localhost:8000").

        Without `create`, an index that is not there raises IndexNotFoundError. `settings` hold for a new index; where
        they are given for an existing one and differ from what built it, or the embedding model is another, it raises
        ManifestMismatchError. Further errors: NotAnIndexError, ServerUnavailableError, EmbeddingModelError.
        """
        store_settings = store_settings or StoreSettings()
        place = _place(location, store_settings)
        manifest = place.manifest()
        if manifest is None and not create:
            raise IndexNotFoundError(
                f"No index at {place.name}. Add articles first: qa --index {place.name} add ARTICLES"
            )
        if embedder is None:
            model = settings.model if settings is not None else manifest.model if manifest is not None else None
            embedder = SentenceTransformerEmbedder(*([model] if model else []))
        if manifest is None:
            manifest = place.create(Manifest.of(settings or IndexSettings(), embedder))
        manifest.check(embedder, place.name)
        if settings is not None:
            _check_splitting(manifest, settings, place.name)
        return cls(place, embedder, manifest, store_settings)

    def __repr__(self) -> str:
        """Where it lies and what built it; nothing is opened."""
        return f"ArticleIndex({self.location!r}, model={self.manifest.model!r})"

    @property
    def location(self) -> str:
        """The folder or the server's URL."""
        return self._place.name

    def companion(self, name: str) -> Path:
        """Where a file that belongs with the index, and is no part of it, is kept: "conversations.sqlite".

        In the index's folder; for a server in the user's data folder, one for each URL. The folder is made, the file is
        not.
        """
        return self._place.companion(name)

    # Change

    def add(
        self,
        sources: Source | Iterable[Source],
        on_progress: Callable[[AddProgress], None] | None = None,
        *,
        workers: int = 0,
    ) -> AddReport:
        """Add or replace articles: a file, a folder, a URL, an Article, or an iterable of them.

        What was read elsewhere may be passed on as it is: a SourceFailure goes into the report, what `prepare` gave is
        stored, and an iterator is read as its articles are stored, so that they need not fit into memory.

        An article that is stored already with the same content is left alone; of one with another content only the
        passages that are new are embedded. A file whose content was read in another place before, and is gone from
        there, has moved: its articles stay what they are. What cannot be read is in the report with its reason, and the
        rest goes on; only trouble with the store (StoreError) raises. Articles are committed in groups: each is stored
        whole or not at all, and those in the report are stored, also when the process dies afterwards.

        With `workers`, so many processes read the sources, a little ahead, and the report is the same. A file that ends
        the process that reads it, for want of memory or by a fault of a parser, then fails alone.
        """
        self._connection.check_writable()
        return self._adding(Manner(workers), on_progress).run(_several(sources))

    def prepare(self, sources: Source | Iterable[Source], *, workers: int = 0) -> Iterator[Item]:
        """The half of `add` that stores nothing: read, check, cut and embed. Here or on another machine.

        Gives each article as a Prepared value, to be passed to `add` of the same index, by one process: it can be
        pickled. An article that is stored already, or that cannot be stored, comes as an Article and is not embedded,
        what could not be read as a SourceFailure; `add` takes both and says so. Articles come in groups, not in order.
        """
        return self._adding(Manner(workers)).prepare(_several(sources))

    def sync(
        self,
        sources: Iterable[str | os.PathLike[str]],
        on_progress: Callable[[AddProgress], None] | None = None,
        *,
        workers: int = 0,
        dry_run: bool = False,
    ) -> SyncReport:
        """Bring the index in step with files, folders and web addresses, but for what is gone from them.

        As `add`, which does it; but a file of the same size and time, or with the same content, is not read again.
        What is gone is in the report, to be passed to `remove`; nothing is said to be gone from a source that cannot
        be read. With `dry_run` nothing is stored, and the report is what it would be.
        """
        if not dry_run:
            self._connection.check_writable()
        return synchronised(
            self._connection, lambda manner: self._adding(manner, on_progress), sources, workers, dry_run
        )

    def _adding(self, manner: Manner, on_progress: Callable[[AddProgress], None] | None = None) -> Adding:
        passages = self._settings.commit_passages
        return Adding(self._connection, self.embedder, self.manifest, passages, manner=manner, on_progress=on_progress)

    def remove(self, article_ids: str | Iterable[str]) -> list[ArticleSummary]:
        """Remove articles and give back what they were.

        Raises ArticleNotFoundError, and removes none, if one of them is not there.
        """
        self._connection.check_writable()
        ids = [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
        with self._connection.reading(words=False) as view:
            found = view.store.summaries(ids)
        for article_id in ids:
            if article_id not in found:
                raise _not_found(article_id, self.location)
        self._connection.commit([], ids)
        return [found[article_id] for article_id in ids]

    # What is there

    def list(self, article_ids: Sequence[str] | None = None) -> Sequence[ArticleSummary]:
        """All articles, or those of `article_ids` that exist, without texts, newest first, undated ones last."""
        with self._connection.reading(words=False) as view:
            summaries = view.store.summaries(article_ids).values()
        by_title = sorted(summaries, key=lambda summary: (summary.title.casefold(), summary.id))
        return sorted(by_title, key=lambda summary: summary.published or "", reverse=True)

    def get(self, article_id: str) -> Article:
        """One article, whole. Raises ArticleNotFoundError."""
        article = self.find(article_id)
        if article is None:
            raise _not_found(article_id, self.location)
        return article

    def find(self, article_id: str) -> Article | None:
        """One article, whole; None where it is not there."""
        with self._connection.reading(words=False) as view:
            summary = view.store.summaries([article_id]).get(article_id)
            return view.store.article(summary) if summary is not None else None

    def info(self) -> IndexInfo:
        """How much it holds, and what built it."""
        with self._connection.reading(words=False) as view:
            articles, passages = view.store.counts()
            revision = view.revision
        return IndexInfo(self.location, articles, passages, self.manifest, revision)

    # Search

    def search(
        self, vectors: Vectors, words: Sequence[str], top_k: int, where: PassageFilter = NO_FILTER
    ) -> Sequence[Candidates]:
        """For each question, given as vector and as words, the passages near it, with both scores.

        The candidates of a question are the `top_k` nearest by cosine similarity together with the `top_k` best by
        BM25; each has both scores. `vectors` has shape (len(words), dimensions).
        """
        found = []
        with self._connection.reading() as view:
            allowed = view.words.passage_ids(where) if where else None
            nearest = view.store.search(vectors, top_k, where, allowed)
            for vector, text, dense in zip(vectors, words, nearest, strict=True):
                cosine, bm25 = dict(dense), dict(view.words.search(text, top_k, where))
                only_lexical = [passage_id for passage_id in bm25 if passage_id not in cosine]
                for passage_id, other in view.store.vectors(only_lexical).items():
                    cosine[passage_id] = float(other @ vector)
                only_dense = [passage_id for passage_id in cosine if passage_id not in bm25]
                bm25 |= view.words.scores(text, only_dense)
                found.append(Candidates({key: (score, bm25.get(key, 0.0)) for key, score in cosine.items()}))
        return found

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """The passages with these ids; those that are gone by now are left out."""
        with self._connection.reading() as view:
            found = view.store.passages(list(dict.fromkeys(passage_ids)))
            return found if self._connection.settled_since(view) else view.store.live(found)

    def close(self) -> None:
        """Let go of the store's files; the index can be used again, which opens it anew."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def _several(sources: Source | Iterable[Source]) -> Iterable[Source]:
    return [sources] if isinstance(sources, str | os.PathLike | Item | KnownFile) else sources


def _place(location: str | os.PathLike[str], settings: StoreSettings) -> Place:
    text = os.fspath(location)
    if text.startswith(("http://", "https://")):
        return ServerPlace(text, settings)
    return FolderPlace(Path(text).expanduser(), settings)


def _check_splitting(manifest: Manifest, settings: IndexSettings, location: str) -> None:
    for name in ("passage_chars", "overlap_chars"):
        if (built := getattr(manifest, name)) != (wanted := getattr(settings, name)):
            raise ManifestMismatchError(
                f"The index at {location} was built with {name} = {built}; you asked for {wanted}. "
                f"Open it without settings, or build one in another place."
            )


def _not_found(article_id: str, location: str) -> ArticleNotFoundError:
    return ArticleNotFoundError(
        f"No article {article_id!r} in {location}. See the ids with: qa --index {location} list"
    )
