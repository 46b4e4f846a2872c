"""What the wording of a question in another language than English asks for, by the table of its language."""

from __future__ import annotations

import re
from typing import cast, get_args

from qa.question.languages import Table, seen, table_of
from qa.question.turn import AnswerType, Form, Query


def foreign_query(question: str, language: str) -> Query:
    """The query of these very words; in a language without a table for something short of no type in particular.

    >>> query = foreign_query("Wann öffnet der Bahnhof?", "de")
    >>> query.form, query.answer_type, query.language
    ('short', 'time', 'de')
    """
    table = table_of(language)
    if table is None:
        return Query(question, language=language)
    asked = table.polite.sub("", seen(question))
    if topic := _topic_asked(asked, table):
        return Query(topic[1], topic[0], language=language)
    if thing := _thing_defined(asked, table):
        return Query(question, answer_type="definition", thing=thing, language=language)
    form = _form_of(asked, table)
    types = (name for name, pattern in table.types.items() if pattern.search(asked))
    return Query(
        question,
        form,
        cast(AnswerType, next((name for name in types if name in get_args(AnswerType)), "other")),
        several=form != "summary" and table.several.search(asked) is not None,
        current=table.current.search(asked) is not None and not re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", asked),
        small_talk=is_foreign_small_talk(question, language),
        language=language,
    )


def is_foreign_small_talk(text: str, language: str) -> bool:
    """Whether nothing is asked for, as in "danke"."""
    table = table_of(language)
    return table is not None and table.small_talk.match(seen(text)) is not None


def foreign_reply(text: str, language: str) -> str | None:
    """What is said to small talk; None in a language without a table."""
    table = table_of(language)
    if table is None:
        return None
    return next(reply for pattern, reply in table.replies if pattern.search(seen(text)))


def foreign_fits(answer_type: AnswerType, answer: str, language: str) -> bool | None:
    """Whether a short answer can be of that type: a number or time with a digit or a number word; None: it may be."""
    if answer_type == "person":
        return any(character.isupper() or not character.isascii() for character in answer)
    if answer_type not in ("number", "time"):
        return None
    table = table_of(language)
    words = {form for forms in table.numbers for form in forms} if table else set()
    counted = any(map(str.isdigit, answer)) or not words.isdisjoint([*answer.lower().split(), *answer])
    return True if counted else None


def _topic_asked(asked: str, table: Table) -> tuple[Form, str] | None:
    forms: tuple[tuple[Form, tuple[re.Pattern[str], ...]], ...] = (
        ("timeline", table.timeline),
        ("latest", table.latest),
    )
    for form, patterns in forms:
        for pattern in patterns:
            if match := pattern.search(asked):
                topic = table.articles.sub("", match["topic"].strip(' \t?!.,:;"()¿¡？。！؟'))
                return (form, topic) if topic and not table.question_words.search(topic) else None
    return None


def _thing_defined(asked: str, table: Table) -> str:
    """What a question wants to know the meaning of; "" where it asks something else."""
    match = next((match for each in table.definition if (match := each.search(asked))), None)
    thing = match["thing"].strip(' "“”„«»「」') if match else ""
    return "" if table.question_words.search(thing) else thing


def _form_of(asked: str, table: Table) -> Form:
    """The form of the answer, but for topics and definitions."""
    if table.summary.search(asked):
        return "summary"
    if not table.either.search(asked):
        if table.yes_no.search(asked) and not (table.question_words.match(asked.lstrip("¿¡ "))):
            return "yes_no"
        if not _asks_for_more(asked, table) and (table.statement.search(asked) or _is_whole_question(asked, table)):
            return "yes_no"
    return "sentences" if table.sentences.search(asked) else "short"


def _asks_for_more(asked: str, table: Table) -> bool:
    """Whether a word asks; "when" behind four words joins a clause."""
    return any(
        not (table.joins.fullmatch(each[0]) and len(asked[: each.start()].split()) >= _CLAUSE)
        for each in table.question_words.finditer(asked)
    )


def _is_whole_question(asked: str, table: Table) -> bool:
    """Whether it has a question mark and is more than "and the price?"; not in Arabic, where a word always asks."""
    goes_on = table.follows.match(asked) or table.several.search(asked)
    return asked.endswith("?") and len(asked.split()) >= _CLAUSE and not goes_on


_CLAUSE = 4  # words
