"""The embedding network in fp32 and with int8 weights, on texts of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedding.engines import OnnxEngine
from index.embedding.onnx_export import export
from index.embedding.packaged import packaged_model_folder
from training.quantise import quantise_embedder

pytestmark = pytest.mark.soak

TEXTS = (
    "The ferry to Skerry Point carries forty cars. It left the harbour at noon on Tuesday.",
    "Oskar Lindqvist, a violin maker in Dunmore, sold the instrument to the town's orchestra for 12,000 crowns.",
    "How many cars does the ferry carry?",
    "Where does Lindqvist work?",
)


def test_the_embedding_model_with_int8_weights_gives_nearly_the_same_vectors(tmp_path: Path) -> None:
    folder = packaged_model_folder()
    export(folder, tmp_path / "whole.onnx")
    quantise_embedder(tmp_path / "small.onnx")
    whole, small = (OnnxEngine(folder, tmp_path / f"{name}.onnx") for name in ("whole", "small"))
    assert (tmp_path / "small.onnx").stat().st_size < 25 * 2**20
    for text in TEXTS:
        assert 0.995 < float((whole.encode([text]) * small.encode([text])).sum()) < 0.99999
