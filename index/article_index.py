"""ArticleIndex: articles go in, passages come out. The one class of this package that a user needs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from index.article import Article, ArticleSummary, Passage
from index.embedding.embedder import Embedder, SentenceTransformerEmbedder, embedded_text
from index.embedding.engines import Vectors
from index.errors import ArticleNotFoundError, IndexNotFoundError, ManifestMismatchError, SourceError
from index.filter import NO_FILTER, PassageFilter, is_unicode
from index.formats import SourceFailure, find_sources, read_source
from index.formats.limits import MAX_ARTICLE_CHARS, too_long
from index.report import AddReport, AddResult, Outcome
from index.settings import IndexSettings, StoreSettings
from index.split import split_article
from index.storage.connection import Connection, FolderPlace, Place, Put, ServerPlace
from index.storage.manifest import Manifest

Source = str | os.PathLike[str] | Article | SourceFailure


@dataclass(frozen=True, slots=True)
class AddProgress:
    """How far `add` has come: sources read of those known, passages embedded, and what came of the articles so far.

    An Article or a SourceFailure is a source of its own. Those of an iterator are known when they come.
    """

    sources_done: int
    sources: int
    current: str
    report: AddReport
    waiting: int = 0  # passages that are not embedded yet, of the articles read so far; the current batch is among them


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


@dataclass(slots=True)
class _Pending:
    source: str
    article: Article
    passages: list[Passage]


@dataclass(slots=True)
class _Run:
    """The state of one call of `add`."""

    report: AddReport = field(default_factory=AddReport)
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)  # article id -> its source and content hash
    pending: list[_Pending] = field(default_factory=list)
    waiting: int = 0
    progress: AddProgress = field(init=False)

    def __post_init__(self) -> None:
        self.progress = AddProgress(0, 0, "", self.report)


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
    ) -> AddReport:
        """Add or replace articles: a file, a folder, a URL, an Article, or an iterable of them.

        What was read elsewhere may be passed on as it is: a SourceFailure goes into the report, and an iterator is read
        as its articles are stored, so that they need not fit into memory.

        An article that is stored already with the same content is left alone and not embedded again. What cannot be
        read is in the report with its reason, and the rest goes on; only trouble with the store (StoreError) raises.
        Articles are committed in groups: each is stored whole or not at all, and those in the report are stored, also
        when the process dies afterwards.
        """
        if isinstance(sources, str | os.PathLike | Article | SourceFailure):
            sources = [sources]
        run = _Run()

        def tell(done: int, of: int, current: str) -> None:
            run.progress = AddProgress(done, of, current, run.report, run.waiting)
            if on_progress is not None:
                on_progress(run.progress)

        def tell_again() -> None:
            tell(run.progress.sources_done, run.progress.sources, run.progress.current)

        known: list[str | Article | SourceFailure] = []
        rest = iter(sources)
        for source in rest:
            known += self._expanded(run, source)
            if rest is sources and isinstance(source, Article | SourceFailure):
                break  # the others are read as they come
        later = (found for source in rest for found in self._expanded(run, source))
        done = 0
        for done, source in enumerate(chain(known, later), start=1):
            name = _name(source)
            tell(done - 1, max(done, len(known)), name)
            for item in [source] if isinstance(source, Article | SourceFailure) else read_source(source):
                self._take(run, name, item)
                if sum(len(pending.passages) for pending in run.pending) >= self._settings.commit_passages:
                    self._flush(run, tell_again)
        self._flush(run, tell_again)
        tell(done, done, "")
        return run.report

    def remove(self, article_ids: str | Iterable[str]) -> list[ArticleSummary]:
        """Remove articles and give back what they were.

        Raises ArticleNotFoundError, and removes none, if one of them is not there.
        """
        ids = [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
        with self._connection.reading() as view:
            found = view.store.summaries(ids)
        for article_id in ids:
            if article_id not in found:
                raise _not_found(article_id, self.location)
        self._connection.commit([], ids)
        return [found[article_id] for article_id in ids]

    # What is there

    def list(self, article_ids: Sequence[str] | None = None) -> Sequence[ArticleSummary]:
        """All articles, or those of `article_ids` that exist, without texts, newest first, undated ones last."""
        with self._connection.reading() as view:
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
        with self._connection.reading() as view:
            summary = view.store.summaries([article_id]).get(article_id)
            return view.store.article(summary) if summary is not None else None

    def info(self) -> IndexInfo:
        """How much it holds, and what built it."""
        with self._connection.reading() as view:
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
            for vector, text, dense in zip(vectors, words, view.store.search(vectors, top_k, where), strict=True):
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

    def word_frequencies(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many passages there are, and in how many of them each word occurs, in any inflection."""
        with self._connection.reading() as view:
            return view.words.frequencies(words)

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

    # Adding, step by step

    def _expanded(self, run: _Run, source: Source) -> Sequence[str | Article | SourceFailure]:
        """What there is to read; a name that stands for nothing goes into the report."""
        if isinstance(source, Article | SourceFailure):
            return [source]
        try:
            return find_sources(os.fspath(source))
        except SourceError as exc:
            run.report.results.append(AddResult("failed", str(source), reason=str(exc)))
            return []

    def _take(self, run: _Run, source: str, item: Article | SourceFailure) -> None:
        if isinstance(item, SourceFailure):
            outcome: Outcome = "skipped" if item.skipped else "failed"
            run.report.results.append(AddResult(outcome, item.source, reason=item.reason))
            return
        first = run.seen.get(item.id)
        problem = _problem(item)
        if first is not None and first[1] != item.content_hash:
            problem = (
                f"duplicate id {item.id!r}: {first[0]} has it too, with another content. Give it an id of its own."
            )
        if problem:
            run.report.results.append(AddResult("failed", source, item.id, item.title, problem))
            return
        if first is not None:
            run.report.results.append(AddResult("unchanged", source, item.id, item.title))
            return
        run.seen[item.id] = (source, item.content_hash)
        passages = split_article(item, self.manifest.passage_chars, self.manifest.overlap_chars)
        run.pending.append(_Pending(source, item, passages))
        run.waiting += len(passages)

    def _flush(self, run: _Run, tell: Callable[[], None]) -> None:
        """Embed what is pending and not stored yet, and commit it."""
        if not run.pending:
            return
        with self._connection.reading() as view:
            stored = view.store.summaries([pending.article.id for pending in run.pending])
        fresh = []
        for pending in run.pending:
            old = stored.get(pending.article.id)
            if old is not None and old.content_hash == pending.article.content_hash:
                run.report.results.append(
                    AddResult("unchanged", pending.source, pending.article.id, pending.article.title)
                )
                run.waiting -= len(pending.passages)
            else:
                fresh.append(pending)
        run.pending.clear()
        if not fresh:
            return

        def embedded(count: int) -> None:
            run.report.passages_embedded += count
            run.waiting -= count
            tell()

        texts = [embedded_text(passage) for pending in fresh for passage in pending.passages]
        vectors = self.embedder.embed_passages(texts, embedded)
        puts = []
        at = 0
        for pending in fresh:
            puts.append(Put(pending.article, pending.passages, vectors[at : at + len(pending.passages)]))
            at += len(pending.passages)
        outcomes = self._connection.commit(puts, [])
        for pending, outcome in zip(fresh, outcomes, strict=True):
            run.report.results.append(AddResult(outcome, pending.source, pending.article.id, pending.article.title))


def _name(source: str | Article | SourceFailure) -> str:
    if isinstance(source, Article):
        return source.id
    return source.source if isinstance(source, SourceFailure) else source


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


def _problem(article: Article) -> str:
    """Why an Article cannot be stored; empty where it can."""
    if not article.id or not isinstance(article.id, str):
        return "an article needs an id that is a text and not empty"
    if not isinstance(article.text, str) or not article.text.strip():
        return "there is no text in it"
    if len(article.text) > MAX_ARTICLE_CHARS:
        return too_long(article.text)
    if not all(is_unicode(mark.label) for mark in article.marks):
        return "the name of a section holds half of a surrogate pair, which is no Unicode text"
    for name in ("id", "text", "title", "url", "source", "author", "published", "retrieved_at", "language"):
        value = getattr(article, name)
        if value is None and name not in ("id", "text", "title"):
            continue
        if not isinstance(value, str):
            return f"its {name} is {type(value).__name__}, not text"
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            return f"its {name} holds half of a surrogate pair at character {exc.start}, which is no Unicode text"
    return ""


def _not_found(article_id: str, location: str) -> ArticleNotFoundError:
    return ArticleNotFoundError(
        f"No article {article_id!r} in {location}. See the ids with: qa --index {location} list"
    )
