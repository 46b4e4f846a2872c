"""`python -m training export`: a checkpoint as the int8 ONNX file that qa/ ships.

Beside it go what it was made from and its learning curve; beside the checkpoint the trained weights in half precision
with the same curve, for another run to begin with.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import torch

from training.batches import MAX_TOKENS, NEGATIVES
from training.data import TRAINING_SETS
from training.model import FROZEN_LAYERS, INPUTS, OUTPUTS, ReaderModel, save_trained
from training.quantise import quantise
from training.train import BATCH_TOKENS, LEARNING_RATE, LOSS_WEIGHTS, SEED, WARM_UP, WEIGHT_DECAY

Precision = Literal["fp32", "int8"]


def export(checkpoint: Path, out: Path, precision: Precision = "int8") -> None:
    """Write `out` (ONNX) and beside it `out` with the suffix .provenance.json: data, seed, versions, hash."""
    saved = torch.load(checkpoint, weights_only=True)
    model = ReaderModel(attention="eager")  # the one that the exporter can follow
    model.load_state_dict(saved["model"])
    out.parent.mkdir(parents=True, exist_ok=True)
    save_trained(model, checkpoint.with_name("reader.safetensors"))
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "reader.onnx"
        _write(model, whole if precision == "int8" else out)
        if precision == "int8":
            quantise(whole, out)
    curve = checkpoint.with_name("curve.jsonl")
    if curve.exists():
        shutil.copy(curve, out.with_suffix(".curve.jsonl"))
        shutil.copy(curve, curve.with_name("reader.curve.jsonl"))
    out.with_suffix(".provenance.json").write_text(json.dumps(_provenance(saved, out, precision), indent=2) + "\n")


def _write(model: ReaderModel, path: Path) -> None:
    example = torch.ones((2, 9), dtype=torch.int64)
    with warnings.catch_warnings(), torch.no_grad():
        # The newer exporter needs two more packages and writes the weights to a second file; torch is pinned.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(),
            (example, example, torch.zeros_like(example)),
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={
                **{name: {0: "batch", 1: "length"} for name in (*INPUTS, "start", "end")},
                "answers": {0: "batch"},
            },
            dynamo=False,
            opset_version=17,
        )


def _provenance(saved: dict[str, Any], out: Path, precision: Precision) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "precision": precision,
        "questions_seen": saved["done"],
        "questions_of_runs_before": saved["before"],
        "minutes": round(saved["seconds"] / 60, 1),
        "seed": SEED,
        "share_of_each_set": TRAINING_SETS,
        "negatives": NEGATIVES,
        "loss_weights": LOSS_WEIGHTS,
        "frozen_layers": FROZEN_LAYERS,
        "learning_rate": LEARNING_RATE,
        "warm_up": WARM_UP,
        "weight_decay": WEIGHT_DECAY,
        "batch_tokens": BATCH_TOKENS,
        "max_tokens": MAX_TOKENS,
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers", "onnx", "nncf", "numpy")},
    }
