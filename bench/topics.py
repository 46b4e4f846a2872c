"""`python -m bench topics`: whether there are articles about what a summary, news or a timeline is asked of.

bench/newsroom/topics.jsonl was written from MultiHop's 609 articles by somebody who had not seen the program: half of
the topics are told in some article, the others are near misses, in which the articles write about the same person,
club, company or product, and of nothing of the kind. The questions for a detail in bench/newsroom/forms.jsonl name what
a sentence or two tell. Half of all choose the weights that make a probability of it, the other half reports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import PROJECT, part_of
from bench.forms import FORMS
from bench.indexes import open_index
from bench.metrics import mean
from index import ArticleIndex
from qa import AnswerSettings, HybridRetriever
from qa.question.spelling import Spelling
from qa.question.turn import Query, fitted_as
from qa.question.wording import understood
from qa.reading.network import ReaderNetwork
from qa.reading.reader import Calibration
from qa.reading.topics import Topic, ask_what_happened, nearness, topic_features

TOPICS = PROJECT / "bench" / "newsroom" / "topics.jsonl"


@dataclass(frozen=True, slots=True)
class Named:
    """A topic, and what is known of how near what was found comes to it."""

    id: str
    answerable: bool
    features: Mapping[str, float]


def run(indexes: Path) -> None:
    """Measure, write bench/results/topics-all.json, and print."""
    with open_index("multihop", indexes) as articles:
        named = looked_up(articles)
    table = rows(named, Calibration.read(), AnswerSettings().threshold)
    path = results.write("topics-all", {"part": "all", "rows": table}, {})
    print(f"topics ({path.name})\n{results.table(table)}")


def looked_up(articles: ArticleIndex) -> list[Named]:
    """Every topic and detail, looked up in an index of MultiHop's articles."""
    lines = [json.loads(line) for path in (TOPICS, FORMS) for line in path.read_text(encoding="utf-8").splitlines()]
    network, spelling, retriever = ReaderNetwork(), Spelling(articles), HybridRetriever(articles)
    named = []
    for line in lines:
        query = Query(line["topic"], "latest") if "topic" in line else _detail(line, spelling)
        if query is not None:
            [found] = retriever.retrieve([query])
            near = nearness(Topic.of(query.text, query.language), found)
            features = topic_features(near, ask_what_happened(network, query.text, found))
            named.append(Named(line["id"], line["answerable"], features))
    return named


def _detail(line: dict[str, Any], spelling: Spelling) -> Query | None:
    """What a question for a detail names; None where news, a timeline or a summary is not what is understood."""
    if line["kind"] != "detail":
        return None
    query = understood(spelling.corrected(line["question"]).text)
    return query if fitted_as(query.form) == "summary" else None


def rows(named: Sequence[Named], calibration: Calibration, threshold: float) -> list[dict[str, Any]]:
    """For each part what share is said to be told, of the topics that are and of the others."""
    found = []
    for part in ("choose", "report"):
        said: dict[bool, list[float]] = {True: [], False: []}
        for each in named:
            if part_of(each.id) == part:
                score = calibration.score(each.features, "summary")
                sure = calibration.confidence(score, "summary") >= threshold
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
