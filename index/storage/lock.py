"""Who may use a store when: many readers or one writer, across processes and machines.

Both locks keep one small state beside the data: a revision that changes with every commit, and whether a writer is at
work. A state that says so while no writer holds the lock was left by one that died.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from index.errors import ArticlesLostError, IndexBusyError, IndexNotFoundError, RebuiltError, StoreError
from index.files import write_atomically

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

DATABASE = "chroma.sqlite3"  # what Chroma keeps in its folder besides vectors
_STORE = re.compile(r"chroma(?:-[0-9a-f]{8})?")


def stores_in(folder: Path) -> list[Path]:
    """The embedded stores in an index's folder by their names: the first, and those that a mending made.

    What else begins with "chroma" is somebody else's, a copy that the user keeps there perhaps.
    """
    return sorted(path for path in folder.iterdir() if _STORE.fullmatch(path.name))


def new_store_name() -> str:
    """The name of a folder for another store beside those that are there."""
    return f"chroma-{uuid4().hex[:8]}"


@dataclass(frozen=True, slots=True)
class State:
    """`revision` changes with every commit; `writing` from before a commit's first write until after its last.

    `store` names the folder that holds the embedded store; it changes when that is mended. The rest says by what
    the store is known again, "" and 0 where that is unknown: the id of its collection of articles, how many there are,
    and a sum over its vector files. A server has none of these.
    """

    revision: str = ""
    writing: bool = False
    store: str = "chroma"
    collection: str = ""
    articles: int = 0
    vectors: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A writer's turn: the state as it was found, and the revision that holds when the turn ends well."""

    found: State
    revision: str


class StoreLock(Protocol):
    """Excludes writers from each other, and readers from half-done commits where the store needs that."""

    def state(self) -> State:
        """The state now."""

    def reading(self) -> Any:
        """A context manager that gives the State; what is read inside is of one revision unless it says `writing`."""

    def writing(self) -> Any:
        """A context manager that gives a Ticket; raises IndexBusyError after the time-out.

        On a normal exit the state is clean, at the ticket's revision. After an exception it goes on saying `writing`.
        """

    def opening(self) -> Any:
        """A context manager that gives the State, for opening the store, which may write to its files.

        Otherwise as `reading`. It excludes everyone where the store needs that.
        """

    def abandoned(self) -> bool:
        """Whether the writer that the state speaks of is gone."""

    def renew(self) -> None:
        """Say that the writer is still at work; raises IndexBusyError where another has taken over."""


