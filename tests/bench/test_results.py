from __future__ import annotations

import json
from pathlib import Path

from bench.results import rounded, table, write


def test_results_say_what_they_were_measured_on(tmp_path: Path) -> None:
    values = json.loads(write("x-all", {"n": 3, "rows": [{"a": float("nan")}]}, {"depth": 60}, tmp_path).read_text())
    assert {"date", "commit", "machine", "packages", "settings", "n"} <= set(values)
    assert values["settings"]["depth"] == 60
    assert "candidates" in values["settings"]["retrieval"]
    assert values["machine"]["cpus"] >= 1
    assert values["rows"] == [{"a": None}]


def test_numbers_are_rounded_wherever_they_are() -> None:
    assert rounded({"a": [0.123456, (1, 2.00001)]}) == {"a": [0.1235, [1, 2.0]]}


def test_a_table_aligns_numbers_to_the_right() -> None:
    lines = table([{"name": "a", "value": 0.5}, {"name": "long", "value": float("nan")}]).splitlines()
    assert lines == ["name  value", "a     0.500", "long      -"]
    assert table([]) == ""
