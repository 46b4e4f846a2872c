"""multilingual-e5-small's pieces of words: texts to numbers, and numbers to the vectors that its layers begin with.

The 250,037 vectors are the ones of the encoder as it comes, in 4 bits: files that are mapped into memory, so that only
the vectors of the pieces that occur are read. Where they come from: index/weights/MODEL_CARD.md; written by
`python -m training.deep.export`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingModelError

FOLDER = Path(__file__).with_name("weights")
VOCABULARY, VECTORS, PROVENANCE = "pieces.json.gz", "pieces-{}.bin", "pieces.provenance.json"
FILES = 2  # of vectors, as no file is to have more than 50 MiB
BLOCK, BLOCK_BYTES = 32, 18  # weights in a block: its scale in float16, then 16 bytes of two weights each
_BEGIN, _END = "<s>", "</s>"

# A word is what letters and digits in a row make; in scripts that put no spaces between words each character is one.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as pieces: their numbers, the characters of each in the text, and the number of the word it is part of."""

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]  # without space
    words: tuple[int, ...]  # rises; what holds no letter or digit is a word of its own


class Pieces:
    """The pieces with their vectors; `begin` and `end` are put around texts. Thread-safe."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read them; half a second. Raises EmbeddingModelError where a file is missing or damaged."""
        from tokenizers import Tokenizer

        try:
            expected = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))["sha256"]
            vocabulary = (folder / VOCABULARY).read_bytes()
            parts = [np.memmap(folder / VECTORS.format(number), np.uint8, "r") for number in range(FILES)]
            found: dict[str, Any] = {
                VOCABULARY: vocabulary,
                **{VECTORS.format(number): part for number, part in enumerate(parts)},
            }
            for name, content in found.items():
                digest = hashlib.sha256(content).hexdigest()
                if digest != expected[name]:
                    raise ValueError(f"{name} is damaged: its SHA-256 is not {str(expected[name])[:16]}...")
            self._tokenizer = Tokenizer.from_buffer(gzip.decompress(vocabulary))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise EmbeddingModelError(
                f"The encoder's pieces in {folder} cannot be read: {exc}. Install article-qa again."
            ) from exc
        self.begin, self.end = (self._tokenizer.token_to_id(each) or 0 for each in (_BEGIN, _END))
        self._parts = parts
        self._blocks = sum(len(part) for part in parts) // BLOCK_BYTES // self._tokenizer.get_vocab_size()

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return self._blocks * BLOCK

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Each text's pieces, in order, whole and without `begin` and `end`."""
        distinct = list(dict.fromkeys(texts))
        encodings = self._tokenizer.encode_batch(distinct, add_special_tokens=False)
        found = {text: _encoded(text, each) for text, each in zip(distinct, encodings, strict=True)}
        return [found[text] for text in texts]

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of pieces by their numbers: shape (..., dimensions)."""
        rows, places = np.unique(ids, return_inverse=True)
        blocks = np.empty((len(rows), self._blocks, BLOCK_BYTES), np.uint8)
        first = 0
        for part in self._parts:
            table = part.reshape(-1, self._blocks, BLOCK_BYTES)
            here = (rows >= first) & (rows < first + len(table))
            blocks[here] = table[rows[here] - first]
            first += len(table)
        return floats(blocks).reshape(len(rows), self.dimensions)[places.reshape(ids.shape)]


def floats(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights of blocks, (..., BLOCK_BYTES) to (..., BLOCK): low halves of its bytes first, then high ones."""
    scales = blocks[..., :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1).astype(np.float32)
    return (halves - 8) * scales


_loaded: dict[Path, Pieces] = {}
_loading = threading.Lock()


def load_pieces(folder: Path = FOLDER) -> Pieces:
    """The pieces in a folder, read once in a process. Raises EmbeddingModelError."""
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = Pieces(folder)
        return _loaded[folder]


def _encoded(text: str, encoding: Any) -> Encoded:
    """Pieces take the space before them along, which belongs to none; one that shows nothing stands for the next."""
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    for number, (start, end) in zip(reversed(encoding.ids), reversed(encoding.offsets), strict=True):
        said = text[start:end]
        start += len(said) - len(said.lstrip())
        shows = any(each.isprintable() and not each.isspace() for each in said)
        if shows or offsets:
            ids.append(number)
            offsets.append((start, start + len(said.strip())) if shows else offsets[-1])
    ids.reverse()
    offsets.reverse()
    return Encoded(tuple(ids), tuple(offsets), tuple(_words(text, offsets)))


def _words(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """For each piece a number that it shares with the neighbours in whose word it lies."""
    word_ends = np.zeros(len(text) + 1, np.int64)  # behind the word that a character is part of; 0: none
    for match in _WORD.finditer(text):
        word_ends[match.start() : match.end()] = match.end()
    found: list[int] = []
    number, end_of_last = -1, 0
    for start, end in offsets:
        inside = word_ends[start:end]
        inside = inside[inside > 0]
        if not (len(inside) and inside[0] == end_of_last):
            number += 1
        found.append(number)
        end_of_last = int(inside[-1]) if len(inside) else 0
    return found