class FolderLock:
    """For an embedded store: a lock file that the operating system frees when its process dies, and state.json.

    Embedded Chroma is damaged by two processes that write at the same time, and a process that reads sees a part of a
    commit of another; so a commit excludes everyone, and readers share.
    """

    def __init__(self, folder: Path, timeout_s: float) -> None:
        """Lock the index in `folder`, which exists."""
        from filelock import ReadWriteLock

        self._folder = folder
        self._state = folder / "state.json"
        self._timeout_s = timeout_s
        self._noted: dict[str, Any] = {}
        self._file = folder / "index.lock"
        # is_singleton: the lock is SQLite's, which a process must not open twice.
        with self._told():
            self._lock = ReadWriteLock(self._file)

    def state(self) -> State:
        """See StoreLock."""
        try:
            values = json.loads(self._state.read_text(encoding="utf-8"))
            return State(
                str(values["revision"]),
                bool(values["writing"]),
                str(values["store"]),
                str(values.get("collection", "")),
                int(values.get("articles", 0)),
                str(values.get("vectors", "")),
            )
        except FileNotFoundError:
            return self._without_file()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise StoreError(
                f"{self._state} cannot be read ({type(exc).__name__}), so it is not known what the index holds. "
                f"Make it anew with: qa --index {self._folder} check"
            ) from exc

    @contextmanager
    def reading(self) -> Iterator[State]:
        """See StoreLock. While it is held no other process commits."""
        with self._held(self._lock.read_lock):
            yield self.state()

    @contextmanager
    def writing(self) -> Iterator[Ticket]:
        """See StoreLock. While it is held no other process reads."""
        with self._held(self._lock.write_lock):
            ticket = Ticket(self.state(), uuid4().hex)
            self._put(replace(ticket.found, writing=True))
            try:
                yield ticket
            except (ArticlesLostError, RebuiltError):  # found before anything was written
                self._put(replace(self.state(), writing=ticket.found.writing))
                raise
            self._put(replace(self.state(), revision=ticket.revision, writing=False, **self._noted))

    @contextmanager
    def opening(self) -> Iterator[State]:
        """See StoreLock. Embedded Chroma catches up on its vector files when it is opened, whoever opens it.

        A process that dies there leaves vector files of another sum than the state's.
        """
        with self._held(self._lock.write_lock):
            found = self.state()
            yield found
            now = replace(found, **self._noted)
            if now != found and found.revision and not found.writing:
                with suppress(StoreError):  # the disk is full: it is read all the same
                    self._put(now)

    def note(self, collection: str, articles: int, vectors: str) -> None:
        """What the state is to say of the store at the end of this `writing` or `opening`."""
        self._noted = {"collection": collection, "articles": articles, "vectors": vectors}

    def forget(self) -> None:
        """Remove a state that says nothing of use, where the store that is there can stand for it.

        Raises StoreError where it is not known which of several stores that is, or the file may not be read.
        """
        self._without_file()
        try:
            if self._state.exists():
                self._state.read_bytes()
            self._state.unlink(missing_ok=True)
        except OSError as exc:
            raise StoreError(f"{self._state} cannot be used: {exc.strerror}. See who may read and write it.") from exc

    def move(self, store: str) -> None:
        """Name another folder as the one that holds the store. Only while writing."""
        self._put(replace(self.state(), store=store, collection="", vectors=""))

    def abandoned(self) -> bool:
        """See StoreLock. Asked while the lock is held, so that no writer can be at work."""
        return self.state().writing

    def renew(self) -> None:
        """See StoreLock. The operating system knows that the process lives."""

    def _put(self, state: State) -> None:
        try:
            write_atomically(self._state, json.dumps(asdict(state)))
        except OSError as exc:
            raise StoreError(
                f"The index at {self._folder} cannot be written: {exc.strerror}. See who may write there, and how much "
                "room is left."
            ) from exc

    def _without_file(self) -> State:
        """The state where none is written: of a new index, or of one that lost it and kept its store."""
        if not self._folder.is_dir():
            raise IndexNotFoundError(f"The index at {self._folder} is gone. Put it back from a copy, or add articles.")
        databases = [path / DATABASE for path in stores_in(self._folder)]
        stores = [path.parent.name for path in databases if path.is_file() and path.stat().st_size]
        if len(stores) > 1:
            raise StoreError(
                f"{self._state} is gone, and it says which of {' and '.join(stores)} holds the articles. Put it back "
                "from a copy, or move one of these folders to another place."
            )
        return State(store=stores[0]) if stores else State()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong with the lock file, in one line."""
        from filelock import Timeout

        try:
            yield
        except Timeout:
            raise
        except (sqlite3.Error, OSError, RuntimeError) as exc:
            if isinstance(exc, sqlite3.DatabaseError) and not isinstance(exc, sqlite3.OperationalError):
                advice = "End all programs that use the index, and remove that file; it holds nothing."
            else:
                advice = "See who may read and write there, and how much room is left."
            raise StoreError(f"The lock file {self._file} cannot be used: {exc}. {advice}") from exc

    @contextmanager
    def _held(self, lock: Any) -> Iterator[None]:
        from filelock import Timeout

        self._noted = {}
        try:
            with self._told():
                held = lock(timeout=self._timeout_s)
                held.__enter__()
        except Timeout as exc:
            raise IndexBusyError(
                f"Another process has been writing to the index at {self._folder} for more than "
                f"{self._timeout_s:.0f} seconds. Try again when it is done."
            ) from exc
        try:
            yield
        finally:
            held.__exit__(None, None, None)


class ServerLock:
    """For a Chroma server: a record in the store that names the writer and when its claim ends.

    Chroma's `add` leaves an id alone that is there already, so of several that add the record one wins, and each reads
    back who. A claim that ended is removed by whoever wants to write next. A writer renews its claim as it goes on and
    stops when it has lost it. Readers are not held up; they look at the state before and after.
    """

    def __init__(
        self, client: ClientAPI, place: str, timeout_s: float, lease_s: float, name: str = "article-qa"
    ) -> None:
        """Lock the index on this server."""
        self._records = client.get_or_create_collection(f"{name}-state", embedding_function=None)
        self._place = place
        self._timeout_s = timeout_s
        self._lease_s = lease_s
        self._owner = uuid4().hex

    def state(self) -> State:
        """See StoreLock."""
        values = self._read("state")
        return State(str(values["revision"]), bool(values["writing"])) if values else State()

    @contextmanager
    def reading(self) -> Iterator[State]:
        """See StoreLock."""
        yield self.state()

    def opening(self) -> Any:
        """See StoreLock. A server's files are its own."""
        return self.reading()

    @contextmanager
    def writing(self) -> Iterator[Ticket]:
        """See StoreLock."""
        self._acquire()
        try:
            ticket = Ticket(self.state(), uuid4().hex)
            self._put_state(State(ticket.found.revision, writing=True))
            try:
                yield ticket
            except (ArticlesLostError, RebuiltError):  # as in FolderLock
                self._put_state(ticket.found)
                raise
            self.renew()
            self._put_state(State(ticket.revision))
        finally:
            self._records.delete(where=self._claim_of(self._owner))

    def abandoned(self) -> bool:
        """See StoreLock."""
        lease = self._read("lease")
        return self.state().writing and (not lease or lease["expires"] < time.time())

    def renew(self) -> None:
        """See StoreLock."""
        lease = self._read("lease")
        if not lease or lease["owner"] != self._owner:
            raise IndexBusyError(
                f"Another process took over writing to the index at {self._place}, because this one had not been heard "
                f"of for {self._lease_s:.0f} seconds. Add the articles again."
            )
        self._records.update(ids=["lease"], metadatas=[self._lease()])

    def _acquire(self) -> None:
        deadline = time.monotonic() + self._timeout_s
        while True:
            # Chroma wants a vector for every record; these are never searched.
            self._records.add(ids=["lease"], embeddings=[[1.0]], metadatas=[self._lease()])
            lease = self._read("lease")
            if lease and lease["owner"] == self._owner:
                return
            if lease and lease["expires"] < time.time():
                self._records.delete(where=self._claim_of(str(lease["owner"])))
                continue
            if time.monotonic() > deadline:
                raise IndexBusyError(
                    f"Another process has been writing to the index at {self._place} for more than "
                    f"{self._timeout_s:.0f} seconds. Try again when it is done."
                )
            time.sleep(0.05)

    def _lease(self) -> dict[str, Any]:
        return {"kind": "lease", "owner": self._owner, "expires": time.time() + self._lease_s}

    def _claim_of(self, owner: str) -> dict[str, Any]:
        return {"$and": [{"kind": "lease"}, {"owner": owner}]}

    def _read(self, record: str) -> dict[str, Any] | None:
        metadatas = self._records.get(ids=[record], include=["metadatas"])["metadatas"]
        return dict(metadatas[0]) if metadatas else None

    def _put_state(self, state: State) -> None:
        values = {"kind": "state", "revision": state.revision, "writing": state.writing}
        self._records.upsert(ids=["state"], embeddings=[[1.0]], metadatas=[values])
