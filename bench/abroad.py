"""`python -m bench abroad`: natural questions in other languages, over small papers of invented articles.

Articles and questions in bench/newsroom/abroad were written blind, by people who had not seen the program: for each
language a few articles, two of which are on one story, and questions of every kind, some of which nothing answers.
The second edition was written after the program was changed for what the first one had shown.

Right is an answer at the default threshold that holds one of the writer's phrases, of a list three quarters of its
things; a yes or a no is right by the word, and "shown" where only the right sentence is said. What is said here of
the languages is their articles': some questions are English.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from bench import results
from bench.datasets import PROJECT
from bench.metrics import normalised
from bench.newsroom import Verdict, is_nearly
from index import Article, ArticleIndex
from qa import Answer, ArticleQA

FOLDER = PROJECT / "bench" / "newsroom" / "abroad"
EDITIONS = (1, 2)
AS_OF = "2025-12-01"  # every article is older
_SHORT = ("who", "what", "where", "when", "number")  # of these half of the words will do, as in bench.newsroom
_LISTED = 0.75  # of a list's things
_OPENING = 25  # characters of a quote by which it is known


@dataclass(frozen=True, slots=True)
class Question:
    """One question over the articles of a language; no `answers` where nothing answers it."""

    id: str
    language: str
    kind: str
    text: str
    answers: tuple[str, ...]
    quote: str


def articles_of(edition: int) -> dict[str, list[Article]]:
    """The articles of each language."""
    found: dict[str, list[Article]] = {}
    for values in _lines(f"articles-{edition}.jsonl"):
        article = Article(values["id"], values["text"], values["title"], published=values["published"])
        found.setdefault(values["lang"], []).append(article)
    return found


def questions_of(edition: int) -> list[Question]:
    """The questions, in order."""
    return [
        Question(each["id"], each["lang"], each["kind"], each["question"], tuple(each["answers"]), each["quote"])
        for each in _lines(f"questions-{edition}.jsonl")
    ]


def verdict_of(question: Question, answer: Answer) -> Verdict:
    """What to say of an answer; of a question that nothing answers only "refused" is right."""
    if answer.abstained:
        return "refused"
    said, phrases = normalised(answer.text), [normalised(each) for each in question.answers]
    if not phrases:
        return "wrong"
    if question.kind == "yesno":
        word = normalised(question.answers[0].replace("，", ",").split(",")[0])
        shown = normalised(question.quote)[:_OPENING] in said
        return "right" if said.startswith(word) else "shown" if shown else "wrong"
    held = sum(each in said for each in phrases)
    if question.kind == "list":
        return "right" if held >= _LISTED * len(phrases) else "wrong"
    short = question.kind in _SHORT and is_nearly(answer.text, question.answers)
    return "right" if held or short else "wrong"


def run() -> None:
    """Measure, write bench/results/abroad.json, and print."""
    figures = {}
    for edition in EDITIONS:
        judged: list[tuple[Question, Verdict]] = []
        asked = questions_of(edition)
        for language, articles in articles_of(edition).items():
            judged += _judged(articles, [each for each in asked if each.language == language])
        rows = [_row(name, some) for name, some in _groups(judged)]
        figures[f"edition {edition}"] = rows
        print(f"\nabroad, edition {edition}\n{results.table(rows)}")
    path = results.write("abroad", figures, {})
    print(path.name)


def _judged(articles: Sequence[Article], questions: Sequence[Question]) -> list[tuple[Question, Verdict]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        ArticleIndex.open(Path(folder) / "index") as index,
    ):
        index.add(articles)
        qa = ArticleQA(index)
        judged = []
        for each in questions:
            judged.append((each, verdict_of(each, qa.ask(each.text, as_of=AS_OF))))
            print(f"\rabroad: {each.id}", end="", file=sys.stderr)
    return judged


def _groups(judged: Sequence[tuple[Question, Verdict]]) -> list[tuple[str, list[tuple[Question, Verdict]]]]:
    """Those of each language, of each kind, and all."""
    languages = dict.fromkeys(each.language for each, _ in judged)
    kinds = dict.fromkeys(each.kind for each, _ in judged)
    return [
        *((name, [one for one in judged if one[0].language == name]) for name in languages),
        *((name, [one for one in judged if one[0].kind == name]) for name in kinds),
        ("all", list(judged)),
    ]


def _row(name: str, judged: Sequence[tuple[Question, Verdict]]) -> dict[str, Any]:
    known = [verdict for question, verdict in judged if question.answers]
    others = [verdict for question, verdict in judged if not question.answers]
    shares = {each: known.count(each) / len(known) if known else 0.0 for each in get_args(Verdict)}
    answered = 1 - others.count("refused") / len(others) if others else 0.0
    return {"questions": name, "n": len(known), **shares, "nothing answers": len(others), "answered": answered}


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
