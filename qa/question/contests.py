"""How a contest ended is asked for: "Tarnby v Pell score?", "who won the derby?", "how did Tarnby get on at Pell?".

A contest is what the question says of it: the sides, the cup, the place, in whatever words. English.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

from index.words import DAYS, MONTHS, WORD, key_of, keys

Asks = Literal["score", "winner", "outcome", "won"]


@dataclass(frozen=True)
class Contest:
    """A contest, and what is asked of it.

    `asks`: the last score; who won; how it ended for `side`; whether `side` won, or lost, against `other`, if that is
    named. `text` is the question's words.
    """

    asks: Asks
    text: str
    side: str = ""
    other: str = ""

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that say which contest, as keys."""
        return frozenset(keys(self.text) - _SAYS_LITTLE)

    @cached_property
    def sides(self) -> tuple[frozenset[str], frozenset[str]]:
        """Words of the two that met: "Tarnby v Pell", "Tarnby or Pell"; both empty where the question names no two."""
        match = _BOTH.search(self.text)
        if match is None:
            return frozenset(), frozenset()
        one, other = (WORD.findall(match[name]) for name in ("one", "other"))
        return (
            frozenset(map(key_of, one[-_OF_A_NAME:])) & self.words,
            frozenset(map(key_of, other[:_OF_A_NAME])) & self.words,
        )

    @property
    def searched_as(self) -> str:
        """What an article may write of it."""
        return f"{' '.join(sorted(self.words))} beat win victory defeat loss draw"

    def is_near(self, text: str, title: str = "") -> bool:
        """Whether a text may tell how it ended: a score or a word for a result, and two of the words."""
        said = keys(f"{title} {text}")
        return _MAY_TELL.search(text) is not None and sum(is_said(word, said) for word in self.words) >= LEAST

    def is_another(self, sentence: str) -> bool:
        """Whether a sentence tells of another number than the question: "Game 3", where Game 2 is asked for."""
        asked = {match[1].lower(): match[2] for match in _NUMBERED.finditer(self.text)}
        told = {match[1].lower(): match[2] for match in _NUMBERED.finditer(sentence)}
        return any(told.get(noun, number) != number for noun, number in asked.items())

    @cached_property
    def stages(self) -> tuple[re.Pattern[str], ...]:
        """What a text has to say where the question does, as the same sides meet more than once: "semi", "Game 2"."""
        return tuple(
            re.compile(told, re.IGNORECASE) for asked, told in _STAGES if re.search(asked, self.text, re.IGNORECASE)
        ) + tuple(
            re.compile(rf"\b{match[1]}[\s-]{match[2]}\b", re.IGNORECASE) for match in _NUMBERED.finditer(self.text)
        )


def is_said(word: str, words: Set[str]) -> bool:
    """Whether a word stands there in whatever form, or one that it is short for: "boks", "Springboks"."""
    if word in words:
        return True
    stem = word[:-1] if word.endswith("s") and len(word) > _SHORT else word
    if len(stem) < _SHORT:
        return False
    return any(other.startswith(stem) or (other.endswith(word) and len(word) > _SHORT) for other in words) or (
        len(stem) > _STEM and any(other.startswith(stem[:_STEM]) for other in words)
    )


