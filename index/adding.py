"""One call of `ArticleIndex.add`: sources are read, checked, cut, embedded and committed, group by group.

`ArticleIndex.prepare` is the first half of it, which may run on another machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from index.article import Article, Passage
from index.embedding.embedder import Embedder, embedded_text
from index.embedding.engines import Vectors
from index.errors import ManifestMismatchError, SourceError
from index.filter import is_date, is_unicode
from index.formats import SourceFailure, find_sources
from index.formats.clean import one_line
from index.formats.limits import MAX_ARTICLE_CHARS, too_long
from index.formats.processes import items_of, read_in_processes
from index.language import language_of
from index.report import AddProgress, AddReport, AddResult, Outcome
from index.split import split_article
from index.storage.chroma import Put
from index.storage.connection import Connection
from index.storage.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article with its passages and their vectors: what `ArticleIndex.prepare` gives and `add` stores.

    `vectors` has shape (len(passages), dimensions). `manifest` is that of the index that it was prepared for.
    """

    article: Article
    passages: Sequence[Passage]
    vectors: Vectors
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Named:
    """An article that a report calls by the place where it stands, "articles.jsonl, line 3", and not by its id."""

    name: str
    article: Article


Item = Article | SourceFailure | Prepared | Named  # what needs no reading any more
Source = str | os.PathLike[str] | Item
_Readable = str | Item


@dataclass(frozen=True, slots=True)
class _Pending:
    """An article that waits for its group to be embedded and committed."""

    source: str
    article: Article
    passages: Sequence[Passage]
    vectors: Vectors | None = None  # where it was prepared


