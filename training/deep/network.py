"""multilingual-e5-small as a reader: its layers over packed rows, and three heads.

The token embeddings and the lowest layers stay as they come. A head reads each token's last state (where an answer
begins and ends; at a row's first token: "no answer here") or the first token's (does it answer, which verdict).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.deep.arrays import BLOCK_BYTES, HEAD_SIZE
from training.deep.batches import Batch

_EPSILON = 1e-12
_FILE_BYTES = 14 * 2**20  # of weights in one file
# Weights of before hold another head, and a third row of `kind` for the tokens that it was asked about. No row of today
# has such tokens, and nothing else is computed from that head: both are left out.
_LEFT_OUT = "judge."


@dataclass(frozen=True, slots=True)
class Outputs:
    """Logits of T tokens and n rows."""

    spans: Tensor  # (T, 2): begins here, ends here
    answers: Tensor  # (n,)
    verdicts: Tensor  # (n, 3): see training.deep.arrays


class EncoderArrays:
    """The encoder's tensors, as training.deep.encoder writes them."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the arrays of encoder.npz."""
        self._arrays = arrays
        self.hidden = len(arrays["f:emb.ln.w"])
        self.feed_forward = len(arrays["f:l0.fi.b"])
        self.layers = sum(name.endswith(".oln.w") for name in arrays)

    def __call__(self, name: str, *shape: int) -> Tensor:
        """A tensor in float32, of this shape."""
        if f"f:{name}" in self._arrays:
            return torch.from_numpy(self._arrays[f"f:{name}"].astype(np.float32).reshape(shape))
        blocks = self._arrays[f"q:{name}"].reshape(-1, BLOCK_BYTES)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
        return torch.from_numpy(((nibbles - 8) * scales).reshape(shape))


@dataclass(frozen=True, slots=True)
class Places:
    """Where the tokens of each row stand in the packed ones: n rows, as wide as the widest."""

    at: Tensor  # (n, L) int64; 0 where a row has no token
    there: Tensor  # (n, L) bool

    @staticmethod
    def of(batch: Batch) -> Places:
        """Of the rows of a batch, without its padding."""
        starts = batch.starts.long()
        step = torch.arange(batch.widest, device=starts.device)
        there = step[None] < (starts[1:-1] - starts[:-2])[:, None]
        return Places(torch.where(there, starts[:-2, None] + step[None], 0), there)


def attention_packed(queries: Tensor, keys: Tensor, values: Tensor, batch: Batch) -> Tensor:
    """Attention within each row of a batch; all of shape (T, heads, HEAD_SIZE). On a GPU only."""
    from torch.nn.attention.varlen import varlen_attn

    starts, longest = batch.starts, batch.longest
    return varlen_attn(queries, keys, values, starts, starts, longest, longest)  # type: ignore[return-value]


class AttentionByRows(torch.autograd.Function):
    """The same anywhere, row after row: on a CPU a step takes half as long as with torch's own over padded rows.

    `AttentionByRows.apply(queries, keys, values, ends)`, where `ends` says behind which token each row ends; 0 behind
    the last one. Its gradient is that of Dao et al., "FlashAttention" (NeurIPS 2022), appendix B.2, unblocked.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, values: Tensor, ends: Sequence[int]) -> Tensor:
        """See the class."""
        queries = queries * queries.shape[2] ** -0.5
        found, shares = torch.zeros_like(queries), []
        for begin, end in pairwise((0, *ends)):
            query, key, value = (each[begin:end].transpose(0, 1) for each in (queries, keys, values))
            share = torch.bmm(query, key.transpose(1, 2)).softmax(dim=2)
            found[begin:end] = torch.bmm(share, value).transpose(0, 1)
            shares.append(share)
        ctx.save_for_backward(queries, keys, values, *shares)
        ctx.ends = ends
        return found

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients of queries, keys and values from that of what was found."""
        queries, keys, values, *shares = ctx.saved_tensors
        gradients = [torch.zeros_like(each) for each in (queries, keys, values)]
        for (begin, end), share in zip(pairwise((0, *ctx.ends)), shares, strict=True):
            query, key, value, gradient = (each[begin:end].transpose(0, 1) for each in (queries, keys, values, *above))
            shared = torch.bmm(gradient, value.transpose(1, 2))
            scores = torch._softmax_backward_data(shared, share, 2, share.dtype)
            gradients[0][begin:end] = torch.bmm(scores, key).transpose(0, 1)
            gradients[1][begin:end] = torch.bmm(scores.transpose(1, 2), query).transpose(0, 1)
            gradients[2][begin:end] = torch.bmm(share.transpose(1, 2), gradient).transpose(0, 1)
        return (gradients[0] * queries.shape[2] ** -0.5, *gradients[1:], None)


