"""ONNX networks with int8 weights, made with NNCF: each output of a matrix has a scale of its own.

Activations stay as they are: index.inference computes them in bfloat16, or gives each token a scale of its own. With
activations in int8 as well an embedding network is up to 1.4 times as fast where there is no bfloat16, and finds less:
the figures are in docs/decisions.md, "Engine".
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from importlib.metadata import version
from pathlib import Path

from index.embedding.onnx_export import export
from index.embedding.packaged import PACKAGED_NETWORK, PACKAGED_SHA256, packaged_model_folder
from index.inference import without_telemetry


def quantise(whole: Path, out: Path) -> None:
    """Write `whole` (ONNX, fp32) with int8 weights to `out`."""
    import onnx

    with without_telemetry():
        import nncf
    onnx.save(nncf.compress_weights(onnx.load(whole), mode=nncf.CompressWeightsMode.INT8_SYM), out)


def quantise_embedder(out: Path = PACKAGED_NETWORK) -> None:
    """Write the packaged embedding model with int8 weights, its settings, and where it comes from."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary) / "whole.onnx"
        export(packaged_model_folder(), whole)
        quantise(whole, out)
        out.with_suffix(".json").write_bytes(whole.with_suffix(".json").read_bytes())
    provenance = {
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "model": {"name": "sentence-transformers/all-MiniLM-L6-v2", "sha256": PACKAGED_SHA256, "licence": "Apache-2.0"},
        "precision": "int8 weights",
        "versions": {name: version(name) for name in ("nncf", "onnx", "torch", "transformers")},
    }
    out.with_suffix(".provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
