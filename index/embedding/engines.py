"""What runs an embedding model: an ONNX file, or PyTorch through sentence-transformers where that cannot be.

The packaged models come as ONNX files with int8 weights; others are exported once on the user's machine. PyTorch
takes five seconds to start, and three times as long for a passage: docs/decisions.md, "Engine".
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.embedding.packaged import MULTILINGUAL_NETWORK, MULTILINGUAL_SHA256, PACKAGED_NETWORK, PACKAGED_SHA256
from index.errors import EmbeddingModelError, EngineError
from index.files import replacing
from index.inference import Inputs, load_network
from index.pieces import load_pieces

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_LOG = logging.getLogger(__name__)

Vectors = NDArray[np.float32]
Tokens = NDArray[np.int64]
_VERSION = 2  # of the exported files
_BATCH = 4  # passages of like length; larger batches take more memory and are no faster
_MULTIPLE = 16  # to which lengths in tokens are padded: OpenVINO keeps something for every length that it meets
_TORCH_BATCH = 16


class Engine(Protocol):
    """A loaded model."""

    dimensions: int
    query_prompt: str
    passage_prompt: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimensions), L2-normalised. Texts of like length are fastest."""


class _NetworkEngine:
    """A network in an ONNX file; how it is to be fed stands beside it, in a file with suffix .json."""

    _padding = 0  # the token behind a shorter text; the mask hides it

    def __init__(self, model: Path) -> None:
        values: dict[str, Any] = json.loads(model.with_suffix(".json").read_text(encoding="utf-8"))
        self.dimensions = int(values["dimensions"])
        self.query_prompt = str(values["query_prompt"])
        self.passage_prompt = str(values["passage_prompt"])
        self._max_length = int(values["max_length"])
        self._network = load_network(model.read_bytes())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Engine. As many batches as the network has streams, or a multiple.

        A batch has texts of one padded length, so that a vector does not depend on what else is embedded.
        """
        tokens = self.tokens(texts)
        widths = [_padded(len(row)) for row in tokens]
        size = max(1, min(_BATCH, math.ceil(len(texts) / self._network.streams)))
        batches: list[list[int]] = []
        for _, group in groupby(sorted(range(len(texts)), key=widths.__getitem__), key=widths.__getitem__):
            alike = list(group)
            batches += (alike[at : at + size] for at in range(0, len(alike), size))
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        given = (self.inputs([tokens[each] for each in batch]) for batch in batches)
        for batch, outputs in zip(batches, self._network.run_each(given), strict=True):
            vectors[batch] = outputs["vectors"]
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """The tokens of each text, no more than the network takes."""
        raise NotImplementedError

    def inputs(self, rows: Sequence[Sequence[int]]) -> Inputs:
        """What the network is given for a batch of texts, of which these are the tokens."""
        ids = np.full((len(rows), _padded(max(map(len, rows)))), self._padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, row in enumerate(rows):
            ids[at, : len(row)], mask[at, : len(row)] = row, 1
        return self._given(ids, mask)

    def _given(self, ids: Tokens, mask: Tokens) -> Inputs:
        """The network's inputs; both of shape (texts, tokens), the mask 1 where there is a token."""
        raise NotImplementedError


def _padded(length: int) -> int:
    return _MULTIPLE * math.ceil(length / _MULTIPLE)


