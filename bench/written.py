"""`python -m bench written`: the newsroom's questions with a live language model, beside the same without it.

The questions are those whose id has the lowest SHA-256, the same at every run. "wrong, supported" counts, of all
questions, wrong answers of the model of which no sentence is marked: what a reader is shown as tied to the articles.
"kept" counts answers that the model wrote; the others are refused or the articles' own words in its place.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import PARTS, Part, part_of
from bench.indexes import open_index
from bench.newsroom import Asked, Judged, judge, read, row
from qa import ArticleQA
from qa.errors import LanguageModelError
from qa.settings import generation_settings
from qa.writing.language_model import LanguageModel


def run(model: str | None, url: str | None, most: int, indexes: Path) -> None:
    """Ask both ways, write bench/results/written.json and print. Raises LanguageModelError where no model is named."""
    settings = generation_settings(model, url)
    if settings is None:
        raise LanguageModelError("Name a language model: --llm MODEL, or --llm-url ADDRESS of a server.")
    drawn = sorted(read(), key=lambda each: hashlib.sha256(each.id.encode()).hexdigest())[:most]
    with open_index("multihop", indexes) as articles:
        qa = ArticleQA(articles)
        without = _asked(qa, drawn)
        patient = settings.model_copy(update={"first_words_s": _PATIENCE_S, "timeout_s": _PATIENCE_S})
        judged = _asked(qa.with_language_model(LanguageModel(patient)), drawn)
    rows = table(without, judged)
    path = results.write("written", {"questions": most, "rows": rows}, {"generation": settings.model_dump(mode="json")})
    print(f"\nwritten ({path.name})\n{results.table(rows)}")


_PATIENCE_S = 600  # words are measured here, not how fast they come


def _asked(qa: ArticleQA, drawn: Sequence[Asked]) -> list[Judged]:
    """One question at a time: most servers that run on a laptop have one place."""
    judged = []
    for number, each in enumerate(drawn, start=1):
        judged.append(judge(each, qa.ask(each.question)))
        print(f"\rwritten: {number} of {len(drawn)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)
    return judged


def table(without: Sequence[Judged], judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Without and with the model, of each part the questions that the articles answer and the others."""
    return [
        line
        for part in PARTS
        for name, found in (("without", without), ("with", judged))
        for line in _rows(name, part, found)
    ]


def _rows(name: str, part: Part, judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """One row of the questions that the articles answer and one of the others; none for none."""
    inside = [each for each in judged if part in ("all", part_of(each.asked.id))]
    return [
        {"model": name, "part": part, **row(kind, found), **_written(found)}
        for kind, answerable in (("answered by the articles", True), ("not", False))
        if (found := [each for each in inside if each.asked.answerable == answerable])
    ]


def _written(judged: Sequence[Judged]) -> dict[str, float]:
    by_model = [each for each in judged if each.answer.mode == "generative" and not each.answer.abstained]
    supported = [each for each in by_model if each.verdict == "wrong" and not each.answer.unsupported_rate]
    return {"kept": len(by_model) / len(judged), "wrong, supported": len(supported) / len(judged)}
