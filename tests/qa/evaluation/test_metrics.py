from __future__ import annotations

import math

import pytest

from qa.evaluation.metrics import calibration_error, contains_any, exact_match, f1, fold, mean, normalised

# SQuAD. The values are worked out by hand from the official script's definitions.


@pytest.mark.parametrize(
    ("answer", "normal"),
    [
        ("The Normans", "normans"),
        ("an apple, a day", "apple day"),
        ("U.S.-led  forces!", "usled forces"),
        ("Theatre", "theatre"),
        ("", ""),
    ],
)
def test_answers_are_normalised_as_squad_does(answer: str, normal: str) -> None:
    assert normalised(answer) == normal


@pytest.mark.parametrize(
    ("answer", "golds", "em", "score"),
    [
        ("the Eiffel Tower", ["Eiffel Tower"], 1, 1.0),
        ("Paris, France", ["France"], 0, 2 / 3),  # precision 1/2, recall 1
        ("in the 10th century", ["10th and 11th centuries"], 0, 2 / 7),  # one of 3 words, one of 4
        ("ten ten", ["ten"], 0, 2 / 3),  # a word counts as often as it is shared
        ("Oslo", ["Bergen", "Oslo", "Oslo, Norway"], 1, 1.0),  # the best of the golds
        ("Oslo", ["Bergen"], 0, 0.0),
        ("", ["Bergen"], 0, 0.0),
        ("", [], 1, 1.0),  # nothing answers, and nothing is answered
        ("Oslo", [], 0, 0.0),
        ("the", ["a"], 1, 1.0),  # both are nothing after normalisation
    ],
)
def test_exact_match_and_f1_worked_examples(answer: str, golds: list[str], em: int, score: float) -> None:
    assert exact_match(answer, golds) == em
    assert f1(answer, golds) == pytest.approx(score)


def test_a_quote_contains_an_answer_after_folding() -> None:
    assert contains_any("About 450\npeople sat on the TILES.", ["450 people sat on the tiles"])
    assert not contains_any("About 450 people", ["451", "nobody"])
    assert not contains_any("About 450 people", [])


# Confidence


def test_calibration_error_worked_example() -> None:
    # Bin 0.9-1.0: 2 questions, 1 right, mean confidence 0.95: gap 0.45. Bin 0.2-0.3: 2, 1 right, 0.25: gap 0.25.
    error = calibration_error([0.95, 0.95, 0.25, 0.25], [True, False, True, False])
    assert error == pytest.approx((2 * 0.45 + 2 * 0.25) / 4)
    weighted = calibration_error([0.95, 0.95, 0.25, 0.25], [True, False, True, False], weights=[3, 3, 1, 1])
    assert weighted == pytest.approx((6 * 0.45 + 2 * 0.25) / 8)
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert math.isnan(calibration_error([], []))


def test_what_bench_calls_the_measures_are_these() -> None:
    import bench.metrics

    for measure in (calibration_error, contains_any, exact_match, f1, fold, mean, normalised):
        assert getattr(bench.metrics, measure.__name__) is measure
