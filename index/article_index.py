"""ArticleIndex: articles go in, passages come out. The one class of this package that a user needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from index.adding import Adding, Choice, Manner
from index.article import Article, ArticleSummary, Passage
from index.candidates import Candidates, candidates
from index.checking import Checking, CheckReport
from index.choosing import choice_for
from index.embedding.embedder import Embedder, SentenceTransformerEmbedder
from index.embedding.engines import Vectors
from index.errors import ArticleNotFoundError, IndexNotFoundError, RebuiltError, StoreError
from index.filter import NO_FILTER, PassageFilter
from index.formats import KnownFile
from index.formats.addresses import Address
from index.moving import ExportReport, File, articles_in, export_articles
from index.rebuilding import AbsentModel, Rebuilding, RebuildProgress
from index.report import AddProgress, AddReport
from index.settings import PACKAGED_MODEL, FetchSettings, IndexSettings, StoreSettings
from index.similar import frequencies, ids_like
from index.sources import Item, Source
from index.storage.connection import Connection, View
from index.storage.manifest import IndexInfo, Manifest
from index.storage.place import FolderPlace, Place, place_at
from index.storage.snapshot import SnapshotPlace
from index.stories import Story, Version, stories_of, versions_of
from index.syncing import SyncReport, synchronised

__all__ = ["AddProgress", "ArticleIndex", "Candidates", "IndexInfo"]


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
        self._model_is_named = True  # by who opened it, or it was given; else the first articles choose it

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

        Where no model is named, a new index takes the one for its first articles: `index.choosing`.
        Without `create`, an index that is not there raises IndexNotFoundError. `settings` hold for a new index; where
        they are given for an existing one and differ from what built it, or the embedding model is another, it raises
        ManifestMismatchError. Further errors: NotAnIndexError, ServerUnavailableError, EmbeddingModelError.
        """
        store_settings = store_settings or StoreSettings()
        place = place_at(location, store_settings)
        manifest = place.manifest()
        if manifest is None and not create:
            raise IndexNotFoundError(
                f"No index at {place.name}. Add articles first: qa --index {place.name} add ARTICLES"
            )
        named = embedder is not None or (settings is not None and "model" in settings.model_fields_set)
        if embedder is None:
            model = settings.model if settings is not None else manifest.model if manifest is not None else None
            embedder = SentenceTransformerEmbedder(*([model] if model else []))
        if manifest is None:
            manifest = place.create(Manifest.of(settings or IndexSettings(), embedder))
        manifest.check(embedder, place.name)
        if settings is not None:
            manifest.check_splitting(settings, place.name)
        opened = cls(place, embedder, manifest, store_settings)
        opened._model_is_named = named
        return opened

    @classmethod
    def open_without_model(
        cls, location: str | os.PathLike[str], store_settings: StoreSettings | None = None
    ) -> ArticleIndex:
        """Open an index whose embedding model is not there any more: to list, export or rebuild what it holds.

        What needs the model raises EmbeddingModelError. Raises IndexNotFoundError and NotAnIndexError.
        """
        store_settings = store_settings or StoreSettings()
        manifest = place_at(location, store_settings).manifest()
        embedder = AbsentModel(manifest) if manifest is not None else None
        return cls.open(location, embedder=embedder, store_settings=store_settings, create=False)

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
        fetching: FetchSettings = FetchSettings(),  # noqa: B008  frozen
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

        Web addresses are fetched several at once, as `fetching` says, and taken as they come. A file that is a list of
        addresses (bookmarks, OPML, a sitemap, a text with one on each line), when it is named itself and not in a
        folder, or a page that is one, stands for what is at them.
        """
        self._connection.check_writable()
        self._follow(self._place.manifest())
        return self._adding(Manner(workers, fetching=fetching), on_progress).run(_several(sources))

    def prepare(self, sources: Source | Iterable[Source], *, workers: int = 0) -> Iterator[Item]:
        """The half of `add` that stores nothing: read, check, cut and embed. Here or on another machine.

        Gives each article as a Prepared value, to be passed to `add` of the same index, by one process: it can be
        pickled. An article that is stored already, or that cannot be stored, comes as an Article and is not embedded,
        what could not be read as a SourceFailure; `add` takes both and says so. Articles come in groups, not in order.
        """
        self._follow(self._place.manifest())
        return self._adding(Manner(workers)).prepare(_several(sources))

    def sync(
        self,
        sources: Iterable[str | os.PathLike[str]],
        on_progress: Callable[[AddProgress], None] | None = None,
        *,
        workers: int = 0,
        dry_run: bool = False,
        fetching: FetchSettings = FetchSettings(),  # noqa: B008  frozen
    ) -> SyncReport:
        """Bring the index in step with files, folders and web addresses, but for what is gone from them.

        As `add`, which does it; but a file of the same size and time, or with the same content, is not read again, and
        a page is asked for only where it is another than it was.
        What is gone is in the report, to be passed to `remove`; nothing is said to be gone from a source that cannot
        be read. With `dry_run` nothing is stored, and the report is what it would be.
        """
        if not dry_run:
            self._connection.check_writable()
        self._follow(self._place.manifest())
        manner = Manner(workers, dry_run=dry_run, fetching=fetching)
        return synchronised(self._connection, lambda manner: self._adding(manner, on_progress), sources, manner)

    def _adding(self, manner: Manner, on_progress: Callable[[AddProgress], None] | None = None) -> Adding:
        passages = self._settings.commit_passages
        if not self._model_is_named and self.manifest.model == PACKAGED_MODEL:
            manner = replace(manner, choose=self._chosen_for)
        return Adding(self._connection, self.embedder, self.manifest, passages, manner=manner, on_progress=on_progress)

    def _chosen_for(self, articles: Sequence[Article]) -> Choice:
        """What articles are embedded with, by the first ones: see `index.choosing`."""
        model, note = choice_for(articles, self.list, isinstance(self._place, FolderPlace))
        if model:  # a rebuild of nothing, which takes a moment
            self.rebuild(self.manifest.settings.model_copy(update={"model": model}))
        return Choice(self.embedder, self.manifest, note)

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

    # Out of one index and into another

    def export_to(self, file: File, on_progress: Callable[[int, int], None] | None = None) -> ExportReport:
        """Write all articles to a file, or to an open binary one: a line each, the object of `qa show --json`.

        A file is there whole or as it was before. They come in the order of their ids, so that the same articles give
        the same file. An article of which the store has lost a part is in the report, and the rest goes on.
        `on_progress` is called with the articles done and all there are. Raises ArticleQAError.
        """
        return export_articles(self._connection, file, on_progress)

    def import_from(self, file: File, on_progress: Callable[[AddProgress], None] | None = None) -> AddReport:
        """Add or replace the articles of a file that `export_to` wrote, or of an open binary one; see `add`.

        Each comes with all that it had, its marks and when it was retrieved too. A line that is no such article fails
        alone, under the name "FILE, line 3". Raises SourceError where the file cannot be opened.
        """
        return self.add(articles_in(file), on_progress)

    # The index itself

    def rebuild(
        self,
        settings: IndexSettings | None = None,
        *,
        embedder: Embedder | None = None,
        on_progress: Callable[[RebuildProgress], None] | None = None,
    ) -> None:
        """Make the index anew from its own articles, by other `settings` (None: those that built it), in its place.

        The old one answers and takes articles until the new one is whole; what was added or removed meanwhile is taken
        over. Where it raises or is killed, the old one stays, and the next call with the same settings goes on. Other
        processes that have the index open follow; where the model is another, RebuiltError tells them to open it
        again. Raises StoreError, also for an index on a server, and EmbeddingModelError.
        """
        settings = settings or self.manifest.settings
        if embedder is None:
            same = settings.model == self.embedder.name and not isinstance(self.embedder, AbsentModel)
            embedder = self.embedder if same else SentenceTransformerEmbedder(settings.model)
        manifest = Manifest.of(settings, embedder)
        Rebuilding(self._connection, embedder, manifest, self._settings, on_progress).run(self._place)
        self.embedder, self.manifest = embedder, manifest

    def check(self, *, dry_run: bool = False, accept_loss: bool = False) -> CheckReport:
        """Find what does not fit in the index, and mend it; other processes wait meanwhile.

        Mended is what can be told from the rest: passages of no article, the word index, the state, damaged vectors, a
        record whose passages are there. What is lost is named and left as it is, so that a copy can be put back; with
        `accept_loss` the index goes on with the articles that are left. `dry_run` does the same to a copy, and leaves
        the index alone. Raises StoreError where the store cannot be used at all, or is on a server in a dry run.
        """
        place, connection = self._place, self._connection
        if dry_run:
            if not isinstance(place, FolderPlace):
                raise StoreError(f"A dry run checks a copy, and there is none of the server {self.location}.")
            copy = SnapshotPlace(place, "it is a copy")  # which goes with its last use
            place = copy.copied()
            connection = Connection(place, self.embedder)
        report = Checking(
            place, connection, self.embedder, self.manifest, accept_loss=accept_loss, planned=dry_run
        ).run()
        if dry_run:
            connection.close()
            del copy
        elif report.vectors_misfit:
            self.rebuild()
        return report

    def _follow(self, manifest: Manifest | None) -> None:
        """Go on with an index that was rebuilt. Raises RebuiltError where that was done with another model."""
        if manifest is None or manifest == self.manifest:
            return
        if manifest.fingerprint != self.manifest.fingerprint:
            raise RebuiltError(
                f"The index at {self.location} was rebuilt with the embedding model {manifest.model} since it was "
                f"opened here, with {self.manifest.model}. Open it again; a running chat has to be started again."
            )
        self.manifest = manifest

    # What is there

    def list(self, article_ids: Sequence[str] | None = None) -> Sequence[ArticleSummary]:
        """All articles, or those of `article_ids` that exist, without texts, newest first, undated ones last."""
        with self._connection.reading(words=False) as view:
            summaries = list(view.store.summaries(article_ids).values())
        if unknown := [each.id for each in summaries if each.known_language is None]:  # as an earlier version stored it
            with self._connection.reading() as view:
                guessed = view.words.languages_of(unknown)
            summaries = [replace(s, guessed_language=guessed.get(s.id, s.guessed_language)) for s in summaries]
        by_title = sorted(summaries, key=lambda summary: (summary.title.casefold(), summary.id))
        return sorted(by_title, key=lambda summary: summary.published or "", reverse=True)

    def stories(self, *, current: bool = True) -> Sequence[Story]:
        """Copies and versions of one article, such as papers print of an agency's, each story's together, newest first.

        Articles that are the only version of theirs are in none. Where not `current`, a client of a server does not
        bring its word index up to date first, which takes long at its first use, and says what that knows.
        """
        with self._connection.reading(words=current) as view:
            return stories_of(view)

    def versions(self, article_ids: Iterable[str]) -> dict[str, Version]:
        """Of these articles those that are versions of a story, with the ids of all of its versions."""
        with self._connection.reading() as view:
            return versions_of(view, set(article_ids))

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
            return IndexInfo(self.location, articles, passages, view.manifest, view.revision)

    # Search

    def search(
        self, vectors: Vectors, words: Sequence[str], top_k: int, where: PassageFilter = NO_FILTER
    ) -> Sequence[Candidates]:
        """For each question, given as vector and as words, the passages near it, with both scores.

        The candidates of a question are the `top_k` nearest by cosine similarity together with the `top_k` best by
        BM25; each has both scores. `vectors` has shape (len(words), dimensions).
        """
        with self._connection.reading() as view:
            self._follow(view.manifest)
            return candidates(view, vectors, words, top_k, where)

    def passages(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """The passages with these ids; those that are gone by now are left out."""
        with self._connection.reading() as view:
            return self._live(view, passage_ids)

    def count(self, where: PassageFilter) -> int:
        """How many passages a filter allows."""
        with self._connection.reading() as view:
            return view.words.count(where)

    def frequencies(self, words: Sequence[str]) -> dict[str, int]:
        """In how many passages each word stands, in whatever case and form with its stem; see index.similar."""
        with self._connection.reading() as view:
            return frequencies(view.words, words)

    def passages_like(self, word: str, edits: int) -> Sequence[Passage]:
        """Passages with words at most `edits`, 1 or 2, letters away from `word`, and others; see index.similar."""
        with self._connection.reading() as view:
            return list(self._live(view, ids_like(view.words, word, edits)).values())

    def _live(self, view: View, passage_ids: Iterable[str]) -> dict[str, Passage]:
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
    return [sources] if isinstance(sources, str | os.PathLike | Item | KnownFile | Address) else sources


def _not_found(article_id: str, location: str) -> ArticleNotFoundError:
    return ArticleNotFoundError(
        f"No article {article_id!r} in {location}. See the ids with: qa --index {location} list"
    )
