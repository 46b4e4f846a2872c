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


def around(passage: Passage, start: int, end: int, language: str = "en", beside: int = 0) -> tuple[int, int]:
    """From the beginning of the sentence that holds `start` to the end of that which holds `end`, in the article.

    `beside`: so many sentences before and behind these belong to it.
    """
    sentences = sentences_of(passage, language)
    touched = [at for at, (a, b) in enumerate(sentences) if a < end and start < b]
    near = sentences[max(touched[0] - beside, 0) : touched[-1] + 1 + beside] if touched else []
    # What is asked for may stick out of the sentences, which leave out what has no letter or digit.
    return min([start, *(a for a, _ in near)]), max([end, *(b for _, b in near)])
