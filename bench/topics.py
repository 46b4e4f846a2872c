"""`python -m bench topics`: whether there are articles about what a summary, news or a timeline is asked of.

bench/newsroom/topics.jsonl was written from MultiHop's 609 articles by somebody who had not seen the program: half of
the topics are told in some article, the others are near misses, in which the articles write about the same person,
club, company or product, and of nothing of the kind. Half of all choose the curve that makes a probability of a topic's
nearness, the other half reports.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import PROJECT, part_of
from bench.indexes import open_index
from bench.metrics import mean
from index import ArticleIndex
from qa import AnswerSettings, HybridRetriever
from qa.question.turn import Query
from qa.reading.reader import Calibration
from qa.reading.topics import Topic, nearness

TOPICS = PROJECT / "bench" / "newsroom" / "topics.jsonl"


@dataclass(frozen=True, slots=True)
class Named:
    """A topic, and how near what was found comes to it."""

    id: str
    topic: str
    answerable: bool
    nearness: float


def run(indexes: Path) -> None:
    """Measure, write bench/results/topics-all.json, and print."""
    with open_index("multihop", indexes) as articles:
        named = looked_up(articles)
    table = rows(named, Calibration.read(), AnswerSettings().threshold)
    path = results.write("topics-all", {"part": "all", "rows": table}, {})
    print(f"topics ({path.name})\n{results.table(table)}")


def looked_up(articles: ArticleIndex) -> list[Named]:
    """Every topic, looked up in an index of MultiHop's articles."""
    lines = [json.loads(line) for line in TOPICS.read_text(encoding="utf-8").splitlines()]
    queries = [Query(line["topic"], "latest") for line in lines]
    found = HybridRetriever(articles).retrieve(queries)
    return [
        Named(line["id"], line["topic"], line["answerable"], nearness(Topic.of(query.text, query.language), passages))
        for line, query, passages in zip(lines, queries, found, strict=True)
    ]


def rows(named: Sequence[Named], calibration: Calibration, threshold: float) -> list[dict[str, Any]]:
    """For each part what share is said to be told, of the topics that are and of the others."""
    found = []
    for part in ("choose", "report"):
        said: dict[bool, list[float]] = {True: [], False: []}
        for each in named:
            if part_of(each.id) == part:
                sure = calibration.confidence(each.nearness, "summary") >= threshold
                said[each.answerable].append(float(sure))
        found.append(
            {
                "part": part,
                "told": len(said[True]),
                "answered": mean(said[True]),
                "not told": len(said[False]),
                "wrongly answered": mean(said[False]),
            }
        )
    return found