_SHORT, _STEM = 3, 5  # letters
_OF_A_NAME = 3  # words
_BOTH = re.compile(r"(?P<one>[^,?;:]+?) (?:or|v|vs|versus|against)\b\.? (?P<other>[^,?;:]+)", re.IGNORECASE)
LEAST = 2  # words of a contest that a text has to have that is about it
_MAY_TELL = re.compile(r"\b\d{1,3}[-–]\d{1,3}\b|\b(?:beat|w[io]n|victory|defeat(?:ed)?|loss|lost|drew|draw)\b")
_CUPS = "cup|grand|title|open|tour|league|playoff|atp|series"
_STAGES = (
    (r"\bsemis?\b|\bsemi-?finals?\b", r"\bsemi"),
    (r"\bquarters?\b|\bquarter-?finals?\b", r"\bquarter-?finals?\b|\blast eight\b"),
    (
        rf"\b(?:{_CUPS}) finals?\b(?! (?:score|whistle|result))",
        rf"\b(?:{_CUPS}|in the|the)(?: \d{{4}})? finals?\b(?! \w+ly\b)",
    ),
    (r"\b(?:championship|title) game\b", r"\b(?:championship|title) (?:game|match|clash)\b"),
    (r"\bfirst leg\b", r"\bfirst leg\b"),
    (r"\bcarabao|\bleague cup\b", r"\bcarabao|\bleague cup\b"),
    (r"\bfriendl", r"\bfriendl"),
)
_NUMBERED = re.compile(r"\b(game|week|round|ufc|test|match) (\d{1,2}|\d{3}(?<=ufc \d{3}))(?!\d)", re.IGNORECASE)
_SAYS_LITTLE = frozenset(
    map(
        key_of,
        (
            f"{MONTHS} {DAYS} score scores scoreline scoreboard final result full time game match fight bout fixture"
            " clash finish finished end ended win won wins winner winners beat beats beaten lose lost loses losing"
            " played play playing took take taken go went get got gone come came out top turn turned outcome please pls"
            " badly many much points goals runs margin whats what s who hows how how'd d did last this that season year"
            " early late mid just before after when night tonight yesterday again actually really first half against"
            " versus vs v hosted host home away visited visit read mean i you me we missed saw see only tell know knows"
        ).split(),
    )
)
_SIDE = r"(?P<side>[^,?]+?)"
_ASKED: tuple[tuple[Asks, str], ...] = (
    (
        "score",
        r"\b(?:final|full[- ]time|end|exact|what(?:['’]?s| is| was) the) score\b|\bscoreline\b|\bscoreboard\b"
        r"|\bscores? (?:of|in|between|when|at|from|pls|please)\b"
        r"|^(?!.*\b(?:did|does|do|can|could|has|have|to|will|would) (?:\S+ ){0,4}score\b).*\bscore\b\W*(?:\w+\W*){0,2}$"
        r"|\bscore\b.*\bv(?:s|ersus)?\b|\bv(?:s|ersus)?\b\.?.*\bscore\b"
        r"|\bwhat did (?:it|the (?:game|match)|.+ v .+) (?:finish|end)(?: up)?\b|\bwhat was it in the end\b"
        r"|\bwhat(?:['’]?s| is| was) the (?:final|result|final result)\b|[,-] ?(?:the )?final\W*$|\bmatch result\b",
    ),
    (
        "winner",
        r"\bwho (?:won|wins|beats?|defeated|came out on top|triumphed|prevailed|lifted|knocked out"
        r"|took (?:it|the .*(?:cup|title|trophy|crown)))\b|\bwho did .+ (?:lose|go out) to\b|\bwinners? of\b"
        r"|\bwho .*\bwon (?:it|the)\b|\bwinner\W*$|\bwhich (?:team|side|club|country|nation) (?:won|beat)\b"
        r"|\bwho actually won\b",
    ),
    (
        "outcome",
        rf"\bhow(?: did|['’]d) {_SIDE} (?:get on|do|fare|go|end(?: up)?|finish|turn out|work out)\b"
        r"|\bhow did it (?:go|end|finish|turn out)",
    ),
    (
        "won",
        rf"^\W*(?:so |and )?did {_SIDE} (?:(?:beat|defeat|get past|knock out|overcome|lose (?:to|against))"
        r" (?P<other>.+?)(?: (?:at|in|on|when|after|during|for|by)\b.*)?\W*$|(?:win|lose)\b)",
    ),
)


def contest_asked(question: str) -> Contest | None:
    """The contest of which an English question asks how it ended; None where it asks for something else.

    >>> contest_asked("How did Tarnby get on at Pell?").side, contest_asked("Tarnby v Pell score?").asks
    ('Tarnby', 'score')
    >>> contest_asked("Who scored?")
    """
    for asks, pattern in _forms():
        if match := pattern.search(question):
            said = match.groupdict()
            return Contest(asks, question, said.get("side") or "", said.get("other") or "")
    return None


@cache
def _forms() -> list[tuple[Asks, re.Pattern[str]]]:
    """Compiled when something is asked for, as that takes a while."""
    return [(asks, re.compile(pattern, re.IGNORECASE)) for asks, pattern in _ASKED]
