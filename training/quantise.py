"""An exported reader in int8, so that it loses next to nothing; what each step is worth stands in docs/decisions.md.

Dynamic int8 has one scale for a whole activation, and a few channels of this encoder are ten times as large as the
others. Therefore, first, those channels are made smaller before attention and the first half of each feed-forward
layer, and the weights behind them larger (Xiao et al., "SmoothQuant", ICML 2023, section 4); second, the second half of
the lowest feed-forward layers, where this does not help, has a scale for every block of a row; third, word embeddings
have a scale for every word. All else is quantised by onnxruntime.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data import Record
from training.evaluate import SessionNetwork, predict
from training.model import OUTPUTS

MIGRATION = 0.65  # alpha of SmoothQuant: how much of an activation's range goes to the weights
BLOCK = 128  # values that share a scale
_SMOOTHED = re.compile(r"/attention/self/|/intermediate/")
_IN_BLOCKS = re.compile(r"/layer\.[012]/output/dense/")
_EMBEDDING_ROWS = 30_000  # at least: the words, not positions or types


def quantise(whole: Path, out: Path, sample: Sequence[Record]) -> None:
    """Write `whole` (ONNX, fp32) as int8 to `out`; `sample` shows how large activations become."""

    def repair(model: Any, prepared: Path) -> None:
        _smooth(model, prepared, sample)
        _embeddings_by_row(model)
        _in_blocks(model)

    _quantise(whole, out, repair)


def quantise_plainly(whole: Path, out: Path) -> None:
    """The same with a scale for every word and no more, for a network that loses nothing by it."""
    _quantise(whole, out, lambda model, _: _embeddings_by_row(model))


def _quantise(whole: Path, out: Path, repair: Callable[[Any, Path], None]) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = whole.with_name("prepared.onnx")
    quant_pre_process(str(whole), str(prepared), skip_symbolic_shape=True)
    model = onnx.load(str(prepared))
    repair(model, prepared)
    onnx.save(model, str(prepared))
    quantize_dynamic(
        str(prepared), str(out), op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8
    )


def _smooth(model: Any, path: Path, sample: Sequence[Record]) -> None:
    """Divide each channel before a matrix by s, and multiply the matrix's row by it; s = a^MIGRATION / w^(1-MIGRATION).

    a: the channel's largest value in the sample, w: that of the row. `path` holds the same model.
    """
    from onnx import helper, numpy_helper

    weights = _weights(model)
    users: dict[str, list[Any]] = {}
    for node in _matrices(model, _SMOOTHED):
        users.setdefault(node.input[0], []).append(node)
    largest = _largest_values(path, list(users), sample)
    for value, nodes in users.items():
        matrices = [numpy_helper.to_array(weights[node.input[1]]) for node in nodes]
        rows = np.maximum(np.max([np.abs(matrix).max(axis=1) for matrix in matrices], axis=0), 1e-6)
        scale = np.maximum(largest[value] ** MIGRATION / rows ** (1 - MIGRATION), 1e-4)
        scale /= np.exp(np.log(scale).mean())
        inverse = numpy_helper.from_array((1 / scale).astype(np.float32), f"{value}_inverse_scale")
        model.graph.initializer.append(inverse)
        smoothed = helper.make_node("Mul", [value, inverse.name], [f"{value}_smoothed"], name=f"{value}_smooth")
        model.graph.node.insert(list(model.graph.node).index(nodes[0]), smoothed)
        for node, matrix in zip(nodes, matrices, strict=True):
            scaled = (matrix * scale[:, None]).astype(np.float32)
            weights[node.input[1]].CopyFrom(numpy_helper.from_array(scaled, node.input[1]))
            node.input[0] = smoothed.output[0]


def _largest_values(path: Path, values: list[str], sample: Sequence[Record]) -> dict[str, NDArray[np.float32]]:
    """The largest absolute value of each channel of some activations over the sample, without padding."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    watched = onnx.load(str(path))
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in values)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    largest: dict[str, NDArray[np.float32]] = {}

    class Watching:
        """The session, which remembers what it saw."""

        def run(self, _names: Sequence[str], inputs: Mapping[str, NDArray[np.int64]]) -> Sequence[Any]:
            """The three outputs."""
            start, end, answers, *activations = session.run([*OUTPUTS, *values], inputs)
            kept = inputs["attention_mask"].astype(bool)
            for name, activation in zip(values, activations, strict=True):
                here = np.abs(activation[kept]).max(axis=0)
                largest[name] = np.maximum(largest.get(name, here), here)
            return start, end, answers

    predict(SessionNetwork(Watching()), sample)
    return largest


