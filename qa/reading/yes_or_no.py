"""The word that is said before the sentence that settles a question."""

from __future__ import annotations

import re

from qa.question.languages import ENGLISH, table_of
from qa.reading.network import Verdict

# What makes a no of a sentence.
DENIES = re.compile(
    r"\b(?:not|no|never|none|nobody|nor|without|den(?:y|ied|ies)|refus\w+|fail\w*|reject\w*|declin\w+|cancel\w*|scrap\w*"
    r"|ruled out|except|yet to|(?:still|the) wait\w*)\b|n['’]t\b",
    re.IGNORECASE,
)


def yes_or_no(verdict: Verdict | None, sentence: str, language: str) -> list[str]:
    """The word, where the network's verdict and a denial in the sentence say the same; none in an unknown language."""
    if verdict is None or verdict.open >= max(verdict.no, verdict.yes):
        return []
    yes, no, denies = "Yes.", "No.", DENIES
    if language != ENGLISH:
        table = table_of(language)
        if table is None:
            return []
        yes, no, denies = table.yes, table.no, table.denies
    is_no = verdict.no > verdict.yes
    return [no if is_no else yes] if is_no == bool(denies.search(sentence)) else []
