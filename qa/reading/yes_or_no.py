"""The word that is said before the sentence that settles a question, and what settles none."""

from __future__ import annotations

import re

from index.words import FUNCTION_WORDS, WORD, key_of
from qa.question.languages import ENGLISH, table_of
from qa.reading.network import Verdict

_DENIES = re.compile(
    r"\b(?:not|no|never|none|nobody|nor|without|den(?:y|ied|ies)|refus\w+|fail\w*|reject\w*|declin\w+|cancel\w*|scrap\w*"
    r"|ruled out)\b|n['’]t\b",
    re.IGNORECASE,
)


def yes_or_no(verdict: Verdict | None, sentence: str, language: str) -> list[str]:
    """The word, where the network's verdict and a denial in the sentence say the same; none in an unknown language."""
    if verdict is None or verdict.open >= max(verdict.no, verdict.yes):
        return []
    yes, no, denies = "Yes.", "No.", _DENIES
    if language != ENGLISH:
        table = table_of(language)
        if table is None:
            return []
        yes, no, denies = table.yes, table.no, table.denies
    is_no = verdict.no > verdict.yes
    return [no if is_no else yes] if is_no == bool(denies.search(sentence)) else []


_ASKS_OF_PAST = re.compile(r"(?:^|[,.;:!–—]\s)\W*(?:(?:and|but|so) )?(?:did|has|have|had|was|were)\b", re.IGNORECASE)
# Small letters only: May and Will are names. A cue that the question has itself is what it asks about.
_NOT_YET = (
    r"(?:could|may|might|should|would|will|wants? to|wanted to|set to|hop(?:es|ed|ing)|likely|possibl[ey]|perhaps"
    r"|expect(?:s|ed|ing)?|(?:plan|schedul|consider|intend|threaten|propos|rumou?r|seek|search)\w*|sought"
    r"|potential(?:ly)?)"
)
_CUE = re.compile(rf"(?<![\w’'-]){_NOT_YET}(?![\w’'])")
_CLAUSE_BORDER = re.compile(
    r"[,;:()–—]\s|\s+(?=(?:and|but|who|which|that|as|while|when|after|before|because|since|though|saying)\s)"
)


def is_only_planned(question: str, sentence: str) -> bool:
    """Whether a sentence says as planned, possible or wanted what an English question asks of the past.

    Looked at is the clause that shares most words with the question, names aside, all of it where none does.

    >>> is_only_planned("Did Aske sue the port?", "Aske, who left in May, said she planned to sue the port.")
    True
    >>> is_only_planned("Did Aske sue the port?", "Aske sued the port, which will answer in May.")
    False
    """
    if not _ASKS_OF_PAST.search(question) or (asked := _CUE.search(question)) and asked[0] in sentence:
        return False
    clauses = [each for each in _CLAUSE_BORDER.split(sentence) if each.strip()]
    shared = [len(_plain(question) & _plain(each)) for each in clauses]
    if not any(shared):
        clauses, shared = [sentence], [0]
    nearest = [each for each, count in zip(clauses, shared, strict=True) if count == max(shared)]
    return any(_CUE.search(each) for each in nearest) and not any(map(_DENIES.search, nearest))


def _plain(text: str) -> set[str]:
    """The words that say something, but for those with a capital letter."""
    return {key_of(word) for word in WORD.findall(text) if word[0].islower()} - FUNCTION_WORDS
