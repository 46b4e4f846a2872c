"""A tiny encoder in the 4-bit format with a tokenizer of its own, and records about towns to go with it."""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.training.conftest import PLACES, paragraph, record
from training.deep.arrays import Arrays
from training.deep.collection import Collection
from training.deep.encoder import EncoderFile
from training.deep.network import DeepReader, EncoderArrays
from training.deep.prepare import prepared
from training.deep.records import TRAINING_SETS, Example
from training.deep.texts import Texts

HIDDEN, HEADS, LAYERS, FEED_FORWARD, POSITIONS = 64, 2, 2, 96, 512
SETS = {each.name: number for number, each in enumerate(TRAINING_SETS)}
LONG = " ".join(f"{paragraph(place, number)} The board met again." for number, place in enumerate(PLACES))


def examples() -> dict[str, list[Example]]:
    """Records of four sets: with and without an answer, yes or no, and claims."""
    questions: list[Example] = []
    decisions: list[Example] = []
    claims: list[Example] = []
    for number, place in enumerate(PLACES):
        name, text = place.replace("_", " "), paragraph(place, number)
        questions += [
            Example(record(text, f"When was the harbour of {name} built?", str(1800 + number), title=name)),
            Example(record(text, f"Who opened the northern pier in {1900 + number}?", "Ruth Amsel", title=name)),
            Example(record(text, f"Who burnt the market of {name}?", title=name)),
        ]
        decisions.append(Example(record(text, f"does the market of {name} open on Tuesday", title=name), number % 2))
        sentence, *others = text.split(". ")
        claims.append(Example(record(sentence, f"{name} lies by the sea.", title=name), number % 2, ". ".join(others)))
        more = f"The harbour of {name} is old. {sentence}."  # with what decides the claim, too
        claims.append(Example(record(more, f"The harbour of {name} is old.", title=name), number % 2))
    long = Example(record(LONG, "Who lived in Port Elswick for forty years?", "Ruth Amsel"))
    return {
        "squad11_dev": questions,
        "shifts_amazon": [long, *(Example(record(paragraph(place, 3), "Who came?")) for place in PLACES[:3])],
        "boolq_dev": decisions,
        "fever_test": claims,
    }


def collection() -> Collection:
    """The records, and the same questions as what is measured."""
    found = Collection()
    for name, each in examples().items():
        found.add(SETS[name], each)
    for name in ("squad11_dev", "boolq_dev"):
        found.measure(name, examples()[name])
    return found


def pieces() -> list[tuple[str, float]]:
    """Special tokens, whole words, and every character for what else comes."""
    texts = [
        text for each in (collection().contexts, collection().questions, collection().titles) for text in each.texts
    ]
    words = sorted({word for text in texts for word in text.rstrip(".").split()})
    characters = sorted({*"▁?.,'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:"})
    special = [(each, 0.0) for each in ("<s>", "<pad>", "</s>", "<unk>")]
    scored = [(f"▁{word}", -2.0) for word in words if word[-1].isalnum()]
    return [*special, *scored, *((each, -9.0) for each in characters)]


def encoder_bytes(seed: int = 1) -> bytes:
    """The file: what training.deep.encoder reads, written plainly. Weights are random."""
    rng = np.random.default_rng(seed)
    texts, scores = zip(*pieces(), strict=True)
    encoded = [text.encode() for text in texts]
    borders = np.cumsum([0, *map(len, encoded)])
    head = b"E5S1\x01\0\0\0"
    head += struct.pack("<7i", HIDDEN, LAYERS, HEADS, FEED_FORWARD, len(texts), POSITIONS, 2)
    head += struct.pack("<fii4iQ", 1e-12, 32, len(texts), 0, 2, 1, 3, borders[-1])
    head += borders.astype("<u4").tobytes() + np.array(scores, "<f4").tobytes() + b"".join(encoded)
    head += struct.pack("<iI", 0, 3) + b"map"
    tensors = {name: (count, _tensor(name, count, rng)) for name, count in _counts(len(texts)).items()}
    table = struct.pack("<i", len(tensors))
    offset = len(head) + len(table) + sum(2 + len(name) + 21 for name in tensors)
    for name, (count, data) in tensors.items():
        table += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 1, count, offset, len(data))
        offset += len(data)
    return head + table + b"".join(data for _, data in tensors.values())


def _counts(words: int) -> dict[str, int]:
    counts = {"emb.word": words * HIDDEN, "emb.pos": POSITIONS * HIDDEN, "emb.type": 2 * HIDDEN}
    counts |= {"emb.ln.w": HIDDEN, "emb.ln.b": HIDDEN}
    for layer in range(LAYERS):
        sizes = dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN))
        sizes |= {"fi": (FEED_FORWARD, HIDDEN), "fo": (HIDDEN, FEED_FORWARD)}
        for name, (rows, columns) in sizes.items():
            counts |= {f"l{layer}.{name}.w": rows * columns, f"l{layer}.{name}.b": rows}
        counts |= {f"l{layer}.{norm}.{each}": HIDDEN for norm in ("aln", "oln") for each in "wb"}
    return counts


def _tensor(name: str, count: int, rng: np.random.Generator) -> bytes:
    if name == "emb.word" or (name.endswith(".w") and "ln." not in name):
        scales = rng.uniform(0.01, 0.03, (count // 32, 1)).astype("<f2").view(np.uint8)
        return np.concatenate([scales, rng.integers(0, 256, (count // 32, 16), np.uint8)], axis=1).tobytes()
    middle = 1.0 if name.endswith("ln.w") else 0.0
    return (middle + 0.05 * rng.standard_normal(count)).astype("<f4").tobytes()


@cache
def encoder() -> EncoderFile:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.bin"
        path.write_bytes(encoder_bytes())
        return EncoderFile(path)


@cache
def everything() -> tuple[dict[str, NDArray[Any]], NDArray[np.uint16], Collection]:
    """What prepare makes of the records: arrays, offsets, and the collection with its other questions."""
    collected = collection()
    return *prepared(collected, encoder()), collected


@cache
def arrays() -> Arrays:
    return Arrays(everything()[0])


@cache
def texts() -> Texts:
    _, offsets, collected = everything()
    answers = [list(dict.fromkeys(each.example.record.answers)) for each in collected.records]
    return Texts(collected.contexts.texts, offsets, arrays()["ctx_off"], answers, collected.measured)


def of_contexts(count: int) -> dict[str, NDArray[Any]]:
    """As many digests, as digests.npz holds them: k is context k with question k, and every other one has an answer."""
    parts = [arrays().context(each) for each in range(count)]
    return {
        "d_q": np.arange(count, dtype=np.int32),
        "d_ids": np.concatenate(parts).astype(np.int32),
        "d_off": np.cumsum([0, *map(len, parts)]).astype(np.int32),
        "d_span": np.array([(-1, -1) if each % 2 else (3, 4 + each) for each in range(count)], np.int16),
    }


def model(frozen: int = 1) -> DeepReader:
    return DeepReader(EncoderArrays(encoder().arrays(arrays()["used"])), frozen)


def text_of(ids: NDArray[Any]) -> str:
    """What tokens say, special ones included."""
    tokens = encoder().tokenizer()
    return str(tokens.decode(arrays()["used"][ids].tolist(), skip_special_tokens=False))
