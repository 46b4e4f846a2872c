"""A process of its own for the tests that race and kill: python -m tests.index.worker LOCATION NAME FIRST COUNT.

Adds articles one commit after the other and prints the id of each as soon as `add` has come back.
"""

from __future__ import annotations

import sys

from index import Article, ArticleIndex, IndexSettings, StoreSettings
from tests.fakes import WordEmbedder

SETTINGS = IndexSettings(passage_chars=120)


def article(name: str, number: int, edition: int = 1) -> Article:
    """Article `number` of a family, about 40 passages long; each edition has another text."""
    text = " ".join(
        f"Sentence {at} of the {name} report {number} in edition {edition} is about subject{number % 17} and mentions "
        f"marker{name}{number}x{at}."
        for at in range(40)
    )
    return Article(id=f"{name}-{number}", title=f"{name} {number}", text=text, source=name, published="2025-03-11")


def main() -> None:
    location, name, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    edition = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    articles = ArticleIndex.open(
        location, SETTINGS, embedder=WordEmbedder(), store_settings=StoreSettings(commit_passages=40)
    )
    print("ready", flush=True)
    for number in range(first, first + count):
        report = articles.add(article(name, number, edition))
        assert report.added + report.updated + report.unchanged == 1, report
        print(f"{name}-{number}", flush=True)


if __name__ == "__main__":
    main()
