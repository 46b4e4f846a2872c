"""Writes a sentence-transformers model as ONNX, once per installation.

`python -m index.embedding.onnx_export FOLDER OUT`: a process of its own, so that PyTorch's memory and its
exporter's warnings end with it. It ends well only where the vectors agree with those of sentence-transformers.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
# Short and long, alone and in a batch, with other scripts: what padding, truncation or a fixed shape would spoil.
_SAMPLES = ["a", "Who is it?", "Grüße aus München, 東京 and Москва — 3.5 % more.", "word " * 40, "many words " * 400]


def export(folder: Path, out: Path) -> None:
    """Write `out` (ONNX) and `out` with the suffix .json (its settings). Raises ValueError where the vectors differ."""
    import torch

    from index.embedding.engines import OnnxEngine, load_sentence_transformer

    model = load_sentence_transformer(folder, attention="eager")  # the one that the exporter can follow

    class Whole(torch.nn.Module):
        """All modules of the model, from token ids to normalised vectors."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            vectors: torch.Tensor = self.model(dict(zip(_INPUTS, tensors, strict=True)))["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, dim=-1)

    example = torch.ones((2, 9), dtype=torch.int64)
    inputs = dict(zip(_INPUTS, (example, example, torch.zeros_like(example)), strict=True))
    write_onnx(Whole(), inputs, {"vectors": ()}, out)
    settings = {
        "max_length": int(model.max_seq_length or 512),
        "dimensions": int(model.get_embedding_dimension() or 0),
        "query_prompt": model.prompts.get("query", ""),
        "passage_prompt": model.prompts.get("document", model.prompts.get("passage", "")),
    }
    out.with_suffix(".json").write_text(json.dumps(settings), encoding="utf-8")
    expected = model.encode(_SAMPLES, normalize_embeddings=True, show_progress_bar=False)
    engine = OnnxEngine(folder, out)
    got = np.concatenate([engine.encode(_SAMPLES), *(engine.encode([text]) for text in _SAMPLES)])
    worst = float((got * np.concatenate([expected, expected])).sum(axis=1).min())
    if worst < 0.9999:
        raise ValueError(f"the exported model's vectors differ: cosine {worst:.4f}")


def write_onnx(
    module: nn.Module, inputs: Mapping[str, Tensor], outputs: Mapping[str, Sequence[str]], out: Path
) -> None:
    """Write a module as ONNX, for any number of rows of any length.

    `inputs`: an example of each, by name, its first axes the rows and their length; `outputs`: what the first axes of
    each are, "batch" and "length".
    """
    import torch

    axes = dict.fromkeys(inputs, ("batch", "length")) | {name: each for name, each in outputs.items() if each}
    with warnings.catch_warnings(), torch.no_grad():
        # The newer exporter needs two more packages and writes the weights to a second file; torch is pinned.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(inputs.values()),
            str(out),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(enumerate(each)) for name, each in axes.items()},
            dynamo=False,
            opset_version=17,
        )


if __name__ == "__main__":
    os.umask(0o077)
    export(Path(sys.argv[1]), Path(sys.argv[2]))
