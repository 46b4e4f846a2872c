"""One open index: its store, its word index and its guard, kept in step with what other processes do."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from urllib.parse import urlsplit
from uuid import uuid4
from weakref import WeakValueDictionary

from index.article import Article, Passage
from index.embedding.embedder import Embedder
from index.embedding.engines import Vectors
from index.errors import NotAnIndexError, ServerUnavailableError, StoreError
from index.files import write_atomically
from index.report import Outcome
from index.settings import StoreSettings
from index.storage.chroma import ChromaStore, translated_errors
from index.storage.lexical import LexicalIndex
from index.storage.lock import FileGuard, Guard, ServerGuard, State, Ticket
from index.storage.manifest import Manifest
from index.storage.repair import is_readable, rebuild, remove_others

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_LOG = logging.getLogger(__name__)
_NAME = "article-qa"  # of the collections


class Place(Protocol):
    """Where an index lies."""

    name: str

    def manifest(self) -> Manifest | None:
        """What built the index there; None where there is none. Raises NotAnIndexError for something else."""

    def create(self, manifest: Manifest) -> Manifest:
        """Make an empty index, unless another process just did; gives the manifest that is there then."""

    def connect(self) -> ClientAPI:
        """A Chroma client that sees everything committed so far."""

    def mend(self, embedder: Embedder) -> None:
        """Put right what the death of a writer may have broken; called by the one writer, with no client open."""

    def release(self, client: ClientAPI) -> None:
        """Give a client back that is no longer used."""

    def guard(self) -> Guard:
        """The guard of this place."""

    def lexical_path(self) -> Path:
        """Where the word index lies."""

    def companion(self, name: str) -> Path:
        """Where a file that is kept with the index, and is no part of it, lies; its folder is there."""


class FolderPlace:
    """An index in a folder of its own: manifest.json, state.json, index.lock, words.sqlite and chroma/."""

    def __init__(self, folder: Path, settings: StoreSettings) -> None:
        """Name the folder; nothing is opened."""
        self.folder = folder
        self.name = str(folder)
        self._settings = settings
        self._guard: FileGuard | None = None

    def manifest(self) -> Manifest | None:
        """See Place."""
        path = self.folder / "manifest.json"
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.folder.is_dir() and any(self.folder.iterdir()):
                raise NotAnIndexError(
                    f"{self.folder} is not an index: it has no manifest.json, but other files. Name another folder."
                ) from None
            return None
        except NotADirectoryError as exc:
            raise NotAnIndexError(f"{self.folder} is a file, not an index. Name a folder.") from exc
        except (OSError, ValueError) as exc:
            raise NotAnIndexError(f"The manifest {path} cannot be read: {exc}. Name another folder.") from exc
        if not isinstance(values, dict):
            raise NotAnIndexError(f"The manifest {path} is not one of ours. Name another folder.")
        return Manifest.from_mapping(values, self.name)

    def create(self, manifest: Manifest) -> Manifest:
        """See Place. The manifest is written first, so that what a killed process leaves is an index."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if (there := self.manifest()) is not None:
                return there
            write_atomically(self.folder / "manifest.json", manifest.to_json())
        except OSError as exc:
            raise StoreError(f"Cannot make an index at {self.folder}: {exc.strerror}. Name another folder.") from exc
        return manifest

    def connect(self) -> ClientAPI:
        """See Place."""
        return self._client(self.folder / self.guard().state().store)

    def mend(self, embedder: Embedder) -> None:
        """See Place."""
        current = self.guard().state().store
        if not is_readable(self.folder / current):
            better = f"chroma-{uuid4().hex[:8]}"
            rebuild(self.folder / current, self.folder / better, self._store, embedder)
            self.guard().move(better)
            current = better
        remove_others(self.folder, current)

    def _store(self, chroma: Path) -> ChromaStore:
        return ChromaStore(self._client(chroma), self.name, _NAME)

    def _client(self, chroma: Path) -> ClientAPI:
        import chromadb
        from chromadb.config import Settings

        try:
            with translated_errors(self.name):
                return chromadb.PersistentClient(str(chroma), settings=Settings(anonymized_telemetry=False))
        except OSError as exc:
            raise StoreError(f"Cannot open the store in {chroma}: {exc}.") from exc

    def release(self, client: ClientAPI) -> None:
        """See Place. Chroma shares what it read among all clients of a folder until the last is closed."""
        client.close()

    def guard(self) -> FileGuard:
        """See Place."""
        if self._guard is None:
            self._guard = FileGuard(self.folder, self._settings.lock_timeout_s)
        return self._guard

    def lexical_path(self) -> Path:
        """See Place."""
        return self.folder / "words.sqlite"

    def companion(self, name: str) -> Path:
        """See Place."""
        return _with_folder(self.folder / name)


