"""Whether a question asks for a yes or a no, by its wording; English."""

from __future__ import annotations

import re

_WH = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_HELPS = r"(?:is|are|was|were|do|does|did|has|have|had|can|could|wo|will|would|should)"
_AUXILIARY = rf"(?:{_HELPS}(?:n?['’]?t)?|may|might|must)\b"
_PRONOUN = r"(?:he|she|it|they|we|you|i|that|this|there)"
_ANYONE = r"(?:any|some)(?:one|body)"
_AMOUNT = r"\b(?:number|amount|price|cost|age|share|size|score|rate|total|sum|distance|speed|temperature)\b"

_ASKS = re.compile(rf"^\W*{_WH}", re.IGNORECASE)
_ASKS_SOMEWHERE = re.compile(rf"\b{_WH}", re.IGNORECASE)
# "Is another one leaving? Who?", "Will there be a new one, when"
_ENDS_ASKING = re.compile(
    rf"\?\W*(?:and |so |but )?{_WH}.*$|[,;] ?(?:and )?(?:who|when|where|why|how)\W*$", re.IGNORECASE
)
_ONE_OF_TWO = re.compile(r"(?<!['’])\bor\b(?! (?:not|no)\b)", re.IGNORECASE)  # not the one in "Noche d'Or"

# "Did it sink?", and not "Can you list them?", "Do you know who sank it?", "Is it known when it sank?"
_AUXILIARY_FIRST = re.compile(
    r"^\W*(?:(?:and|but|so|ok|well),? )?(?!(?:(?:can|could|would|will) (?:you|we)|have you got)\b)"
    rf"(?!(?:can|could|would|will|do|does|did) (?:you|we|{_ANYONE})\b(?! (?:who(?:se)?|that)\b).*\b{_WH})"
    rf"(?!(?:is|was) (?:it|there) (?:known|clear|said|an?|any)\b.*\b{_WH})"
    rf"(?!does the (?:article|story|report|text)\b.*\b{_WH})"
    rf"{_AUXILIARY}(?!.*\bwhy\b)",
    re.IGNORECASE,
)
# "After the storm, did it sink?", "The ferry: is it lost?"; "When the storm came, did it sink?"
_BEHIND_A_CLAUSE = (
    re.compile(rf".{{4,}}?(?:[,.;:!–—]| -) (?:and |but |so )?{_AUXILIARY} (?!{_PRONOUN}\W*$)\w", re.IGNORECASE),
    re.compile(rf"^\W*when (?!{_AUXILIARY}).{{8,}}?, {_AUXILIARY} \w", re.IGNORECASE),
)
# "I heard it sank, is that right?", "It sank, true?"
_TAG = re.compile(
    r",? (?:is|was) (?:that|this|it) (?:right|true|so|correct)\W*$|, (?:right|true|correct|confirmed|no)\W*$",
    re.IGNORECASE,
)
# What asks only where no who, what, when stands beside it.
_ALONE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\w,? {_HELPS}(?:n?['’]?t)? {_PRONOUN}\W*$",  # "It sank, didn't it?"
        r"\b(?:know|tell(?: me)?|check|see|wonder|say|ask(?:ing)?|sure|clear) (?:whether|if)\b",
        r"^\W*any(?:one|body|thing)?\b(?! (?:news|updates?|figures?|idea|more|other|new)\b)",
        # Headlines: "Ferry still afloat?", "Ferry sunk by a storm?", "The ferry is lost?"
        rf"^(?!.*{_AMOUNT})(?:\S+ ).*(?:\b(?:still|already|ever|really|actually)\b|\b(?:yet|then)(?=\W*$)"
        r"|\w{2,}ed by\b).*\?\W*$",
        rf"^\W*so\b.* \w+(?:ed|s)\b.*\?\W*$|^(?:\S+ )+{_HELPS} (?!of\b)\w.*\?\W*$",
    )
)


def asks_yes_or_no(question: str) -> bool:
    """Whether a yes or a no answers; "A or B?" is answered by one of them, "Did it sink? When?" by a day.

    >>> asks_yes_or_no("The ferry sank, didn't it?"), asks_yes_or_no("Do you know who sank it?")
    (True, False)
    """
    if _ONE_OF_TWO.search(question) or _ENDS_ASKING.search(question):
        return False
    if _AUXILIARY_FIRST.search(question) or _BEHIND_A_CLAUSE[1].search(question):
        return True
    if _ASKS.search(question):
        return False
    if _BEHIND_A_CLAUSE[0].search(question) or _TAG.search(question):
        return True
    return not _ASKS_SOMEWHERE.search(question) and any(pattern.search(question) for pattern in _ALONE)
