"""Questions with a paragraph: the reader's training and held-out records, by set and by title."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# How often a set's questions come by in one epoch. Sets marked "dev" in the data's README are not here, and neither is
# anything from NewsQA, MultiHop-RAG, SciFact or the BBC: those measure the whole program.
TRAINING_SETS = {
    "squad_train_part": 1.0,
    "squad11_dev": 1.0,
    "squad2_dev_half": 2.0,
    "shifts_new_wiki": 1.0,
    "shifts_amazon": 0.7,
    "shifts_reddit": 0.7,
    "qamr": 0.35,
    "nq_swap_train": 1.0,
    "qed_dev": 2.0,
}
# Sets of which a quarter of the titles is held out. The SQuAD sets share paragraphs, so one rule serves them all.
HELD_OUT_SETS = ("squad2_dev_half", "squad11_dev", "shifts_new_wiki")
# What stands as a title in these names a collection, not the paragraph's subject.
NO_TITLE = ("shifts_amazon", "shifts_reddit", "nq_swap_train", "nq_swap_dev", "qamr")


@dataclass(frozen=True, slots=True)
class Record:
    """A question and a paragraph. Invariant: `context[start:end]` is an answer for each of `spans`; none: no answer."""

    id: str
    set: str
    title: str  # may be empty
    context: str
    question: str
    spans: tuple[tuple[int, int], ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers' texts, as many as annotators gave."""
        return tuple(self.context[start:end] for start, end in self.spans)


def held_out(title: str) -> bool:
    """Whether a title of HELD_OUT_SETS is kept from training: SHA-256 of it divides by four."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 4 == 0


def read_set(data: Path, name: str) -> Iterator[Record]:
    """The records of one set below `data`/reader, in the file's order."""
    with gzip.open(data / "reader" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            context, cut = without_tags(values["context"])
            spans = [
                (answer["start"] - cut, answer["start"] - cut + len(answer["text"])) for answer in values["answers"]
            ]
            yield Record(
                id=values["id"],
                set=name,
                title="" if name in NO_TITLE else values["title"].replace("_", " "),
                context=context,
                question=values["question"].strip(),
                spans=tuple(span for span in spans if 0 <= span[0] < span[1] <= len(context)),
            )


def training_records(data: Path) -> dict[str, list[Record]]:
    """The records to train on, by set; held-out titles are left out."""
    return {
        name: [
            record
            for record in read_set(data, name)
            if not (name in HELD_OUT_SETS and held_out(record.title)) and len(record.question) > 3
        ]
        for name in TRAINING_SETS
    }


def held_out_records(data: Path, name: str) -> list[Record]:
    """The records of the titles of one of HELD_OUT_SETS that are kept from training."""
    return [record for record in read_set(data, name) if held_out(record.title)]


def without_tags(context: str) -> tuple[str, int]:
    """Natural Questions' paragraphs come between "<P> " and " </P>"; the text without, and what was cut before it."""
    if not context.startswith("<P> "):
        return context, 0
    return context[4:].removesuffix("</P>").rstrip(), 4
