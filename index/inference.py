"""Runs an ONNX network on this machine's processor: with OpenVINO, or with ONNX Runtime where that cannot be.

With OpenVINO several batches run at the same time, a part of the cores for each, so that none waits for another. Where
the weights are in int8 it multiplies them with activations in int8, a scale for each token; a processor that multiplies
whole matrices in bfloat16 (AMX) does that instead. The figures are in docs/decisions.md, "Engine". ARTICLE_QA_ENGINE
names one of ENGINES to force it.
"""

from __future__ import annotations

import logging
import math
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.arenas import give_back
from index.errors import EngineError

_LOG = logging.getLogger(__name__)

ENGINES = ("openvino", "onnxruntime")
_CHANNELS_OF_A_SCALE = "128"  # of one token, where activations are int8
_STREAMS = 4  # at most; on more cores each has several
_ALL = math.inf
_FEW = 16  # outputs: of a single one OpenVINO 2026.4 makes wrong numbers with int8 activations in bfloat16

Inputs = Mapping[str, NDArray[Any]]
Outputs = dict[str, NDArray[np.float32]]


class Network(Protocol):
    """A network that is ready to run, in any number of threads."""

    inputs: frozenset[str]
    streams: int  # batches that run at the same time

    def run(self, inputs: Inputs) -> Outputs:
        """All outputs by name."""

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Outputs]:
        """The outputs of each batch, in order; the next ones are taken while the first run."""


def load_network(model: bytes) -> Network:
    """The network in an ONNX file, with the engine that this machine has or ARTICLE_QA_ENGINE names.

    Raises EngineError where that is no engine, or is not installed; what an engine raises for a file that it cannot
    read has no class of its own.
    """
    network = _OpenVinoNetwork(model) if engine_name() == "openvino" else _OnnxRuntimeNetwork(model)
    give_back()  # what was needed to prepare it
    return network


@cache
def engine_name() -> str:
    """Which of ENGINES runs. Raises EngineError where ARTICLE_QA_ENGINE is none of them or it is not installed."""
    wanted = os.environ.get("ARTICLE_QA_ENGINE", "").strip().lower()
    if wanted and wanted not in ENGINES:
        raise EngineError(f"ARTICLE_QA_ENGINE is {wanted!r}. Set it to one of: {', '.join(ENGINES)}; or leave it out.")
    reasons = []
    for name in [wanted] if wanted else ENGINES:
        try:
            if name == "openvino":
                _core()
            else:
                import onnxruntime  # noqa: F401
        except (ImportError, OSError, RuntimeError) as exc:  # a library that it needs does not fit this system
            reasons.append(f"{name}: {exc}")
            continue
        if reasons:
            _LOG.info("%s runs the networks, as another engine cannot be imported (%s).", name, reasons[0])
        return name
    raise EngineError(f"No engine can be imported ({'; '.join(reasons)}). Install article-qa again.")


@contextmanager
def without_telemetry() -> Iterator[None]:
    """OpenVINO and NNCF, imported in here, do without openvino-telemetry, which would report it over the internet."""
    with _without("openvino_telemetry"):
        yield


@contextmanager
def _without(module: str) -> Iterator[None]:
    """What is imported in here does without a module, as if it was not installed."""
    there = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if there is None:
            del sys.modules[module]
        else:
            sys.modules[module] = there


class _OpenVinoNetwork:
    def __init__(self, model: bytes) -> None:
        core = _core()
        network = core.read_model(model)
        in_bfloat16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if in_bfloat16:
            _fold_weights(network, _ALL if _multiplies_matrices() else _FEW)
        self.streams = min(core.get_property("CPU", "RANGE_FOR_STREAMS")[1], _STREAMS)
        settings = {
            "NUM_STREAMS": str(self.streams),
            "INFERENCE_PRECISION_HINT": "bf16" if in_bfloat16 else "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": _CHANNELS_OF_A_SCALE,
        }
        self._compiled = core.compile_model(network, "CPU", settings)
        self.inputs = frozenset(each.any_name for each in self._compiled.inputs)
        self._outputs = [each.any_name for each in self._compiled.outputs]
        self._idle: LifoQueue[Any] = LifoQueue()  # requests; each runs one batch at a time

    def run(self, inputs: Inputs) -> Outputs:
        [outputs] = self.run_each([inputs])
        return outputs

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Outputs]:
        running: deque[Any] = deque()
        try:
            for inputs in batches:
                running.append(self._request())
                running[-1].start_async(dict(inputs))
                if len(running) > self.streams:  # one more, so that no stream waits for the next batch
                    yield self._done(running)
            while running:
                yield self._done(running)
        finally:
            for request in running:  # nobody wants what the others find, but they run
                request.wait()

    def _request(self) -> Any:
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._compiled.create_infer_request()

    def _done(self, running: deque[Any]) -> Outputs:
        request = running[0]
        request.wait()
        outputs = {name: np.array(request.get_tensor(name).data, dtype=np.float32) for name in self._outputs}
        self._idle.put(running.popleft())
        return outputs


class _OnnxRuntimeNetwork:
    streams = 1

    def __init__(self, model: bytes) -> None:
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Threads that wait by spinning win a tenth on an idle machine and lose most of it on a busy one.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.inputs = frozenset(each.name for each in self._session.get_inputs())
        self._outputs = [each.name for each in self._session.get_outputs()]

    def run(self, inputs: Inputs) -> Outputs:
        found = self._session.run(self._outputs, dict(inputs))
        return {name: np.asarray(values) for name, values in zip(self._outputs, found, strict=True)}

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Outputs]:
        return map(self.run, batches)


@cache
def _core() -> Any:
    with without_telemetry(), _without("openvino.tools.ovc"):  # its converter, which is half of its import's time
        import openvino

    return openvino.Core()


def _multiplies_matrices() -> bool:
    """Whether the processor has units for matrices of bfloat16 (AMX); OpenVINO does not say. Only Linux is asked."""
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def _fold_weights(network: Any, outputs: float) -> None:
    """Make floats of the int8 matrices with at most so many outputs, which are then not unpacked at each use."""
    from openvino.opset13 import constant

    for matmul in network.get_ops():
        if matmul.get_type_name() != "MatMul":
            continue
        multiply = matmul.input_value(1).get_node()
        parts = [multiply.input_value(at).get_node() for at in range(multiply.get_input_size())]
        if [each.get_type_name() for each in (multiply, *parts[:1])] != ["Multiply", "Convert"]:
            continue
        weights, scale = parts[0].input_value(0).get_node(), parts[1]
        if scale.get_type_name() == "Reshape":
            scale = scale.input_value(0).get_node()
        if not all(each.get_type_name() == "Constant" for each in (weights, scale)):
            continue
        if matmul.output(0).partial_shape[-1].get_length() <= outputs:
            floats = weights.data.astype(np.float32) * scale.data.reshape(parts[1].output(0).shape)
            multiply.output(0).replace(constant(floats).output(0))
