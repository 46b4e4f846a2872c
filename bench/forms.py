"""`python -m bench forms`: questions whose answer is more than one span, over MultiHop's 609 articles; and times.

bench/newsroom/forms.jsonl was written from the articles by people who had not seen what the program answers. What
counts is, for each kind:

| kind | an answer's score, from 0 to 1 |
|---|---|
| when | 1 where one of the right answers stands in it |
| latest, where something short is asked for | the same; a stale answer may stand beside it |
| list | F1 of the items: those that it names, against all right ones and against all that it says, split at ";" |
| compare | the share of the sides of which a right answer stands in it |
| latest, where news are asked for; timeline, summary | the share of the facts that it tells, each by some wording |
| detail: news, a timeline or a summary of what a sentence or two tell | the same |

bench/newsroom/times.jsonl holds expressions of time with the days that they mean: the rules were written with those of
the first writer ("t-") at hand, those of the second ("u-") were not seen before.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import PARTS, PROJECT, Part, part_of
from bench.indexes import open_index
from bench.metrics import mean
from bench.newsroom import says_whole
from qa import Answer, ArticleQA
from qa.question.times import period_in

FORMS = PROJECT / "bench" / "newsroom" / "forms.jsonl"
TIMES = PROJECT / "bench" / "newsroom" / "times.jsonl"
Line = dict[str, Any]


def run(part: Part, data: Path, indexes: Path, show: bool = False) -> None:
    """Ask, print and write bench/results/forms-<part>.json; "all" reports both parts. `show` prints every answer."""
    lines = [each for each in _lines(FORMS) if part in ("all", part_of(each["id"]))]
    asked: list[tuple[Line, Answer]] = []
    with open_index("multihop", indexes) as articles:
        qa = ArticleQA(articles)
        for number, line in enumerate(lines, start=1):
            asked.append((line, qa.ask(line["question"])))
            print(f"\rforms: {number} of {len(lines)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)
    if show:
        for line, answer in asked:
            print(f"\n{line['id']} {line['kind']} {_scored(line, answer)}: {line['question']}\n{answer.text[:600]}")
    for wanted in PARTS if part == "all" else (part,):
        table = rows([each for each in asked if wanted in ("all", part_of(each[0]["id"]))])
        path = results.write(f"forms-{wanted}", {"part": wanted, "rows": table, "times": times()}, {})
        print(f"\nforms, part {wanted} ({path.name})\n{results.table(table)}")
    print(results.table(times()))


def rows(asked: Sequence[tuple[Line, Answer]]) -> list[dict[str, Any]]:
    """For each kind the mean score of what the articles answer, and of what they do not the share that is answered."""
    by_kind: defaultdict[str, list[tuple[Line, Answer]]] = defaultdict(list)
    for line, answer in asked:
        by_kind[line["kind"]].append((line, answer))
    found = []
    for kind, each in by_kind.items():
        answerable = [(line, answer) for line, answer in each if line["answerable"]]
        others = [answer for line, answer in each if not line["answerable"]]
        found.append(
            {
                "kind": kind,
                "n": len(answerable),
                "score": mean([score(line, answer.text) for line, answer in answerable]),
                "refused": mean([float(answer.abstained) for _, answer in answerable]),
                "unanswerable": len(others),
                "answered": mean([float(not answer.abstained) for answer in others]),
            }
        )
    return found


def score(line: Line, text: str) -> float:
    """How much of what was asked for a text says, from 0 to 1."""
    if line["kind"] == "when" or (line["kind"] == "latest" and line.get("answers")):
        return float(says_whole(text, line["answers"]))
    if line["kind"] == "list":
        said = [part for part in text.split(";") if part.strip()]
        named = sum(says_whole(text, item) for item in line["items"])
        right = sum(any(says_whole(part, item) for item in line["items"]) for part in said)
        return 2 * named * right / (named * len(said) + right * len(line["items"])) if named and right else 0.0
    parts = [side["answers"] for side in line["sides"] if side["answers"]] if line["kind"] == "compare" else None
    parts = [fact["words"] for fact in line["facts"]] if parts is None else parts
    return mean([float(says_whole(text, wordings)) for wordings in parts])


def times(path: Path = TIMES) -> list[dict[str, Any]]:
    """For each writer the share of expressions that are understood as exactly the right days, or as no time."""
    right: defaultdict[str, list[float]] = defaultdict(list)
    for line in _lines(path):
        found = period_in(line["question"], date.fromisoformat(line["today"]))
        days = [None if day is None else day.isoformat() for day in (found.start, found.end)] if found else [None, None]
        right[line["id"][0]].append(float(days == [line["from"], line["to"]]))
    names = {
        "t": "expressions of time, at hand when the rules were written",
        "u": "expressions of time, not seen before",
    }
    return [{"set": names[key], "n": len(each), "right": mean(each)} for key, each in right.items()]


def _scored(line: Line, answer: Answer) -> str:
    if line["answerable"]:
        return f"{score(line, answer.text):.2f}"
    return "rightly refused" if answer.abstained else "not in the articles"


def _lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
