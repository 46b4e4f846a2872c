"""What runs an embedding model: ONNX Runtime, or PyTorch through sentence-transformers where that cannot be.

ONNX Runtime starts in a fifth of a second where PyTorch takes five, and gives the same vectors twice as fast: the
figures are in docs/decisions.md, "Engine".
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_LOG = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
_VERSION = 1  # of the exported files


class Engine(Protocol):
    """A loaded model."""

    dimensions: int
    query_prompt: str
    passage_prompt: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), L2-normalised; the texts are one batch."""


class OnnxEngine:
    """A model that index.embedding.onnx_export wrote."""

    def __init__(self, model: Path, settings: Path) -> None:
        """Load it; a fifth of a second."""
        import onnxruntime
        from tokenizers import Tokenizer

        values: dict[str, Any] = json.loads(settings.read_text(encoding="utf-8"))
        self.dimensions = int(values["dimensions"])
        self.query_prompt = str(values["query_prompt"])
        self.passage_prompt = str(values["passage_prompt"])
        self._tokenizer = Tokenizer.from_str(values["tokenizer"])
        self._tokenizer.enable_truncation(values["max_length"])
        self._tokenizer.enable_padding()
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that wait by spinning win a tenth on an idle machine and lose most of it on a busy one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {each.name for each in self._session.get_inputs()}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Engine."""
        encodings = self._tokenizer.encode_batch(list(texts))
        tokens = {
            "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
            "attention_mask": np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids for encoding in encodings], dtype=np.int64),
        }
        [vectors] = self._session.run(None, {name: value for name, value in tokens.items() if name in self._inputs})
        return np.asarray(vectors, dtype=np.float32)


class TorchEngine:
    """A model that sentence-transformers runs with PyTorch."""

    def __init__(self, folder: Path) -> None:
        """Load it; some seconds."""
        self._model = load_sentence_transformer(folder)
        self.dimensions = int(self._model.get_embedding_dimension() or 0)
        self.query_prompt = self._model.prompts.get("query", "")
        self.passage_prompt = self._model.prompts.get("document", self._model.prompts.get("passage", ""))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Engine."""
        vectors = self._model.encode(
            list(texts), batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_engine(folder: Path, fingerprint: str) -> Engine:
    """The fastest engine for the model in `folder`; exports it the first time, which takes some seconds."""
    from platformdirs import user_cache_path

    cache = user_cache_path("article-qa", appauthor=False) / "models"
    model = cache / f"{fingerprint[:32]}-{_VERSION}.onnx"
    settings = model.with_suffix(".json")
    if not (model.is_file() and settings.is_file()):
        try:
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            _LOG.warning("Cannot keep the embedding model in %s (%s); it will load slowly.", cache, exc)
            return TorchEngine(folder)
        _LOG.info("Preparing the embedding model for this machine, once.")
        done = subprocess.run(
            [sys.executable, "-m", "index.embedding.onnx_export", str(folder), str(model)],
            capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        if done.returncode != 0:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            _LOG.info("The embedding model cannot be exported (%s); PyTorch runs it.", reason)
            return TorchEngine(folder)
    return OnnxEngine(model, settings)


def load_sentence_transformer(folder: Path, attention: str | None = None) -> SentenceTransformer:
    """The model in `folder`, on the CPU, without a look at a model hub. Raises EmbeddingModelError."""
    # Read by transformers when it is imported.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            model_kwargs={"attn_implementation": attention} if attention else None,
        )
    except (OSError, ValueError, KeyError) as exc:
        raise EmbeddingModelError(
            f"Cannot load the embedding model in {folder}: {exc}. Give a folder that sentence-transformers can read."
        ) from exc
