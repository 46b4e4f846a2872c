"""Whether a sentence says what is asked for, by its English words: a reason, a manner, what happened and no plan.

A sentence about the same thing that says none of it is no answer, however much it has in common with the question;
the network, which learned from questions for a word or two, hardly tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from index.words import FUNCTION_WORDS, WORD, key_of
from qa.question.languages import ENGLISH
from qa.question.turn import Query

# What it costs a sentence, in log-odds; the measurements are in docs/decisions.md, "Abstaining".
_PLANNED, _NO_REASON, _NO_MANNER = 2.0, 4.0, 2.0
_TOLD = 4  # sentences of an answer, at most


def shortfalls(query: Query, sentences: Sequence[str], scores: Sequence[float]) -> list[float]:
    """By how much each sentence is worse than its score, in log-odds, as it does not say what is asked for.

    How something is done is told on from sentence to sentence: there all cost, where none of the best says how.
    """
    none = [0.0] * len(sentences)
    if query.language != ENGLISH:
        return none
    if query.form == "yes_no":
        return [_PLANNED * is_only_planned(query.text, each) for each in sentences]
    asked = asked_for(query.text) if query.form == "sentences" else None
    if asked == "reason":
        return [_NO_REASON * (not gives("reason", each)) for each in sentences]
    if asked == "manner":
        best = sorted(range(len(sentences)), key=lambda at: scores[at], reverse=True)[:_TOLD]
        return none if any(gives("manner", sentences[at]) for at in best) else [_NO_MANNER] * len(sentences)
    return none


def unsaid(query: Query, quotes: Sequence[str]) -> str:
    """Why none of these quotes, the best first, answers a query, in one sentence; "" where it is not known."""
    if not quotes or query.language != ENGLISH:
        return ""
    if query.form == "yes_no" and is_only_planned(query.text, quotes[0]):
        return "What stands near is planned or possible; whether it happened is not said."
    asked = asked_for(query.text) if query.form == "sentences" else None
    if asked and not any(gives(asked, each) for each in quotes):
        return "No reason stands near." if asked == "reason" else "How is not said near."
    return ""


Asked = Literal["reason", "manner"]

_ASKS: dict[Asked, re.Pattern[str]] = {
    "reason": re.compile(
        r"\bwhy\b|\bhow come\b|\bfor (?:what|which) reason\b|\bwhat(?:['’]s| is| was| are| were)? "
        r"(?:the (?:\w+ )?reasons?|behind|caus(?:es|ed|ing)|led|prompted|made|drove|forced|kept)\b",
        re.IGNORECASE,
    ),
    # How somebody did, is or felt is no manner.
    "manner": re.compile(
        r"\b(?:how (?:did|do|does|can|could|will|would|is|are|was|were|has|have|had|should|to)"
        r"|(?:in|by) (?:what|which) (?:way|means|method)s?|by what means)\b"
        r"(?!.* (?:do|doing|go|going|perform|react|respond|feel|fare|end|look|sound|differ|compare|say|describe)\b"
        r"(?: (?:after|against|at|during|in|last|on|this|to|when|with|about|from|it|out|so far)\b.*)?\W*$)",
        re.IGNORECASE,
    ),
}
_GIVES: dict[Asked, re.Pattern[str]] = {
    "reason": re.compile(
        r"\b(?:because|caus(?:e[sd]?|ing)|due to|owing to|thanks to|on account of|reasons?|explain\w*|attribut\w+"
        r"|(?:which|that)(?:['’]s| is| was) why|blam(?:e[sd]?|ing)|as a (?:result|consequence)"
        r"|result(?:s|ed|ing) (?:in|from)|(?:led|leads?|leading) to|prompt(?:s|ed|ing)|forc(?:e[sd]|ing)|driven by"
        r"|fuell?ed|sparked|trigger\w*|stem\w* from|so that|so as to|in order to|therefore|hence|consequen\w+|amid"
        r"|in (?:response|protest|reaction)|for fear|cit(?:ed|ing)|as an? \W?\w+|to (?:avoid|prevent|protect|stop))\b",
        re.IGNORECASE,
    ),
    "manner": re.compile(
        r"\b(?:by (?:\w+ly )?\w+ing|us(?:e[sd]?|ing)|via|through|how (?:it|this|that|they)|methods?|techniques?"
        r"|process\w*|involv\w+|thanks to|by means of|with (?:the )?help|rel(?:y|ies|ied|ying) on|made possible"
        r"|allow(?:s|ed|ing)|enabl(?:e[sd]?|ing)|reverse[- ]engineer\w*)\b",
        re.IGNORECASE,
    ),
}


def asked_for(question: str) -> Asked | None:
    """What an English question with a longer answer asks for; None where it is something else.

    >>> asked_for("How come it sank?"), asked_for("How did they raise it?"), asked_for("How did they do on Friday?")
    ('reason', 'manner', None)
    """
    return next((each for each, pattern in _ASKS.items() if pattern.search(question)), None)


def gives(asked: Asked, sentence: str) -> bool:
    """Whether a sentence gives it.

    >>> gives("reason", "It sank because the hull was torn."), gives("reason", "It sank on Friday.")
    (True, False)
    """
    return _GIVES[asked].search(sentence) is not None


_DENIES = re.compile(
    r"\b(?:not|no|never|none|nobody|without|den(?:y|ied|ies)|refus\w+|ruled out)\b|n['’]t\b", re.IGNORECASE
)
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
    if not _ASKS_OF_PAST.search(question) or ((asked := _CUE.search(question)) and asked[0] in sentence):
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