class ServerPlace:
    """An index on a Chroma server; the word index is a cache in the user's cache folder."""

    def __init__(self, url: str, settings: StoreSettings) -> None:
        """Name the server; nothing is sent."""
        self.name = url.rstrip("/")
        self._settings = settings
        self._client: ClientAPI | None = None

    def connect(self) -> ClientAPI:
        """See Place. One client serves for all: a server never shows old vectors."""
        if self._client is None:
            import chromadb
            import httpx
            from chromadb.config import Settings

            parts = urlsplit(self.name)
            https = parts.scheme == "https"
            try:
                with translated_errors(self.name):
                    self._client = chromadb.HttpClient(
                        host=parts.hostname or "localhost",
                        port=parts.port or (443 if https else 8000),
                        ssl=https,
                        settings=Settings(anonymized_telemetry=False),
                    )
            except ValueError as exc:  # what Chroma makes of a refused connection
                raise ServerUnavailableError(
                    f"No Chroma server answers at {self.name}. Start one: chroma run --path DIR"
                ) from exc
            # Chroma sets no time-out and offers none; a server that stalls would hold its clients for ever.
            session: Any = getattr(self._client._server, "_session", None)
            if session is not None:
                session.timeout = httpx.Timeout(self._settings.server_timeout_s)
        return self._client

    def mend(self, embedder: Embedder) -> None:
        """See Place. A server looks after its own files."""

    def release(self, client: ClientAPI) -> None:
        """See Place. The one client stays open."""

    def manifest(self) -> Manifest | None:
        """See Place."""
        with translated_errors(self.name):
            for collection in self.connect().list_collections():
                if collection.name == f"{_NAME}-manifest":
                    return Manifest.from_mapping(collection.metadata or {}, self.name)
        return None

    def create(self, manifest: Manifest) -> Manifest:
        """See Place. Of several that create at the same time, one wins."""
        with translated_errors(self.name):
            self.connect().get_or_create_collection(
                f"{_NAME}-manifest", embedding_function=None, metadata=manifest.to_mapping()
            )
        there = self.manifest()
        assert there is not None
        return there

    def guard(self) -> Guard:
        """See Place."""
        with translated_errors(self.name):
            return ServerGuard(self.connect(), self.name, self._settings.lock_timeout_s, self._settings.lease_s, _NAME)

    def lexical_path(self) -> Path:
        """See Place."""
        from platformdirs import user_cache_path

        return _with_folder(user_cache_path("article-qa", appauthor=False) / "words" / f"{self._key()}.sqlite")

    def companion(self, name: str) -> Path:
        """See Place. It is nothing that can be derived, so it is among the user's data and not in the cache."""
        from platformdirs import user_data_path

        return _with_folder(user_data_path("article-qa", appauthor=False) / "servers" / self._key() / name)

    def _key(self) -> str:
        return hashlib.sha256(f"{self.name}|{_NAME}".encode()).hexdigest()[:32]


def _with_folder(path: Path) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(f"Cannot make the folder {path.parent}: {exc.strerror}. See who may write there.") from exc
    return path


@dataclass(frozen=True, slots=True)
class Put:
    """An article that is ready to be stored."""

    article: Article
    passages: Sequence[Passage]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class View:
    """What may be read inside `Connection.reading`. With `unsettled`, results must be checked by `store.live`."""

    store: ChromaStore
    words: LexicalIndex
    revision: str
    unsettled: bool


