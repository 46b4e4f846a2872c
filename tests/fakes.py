"""Stand-ins for slow parts, where a test is about something else."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from index.embedding.embedder import Progress
from index.embedding.engines import Vectors


class WordEmbedder:
    """An Embedder that hashes words into 64 dimensions: texts with the same words are near each other."""

    name = "words"
    fingerprint = "words-64"

    def __init__(self) -> None:
        self.embedded = 0

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.embedded += len(texts)
        if progress is not None:
            progress(len(texts))
        vectors = np.full((len(texts), 64), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[zlib.crc32(word.encode()) % 64] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        before = self.embedded
        vectors = self.embed_passages(texts)
        self.embedded = before
        return vectors
