"""`python -m bench talks`: conversations of five turns about MultiHop's 609 articles, as the chat has them.

bench/newsroom/talks.jsonl was written beforehand by people who had not seen the program: each turn with the question as
it would be asked alone, and what is right. A turn is asked behind what was really answered before, and once more alone,
as its writer would put it: what that gets and the turn does not is lost in understanding the conversation.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import PARTS, PROJECT, Part, part_of
from bench.indexes import open_index
from bench.metrics import mean
from bench.newsroom import Asked, right
from qa import Answer, ArticleQA

TALKS = PROJECT / "bench" / "newsroom" / "talks.jsonl"
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn with what was answered in the conversation, and to its writer's question alone."""

    line: Line
    answer: Answer
    alone: Answer

    @property
    def right(self) -> bool:
        """Whether it was answered rightly in the conversation, or rightly refused."""
        return _is_right(self.line, self.answer)

    @property
    def right_alone(self) -> bool:
        """The same of the question as its writer would ask it alone."""
        return _is_right(self.line, self.alone)


def run(part: Part, data: Path, indexes: Path, show: bool = False) -> None:
    """Ask, print and write bench/results/talks-<part>.json; "all" reports both parts. `show` prints every turn."""
    with open_index("multihop", indexes) as articles:
        turns = ask(ArticleQA(articles), [each for each in talks() if part in ("all", part_of(each[0]["talk"]))])
    for each in turns if show else ():
        mark = f"{'right' if each.right else 'WRONG'}/{'right' if each.right_alone else 'wrong'}"
        print(f"\n{each.line['id']} {mark}: {each.line['question']}  [{each.answer.standalone_question}]")
        print(f"   {each.answer.text[:200]!r}; right: {', '.join(each.line['answers']) or '-'}")
    for wanted in PARTS if part == "all" else (part,):
        table = rows([each for each in turns if wanted in ("all", part_of(each.line["talk"]))])
        path = results.write(f"talks-{wanted}", {"part": wanted, "rows": table}, {})
        print(f"\ntalks, part {wanted} ({path.name})\n{results.table(table)}")


def talks(path: Path = TALKS) -> list[list[Line]]:
    """The conversations, each a list of turns, in the file's order."""
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        found[line["talk"]].append(line)
    return list(found.values())


def ask(qa: ArticleQA, conversations: Sequence[Sequence[Line]]) -> list[Turn]:
    """Ask every turn behind the answers before it, and alone."""
    turns: list[Turn] = []
    for number, conversation in enumerate(conversations, start=1):
        history: list[Answer] = []
        for line in conversation:
            answer = qa.ask(line["question"], history=history)
            turns.append(Turn(line, answer, qa.ask(line["alone"])))
            history.append(answer)
        print(f"\rtalks: {number} of {len(conversations)}", end="", file=sys.stderr)
    print(file=sys.stderr)
    return turns


def rows(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Shares of first or new topics, of follow-ups and of all: right, right alone, and lost in between."""
    kinds = {
        "stand alone": [each for each in turns if not each.line["follows"]],
        "follow-ups": [each for each in turns if each.line["follows"]],
        "all": list(turns),
    }
    return [
        {
            "turns": name,
            "n": len(found),
            "right": mean([float(each.right) for each in found]),
            "right as its writer asks it alone": mean([float(each.right_alone) for each in found]),
            "right alone only": mean([float(each.right_alone and not each.right) for each in found]),
            "right in the conversation only": mean([float(each.right and not each.right_alone) for each in found]),
        }
        for name, found in kinds.items()
        if found
    ]


def _is_right(line: Line, answer: Answer) -> bool:
    if not line["answerable"]:
        return answer.abstained
    kind = "yes or no" if line["answers"][0] in ("yes", "no") and answer.text[:3].lower() in ("yes", "no.") else "what"
    answers = tuple(line["answers"][:1] if kind == "yes or no" else line["answers"])
    return not answer.abstained and right(Asked(line["id"], kind, line["question"], answers, ()), answer.text)
