"""The sentences of articles, compared: as far as two articles share them, they are versions of one story.

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

# A full stop with what closes behind it and white space, one of East Asia, a blank line, a dash, as behind a place and
# an agency. Abbreviations end sentences, too: they do so in both versions, and what is left is too short, or counts.
_END = re.compile("[.!?\u2026\u061f\u06d4\u0964][^\\w\\s]*\\s|[\u3002\uff01\uff1f]|\n\\s*\n|\\s[-\u2013\u2014]+\\s")
_WORD = re.compile(r"\w+")


def sentence_keys(text: str) -> frozenset[str]:
    """What stands for the sentences of a text: equal for those with the same words, whatever their case and marks.

    A text of short sentences alone counts as one; one without words has none.

    >>> sentence_keys("“The ship sails on Monday,” she said. Oh!") == sentence_keys("The ship sails on Monday she said")
    True
    """
    return frozenset(sentences_by_key(text))


def sentences_by_key(text: str) -> dict[str, str]:
    """The words of each sentence, in lower case, by its key."""
    sentences = [*_sentences(text)]
    long = [each for each in sentences if len(each.encode("utf-8", "surrogatepass")) >= _SHORTEST]
    return {_key(words): words for words in long or [" ".join(sentences)] if words}


def _key(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def keys_at(text: str, start: int, end: int) -> frozenset[str]:
    """The keys of the sentences of a text that its characters from `start` to `end` stand in; none of short ones."""
    return sentence_keys(text) - sentence_keys(text[:start]) - sentence_keys(text[end:])


def resemblance(one: Collection[str], other: Collection[str], shared: int) -> float:
    """Of two articles with these sentences, `shared` of them in common: from 0 to 1. 0 where too few are in common."""
    either = len(one) + len(other) - shared
    if shared == 0 or (shared < FEW and shared < either):
        return 0.0
    return shared / either


def _sentences(text: str) -> Iterator[str]:
    for sentence in _END.split(plain(text).casefold()):
        if words := " ".join(_WORD.findall(sentence)):
            yield words
