"""The prepared model: made by several at once, damaged, and where there is no place to keep it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import SentenceTransformerEmbedder
from index.embedding import engines
from index.embedding.packaged import PACKAGED_NETWORK, PACKAGED_SHA256

pytestmark = pytest.mark.usefixtures("fresh_networks")

ROOT = Path(__file__).parents[3]
TEXTS = ["The lighthouse was sold to a dentist.", "Bees died in the frost."]
# What a person does who has just installed the program: two questions in two terminals.
FIRST_USE = """
import sys, time
from index import SentenceTransformerEmbedder
from index.embedding import engines
from index.embedding.packaged import PACKAGED_NETWORK, PACKAGED_SHA256
engines.PACKAGED_SHA256 = ""  # as if it was another model
embedder = SentenceTransformerEmbedder()
print("ready", flush=True)
sys.stdin.readline()
engine = embedder.load()
print(type(engine).__name__, float(engine.encode(["a sentence"])[0] @ engine.encode(["a sentence"])[0]))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, in a process that has loaded no model, and knows the packaged one for any other."""
    monkeypatch.setattr(engines, "PACKAGED_SHA256", "")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(engines, "_loaded", {})
    return tmp_path / "cache" / "article-qa" / "models"


@pytest.fixture(scope="module")
def prepared() -> dict[str, bytes]:
    """The files of the prepared model, by their names."""
    return {
        Path(engines._name(PACKAGED_SHA256)).with_suffix(suffix).name: PACKAGED_NETWORK.with_suffix(suffix).read_bytes()
        for suffix in (".onnx", ".json")
    }


@pytest.fixture
def kept(cache: Path, prepared: dict[str, bytes]) -> Path:
    """The prepared model in the cache."""
    cache.mkdir(parents=True)
    for name, content in prepared.items():
        (cache / name).write_bytes(content)
    return next(cache.glob("*.onnx"))


@pytest.fixture
def exports(cache: Path, monkeypatch: pytest.MonkeyPatch, prepared: dict[str, bytes]) -> list[Path]:
    """Where the model was exported to; takes no time, because a copy serves for what is exported."""
    asked: list[Path] = []

    def export(folder: Path, out: Path) -> bool:
        asked.append(out)
        for name, content in prepared.items():
            out.with_suffix(Path(name).suffix).write_bytes(content)
        return True

    monkeypatch.setattr(engines, "_export", export)
    return asked


def assert_right(embedder: SentenceTransformerEmbedder, expected: SentenceTransformerEmbedder) -> None:
    assert isinstance(embedder.load(), engines.OnnxEngine)
    np.testing.assert_allclose(embedder.embed_passages(TEXTS), expected.embed_passages(TEXTS), atol=1e-5)


@pytest.mark.soak
def test_two_processes_that_prepare_the_model_at_once_both_have_it(cache: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_USE], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:  # both have found the weights, and none the prepared model
        said, complained = process.communicate(timeout=300)
        assert process.returncode == 0, complained
        assert said.split()[0] == "OnnxEngine", complained
        assert float(said.split()[1]) == pytest.approx(1, abs=1e-3)
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".onnx"]


def test_two_that_keep_the_model_at_once_keep_it_whole(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder,
    prepared: dict[str, bytes],
) -> None:  # fmt: skip
    both = threading.Barrier(2, timeout=60)

    def copy_in_halves(source: Path, target: Path) -> None:
        """Both are at work on each file at the same time."""
        content = Path(source).read_bytes()
        with Path(target).open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            both.wait()
            file.write(content[len(content) // 2 :])
        both.wait()

    monkeypatch.setattr(shutil, "copyfile", copy_in_halves)
    with ThreadPoolExecutor(2) as pool:  # threads stand for processes: what they share is only `_loaded`
        loaded = list(pool.map(lambda _: engines._exported(real_embedder._folder, "model.onnx"), range(2)))
    assert all(isinstance(engine, engines.OnnxEngine) for engine in loaded)
    assert len(set(exports)) == 2
    for content in (path.read_bytes() for path in cache.iterdir()):
        assert content in prepared.values()
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".onnx"]


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


DAMAGE = {
    "the model is empty": lambda path: cut(path, 0),
    "the model is cut early": lambda path: cut(path, 0.001),
    "the model is cut in the middle": lambda path: cut(path, 0.5),
    "the model is cut at its end": lambda path: cut(path, 0.9999),
    "the model is another kind of file": lambda path: path.write_bytes(b"no model at all " * 1000),
    "the settings are empty": lambda path: cut(path.with_suffix(".json"), 0),
    "the settings are cut": lambda path: cut(path.with_suffix(".json"), 0.7),
    "the settings are a list": lambda path: path.with_suffix(".json").write_text("[1]"),
    "the settings lack most": lambda path: path.with_suffix(".json").write_text('{"dimensions": 384}'),
    "the settings are no text": lambda path: path.with_suffix(".json").write_bytes(b"\xff\xfe\x00"),
}


# Each loads a model, which takes a second: of each way in which loading fails one is enough in `make test`.
FAILING = {
    "the model is cut in the middle", "the settings are cut", "the settings are a list", "the settings lack most"
}  # fmt: skip


@pytest.mark.parametrize(
    "damage", [pytest.param(each, marks=[] if each in FAILING else [pytest.mark.soak]) for each in DAMAGE]
)
def test_a_prepared_model_that_does_not_load_is_prepared_again(
    kept: Path, prepared: dict[str, bytes], exports: list[Path], damage: str, real_embedder: SentenceTransformerEmbedder
) -> None:
    DAMAGE[damage](kept)
    assert_right(SentenceTransformerEmbedder(), real_embedder)
    assert len(exports) == 1
    assert {path.name: path.read_bytes() for path in kept.parent.iterdir()} == prepared


def test_a_prepared_model_is_used_as_it_is_and_loaded_once(
    kept: Path, exports: list[Path], real_embedder: SentenceTransformerEmbedder
) -> None:
    first, second = SentenceTransformerEmbedder(), SentenceTransformerEmbedder()
    assert_right(first, real_embedder)
    assert first.load() is second.load()
    assert exports == []


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def no_folder(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parents[1].write_text("a file where the cache folder would be")


def not_to_be_looked_into(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = os.stat

    def stat_outside(path: object, *args: object, **more: object) -> object:
        if str(path).startswith(str(cache.parents[1])):
            refuse()
        return stat(path, *args, **more)  # type: ignore[arg-type]

    making = os.mkdir

    def mkdir_outside(path: object, *args: object, **more: object) -> object:
        if str(path).startswith(str(cache.parents[1])):
            refuse()
        return making(path, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "stat", stat_outside)  # tests run as root, whom no permission stops
    monkeypatch.setattr(os, "mkdir", mkdir_outside)


def full(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copyfile

    def copy_half(source: Path, target: Path) -> None:
        if not target.is_relative_to(cache):
            copy(source, target)
            return
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", copy_half)


@pytest.mark.parametrize(
    "trouble", [no_folder, *(pytest.param(each, marks=pytest.mark.soak) for each in (not_to_be_looked_into, full))]
)
def test_where_the_cache_cannot_be_written_the_model_is_prepared_once_all_the_same(
    cache: Path, exports: list[Path], trouble: Callable[[Path, pytest.MonkeyPatch], None],
    real_embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with monkeypatch.context() as patch:
        trouble(cache, patch)
        for _ in range(2):
            assert_right(SentenceTransformerEmbedder(), real_embedder)
            engines._loaded.clear()  # as in another process
    assert len(exports) == 1
    assert not cache.is_dir() or list(cache.iterdir()) == []


def of_somebody_else(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)


def open_to_all(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def a_link(folder: Path) -> None:
    (folder.parent / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "elsewhere")


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="gives a folder to somebody else")
@pytest.mark.parametrize("make", [of_somebody_else, open_to_all, a_link])
def test_a_folder_where_somebody_else_may_have_put_a_model_is_not_used_and_the_model_kept_for_the_process(
    cache: Path, exports: list[Path], make: Callable[[Path], None], real_embedder: SentenceTransformerEmbedder,
    prepared: dict[str, bytes],
) -> None:  # fmt: skip
    cache.parents[1].write_text("a file where the cache folder would be")
    folder = engines._temporary_folder()
    make(folder)
    for name in prepared:
        (folder / name).write_bytes(b"what somebody else put there")
    for _ in range(2):
        assert_right(SentenceTransformerEmbedder(), real_embedder)
    assert len(exports) == 1
    assert {path.read_bytes() for path in folder.iterdir()} == {b"what somebody else put there"}


@pytest.mark.soak
def test_a_model_that_cannot_be_exported_runs_in_pytorch(
    cache: Path, monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder
) -> None:
    monkeypatch.setattr(engines, "_export", lambda folder, out: False)
    embedder = SentenceTransformerEmbedder()
    assert isinstance(embedder.load(), engines.TorchEngine)
    assert ((embedder.embed_passages(TEXTS) * real_embedder.embed_passages(TEXTS)).sum(axis=1) > 0.98).all()


def test_the_packaged_model_is_ready_and_leaves_nothing_in_the_cache(
    cache: Path, exports: list[Path], monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder
) -> None:
    monkeypatch.setattr(engines, "PACKAGED_SHA256", PACKAGED_SHA256)
    assert_right(SentenceTransformerEmbedder(), real_embedder)
    assert exports == []
    assert not cache.exists()


def test_the_packaged_network_is_the_one_whose_making_is_described() -> None:
    described = json.loads(PACKAGED_NETWORK.with_suffix(".provenance.json").read_text())
    assert hashlib.sha256(PACKAGED_NETWORK.read_bytes()).hexdigest() == described["sha256"]
    assert described["model"]["sha256"] == PACKAGED_SHA256


@pytest.mark.parametrize("content", [b"", b"no hash", b"\xff" * 64, b"0123456789abcdeg" * 4])
def test_a_damaged_note_of_the_weights_hash_is_written_again(cache: Path, content: bytes) -> None:
    fingerprint = SentenceTransformerEmbedder().fingerprint
    [note] = (cache.parent / "weights").iterdir()
    note.write_bytes(content)
    assert SentenceTransformerEmbedder().fingerprint == fingerprint
    assert note.read_text() == fingerprint
