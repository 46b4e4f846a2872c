"""Records and what is measured, each text in them kept once and numbered in the order in which it came."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.deep.records import TRAINING_SETS, Example


class Numbered:
    """Texts by their number."""

    def __init__(self) -> None:
        """Begin with none."""
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """The number of a text, which is kept if it is new."""
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """An example with the numbers of its texts; -1 where it has no such text."""

    set: int  # of TRAINING_SETS
    title: int
    context: int
    question: int
    beside: int
    example: Example

    @property
    def pool(self) -> str:
        """Of its near misses."""
        return TRAINING_SETS[self.set].pool


@dataclass(frozen=True, slots=True)
class MeasuredQuestion:
    """A question that is measured, with the passages in which it is read."""

    set: str
    key: str  # its id; of NewsQA the id of the article that it was asked about
    question: int
    passages: tuple[tuple[int, int], ...]  # title (-1: none) and context
    answers: tuple[str, ...]
    verdict: int


class Collection:
    """Everything that is prepared, before it becomes tokens."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.contexts, self.titles, self.questions = Numbered(), Numbered(), Numbered()
        self.records: list[TrainingRecord] = []
        self.measured: list[MeasuredQuestion] = []

    def add(self, number: int, examples: Sequence[Example]) -> None:
        """Take what is trained on of the set with this number in TRAINING_SETS."""
        for example in examples:
            record = example.record
            title, context = self._title(record.title), self.contexts(record.context)
            beside = self.contexts(example.beside) if example.beside else -1
            question = self.questions(record.question)
            self.records.append(TrainingRecord(number, title, context, question, beside, example))

    def measure(self, name: str, examples: Sequence[Example]) -> None:
        """Take what is measured of one set: each question with its own paragraph."""
        for example in examples:
            record = example.record
            passage = (self._title(record.title), self.contexts(record.context))
            answers, question = tuple(dict.fromkeys(record.answers)), self.questions(record.question)
            self.measured.append(MeasuredQuestion(name, record.id, question, (passage,), answers, example.verdict))

    def measure_retrieved(self, name: str, path: Path) -> None:
        """Take questions with the passages that were retrieved for each, from a file of training.deep.newsqa."""
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for values in map(json.loads, lines):
                passages = tuple(
                    (self._title(each["title"]), self.contexts(each["text"])) for each in values["passages"]
                )
                question, answers = self.questions(values["question"]), tuple(values["answers"])
                self.measured.append(MeasuredQuestion(name, values["key"], question, passages, answers, -1))

    def _title(self, title: str) -> int:
        """The number of a title as it stands in front of a passage."""
        return self.titles(f"{title}.") if title else -1