def behind_attention(states: Tensor, attended: Tensor, *weights: Tensor) -> Tensor:
    """All of a layer behind its attention: output, norm, feed-forward, norm, with a weight and a bias for each."""
    out, out_bias, norm1, norm1_bias, up, up_bias, down, down_bias, norm2, norm2_bias = weights
    size = norm1.shape
    states = states + functional.linear(attended, out, out_bias)
    states = functional.layer_norm(states, size, norm1, norm1_bias, _EPSILON)
    inner = functional.gelu(functional.linear(states, up, up_bias))
    return functional.layer_norm(states + functional.linear(inner, down, down_bias), size, norm2, norm2_bias, _EPSILON)


class Layer(nn.Module):
    """One of the encoder's layers."""

    def __init__(self, encoder: EncoderArrays, number: int) -> None:
        """As the encoder comes."""
        super().__init__()
        hidden, inner, name = encoder.hidden, encoder.feed_forward, f"l{number}."
        self.qkv, self.out = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden)
        self.up, self.down = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, _EPSILON), nn.LayerNorm(hidden, _EPSILON)
        with torch.no_grad():
            self.qkv.weight.copy_(torch.cat([encoder(f"{name}{each}.w", hidden, hidden) for each in "qkv"]))
            self.qkv.bias.copy_(torch.cat([encoder(f"{name}{each}.b", hidden) for each in "qkv"]))
            for module, part in self.parts():
                module.weight.copy_(encoder(f"{name}{part}.w", *module.weight.shape))
                module.bias.copy_(encoder(f"{name}{part}.b", *module.bias.shape))

    def parts(self) -> list[tuple[nn.Linear | nn.LayerNorm, str]]:
        """What stands behind the attention, in the order of `behind_attention`, with its name in the file."""
        return [(self.out, "ao"), (self.norm1, "aln"), (self.up, "fi"), (self.down, "fo"), (self.norm2, "oln")]

    def forward(self, states: Tensor, attend: Callable[..., Tensor], behind: Callable[..., Tensor]) -> Tensor:
        """(T, hidden) to (T, hidden)."""
        queries, keys, values = self.qkv(states).view(len(states), 3, -1, HEAD_SIZE).unbind(1)
        attended = attend(queries, keys, values).reshape(states.shape)
        weights = [weight for module, _ in self.parts() for weight in (module.weight, module.bias)]
        return behind(states, attended, *weights)


