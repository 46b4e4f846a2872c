"""Words that are spelt nearly alike, and passages that they stand in.

No list of words is kept for it: Tantivy's own is asked, which holds stems (docs/decisions.md, "Spelling").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.storage.lexical import LexicalIndex

_OF_EACH = 3  # passages that are looked at for how a stem is written
_MOST = 12  # stems that are, the most frequent first
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ı": "i"})


def folded(word: str) -> str:
    """A word in lower case, without accents, as it is compared.

    >>> folded("Ulvæus"), folded("Gülüm")
    ('ulvaeus', 'gulum')
    """
    word = word.lower()
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def edits_between(one: str, other: str, most: int) -> int:
    """How many letters are one more, one less, another, or changed places with the next; `most` + 1 for more than that.

    Optimal string alignment, the restricted Damerau-Levenshtein distance.

    >>> edits_between("lindkvist", "lindqvist", 2), edits_between("elno", "elon", 2), edits_between("a", "abcde", 2)
    (1, 1, 3)
    """
    from rapidfuzz.distance import OSA

    return OSA.distance(one, other, score_cutoff=most)


def one_edit_from(word: str) -> set[str]:
    """All words of the letters a to z that are one edit away from a word."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {head + tail[1:] for head, tail in cuts if tail}
    found |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    found |= {head + letter + tail[cut:] for head, tail in cuts for letter in ascii_lowercase for cut in (0, 1)}
    return found - {word}


def frequencies(lexical: LexicalIndex, words: Sequence[str]) -> dict[str, int]:
    """In how many passages each word stands, in whatever case and form with its stem, with or without its accents.

    Titles, sources and authors count. Of a word with several terms the least of them counts, without any 0; of the
    languages of the index the one in which it is most.
    """
    ways = lexical.ways(words)
    often = lexical.frequencies({term for each in ways.values() for terms in each for term in terms})
    return {word: max(min((often[term] for term in terms), default=0) for terms in each) for word, each in ways.items()}


def ids_like(lexical: LexicalIndex, word: str, edits: int) -> list[str]:
    """The ids of passages with words that are at most `edits`, 1 or 2, away from `word`, and with others.

    With two edits stems are compared, and only those with the word's first letter.
    """
    [near] = lexical.ways([" ".join(one_edit_from(word))]).values()
    often = lexical.frequencies({term for terms in near for term in terms})
    if edits > 1:
        [ways] = lexical.ways([word]).values()
        asked = {word, *(term for terms in ways for term in terms)}
        for term, count in lexical.terms_with_prefix(word[0]).items():
            if any(edits_between(term, each, edits) <= edits for each in asked):
                often[term] = count
    found = sorted((term for term in often if often[term]), key=lambda term: (-often[term], term))[:_MOST]
    return list(dict.fromkeys(key for term in found for key in lexical.ids_with(term, _OF_EACH)))
