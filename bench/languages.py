"""`python -m bench languages`: whether articles in other languages than English are found and answered from.

XQuAD has the same 240 paragraphs, of 48 titles, in each language, so the languages compare; the Japanese ones are
JaQuAD's. All paragraphs of a title are one article. XQuAD's titles are English in all languages and are left out. The
same questions are asked at every run, of the whole program at its default settings. "en>de" asks the English questions
over the German articles, and is answered with the German words.

What was measured of other languages before stays in bench/results/languages.json, each with the commit that it was
measured at: so languages can be measured one at a time.

"held out" counts the questions on titles that the reader was not trained on: XQuAD translates paragraphs of SQuAD.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import Fact, Question, held_out, records
from bench.indexes import build_from
from bench.metrics import exact_match, hit, mean, overlap
from index import Article, ArticleIndex
from qa import AnswerSettings, ArticleQA

FILES = {
    **{language: f"xquad_{language}" for language in ("en", "de", "es", "ru", "ar", "tr", "zh")},
    "ja": "jaquad_dev_ja",
}
ACROSS = ("en>de", "en>es", "en>zh", "de>en")
NAMES = (*FILES, *ACROSS)
QUESTIONS = {"ja": 300}  # of the others _QUESTIONS
_QUESTIONS = 200
_DEPTH = 60  # passages that hit@4 is counted on: more than 4,000 characters of them
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with what came of it. The scores are those of the answer that it gives when it must."""

    hit: float  # hit@4
    confidence: float
    f1: float
    exact: float
    held_out: bool


def articles_of(language: str, data: Path) -> list[Article]:
    """The articles of a language: the paragraphs of each title."""
    paragraphs: dict[str, dict[str, None]] = {}
    for record in _records(language, data):
        paragraphs.setdefault(record["title"], {})[record["context"]] = None
    return [
        Article(id=title, title=title if language == "ja" else "", text="\n\n".join(texts))
        for title, texts in paragraphs.items()
    ]


def questions_of(name: str, data: Path, most: int = 0) -> list[Question]:
    """The questions that are asked, at most `most`: those whose id has the lowest SHA-256, in that order.

    XQuAD's ids are a question's in all languages but for the language's code, so they are the same questions, and one
    of NAMES in two languages has the first one's questions with the second one's answers.
    """
    asked_in, _, answered_in = name.partition(">")
    words = {record["id"][3:]: record["question"] for record in _records(asked_in, data)}
    asked = sorted(
        (record for record in _records(answered_in or asked_in, data) if record["id"][3:] in words),
        key=lambda each: hashlib.sha256(each["id"][3:].encode()).hexdigest(),
    )
    return [
        Question(
            id=record["id"],
            text=words[record["id"][3:]],
            key=record["title"],
            answers=(texts := tuple(dict.fromkeys(answer["text"] for answer in record["answers"]))),
            facts=(Fact(record["title"], texts),),
        )
        for record in asked[: most or QUESTIONS.get(name, _QUESTIONS)]
    ]


def run(names: Sequence[str], data: Path, indexes: Path, most: int = 0) -> None:
    """Build or bring up to date, measure, write bench/results/languages.json after each, and print."""
    rows: list[dict[str, Any]] = []
    for name in names:
        language = name.partition(">")[2] or name
        folder = indexes / "languages" / language
        build_from(language, articles_of(language, data), folder)
        with ArticleIndex.open(folder, create=False) as articles:
            model = articles.manifest.model
            asked = ask(articles, questions_of(name, data, most), name)
        rows.append({**row(name, asked), "model": model, "commit": results.commit()[:8]})
        path = results.write("languages", {"rows": _with_those_before(rows)}, {"depth": _DEPTH})
        print(results.table(rows[-1:]), flush=True)
    print(f"\nlanguages ({path.name})\n{results.table(rows)}")


def _with_those_before(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """These rows and those of other languages that were written before, in the order of NAMES."""
    path = results.RESULTS / "languages.json"
    before = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    latest = {each["language"]: each for each in (*before, *rows)}
    return [latest[name] for name in NAMES if name in latest]


def ask(articles: ArticleIndex, questions: Sequence[Question], language: str) -> list[Asked]:
    """Ask every question with the threshold at 0; its confidence says what the default threshold does."""
    qa = ArticleQA(articles, settings=AnswerSettings(threshold=0))
    asked = []
    for at in range(0, len(questions), _BATCH):
        batch = questions[at : at + _BATCH]
        for question, answer in zip(batch, qa.ask_batch([each.text for each in batch]), strict=True):
            found = [scored.passage for scored in qa.search(question.text, top_k=_DEPTH)]
            asked.append(
                Asked(
                    hit=hit(found, question.facts, 4),
                    confidence=answer.confidence if answer.text else -1.0,
                    f1=overlap(answer.text, question.answers),
                    exact=exact_match(answer.text, question.answers),
                    held_out=held_out(question.key.replace("_", " ")),
                )
            )
        print(f"\r{language}: {at + len(batch)} of {len(questions)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)
    return asked


def row(language: str, asked: Sequence[Asked], threshold: float | None = None) -> dict[str, Any]:
    """The means. "f1" and "exact" count a question that is not answered at the threshold as 0."""
    threshold = AnswerSettings().threshold if threshold is None else threshold
    answered = [each.confidence >= threshold for each in asked]
    return {
        "language": language,
        "n": len(asked),
        "hit@4": mean([each.hit for each in asked]),
        "answered": mean([float(each) for each in answered]),
        "f1": mean([each.f1 * given for each, given in zip(asked, answered, strict=True)]),
        "exact": mean([each.exact * given for each, given in zip(asked, answered, strict=True)]),
        "must: f1": mean([each.f1 for each in asked]),
        "must: exact": mean([each.exact for each in asked]),
        "held out": sum(each.held_out for each in asked),
        "held out, must: f1": mean([each.f1 for each in asked if each.held_out]),
    }


def _records(language: str, data: Path) -> list[dict[str, Any]]:
    return list(records(data / "languages" / f"{FILES[language]}.jsonl.gz"))
