"""Conversations as training examples, the figures on a case worked out by hand, and a network trained in seconds."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pytest
import torch

from bench.canard import Dialog, dialogs
from qa.question.term_network import TermNetwork, load_tokenizer
from training import followups
from training.followups import Figures, epoch, example, train, written_dialogs

TURNS = [
    ("Who bought the tower?", "Who bought the tower on Skerry Point?", "Oskar Lindqvist"),
    ("How old is he?", "How old is Oskar Lindqvist?", "71"),
    ("Why there?", "Why did Oskar Lindqvist buy a tower on Skerry Point?", ""),
]


def records(key: str) -> list[dict[str, object]]:
    found = []
    history = ["Skerry Point", "Sale"]
    for number, (question, rewrite, answer) in enumerate(TURNS, start=1):
        found.append(
            {
                "QuAC_dialog_id": key,
                "Question_no": number,
                "Question": question,
                "Rewrite": rewrite,
                "History": list(history),
            }
        )
        history += [question, answer]
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "conversation" / "canard_dev.jsonl.gz"
    path.parent.mkdir()
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for number in range(8):
            for record in records(f"dialog {number}"):
                lines.write(json.dumps(record) + "\n")
    return tmp_path


def test_a_dialog_has_its_title_then_each_question_with_its_answer(data: Path) -> None:
    first = dialogs(data)[0]
    assert first.pairs == (
        ("Skerry Point", "Sale"), ("Who bought the tower?", "Oskar Lindqvist"), ("How old is he?", "71"),
    )  # fmt: skip
    assert first.turns[2] == ("How old is he?", "How old is Oskar Lindqvist?")


def test_some_dialogs_are_kept_from_training(data: Path) -> None:
    kept = [dialog.id for dialog in dialogs(data) if dialog.reported]
    assert 0 < len(kept) < 8


def test_what_is_added_are_the_rewrite_s_words_that_the_question_lacks() -> None:
    made = example(load_tokenizer(), "How old is he?", "How old is Oskar Lindqvist?", [("Who is Oskar?", "")])
    assert made.added == {"oskar", "lindqvist"}
    assert [key for _, key in made.encoded.places] == ["oskar"]


def test_an_epoch_has_every_question_and_some_that_leave_nothing_out(data: Path) -> None:
    found = list(epoch(dialogs(data) * 10, load_tokenizer(), random.Random(0)))
    assert len(found) > 240
    assert sum(not each.added for each in found) > 10


def test_figures_on_a_case_worked_out_by_hand() -> None:
    cases = [({"a": 0.9, "b": 0.6, "c": 0.1}, {"q"}, {"q", "a", "c"}), ({"d": 0.7}, {"q"}, {"q"})]
    figures = followups._figures(cases, 0.5)
    assert figures == Figures(threshold=0.5, questions=2, found=0.5, wrong_of_added=2 / 3, wrong_of_question=2 / 5)


@pytest.mark.soak
def test_training_writes_a_network_that_can_be_asked(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followups, "EPOCHS", 1)
    monkeypatch.setattr(followups, "WRITTEN", tmp_path / "talks")
    written_in(tmp_path / "talks")
    start = Path(followups.__file__).parent / "start.safetensors"
    torch.set_num_threads(2)
    train(data, start, tmp_path / "out" / "terms.onnx")
    found = TermNetwork(tmp_path / "out").probabilities("How old is he?", [("Who is Oskar Lindqvist?", "a dentist")])
    assert set(found) == {"oskar", "lindqvist", "dentist"}
    provenance = json.loads((tmp_path / "out" / "terms.provenance.json").read_text())
    every = [*dialogs(data), *written_dialogs(tmp_path / "talks")]
    assert provenance["dialogs"] == sum(not dialog.reported for dialog in every)
    rows = followups.rows(followups.evaluate(data, tmp_path / "out"))
    assert [row["threshold"] for row in rows] == list(followups.THRESHOLDS)


def written_in(folder: Path) -> None:
    turns = [{"q": question, "rewrite": rewrite, "answer": answer} for question, rewrite, answer in TURNS]
    folder.mkdir()
    (folder / "a.jsonl").write_text(2 * (json.dumps({"turns": turns}) + "\n"), encoding="utf-8")


def test_a_written_dialog_begins_with_its_first_question(tmp_path: Path) -> None:
    written_in(tmp_path / "talks")
    first, second = written_dialogs(tmp_path / "talks")
    assert (first.id, second.id) == ("a-0", "a-1")
    assert first.pairs[:2] == (("Who bought the tower?", "Oskar Lindqvist"), ("How old is he?", "71"))
    assert first.turns[1] == ("How old is he?", "How old is Oskar Lindqvist?")
    assert len(list(epoch([first], load_tokenizer(), random.Random(0)))) >= len(TURNS)


def test_a_dialog_is_reported_on_by_its_id_alone() -> None:
    assert {Dialog(f"d{number}", (), {}).reported for number in range(20)} == {True, False}
