from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench import peer_run, peers, results
from bench.__main__ import main
from bench.datasets import SAMPLE_ARTICLES
from bench.peers import OURS, PeerError, Run, compare, markdown, measure, summary
from index import IndexSettings
from tests.bench.conftest import write_lines
from tests.conftest import STORIES

FAKE = """
import json, os, sys
from pathlib import Path
name, data, stores, model, *packages = sys.argv[1:]
if name == "broken":
    sys.exit("It complains.\\nNo such thing.")
assert Path(model, "model.safetensors").exists() and not list(Path(stores).iterdir())
assert os.environ["HF_HUB_OFFLINE"] == "1"
articles = Path(data, "articles.jsonl").read_text(encoding="utf-8").splitlines()
print("A library that talks.")
print(json.dumps({
    "load_s": 1.5, "index_s": 2.0, "passages": len(articles), "peak_memory_mb": 300,
    "search_ms": {"short": [1.0, 2.0, 3.0], "long": [30.0]}, "versions": {"torch": "1"} if "torch" in packages else {},
}))
"""


def measured(speed: float) -> Run:
    return Run(speed, 1.0, 2.0, 3.0, 4.0, load_s=5.0, peak_memory_mb=600, passages=10, versions={"x": "1.0"})


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "fake.py"
    path.write_text(FAKE, encoding="utf-8")
    return path


def test_a_run_is_what_its_process_prints_last(tmp_path: Path, script: Path) -> None:
    write_lines(tmp_path / "articles.jsonl", [{"id": "a", "title": "", "text": "abcd"}])
    found = measure("txtai", Path(sys.executable), tmp_path, 4, script)
    assert found == Run(2.0, 2.0, 3.0, 30.0, 30.0, load_s=1.5, peak_memory_mb=300, passages=1, versions={"torch": "1"})
    assert {path.name for path in tmp_path.iterdir()} == {"articles.jsonl", "fake.py"}


def test_what_fails_is_told_by_its_last_line(tmp_path: Path, script: Path) -> None:
    with pytest.raises(PeerError, match=r"^No such thing\.$"):
        measure("broken", Path(sys.executable), tmp_path, 4, script)


def test_ours_runs_before_each_of_the_others_and_one_that_fails_runs_no_more() -> None:
    called = []

    def run(name: str) -> Run:
        called.append(name)
        if name == "b":
            raise PeerError("It is broken.")
        return measured(1.0)

    pairs, failed = compare(["a", "b", "c"], 2, run)
    assert called == [OURS, "a", OURS, "b", OURS, "c", OURS, "a", OURS, "c"]
    assert {name: len(some) for name, some in pairs.items()} == {"a": 2, "c": 2}
    assert failed == {"b": "It is broken."}


def test_ratios_are_of_neighbours() -> None:
    """A machine that is twice as slow in the second round changes no ratio."""
    found = summary({"a": [(measured(400.0), measured(100.0)), (measured(200.0), measured(50.0))]})
    assert list(found) == [OURS, "a"]
    assert found["a"]["figures"]["index_chars_per_s"] == {
        "median": 75.0, "least": 50.0, "most": 100.0, "rounds": [100.0, 50.0],
    }  # fmt: skip
    assert found["a"]["ours_over"]["index_chars_per_s"]["rounds"] == [4.0, 4.0]
    assert found[OURS]["figures"]["index_chars_per_s"]["median"] == 300.0
    assert summary({}) == {}


def test_the_table_is_markdown() -> None:
    lines = markdown(summary({"a": [(measured(4000.0), measured(1000.0)), (measured(6000.0), measured(1000.0))]}))
    assert lines.splitlines()[1:] == [
        "|---|---|---|---|---|---|---|---|",
        "| ours | 5,000 (4,000–6,000) |  | 1, 2 ms | 3, 4 ms | 5.0 s | 600 MB | 10 |",
        "| a | 1,000 | 5.0 (4.0–6.0) | 1, 2 ms | 3, 4 ms | 5.0 s | 600 MB | 10 |",
        "",
        "ours: x 1.0",
        "a: x 1.0",
    ]


@pytest.mark.soak
def test_the_command_goes_on_without_what_cannot_be_installed(
    tmp_path: Path, data: Path, script: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "__defaults__", (script,))
    monkeypatch.setattr(peers, "PEERS", {"a": ("a==1",), "b": ("not-there==1",)})
    monkeypatch.setattr(results.write, "__defaults__", (tmp_path / "results",))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    write_lines(data / "haystack" / "bbc_news.jsonl.gz", [{"id": "1", "title": "One", "text": "Two."}])
    there = tmp_path / "peers" / "a"
    (there / "bin").mkdir(parents=True)
    (there / "bin" / "python").symlink_to(sys.executable)
    (there / "installed").write_text("torch==2.13.0 a==1", encoding="utf-8")
    assert main(["peers", "--data", str(data), "--environments", str(tmp_path / "peers"), "--rounds", "2"]) == 1
    found = json.loads(next((tmp_path / "results").glob("peers-*.json")).read_text(encoding="utf-8"))
    assert found["articles"] == found["peers"]["a"]["figures"]["passages"]["median"] == 2 * len(STORIES) + 1
    assert list(found["missing"]) == ["b"]
    printed = capsys.readouterr().out
    assert "| a | " in printed
    assert "b was not measured: ERROR: No matching distribution found" in printed


def test_a_library_that_is_not_known_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["peers", "elastic"]) == 2
    assert "no library 'elastic'; there are langchain, llama-index, txtai, haystack." in capsys.readouterr().err


def test_all_cut_into_passages_as_long_as_ours_and_each_has_a_function() -> None:
    assert IndexSettings().passage_chars == peer_run.PASSAGE_CHARS
    assert set(peer_run.LIBRARIES) == {OURS, *peers.PEERS}


@pytest.mark.soak
def test_ours_is_measured_with_the_real_model(tmp_path: Path) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SAMPLE_ARTICLES.iterdir())[:6]}
    many = [{"id": name, "title": "", "text": text} for name, text in texts.items()]
    write_lines(tmp_path / "articles.jsonl", many)
    asked = [{"kind": kind, "text": f"Who is it? {n}"} for kind in ("short", "long") for n in range(7)]
    write_lines(tmp_path / "questions.jsonl", asked)
    found = measure(OURS, Path(sys.executable), tmp_path, sum(map(len, texts.values())))
    assert found.passages >= len(many)
    assert {"torch", "openvino"} <= set(found.versions)
    assert all(getattr(found, key) > 0 for key in peers.FIGURES)
