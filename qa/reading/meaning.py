"""How near texts are by meaning, on one scale for every network that embeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.embedding.embedder import Embedder
from index.embedding.engines import Vectors
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL


class Meaning:
    """The network that embeds an index; cosines are as all-MiniLM-L6-v2 has them, as the weights were fitted with."""

    def __init__(self, embedder: Embedder) -> None:
        """Use the network of an index."""
        self._embedder = embedder

    @property
    def is_packaged(self) -> bool:
        """Whether it is the network that curves of nearness were fitted with."""
        return self._embedder.name == PACKAGED_MODEL

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text, as passages are embedded."""
        return self._embedder.embed_passages(texts)

    def to_question(self, texts: Sequence[str], question: str) -> list[float]:
        """The cosine of each text and a question."""
        return list(map(self.scaled, (self.vectors(texts) @ self._embedder.embed_queries([question])[0]).tolist()))

    def scaled(self, cosine: Any) -> Any:
        """A cosine of this network, or an array of them, on the common scale (docs/decisions.md, "Languages").

        Those of multilingual-e5-small lie between .7 and 1; "the same" would be whatever is about one thing.
        """
        return 4.3 * cosine - 3.18 if self._embedder.name == MULTILINGUAL_MODEL else cosine
