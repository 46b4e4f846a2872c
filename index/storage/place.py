"""Where an index lies, a folder or a Chroma server, and what is kept there in which way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from index.embedding.embedder import Embedder
from index.errors import ArticlesLostError, NotAnIndexError, ServerUnavailableError, StoreError
from index.files import keep_private, write_atomically
from index.settings import StoreSettings
from index.storage.chroma import ChromaStore, translated_errors
from index.storage.lock import DATABASE, FolderLock, ServerLock, State, StoreLock, new_store_name, stores_in
from index.storage.manifest import PUT_BACK, Manifest
from index.storage.repair import is_readable, rebuild, remove_others, vector_sum

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.config import Settings

_MANIFEST = "manifest.json"
COLLECTIONS = "article-qa"  # what the names of all collections of an index begin with


class Place(Protocol):
    """Where an index lies."""

    name: str

    def manifest(self) -> Manifest | None:
        """What built the index there; None where there is none. Raises NotAnIndexError for something else."""

    def create(self, manifest: Manifest) -> Manifest:
        """Make an empty index, unless another process just did; gives the manifest that is there then."""

    def connect(self) -> ClientAPI:
        """A Chroma client that sees everything committed so far."""

    def is_as_left(self, state: State) -> bool:
        """Whether the store's files are those that this state speaks of, to be asked before a client is made.

        Raises ArticlesLostError where they are gone.
        """

    def mend(self, embedder: Embedder) -> None:
        """Put right what the death of a writer may have broken; called by the one writer, with no client open."""

    def check(self, store: ChromaStore, state: State) -> None:
        """Raise ArticlesLostError where the store that was opened is not the one that this state speaks of."""

    def settle(self, store: ChromaStore) -> None:
        """Note by what the store is known again, at the end of a write or an opening, and who may read it."""

    def check_writable(self) -> None:
        """Raise StoreError where nothing can be added or removed."""

    def release(self, client: ClientAPI) -> None:
        """Give a client back that is no longer used."""

    def lock(self) -> StoreLock:
        """The lock of this place."""

    def exchange(self, made: Path) -> None:
        """Put the index in the folder `made` in the place of this one, and remove `made`; called by the one writer.

        No client is open, of either. Killed at any moment, either the old index is there or the new one.
        """

    def lexical_path(self) -> Path:
        """Where the word index lies."""

    def companion(self, name: str) -> Path:
        """Where a file that is kept with the index, and is no part of it, lies; its folder is there."""


class FolderPlace:
    """An index in a folder of its own: manifest.json, state.json, index.lock, words/ and chroma/."""

    def __init__(self, folder: Path, settings: StoreSettings, name: str | None = None) -> None:
        """Name the folder; nothing is opened. `name` is what messages call it."""
        self.folder = folder
        self.name = name or str(folder)
        self.settings = settings
        self._lock: FolderLock | None = None

    def manifest(self) -> Manifest | None:
        """See Place."""
        try:
            path = self._manifest_file()
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if path != self._manifest_file():  # a rebuild has just ended
                return self.manifest()
            if self.folder.is_dir() and any(self.folder.iterdir()):
                what = (
                    "Put it back from a copy, or name another folder."
                    if stores_in(self.folder)
                    else "Name another folder."
                )
                raise NotAnIndexError(
                    f"{self.folder} is not an index: it has no manifest.json, but other files. {what}"
                ) from None
            return None
        except PermissionError as exc:
            raise StoreError(
                f"The index at {self.folder} cannot be read: {exc.strerror}. See who may read it."
            ) from exc
        except NotADirectoryError as exc:
            raise NotAnIndexError(f"{self.folder} is a file, not an index. Name a folder.") from exc
        except (OSError, ValueError) as exc:
            raise NotAnIndexError(f"The manifest {path} cannot be read: {exc}. {PUT_BACK}") from exc
        if not isinstance(values, dict):
            raise NotAnIndexError(f"The manifest {path} is not one of ours. {PUT_BACK}")
        return Manifest.from_mapping(values, self.name)

    def _manifest_file(self) -> Path:
        """That in the folder of the store, which a rebuild that was killed at its end left there; else the index's."""
        try:
            store = str(json.loads((self.folder / "state.json").read_text(encoding="utf-8"))["store"])
        except PermissionError:
            raise
        except (OSError, ValueError, KeyError, TypeError):
            stores = stores_in(self.folder) if self.folder.is_dir() else []
            store = stores[0].name if len(stores) == 1 else ""
        own = self.folder / store / _MANIFEST
        return own if store and own.is_file() else self.folder / _MANIFEST

    def create(self, manifest: Manifest) -> Manifest:
        """See Place. The manifest is written first, so that what a killed process leaves is an index."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if (there := self.manifest()) is not None:
                return there
            with suppress(PermissionError):  # somebody else's, who lets this user write there
                self.folder.chmod(0o700)
            write_atomically(self.folder / _MANIFEST, manifest.to_json())
        except OSError as exc:
            raise StoreError(f"Cannot make an index at {self.folder}: {exc.strerror}. Name another folder.") from exc
        return manifest

    def connect(self) -> ClientAPI:
        """See Place."""
        return self._client(self.folder / self.lock().state().store)

    def is_as_left(self, state: State) -> bool:
        """See Place."""
        database = self.folder / state.store / DATABASE
        if not database.is_file() or not database.stat().st_size:
            if state.revision or self.lexical_path().exists():  # the word index is made after the store
                raise self._lost(state, f"{database} is {'empty' if database.is_file() else 'not there'}")
            return True
        return state.vectors in {"", vector_sum(database.parent)}  # "": an earlier version wrote the state

    def mend(self, embedder: Embedder) -> None:
        """See Place."""
        current = self.lock().state().store
        self._adopt_manifest(current)
        if not is_readable(self.folder / current):
            if (manifest := self.manifest()) is not None:
                manifest.check(embedder, self.name)
            better = new_store_name()
            rebuild(self.folder / current, self.folder / better, self._store, embedder)
            self.lock().move(better)

    def has_state(self) -> bool:
        """Whether there is a state.json."""
        return (self.folder / "state.json").exists()

    def has_store(self, name: str) -> bool:
        """Whether there is a store of this name."""
        return (self.folder / name / DATABASE).is_file()

    def has_stores(self) -> bool:
        """Whether there is any store."""
        return any(self.has_store(path.name) for path in stores_in(self.folder))

    def exchange(self, made: Path) -> None:
        """See Place. The state alone says which store is the index's, and a new store brings its manifest with it.

        The word index of the old one goes first: its passages may have the ids of new ones. It can be made again.
        """
        new = new_store_name()
        store = made / FolderLock(made, self.settings.lock_timeout_s).state().store
        shutil.copyfile(made / _MANIFEST, store / _MANIFEST)
        store.rename(self.folder / new)
        with suppress(FileNotFoundError):
            self.lexical_path().rename(made / "replaced")
        self.lock().move(new)
        self._adopt_manifest(new)
        (made / "words").rename(self.lexical_path())
        shutil.rmtree(made, ignore_errors=True)

    def _adopt_manifest(self, store: str) -> None:
        with suppress(FileNotFoundError):
            (self.folder / store / _MANIFEST).replace(self.folder / _MANIFEST)

    def check(self, store: ChromaStore, state: State) -> None:
        """See Place."""
        if state.collection and store.identity() != state.collection:
            raise self._lost(state, f"{state.store} is the store of another index, or a new one")
        articles, _ = store.counts()
        if not state.writing and articles < state.articles:
            raise self._lost(state, f"{state.store} holds {articles} of them")

    def settle(self, store: ChromaStore) -> None:
        """See Place. Also removes the stores that a mending has replaced."""
        state = self.lock().state()
        self.lock().note(store.identity(), store.counts()[0], vector_sum(self.folder / state.store))
        if state.writing:
            remove_others(self.folder, state.store)
        keep_private(self.folder)

    def check_writable(self) -> None:
        """See Place. `snapshot.usable` gives another place where nothing can be written to this one."""

    def _lost(self, state: State, why: str) -> ArticlesLostError:
        of_these = f"the {state.articles} articles" if state.articles else "articles"
        return ArticlesLostError(
            f"The index at {self.name} has lost {of_these} that it held: {why}. Put the whole folder back from a copy, "
            f"or build it again in another place: qa --index ANOTHER_PLACE add ARTICLES. What is lost is named by: "
            f"qa --index {self.name} check"
        )

    def _store(self, chroma: Path) -> ChromaStore:
        return ChromaStore(self._client(chroma), self.name, COLLECTIONS)

    def _client(self, chroma: Path) -> ClientAPI:
        import chromadb

        try:
            with translated_errors(self.name):
                return chromadb.PersistentClient(str(chroma), settings=_chroma_settings().model_copy())
        except (ValueError, AttributeError) as exc:  # what Chroma makes of a file that its part in Rust cannot open
            raise StoreError(
                f"Chroma cannot open the store in {chroma}. See who may read and write there; where {DATABASE} is "
                "damaged, put the whole index back from a copy, or build it again in another place."
            ) from exc

    def release(self, client: ClientAPI) -> None:
        """See Place. Chroma shares what it read among all clients of a folder until the last is closed."""
        client.close()

    def lock(self) -> FolderLock:
        """See Place."""
        if self._lock is None:
            self._lock = FolderLock(self.folder, self.settings.lock_timeout_s)
        return self._lock

    def lexical_path(self) -> Path:
        """See Place."""
        return self.folder / "words"

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

            try:
                parts = urlsplit(self.name)
                https = parts.scheme == "https"
                host, port = parts.hostname or "localhost", parts.port or (443 if https else 8000)
                # Chroma sets no time-out and offers none; a server that stalls would hold its clients for ever.
                heartbeat = httpx.URL(scheme=parts.scheme, host=host, port=port, path="/api/v2/heartbeat")
                httpx.get(heartbeat, timeout=self._settings.server_timeout_s)
                with translated_errors(self.name):
                    self._client = chromadb.HttpClient(
                        host=host,
                        port=port,
                        ssl=https,
                        settings=Settings(anonymized_telemetry=False),
                    )
            except (ValueError, httpx.HTTPError, httpx.InvalidURL) as exc:  # the first is Chroma's
                raise ServerUnavailableError(
                    f"No Chroma server answers at {self.name}. Start one: chroma run --path DIR"
                ) from exc
            session: Any = getattr(self._client._server, "_session", None)
            if session is not None:
                session.timeout = httpx.Timeout(self._settings.server_timeout_s)
        return self._client

    def is_as_left(self, state: State) -> bool:
        """See Place. A server looks after its own files."""
        return True

    def mend(self, embedder: Embedder) -> None:
        """See Place."""

    def check(self, store: ChromaStore, state: State) -> None:
        """See Place."""

    def settle(self, store: ChromaStore) -> None:
        """See Place."""

    def exchange(self, made: Path) -> None:
        """See Place. There is no step by which all collections of an index change at once."""
        raise StoreError(cannot_rebuild(self.name))

    def check_writable(self) -> None:
        """See Place. The server says so when it is written to."""

    def release(self, client: ClientAPI) -> None:
        """See Place. The one client stays open."""

    def manifest(self) -> Manifest | None:
        """See Place."""
        with translated_errors(self.name):
            for collection in self.connect().list_collections():
                if collection.name == f"{COLLECTIONS}-manifest":
                    return Manifest.from_mapping(collection.metadata or {}, self.name)
        return None

    def create(self, manifest: Manifest) -> Manifest:
        """See Place. Of several that create at the same time, one wins."""
        with translated_errors(self.name):
            self.connect().get_or_create_collection(
                f"{COLLECTIONS}-manifest", embedding_function=None, metadata=manifest.to_mapping()
            )
        there = self.manifest()
        assert there is not None
        return there

    def lock(self) -> StoreLock:
        """See Place."""
        with translated_errors(self.name):
            return ServerLock(
                self.connect(), self.name, self._settings.lock_timeout_s, self._settings.lease_s, COLLECTIONS
            )

    def lexical_path(self) -> Path:
        """See Place."""
        from platformdirs import user_cache_path

        return _with_folder(user_cache_path("article-qa", appauthor=False) / "words" / self._key())

    def companion(self, name: str) -> Path:
        """See Place. It is nothing that can be derived, so it is among the user's data and not in the cache."""
        from platformdirs import user_data_path

        return _with_folder(user_data_path("article-qa", appauthor=False) / "servers" / self._key() / name)

    def _key(self) -> str:
        return hashlib.sha256(f"{self.name}|{COLLECTIONS}".encode()).hexdigest()[:32]


def place_at(location: str | os.PathLike[str], settings: StoreSettings) -> Place:
    """The place that a folder's name or a server's URL stands for; nothing is opened."""
    text = os.fspath(location)
    if text.startswith(("http://", "https://")):
        return ServerPlace(text, settings)
    return FolderPlace(Path(text).expanduser(), settings)


@cache
def _chroma_settings() -> Settings:
    """Chroma's, made of the environment once: that takes as long as to open a store."""
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _with_folder(path: Path) -> Path:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(f"Cannot make the folder {path.parent}: {exc.strerror}. See who may write there.") from exc
    return path


def cannot_rebuild(url: str) -> str:
    """Why an index on a server is not rebuilt in its place, and what to do."""
    return (
        f"The index at {url} is on a Chroma server, where a new index cannot take the place of the old one at once. "
        f"Move it to another place: qa --index {url} export FILE, then qa --index ANOTHER_PLACE import FILE"
    )
