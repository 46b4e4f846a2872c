"""The sentences of a passage."""

from __future__ import annotations

import re

from index import Passage
from index.split import sentence_spans

# Who is meant stands in the sentence before one that begins so.
LEANS = re.compile(r"\W*(?:he|she|it|they|his|her|its|their|this|that|these|those|but|and|so|such)\b", re.IGNORECASE)


def sentences_of(passage: Passage, language: str = "en") -> list[tuple[int, int]]:
    """The sentences of a passage that hold a letter or a digit, as offsets in the article, without space around.

    They end as in the article's language; `language` is that of the question, where the article's is not known.
    """
    found = []
    for start, end in sentence_spans(passage.text, passage.language or language):
        text = passage.text[start:end]
        if any(character.isalnum() for character in text):
            start += len(text) - len(text.lstrip())
            found.append((passage.start + start, passage.start + start + len(text.strip())))
    return found


def around(passage: Passage, start: int, end: int, language: str = "en") -> tuple[int, int]:
    """From the beginning of the sentence that holds `start` to the end of that which holds `end`, in the article."""
    inside = [(a, b) for a, b in sentences_of(passage, language) if a < end and start < b]
    return min([start, *(a for a, _ in inside)]), max([end, *(b for _, b in inside)])
