"""Turn: one question on its way, and what has been made of it so far. Here what a user gives becomes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from index import PassageFilter, ScoredPassage
from index.filter import NO_FILTER
from qa.answer import Answer
from qa.errors import QuestionError
from qa.question.query import Query

# What a user gives: a question, or {"question", "history"?, "where"?, "id"?, "standalone_question"?}.
Question = str | Mapping[str, Any]
History = Sequence[tuple[str, str]]  # (question, answer) pairs, oldest first; "" where the articles did not say


_NOT_YET = Query("")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its conversation; each step adds what it finds, with `replace`, and changes nothing else."""

    question: str
    history: History = ()
    where: PassageFilter = NO_FILTER
    id: str | None = None
    standalone_question: str = ""  # given by the user, or what is made of question and history
    query: Query = _NOT_YET  # of the standalone question
    passages: tuple[ScoredPassage, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)  # this question's share, by what was done


def turn_of(value: Question, max_chars: int) -> Turn:
    """What a user gives, checked; a question has at most `max_chars` characters. Raises QuestionError."""
    values: Mapping[str, Any] = value if isinstance(value, Mapping) else {"question": value}
    question = checked(values.get("question"), max_chars)
    try:
        history = history_of(values.get("history"))
    except ValueError as exc:
        raise QuestionError(f"The question's history cannot be read: {exc}.") from exc
    given = values.get("standalone_question")
    return Turn(
        question=question,
        history=history,
        where=values.get("where") or NO_FILTER,
        id=values.get("id"),
        standalone_question=checked(given, max_chars) if given else "",
    )


def checked(question: object, max_chars: int) -> str:
    """The same question, where it can be asked. Raises QuestionError, which says why not."""
    if not isinstance(question, str):
        raise QuestionError(f"A question is a text, not {type(question).__name__}.")
    if not question.strip():
        raise QuestionError("The question is empty. Ask something, for example: what happened in March?")
    if len(question) > max_chars:
        raise QuestionError(
            f"The question has {len(question):,} characters; the limit is {max_chars:,}. Ask a shorter one."
        )
    try:
        question.encode()
    except UnicodeEncodeError as exc:
        raise QuestionError(f"The question holds half of a surrogate pair at character {exc.start}.") from exc
    return question


def history_of(values: object) -> History:
    """Earlier turns: (question, answer) pairs, Answers, their JSON, or {"role", "content"} messages. Raises ValueError.

    An Answer counts with its standalone question.
    """
    if values is None:
        return ()
    if not isinstance(values, list | tuple):
        raise ValueError(f"it is {type(values).__name__}, not a list")
    pairs: list[tuple[str, str]] = []
    for value in values:
        if isinstance(value, Answer):
            pairs.append((value.standalone_question, value.text))
        elif isinstance(value, dict) and {"question", "answer"} <= value.keys():
            pairs.append((str(value.get("standalone_question") or value["question"]), str(value["answer"] or "")))
        elif isinstance(value, dict) and {"role", "content"} <= value.keys():
            if value["role"] == "user":
                pairs.append((str(value["content"]), ""))
            elif pairs:
                pairs[-1] = (pairs[-1][0], str(value["content"]))
        elif isinstance(value, list | tuple) and len(value) == 2:
            pairs.append((str(value[0]), str(value[1])))
        else:
            raise ValueError('it holds something else than (question, answer) pairs or {"role", "content"} messages')
    return tuple(pairs)
