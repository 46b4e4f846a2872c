"""`python -m training.deep.newsqa`: NewsQA's questions with the passages that the program retrieves for each.

In use many passages compete for one answer, so a reader is measured on these.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.datasets import articles_of, data_folder, questions_of
from index import ArticleIndex
from qa.question.wording import query_of
from qa.retrieval.retriever import HybridRetriever
from training.deep.prepare import RETRIEVED

PASSAGES = 20
_AT_ONCE = 64  # questions


def retrieved(articles: ArticleIndex, data: Path) -> Iterator[dict[str, Any]]:
    """For each question of NewsQA its text, key, answers and PASSAGES passages, as prepare reads them."""
    retriever = HybridRetriever(articles)
    questions = list(questions_of("newsqa", data))
    for at in range(0, len(questions), _AT_ONCE):
        part = questions[at : at + _AT_ONCE]
        found = retriever.retrieve([query_of(question.text) for question in part], PASSAGES)
        for question, passages in zip(part, found, strict=True):
            yield {
                "id": question.id,
                "key": question.key,
                "question": question.text,
                "answers": list(question.answers),
                "passages": [{"title": each.passage.title, "text": each.passage.text} for each in passages],
            }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="training.deep.newsqa", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the data sets (default: as for bench)")
    parser.add_argument("--index", type=Path, default=Path("var/newsqa-index"), help="is made where it is missing")
    parser.add_argument("--to", type=Path, default=RETRIEVED, help=f"the file ({RETRIEVED})")
    options = parser.parse_args()
    data = data_folder(options.data)
    articles = ArticleIndex.open(options.index)
    print(articles.add(articles_of("newsqa", data)))
    options.to.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(options.to, "wt", encoding="utf-8") as lines:
        for values in retrieved(articles, data):
            lines.write(json.dumps(values, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
