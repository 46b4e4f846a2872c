"""Conversations as bench reads and counts them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from bench.conversation import CONVERSATIONS, read_mtrag
from bench.datasets import DataMissingError


def test_mtrag_gives_contexts_once_and_turns_that_have_some(tmp_path: Path) -> None:
    said = [
        {"speaker": "user", "text": "What is it?"},
        {"speaker": "agent", "text": "A lamp."},
        {"speaker": "user", "text": "Who made it?"},
    ]
    records = [
        {"contexts": [{"document_id": "a", "text": "A"}, {"document_id": "b", "text": "B"}], "input": said},
        {"contexts": [{"document_id": "a", "text": "A"}], "input": said[:1]},
        {"contexts": [], "input": said},
    ]
    path = tmp_path / "mtrag.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)
    contexts, turns = read_mtrag(path)
    assert [article.id for article in contexts] == ["a", "b"]
    assert [turn.history for turn in turns] == [[("What is it?", "A lamp.")], []]
    assert turns[0].question == "Who made it?"
    assert turns[0].contexts == {"a", "b"}


def test_missing_data_is_an_error_that_says_where_it_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match="--data DIR"):
        read_mtrag(tmp_path / "nothing.gz")


def test_the_sample_conversations_are_ten_of_five_turns() -> None:
    found = [json.loads(line) for line in CONVERSATIONS.read_text(encoding="utf-8").splitlines()]
    assert [len(conversation["turns"]) for conversation in found] == [5] * 10
    assert len({conversation["id"] for conversation in found}) == 10
