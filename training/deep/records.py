"""What the deep reader learns from, how often each set comes by, and what it is measured on."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.data import NO_TITLE, Record, held_out, without_tags
from training.deep.arrays import OPEN, REFUTED, SUPPORTED

VERDICTS = {"no": REFUTED, "yes": SUPPORTED, "open": OPEN, "refuted": REFUTED, "supported": SUPPORTED}
MADE = "made"  # in the place of a folder: training.deep.settled makes the set of those that stand before it
WRITTEN = "written"  # in the place of a folder: training.deep.written reads it from this repository
MEASURED_RECORDS = 1500  # of a measured set at most
# Sets of which a quarter of the titles is kept from training; training.data.held_out says which.
_BY_TITLE = frozenset(
    "squad11_dev squad2_dev_half squad2_dev_unanswerable_more shifts_new_wiki disfl_qa boolq_dev".split()
)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A set of the data folder. `weight`: how often one of its records comes by, against those of other sets."""

    folder: str
    name: str
    weight: float
    pool: str  # its near misses are paragraphs of the sets with the same pool


TRAINING_SETS = (
    TrainingSet("reader", "squad_train_part", 1.0, "wiki"),
    TrainingSet("reader", "squad11_dev", 1.0, "wiki"),
    TrainingSet("reader", "squad2_dev_half", 1.5, "wiki"),
    TrainingSet("reader", "shifts_new_wiki", 1.0, "wiki"),
    TrainingSet("reader", "shifts_amazon", 0.6, "amazon"),
    TrainingSet("reader", "shifts_reddit", 0.6, "reddit"),
    TrainingSet("reader", "qamr", 0.35, "qamr"),
    TrainingSet("reader", "nq_swap_train", 1.0, "wiki"),
    TrainingSet("reader", "qed_dev", 1.5, "wiki"),
    TrainingSet("reader", "squad2_train_unanswerable", 1.0, "wiki"),
    TrainingSet("reader", "squad2_train_lower_answerable", 0.5, "wiki"),
    TrainingSet("reader", "squad2_dev_unanswerable_more", 1.0, "wiki"),
    TrainingSet("reader", "disfl_qa", 0.35, "wiki"),
    TrainingSet("reader", "timeqa_human_train", 0.7, "wiki"),
    TrainingSet("reader", "nq_open_oracle", 1.0, "wiki"),
    TrainingSet("languages", "jaquad_train_ja", 0.3, "ja"),
    TrainingSet("languages", "arcd_train_ar", 2.0, "ar"),
    TrainingSet("languages", "cmrc2018_dev_zh", 1.0, "zh"),
    TrainingSet("languages", "squad_pt_sample", 1.0, "pt"),
    TrainingSet("yesno", "boolq_dev", 4.0, "wiki"),
    TrainingSet("yesno", "strategyqa_train_facts", 1.5, "facts"),
    TrainingSet("entailment", "fever_validation", 0.4, "fever"),
    TrainingSet("entailment", "fever_test", 0.4, "fever"),
    TrainingSet("entailment", "fool_me_twice_dev", 2.0, "fm2"),
    TrainingSet(MADE, "claims", 0.4, "fever"),
    TrainingSet(MADE, "settled", 0.5, "wiki"),
    TrainingSet(WRITTEN, "articles", 6.0, "news"),
    TrainingSet(WRITTEN, "pairs", 6.0, "news"),
    TrainingSet(WRITTEN, "settling_pairs", 2.0, "news"),
    TrainingSet(WRITTEN, "reports", 8.0, "news"),
    TrainingSet(WRITTEN, "twins", 16.0, "news"),
    TrainingSet(WRITTEN, "others", 6.0, "world"),
)
ENGLISH_POOLS = frozenset({"wiki", "amazon", "reddit", "qamr", "news"})


@dataclass(frozen=True, slots=True)
class MeasuredSet:
    """A set that is measured. `held_out`: only its titles that training leaves out; `most`: records at most."""

    folder: str
    name: str
    held_out: bool = False
    most: int = MEASURED_RECORDS


MEASURED_SETS = (
    MeasuredSet("reader", "squad2_dev_half", held_out=True),
    MeasuredSet("reader", "squad11_dev", held_out=True),
    MeasuredSet("reader", "shifts_new_wiki", held_out=True),
    MeasuredSet("reader", "squad2_dev_unanswerable_more", held_out=True),
    MeasuredSet("reader", "adversarialqa_val", held_out=True, most=1000),  # on the paragraphs of squad11_dev
    MeasuredSet("reader", "nq_swap_dev", most=1000),
    *(MeasuredSet("languages", f"xquad_{language}", held_out=True) for language in "en de es ru zh ar tr".split()),
    MeasuredSet("languages", "jaquad_dev_ja", most=400),
    MeasuredSet("languages", "arcd_test_ar", most=300),
    MeasuredSet("yesno", "boolq_dev", held_out=True),
    MeasuredSet("yesno", "strategyqa_dev_facts"),
    MeasuredSet("entailment", "fool_me_twice_test"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """A record, and for a yes-or-no question or a claim its verdict."""

    record: Record
    verdict: int = -1  # REFUTED or SUPPORTED; -1: the record asks for a span
    beside: str = ""  # sentences of the same page that leave a claim open; may be empty

    @property
    def reads(self) -> bool:
        """Whether it is known which words answer it, or that none do; with a verdict spans are what it rests on."""
        return self.verdict < 0 or self.verdict == OPEN or bool(self.record.spans)


def training_examples(data: Path, each: TrainingSet) -> list[Example]:
    """What is trained on of one set, in the file's order, without held-out titles."""
    return [
        example
        for values in _lines(data, each.folder, each.name)
        if not values.get("also_in")  # which set it is in as well
        for example in [_example(each.folder, each.name, values)]
        if not (each.name in _BY_TITLE and held_out(example.record.title))
        and len(example.record.question) > 3
        and example.record.context.strip()
    ]


def measured_examples(data: Path, each: MeasuredSet) -> list[Example]:
    """What is measured of one set: the same sample each time, or all in the file's order where no more are there."""
    lines = [
        values
        for values in _lines(data, each.folder, each.name)
        if not each.held_out or held_out(values["title"].replace("_", " "))
    ]
    if len(lines) > each.most:
        lines = random.Random(1).sample(lines, each.most)
    return [_example(each.folder, each.name, values) for values in lines]


def _lines(data: Path, folder: str, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(data / folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _example(folder: str, name: str, values: dict[str, Any]) -> Example:
    if folder == "entailment":
        others = [each for each in values.get("other_sentences", ()) if each not in values["evidence"]]
        title = (values.get("page") or "").replace("_", " ")
        record = Record(values["id"], name, title, values["evidence"], values["claim"].strip(), ())
        return Example(record, VERDICTS[values["label"]], " ".join(others[:4]) if len(others) > 1 else "")
    context, cut = without_tags(values["context"])
    title = "" if name in NO_TITLE else values["title"].replace("_", " ")
    if folder == "yesno":
        record = Record(values["id"], name, title, context, values["question"].strip(), ())
        return Example(record, VERDICTS[values["answer"]])
    spans = ((each["start"] - cut, each["start"] - cut + len(each["text"])) for each in values["answers"])
    inside = tuple(dict.fromkeys(span for span in spans if 0 <= span[0] < span[1] <= len(context)))
    return Example(Record(values["id"], name, title, context, values["question"].strip(), inside))
