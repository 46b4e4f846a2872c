"""What a question asks for, read off its wording: a short answer of some type, sentences, a yes or no, a summary.

A Query is made once, where a question is understood; retriever and reader take it, and nothing parses the words again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from qa.question.words import DAYS, MONTHS

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
