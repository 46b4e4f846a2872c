"""One call of `ArticleIndex.add`: sources are read, checked, cut, embedded and committed, group by group."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from index.article import Article, Passage
from index.embedding.embedder import Embedder, embedded_text
from index.errors import SourceError
from index.filter import is_date, is_unicode
from index.formats import SourceFailure, find_sources, read_source
from index.formats.clean import one_line
from index.formats.limits import MAX_ARTICLE_CHARS, too_long
from index.report import AddProgress, AddReport, AddResult, Outcome
from index.split import split_article
from index.storage.chroma import Put
from index.storage.connection import Connection
from index.storage.manifest import Manifest

Source = str | os.PathLike[str] | Article | SourceFailure
_Readable = str | Article | SourceFailure


@dataclass(frozen=True, slots=True)
class _Pending:
    """An article that waits for its group to be embedded and committed."""

    source: str
    article: Article
    passages: list[Passage]


class Adding:
    """The state of one call of `ArticleIndex.add`, which says what it promises."""

    def __init__(
        self,
        connection: Connection,
        embedder: Embedder,
        manifest: Manifest,
        commit_passages: int,
        on_progress: Callable[[AddProgress], None] | None,
    ) -> None:
        """Prepare it; `commit_passages` are gathered before articles are committed together."""
        self._connection = connection
        self._embedder = embedder
        self._manifest = manifest
        self._commit_passages = commit_passages
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
            known += self._expanded(source)
            if rest is sources and isinstance(source, Article | SourceFailure):
                break  # the others are read as they come
        later = (found for source in rest for found in self._expanded(source))
        done = 0
        for done, source in enumerate(chain(known, later), start=1):
            name = _name(source)
            self._tell(done - 1, max(done, len(known)), name)
            for item in _items(source):
                self._take(name, item)
                if sum(len(pending.passages) for pending in self._pending) >= self._commit_passages:
                    self._flush()
        self._flush()
        self._tell(done, done, "")
        return self._report

    def _expanded(self, source: Source) -> Sequence[_Readable]:
        """What there is to read; a name that stands for nothing goes into the report."""
        if isinstance(source, Article | SourceFailure):
            return [source]
        try:
            return find_sources(os.fspath(source))
        except SourceError as exc:
            self._report.results.append(AddResult("failed", str(source), reason=str(exc)))
            return []

    def _take(self, source: str, item: Article | SourceFailure) -> None:
        """Put an article among those that wait, or into the report what is wrong with it."""
        if isinstance(item, SourceFailure):
            outcome: Outcome = "skipped" if item.skipped else "failed"
            self._report.results.append(AddResult(outcome, item.source, reason=item.reason))
            return
        problem = _problem(item)
        if not problem:
            item = _on_one_line(item)
        first = self._seen.get(item.id)
        if first is not None and first[1] != item.content_hash:
            problem = (
                f"duplicate id {item.id!r}: {first[0]} has it too, with another content. Give it an id of its own."
            )
        if problem:
            self._report.results.append(AddResult("failed", source, item.id, item.title, problem))
            return
        if first is not None:
            self._report.results.append(AddResult("unchanged", source, item.id, item.title))
            return
        self._seen[item.id] = (source, item.content_hash)
        passages = split_article(item, self._manifest.passage_chars, self._manifest.overlap_chars)
        self._pending.append(_Pending(source, item, passages))
        self._waiting += len(passages)

    def _flush(self) -> None:
        """Embed what is pending and not stored yet, and commit it."""
        fresh = self._not_stored()
        self._pending.clear()
        if not fresh:
            return
        texts = [embedded_text(passage) for pending in fresh for passage in pending.passages]
        vectors = self._embedder.embed_passages(texts, self._embedded)
        puts = []
        at = 0
        for pending in fresh:
            puts.append(Put(pending.article, pending.passages, vectors[at : at + len(pending.passages)]))
            at += len(pending.passages)
        for pending, outcome in zip(fresh, self._connection.commit(puts, []), strict=True):
            self._settle(pending, outcome)

    def _not_stored(self) -> list[_Pending]:
        """Those pending that are not stored with the same content; the others are unchanged."""
        if not self._pending:
            return []
        with self._connection.reading() as view:
            stored = view.store.summaries([pending.article.id for pending in self._pending])
        fresh = []
        for pending in self._pending:
            old = stored.get(pending.article.id)
            if old is not None and old.content_hash == pending.article.content_hash:
                self._settle(pending, "unchanged")
                self._waiting -= len(pending.passages)
            else:
                fresh.append(pending)
        return fresh

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


def _name(source: _Readable) -> str:
    if isinstance(source, Article):
        return source.id
    return source.source if isinstance(source, SourceFailure) else source


def _items(source: _Readable) -> Iterator[Article | SourceFailure]:
    return iter([source]) if isinstance(source, Article | SourceFailure) else read_source(source)


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


def _on_one_line(article: Article) -> Article:
    """An Article from Python with its title, URL, source and author as files have them: one line, single spaces."""
    lines = {name: one_line(getattr(article, name)) for name in ("url", "source", "author")}
    lines["title"] = one_line(article.title) or ""
    if all(getattr(article, name) == line for name, line in lines.items()):
        return article
    return replace(article, **lines)  # type: ignore[arg-type]
