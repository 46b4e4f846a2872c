"""One open index: its store, its word index and its lock, kept in step with what other processes do."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakValueDictionary

from index.article import ArticleSummary, Location, Passage
from index.embedding.embedder import Embedder
from index.errors import ArticlesLostError, RebuiltError, StoreError
from index.report import Outcome
from index.storage.chroma import ChromaStore, Put, translated_errors
from index.storage.lock import State, StoreLock, Ticket
from index.storage.manifest import Manifest
from index.storage.place import COLLECTIONS, Place, ServerPlace
from index.storage.snapshot import SnapshotPlace, usable

if TYPE_CHECKING:
    from index.storage.lexical import LexicalIndex

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """What may be read inside `Connection.reading`. With `unsettled`, results must be checked by `store.live`."""

    store: ChromaStore
    words: LexicalIndex
    revision: str
    unsettled: bool
    manifest: Manifest  # of what is read; another one than before where the index was rebuilt


@dataclass(frozen=True, slots=True)
class Repair:
    """What may be looked at and changed inside `Connection.repairing`."""

    store: ChromaStore
    words: LexicalIndex
    found: State  # the state before
    vectors: str  # of the vector files: "", "altered" and all to be read, or "damaged" and made anew
    words_state: str  # of the word index before: "", "missing" or "damaged"
    renew: Callable[[], None]  # to be called every few seconds: says that the writer is still at work


class Connection:
    """Reads and commits of one index. Thread-safe: one thread at a time; the calls inside take milliseconds.

    Embedded Chroma has one system per folder in a process, so a process has one Connection per folder: use `to`.
    """

    _open: ClassVar[WeakValueDictionary[str, Connection]] = WeakValueDictionary()
    _opening: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, place: Place, embedder: Embedder) -> None:
        """Use `to` instead. `embedder` is for mending only."""
        self.place = self._home = place  # the first is another while nothing can be written to the second
        self._embedder = embedder
        self._thread_lock = threading.RLock()
        self._store_lock: StoreLock
        self._store: ChromaStore | None = None
        self._revision: str | None = None
        self._words: LexicalIndex | None = None
        self._words_revision: str | None = None
        self._manifest: Manifest | None = None
        self._finalizer: weakref.finalize[..., Connection] | None = None

    @classmethod
    def to(cls, place: Place, embedder: Embedder) -> Connection:
        """The connection of this process to an index that exists."""
        if isinstance(place, ServerPlace):
            return cls(place, embedder)
        key = str(Path(place.name).resolve())
        with cls._opening:
            connection = cls._open.get(key)
            if connection is None:
                connection = cls._open[key] = cls(place, embedder)
            return connection

    @contextmanager
    def reading(self, words: bool = True) -> Iterator[View]:
        """A view of the newest revision. What a killed writer left is cleaned away first.

        Without `words` the view's word index may be of an older revision: to follow costs time where passages are many.
        """
        with self._thread_lock:
            self._choose_place()
            for _ in range(10):
                # A client that has to be opened anew is used for this once under the lock that it is opened under.
                with translated_errors(self.place.name):
                    state = self._store_lock.state()
                lock = self._store_lock.reading if self._is_current(state) else self._store_lock.opening
                with translated_errors(self.place.name), lock() as state:
                    made = state.revision != ""  # otherwise its maker has not come to the first commit
                    sound = made and not (state.writing and self._store_lock.abandoned()) and self._is_as_left(state)
                    if sound and (self._is_current(state) or lock == self._store_lock.opening):
                        yield self._view(state, words)
                        return
                if not sound:
                    with self._turn() as ticket:
                        self._commit(ticket, [], [])
            raise StoreError(f"The index at {self.place.name} cannot be repaired: every try was interrupted.")

    def settled_since(self, view: View) -> bool:
        """Whether what was read through `view` is of one revision. Always so where readers exclude writers."""
        state = self._store_lock.state()
        return not view.unsettled and state.revision == view.revision and not state.writing

    def check_writable(self) -> None:
        """Raise StoreError where nothing can be added or removed now."""
        usable(self._home).check_writable()

    def commit(
        self,
        puts: Sequence[Put],
        removals: Sequence[str],
        manifest: Manifest | None = None,
        locations: Mapping[str, Sequence[Location]] | None = None,
    ) -> list[Outcome]:
        """Store and remove articles, all visible at once; says for each of `puts` "added", "updated" or "unchanged".

        First of all `locations`, by article id, take the place of what was noted of where these articles were read.

        Articles that another process stored in the meantime with the same content are left as they are. Raises
        IndexBusyError and StoreError; each article is then stored whole or not at all. Raises ManifestMismatchError,
        and stores nothing, where `manifest`, by which `puts` were made, is not the index's any more.
        """
        with self._thread_lock:
            self._choose_place()
            self.place.check_writable()
            with self._turn() as ticket:
                return self._commit(ticket, puts, removals, manifest, locations)

    def exchange(self, made: Path, last: Callable[[ChromaStore], None], embedder: Embedder) -> None:
        """Put the index that was made in the folder `made` in the place of this one, and remove `made`.

        `last` is called before that, when nobody can write any more, with the store as it is now. `embedder` is the
        one that `made` was made with. Killed at any moment, either the old index is there or the new one.
        """
        with self._thread_lock:
            self._choose_place()
            self.place.check_writable()
            with self._turn() as ticket:
                store, _, _ = self._recovered(ticket)
                last(store)
                self._forget()
                self._home.exchange(made)
                self._embedder = embedder
                store, words = self._fresh(self._store_lock.state())
                _synchronise(words, store, ticket.revision)
                self.place.settle(store)

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        with self._thread_lock:
            self._forget()

    def _choose_place(self) -> None:
        """See whether the index can be written, or only be read by a copy, and whether the copy is still right."""
        if isinstance(self.place, SnapshotPlace) and not self.place.is_current():
            self._forget()
        if self._store is None:
            self.place = usable(self._home)
            self._store_lock = self.place.lock()

    @contextmanager
    def repairing(self) -> Iterator[Repair]:
        """The writer's turn for whoever checks all: the store as it is, also one that has lost articles.

        Vector files that cannot be read are mended. At the end the state speaks of what is there, and the word index
        holds the same; after an ArticlesLostError the state goes on speaking of what it spoke of. Raises
        ArticlesLostError where the store is gone.
        """
        with self._thread_lock:
            self._choose_place()
            self.place.check_writable()
            self._forget()
            with self._turn() as ticket:
                as_left = self.place.is_as_left(ticket.found)
                self.place.mend(self._embedder)
                state = self._store_lock.state()
                had_words = self.place.lexical_path().is_dir()
                store, words = self._fresh(state, checked=False)
                known = words.revision()
                yield Repair(
                    store,
                    words,
                    ticket.found,
                    vectors="" if as_left else "altered" if state.store == ticket.found.store else "damaged",
                    words_state="" if known is not None else "damaged" if had_words else "missing",
                    renew=self._store_lock.renew,
                )
                _synchronise(words, store, ticket.revision)
                self.place.settle(store)

    @contextmanager
    def _turn(self) -> Iterator[Ticket]:
        """The one writer's turn; what is open at its end is the newest."""
        with translated_errors(self.place.name), self._store_lock.writing() as ticket:
            try:
                yield ticket
            except BaseException:
                self._forget()
                raise
            self._revision = ticket.revision

    def _recovered(self, ticket: Ticket) -> tuple[ChromaStore, LexicalIndex, bool]:
        """What is there, mended and cleaned where it was not as it was left; and whether that was so."""
        state = ticket.found
        broken = state.writing or not state.revision or not self._is_as_left(state)
        if broken:
            self._forget()
            self.place.is_as_left(state)  # or it is gone, and nothing may be mended
            self.place.mend(self._embedder)
            state = replace(self._store_lock.state(), writing=state.writing)
        store, words = self._fresh(state)
        if broken:
            self._clean(store)
        return store, words, broken

    def _commit(
        self,
        ticket: Ticket,
        puts: Sequence[Put],
        removals: Sequence[str],
        manifest: Manifest | None = None,
        locations: Mapping[str, Sequence[Location]] | None = None,
    ) -> list[Outcome]:
        if puts and manifest not in (None, self.place.manifest()):
            raise RebuiltError(
                f"The index at {self.place.name} was rebuilt while articles were being added, with other settings. "
                "What was not reported as added is not stored: add it again."
            )
        store, words, broken = self._recovered(ticket)
        store.relocate(locations or {})
        before = store.summaries(list(dict.fromkeys([*(put.article.id for put in puts), *removals])))
        outcomes: list[Outcome] = []
        fresh: list[Put] = []
        replaced: list[ArticleSummary] = []
        again: list[str] = []  # what is written once more over what is left of it
        for put in puts:
            old = before.get(put.article.id)
            ids = [passage.id for passage in put.passages]
            same = old is not None and old.content_hash == put.article.content_hash
            if same and not store.lacking(ids):
                outcomes.append("unchanged")
                continue
            self._store_lock.renew()
            if old is not None:
                replaced.append(old)
                again += ids if same else []
            fresh.append(put)
            outcomes.append("added" if old is None else "updated")
        removed = [before[article_id] for article_id in removals if article_id in before]
        kept = {passage.id for put in fresh for passage in put.passages}
        stale = [each for each in store.passage_ids_of([*replaced, *removed]) if each not in kept]
        store.put(fresh)
        for summary in removed:
            store.drop_record(summary.id)
        store.drop_passages(stale)
        if words.revision() == ticket.found.revision and not broken:
            added = [passage for put in fresh for passage in put.passages]
            words.update(added, [*stale, *again], ticket.revision)
        else:
            _synchronise(words, store, ticket.revision)
        self.place.settle(store)
        return outcomes

    def _view(self, state: State, with_words: bool) -> View:
        store, words = self._fresh(state)
        if with_words and self._words_revision != state.revision and not state.writing:
            if words.revision() != state.revision:
                _synchronise(words, store, state.revision)
            self._words_revision = state.revision
        assert self._manifest is not None
        return View(store, words, state.revision, state.writing, self._manifest)

    def _is_as_left(self, state: State) -> bool:
        return self._is_current(state) or self.place.is_as_left(state)

    def _is_current(self, state: State) -> bool:
        return self._store is not None and self._revision == state.revision

    def _fresh(self, state: State, checked: bool = True) -> tuple[ChromaStore, LexicalIndex]:
        """The store as of this state. An embedded client never sees new vectors of others, so a new one is made.

        Without `checked`, also a store that has lost articles.
        """
        from index.storage.lexical import LexicalIndex

        if self._store is None or self._words is None or not self._is_current(state):
            self._forget()
            client = self.place.connect()
            self._finalizer = weakref.finalize(self, self.place.release, client)
            store = ChromaStore(client, self.place.name, COLLECTIONS)
            if checked:
                self.place.check(store, state)
            store.catch_up()
            words = LexicalIndex(self.place.lexical_path(), lambda words: _synchronise(words, store, ""))
            if checked:
                self._check_not_emptied(store, words, state)
            self.place.settle(store)
            self._manifest = self.place.manifest()
            self._store, self._words, self._revision = store, words, state.revision
        return self._store, self._words

    def _check_not_emptied(self, store: ChromaStore, words: LexicalIndex, state: State) -> None:
        """Raise ArticlesLostError where the word index holds what the store should, and the store nothing."""
        killed = state.writing and state.revision  # perhaps while it removed the last articles
        # A folder's word index is never ahead of its store; a server's is a cache, perhaps of an earlier index there.
        of_it = words.revision() == state.revision if state.revision else not isinstance(self._home, ServerPlace)
        if killed or not of_it or store.counts() != (0, 0):
            return
        if passages := len(words.passage_ids()):
            raise ArticlesLostError(
                f"The index at {self.place.name} has lost its articles: its word index has {passages} passages and its "
                "store none. Put it back whole from a copy, or build it again in another place: "
                "qa --index ANOTHER_PLACE add ARTICLES"
            )

    def _forget(self) -> None:
        if self._words is not None:
            self._words.close()
        self._store = self._words = self._revision = self._words_revision = None
        if self._finalizer is not None:
            self._finalizer()
            self._finalizer = None

    def _clean(self, store: ChromaStore) -> None:
        """Remove what a killed writer left: passages of versions that never became visible, or are replaced."""
        orphans = sorted(store.orphans())
        _LOG.info("Cleaning up after an interrupted write to %s: %d passages.", self.place.name, len(orphans))
        store.drop_passages(orphans)


def _synchronise(words: LexicalIndex, store: ChromaStore, revision: str) -> None:
    """Bring the word index to the store's passages, whatever it holds."""
    have, want = words.passage_ids(), store.passage_ids()
    # All of an article of which a part is missing: its first passage speaks of all its sentences.
    versions = {each.rsplit("-", 1)[0] for each in want - have}
    missing = {each for each in want if each.rsplit("-", 1)[0] in versions}
    passages = _with_languages(store.passages(sorted(missing)).values(), store)
    in_order = sorted(passages, key=lambda passage: (passage.article_id, passage.start))
    words.update(in_order, sorted((have - want) | (have & missing)), revision)


def _with_languages(passages: Collection[Passage], store: ChromaStore) -> list[Passage]:
    """The passages; those that were stored before they held their article's language are given it."""
    without = {passage.article_id for passage in passages if passage.language is None}
    known = {key: summary.known_language for key, summary in store.summaries(sorted(without)).items()}
    return [
        replace(passage, language=known.get(passage.article_id)) if passage.language is None else passage
        for passage in passages
    ]
