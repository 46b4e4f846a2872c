"""Conversations and what people thought of the answers, kept in one SQLite file beside the index."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import sqlite3
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.filter import NO_FILTER, PassageFilter
from qa.answer import Answer
from qa.kept.conversation_file import ConversationFile

if TYPE_CHECKING:
    from index import ArticleIndex

MAX_TITLE = 200  # characters
MAX_WORD = 1000  # characters of what somebody says about an answer
PASSAGES = 3  # of an answer, the first, are kept: nothing looks at more
NOTHING_IS_RIGHT = "-"  # the word that says that the articles do not answer

_TITLE = 60  # characters, about, of a title that is made of a question
_LIST = """
SELECT c.id, c.title, first.question, last.asked_at, last.position + 1, EXISTS (
    SELECT 1 FROM turns WHERE conversation = c.id AND instr(said, :words)
)
FROM conversations c
JOIN turns first ON first.conversation = c.id AND first.position = 0
JOIN turns last ON last.conversation = c.id
    AND last.position = (SELECT max(position) FROM turns WHERE conversation = c.id)
WHERE c.owner = :owner
ORDER BY last.asked_at DESC, last.number DESC
"""
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """One question with its answer. `asked_at` is as `now` gives it; `rating` is 1 for good, -1 for bad, or 0.

    `word` is what was said with the rating, `within` says in words which articles were asked, "" for all. An answer
    that is read back holds its first passages only.
    """

    question: str
    answer: Answer
    asked_at: str
    rating: int = 0
    word: str = ""
    within: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, oldest first, and the articles that it is narrowed to. It changed when its last question was asked."""

    id: str
    title: str
    changed_at: str
    turns: tuple[SavedTurn, ...]
    where: PassageFilter = NO_FILTER


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """What a list of conversations shows; `turns` is how many there are."""

    id: str
    title: str
    changed_at: str
    turns: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of an answer: 1 for good, -1 for bad, and a word about it, or none; not who it was.

    `history` holds the (question, answer) pairs before it, oldest first, each question as it stands alone; an answer is
    "" where the articles did not say. `id` stays the same when the rating is changed.
    """

    question: str
    history: tuple[tuple[str, str], ...]
    answer: Answer
    rating: int
    word: str
    at: str
    id: str

    def to_json(self) -> dict[str, Any]:
        """The object that `qa feedback --json` prints; its "answer" is the one of `qa ask --json`."""
        return {
            "schema": 1,
            "id": self.id,
            "at": self.at,
            "rating": self.rating,
            "word": self.word,
            "question": self.question,
            "history": [list(pair) for pair in self.history],
            "answer": self.answer.to_json(),
        }

    def gold(self) -> dict[str, Any] | None:
        """The line of a question file for `qa eval`; None for a bad answer where the right one is not known.

        An answer that was good is the right one; to one that was bad, the word is, or "-" for none in the articles.
        """
        if self.rating < 0 and not self.word.strip():
            return None
        right = self.answer.text if self.rating > 0 else self.word.strip()
        if self.rating > 0 and self.answer.sentences:
            right = re.sub(r"\s*\[\d+\]", "", right)  # the numbers of citations are no part of it
        line: dict[str, Any] = {
            "id": self.id,
            "question": self.question,
            "answer": "" if self.rating < 0 and right == NOTHING_IS_RIGHT else right,
        }
        return line | {"history": [list(pair) for pair in self.history]} if self.history else line


class Conversations:
    """Everybody's conversations in one file. Thread-safe, and several processes may use it at once.

    `owner` is an opaque name. Nobody sees another's conversations: an id of another owner is as if it were not there.
    What a method has done is on the disk when it comes back. A file that is damaged, or is something else, raises
    StoreError. Texts may hold anything; what SQLite cannot store, halves of surrogate pairs, becomes U+FFFD, one for
    one, so that no offset moves.
    """

    def __init__(self, path: Path) -> None:
        """Name the file; it is opened, or made, when it is first needed."""
        self._file = ConversationFile(path)

    @classmethod
    def of(cls, articles: ArticleIndex) -> Conversations:
        """Those that are kept with an index."""
        return cls(articles.companion("conversations.sqlite"))

    def list(self, owner: str, words: str = "") -> Sequence[ConversationSummary]:
        """All conversations, most recently changed first; those whose title, questions or answers hold `words`.

        Upper and lower case are the same.
        """
        words = _storable(words).strip().casefold()
        with self._file.transaction("DEFERRED") as connection:
            rows = connection.execute(_LIST, {"owner": _key(owner), "words": words}).fetchall()
        found = [
            (ConversationSummary(id_, title or _title(first), changed_at, turns), said)
            for id_, title, first, changed_at, turns, said in rows
        ]
        return [summary for summary, said in found if said or words in summary.title.casefold()]

    def find(self, owner: str, conversation_id: str) -> Conversation | None:
        """One conversation, whole; None where it is not there."""
        with self._file.transaction("DEFERRED") as connection:
            return self._find(connection, owner, conversation_id)

    def save(
        self,
        owner: str,
        conversation_id: str | None,
        turns_kept: int,
        turn: SavedTurn,
        where: PassageFilter = NO_FILTER,
    ) -> str:
        """Put a turn behind the first `turns_kept` turns, in the place of all that came later, and give the id.

        Where there is no such conversation, or not any more, a new one begins, whose title is its first question.
        """
        with self._file.transaction("IMMEDIATE") as connection:
            there = conversation_id is not None and self._is_there(connection, owner, conversation_id)
            if conversation_id is None or not there:
                conversation_id = secrets.token_urlsafe(16)
                connection.execute(
                    "INSERT INTO conversations VALUES (?, ?, '', ?)", (conversation_id, _key(owner), _where_json(where))
                )
            else:
                connection.execute(
                    "UPDATE conversations SET narrowed = ? WHERE id = ?", (_where_json(where), conversation_id)
                )
                connection.execute(
                    "DELETE FROM turns WHERE conversation = ? AND position >= ?", (conversation_id, turns_kept)
                )
            row = connection.execute("SELECT count(*) FROM turns WHERE conversation = ?", (conversation_id,)).fetchone()
            _put(connection, conversation_id, row[0], turn)
        return conversation_id

    def rename(self, owner: str, conversation_id: str, title: str) -> bool:
        """Give it a title, of one line; an empty one goes back to the first question. Says whether it is there."""
        line = " ".join(_storable(title).split())[:MAX_TITLE].rstrip()
        return self._change(owner, conversation_id, "title", line)

    def narrow(self, owner: str, conversation_id: str, where: PassageFilter) -> bool:
        """Remember which articles it is narrowed to. Says whether it is there."""
        return self._change(owner, conversation_id, "narrowed", _where_json(where))

    def delete(self, owner: str, conversation_id: str) -> Conversation | None:
        """Delete it and give back what it was, for `restore`; None where it is not there."""
        with self._file.transaction("IMMEDIATE") as connection:
            conversation = self._find(connection, owner, conversation_id)
            if conversation is not None:
                connection.execute("DELETE FROM conversations WHERE id = ?", (conversation.id,))
        return conversation

    def restore(self, owner: str, conversation: Conversation) -> None:
        """Put back what was deleted, as it was. One that is there is left alone."""
        if not conversation.turns:
            return
        title = "" if conversation.title == _title(conversation.turns[0].question) else conversation.title
        values = (conversation.id, _key(owner), _storable(title), _where_json(conversation.where))
        with self._file.transaction("IMMEDIATE") as connection:
            if connection.execute("INSERT OR IGNORE INTO conversations VALUES (?, ?, ?, ?)", values).rowcount:
                for position, turn in enumerate(conversation.turns):
                    _put(connection, conversation.id, position, turn)

    def rate(self, owner: str, conversation_id: str, position: int, rating: int, word: str = "") -> bool:
        """Say of the turn at `position`, from 0, that it is good (1) or bad (-1), or take that back (0).

        A copy is kept as feedback, whatever becomes of the conversation. Says whether the turn is there.
        """
        if rating not in (1, 0, -1):
            raise ValueError(f"A rating is 1, 0 or -1, not {rating}.")
        word = _storable(word).strip()[:MAX_WORD] if rating else ""
        with self._file.transaction("IMMEDIATE") as connection:
            conversation = self._find(connection, owner, conversation_id)
            if conversation is None or not 0 <= position < len(conversation.turns):
                return False
            connection.execute(
                "UPDATE turns SET rating = ?, word = ? WHERE conversation = ? AND position = ?",
                (rating, word, conversation.id, position),
            )
            turn = conversation.turns[position]
            # From what names the turn also after it was deleted and restored, and does not say whose it is.
            named = _json([conversation.id, position, turn.asked_at, turn.question])
            feedback_id = hashlib.sha256(named.encode()).hexdigest()[:16]
            connection.execute("DELETE FROM feedback WHERE id = ?", (feedback_id,))
            if rating:
                history = [
                    (each.answer.standalone_question or each.question, each.answer.text)
                    for each in conversation.turns[:position]
                ]
                connection.execute(
                    "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (feedback_id, now(), rating, word, turn.question, _json(history), _json(turn.answer.to_json())),
                )
        return True

    def feedback(self) -> Iterator[Feedback]:
        """What everybody thought, oldest first."""
        with self._file.transaction("DEFERRED") as connection:
            rows = connection.execute(
                "SELECT question, history, answer, rating, word, at, id FROM feedback ORDER BY at, rowid"
            ).fetchall()
        for question, history, answer, *rest in rows:
            with self._file.parsing():
                pairs = tuple((str(asked), str(said)) for asked, said in json.loads(history))
                each = Feedback(question, pairs, Answer.from_json(json.loads(answer)), *rest)
            yield each

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _is_there(self, connection: sqlite3.Connection, owner: str, conversation_id: str) -> bool:
        values = (_storable(conversation_id), _key(owner))
        return bool(connection.execute("SELECT 1 FROM conversations WHERE id = ? AND owner = ?", values).fetchone())

    def _find(self, connection: sqlite3.Connection, owner: str, conversation_id: str) -> Conversation | None:
        values = (_storable(conversation_id), _key(owner))
        row = connection.execute(
            "SELECT id, title, narrowed FROM conversations WHERE id = ? AND owner = ?", values
        ).fetchone()
        if row is None:
            return None
        rows = connection.execute(
            "SELECT question, answer, asked_at, rating, word, within FROM turns WHERE conversation = ?"
            " ORDER BY position",
            row[:1],
        ).fetchall()
        with self._file.parsing():
            turns = tuple(SavedTurn(each[0], Answer.from_json(json.loads(each[1])), *each[2:]) for each in rows)
            title = row[1] or _title(turns[0].question)
            return Conversation(row[0], title, turns[-1].asked_at, turns, _where(row[2]))

    def _change(self, owner: str, conversation_id: str, column: Literal["title", "narrowed"], value: str) -> bool:
        with self._file.transaction("IMMEDIATE") as connection:
            changed = connection.execute(
                f"UPDATE conversations SET {column} = ? WHERE id = ? AND owner = ?",
                (value, _storable(conversation_id), _key(owner)),
            )
            return changed.rowcount > 0


def now() -> str:
    """The time as it is kept here: ISO 8601, in UTC, with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _put(connection: sqlite3.Connection, conversation_id: str, position: int, turn: SavedTurn) -> None:
    answer = replace(turn.answer, passages=turn.answer.passages[:PASSAGES])
    question = _storable(turn.question)
    said = _storable(f"{question}\n{answer.text}".casefold())
    word = _storable(turn.word).strip()[:MAX_WORD]
    connection.execute(
        "INSERT INTO turns (conversation, position, asked_at, rating, word, question, said, answer, within)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            conversation_id,
            position,
            turn.asked_at,
            turn.rating,
            word,
            question,
            said,
            _json(answer.to_json()),
            _storable(turn.within),
        ),
    )


def _title(question: str) -> str:
    """A question as a title: one line, cut at a word.

    >>> _title("Who sailed first,\\nwho sailed second, and who never came back from the islands?")
    'Who sailed first, who sailed second, and who never came…'
    """
    line = " ".join(question.split())
    cut = textwrap.shorten(line, _TITLE, placeholder="…")
    return cut if cut != "…" else f"{line[: _TITLE - 1]}…"


def _where_json(where: PassageFilter) -> str:
    return _json(asdict(where))


def _where(text: str) -> PassageFilter:
    values = json.loads(text)
    return PassageFilter(
        tuple(values["article_ids"]),
        tuple(values["sources"]),
        values["published_from"],
        values["published_to"],
        tuple(values.get("languages", ())),  # what an earlier version kept has none
    )


def _json(values: object) -> str:
    return _storable(json.dumps(values, ensure_ascii=False))


def _storable(text: str) -> str:
    """The text, of the same length, without what UTF-8 has no bytes for."""
    return _SURROGATES.sub("\ufffd", text)


def _key(owner: str) -> bytes:
    """An owner's name as it is stored: two names are never one, whatever they hold."""
    return owner.encode("utf-8", "surrogatepass")
