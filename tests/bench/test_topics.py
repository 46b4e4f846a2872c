"""Topics that the articles tell of, and near misses."""

from __future__ import annotations

import json

from bench.datasets import part_of
from bench.topics import TOPICS, Named, rows
from qa.question.turn import CURVES
from qa.reading.reader import Calibration

LINES = [json.loads(line) for line in TOPICS.read_text(encoding="utf-8").splitlines()]


def test_half_of_the_topics_are_near_misses_and_none_comes_twice() -> None:
    assert sum(line["answerable"] for line in LINES) == len(LINES) / 2
    assert len({line["topic"] for line in LINES}) == len({line["id"] for line in LINES}) == len(LINES)


def test_each_part_counts_what_is_told_and_what_is_not() -> None:
    named = [Named(line["id"], line["answerable"], {"nearness": 0.9 * line["answerable"]}) for line in LINES]
    named.append(
        Named("w-001", part_of("w-001") == "report", {"nearness": 0.9})
    )  # wrong in one part, right in the other
    weights = {"summary": {"nearness": 1.0, "offset": 0.0}}
    calibration = Calibration(weights, dict.fromkeys(CURVES, (10.0, -5.0)))
    choose, report = rows(named, calibration, 0.35)
    assert choose["answered"] == report["answered"] == 1.0
    wrong = [choose["wrongly answered"], report["wrongly answered"]]
    assert sorted(map(bool, wrong)) == [False, part_of("w-001") == "choose"]
    assert choose["told"] + report["told"] + choose["not told"] + report["not told"] == len(LINES) + 1
