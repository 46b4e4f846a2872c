"""What is asked: a Turn is one question on its way, and its Query says what the wording asks for.

A turn is made of what a user gives, and a query once, where the question is understood: a short answer of some type,
sentences, a yes or no, a summary. Retriever and reader take it, and nothing parses the words again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from index import PassageFilter, ScoredPassage
from index.filter import NO_FILTER
from index.words import DAYS, MONTHS
from qa.answer import Answer
from qa.errors import QuestionError

# What a user gives: a question, or {"question", "history"?, "where"?, "id"?, "standalone_question"?}.
Question = str | Mapping[str, Any]
History = Sequence[tuple[str, str]]  # (question, answer) pairs, oldest first; "" where the articles did not say
Form = Literal["short", "sentences", "yes_no", "summary"]
AnswerType = Literal["number", "time", "place", "person", "other"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for and read with, and what it asks for.

    `text` is a question that stands alone. `several`: it may have more than one right answer ("which countries").
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


def understood(question: str) -> Query:
    """The query of a question; of "Which article says: who won?" that of "who won?", for its article."""
    inner = article_asked(question)
    return query_of(question) if inner is None else replace(query_of(inner), for_article=True)


def query_of(question: str) -> Query:
    """The query of these very words; English only, anything else asks for something short of no type in particular.

    >>> query_of("Which two teams won, besides Tarnby?").besides
    ('Tarnby',)
    """
    asked = re.sub(_POLITELY, "", question, flags=re.IGNORECASE)
    form: Form = next((form for form, pattern in _FORMS if re.search(pattern, asked, re.IGNORECASE)), "short")
    answer_type: AnswerType = next(
        (each for each, pattern in _ANSWER_TYPES if re.search(pattern, asked, re.IGNORECASE)), "other"
    )
    besides = _BESIDES.search(asked)
    known = tuple(part for part in re.split(r"\s*;\s*", besides[1]) if part) if besides else ()
    return Query(question, form, answer_type, bool(_SEVERAL.search(asked)), known, _clauses(question))


def article_asked(question: str) -> str | None:
    """The question whose article is asked for, in "Which article says: who won?"; None for any other question.

    >>> article_asked("which article says that Tarnby won?")
    'Tarnby won?'
    """
    match = _ARTICLE_SAYS.match(question)
    return question[match.end() :] if match else None


def fitted_as(form: Form) -> Literal["short", "sentences", "summary"]:
    """The form whose calibration serves this one: what settles a yes or no is a sentence, too."""
    return "sentences" if form == "yes_no" else form


def fits(answer_type: AnswerType, answer: str) -> bool | None:
    """Whether a short answer can be of that type; None where any text can."""
    pattern = _GIVES.get(answer_type)
    return None if pattern is None else pattern.search(answer) is not None


# The words that say so

_NUMBER = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "dozen half third quarter once twice first second"
)
_MEASURE = "many much old long far tall big large high fast often wide deep heavy hot cold likely quickly"
_QUANTITY = (
    "number amount price cost age share size score rate total sum distance length height width speed temperature"
)
_PERIOD = "year date day month time century decade season week"
_SITE = "city town country place state village region continent island street venue building airport port harbour river"
_SOMEONE = (
    "person man woman author actor actress player coach president minister scientist singer artist official doctor "
    "company team organisation organization"
)
_AUXILIARY = "is are was were do does did has have had can could will would should may might must isn't aren't didn't"
_SAYING = "say said says think thinks tell told warn promise demand ask argue explain announce mean"


def _any_of(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


# The form of a question that has no short answer, the first that fits; everything else is asked for in short.
_FORMS: tuple[tuple[Form, str], ...] = (
    (
        "summary",
        r"^\W*(?:please |can you |could you )?(?:summari[sz]e|sum up|give (?:me )?(?:a|an) (?:short )?"
        r"(?:summary|overview)|tl;?dr)\b|\bwhat is (?:the|this) (?:article|story|report)\b.* about\b",
    ),
    (
        "sentences",
        rf"\bwhy\b|\bhow come\b|\bwhat happen(?:ed|s)\b|\bhow\b(?! {_any_of(_MEASURE)}\b)"
        rf"|\bwhat (?:do|does|did|has|have) .+ {_any_of(_SAYING)}(?: (?:about|of|on|to|in)\b.*)?\W*$"
        r"|\bwhat (?:caused|made|led|is known)\b|\bwhat (?:is|was|were|are) the (?:reason|cause)s?\b"
        r"|^\W*(?:explain|describe|tell me|what about)\b",
    ),
    ("yes_no", rf"^\W*(?:(?:and|but|so),? )?{_any_of(_AUXILIARY)}\b(?!.*\bor\b)"),
)
_ANSWER_TYPES: tuple[tuple[AnswerType, str], ...] = (
    ("number", rf"\bhow {_any_of(_MEASURE)}\b"),
    ("number", rf"\b(?:what|which) (?:(?:is|was|are|were) the )?(?:percent\w*|{_any_of(_QUANTITY)})\b"),
    ("time", rf"\bwhen\b|\b(?:what|which) {_any_of(_PERIOD)}\b|\bhow (?:recently|soon)\b"),
    ("place", rf"\bwhere\b|\b(?:what|which) {_any_of(_SITE)}\b"),
    (
        "person",
        rf"\b(?:who|whom|whose)\b|\b(?:what|which) {_any_of(_SOMEONE)}\b|\bname\b(?! (?:all|the|some|two|three|four))",
    ),
)
# "Do you know who won?" asks who won.
_POLITELY = (
    r"^\W*(?:please,? )?(?:(?:do|can|could|would|will) you (?:know|say|tell me|please tell me)|tell me),? (?=wh|how)"
)
_SEVERAL = re.compile(
    r"\bwho (?:are|were|else)\b|\bwhat (?:are|were)\b|\blist\b"
    r"|\b(?:which|what) (?:(?:two|three|four|other) )?(?!is\b|was\b|does\b|has\b)\w+[^s\W]s\b(?! (?:is|was)\b)"
    r"|\bname (?:all|the|some|two|three|four)\b",
    re.IGNORECASE,
)
_BESIDES = re.compile(r"[,\s]\s*(?:besides|apart from|other than|except(?: for)?)\s+([^?]+?)\s*\??$", re.IGNORECASE)
_ARTICLE_SAYS = re.compile(
    r"\W*(?:in )?(?:which|what) (?:article|story|report)s? (?:says?|tells?|reports?|states?|mentions?)"
    r"(?: that\b)?:?\s+(?=\w)",
    re.IGNORECASE,
)
_GIVES = {
    "number": re.compile(rf"\d|\b{_any_of(_NUMBER)}s?\b|\b(?:no|none|several|few)\b", re.IGNORECASE),
    "time": re.compile(
        rf"\d|\b(?:{_any_of(MONTHS)}|{_any_of(DAYS)}|{_any_of(_NUMBER)}|yesterday|today|tomorrow|tonight|now|after|"
        r"before|since|until|during|when|while|last|next|ago|later|soon|recent\w*|(?:mid)?(?:morning|afternoon|evening|"
        r"day|night|noon|week|weekend|month|year|centur(?:y|ie)|decade|hour|minute|spring|summer|autumn|fall|winter)s?)\b",
        re.IGNORECASE,
    ),
    "person": re.compile(r"[A-Z]|[^\x00-\x7f]"),
}

# Where a long question goes on with something else.
_BORDER = re.compile(r"[,;?]\s+|\s+(?=(?:and|but|while|whereas|yet)\s)", re.IGNORECASE)
_LONG, _CLAUSE = 20, 6  # words: a question of more is made of several parts; a part has at least this many


def _clauses(question: str) -> tuple[str, ...]:
    """The parts of a long question.

    >>> _clauses("Who left the firm that makes a chat bot and was called a liar by the board, as two papers reported?")
    ('Who left the firm that makes a chat bot', 'and was called a liar by the board as two papers reported')
    """
    if len(question.split()) <= _LONG:
        return ()
    parts: list[str] = []
    for part in _BORDER.split(question.strip(" \n,;?")):
        if parts and min(len(parts[-1].split()), len(part.split())) < _CLAUSE:
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return tuple(parts) if len(parts) > 1 else ()
