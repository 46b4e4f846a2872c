"""The deeper reader's network against Hugging Face's, and a few steps of training."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.made_up import FEED_FORWARD, HEADS, HIDDEN, LAYERS, POSITIONS, arrays, encoder, model
from training.deep.arrays import HEAD_SIZE
from training.deep.batches import Batch, pack
from training.deep.groups import Groups
from training.deep.network import (
    AttentionByRows,
    EncoderArrays,
    behind_attention,
    load_trained,
    put,
    save_trained,
)
from training.deep.run import Options, Training

if TYPE_CHECKING:
    from transformers import BertModel

CPU = torch.device("cpu")


def drawn(count: int = 4, tokens: int = 2048) -> Batch:
    groups = [Groups(arrays()).draw(record, random.Random(record)) for record in range(0, 5 * count, 5)]
    return pack(groups, tokens, arrays().padding).to(CPU)


def hugging_face() -> BertModel:
    from transformers import BertConfig, BertModel  # five seconds, which whoever only lists the tests does without

    tensors = EncoderArrays(encoder().arrays(arrays()["used"]))
    words = len(arrays()["used"])
    config = BertConfig(
        vocab_size=words, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=FEED_FORWARD, max_position_embeddings=POSITIONS, layer_norm_eps=1e-12,
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False).eval()
    names = {"embeddings.word_embeddings": "emb.word", "embeddings.position_embeddings": "emb.pos"}
    names |= {"embeddings.token_type_embeddings": "emb.type", "embeddings.LayerNorm": "emb.ln"}
    parts = {"attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v"}
    parts |= {"attention.output.dense": "ao", "attention.output.LayerNorm": "aln", "intermediate.dense": "fi"}
    parts |= {"output.dense": "fo", "output.LayerNorm": "oln"}
    names |= {f"encoder.layer.{at}.{one}": f"l{at}.{two}" for at in range(LAYERS) for one, two in parts.items()}
    with torch.no_grad():
        for name, parameter in bert.named_parameters():
            module, kind = name.rsplit(".", 1)
            embedding = names[module] in ("emb.word", "emb.pos", "emb.type")
            stored = names[module] if embedding else f"{names[module]}.{kind[0]}"
            parameter.copy_(tensors(stored, *parameter.shape))
    return bert


def test_the_encoder_computes_what_hugging_faces_does() -> None:
    batch, ours, theirs = drawn(), model(), hugging_face()
    batch.types.zero_()
    with torch.inference_mode():
        states = ours.encode(batch).float()
        for start, end in zip(batch.starts[:-2].tolist(), batch.starts[1:-1].tolist(), strict=True):
            expected = theirs(input_ids=batch.ids[None, start:end]).last_hidden_state[0]
            assert (states[start:end] - expected).abs().max() < 0.1  # bfloat16 has 8 bits
            assert (states[start:end] - expected).abs().mean() < 0.01
            assert expected.abs().mean() > 0.5


def test_attention_and_its_gradients_are_those_of_each_row_by_itself() -> None:
    batch = drawn()
    random_numbers = torch.Generator().manual_seed(1)
    *inputs, above = torch.randn(4, len(batch.ids), HEADS, HEAD_SIZE, generator=random_numbers).unbind()
    leaves = [each.clone().requires_grad_() for each in inputs]
    found = AttentionByRows.apply(*leaves, batch.starts[1:-1].tolist())
    found.backward(above)
    again = [each.clone().requires_grad_() for each in inputs]
    for start, end in zip(batch.starts[:-2].tolist(), batch.starts[1:-1].tolist(), strict=True):
        queries, keys, values = (each[start:end] for each in again)
        scores = torch.einsum("qhd,khd->hqk", queries, keys) / HEAD_SIZE**0.5
        expected = torch.einsum("hqk,khd->qhd", scores.softmax(dim=2), values)
        assert torch.allclose(found[start:end], expected, atol=1e-5)
        expected.backward(above[start:end])
    assert not found[batch.starts[-2] :].any()
    for one, other in zip(leaves, again, strict=True):
        assert torch.allclose(one.grad, other.grad, atol=1e-5)


def test_both_types_begin_as_the_one_that_the_encoder_knows() -> None:
    batch, ours = drawn(), model()
    assert set(batch.types.tolist()) == {0, 1}
    with torch.inference_mode():
        before = ours.encode(batch)
        batch.types.zero_()
        assert torch.equal(ours.encode(batch), before)


def test_weights_of_four_bits_are_what_their_bytes_say() -> None:
    tensors = encoder().arrays(arrays()["used"])
    blocks = tensors["q:l1.fi.w"]
    expected = []
    for block in blocks.tolist():
        scale = float(np.frombuffer(bytes(block[:2]), "<f2")[0])
        expected += [((byte & 15) - 8) * scale for byte in block[2:]] + [
            ((byte >> 4) - 8) * scale for byte in block[2:]
        ]
    found = EncoderArrays(tensors)("l1.fi.w", FEED_FORWARD, HIDDEN)
    assert found.reshape(-1).tolist() == pytest.approx(expected)
    every = np.arange(encoder().sizes.words)
    words = EncoderArrays(encoder().arrays(every))("emb.word", -1, HIDDEN)
    assert torch.equal(words[arrays()["used"]], EncoderArrays(tensors)("emb.word", -1, HIDDEN))


def test_training_lowers_the_loss_and_leaves_alone_what_is_frozen() -> None:
    torch.manual_seed(1)
    ours, batch = model(), drawn()
    before = {name: each.clone() for name, each in ours.state_dict().items()}
    words = ours.words.clone()
    training = Training(ours, Options(workers=0))
    sums = []
    for _ in range(4):
        training.recent = {}
        training.step(batch, 1e-3)
        sums.append(sum(value.item() for value in training.recent.values()))
    assert sums[2] < sums[0]
    assert sums[3] < sums[1]
    changed = {name for name, each in ours.state_dict().items() if not torch.equal(each, before[name])}
    assert changed <= ours.trained().keys()
    assert not any(name.startswith("layers.0.") for name in changed)
    assert {"position", "kind", "span.weight", "layers.1.qkv.weight"} <= changed
    assert torch.equal(ours.words, words)


def test_what_was_trained_is_written_in_parts_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.deep.network._FILE_BYTES", 40_000)
    torch.manual_seed(1)
    ours = model()
    assert save_trained(ours, tmp_path) == len(list(tmp_path.iterdir())) > 1
    torch.manual_seed(2)
    other = model()
    assert not torch.equal(other.span.weight, ours.span.weight)
    load_trained(other, tmp_path)
    for name, each in other.trained().items():
        assert torch.allclose(each, ours.trained()[name], atol=2e-3)
    with pytest.raises(ValueError, match=r"of another network: layers\.0\."):
        load_trained(model(frozen=0), tmp_path)


def of_before() -> dict[str, Tensor]:
    """What was trained, as it was while spans were judged."""
    torch.manual_seed(3)
    values = {name: torch.randn_like(each) for name, each in model().trained().items()}
    return values | {"kind": torch.randn(3, HIDDEN), "judge.0.weight": torch.randn(HIDDEN, HIDDEN)}


def test_weights_of_before_are_taken_without_the_head_and_the_type_that_are_gone(tmp_path: Path) -> None:
    before, ours, other = of_before(), model(), model()
    put(ours, before)
    np.savez(tmp_path / "weights-0.npz", **{name: each.numpy() for name, each in before.items()})  # type: ignore[arg-type]
    load_trained(other, tmp_path)
    for trained in (ours.trained(), other.trained()):
        assert torch.equal(trained["kind"], before["kind"][:2])
        assert all(torch.equal(each, before[name]) for name, each in trained.items() if name != "kind")
    with pytest.raises(KeyError, match=r"span\.bias"):
        put(ours, {name: each for name, each in before.items() if name != "span.bias"})


def test_a_checkpoint_of_before_goes_on_with_an_optimizer_of_its_own(tmp_path: Path) -> None:
    batch, training = drawn(), Training(model(), Options(workers=0))
    training.step(batch, 1e-3)
    training.keep(tmp_path / "now.pt")
    state = torch.load(tmp_path / "now.pt", weights_only=True)
    again = Training(model(), Options(workers=0))
    again.go_on(tmp_path / "now.pt")
    assert again._optimizer.state_dict()["state"].keys() == state["optimizer"]["state"].keys() != set()
    torch.save({**state, "steps": 7, "trained": of_before()}, tmp_path / "before.pt")
    other = Training(model(), Options(workers=0))
    other.go_on(tmp_path / "before.pt")
    assert (other.done, other._optimizer.state_dict()["state"]) == (7, {})
    other.step(batch, 1e-3)


def test_what_stands_behind_the_attention_takes_the_weights_in_the_layers_order() -> None:
    layer = model().layers[1]
    states, attended = torch.randn(2, 5, HIDDEN, generator=torch.Generator().manual_seed(1))
    weights = [weight for module, _ in layer.parts() for weight in (module.weight, module.bias)]
    middle = layer.norm1(states + layer.out(attended))
    expected = layer.norm2(middle + layer.down(torch.nn.functional.gelu(layer.up(middle))))
    assert torch.allclose(behind_attention(states, attended, *weights), expected, atol=1e-5)
