"""Vectors of passages, with those taken over that were made for another version of the same article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from index.article import Passage
from index.embedding.embedder import Embedder, embedded_text
from index.embedding.engines import Vectors

Made = Mapping[str, Mapping[str, Vectors]]  # article id -> embedded text -> its vector


def made_before(stored: Iterable[tuple[Passage, Vectors]]) -> Made:
    """Stored passages with their vectors, by article and by what was embedded for them."""
    made: dict[str, dict[str, Vectors]] = defaultdict(dict)
    for passage, vector in stored:
        made[passage.article_id][embedded_text(passage)] = vector
    return made


def vectors_of(
    articles: Sequence[Sequence[Passage]], made: Made, embedder: Embedder, embedded: Callable[[int], None]
) -> list[Vectors]:
    """For each article's passages their vectors, of shape (passages, dimensions); those in `made` are not made anew.

    `embedded` is told how many passages were embedded, as it goes on.
    """
    wanted: list[tuple[int, int, str]] = []  # number of the article, of its passage, what is embedded
    rows: list[list[Vectors | None]] = []
    for number, passages in enumerate(articles):
        rows.append([])
        for passage in passages:
            text = embedded_text(passage)
            rows[number].append(made.get(passage.article_id, {}).get(text))
            if rows[number][-1] is None:
                wanted.append((number, len(rows[number]) - 1, text))
    if wanted:
        vectors = embedder.embed_passages([text for _, _, text in wanted], embedded)
        for (number, at, _), vector in zip(wanted, vectors, strict=True):
            rows[number][at] = vector
    return [np.stack([row for row in each if row is not None]) for each in rows]