class Connection:
    """Reads and commits of one index. Thread-safe: one thread at a time; the calls inside take milliseconds.

    Embedded Chroma has one system per folder in a process, so a process has one Connection per folder: use `to`.
    """

    _open: ClassVar[WeakValueDictionary[str, Connection]] = WeakValueDictionary()
    _opening: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, place: Place, embedder: Embedder) -> None:
        """Use `to` instead. `embedder` is for mending only."""
        self.place = place
        self._embedder = embedder
        self._lock = threading.RLock()
        self._guard = place.guard()
        self._store: ChromaStore | None = None
        self._revision: str | None = None
        self._words: LexicalIndex | None = None
        self._words_revision: str | None = None
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
    def reading(self) -> Iterator[View]:
        """A view of the newest revision. What a killed writer left is cleaned away first."""
        with self._lock:
            for _ in range(10):
                # A client that has to be opened anew is used for this once under the lock that it is opened under.
                with translated_errors(self.place.name):
                    state = self._guard.state()
                lock = self._guard.reading if self._is_current(state) else self._guard.opening
                with translated_errors(self.place.name), lock() as state:
                    made = state.revision != ""  # otherwise its maker has not come to the first commit
                    sound = made and not (state.writing and self._guard.abandoned())
                    if sound and (self._is_current(state) or lock == self._guard.opening):
                        yield self._view(state)
                        return
                if not sound:
                    self.commit([], [])
            raise StoreError(f"The index at {self.place.name} cannot be repaired: every try was interrupted.")

    def settled_since(self, view: View) -> bool:
        """Whether what was read through `view` is of one revision. Always so where readers exclude writers."""
        return not view.unsettled and self._guard.state() == State(view.revision)

    def commit(self, puts: Sequence[Put], removals: Sequence[str]) -> list[Outcome]:
        """Store and remove articles, all visible at once; says for each of `puts` "added", "updated" or "unchanged".

        Articles that another process stored in the meantime with the same content are left as they are. Raises
        IndexBusyError and StoreError; each article is then stored whole or not at all.
        """
        with self._lock, translated_errors(self.place.name), self._guard.writing() as ticket:
            try:
                outcomes = self._commit(ticket, puts, removals)
            except BaseException:
                self._forget()
                raise
            self._revision = ticket.revision
            return outcomes

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        with self._lock:
            self._forget()

    def _commit(self, ticket: Ticket, puts: Sequence[Put], removals: Sequence[str]) -> list[Outcome]:
        if ticket.found.writing:
            self._forget()
            self.place.mend(self._embedder)
        store, words = self._fresh(ticket.found)
        if ticket.found.writing:
            self._clean(store)
        before = store.summaries(list(dict.fromkeys([*(put.article.id for put in puts), *removals])))
        outcomes: list[Outcome] = []
        added: list[Passage] = []
        stale: list[str] = []
        for put in puts:
            old = before.get(put.article.id)
            if old is not None and old.content_hash == put.article.content_hash:
                outcomes.append("unchanged")
                continue
            self._guard.renew()
            if old is not None:
                stale += [passage.id for passage in store.article_passages(old)]
            store.put(put.article, put.passages, put.vectors)
            added += put.passages
            outcomes.append("added" if old is None else "updated")
        for article_id in removals:
            if (old := before.get(article_id)) is not None:
                stale += [passage.id for passage in store.article_passages(old)]
                store.drop_record(article_id)
        store.drop_passages(stale)
        if words.revision() == ticket.found.revision and not ticket.found.writing:
            words.update(added, stale, ticket.revision)
        else:
            _synchronise(words, store, ticket.revision)
        return outcomes

    def _view(self, state: State) -> View:
        store, words = self._fresh(state)
        if self._words_revision != state.revision and not state.writing:
            if words.revision() != state.revision:
                _synchronise(words, store, state.revision)
            self._words_revision = state.revision
        return View(store, words, state.revision, unsettled=state.writing)

    def _is_current(self, state: State) -> bool:
        return self._store is not None and self._revision == state.revision

    def _fresh(self, state: State) -> tuple[ChromaStore, LexicalIndex]:
        """The store as of this state. An embedded client never sees new vectors of others, so a new one is made."""
        if self._store is None or self._words is None or not self._is_current(state):
            self._forget()
            client = self.place.connect()
            self._finalizer = weakref.finalize(self, self.place.release, client)
            store = ChromaStore(client, self.place.name, _NAME)
            store.catch_up()
            self._store = store
            self._words = LexicalIndex(self.place.lexical_path(), lambda words: _synchronise(words, store, ""))
            self._revision = state.revision
        return self._store, self._words

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
    missing = store.passages(sorted(want - have)).values()
    in_order = sorted(missing, key=lambda passage: (passage.article_id, passage.start))
    words.update(in_order, sorted(have - want), revision)
