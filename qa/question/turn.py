"""What is asked: a Turn is one question on its way, and its Query says what the wording asks for.

A turn is made of what a user gives, and a query once, where the question is understood: a short answer of some type,
sentences, a yes or no, a summary. Retriever and reader take it, and nothing parses the words again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, get_args

from index import PassageFilter, ScoredPassage
from index.filter import NO_FILTER
from qa.answer import Answer, AnswerForm
from qa.errors import QuestionError
from qa.question.contests import Contest
from qa.question.posts import Post
from qa.question.times import Period

# What a user gives: a question, or {"question", "history"?, "where"?, "id"?, "standalone_question"?, "as_of"?}.
Question = str | Mapping[str, Any]
History = Sequence[tuple[str, str]]  # (question, answer) pairs, oldest first; "" where the articles did not say
Form = Literal["short", "sentences", "yes_no", "summary", "latest", "timeline"]
# role: of somebody who is named; definition: of a thing, told by the sentence that says what it is; score: of a game
AnswerType = Literal["number", "money", "time", "place", "person", "role", "definition", "score", "other"]
MEASURED: tuple[AnswerType, ...] = ("number", "money", "time")  # what has a figure, or a word for one


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for and read with, and what it asks for.

    `text` is a question that stands alone, or of "latest", "timeline" and "summary" what they are to be about.
    `several`: it may have more than one right answer ("which countries"), or sums up more than one article.
    `besides`: answers that are known and not wanted again ("who else was there, besides Marco Rubio?"). `clauses`: the
    parts of a question of more than 20 words, of at least 6 words each; none where it has only one. `for_article`: the
    article that answers is asked for, not what it says.
    """

    text: str
    form: Form = "short"
    answer_type: AnswerType = "other"
    several: bool = False
    besides: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    for_article: bool = False
    current: bool = False  # "who runs it now": of several answers the newest article's counts
    small_talk: bool = False  # "thanks": nothing is asked for
    period: Period | None = None  # "in March 2024": articles of that time come first
    language: str = "en"  # of the question, see `qa.question.languages.tongue_of`
    unnamed: bool = False  # "sum it up": a summary of whatever is there
    articles: tuple[str, ...] = ()  # ids of those to sum up, where they are known
    parts: tuple[Part, ...] = ()  # what is asked for at once, each read by itself; none where it is one thing
    thing: str = ""  # what is to be defined, or may be: "kei car"
    speaker: str = ""  # whose words are asked for: "what did Ida Aske say about the port?"
    post: Post | None = None  # of which is asked who holds it: "who runs Glow?"
    contest: Contest | None = None  # of which is asked how it ended: "Tarnby v Pell score?"
    compares: bool = False  # its parts are asked to compare them; where these have no answer, the whole may have one


@dataclass(frozen=True, slots=True)
class Part:
    """One of several things that a question asks for, and what to call it."""

    label: str
    query: Query


def answer_form(query: Query) -> AnswerForm | None:
    """The form of answer that a query asks for, as its user is told it (`Answer.form`); None where it asks nothing.

    A list is one also where it has a single thing, and a comparison where one sentence tells of both.
    """
    if query.small_talk:
        return None
    if query.for_article:
        return "article"
    if query.parts:
        return "comparison" if query.compares else "parts"
    if query.form != "short":
        return query.form
    if query.several:
        return "list"
    return "definition" if query.answer_type == "definition" else "short"


_NOT_YET = Query("")


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with its conversation; each step adds what it finds, with `replace`, and changes nothing else."""

    question: str
    history: History = ()
    where: PassageFilter = NO_FILTER
    id: str | None = None
    standalone_question: str = ""  # given by the user, or what is made of question and history
    corrections: Mapping[str, str] = field(default_factory=dict)  # see Answer
    as_of: date | None = None  # from when "last week" is seen; None: from today
    query: Query = _NOT_YET  # of the standalone question
    passages: tuple[tuple[ScoredPassage, ...], ...] = ((),)  # of the query, or of each of its parts
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
        as_of=_day(values.get("as_of")),
    )


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise QuestionError(
            f"{value!r} is not a day that a question can be seen from. Write it like 2025-03-13."
        ) from None


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


_FITTED_AS: dict[Form, Literal["short", "sentences", "summary"]] = {
    "short": "short",
    "sentences": "sentences",
    "yes_no": "sentences",  # what settles it is a sentence, too
    "summary": "summary",
    "latest": "summary",
    "timeline": "summary",
}


Curve = Literal["short", "long", "sentences", "said", "yes_no", "summary"]
CURVES: tuple[Curve, ...] = get_args(Curve)


def curve_of(query: Query) -> Curve:
    """Which curve makes a probability of this query's scores.

    No passage answers all of one with clauses ("long"); of words of somebody ("said") those of others are near.
    """
    if query.form == "yes_no":
        return "yes_no"
    if query.form == "sentences" and query.speaker:
        return "said"
    return "long" if query.form == "short" and query.clauses else fitted_as(query.form)


def fitted_as(form: Form) -> Literal["short", "sentences", "summary"]:
    """The form whose calibration serves this one."""
    return _FITTED_AS[form]
