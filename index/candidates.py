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
    for vector, text, dense in zip(vectors, words, _nearest(view, vectors, top_k, where), strict=True):
        cosine, bm25 = dict(dense), dict(view.words.search(text, top_k, where))
        only_lexical = [passage_id for passage_id in bm25 if passage_id not in cosine]
        for passage_id, other in view.store.vectors(only_lexical).items():
            cosine[passage_id] = float(other @ vector)
        only_dense = [passage_id for passage_id in cosine if passage_id not in bm25]
        bm25 |= view.words.scores(text, only_dense)
        found.append(Candidates({key: (score, bm25.get(key, 0.0)) for key, score in cosine.items()}))
    return found


# The measurements behind these are in docs/decisions.md, "The word index".
_LISTED = 50_000  # ids at the most that a search names: 3 MB of a server's request
_WIDER = 4  # times as many of the nearest of all are looked through as would do if those allowed lay evenly among them
_DEARER = 6  # listed ids cost as much as one of these


def _nearest(view: View, vectors: Vectors, top_k: int, where: PassageFilter) -> Sequence[Sequence[tuple[str, float]]]:
    """For each vector the nearest passages that `where` allows, as `ChromaStore.search` gives them.

    Few that are allowed are listed, and Chroma looks at these alone. Of many the nearest of all passages are looked
    through for them, deep enough that it should do; where it does not, they are listed after all, or Chroma compares
    the metadata of all passages, which takes longest.
    """
    if not where:
        return view.store.search(vectors, top_k)
    total, number = view.words.count(), view.words.count(where)
    depth = _WIDER * top_k * total // max(number, 1)
    if number > min(_LISTED, _DEARER * depth):
        wide = view.store.search(vectors, min(depth, total))
        allowed = view.words.passage_ids(where, {key for each in wide for key, _ in each})
        found = [[one for one in each if one[0] in allowed][:top_k] for each in wide]
        if all(len(each) == top_k for each in found):
            return found
    return view.store.search(vectors, top_k, where, view.words.passage_ids(where) if number <= _LISTED else None)
