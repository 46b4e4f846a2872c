"""Search by words: BM25 in SQLite's FTS5, derived from the store and rebuilt from it at need."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Passage
from index.filter import NO_FILTER, PassageFilter, day_number

_LOG = logging.getLogger(__name__)

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
# Of a word in a neighbouring passage, against 1 in the passage itself: docs/decisions.md, "Fusion".
_CONTEXT_WEIGHT = 0.2
_WORD = re.compile(r"\w+")
_SCORES = f"SELECT rowid, -bm25(words, 1.0, {_CONTEXT_WEIGHT}) FROM words WHERE words MATCH ?"
_KEPT_ROWS = 300_000  # of single words, at the most, between two questions: 5 MB

_Matches = tuple[NDArray[np.int64], NDArray[np.float64]]  # rows in ascending order, each once, and their scores
_NOTHING: _Matches = (np.zeros(0, dtype=np.int64), np.zeros(0))

# Words so common that they cost time and find nothing; SQLite would look at nearly every passage for each.
# The stop word list of Apache Lucene's StandardAnalyzer / EnglishAnalyzer, and the words that questions are made of.
STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with what which who whom whose when where why how did do does has have had were been many much".split()
)


class LexicalIndex:
    """BM25 over passages with their title, source, author and date. One file and one connection; thread-safe."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, or make it; a damaged one or one of another version is made anew, empty."""
        self._path = path
        self._lock = threading.RLock()
        self._open: sqlite3.Connection | None = None
        self._state: tuple[int, int] | None = None  # of the file, when what follows was looked up
        self._last: tuple[str, _Matches] = ("", _NOTHING)
        self._terms: dict[str, _Matches] = {}
        try:
            with self._connection() as connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as exc:
            _LOG.warning("The word index %s cannot be read (%s); making it anew.", path, exc)
            version = None
        if version != _VERSION:
            self._make(delete=version != 0)

    def revision(self) -> str | None:
        """The store's revision that this index stands at; None where that is not known."""
        with self._connection() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
        return row[0] if row else None

    def passage_ids(self) -> set[str]:
        """The ids of all passages in it."""
        with self._connection() as connection:
            return {row[0] for row in connection.execute("SELECT id FROM passages")}

    def update(self, added: Sequence[Passage], removed: Iterable[str], revision: str) -> None:
        """Add and remove passages and move on to `revision`, in one transaction. Known ids are not added again.

        `added` holds all passages of an article one after the other, in order: each is also found, with less weight,
        by the words of its neighbours.
        """
        with self._connection() as connection, connection:
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

    def search(self, words: str, top_k: int, where: PassageFilter = NO_FILTER) -> list[tuple[str, float]]:
        """The `top_k` passages that share words with `words`: (passage id, BM25 score > 0), best first.

        BM25 as in SQLite's FTS5 (k1 = 1.2, b = 0.75), sign turned so that larger is better. No word, no passage.
        """
        with self._connection() as connection:
            rows, scores = self._matches(connection, words)
            if where:
                condition, values = where.to_sql()
                allowed = connection.execute(f"SELECT rowid FROM passages WHERE {condition}", values)
                kept = np.isin(rows, [row for (row,) in allowed])
                rows, scores = rows[kept], scores[kept]
            best = np.lexsort((rows, -scores))[: max(top_k, 0)]
            ids = self._by_row(connection, "rowid", rows[best].tolist())
            return [(ids[row], score) for row, score in zip(rows[best].tolist(), scores[best].tolist(), strict=True)]

    def scores(self, words: str, passage_ids: Sequence[str]) -> dict[str, float]:
        """BM25 scores of given passages; those that share no word with `words` are left out."""
        with self._connection() as connection:
            rows, scores = self._matches(connection, words)
            ids = self._by_row(connection, "id", passage_ids)
            places = np.searchsorted(rows, list(ids)).tolist()
            return {
                passage_id: float(scores[at])
                for (row, passage_id), at in zip(ids.items(), places, strict=True)
                if at < len(rows) and rows[at] == row
            }

    def frequencies(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many passages there are, and in how many of them each word occurs, in any inflection."""
        with self._connection() as connection:
            total = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
            count = "SELECT count(*) FROM words WHERE words MATCH ?"
            found = {word: connection.execute(count, (f'passage : "{word}"',)).fetchone()[0] for word in words}
            return total, found

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
        terms = content_words(words) or list(dict.fromkeys(_WORD.findall(words.lower())))
        for term in terms:
            if term not in self._terms:
                found = connection.execute(_SCORES, (f'"{term}"',)).fetchall()
                self._terms[term] = (
                    np.array([row for row, _ in found], dtype=np.int64),
                    np.array([score for _, score in found], dtype=np.float64),
                )
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
        return dict(connection.execute(f"SELECT rowid, id FROM passages WHERE {column} IN ({marks})", list(values)))

    def _make(self, delete: bool) -> None:
        if delete:
            self.close()
            for suffix in ("", "-wal", "-shm", "-journal"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._open is None:
                self._open = sqlite3.connect(self._path, timeout=60, isolation_level=None, check_same_thread=False)
                self._open.execute("PRAGMA synchronous = NORMAL")
                weakref.finalize(self, self._open.close)
            yield self._open


def indexed_words(passage: Passage) -> str:
    """What a passage is found by: its text, then title, source, author and date (as 2025-03-13 and in words)."""
    day = (passage.published or "")[:10]
    try:
        spoken = f"{date.fromisoformat(day):%A %B} {date.fromisoformat(day).day}"
    except ValueError:
        spoken = ""
    parts = (passage.text, passage.title, passage.source, passage.author, day, spoken)
    return "\n".join(part for part in parts if part)


def content_words(text: str) -> list[str]:
    """The words of a question that are worth searching for, lower case, in order, each once."""
    return list(dict.fromkeys(word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS))
