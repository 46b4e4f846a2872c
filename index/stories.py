"""Copies and agency versions of one story: articles that share much of their sentences.

Two articles resemble each other as far as the sets of their sentences do: those that both have, divided by those that
either has (Broder, "On the resemblance and containment of documents", 1997). How the bounds were found is in
docs/decisions.md, "Stories".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator

from index.words import plain

LEAST = 0.3  # resemblance of two versions
FEW = 3  # with fewer sentences in common than this, all have to be the same
_SHORTEST = 20  # bytes of a sentence's words; "he said" stands in all articles, and 7 Chinese characters say as much

# A full stop with what closes behind it and white space, one of East Asia, a blank line. Abbreviations end sentences,
# too: they do so in both versions, and what is left is a sentence of its own, or too short to count.
_END = re.compile("[.!?\u2026\u061f\u06d4\u0964][^\\w\\s]*\\s|[\u3002\uff01\uff1f]|\n\\s*\n")
_WORD = re.compile(r"\w+")


def sentence_keys(text: str) -> frozenset[str]:
    """What stands for the sentences of a text: equal for those with the same words, whatever their case and marks.

    >>> sentence_keys("“The ship sailed on Monday,” she said. Oh!") == sentence_keys("The ship sailed on Monday she said")
    True
    """
    return frozenset(hashlib.blake2b(words, digest_size=6).hexdigest() for words in _sentences(text))


def resemblance(one: Collection[str], other: Collection[str], shared: int) -> float:
    """Of two articles with these sentences, `shared` of them in common: from 0 to 1. 0 where too few are in common."""
    either = len(one) + len(other) - shared
    if shared == 0 or (shared < FEW and shared < either):
        return 0.0
    return shared / either


def _sentences(text: str) -> Iterator[bytes]:
    for sentence in _END.split(plain(text).casefold()):
        words = " ".join(_WORD.findall(sentence)).encode("utf-8", "surrogatepass")
        if len(words) >= _SHORTEST:
            yield words
