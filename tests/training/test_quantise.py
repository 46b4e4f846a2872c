"""The trained network in fp32 and in int8, on paragraphs of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.embedding.engines import OnnxEngine
from index.embedding.onnx_export import export
from index.embedding.packaged import packaged_model_folder
from index.inference import load_network
from training.__main__ import STARTING
from training.data import Record
from training.evaluate import ReaderOf, TorchNetwork, predict
from training.export import _write
from training.model import ReaderModel, load_trained
from training.quantise import quantise, quantise_embedder

pytestmark = pytest.mark.soak

TEXTS = {
    "The ferry to Skerry Point carries forty cars. It left the harbour at noon on Tuesday.": [
        ("How many cars does the ferry carry?", "forty"),
        ("When did the ferry leave?", "noon on Tuesday"),
        ("Who was the captain of the ferry?", ""),
    ],
    "Oskar Lindqvist, a violin maker in Dunmore, sold the instrument to the town's orchestra for 12,000 crowns.": [
        ("Who sold the instrument?", "Oskar Lindqvist"),
        ("What did the orchestra pay?", "12,000 crowns"),
        ("Where does Lindqvist work?", "Dunmore"),
    ],
}
RECORDS = [
    Record(
        question, "", "", text, question, ((text.index(answer), text.index(answer) + len(answer)),) if answer else ()
    )
    for text, questions in TEXTS.items()
    for question, answer in questions
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("network")
    model = ReaderModel(attention="eager")
    load_trained(model, STARTING)
    _write(model, folder / "whole.onnx")
    quantise(folder / "whole.onnx", folder / "small.onnx")
    return folder / "whole.onnx", folder / "small.onnx"


def network(path: Path) -> ReaderOf:
    return ReaderOf(load_network(path.read_bytes()))


def test_the_file_reads_as_the_model_in_training_does(files: tuple[Path, Path]) -> None:
    model = ReaderModel()
    load_trained(model, STARTING)
    trained = predict(ReaderOf(TorchNetwork(model.eval())), RECORDS)
    exported = predict(network(files[0]), RECORDS)
    assert [each.text for each in trained] == [each.text for each in exported]
    # The model runs in bfloat16, with 8 bits of precision.
    assert [each.margin for each in trained] == pytest.approx([each.margin for each in exported], abs=0.5)


def test_int8_weights_read_as_the_whole_network_does(files: tuple[Path, Path]) -> None:
    whole, small = (predict(network(path), RECORDS) for path in files)
    differences = [abs(one.margin - other.margin) for one, other in zip(whole, small, strict=True)]
    assert 0 < np.mean(differences) < 0.5
    assert [one.text for one in whole] == [other.text for other in small]


def test_int8_weights_are_small_enough_to_ship(files: tuple[Path, Path]) -> None:
    assert files[1].stat().st_size < 25 * 2**20 < files[0].stat().st_size


def test_the_embedding_model_with_int8_weights_gives_nearly_the_same_vectors(tmp_path: Path) -> None:
    folder = packaged_model_folder()
    export(folder, tmp_path / "whole.onnx")
    quantise_embedder(tmp_path / "small.onnx")
    whole, small = (OnnxEngine(folder, tmp_path / f"{name}.onnx") for name in ("whole", "small"))
    assert (tmp_path / "small.onnx").stat().st_size < 25 * 2**20
    for text in [*TEXTS, *(question for questions in TEXTS.values() for question, _ in questions)]:
        assert 0.995 < float((whole.encode([text]) * small.encode([text])).sum()) < 0.99999
