from __future__ import annotations

from pathlib import Path

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


def test_the_small_part_is_of_the_articles_that_settings_are_chosen_on(data: Path) -> None:
    articles, questions = small_newsqa(data)
    assert all(part_of(article.id) == "choose" for article in articles)
    assert {question.key for question in questions} <= {article.id for article in articles}


def test_no_citation_may_fail() -> None:
    for name, expected in baseline(BASELINE).items():
        if name.endswith("citation failures"):
            assert (expected.value, expected.tolerance) == (0, 0)
