"""Search by words: BM25 in SQLite's FTS5, derived from the store and rebuilt from it at need."""

from __future__ import annotations

import logging
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.errors import StoreError
from index.filter import NO_FILTER, PassageFilter, day_number
from index.words import search_terms

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_VERSION = 1  # of the tables below; a file with another one is made anew
_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, article_id TEXT NOT NULL, source TEXT, day INTEGER
);
CREATE INDEX IF NOT EXISTS passages_article ON passages (article_id);
CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5 (passage, context, tokenize = 'porter unicode61 remove_diacritics 2');
"""
# Of a word in a neighbouring passage, against 1 in the passage itself: docs/decisions.md, "Passages and fusion".
_CONTEXT_WEIGHT = 0.2
_SCORES = f"SELECT rowid, -bm25(words, 1.0, {_CONTEXT_WEIGHT}) FROM words WHERE words MATCH ?"
_KEPT_ROWS = 300_000  # of single words, at the most, between two questions: 5 MB

_Matches = tuple[NDArray[np.int64], NDArray[np.float64]]  # rows in ascending order, each once, and their scores
_NOTHING: _Matches = (np.zeros(0, dtype=np.int64), np.zeros(0))


class LexicalIndex:
    """BM25 over passages with their title, source, author and date. One file and one connection; thread-safe.

    A file that turns out to be damaged, whenever that is, is made anew and filled by `refill`, and what was asked is
    done once more. Every method raises StoreError where the file cannot be used for another reason.
    """

    def __init__(self, path: Path, refill: Callable[[LexicalIndex], None] = lambda index: None) -> None:
        """Open the file at `path`, or make it; a damaged one or one of another version is made anew, empty.

        `refill` gives an index that is empty, and stands at no revision, what it is derived from.
        """
        self._path = path
        self._refill = refill
        self._lock = threading.RLock()
        self._mending = False
        self._open: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # device and number of the file that is open
        self._state: tuple[int, int] | None = None  # of the file, when what follows was looked up
        self._last: tuple[str, _Matches] = ("", _NOTHING)
        self._terms: dict[str, _Matches] = {}
        try:
            version = self._attempt(lambda connection: connection.execute("PRAGMA user_version").fetchone()[0])
        except _DamagedError as exc:
            _LOG.warning("%s; making it anew.", exc)
            version = None
        if version != _VERSION:
            self._make(delete=version != 0)

    def revision(self) -> str | None:
        """The store's revision that this index stands at; None where that is not known."""
        row = self._do(
            lambda connection: connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
        )
        return row[0] if row else None

    def passage_ids(self) -> set[str]:
        """The ids of all passages in it."""
        return self._do(lambda connection: {_text(row[0]) for row in connection.execute("SELECT id FROM passages")})

    def update(self, added: Sequence[Passage], removed: Iterable[str], revision: str) -> None:
        """Add and remove passages and move on to `revision`, in one transaction. Known ids are not added again.

        `added` holds all passages of an article one after the other, in order: each is also found, with less weight,
        by the words of its neighbours.
        """
        gone = list(removed)
        self._do(lambda connection: self._update(connection, added, gone, revision))

    def search(self, words: str, top_k: int, where: PassageFilter = NO_FILTER) -> list[tuple[str, float]]:
        """The `top_k` passages that share words with `words`: (passage id, BM25 score > 0), best first.

        BM25 as in SQLite's FTS5 (k1 = 1.2, b = 0.75), sign turned so that larger is better. No word, no passage.
        """
        return self._do(lambda connection: self._search(connection, words, top_k, where))

    def scores(self, words: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """BM25 scores of given passages; those that share no word with `words` are left out."""
        return self._do(lambda connection: self._scores(connection, words, passage_ids))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    def _update(
        self, connection: sqlite3.Connection, added: Sequence[Passage], removed: Sequence[str], revision: str
    ) -> None:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            for passage_id in removed:
                row = connection.execute("DELETE FROM passages WHERE id = ? RETURNING rowid", (passage_id,)).fetchone()
                if row:
                    connection.execute("DELETE FROM words WHERE rowid = ?", row)
            for before, passage, after in zip([None, *added], added, [*added[1:], None], strict=False):
                row = connection.execute(
                    "INSERT INTO passages (id, article_id, source, day) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (id) DO NOTHING RETURNING rowid",
                    (passage.id, passage.article_id, passage.source, day_number(passage.published)),
                ).fetchone()
                if row:
                    context = [near.text for near in (before, after) if near and near.article_id == passage.article_id]
                    connection.execute(
                        "INSERT INTO words (rowid, passage, context) VALUES (?, ?, ?)",
                        (*row, indexed_words(passage), "\n".join(context)),
                    )
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('revision', ?)", (revision,))

    def _search(
        self, connection: sqlite3.Connection, words: str, top_k: int, where: PassageFilter
    ) -> list[tuple[str, float]]:
        rows, scores = self._matches(connection, words)
        if where:
            condition, values = where.to_sql()
            allowed = connection.execute(f"SELECT rowid FROM passages WHERE {condition}", values)
            kept = np.isin(rows, [row for (row,) in allowed])
            rows, scores = rows[kept], scores[kept]
        best = np.lexsort((rows, -scores))[: max(top_k, 0)]
        ids = self._by_row(connection, "rowid", rows[best].tolist())
        if len(ids) < len(best):
            raise _DamagedError("words stand in it of passages that are not there")
        return [(ids[row], score) for row, score in zip(rows[best].tolist(), scores[best].tolist(), strict=True)]

    def _scores(self, connection: sqlite3.Connection, words: str, passage_ids: Sequence[str]) -> dict[str, float]:
        rows, scores = self._matches(connection, words)
        ids = self._by_row(connection, "id", passage_ids)
        places = np.searchsorted(rows, list(ids)).tolist()
        return {
            passage_id: float(scores[at])
            for (row, passage_id), at in zip(ids.items(), places, strict=True)
            if at < len(rows) and rows[at] == row
        }

    def _matches(self, connection: sqlite3.Connection, words: str) -> _Matches:
        """All passages that match, and their scores: the sum of those for each word, as BM25 is.

        The last question's are kept, because `scores` follows on `search`; those of its words, because a question's
        clauses have the same words.
        """
        state = (connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes)
        if self._state != state:
            self._state, self._last = state, ("", _NOTHING)
            self._terms.clear()
        if self._last[0] == words:
            return self._last[1]
        terms = search_terms(words)
        for term in terms:
            if term not in self._terms:
                self._terms[term] = _term_matches(connection, term)
        each = [self._terms[term] for term in terms]
        if sum(len(rows) for rows, _ in self._terms.values()) > _KEPT_ROWS:
            self._terms.clear()
        matches = _NOTHING
        if each:
            rows, places = np.unique(np.concatenate([rows for rows, _ in each]), return_inverse=True)
            scores = np.zeros(len(rows))
            np.add.at(scores, places, np.concatenate([scores for _, scores in each]))
            matches = (rows, scores)
        self._last = (words, matches)
        return matches

    def _by_row(self, connection: sqlite3.Connection, column: str, values: Sequence[object]) -> dict[int, str]:
        marks = ",".join("?" * len(values))
        found = connection.execute(f"SELECT rowid, id FROM passages WHERE {column} IN ({marks})", list(values))
        return {row: _text(passage_id) for row, passage_id in found}

    # The file

    def _do(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do the work; where the file turns out to be damaged, make it anew first and begin again."""
        with self._lock:
            try:
                return self._attempt(work)
            except _DamagedError as exc:
                if self._mending:
                    raise
                _LOG.warning("%s; making it anew from the store.", exc)
                self._mend()
                return self._attempt(work)

    def _attempt(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        with self._lock:
            try:
                return work(self._connection())
            except (sqlite3.ProgrammingError, sqlite3.InterfaceError):
                raise  # a mistake of ours
            except (sqlite3.Error, UnicodeDecodeError, MemoryError) as exc:
                if _is_damage(exc):
                    raise _DamagedError(f"The word index {self._path} is damaged ({exc})") from exc
                raise StoreError(
                    f"The word index {self._path} cannot be used: {exc}. See who may write there, and how much room "
                    "is left."
                ) from exc

    def _mend(self) -> None:
        self._mending = True
        try:
            self._make(delete=True)
            self._refill(self)
        finally:
            self._mending = False

    def _make(self, delete: bool) -> None:
        """Make the tables; with `delete` in another file than the one that is open."""
        from filelock import FileLock

        self._state = None
        if not delete:
            self._create()
            return
        # Of several processes that find the same damage one deletes the file; the others open what it has made.
        with FileLock(f"{self._path}.lock"):
            same = self._file == _identity(self._path)
            self.close()
            try:
                for suffix in ("", "-wal", "-shm", "-journal") if same else ():
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            except OSError as exc:
                raise StoreError(
                    f"The word index {self._path} is damaged and cannot be deleted: {exc.strerror}. Delete it yourself."
                ) from exc
            self._create()

    def _create(self) -> None:
        def create(connection: sqlite3.Connection) -> None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

        self._attempt(create)

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
            self._file = _identity(self._path)
            weakref.finalize(self, self._open.close)
            self._open.execute("PRAGMA synchronous = NORMAL")
        return self._open


class _DamagedError(StoreError):
    """What is in the file cannot have been written so."""


# The primary result codes of SQLite that say something of the place and the moment, and nothing of what is in the file.
_CIRCUMSTANCES = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_AUTH,
}  # fmt: skip


def _is_damage(exc: Exception) -> bool:
    code = getattr(
        exc, "sqlite_errorcode", None
    )  # Python's own have none: text that is no UTF-8, a length of gigabytes
    return code is None or code == sqlite3.SQLITE_IOERR_SHORT_READ or code & 0xFF not in _CIRCUMSTANCES


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _DamagedError(f"an id in it is {value!r}")
    return value


def _term_matches(connection: sqlite3.Connection, term: str) -> _Matches:
    found = connection.execute(_SCORES, (f'"{term}"',)).fetchall()
    rows = np.array([row for row, _ in found], dtype=np.int64)
    scores = np.array([score for _, score in found], dtype=np.float64)
    if not (np.isfinite(scores) & (scores > 0)).all():
        raise _DamagedError("it gives scores that BM25 cannot give")
    return rows, scores


def indexed_words(passage: Passage) -> str:
    """What a passage is found by: its text, then title, source, author and date (as 2025-03-13 and in words)."""
    day = (passage.published or "")[:10]
    try:
        spoken = f"{date.fromisoformat(day):%A %B} {date.fromisoformat(day).day}"
    except ValueError:
        spoken = ""
    parts = (passage.text, passage.title, passage.source, passage.author, day, spoken)
    return "\n".join(part for part in parts if part)
