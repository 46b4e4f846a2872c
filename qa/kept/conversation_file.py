"""The SQLite file that conversations are kept in: made, opened, one transaction at a time, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from index.errors import IndexBusyError, StoreError

_APPLICATION = 0x41514143  # "AQAC", by which SQLite files are told apart
_VERSION = 1  # of the tables below
_SCHEMA = """
CREATE TABLE conversations (id TEXT PRIMARY KEY, owner BLOB NOT NULL, title TEXT NOT NULL, narrowed TEXT NOT NULL);
CREATE INDEX conversations_owner ON conversations (owner);
CREATE TABLE turns (
    number INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    position INTEGER NOT NULL,
    asked_at TEXT NOT NULL, rating INTEGER NOT NULL, word TEXT NOT NULL,
    question TEXT NOT NULL, said TEXT NOT NULL, answer TEXT NOT NULL, within TEXT NOT NULL,
    UNIQUE (conversation, position)
);
CREATE TABLE feedback (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, rating INTEGER NOT NULL, word TEXT NOT NULL,
    question TEXT NOT NULL, history TEXT NOT NULL, answer TEXT NOT NULL
);
"""


class ConversationFile:
    """One file with the tables above, opened or made when it is first needed. Thread-safe.

    What a transaction has done is on the disk when it ends. IndexBusyError where another process holds the file for too
    long; StoreError where it is damaged, of something else, or cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Name the file."""
        self._path = path
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    @contextmanager
    def transaction(self, kind: Literal["DEFERRED", "IMMEDIATE"]) -> Iterator[sqlite3.Connection]:
        """One transaction of the open file, all of it or nothing."""
        with self._lock, self._told():
            if self._open is None:
                self._open = self._opened()
                weakref.finalize(self, self._open.close)
            with self._open as connection:
                connection.execute(f"BEGIN {kind}")
                yield connection

    def _opened(self) -> sqlite3.Connection:
        with suppress(OSError):  # it is there, or SQLite says why it cannot be made
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # for its owner only
        connection = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
        try:
            if _stamp(connection) != (_APPLICATION, _VERSION):
                self._make(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # also after a power cut
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    def _make(self, connection: sqlite3.Connection) -> None:
        """Make the tables in a new file, unless another process just did; StoreError for a file of something else."""
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            stamp = _stamp(connection)
            if stamp == (0, 0) and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif stamp[0] != _APPLICATION:
                raise StoreError(
                    f"{self._path} is a file of something else, not of conversations. Move it to another place."
                )
            elif stamp[1] != _VERSION:
                raise StoreError(
                    f"The conversations in {self._path} are of version {stamp[1]}, and this program knows {_VERSION}. "
                    "Use the program that made them, or move the file to another place."
                )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the file, in one line that says what to do; the next use opens it again."""
        try:
            yield
        except sqlite3.Error as exc:
            self.close()
            name = getattr(exc, "sqlite_errorname", "")
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise IndexBusyError(
                    f"Another process holds the conversations in {self._path} for too long. Try again."
                ) from exc
            if name.startswith(("SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")):
                raise StoreError(
                    f"The conversations in {self._path} cannot be used: {exc}. See whether the disk is full, and who "
                    "may read and write there."
                ) from exc
            raise self._damaged(exc) from exc

    @contextmanager
    def parsing(self) -> Iterator[None]:
        """What is stored and cannot be read, in one line that says what to do."""
        try:
            yield
        except (ValueError, TypeError, AttributeError, LookupError) as exc:
            raise self._damaged(exc) from exc

    def _damaged(self, exc: Exception) -> StoreError:
        return StoreError(
            f"The conversations in {self._path} are damaged: {exc}. Put the file back from a copy, or move it to "
            "another place to begin anew."
        )


def _stamp(connection: sqlite3.Connection) -> tuple[int, int]:
    """What says whose a file is, and its version; both 0 in a new one."""
    names = ("application_id", "user_version")
    application, version = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return application, version
