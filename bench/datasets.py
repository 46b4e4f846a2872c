"""The data sets as typed records, and their two parts: settings are chosen on one and reported on the other.

Their texts stay in the data folder; only ids and figures leave it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index import Article
from index.formats.dates import parse_published

PROJECT = Path(__file__).resolve().parent.parent
SAMPLE_ARTICLES = PROJECT / "examples" / "articles"
SAMPLE_QUESTIONS = PROJECT / "examples" / "questions.jsonl"

SetName = Literal["newsroom", "newsqa", "multihop", "scifact", "sample"]
Part = Literal["choose", "report", "all"]
SETS: tuple[SetName, ...] = ("newsqa", "multihop", "scifact", "sample")
PARTS: tuple[Part, ...] = ("choose", "report", "all")


class DataMissingError(Exception):
    """The data folder, or a file in it, is not there."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a passage or a quote has to hold: any one of `texts`, in `article`."""

    article: str  # the article's id; its title where the data set names it so (sample)
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what answers it; no facts, no answers: nothing does (or, for SciFact, see `relevant`)."""

    id: str
    text: str
    key: str  # what decides its part: the article's id for NewsQA, else the question's
    kind: str = ""  # MultiHop's type of question; "answerable" or "unanswerable" for the samples
    answers: tuple[str, ...] = ()  # any of them is right
    facts: tuple[Fact, ...] = ()
    relevant: tuple[str, ...] = ()  # SciFact: ids of the articles that bear on it

    def in_part(self, part: Part) -> bool:
        """Whether it belongs to the part."""
        return part in ("all", part_of(self.key))


def part_of(key: str) -> Part:
    """The part of an article or a question: "choose" where SHA-256 of the key is an even number, else "report".

    >>> part_of("a001"), part_of("a004")
    ('report', 'choose')
    """
    return "report" if int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2 else "choose"


def held_out(title: str) -> bool:
    """Whether a title is kept from training: SHA-256 of it divides by four."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 4 == 0


def data_folder(flag: Path | None = None) -> Path:
    """Where the data is: the flag, else ARTICLE_QA_BENCH_DATA, else ../shared/data beside the project."""
    return flag or Path(os.environ.get("ARTICLE_QA_BENCH_DATA") or PROJECT.parent / "shared" / "data")


def articles_of(name: SetName, data: Path) -> Iterator[Article]:
    """The articles of a set, with the data's own ids; for "sample" see SAMPLE_ARTICLES, which is added as a folder."""
    if name == "scifact":
        for record in records(data / "scifact" / "corpus.jsonl.gz"):
            yield Article(id=record["_id"], title=record["title"], text=record["text"])
        return
    for record in records(data / name / "articles.jsonl.gz"):
        yield Article(
            id=record["id"],
            title=record["title"] or "",
            text=record["text"],
            url=record.get("url"),
            source=record.get("source"),
            author=record.get("author"),
            published=parse_published(record.get("published")),
        )


def questions_of(name: SetName, data: Path, part: Part = "all") -> list[Question]:
    """The questions of a part of a set, in the order of the file. All of SciFact is in every part but "choose"."""
    read = {"newsqa": _newsqa, "multihop": _multihop, "scifact": _scifact, "sample": _sample}[name]
    if name == "scifact":
        return [] if part == "choose" else list(read(data))
    return [question for question in read(data) if question.in_part(part)]


def _newsqa(data: Path) -> Iterator[Question]:
    for record in records(data / "newsqa" / "questions.jsonl.gz"):
        answers = tuple(answer["text"] for answer in record["answers"])
        yield Question(
            id=record["id"],
            text=record["question"],
            key=record["article_id"],
            answers=answers,
            facts=(Fact(record["article_id"], answers),),
        )


def _multihop(data: Path) -> Iterator[Question]:
    for record in records(data / "multihop" / "questions.jsonl.gz"):
        null = record["type"] == "null_query"
        yield Question(
            id=record["id"],
            text=record["question"],
            key=record["id"],
            kind=record["type"],
            answers=() if null else (record["answer"],),
            facts=tuple(Fact(fact["article_id"], (fact["quote"],)) for fact in record["evidence"]),
        )


def _scifact(data: Path) -> Iterator[Question]:
    relevant: dict[str, list[str]] = {}
    path = data / "scifact" / "test.tsv"
    for line in _lines(path)[1:]:
        query, article, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(query, []).append(article)
    for record in records(data / "scifact" / "queries.test.jsonl"):
        if record["_id"] in relevant:
            yield Question(record["_id"], record["text"], record["_id"], relevant=tuple(relevant[record["_id"]]))


def _sample(_: Path) -> Iterator[Question]:
    for record in records(SAMPLE_QUESTIONS):
        answers = (record["answer"], *record["aliases"]) if record["answer"] else ()
        yield Question(
            id=record["id"],
            text=record["question"],
            key=record["id"],
            kind="answerable" if answers else "unanswerable",
            answers=answers,
            facts=(Fact(record["article"], answers),) if answers else (),
        )


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, in order, `.gz` or not. Raises DataMissingError."""
    for line in _lines(path):
        yield json.loads(line)


def _lines(path: Path) -> list[str]:
    """The lines that are not blank, without splitting at the other line ends of Unicode."""
    if not path.exists():
        raise DataMissingError(f"No {path}. Name the data folder: --data DIR, or ARTICLE_QA_BENCH_DATA.")
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [line for line in data.decode().split("\n") if line.strip()]
