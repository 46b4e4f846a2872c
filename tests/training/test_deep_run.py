"""The commands of the deeper reader, one after the other, with a tiny encoder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.made_up import arrays, encoder, everything, model, of_contexts
from training.deep import figures, misses, prepare
from training.deep.arrays import Arrays
from training.deep.export import write_network
from training.deep.network import load_trained
from training.deep.run import Options, main, parsed, rate_at, run
from training.deep.shipped import start_from
from training.deep.texts import save

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """What travels, what stays, and where a run's results go."""
    monkeypatch.setattr("training.deep.run._WARM_STEPS", 1)
    travels, stays = tmp_path / "deep", tmp_path / "deep-texts"
    travels.mkdir()
    stays.mkdir()
    prepare.write(everything()[0], travels)
    np.savez(travels / "encoder.npz", **encoder().arrays(arrays()["used"]))  # type: ignore[arg-type]
    save(everything()[2], everything()[1], stays)
    return travels, stays, tmp_path / "out"


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])


def test_a_run_gives_back_what_the_figures_and_more_near_misses_are_made_of(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    travels, stays, out = folders
    command(monkeypatch, out, "steps=3", "tokens=4096", "workers=0", "frozen=1", "nearest=1", "--arrays", travels)
    main()
    assert {path.name for path in out.iterdir()} == {"weights-0.npz", "measured.npz", "nearest.npz"}
    load_trained(model(), out)
    where = ("--arrays", travels, "--texts", stays)
    command(monkeypatch, out, *where)
    misses.main()
    figures.main()
    printed = capsys.readouterr().out
    assert "trained 4 steps" in printed
    assert "near misses of a record" in printed
    assert "squad11_dev" in printed
    assert "boolq_dev" in printed
    # The next run meets the new near misses, and reads digests.
    assert (Arrays.open(travels)["r_dense"] >= 0).any()
    np.savez(travels / "digests.npz", **of_contexts(4))  # type: ignore[arg-type]
    options = ("steps=1", "tokens=4096", "workers=0", "digests=0.5", "weights=0", "measure=0")
    command(monkeypatch, out, *options, "--arrays", travels)
    main()
    assert "digests=0.5" in capsys.readouterr().out


def test_near_misses_without_nearest_contexts_are_an_error_that_says_where_they_come_from(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    travels, stays, out = folders
    command(monkeypatch, out, "--arrays", travels, "--texts", stays)
    with pytest.raises(FileNotFoundError, match=r"No nearest\.npz in .*: python -m training\.deep\.run OUT nearest=1"):
        misses.main()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_batches_come_from_other_processes_too(folders: tuple[Path, Path, Path]) -> None:
    travels, _, out = folders
    threads = torch.get_num_threads()
    run(travels, out, Options(steps=2, tokens=4096, workers=2, frozen=1, weights=False, only=3, threads=1))
    torch.set_num_threads(threads)
    assert len(np.load(out / "measured.npz")["answers"]) == 3


def test_training_stops_when_the_time_is_over(folders: tuple[Path, Path, Path]) -> None:
    travels, _, out = folders
    run(travels, out, Options(seconds=0.01, tokens=4096, workers=0, frozen=1, weights=False, measure=False))
    assert not any(out.iterdir())


def test_a_share_of_digests_without_any_is_an_error_that_says_where_they_come_from(
    folders: tuple[Path, Path, Path],
) -> None:
    travels, _, out = folders
    with pytest.raises(FileNotFoundError, match=r"No digests\.npz in .*: python -m training\.deep\.digests"):
        run(travels, out, Options(digests=0.5, workers=0))


def test_options_are_numbers_by_name() -> None:
    assert parsed(["seconds=300", "tokens=8192", "digests=0.85", "nearest=1"]) == Options(
        seconds=300, tokens=8192, digests=0.85, nearest=True
    )
    assert type(parsed(["tokens=8192"]).tokens) is int
    assert parsed([]) == Options()
    with pytest.raises(ValueError, match=r"There is no option 'second'\. There are: seconds, steps"):
        parsed(["second=3"])
    with pytest.raises(ValueError, match="tokens=100: a batch has at least 4096"):
        parsed(["tokens=100"])
    with pytest.raises(ValueError, match="could not convert string to float"):
        parsed(["seconds=soon"])


def test_the_learning_rate_rises_and_falls() -> None:
    assert rate_at(0.0) == pytest.approx(0.02)
    assert rate_at(0.04) == pytest.approx(0.96)
    assert rate_at(0.5) == pytest.approx(0.5)
    assert rate_at(1.0) == 0
    rates = [rate_at(past / 100) for past in range(101)]
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_a_run_needs_torch_and_numpy_alone() -> None:
    """Where it runs nothing else is installed: every other package that is no part of Python is hidden from it."""
    code = """
import importlib.abc, sys
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        first = name.split(".")[0]
        if first in ("index", "qa", "bench", "chat", "tokenizers", "sklearn", "transformers", "safetensors", "scipy"):
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Hidden())
sys.argv = ["run", "--help"]
import training.deep.run as run
try: run.main()
except SystemExit: pass
print(sorted(name for name in sys.modules if name.startswith("training")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert "seconds=120" in done.stdout
    assert "training.deep.results" in done.stdout
    assert "training.deep.encoder" not in done.stdout


def test_a_run_goes_on_from_the_network_that_ships(tmp_path: Path) -> None:
    trained, other = model(), model()
    with torch.no_grad():
        for name, parameter in trained.trained().items():
            parameter.add_(torch.randn_like(parameter) * 0.02)
            other.trained()[name].zero_()
    write_network(trained, tmp_path / "reader.onnx")
    start_from(tmp_path / "reader.onnx", other)
    for name, parameter in trained.trained().items():
        step = float(parameter.detach().abs().max()) / 127  # of int8
        assert torch.allclose(other.trained()[name], parameter, atol=1.02 * step), name
