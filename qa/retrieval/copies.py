"""The same words under another name are no second witness: passages with one text count once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index import ScoredPassage

_WORD = re.compile(r"\w+")


def words_of(text: str) -> str:
    """What two texts share of which one is a copy of the other: its words and figures, without case and marks.

    >>> words_of("“It rained,” she said.") == words_of("It rained, she said")
    True
    """
    return " ".join(_WORD.findall(text.casefold()))


def without_copies(found: Sequence[ScoredPassage]) -> list[ScoredPassage]:
    """The best passage of each text, in the order given, with the others among its `copies`, which have none."""
    kept: dict[str, list[ScoredPassage]] = {}
    for scored in found:
        kept.setdefault(words_of(scored.passage.text) or scored.passage.id, []).append(scored)
    return [_with_copies(*each) for each in kept.values()]


def _with_copies(first: ScoredPassage, *others: ScoredPassage) -> ScoredPassage:
    known = {each.article_id for each in (first.passage, *first.copies)}
    elsewhere = {
        each.article_id: each
        for scored in others
        for each in (scored.passage, *scored.copies)
        if each.article_id not in known
    }
    return replace(first, copies=(*first.copies, *elsewhere.values())) if elsewhere else first
