"""The trained network in fp32 and in int8, on paragraphs of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession

from training.__main__ import STARTING
from training.data import Record
from training.evaluate import SessionNetwork, TorchSession, predict
from training.export import _write
from training.model import ReaderModel, load_trained
from training.quantise import _in_blocks, quantise

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
    quantise(folder / "whole.onnx", folder / "small.onnx", RECORDS)
    return folder / "whole.onnx", folder / "small.onnx"


def network(path: Path) -> SessionNetwork:
    return SessionNetwork(InferenceSession(str(path), providers=["CPUExecutionProvider"]))


def test_the_file_reads_as_the_model_in_training_does(files: tuple[Path, Path]) -> None:
    model = ReaderModel()
    load_trained(model, STARTING)
    trained = predict(SessionNetwork(TorchSession(model.eval())), RECORDS)
    exported = predict(network(files[0]), RECORDS)
    assert [each.text for each in trained] == [each.text for each in exported]
    # The model runs in bfloat16, with 8 bits of precision.
    assert [each.margin for each in trained] == pytest.approx([each.margin for each in exported], abs=0.5)


def test_int8_reads_as_the_whole_network_does(files: tuple[Path, Path]) -> None:
    whole, small = (predict(network(path), RECORDS) for path in files)
    differences = [abs(one.margin - other.margin) for one, other in zip(whole, small, strict=True)]
    assert 0 < np.mean(differences) < 0.5
    # One may end elsewhere: a processor with AVX2 alone adds pairs of products in 16 bits, which saturate.
    same = [one.text == other.text for one, other in zip(whole, small, strict=True)]
    assert sum(same) >= len(same) - 1


def test_int8_is_small_enough_to_ship_and_multiplies_in_int8_only(files: tuple[Path, Path]) -> None:
    assert files[1].stat().st_size < 25 * 2**20 < files[0].stat().st_size
    model = onnx.load(str(files[1]))
    floats = [
        each for each in model.graph.initializer if each.data_type == onnx.TensorProto.FLOAT and len(each.dims) > 1
    ]
    weights = {each.name for each in floats if min(each.dims) > 8}
    assert not any(node.op_type == "MatMul" and node.input[1] in weights for node in model.graph.node)
    assert sum(node.op_type == "MatMulNBits" for node in model.graph.node) == 3


def test_a_network_whose_matrices_have_other_names_is_an_error_that_says_so(files: tuple[Path, Path]) -> None:
    model = onnx.load(str(files[0]))
    for node in model.graph.node:
        node.name = node.name.replace("output", "out")
    with pytest.raises(ValueError, match="the exporter names them otherwise"):
        _in_blocks(model)
