"""Words of which one turns the other round: what is open is not closed; English."""

from __future__ import annotations

import re
from collections.abc import Iterable

Opposites = tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


def both_ways(pairs: Iterable[tuple[str, str]]) -> Opposites:
    """Pairs of patterns for whole words, each also the other way round."""
    words = [[re.compile(rf"\b(?:{each})\b", re.IGNORECASE) for each in pair] for pair in pairs]
    return tuple((asked, told) for one, other in words for asked, told in ((one, other), (other, one)))


def turns_round(question: str, sentence: str, opposites: Opposites) -> bool:
    """Whether a sentence has the opposite of a word of the question, and not the word.

    >>> turns_round("When did it end?", "It began on Monday.", both_ways([("began", "end")]))
    True
    """
    return any(
        asked.search(question) and told.search(sentence) and not asked.search(sentence) for asked, told in opposites
    )
