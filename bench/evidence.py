"""`python -m bench evidence`: which sentences of scripted answers are marked as not supported by what they cite.

Answers about the samples with passages, each sentence true or false in one of eight ways, written by one who did not
know the check. By cited_answers.jsonl it was made; cited_answers_2.jsonl, written later, is what to report.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench import results
from bench.datasets import PROJECT
from index import Passage
from qa.reading.network import ReaderNetwork
from qa.writing.faithfulness import EvidenceCheck

PARTS = {"report": "cited_answers_2.jsonl", "choose": "cited_answers.jsonl"}
TOLD = ("wrong citation", "invented number", "invented name", "invented date", "invented quote")


@dataclass(frozen=True, slots=True)
class Marked:
    """One sentence: what is wrong with it, "" where nothing is; and whether it was marked."""

    wrong: str
    marked: bool


def run() -> None:
    """Measure, write bench/results/evidence.json, and print."""
    figures = {part: summary(list(judged(part))) for part in PARTS}
    path = results.write("evidence", figures, {})
    print(f"\nevidence ({path.name})")
    for part, rows in figures.items():
        print(f"part {part}\n{results.table(rows)}")


def judged(part: str) -> Iterator[Marked]:
    """Every scripted sentence of a part, in order."""
    check = EvidenceCheck(ReaderNetwork())
    for line in (PROJECT / "tests" / "qa" / "data" / PARTS[part]).read_text(encoding="utf-8").splitlines():
        scripted = json.loads(line)
        passages = [
            Passage(str(number), each["title"], each["title"], 0, len(each["text"]), each["text"])
            for number, each in enumerate(scripted["passages"])
        ]
        for sentence in scripted["sentences"]:
            cited = [passages[int(number) - 1] for number in re.findall(r"\[(\d+)\]", sentence["text"])]
            titles = {passage.title for passage in cited}
            problem = check.problem(
                re.sub(r"\s*\[\d+\]", "", sentence["text"]).strip(),
                cited,
                [passage.text for passage in passages if passage.title in titles],  # what is there of the article
            )
            yield Marked(sentence["why"], bool(problem))


def summary(sentences: list[Marked]) -> list[dict[str, Any]]:
    """Sentences and marked ones by what is wrong, and together."""
    every, marked = Counter(each.wrong for each in sentences), Counter(each.wrong for each in sentences if each.marked)
    kinds = [kind for kind in every if kind]
    groups = {
        "true": [""],
        "wrong citation, invented number, name, date or quote": list(TOLD),
        "false, all kinds": kinds,
        **{f"  {kind}": [kind] for kind in sorted(kinds)},
    }
    return [
        {
            "sentences": name,
            "n": (total := sum(every[kind] for kind in group)),
            "marked": (count := sum(marked[kind] for kind in group)),
            "share": count / max(total, 1),
        }
        for name, group in groups.items()
    ]
