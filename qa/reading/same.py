"""Whether two short answers say the same."""

from __future__ import annotations

import string


def same_answer(one: str, other: str) -> bool:
    """Whether two short answers say the same: the words of one are all among the words of the other.

    >>> same_answer("Mr. Rubio", "Marco Rubio"), same_answer("30", "30 days"), same_answer("3", "30")
    (True, True, False)
    """
    words, others = words_in(one), words_in(other)
    return bool(words and others) and (words <= others or others <= words)


_AS_SPACES = str.maketrans(dict.fromkeys(string.punctuation.replace(",", "").replace(".", ""), " "))
_IGNORED = frozenset("a an the of in on at to by for from and mr mrs ms dr about around some".split())


def words_in(text: str) -> frozenset[str]:
    """The words of a short answer that tell it from another."""
    words = (word.strip(",.’‘“”„«»「」『』\"'") for word in text.translate(_AS_SPACES).lower().split())
    return frozenset(word for word in words if word and word not in _IGNORED)
