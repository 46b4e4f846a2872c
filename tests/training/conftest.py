"""Lines and records of the data sets, made up."""

from __future__ import annotations

from typing import Any

from training.data import Record

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
