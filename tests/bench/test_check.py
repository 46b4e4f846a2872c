from __future__ import annotations

from pathlib import Path

import pytest

from bench import check
from bench.check import BASELINE, Expected, baseline, losses, small_newsqa
from bench.datasets import part_of


def test_a_figure_may_lose_its_tolerance_and_no_more() -> None:
    before = {"newsqa right": Expected(0.5, 0.02), "sample false answers": Expected(0.1, 0.02)}
    assert losses({"newsqa right": 0.48, "sample false answers": 0.12}, before) == []
    assert losses({"newsqa right": 0.9, "sample false answers": 0.0}, before) == []
    worse = losses({"newsqa right": 0.4799, "sample false answers": 0.13}, before)
    assert worse == [
        "newsqa right 0.4799, was 0.5000; 0.02 may be lost",
        "sample false answers 0.1300, was 0.1000; 0.02 may be lost",
    ]


def test_a_figure_that_the_baseline_lacks_cannot_lose() -> None:
    assert losses({"new": 0.0}, {}) == []


def test_a_check_without_a_baseline_does_not_pass_until_one_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {"sample right": 0.5, "sample citation failures": 0.0}
    monkeypatch.setattr(check, "BASELINE", tmp_path / "baseline.json")
    monkeypatch.setattr(check, "measure", lambda *_: figures)
    assert not check.run(tmp_path, tmp_path, update=False)
    assert f"No baseline at {tmp_path / 'baseline.json'}." in capsys.readouterr().err
    assert check.run(tmp_path, tmp_path, update=True)
    assert check.run(tmp_path, tmp_path, update=False)
    figures["sample right"] = 0.4
    assert not check.run(tmp_path, tmp_path, update=False)
    assert "worse: sample right 0.4000, was 0.5000" in capsys.readouterr().err


def test_the_small_part_is_of_the_articles_that_settings_are_chosen_on(data: Path) -> None:
    articles, questions = small_newsqa(data)
    assert all(part_of(article.id) == "choose" for article in articles)
    assert {question.key for question in questions} <= {article.id for article in articles}


def test_the_baseline_has_a_figure_of_each_kind_for_the_samples_and_for_newsqa() -> None:
    of_set = {
        name: {figure.removeprefix(name) for figure in baseline(BASELINE) if figure.startswith(name)}
        for name in ("sample", "newsqa")
    }
    expected = {" hit@4", " right", " right when it must answer", " f1 when it must answer", " citation failures"}
    assert expected <= of_set["newsqa"]
    assert of_set["sample"] >= expected | {" false answers"}


def test_no_citation_may_fail() -> None:
    found = {name: each for name, each in baseline(BASELINE).items() if name.endswith("citation failures")}
    assert found == {"sample citation failures": Expected(0, 0), "newsqa citation failures": Expected(0, 0)}


def test_without_a_file_there_is_no_baseline(tmp_path: Path) -> None:
    assert baseline(tmp_path / "baseline.json") == {}
