"""A user's own questions with their right answers, from the lines of a JSONL file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from index.filter import is_unicode


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and its right answers, one or more spellings; none where the articles do not answer it."""

    line: int  # in the user's file, from 1
    question: str
    answers: tuple[str, ...]
    id: Any = None
    history: Any = ()


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is left out, and why."""

    line: int
    reason: str


def read_questions(lines: Iterable[str]) -> Iterator[GoldQuestion | BadLine]:
    """The questions in the lines of a JSONL file; empty lines are left out without a word.

    A line is {"question", "answer", "aliases"?, "id"?, "history"?}; all else in it is ignored.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _gold(number, line)
            except ValueError as exc:
                yield BadLine(number, str(exc))


def parsed(line: str) -> Any:
    """A line of a JSONL file. Raises ValueError, which says what is wrong with it."""
    try:
        return json.loads(line.strip())
    except json.JSONDecodeError as exc:
        raise ValueError(f"not valid JSON: {exc.msg} at character {exc.pos + 1}") from exc
    except (ValueError, RecursionError) as exc:  # a number of thousands of digits, brackets thousands deep
        raise ValueError(f"not valid JSON: {exc}") from exc


def _gold(number: int, line: str) -> GoldQuestion:
    """The question in a line; ValueError says what is wrong with it."""
    if "\ufffd" in line:  # what undecodable bytes were read as: no answer would ever match them
        raise ValueError("it is not UTF-8 text")
    values = parsed(line)
    if not isinstance(values, dict) or "question" not in values or "answer" not in values:
        raise ValueError(
            'a line is an object like {"question": "...", "answer": "..."}, its answer "" where none is right'
        )
    question, answer, aliases = values["question"], values["answer"], values.get("aliases") or []
    for name, text in (("question", question), ("answer", answer)):
        if not isinstance(text, str):
            raise ValueError(f'"{name}" is a text, not {type(text).__name__}')
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise ValueError('"aliases" is a list of texts')
    answers = tuple(text for text in (answer, *aliases) if text.strip())
    if answers and not answer.strip():
        raise ValueError('"answer" is empty, which says that none is right, but there are "aliases"')
    if not all(is_unicode(text) for text in answers):
        raise ValueError("an answer holds half of a surrogate pair")
    return GoldQuestion(number, question, answers, values.get("id"), values.get("history") or ())