def _embeddings_by_row(model: Any) -> None:
    """Words as int8 with one scale for each; they are made floats again as they are looked up."""
    from onnx import TensorProto, helper, numpy_helper

    weights = _weights(model)
    for node in list(model.graph.node):
        if node.op_type != "Gather" or (table := weights.get(node.input[0])) is None or table.dims[0] < _EMBEDDING_ROWS:
            continue
        values = numpy_helper.to_array(table)
        scales = (np.abs(values).max(axis=1, keepdims=True) / 127).astype(np.float32)
        small = np.round(values / np.maximum(scales, 1e-12)).astype(np.int8)
        int8, scale = _stored(model, table, small, scales)
        [out], ids = node.output, node.input[1]
        _replace(
            model,
            node,
            helper.make_node("Gather", [int8, ids], [f"{out}_int8"]),
            helper.make_node("Cast", [f"{out}_int8"], [f"{out}_float"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [scale, ids], [f"{out}_scale"]),
            helper.make_node("Mul", [f"{out}_float", f"{out}_scale"], [out]),
        )


def _in_blocks(model: Any) -> None:
    """Matrices as onnxruntime's MatMulNBits: int8 with a scale for each BLOCK of a column, activations likewise."""
    from onnx import helper, numpy_helper

    weights = _weights(model)
    for node in _matrices(model, _IN_BLOCKS):
        table = weights[node.input[1]]
        columns = numpy_helper.to_array(table).T
        count, length = columns.shape
        blocks = columns.reshape(count, length // BLOCK, BLOCK)
        scales = np.maximum(np.abs(blocks).max(axis=-1) / 127, 1e-9).astype(np.float32)
        small = (np.round(blocks / scales[..., None]) + 128).astype(np.uint8)  # 128 stands for zero
        int8, scale = _stored(model, table, small, scales)
        new = helper.make_node(
            "MatMulNBits",
            [node.input[0], int8, scale],
            list(node.output),
            name=node.name,
            domain="com.microsoft",
            K=length,
            N=count,
            bits=8,
            block_size=BLOCK,
            accuracy_level=4,  # multiply as int8
        )
        _replace(model, node, new)
    if not any(used.domain == "com.microsoft" for used in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _stored(model: Any, table: Any, small: NDArray[Any], scales: NDArray[np.float32]) -> tuple[str, str]:
    """The names of a weight's integers and scales, which take its place."""
    from onnx import numpy_helper

    names = f"{table.name}_int8", f"{table.name}_scale"
    model.graph.initializer.remove(table)
    model.graph.initializer.extend(
        numpy_helper.from_array(values, name) for values, name in zip((small, scales), names, strict=True)
    )
    return names


def _replace(model: Any, node: Any, *others: Any) -> None:
    """Put other nodes in the place of one."""
    at = list(model.graph.node).index(node)
    model.graph.node.remove(node)
    for step, other in enumerate(others):
        model.graph.node.insert(at + step, other)


def _weights(model: Any) -> dict[str, Any]:
    return {each.name: each for each in model.graph.initializer}


def _matrices(model: Any, pattern: re.Pattern[str]) -> list[Any]:
    """The multiplications by a weight whose name has `pattern`."""
    weights = _weights(model)
    nodes = [each for each in model.graph.node if each.op_type == "MatMul" and each.input[1] in weights]
    found = [node for node in nodes if pattern.search(node.name)]
    if not found:
        raise ValueError(f"No matrix of the network is called {pattern.pattern}: the exporter names them otherwise.")
    return found
