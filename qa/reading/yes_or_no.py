"""The word that is said before the sentence that settles a question."""

from __future__ import annotations

import re

from qa.question.languages import ENGLISH, table_of
from qa.reading.network import Verdict
from qa.reading.opposites import both_ways, turns_round

# What makes a no of a sentence.
DENIES = re.compile(
    r"\b(?:not|no|never|none|nobody|nor|without|den(?:y|ied|ies)|refus\w+|fail\w*|reject\w*|declin\w+|cancel\w*|scrap\w*"
    r"|un(?:able|sold|available|paid|opened|likely|willing)|lack\w*|ruled out|except"
    r"|yet to|(?:still|the) wait\w*)\b|n['’]t\b",
    re.IGNORECASE,
)


_IN_OFFICE = (
    r"(?:is|are) (?=.*\b(?:still|(?:deputy |vice )?(?:president|mayor|minister|governor|secretary|leader|coach|captain"
    r"|ceo|chief|head|boss|director|chair\w*|editor|manager|councillor|senator|member))\b).*"
)
# What is asked, and what a sentence says that denies it; and the other way round.
_OPPOSITES = both_ways(
    (
        (r"open(?:s|ed)?", r"clos(?:es?|ed)|shut(?:s|ting)?"),
        (r"w[io]ns?|beat(?:s|en)?", r"los(?:es?|t|ing)|defeat(?:ed)? (?:by|to|against)|drew"),
        (
            r"r[io]se[sn]?|increased?|grew|grow(?:s|n)?|go(?:ne)? up|went up",
            r"fell|fall(?:s|en)?|drop\w*|decreas\w+|shr[aiu]nk\w*",
        ),
        (r"alive|survived?", r"dead|died|killed"),
        (r"guilty|convicted", r"acquitted|cleared|innocent"),
        (r"closed|shut", r"(?:stay(?:s|ed)?|remain(?:s|ed)?|kept|still|is|are) open"),
        (_IN_OFFICE, r"resign(?:s|ed)|quits?|step(?:s|ped) (?:down|aside)|g[ai]ven? up|sacked|fired|dismissed|ousted"),
        (r"sta(?:y|ys|yed|ying)|remain\w*", r"left|leav(?:es?|ing)|depart\w*"),
    )
)


def denies(question: str, sentence: str) -> bool:
    """Whether an English sentence has a word that denies, or the opposite of a word of the question.

    >>> denies("Is it open on Monday?", "All are closed on Monday."), denies("Is it open?", "It is open all day.")
    (True, False)
    >>> denies("Was lot 7 sold?", "Lot 7: unsold")
    True
    """
    return DENIES.search(sentence) is not None or turns_round(question, sentence, _OPPOSITES)


def yes_or_no(verdict: Verdict | None, question: str, sentence: str, language: str) -> list[str]:
    """The word, where the network's verdict and a denial in the sentence say the same; none in an unknown language."""
    if verdict is None or verdict.open >= max(verdict.no, verdict.yes):
        return []
    yes, no = "Yes.", "No."
    table = None
    if language != ENGLISH:
        table = table_of(language)
        if table is None:
            return []
        yes, no = table.yes, table.no
    denied = denies(question, sentence) if table is None else bool(table.denies.search(sentence))
    is_no = verdict.no > verdict.yes
    return [no if is_no else yes] if is_no == denied else []
