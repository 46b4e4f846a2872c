"""A data folder in the shape of the real one, small enough to read in a blink."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from training.data import TRAINING_SETS, Record

Line = dict[str, Any]


def line(number: int, title: str, context: str, question: str, *answers: str) -> Line:
    """One line of a set, as it stands in the files."""
    return {
        "id": f"q{number}",
        "title": title,
        "context": context,
        "question": question,
        "answers": [{"text": answer, "start": context.index(answer)} for answer in answers],
    }


def record(context: str, question: str, *answers: str, title: str = "", name: str = "squad11_dev") -> Record:
    spans = tuple((context.index(answer), context.index(answer) + len(answer)) for answer in answers)
    return Record(f"{question}-{context[:20]}", name, title, context, question, spans)


PLACES = ("Amsel", "Brennick", "Tamsel", "Skerry", "Marsh_Street", "Lower_Marsh", "Dunmore", "Port_Elswick")


def paragraph(place: str, number: int) -> str:
    name = place.replace("_", " ")
    return (
        f"{name} is a town by the sea. The harbour of {name} was built in {1800 + number} by Oskar Lindqvist. It holds "
        f"{20 + number} ships. The market of {name} opens on Tuesday, and the ferry to the islands leaves at noon. "
        f"In {1900 + number} the northern pier was opened by Ruth Amsel, who lived in {name} for forty years."
    )


@pytest.fixture
def write_sets(tmp_path: Path) -> Callable[[dict[str, Sequence[Line]]], Path]:
    """Writes a data folder with these sets; those that are not named are empty."""

    def write(sets: dict[str, Sequence[Line]]) -> Path:
        for name in {*TRAINING_SETS, *sets}:
            path = tmp_path / "data" / "reader" / f"{name}.jsonl.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in sets.get(name, ()))
            path.write_bytes(gzip.compress(text.encode()))
        return tmp_path / "data"

    return write


@pytest.fixture
def data(write_sets: Callable[[dict[str, Sequence[Line]]], Path]) -> Path:
    """Every set with a question with and one without an answer about each of eight towns, a paragraph each."""
    lines = []
    for number, place in enumerate(PLACES):
        name = place.replace("_", " ")
        context = paragraph(place, number)
        lines += [
            line(3 * number, place, context, f"When was the harbour of {name} built?", str(1800 + number)),
            line(3 * number + 1, place, context, f"Who opened the northern pier in {1900 + number}?", "Ruth Amsel"),
            line(3 * number + 2, place, context, f"Who burnt the market of {name}?"),
        ]
    return write_sets(dict.fromkeys(TRAINING_SETS, lines))
