"""The engines: each gives what the other does, in any number of threads, and reports to nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import inference
from index.embedding.packaged import PACKAGED_NETWORK
from index.errors import EngineError
from index.inference import ENGINES, Inputs, Network, engine_name, load_network
from index.pieces import load_pieces
from qa.reading.network import WEIGHTS

ROOT = Path(__file__).parents[2]
READER = WEIGHTS / "reader.onnx"


@pytest.fixture(autouse=True)
def chosen_anew() -> Iterator[None]:
    engine_name.cache_clear()
    yield
    engine_name.cache_clear()


def inputs(network: Network, rows: int, length: int, seed: int = 1) -> Inputs:
    ids = np.random.default_rng(seed).integers(1000, 20000, (rows, length))
    words = {"vectors": load_pieces().vectors(ids)} if "vectors" in network.inputs else {"input_ids": ids}
    return words | {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}


@pytest.mark.parametrize("with_units", [False, True], ids=["plain", "matrices"])
@pytest.mark.parametrize("file", [READER, PACKAGED_NETWORK], ids=["reader", "embedder"])
def test_the_engines_agree(file: Path, with_units: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.inference._multiplies_matrices", lambda: with_units)
    found = {}
    for name in ENGINES:
        monkeypatch.setenv("ARTICLE_QA_ENGINE", name)
        engine_name.cache_clear()
        network = load_network(file.read_bytes())
        assert network.inputs > {"attention_mask", "token_type_ids"}
        found[name] = network.run(inputs(network, 3, 24))
    one, other = (found[name] for name in ENGINES)
    assert one.keys() == other.keys()
    for name, values in one.items():
        assert values.dtype == np.float32
        difference = np.abs(values - other[name]).mean()
        assert difference < 0.05 * np.abs(values).mean() + 0.01, name


def test_many_threads_at_once_get_what_one_does() -> None:
    network = load_network(READER.read_bytes())
    asked = [inputs(network, 1 + seed % 3, 8 + seed, seed) for seed in range(12)]
    alone = [network.run(each) for each in asked]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(network.run, asked * 3))
    for one, other in zip(alone * 3, together, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("name", ENGINES)
def test_batches_that_run_at_the_same_time_come_back_in_order(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_ENGINE", name)
    network = load_network(PACKAGED_NETWORK.read_bytes())
    asked = [inputs(network, 1 + seed % 4, 64 - 6 * seed, seed) for seed in range(9)]
    alone = [network.run(each)["vectors"] for each in asked]
    found = [outputs["vectors"] for outputs in network.run_each(iter(asked))]
    assert len(found) == 9
    assert all(np.array_equal(one, other) for one, other in zip(alone, found, strict=True))
    assert list(network.run_each([])) == []


def test_batches_that_nobody_waits_for_do_not_spoil_later_ones() -> None:
    network = load_network(PACKAGED_NETWORK.read_bytes())
    asked = [inputs(network, 2, 32, seed) for seed in range(6)]
    alone = [network.run(each)["vectors"] for each in asked]
    next(network.run_each(asked))
    assert all(np.array_equal(network.run(each)["vectors"], one) for each, one in zip(asked, alone, strict=True))


def test_an_engine_that_there_is_not_is_an_error_that_names_those_that_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARTICLE_QA_ENGINE", "tensorrt")
    with pytest.raises(EngineError, match=r"'tensorrt'\. Set it to one of: openvino, onnxruntime"):
        load_network(READER.read_bytes())


def test_where_openvino_cannot_be_imported_onnx_runtime_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> object:
        raise ImportError("no such library")

    monkeypatch.setattr(inference, "_core", refuse)
    assert engine_name() == "onnxruntime"
    network = load_network(READER.read_bytes())
    assert network.run(inputs(network, 1, 9))["start"].shape == (1, 9)
    monkeypatch.setenv("ARTICLE_QA_ENGINE", "openvino")
    engine_name.cache_clear()
    with pytest.raises(EngineError, match="no such library"):
        engine_name()


def test_openvino_is_imported_without_what_reports_it_over_the_internet() -> None:
    """Its package sends an event at import where openvino-telemetry can be imported."""
    program = (
        "import sys; sent = []\n"
        "import openvino_telemetry\n"
        "openvino_telemetry.Telemetry.send_event = lambda *args, **more: sent.append(args)\n"
        "from index.inference import load_network\n"
        f"load_network(open({str(READER)!r}, 'rb').read())\n"
        "assert sys.modules['openvino_telemetry'] is openvino_telemetry\n"
        "print('openvino' in sys.modules, sent)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True []\n"


def test_openvino_is_imported_without_its_converter_which_can_be_imported_later() -> None:
    program = (
        "import sys\n"
        "from index.inference import load_network\n"
        f"load_network(open({str(READER)!r}, 'rb').read())\n"
        "print('openvino' in sys.modules, 'openvino.tools.ovc' in sys.modules)\n"
        "from openvino.tools.ovc import convert_model\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
