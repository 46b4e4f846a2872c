"""CANARD (Elgohary et al., EMNLP 2019): the questions of a conversation, each with its rewrite by a human."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.datasets import DataMissingError

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
    path = data / "conversation" / "canard_dev.jsonl.gz"
    if not path.exists():
        raise DataMissingError(f"No {path}. Name the data folder: --data DIR, or ARTICLE_QA_BENCH_DATA.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            turns.setdefault(record["QuAC_dialog_id"], {})[record["Question_no"]] = record
    found = []
    for key, records in turns.items():
        said = records[max(records)]["History"]
        pairs = tuple((said[at], said[at + 1] if at + 1 < len(said) else "") for at in range(0, len(said), 2))
        asked = {number: (record["Question"], record["Rewrite"]) for number, record in sorted(records.items())}
        found.append(Dialog(key, pairs, asked))
    return found
