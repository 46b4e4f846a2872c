from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest

from bench.asking import Outcome
from bench.calibrate import Platt, errors, fit, threshold_rows, write_to
from bench.datasets import SetName


def made(name: SetName, score: float | None, right: bool, answerable: bool = True) -> Outcome:
    return Outcome(
        set=name, id="", key="", kind="", answerable=answerable, score=score, confidence=0.5, right=right,
        right_first=right, right_text=right, right_article=right, quoted_chars=1, em=0, f1=0, citations=1, failures=(),
    )  # fmt: skip


def drawn(name: SetName, count: int, slope: float, offset: float, seed: int) -> list[Outcome]:
    chance = random.Random(seed)
    scores = [chance.uniform(-6, 3) for _ in range(count)]
    return [made(name, score, chance.random() < Platt(slope, offset).confidence(score)) for score in scores]


def test_the_fit_finds_the_curve_that_the_outcomes_were_drawn_from() -> None:
    names: tuple[SetName, ...] = ("newsqa", "multihop", "sample")
    found: dict[SetName, list[Outcome]] = {name: drawn(name, 4000, 0.8, -0.5, seed) for seed, name in enumerate(names)}
    platt = fit(found)
    assert (platt.slope, platt.offset) == pytest.approx((0.8, -0.5), abs=0.1)
    assert errors(found, platt)["all, weighted equally"] < 0.03


def test_each_source_weighs_the_same_whatever_its_size() -> None:
    few = [made("sample", score, True) for score in (-1.0, 1.0)]
    many = [made("newsqa", score, False) for score in (-1.0, 1.0) for _ in range(500)]
    platt = fit({"sample": few, "newsqa": many})
    assert platt.confidence(0) == pytest.approx(0.5, abs=0.01)


def test_a_question_without_a_score_is_left_out_of_the_fit_and_counts_as_not_answered() -> None:
    found: dict[SetName, list[Outcome]] = {
        "newsqa": [made("newsqa", 2.0, True), made("newsqa", -2.0, False), made("newsqa", None, False)],
        "multihop": [made("multihop", -1.0, False, answerable=False)],
        "sample": [made("sample", 1.0, True), made("sample", 0.0, False, answerable=False)],
    }
    rows = threshold_rows(found, fit(found))
    assert rows[0]["newsqa ans"] == pytest.approx(2 / 3)
    assert rows[0]["newsqa prec"] == 0.5
    assert rows[0]["unansw. ans"] == rows[0]["null ans"] == rows[0]["sample right"] == 1
    assert rows[-1]["newsqa right"] == pytest.approx(1 / 3)
    assert rows[-1]["null ans"] == 0
    assert all(math.isfinite(row["confidence"]) for row in rows)


def test_slope_and_offset_are_written_and_all_else_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "reader.json"
    path.write_text(json.dumps({"weights": {"a": 1.5}, "bias": 2, "slope": 1.0, "offset": 0.0, "fitted_on": ["x"]}))
    write_to(path, Platt(0.81234, -1.5), {"newsqa": 3})
    values = json.loads(path.read_text())
    assert (values["weights"], values["bias"], values["fitted_on"]) == ({"a": 1.5}, 2, ["x"])
    assert (values["slope"], values["offset"]) == (0.8123, -1.5)
    assert values["calibrated_on"].startswith("choosing parts")
    assert values["calibration_questions"] == {"newsqa": 3}