class DeepReader(nn.Module):
    """The encoder with its heads. `packed` and `behind` say how it computes, not what."""

    def __init__(self, encoder: EncoderArrays, frozen: int) -> None:
        """As the encoder comes, with new heads; its lowest `frozen` layers are not trained."""
        super().__init__()
        hidden = encoder.hidden
        self.words: Tensor
        self.register_buffer("words", encoder("emb.word", -1, hidden).half(), persistent=False)
        self.position = nn.Parameter(encoder("emb.pos", -1, hidden))
        # The encoder was trained with the first type alone, so both begin as that one.
        self.kind = nn.Parameter(encoder("emb.type", -1, hidden)[:1].repeat(2, 1))
        self.norm = nn.LayerNorm(hidden, _EPSILON)
        with torch.no_grad():
            self.norm.weight.copy_(encoder("emb.ln.w", hidden))
            self.norm.bias.copy_(encoder("emb.ln.b", hidden))
        self.layers = nn.ModuleList([Layer(encoder, number) for number in range(encoder.layers)])
        for layer in self.layers[:frozen]:
            layer.requires_grad_(False)
        self.span = nn.Linear(hidden, 2)
        self.answers, self.verdict = _head(hidden, 1), _head(hidden, 3)
        self.packed = False
        self.behind: Callable[..., Tensor] = behind_attention

    def encode(self, batch: Batch) -> Tensor:
        """The last states of a batch's tokens: (T, hidden), in the precision that autocast leaves them in."""
        ends = [] if self.packed else batch.starts[1:-1].tolist()

        def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
            if self.packed:
                return attention_packed(queries, keys, values, batch)
            found: Tensor = AttentionByRows.apply(queries, keys, values, ends)  # type: ignore[no-untyped-call]
            return found

        states: Tensor = self.words[batch.ids].float() + self.position[batch.positions] + self.kind[batch.types]
        states = self.norm(states)
        in_half = _is_fast_in_bfloat16(states.device)
        with torch.autocast(states.device.type, torch.bfloat16, enabled=in_half):
            states = states.to(torch.bfloat16) if in_half else states
            for layer in self.layers:
                states = layer(states, attend, self.behind)
        return states

    def forward(self, batch: Batch) -> Outputs:
        """The logits of a batch, in float32."""
        states = self.encode(batch).float()
        top = states[batch.starts[:-2].long()]
        return Outputs(self.span(states), self.answers(top)[:, 0], self.verdict(top))

    def trained(self) -> dict[str, nn.Parameter]:
        """The parameters that are trained, by name."""
        return {name: each for name, each in self.named_parameters() if each.requires_grad}


def _is_fast_in_bfloat16(device: torch.device) -> bool:
    """Whether it computes in bfloat16 faster than in float32: a CPU without AVX-512 takes sixty times as long."""
    return device.type != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _head(hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, outputs))


def save_trained(model: DeepReader, folder: Path) -> int:
    """Write what was trained as weights-0.npz and so on, in float16, some 14 MiB each; gives how many files."""
    parts: list[dict[str, NDArray[np.float16]]] = [{}]
    size = 0
    for name, parameter in model.trained().items():
        values = parameter.detach().half().cpu().numpy()
        if parts[-1] and size + values.nbytes > _FILE_BYTES:
            parts.append({})
            size = 0
        parts[-1][name] = values
        size += values.nbytes
    for number, part in enumerate(parts):
        np.savez(folder / f"weights-{number}.npz", **part)  # type: ignore[arg-type]
    return len(parts)


def put(model: DeepReader, values: Mapping[str, Tensor]) -> None:
    """Give a model's trained parameters the values of their names. Raises KeyError where one is missing.

    Other names are passed over, and of `kind` rows behind those that the model has.
    """
    with torch.no_grad():
        for name, parameter in model.trained().items():
            parameter.copy_(values[name][: len(parameter)] if name == "kind" else values[name])


def load_trained(model: DeepReader, folder: Path) -> None:
    """Put the weights in a folder into a model. Raises ValueError where they are not all of those that it trains."""
    found: dict[str, NDArray[np.float16]] = {}
    for path in sorted(folder.glob("weights-*.npz")):
        found |= np.load(path)
    wrong = sorted(name for name in found.keys() ^ model.trained().keys() if not name.startswith(_LEFT_OUT))
    if wrong:
        raise ValueError(f"The weights in {folder} are of another network: {', '.join(wrong[:5])} differ.")
    put(model, {name: torch.from_numpy(values) for name, values in found.items()})
