"""One call of `ArticleIndex.add`: sources are read, checked, cut, embedded and committed, group by group.

`ArticleIndex.prepare` is the first half of it, which may run on another machine.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from index.acceptance import completed, problem_of
from index.article import Article, ArticleSummary, Location, Passage
from index.embedding.embedder import Embedder
from index.embedding.engines import Vectors
from index.embedding.reuse import Made, made_before, vectors_of
from index.errors import ManifestMismatchError
from index.fetching import Fetching
from index.formats import SourceFailure
from index.formats.addresses import MAX_LISTS, Address
from index.formats.identity import is_url
from index.formats.origin import Origin
from index.formats.processes import items_of, read_in_processes
from index.known import Known, KnownFiles, relocated
from index.report import AddProgress, AddReport, AddResult, Outcome
from index.settings import FetchSettings
from index.sources import Item, Named, Prepared, Readable, Source, expanded, is_address, name_of
from index.split import split_article
from index.storage.chroma import Put
from index.storage.connection import Connection
from index.storage.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Manner:
    """How articles are added.

    `workers` processes read (0: this one). `known` are the files that were read before, looked up where it is None.
    With `dry_run` all is read, and nothing embedded and stored. `fetching` is how web addresses are fetched.
    `choose` is asked once, with the first articles, before any is embedded: see `ArticleIndex`.
    """

    workers: int = 0
    known: KnownFiles | None = None
    dry_run: bool = False
    fetching: FetchSettings = field(default_factory=FetchSettings)
    choose: Callable[[Sequence[Article]], Choice] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What articles are embedded with from now on, and a line about it, or ""."""

    embedder: Embedder
    manifest: Manifest
    note: str = ""


