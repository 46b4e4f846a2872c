"""Passages that may answer a question, found by their vectors and by their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.embedding.engines import Vectors
from index.filter import PassageFilter
from index.storage.connection import View


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that may answer a question: by id, the cosine similarity in [-1, 1] and the BM25 score.

    The BM25 score is 0 for a passage that shares no word with the question, otherwise above.
    """

    scores: Mapping[str, tuple[float, float]]


def candidates(
    view: View, vectors: Vectors, words: Sequence[str], top_k: int, where: PassageFilter
) -> Sequence[Candidates]:
    """See `ArticleIndex.search`."""
    found = []
    allowed = view.words.passage_ids(where) if where else None
    nearest = view.store.search(vectors, top_k, where, allowed)
    for vector, text, dense in zip(vectors, words, nearest, strict=True):
        cosine, bm25 = dict(dense), dict(view.words.search(text, top_k, where))
        only_lexical = [passage_id for passage_id in bm25 if passage_id not in cosine]
        for passage_id, other in view.store.vectors(only_lexical).items():
            cosine[passage_id] = float(other @ vector)
        only_dense = [passage_id for passage_id in cosine if passage_id not in bm25]
        bm25 |= view.words.scores(text, only_dense)
        found.append(Candidates({key: (score, bm25.get(key, 0.0)) for key, score in cosine.items()}))
    return found
