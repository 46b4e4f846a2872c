"""multilingual-e5-small's pieces of words: texts to numbers, and numbers to the vectors that its layers begin with.

The 250,037 vectors are the ones of the encoder as it comes, in 4 bits: files that are mapped into memory, so that only
the vectors of the pieces that occur are read. Where they come from: index/weights/MODEL_CARD.md; written by
`python -m training.deep.export`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import mmap
import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingModelError

FOLDER = Path(__file__).with_name("weights")
VOCABULARY, VECTORS, PROVENANCE = "pieces.json.gz", "pieces-{}.bin", "pieces.provenance.json"
LATIN, LATIN_IDS = "pieces-latin.json.gz", "pieces-latin.npy"
FILES = 2  # of vectors, as no file is to have more than 50 MiB
BLOCKS = 12  # of a piece's vector
BLOCK, BLOCK_BYTES = 32, 18  # weights in a block: its scale in float16, then 16 bytes of two weights each
_BEGIN, _END = "<s>", "</s>"
# A letter or digit that is not Latin. Texts without any, once normalised, are cut by the pieces without any, which load
# in a third of the time and take 200 MB less: the others cannot stand in them.
OTHER_SCRIPT = re.compile("[^\\W\\u0000-\\u024f]")

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
    """The pieces with their vectors; `begin` and `end` are put around texts. Thread-safe.

    Those of all scripts are read when a first text needs them: half a second for Latin script, a second more for all.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read them. Raises EmbeddingModelError where a file is missing or damaged."""
        from tokenizers import Tokenizer

        try:
            expected = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))["sha256"]
            names = (VOCABULARY, LATIN, LATIN_IDS)
            found: dict[str, Any] = {name: (folder / name).read_bytes() for name in names}
            mapped = [_mapped(folder / VECTORS.format(number)) for number in range(FILES)]
            found |= {VECTORS.format(number): part for number, part in enumerate(mapped)}
            for name, content in found.items():
                digest = hashlib.sha256(content).hexdigest()
                if digest != expected[name]:
                    raise ValueError(f"{name} is damaged: its SHA-256 is not {str(expected[name])[:16]}...")
            self._latin = Tokenizer.from_buffer(gzip.decompress(found[LATIN]))
            self._latin_ids = np.load(io.BytesIO(found[LATIN_IDS]))
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise EmbeddingModelError(
                f"The encoder's pieces in {folder} cannot be read: {exc}. Install article-qa again."
            ) from exc
        self._vocabulary = found[VOCABULARY]
        self._lock = threading.Lock()
        ids = (self._latin_ids[self._latin.token_to_id(each) or 0] for each in (_BEGIN, _END))
        self.begin, self.end = map(int, ids)
        self._parts = [np.frombuffer(part, np.uint8) for part in mapped]
        if hasattr(mmap, "MADV_DONTNEED"):
            for part in mapped:  # to be hashed they were read whole
                part.madvise(mmap.MADV_DONTNEED)

    @cached_property
    def _all(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_buffer(gzip.decompress(self._vocabulary))

    @property
    def dimensions(self) -> int:
        """Of a vector."""
        return BLOCKS * BLOCK

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Each text's pieces, in order, whole and without `begin` and `end`."""
        distinct = list(dict.fromkeys(texts))
        is_latin = [not OTHER_SCRIPT.search(unicodedata.normalize("NFKC", text)) for text in distinct]
        latin, others = (
            [text for text, each in zip(distinct, is_latin, strict=True) if each is wanted] for wanted in (True, False)
        )
        cut = zip(latin, self._latin.encode_batch(latin, add_special_tokens=False), strict=True)
        found = {text: _encoded(text, each, self._latin_ids[each.ids].tolist()) for text, each in cut}
        if others:
            with self._lock:
                tokenizer = self._all
            cut = zip(others, tokenizer.encode_batch(others, add_special_tokens=False), strict=True)
            found |= {text: _encoded(text, each, each.ids) for text, each in cut}
        return [found[text] for text in texts]

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of pieces by their numbers: shape (..., dimensions)."""
        rows, places = np.unique(ids, return_inverse=True)
        blocks = np.empty((len(rows), BLOCKS, BLOCK_BYTES), np.uint8)
        first = 0
        for part in self._parts:
            table = part.reshape(-1, BLOCKS, BLOCK_BYTES)
            here = (rows >= first) & (rows < first + len(table))
            blocks[here] = table[rows[here] - first]
            first += len(table)
        return floats(blocks).reshape(len(rows), self.dimensions)[places.reshape(ids.shape)]


def floats(blocks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights of blocks, (..., BLOCK_BYTES) to (..., BLOCK): low halves of its bytes first, then high ones."""
    scales = blocks[..., :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1).astype(np.float32)
    return (halves - 8) * scales


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


_loaded: dict[Path, Pieces] = {}
_loading = threading.Lock()


def load_pieces(folder: Path = FOLDER) -> Pieces:
    """The pieces in a folder, read once in a process. Raises EmbeddingModelError."""
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = Pieces(folder)
        return _loaded[folder]


def _encoded(text: str, encoding: Any, numbers: Sequence[int]) -> Encoded:
    """Pieces take the space before them along, which belongs to none; one that shows nothing stands for the next."""
    ids: list[int] = []
    offsets: list[tuple[int, int]] = []
    for number, (start, end) in zip(reversed(numbers), reversed(encoding.offsets), strict=True):
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