@dataclass(slots=True)
class Seen:
    """What was found in files and at addresses in one call."""

    at: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # address -> ids of articles
    whole: set[str] = field(default_factory=set)  # the addresses all of which could be read, no feeds
    known: list[Known] = field(default_factory=list)


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
        manner: Manner,
        on_progress: Callable[[AddProgress], None] | None = None,
    ) -> None:
        """Prepare it; `commit_passages` are gathered before articles are committed together."""
        self._connection = connection
        self._embedder = embedder
        self._manifest = manifest
        self._commit_passages = commit_passages
        self._manner = manner
        self._known = manner.known
        self._on_progress = on_progress
        self._report = AddReport()
        self._progress = AddProgress(0, 0, "", self._report)
        self._seen: dict[str, tuple[str, str]] = {}  # article id -> its source and content hash
        self._pending: list[_Pending] = []
        self._chosen = False
        self._waiting = 0  # passages that are not embedded yet
        self._relocated: dict[str, tuple[Location, ...]] = {}  # what is to be noted of where articles are
        self._more: dict[str, list[Location]] = defaultdict(list)  # of articles that were found once more
        self._fetching: Fetching | None = None  # while sources are read
        self.folders: list[Path] = []  # that were named, with files in them
        self.seen = Seen()

    def run(self, sources: Iterable[Source]) -> AddReport:
        """Add them all; to be called once."""
        named: list[Readable] = []
        rest = iter(sources)
        for source in rest:
            named += self._found(source)
            if rest is sources and isinstance(source, Item):
                break  # the others are read as they come
        named = [*self._looked_up(named)]
        later = (each for source in rest for each in self._looked_up(self._found(source)))
        done = 0
        with closing(self._read(chain(named, later))) as each:
            for done, (source, items) in enumerate(each, start=1):
                name = name_of(source)
                more = self._fetching.more if self._fetching is not None else 0
                self._tell(done - 1, max(done, len(named) + more), name)
                for item in items:
                    self._take(name, item)
                    if self._is_full():
                        self._flush()
            self._flush()
        self._note_more()
        self._note_versions()
        if self._known is not None:
            self._report.gone += sorted({gone for each in self.folders for gone in self._known.gone_below(each)})
        self._tell(done, done, "")
        return self._report

    def prepare(self, sources: Iterable[Source]) -> Iterator[Item]:
        """Read, check, cut and embed them, and store nothing; to be called once."""
        with closing(self._read(found for source in sources for found in expanded(source))) as each:
            for _, items in each:
                for item in items:
                    article = item.article if isinstance(item, Named) else item
                    if not isinstance(article, Article) or problem_of(article):
                        yield item  # `add` says what is wrong with it
                        continue
                    self._pending.append(self._cut("", completed(article)))
                    if self._is_full():
                        yield from self._prepared()
            yield from self._prepared()

    def _found(self, source: Source) -> Sequence[Readable]:
        found = expanded(source)
        if (
            isinstance(source, str | os.PathLike)
            and list(found) != [os.fspath(source)]
            and any(isinstance(each, str) for each in found)
        ):
            self.folders.append(Path(source))
        return found

    def _looked_up(self, sources: Sequence[Readable]) -> Sequence[Readable]:
        """With what is known of files that were read before, which is looked up when there is the first file."""
        if not any(isinstance(each, str) and not is_url(each) for each in sources):
            return sources
        if self._known is None:
            with self._connection.reading(words=False) as view:
                self._known = KnownFiles(view.store.summaries().values())
        return self._known.looked_up(sources)

    def _read(self, sources: Iterable[Readable]) -> Generator[tuple[Readable, Iterator[Item]]]:
        """Each source with what is in it: files and the like in order, and between them web pages as they come."""
        with closing(Fetching(self._manner.fetching, self._known)) as fetching:
            self._fetching = fetching
            self._report.lists = fetching.lists
            asked = (fetching.put(self._address(each)) if is_address(each) else each for each in sources)
            if self._manner.workers:
                read = read_in_processes(asked, self._manner.workers)
            else:
                read = ((source, items_of(source)) for source in asked)
            with closing(read):
                for source, items in read:
                    if not isinstance(source, Address):
                        yield source, items  # type: ignore[misc]
                    yield from fetching.finished()
            yield from fetching.rest()

    def _address(self, source: Readable) -> Address:
        if isinstance(source, Address):
            return replace(source, full=source.full or source.listed_in in self._manner.fetching.full)
        assert isinstance(source, str)
        return Address(source, lists=MAX_LISTS, full=source in self._manner.fetching.full)

    def _take(self, source: str, item: Item) -> None:
        """Put an article among those that wait, or into the report what is wrong with it."""
        if isinstance(item, SourceFailure):
            outcome: Outcome = "skipped" if item.skipped else "failed"
            reason = f"{item.reason}{self._what_stays(item.source)}" if item.gone else item.reason
            self._report.results.append(AddResult(outcome, item.source, reason=reason))
            return
        if isinstance(item, Known):
            self._take_known(source, item)
            return
        article = item if isinstance(item, Article) else item.article
        self._see(article)
        problem = problem_of(article)
        if not problem:
            article = completed(article)
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
            self._more[article.id] += article.locations
            return
        self._seen[article.id] = (source, article.content_hash)
        pending = self._given(source, item) if isinstance(item, Prepared) else self._cut(source, article)
        self._pending.append(pending)
        self._waiting += len(pending.passages)

    def _what_stays(self, url: str) -> str:
        """Of a page that is gone, what was read there before."""
        article_id = Origin.of_url(url).article_id
        with self._connection.reading(words=False) as view:
            there = article_id in view.store.summaries([article_id])
        return f". Its article stays; to remove it: qa remove {article_id}" if there else ""

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

    def _see(self, article: Article) -> None:
        """Note where an article was found, also one that cannot be stored."""
        for location in article.locations:
            self.seen.at[location.address].add(article.id)
            if location.articles is not None and not location.is_partial:
                self.seen.whole.add(location.address)

    def _take_known(self, source: str, known: Known) -> None:
        self.seen.known.append(known)
        for article in known.articles:
            outcome: Outcome = "moved" if known.moved else "unchanged"
            self._report.results.append(AddResult(outcome, source, article.id, article.title))
            self._seen.setdefault(article.id, (source, article.content_hash))
            self._note(article, known.locations_of(article, self._relocated.get(article.id, article.locations)))

    def _note(self, article: ArticleSummary, locations: tuple[Location, ...]) -> None:
        if locations != article.locations:
            self._relocated[article.id] = locations

    def _flush(self) -> None:
        """Embed what is pending and not stored yet, and commit it."""
        stored, same = self._stored()
        fresh: list[_Pending] = []
        for pending in self._pending:
            there = stored.get(pending.article.id)
            if there is None:
                fresh.append(pending)
                continue
            locations = _joined(self._relocated.get(there.id, there.locations), pending.article.locations)
            if there.id in same:
                self._settle(pending, "unchanged")
                self._waiting -= len(pending.passages)
                self._note(there, locations)
            else:
                self._relocated.pop(there.id, None)
                fresh.append(replace(pending, article=replace(pending.article, locations=locations)))
        self._pending.clear()
        if self._manner.dry_run:
            for pending in fresh:
                self._settle(pending, "updated" if pending.article.id in stored else "added")
        elif fresh or self._relocated:
            self._choose([pending.article for pending in fresh if pending.vectors is None])
            outcomes = self._connection.commit(self._embed(fresh, stored), [], self._manifest, self._relocated)
            for pending, outcome in zip(fresh, outcomes, strict=True):
                self._settle(pending, outcome)
        self._relocated.clear()
        self._waiting = 0

    def _choose(self, articles: Sequence[Article]) -> None:
        """Have the model of a new index chosen by its first articles."""
        if articles and self._manner.choose is not None and not self._chosen:
            self._chosen = True
            choice = self._manner.choose(articles)
            self._embedder, self._manifest = choice.embedder, choice.manifest
            self._report.notes += [choice.note] if choice.note else []

    def _note_more(self) -> None:
        """Note where else the articles are that were found in several places."""
        if not self._more or self._manner.dry_run:
            return
        with self._connection.reading(words=False) as view:
            stored = view.store.summaries(list(self._more))
        for article_id, article in stored.items():
            self._note(article, _joined(article.locations, self._more[article_id]))
        if self._relocated:
            self._connection.commit([], [], locations=self._relocated)

    def _note_versions(self) -> None:
        """Note which of those stored are versions of a story that is there, each behind those before it."""
        stored = [each.article_id for each in self._report.results if each.outcome in {"added", "updated"}]
        if not stored or self._manner.dry_run:
            return
        with self._connection.reading(words=False) as view:
            groups = view.words.stories()
        story = {each: group for group in groups for each in group}
        later = set(stored)
        for article_id in stored:
            later.discard(article_id)
            others = tuple(each for each in story.get(article_id or "", ()) if each != article_id and each not in later)
            if article_id and others:
                self._report.versions[article_id] = others

    def _prepared(self) -> Iterator[Item]:
        """What is pending, ready to be stored; what is stored already with the same content as it came."""
        stored, same = self._stored()
        yield from (pending.article for pending in self._pending if pending.article.id in same)
        fresh = [pending for pending in self._pending if pending.article.id not in same]
        self._pending.clear()
        for put in self._embed(fresh, stored):
            yield Prepared(put.article, put.passages, put.vectors, self._manifest)

    def _stored(self) -> tuple[dict[str, ArticleSummary], set[str]]:
        """Those pending that are stored, perhaps with another content; the ids of those with the same, and whole."""
        if not self._pending:
            return {}, set()
        with self._connection.reading(words=False) as view:
            stored = view.store.summaries([pending.article.id for pending in self._pending])
            same = [
                pending
                for pending in self._pending
                if pending.article.id in stored
                and stored[pending.article.id].content_hash == pending.article.content_hash
            ]
            lacking = view.store.lacking([passage.id for pending in same for passage in pending.passages])
        whole = (each for each in same if not lacking.intersection(passage.id for passage in each.passages))
        return stored, {pending.article.id for pending in whole}

    def _embed(self, fresh: Sequence[_Pending], stored: Mapping[str, ArticleSummary]) -> list[Put]:
        """Make the vectors of those that have none yet, all together, but for passages that are stored."""
        without = [pending for pending in fresh if pending.vectors is None]
        changed = [stored[pending.article.id] for pending in without if pending.article.id in stored]
        made: Made = {}
        if changed:
            with self._connection.reading(words=False) as view:
                if view.manifest == self._manifest:  # otherwise it was rebuilt, and its vectors may be another model's
                    made = made_before(view.store.stored_passages(changed))
        passages = [pending.passages for pending in without]
        vectors = iter(vectors_of(passages, made, self._embedder, self._embedded))
        puts = []
        for pending in fresh:
            if pending.vectors is None:
                puts.append(Put(pending.article, pending.passages, next(vectors)))
            else:
                self._embedded(len(pending.vectors))
                puts.append(Put(pending.article, pending.passages, pending.vectors))
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


def _joined(before: Sequence[Location], read: Sequence[Location]) -> tuple[Location, ...]:
    """Where an article is after it was read again; that it was read again, and is as it was, is not noted."""
    return relocated(
        before, [each for each in read if not any(replace(old, read_at=each.read_at) == each for old in before)]
    )
