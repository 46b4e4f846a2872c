"""What is fitted to proposals and outcomes, on some that are drawn from known curves."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bench.asking import Outcome
from bench.calibrate import (
    FEATURES,
    WEIGHTS,
    Proposal,
    chosen,
    errors,
    fit_platt,
    fit_weights,
    propose,
    threshold_rows,
    write_to,
)
from bench.datasets import SetName, questions_of
from index import ArticleIndex
from qa.question.turn import Form, Query, curve_of
from qa.reading.reader import WEIGHED, Calibration

NAMES: tuple[SetName, ...] = ("newsqa", "newsroom", "multihop", "sample")


def made(name: SetName, score: float | None, correct: bool, answerable: bool = True, form: Form = "short") -> Outcome:
    return Outcome(
        set=name, id="", key="", kind="", answerable=answerable, score=score, confidence=0.5, right=correct,
        right_first=correct, right_text=correct, right_article=correct, correct=correct, form=form,
        curve=curve_of(Query("", form)), quoted_chars=1,
        em=0, f1=0, citations=1, failures=(),
    )  # fmt: skip


def chance_of(score: float) -> float:
    return 1 / (1 + math.exp(-score))


def drawn(name: SetName, count: int, slope: float, offset: float, seed: int, *, form: Form = "short") -> list[Outcome]:
    chance = random.Random(seed)
    scores = [chance.uniform(-6, 3) for _ in range(count)]
    return [made(name, score, chance.random() < chance_of(slope * score + offset), form=form) for score in scores]


def calibration(slope: float, offset: float) -> Calibration:
    return Calibration({}, dict.fromkeys(("short", "sentences", "summary"), (slope, offset)))


def proposals(
    count: int, weights: Mapping[str, float], offset: float, seed: int, form: str = "short"
) -> list[Proposal]:
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        features = {name: chance.uniform(-2, 2) for name in FEATURES}
        score = offset + sum(weights.get(name, 0.0) * value for name, value in features.items())
        found.append(Proposal(form, features, chance.random() < chance_of(score)))
    return found


# Slope and offset


def test_the_fit_finds_the_curve_that_the_outcomes_were_drawn_from() -> None:
    found: dict[SetName, list[Outcome]] = {name: drawn(name, 4000, 0.8, -0.5, seed) for seed, name in enumerate(NAMES)}
    slope, offset = fit_platt(found, "short")
    assert (slope, offset) == pytest.approx((0.8, -0.5), abs=0.1)
    assert errors(found, calibration(slope, offset))["all, weighted"] < 0.03
    assert errors(found, calibration(slope, offset + 2))["all, weighted"] > 0.1


def test_each_form_has_a_curve_of_its_own() -> None:
    found: dict[SetName, list[Outcome]] = {
        name: [
            *drawn(name, 2500, 0.8, -0.5, seed),
            *drawn(name, 1500, 1.5, 1.0, seed + 10, form="sentences"),
            *drawn(name, 1500, 0.3, -2.0, seed + 20, form="yes_no"),
            *drawn(name, 1000, 0.1, 5.0, seed + 30, form="summary"),
        ]
        for seed, name in enumerate(NAMES)
    }
    assert fit_platt(found, "short") == pytest.approx((0.8, -0.5), abs=0.15)
    assert fit_platt(found, "sentences") == pytest.approx((1.5, 1.0), abs=0.15)


def test_the_weights_of_the_sources_add_up() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert set(WEIGHTS) == set(NAMES)


def test_a_question_without_a_score_is_left_out_of_the_fit_and_counts_as_not_answered() -> None:
    found: dict[SetName, list[Outcome]] = {
        "newsqa": [made("newsqa", 2.0, True), made("newsqa", -2.0, False), made("newsqa", None, False)],
        "multihop": [made("multihop", -1.0, False, answerable=False)],
        "sample": [made("sample", 1.0, True), made("sample", 0.0, False, answerable=False)],
        "newsroom": [made("newsroom", 1.0, True), made("newsroom", -1.0, False, answerable=False)],
    }
    drawn_more = {name: [*each, *drawn(name, 300, 1.0, 0.0, seed)] for seed, (name, each) in enumerate(found.items())}
    unscored = {name: [*each, *[made(name, None, True)] * 50] for name, each in drawn_more.items()}
    fitted = fit_platt(drawn_more, "short")
    assert fit_platt(unscored, "short") == pytest.approx(fitted, abs=0.01)
    rows = threshold_rows(found, calibration(1.2, 0.0))
    assert rows[0]["newsqa ans"] == pytest.approx(2 / 3)
    assert rows[0]["newsqa prec"] == 0.5
    assert rows[0]["unansw. ans"] == rows[0]["null ans"] == rows[0]["sample correct"] == rows[0]["sample ans"] == 1
    assert rows[0]["newsroom correct"] == rows[0]["newsroom ans"] == rows[0]["newsroom unansw. ans"] == 1
    assert rows[-1]["newsqa correct"] == pytest.approx(1 / 3)
    assert rows[-1]["null ans"] == 0
    assert [row["confidence"] for row in rows] == sorted(row["confidence"] for row in rows)
    assert all(math.isfinite(row["confidence"]) for row in rows)


# Weights


def test_the_fit_finds_the_weights_that_the_proposals_were_drawn_from() -> None:
    weights = {"margin": 0.5, "answers": 0.2, "retrieval": 1.5, "similarity": 1.0, "fits": 0.8}
    found: dict[SetName, list[Proposal]] = {
        name: [*proposals(4000, weights, -1.0, seed), *proposals(500, {"fits": 5.0}, 3.0, seed, "sentences")]
        for seed, name in enumerate(NAMES)
    }
    fitted = fit_weights(found, "short")
    assert {name: fitted[name] for name in FEATURES} == pytest.approx(weights, abs=0.15)
    assert fitted["offset"] == pytest.approx(-1.0, abs=0.15)
    assert fitted.keys() == {*FEATURES, "offset"}


def test_a_feature_that_would_count_against_an_answer_is_left_out() -> None:
    weights = {"margin": 1.0, "answers": -0.8, "retrieval": 0.7, "similarity": -0.3, "fits": 0.6}
    found: dict[SetName, list[Proposal]] = {
        name: proposals(3000, weights, 0.0, seed) for seed, name in enumerate(NAMES)
    }
    fitted = fit_weights(found, "short")
    assert (fitted["answers"], fitted["similarity"]) == (0.0, 0.0)
    assert all(fitted[name] > 0.3 for name in ("margin", "retrieval", "fits"))


def test_each_source_weighs_as_it_should_in_the_weights_as_well() -> None:
    strong = dict.fromkeys(FEATURES, 0.7)
    found: dict[SetName, list[Proposal]] = {
        "newsqa": proposals(6000, strong, -2.0, 1), "sample": proposals(600, strong, 2.0, 2)
    }  # fmt: skip
    fitted = Calibration({"short": fit_weights(found, "short")}, {})

    # A logistic regression with an intercept gets the mean right: that of both sources, each by its weight.
    def mean(of_each: Callable[[Proposal], float]) -> float:
        means = {name: sum(map(of_each, each)) / len(each) for name, each in found.items()}
        return sum(WEIGHTS[name] * value for name, value in means.items()) / sum(WEIGHTS[name] for name in found)

    predicted = mean(lambda each: chance_of(fitted.score(each.features, "short")))
    assert predicted == pytest.approx(mean(lambda each: each.right), abs=0.005)


def test_proposals_are_right_where_an_answer_stands_in_the_right_article(articles: ArticleIndex, data: Path) -> None:
    found = propose("newsqa", articles, questions_of("newsqa", data))
    assert any(each.right for each in found)
    assert not all(each.right for each in found)
    assert {each.form for each in found} == {"short"}
    assert all(each.features.keys() == set(FEATURES) for each in found)
    assert propose("newsqa", articles, []) == []


def test_only_questions_that_nothing_answers_are_taken_from_multihop(data: Path) -> None:
    assert all(question.kind == "null_query" for question in chosen("multihop", data))
    assert {question.id for question in chosen("newsqa", data)} <= {"n1", "n2"}


# The file


def test_what_was_fitted_is_written_as_the_reader_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "reader.json"
    weights = {form: dict.fromkeys((*features, "offset"), 0.123456) for form, features in WEIGHED.items()}
    fitted = Calibration(
        weights,
        {
            "short": (0.81234, -1.5),
            "long": (1.0, 1.0),
            "sentences": (1.0, 2.0),
            "said": (0.9, 1.0),
            "yes_no": (0.5, 0.0),
            "summary": (3.0, 0.0),
        },
    )
    write_to(path, fitted, {"newsqa": 3})
    read = Calibration.read(path)
    assert read.platt == {
        "short": (0.8123, -1.5),
        "long": (1.0, 1.0),
        "sentences": (1.0, 2.0),
        "said": (0.9, 1.0),
        "yes_no": (0.5, 0.0),
        "summary": (3.0, 0.0),
    }
    assert read.weights == {form: dict.fromkeys(each, 0.1235) for form, each in weights.items()}
    values = json.loads(path.read_text())
    assert "choose" in values["fitted_on"]["weights"]
    assert "half" in values["fitted_on"]["platt"]
    assert values["questions"] == {"newsqa": 3}
    assert values["weight_of_each"] == WEIGHTS
