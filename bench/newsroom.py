"""`python -m bench newsroom`: natural questions over MultiHop's 609 articles, as a reader of the news would ask them.

They are in bench/newsroom/facts.jsonl, written from the articles by people who had not seen what the program answers:
each with the short answers that are right, and where the article says so, or with what is near and does not answer it.

More of them, in choosing.jsonl, are there to choose by alone: the reader's confidence is fitted on them as well.

Right is an answer at the default threshold that `right` accepts; wrong any other. "shown": asked for a yes or a no,
the program says neither, but quotes a place that answers. "in quotes" counts answers of which a quote lies on such a
place, right or not: what somebody who reads on finds.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from bench import results
from bench.asking import failures_of
from bench.datasets import PARTS, PROJECT, Part, part_of
from bench.indexes import open_index
from bench.metrics import f1, normalised
from qa import Answer, ArticleQA

QUESTIONS = PROJECT / "bench" / "newsroom" / "facts.jsonl"
TO_CHOOSE_BY = PROJECT / "bench" / "newsroom" / "choosing.jsonl"
Verdict = Literal["right", "shown", "wrong", "refused"]
_SENTENCES = ("why", "how", "definition", "said")  # kinds that a word or two do not answer
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; `evidence`: article id, start and end of what answers it, none where nothing does."""

    id: str
    kind: str
    question: str
    answers: tuple[str, ...]
    evidence: tuple[tuple[str, int, int], ...]

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with what was answered."""

    asked: Asked
    answer: Answer
    verdict: Verdict
    in_quotes: bool
    failures: tuple[str, ...]  # citations that do not stand in their article


def read(path: Path = QUESTIONS) -> list[Asked]:
    """The questions of a file, in order."""
    asked = []
    for line in path.read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        places = tuple((place["article"], place["start"], place["end"]) for place in values["evidence"])
        asked.append(Asked(values["id"], values["kind"], values["question"], tuple(values["answers"]), places))
    return asked


def to_choose_by() -> list[Asked]:
    """The choosing half of the questions, and those that are there for nothing else."""
    return [*(each for each in read() if part_of(each.id) == "choose"), *read(TO_CHOOSE_BY)]


def right(asked: Asked, text: str) -> bool:
    """Whether a text answers a question rightly.

    One that asks for a word or two: an answer stands in it, by whole words, or F1 (SQuAD) with one is a half or more,
    and no figure is another: "34 million" is not "4.9 million".
    Yes or no: it begins with the right one. Why, how, definitions and what somebody said: it holds all words of one of
    the phrases that the writer of the question named.
    """
    words = normalised(text).split()
    if asked.kind == "yes or no":
        return words[:1] == [asked.answers[0]]
    if asked.kind in _SENTENCES:
        return any(set(words).issuperset(normalised(phrase).split()) for phrase in asked.answers)
    return says_whole(text, asked.answers) or is_nearly(text, asked.answers)


def is_nearly(text: str, wordings: Sequence[str]) -> bool:
    """Whether F1 (SQuAD) with one of the wordings is a half or more, and the figures of one are among the other's."""
    figures = _figures(text)
    return any(
        f1(text, [each]) >= 0.5 and (figures <= _figures(each) or figures >= _figures(each)) for each in wordings
    )


def _figures(text: str) -> set[str]:
    return {each.rstrip(".,") for each in re.findall(r"\d[\d.,]*", text)}


def says_whole(text: str, wordings: Sequence[str]) -> bool:
    """Whether one of the wordings stands in a text by whole words: "3" is not in "23"."""
    whole = f" {normalised(text)} "
    return any(f" {normalised(each)} " in whole for each in wordings)


def judge(asked: Asked, answer: Answer, failures: Sequence[str] = ()) -> Judged:
    """What to say of an answer. A question that nothing answers is rightly refused, and wrong with any answer."""
    in_quotes = not answer.abstained and any(
        each.article_id == article and each.start < end and start < each.end
        for each in answer.citations
        for article, start, end in asked.evidence
    )
    verdict: Verdict = "wrong"
    if answer.abstained:
        verdict = "refused"
    elif asked.answerable and right(asked, answer.text):
        verdict = "right"
    elif in_quotes and asked.kind == "yes or no" and normalised(answer.text).split()[:1] not in (["yes"], ["no"]):
        verdict = "shown"
    return Judged(asked, answer, verdict, in_quotes, tuple(failures))


def run(part: Part, data: Path, indexes: Path, show: int = 0) -> bool:
    """Measure, write bench/results/newsroom-<part>.json, and print; "all" writes the two parts as well.

    `show` prints so many questions with their answers and verdicts, to be checked by reading. Gives whether every
    citation stood in its article.
    """
    asked = [each for each in read() if part in ("all", part_of(each.id))]
    with open_index("multihop", indexes) as articles:
        judged = ask(ArticleQA(articles), asked)
    for wanted in PARTS if part == "all" else (part,):
        inside = [each for each in judged if wanted in ("all", part_of(each.asked.id))]
        table = rows(inside)
        path = results.write(f"newsroom-{wanted}", {"part": wanted, "rows": table}, {})
        print(f"\nnewsroom, part {wanted} ({path.name})\n{results.table(table)}")
    for each in judged[:: max(1, len(judged) // show)] if show else ():
        print(
            f"\n{each.asked.id} {each.verdict}{', in quotes' if each.in_quotes else ''}: {each.asked.question}\n"
            f"  {each.answer.confidence:.2f} {each.answer.text[:300]!r}; right: {', '.join(each.asked.answers) or '-'}"
        )
    failures = [failure for each in judged for failure in each.failures]
    for failure in failures:
        print(f"wrong: {failure}", file=sys.stderr)
    return not failures


def ask(qa: ArticleQA, asked: Sequence[Asked]) -> list[Judged]:
    """Ask every question, at the threshold of `qa`; every citation is compared with its stored article."""
    judged = []
    for at in range(0, len(asked), _BATCH):
        batch = asked[at : at + _BATCH]
        for each, answer in zip(batch, qa.ask_batch([one.question for one in batch]), strict=True):
            stored = {citation.article_id: qa.articles.get(citation.article_id) for citation in answer.citations}
            judged.append(judge(each, answer, failures_of(answer, stored)))
        print(f"\rnewsroom: {at + len(batch)} of {len(asked)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)
    return judged


def rows(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """One row for each kind of question and one for all: those that the articles answer, then the others."""
    kinds = [*dict.fromkeys(each.asked.kind for each in judged), "all"]
    return [
        row(f"{kind}{'' if answerable else ', not answered by the articles'}", found)
        for answerable in (True, False)
        for kind in kinds
        if (
            found := [
                each for each in judged if each.asked.answerable == answerable and kind in ("all", each.asked.kind)
            ]
        )
    ]


def row(name: str, judged: Sequence[Judged]) -> dict[str, Any]:
    """Shares of the questions. `sure` is the share right of those answered with a confidence of .75 or more."""
    count = Counter(each.verdict for each in judged)
    sure = [each for each in judged if each.verdict != "refused" and each.answer.confidence >= 0.75]
    return {
        "kind": name,
        "n": len(judged),
        **{verdict: count[verdict] / len(judged) for verdict in get_args(Verdict)},
        "in quotes": sum(each.in_quotes for each in judged) / len(judged),
        "n sure": len(sure),
        "sure": sum(each.verdict == "right" for each in sure) / len(sure) if sure else float("nan"),
    }
