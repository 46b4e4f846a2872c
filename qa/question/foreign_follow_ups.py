"""Follow-ups in other languages than English: behind one that points back stands what was asked before.

No network says which words are left out, as in English: what points back are the words of the language's table, and a
question of hardly any words.
"""

from __future__ import annotations

import re

from qa.question.languages import ENGLISH, UNSPACED, Table, seen, table_of, tongue_of

_FEW_WORDS, _FEW_SIGNS = 2, 9  # a question of no more leaves something out; signs in scripts without spaces
_END = " \t\n?!.,:;¿¡？！。؟…"


def foreign_tongue(question: str, before: str) -> str | None:
    """The language of a follow-up that is none in English, and has a table; that of the question before, where it is
    too short to tell. None: it is in English, or nobody knows.
    """
    language = tongue_of(question)
    if language == ENGLISH and len(question.split()) <= _FEW_WORDS:
        language = tongue_of(before)
    return None if table_of(language) is None else language


def foreign_standalone(question: str, before: str, answer: str, language: str) -> str:
    """The question with what was asked before, and answered, behind it, where it points back; else as it is.

    `before` stands alone; `answer` is "" where it is too long to be repeated.
    """
    table = table_of(language)
    if table is None or not _points_back(seen(question), table, language):
        return question
    topic = " ".join(table.question_words.sub(" ", before.strip(_END)).split()).strip(_END)
    left_out = ", ".join(part for part in (topic, answer.strip(_END)) if part)
    return f"{question.rstrip(_END)} ({left_out})?" if left_out else question


def _points_back(question: str, table: Table, language: str) -> bool:
    if table.follows.search(question):
        return True
    if language in UNSPACED:
        return len(re.findall(r"\w", question)) <= _FEW_SIGNS
    return len(re.findall(r"\w+", question)) <= _FEW_WORDS
