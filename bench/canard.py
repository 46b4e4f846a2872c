"""CANARD (Elgohary et al., EMNLP 2019): the questions of a conversation, each with its rewrite by a human."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.datasets import records

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Dialog:
    """One conversation. `turns[n]` is its question number n + 1 with the rewrite; `pairs` what comes before.

    The first of `pairs` is what the conversation is about, a title and a section; then each question and its answer.
    """

    id: str
    pairs: tuple[Pair, ...]
    turns: Mapping[int, Pair]  # number of the question, from 1 -> question, rewrite

    @property
    def reported(self) -> bool:
        """Whether it is kept from training, a quarter of all: SHA-256 of its id divided by four leaves three."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 4 == 3


def dialogs(data: Path) -> list[Dialog]:
    """The conversations of CANARD's development part, in the file's order. Raises DataMissingError."""
    turns: dict[str, dict[int, dict[str, Any]]] = {}
    for record in records(data / "conversation" / "canard_dev.jsonl.gz"):
        turns.setdefault(record["QuAC_dialog_id"], {})[record["Question_no"]] = record
    found = []
    for key, asked_of in turns.items():
        said = asked_of[max(asked_of)]["History"]
        pairs = tuple((said[at], said[at + 1] if at + 1 < len(said) else "") for at in range(0, len(said), 2))
        asked = {number: (record["Question"], record["Rewrite"]) for number, record in sorted(asked_of.items())}
        found.append(Dialog(key, pairs, asked))
    return found


@dataclass(frozen=True, slots=True)
class Added:
    """How well the words that follow-ups leave out are found; words are counted once for each question.

    `found`: of the words that the rewrites add, those that we add. `wrong_of_added`, `wrong_of_question`: words that we
    add and the rewrite lacks, of all words that we add, and of all words of our questions.
    """

    questions: int
    found: float
    wrong_of_added: float
    wrong_of_question: float


def added_words(cases: Iterable[tuple[set[str], set[str], set[str]]]) -> Added:
    """Count the words of each question, of ours that stands alone, and of the rewrite, by their keys."""
    questions = added = right = wrong = total = 0
    for asked, ours, rewrite in cases:
        questions += 1
        added += len(rewrite - asked)
        right += len((ours - asked) & rewrite)
        wrong += len(ours - asked - rewrite)
        total += len(ours | asked)
    return Added(questions, right / added, wrong / max(right + wrong, 1), wrong / max(total, 1))
