from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleIndex
from tests.conftest import STORIES
from tests.fakes import WordEmbedder


def write_lines(path: Path, records: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in the shape of the real one, with two articles."""
    folder = tmp_path / "data"
    bees, robot = STORIES[1], STORIES[3]
    write_lines(folder / "newsqa" / "articles.jsonl.gz", [{"id": a.id, "title": "", "text": a.text} for a in STORIES])
    write_lines(
        folder / "newsqa" / "questions.jsonl.gz",
        [
            {
                "id": "n1",
                "article_id": "bees",
                "question": "Who blames a frost in April?",
                "answers": [{"text": "Ruth Amsel", "start": bees.text.index("Ruth Amsel")}],
            },
            {
                "id": "n2",
                "article_id": "robot",
                "question": "What is the machine called?",
                "answers": [{"text": "Pipsqueak.", "start": robot.text.index("Pipsqueak")}],
            },
        ],
    )
    write_lines(
        folder / "multihop" / "articles.jsonl.gz",
        [
            {"id": a.id, "title": a.title, "text": a.text, "author": a.author, "source": a.source,
             "url": a.url, "category": "news", "published": "2023-11-27 08:45:59.000000000Z"}
            for a in STORIES
        ],
    )  # fmt: skip
    write_lines(
        folder / "multihop" / "questions.jsonl.gz",
        [
            {
                "id": "m1",
                "question": "Which animals died of a frost, and where do leaks stop?",
                "type": "inference_query",
                "answer": "Bees",
                "evidence": [
                    {"article_id": "bees", "quote": "a frost in April"},
                    {"article_id": "robot", "quote": "it found 23 of them"},
                ],
            },
            {"id": "m2", "question": "Who won?", "type": "null_query", "answer": "Insufficient information.",
             "evidence": []},
        ],
    )  # fmt: skip
    write_lines(
        folder / "scifact" / "corpus.jsonl.gz", [{"_id": a.id, "title": a.title, "text": a.text} for a in STORIES]
    )
    write_lines(
        folder / "scifact" / "queries.test.jsonl",
        [{"_id": "7", "text": "Frost kills bees."}, {"_id": "8", "text": "Not judged."}],
    )
    (folder / "scifact" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n7\tbees\t1\n")
    return folder


@pytest.fixture
def articles(tmp_path: Path, stories: tuple[Article, ...]) -> Iterator[ArticleIndex]:
    """An index of the stories, in short passages, with an embedder that is quick."""
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add(stories)
        yield index
