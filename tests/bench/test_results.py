from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from bench import results
from bench.results import commit, rounded, table, write


def test_results_say_what_they_were_measured_on(tmp_path: Path) -> None:
    values = json.loads(write("x-all", {"n": 3, "rows": [{"a": float("nan")}]}, {"depth": 60}, tmp_path).read_text())
    assert {"date", "commit", "machine", "packages", "settings", "n"} <= set(values)
    assert values["settings"]["depth"] == 60
    assert "candidates" in values["settings"]["retrieval"]
    assert values["machine"]["cpus"] >= 1
    assert values["rows"] == [{"a": None}]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git checkout of a project whose folders hold a file each."""
    monkeypatch.setattr(results, "PROJECT", tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    for command in ("init -q", "add .", "-c user.name=A -c user.email=a@example.org commit -qm one"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    return tmp_path


FILES = ("app.py", "chat/page.py", "index/a.py", "qa/weights/b.json", "bench/c.py", "examples/d.txt", "README.md")


@pytest.mark.parametrize("name", FILES)
def test_the_commit_says_so_where_something_that_is_measured_differs_from_it(checkout: Path, name: str) -> None:
    assert len(commit()) == 40
    (checkout / name).write_text("after")
    assert commit().endswith("+") == (name != "README.md")


def test_results_are_no_change_of_what_is_measured(checkout: Path) -> None:
    (checkout / "bench" / "results").mkdir()
    (checkout / "bench" / "results" / "speed-all.json").write_text("{}")
    assert len(commit()) == 40


def test_outside_a_checkout_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "PROJECT", tmp_path)
    assert commit() == "unknown"


def test_numbers_are_rounded_wherever_they_are() -> None:
    assert rounded({"a": [0.123456, (1, 2.00001)]}) == {"a": [0.1235, [1, 2.0]]}


def test_a_table_aligns_numbers_to_the_right() -> None:
    lines = table([{"name": "a", "value": 0.5}, {"name": "long", "value": float("nan")}]).splitlines()
    assert lines == ["name  value", "a     0.500", "long      -"]
    assert table([]) == ""