class Adding:
    """The state of one call of `ArticleIndex.add`, which says what it promises, or of `prepare`."""

    def __init__(
        self,
        connection: Connection,
        embedder: Embedder,
        manifest: Manifest,
        commit_passages: int,
        *,
        workers: int,
        on_progress: Callable[[AddProgress], None] | None = None,
    ) -> None:
        """Prepare it; `commit_passages` are gathered before articles are committed together."""
        self._connection = connection
        self._embedder = embedder
        self._manifest = manifest
        self._commit_passages = commit_passages
        self._workers = workers
        self._on_progress = on_progress
        self._report = AddReport()
        self._progress = AddProgress(0, 0, "", self._report)
        self._seen: dict[str, tuple[str, str]] = {}  # article id -> its source and content hash
        self._pending: list[_Pending] = []
        self._waiting = 0  # passages that are not embedded yet

    def run(self, sources: Iterable[Source]) -> AddReport:
        """Add them all; to be called once."""
        known: list[_Readable] = []
        rest = iter(sources)
        for source in rest:
            known += expanded(source)
            if rest is sources and isinstance(source, Item):
                break  # the others are read as they come
        later = (found for source in rest for found in expanded(source))
        done = 0
        with closing(self._read(chain(known, later))) as each:
            for done, (source, items) in enumerate(each, start=1):
                name = _name(source)
                self._tell(done - 1, max(done, len(known)), name)
                for item in items:
                    self._take(name, item)
                    if self._is_full():
                        self._flush()
            self._flush()
        self._tell(done, done, "")
        return self._report

    def prepare(self, sources: Iterable[Source]) -> Iterator[Item]:
        """Read, check, cut and embed them, and store nothing; to be called once."""
        with closing(self._read(found for source in sources for found in expanded(source))) as each:
            for _, items in each:
                for item in items:
                    article = item.article if isinstance(item, Named) else item
                    if not isinstance(article, Article) or _problem(article):
                        yield item  # `add` says what is wrong with it
                        continue
                    self._pending.append(self._cut("", _completed(article)))
                    if self._is_full():
                        yield from self._prepared()
            yield from self._prepared()

    def _read(self, sources: Iterable[_Readable]) -> Generator[tuple[_Readable, Iterator[Item]]]:
        """Each source with what is in it, in order."""
        if self._workers:
            return read_in_processes(sources, self._workers)
        return ((source, items_of(source)) for source in sources)

    def _take(self, source: str, item: Item) -> None:
        """Put an article among those that wait, or into the report what is wrong with it."""
        if isinstance(item, SourceFailure):
            outcome: Outcome = "skipped" if item.skipped else "failed"
            self._report.results.append(AddResult(outcome, item.source, reason=item.reason))
            return
        article = item if isinstance(item, Article) else item.article
        problem = _problem(article)
        if not problem:
            article = _completed(article)
        first = self._seen.get(article.id)
        if first is not None and first[1] != article.content_hash:
            problem = (
                f"duplicate id {article.id!r}: {first[0]} has it too, with another content. Give it an id of its own."
            )
        if problem:
            self._report.results.append(AddResult("failed", source, article.id, article.title, problem))
            return
        if first is not None:
            self._report.results.append(AddResult("unchanged", source, article.id, article.title))
            return
        self._seen[article.id] = (source, article.content_hash)
        pending = self._given(source, item) if isinstance(item, Prepared) else self._cut(source, article)
        self._pending.append(pending)
        self._waiting += len(pending.passages)

    def _cut(self, source: str, article: Article) -> _Pending:
        passages = split_article(article, self._manifest.passage_chars, self._manifest.overlap_chars)
        return _Pending(source, article, passages)

    def _given(self, source: str, item: Prepared) -> _Pending:
        if item.manifest != self._manifest:
            raise ManifestMismatchError(
                f"The article {item.article.id} was prepared for an index with {item.manifest}; this one has "
                f"{self._manifest}. Prepare it with this index."
            )
        return _Pending(source, item.article, item.passages, item.vectors)

    def _is_full(self) -> bool:
        return sum(len(pending.passages) for pending in self._pending) >= self._commit_passages

    def _flush(self) -> None:
        """Embed what is pending and not stored yet, and commit it."""
        stored = self._stored()
        for pending in self._pending:
            if pending.article.id in stored:
                self._settle(pending, "unchanged")
                self._waiting -= len(pending.passages)
        fresh = [pending for pending in self._pending if pending.article.id not in stored]
        self._pending.clear()
        if fresh:
            for pending, outcome in zip(fresh, self._commit(fresh), strict=True):
                self._settle(pending, outcome)

    def _commit(self, fresh: Sequence[_Pending]) -> Sequence[Outcome]:
        return self._connection.commit(self._embed(fresh), [], self._manifest)

    def _prepared(self) -> Iterator[Item]:
        """What is pending, ready to be stored; what is stored already with the same content as it came."""
        stored = self._stored()
        yield from (pending.article for pending in self._pending if pending.article.id in stored)
        fresh = [pending for pending in self._pending if pending.article.id not in stored]
        self._pending.clear()
        for put in self._embed(fresh):
            yield Prepared(put.article, put.passages, put.vectors, self._manifest)

    def _stored(self) -> set[str]:
        """The ids of those pending that are stored with the same content, and whole."""
        if not self._pending:
            return set()
        with self._connection.reading(words=False) as view:
            stored = view.store.summaries([pending.article.id for pending in self._pending])
            same = [
                pending
                for pending in self._pending
                if pending.article.id in stored
                and stored[pending.article.id].content_hash == pending.article.content_hash
            ]
            lacking = view.store.lacking([passage.id for pending in same for passage in pending.passages])
        return {
            pending.article.id for pending in same if not lacking.intersection(each.id for each in pending.passages)
        }

    def _embed(self, fresh: Sequence[_Pending]) -> list[Put]:
        """Make the vectors of those that have none yet, all together."""
        texts = [embedded_text(passage) for each in fresh if each.vectors is None for passage in each.passages]
        vectors = self._embedder.embed_passages(texts, self._embedded) if texts else np.zeros((0, 0), np.float32)
        puts = []
        at = 0
        for pending in fresh:
            own = pending.vectors
            if own is None:
                own = vectors[at : at + len(pending.passages)]
                at += len(own)
            else:
                self._embedded(len(own))
            puts.append(Put(pending.article, pending.passages, own))
        return puts

    def _settle(self, pending: _Pending, outcome: Outcome) -> None:
        self._report.results.append(AddResult(outcome, pending.source, pending.article.id, pending.article.title))

    def _embedded(self, count: int) -> None:
        self._report.passages_embedded += count
        self._waiting -= count
        self._tell(self._progress.sources_done, self._progress.sources, self._progress.current)

    def _tell(self, done: int, of: int, current: str) -> None:
        self._progress = AddProgress(done, of, current, self._report, self._waiting)
        if self._on_progress is not None:
            self._on_progress(self._progress)


def expanded(source: Source) -> Sequence[_Readable]:
    """What there is to read; a name that stands for nothing is a failure."""
    if isinstance(source, Item):
        return [source]
    try:
        return find_sources(os.fspath(source))
    except SourceError as exc:
        return [SourceFailure(str(source), str(exc))]


def _name(source: _Readable) -> str:
    match source:
        case str():
            return source
        case SourceFailure():
            return source.source
        case Prepared():
            return source.article.id
        case Named():
            return source.name
        case _:
            return source.id


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
    if article.published is not None and not is_date(article.published):
        return f"its published is {article.published!r}, which is no date. Write it like 2025-03-13, or leave it out."
    return ""


def _completed(article: Article) -> Article:
    """An article as it is stored: what it says of itself on one line, and its language, where it does not say it."""
    article = _on_one_line(article)
    return article if article.language else replace(article, guessed_language=language_of(article.text))


def _on_one_line(article: Article) -> Article:
    """An Article from Python with its title, URL, source and author as files have them: one line, single spaces."""
    lines = {name: one_line(getattr(article, name)) for name in ("url", "source", "author")}
    lines["title"] = one_line(article.title) or ""
    if all(getattr(article, name) == line for name, line in lines.items()):
        return article
    return replace(article, **lines)  # type: ignore[arg-type]