class OnnxEngine(_NetworkEngine):
    """A model as index.embedding.onnx_export writes it, with the tokenizer in its folder."""

    def __init__(self, folder: Path, model: Path) -> None:
        """Load it; a third of a second."""
        from tokenizers import Tokenizer

        super().__init__(model)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self._max_length)

    def tokens(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """The tokens of each text, no more than the network takes."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]

    def _given(self, ids: Tokens, mask: Tokens) -> Inputs:
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}  # one text, one type
        return {name: value for name, value in given.items() if name in self._network.inputs}


class PiecesEngine(_NetworkEngine):
    """multilingual-e5-small as `python -m training multilingual` writes it; its tokens are the reader's pieces."""

    def __init__(self, model: Path = MULTILINGUAL_NETWORK) -> None:
        """Load it. Raises EmbeddingModelError where a file of it is missing or damaged."""
        try:
            expected = str(json.loads(model.with_suffix(".provenance.json").read_text(encoding="utf-8"))["sha256"])
            with model.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != expected:
                raise ValueError(f"{model.name} is damaged: its SHA-256 is not {expected[:16]}...")
            super().__init__(model)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise EmbeddingModelError(
                f"The embedding model in {model.parent} cannot be read: {exc}. Install article-qa again."
            ) from exc
        self._pieces = load_pieces()
        self._padding = self._pieces.end

    def tokens(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """The tokens of each text, no more than the network takes."""
        most = self._max_length - 2
        return [(self._pieces.begin, *encoded.ids[:most], self._pieces.end) for encoded in self._pieces.encode(texts)]

    def _given(self, ids: Tokens, mask: Tokens) -> Inputs:
        return {"pieces": self._pieces.vectors(ids), "attention_mask": mask}


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
            list(texts), batch_size=_TORCH_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def load_engine(folder: Path, fingerprint: str) -> Engine:
    """The fastest engine for the model in `folder`, one for each fingerprint in a process.

    The packaged models are ready to run. Another one is exported the first time, which takes some seconds, and kept in
    the user's cache folder, or in a folder of the user's own for temporary files where that cannot be written. PyTorch
    runs a model that cannot be exported. Raises EngineError.
    """
    with _loading:
        if fingerprint not in _loaded:
            _loaded[fingerprint] = _ready(folder, fingerprint) or _exported(folder, _name(fingerprint))
        return _loaded[fingerprint]


_loaded: dict[str, Engine] = {}
_loading = threading.Lock()


def _name(fingerprint: str) -> str:
    return f"{fingerprint[:32]}-{_VERSION}.onnx"


def _ready(folder: Path, fingerprint: str) -> Engine | None:
    """The model as it came with the program or was kept, unless there is none that loads."""
    if fingerprint == MULTILINGUAL_SHA256:
        return PiecesEngine()
    kept = [place / _name(fingerprint) for place in (_cache_folder(), _temporary_folder())]
    for model in [PACKAGED_NETWORK] if fingerprint == PACKAGED_SHA256 else kept:
        try:
            if _is_own(model.parent) and model.is_file():
                return OnnxEngine(folder, model)
        except EngineError:
            raise
        except OSError:
            continue  # nothing is there, or it may not be looked at
        except Exception as exc:  # noqa: BLE001 - what the engines and tokenizers raise has no other class in common
            _LOG.warning("The prepared embedding model %s does not load (%s); preparing it again.", model, exc)
    return None


def _exported(folder: Path, name: str) -> Engine:
    """Export the model to a folder of this process's own, load it from there, and keep it for other processes."""
    _LOG.info("Preparing the embedding model for this machine, once.")
    with TemporaryDirectory(prefix="article-qa-", ignore_cleanup_errors=True) as temporary:
        model = Path(temporary) / name
        if not _export(folder, model):
            return TorchEngine(folder)
        engine = OnnxEngine(folder, model)
        if not any(_keep(model, place) for place in (_cache_folder(), _temporary_folder())):
            _LOG.warning("The embedding model cannot be kept for other processes; each will prepare it again.")
    return engine


def _keep(model: Path, folder: Path) -> bool:
    """Whether an exported model and its settings could be copied to a folder."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(folder):
            return False
        for suffix in (".json", ".onnx"):
            with replacing((folder / model.name).with_suffix(suffix)) as kept:
                shutil.copyfile(model.with_suffix(suffix), kept)
    except OSError as exc:
        _LOG.warning("Cannot keep the embedding model in %s: %s", folder, exc)
        return False
    return True


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("article-qa", appauthor=False) / "models"


def _temporary_folder() -> Path:
    return Path(gettempdir()) / (f"article-qa-{os.getuid()}" if sys.platform != "win32" else "article-qa")


def _is_own(folder: Path) -> bool:
    """Whether nobody else can have put something into a folder: anybody may make one among the temporary files."""
    if sys.platform == "win32" or folder != _temporary_folder():
        return True
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _export(folder: Path, out: Path) -> bool:
    """Whether the model could be exported, by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "index.embedding.onnx_export", str(folder), str(out)],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        _LOG.info("The embedding model cannot be exported (%s); PyTorch runs it.", reason)
    return done.returncode == 0


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
