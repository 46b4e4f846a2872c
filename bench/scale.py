"""`python -m bench scale`: how an index of many passages is built, searched and asked, and how much it holds.

The articles are made of MultiHop's passages, 25 drawn for each, so words are as frequent as in the news. The vectors
are drawn, too, because a million real ones take an hour: a passage of MultiHop's, and noise of 0.6 of its length, so
that the nearest of a passage is about as near to it as among real ones (cosine 0.74). Questions are embedded as ever.
"""

from __future__ import annotations

import os
import random
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bench import results
from bench.datasets import questions_of
from bench.indexes import open_index
from bench.timing import latency
from index import Article, ArticleIndex, PassageFilter, SentenceTransformerEmbedder
from index.embedding.embedder import Progress
from index.embedding.engines import Vectors
from qa import ArticleQA

TOP_K = 10
QUESTIONS, WARM_UP = 200, 20
_OF_AN_ARTICLE = 25  # passages
_SOURCES = 50
_NOISE = 0.6


class DrawnEmbedder:
    """Vectors of passages are drawn, the same for the same text; those of questions are real."""

    name = "drawn"
    fingerprint = "drawn"

    def __init__(self, real: Vectors) -> None:
        """Draw from `real`, of shape (passages, dimensions)."""
        self._real = real
        self._questions = SentenceTransformerEmbedder()

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See Embedder."""
        seeds = [zlib.crc32(text.encode()) for text in texts]
        noise = np.stack([np.random.default_rng(seed).standard_normal(self._real.shape[1]) for seed in seeds])
        noise *= _NOISE / np.linalg.norm(noise, axis=1, keepdims=True)
        drawn = self._real[[seed % len(self._real) for seed in seeds]] + noise
        if progress is not None:
            progress(len(texts))
        vectors: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        return self._questions.embed_queries(texts)


def run(passages: int, data: Path, indexes: Path) -> None:
    """Build an index of at least so many passages, measure, write bench/results/scale-<passages>.json, and print."""
    texts, real = _parts(indexes)
    folder = indexes / f"scale-{passages}"
    figures: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    embedder = DrawnEmbedder(real)
    with ArticleIndex.open(folder, embedder=embedder) as articles:
        figures |= _added(articles, texts, passages)
        info = articles.info()
        figures |= {"passages": info.passages, "articles": info.articles, "disk_mb": _size(folder)}
        figures["words_mb"] = _size(folder / "words")
    with ArticleIndex.open(folder, embedder=embedder) as articles:
        started = time.perf_counter()
        articles.info()
        figures["open_s"] = time.perf_counter() - started
        qa = ArticleQA(articles)
        short = [each.text for each in questions_of("newsqa", data)][: QUESTIONS + WARM_UP]
        long = [each.text for each in questions_of("multihop", data) if each.facts][: QUESTIONS + WARM_UP]
        for name, asked in (("short", short), ("long", long)):
            articles.embedder.embed_queries(asked)  # what is measured is the search
            figures[f"retrieval_{name}"] = asdict(latency(lambda text: qa.search(text, TOP_K), asked[:20], asked[20:]))
        for name, where in _FILTERS.items():
            found = latency(lambda text, where=where: qa.search(text, TOP_K, where), short[:5], short[20:120])  # type: ignore[misc]
            figures[f"retrieval_short_{name}"] = asdict(found)
        figures["answer_short"] = asdict(latency(qa.ask, short[:20], short[20:120]))
        figures["memory_mb"] = _memory_mb()
        figures["recall"] = _recall(articles, embedder, short[:100])
    path = results.write(f"scale-{passages}", figures, {"top_k": TOP_K, "noise": _NOISE})
    print(f"\nscale ({path.name})")
    print(results.table([{"figure": name, "value": str(value)} for name, value in figures.items()]))


_FILTERS = {
    "one source": PassageFilter(sources=("source 7",)),
    "one month": PassageFilter(published_from="2023-05", published_to="2023-05"),
}


def _parts(indexes: Path) -> tuple[list[str], Vectors]:
    """The texts of MultiHop's passages, and their vectors."""
    with open_index("multihop", indexes) as articles, articles._connection.reading() as view:
        found = view.store.passages(sorted(view.store.passage_ids()))
        vectors = view.store.vectors(list(found))
    return [passage.text for passage in found.values()], np.stack([vectors[key] for key in found])


def _made(texts: Sequence[str], passages: int) -> Iterator[Article]:
    rng = random.Random(1)
    for number in range(-(-passages // _OF_AN_ARTICLE)):
        parts = rng.sample(texts, _OF_AN_ARTICLE)
        day = f"2023-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        source = f"source {rng.randrange(_SOURCES)}"
        title = " ".join(rng.choice(texts).split()[:8])
        yield Article(f"made-{number}", "\n\n".join(parts), title, source=source, published=day)


def _added(articles: ArticleIndex, texts: Sequence[str], passages: int) -> dict[str, float]:
    if articles.info().passages >= passages:
        return {}
    written, started, cpu = _written_mb(), time.perf_counter(), time.process_time()

    def tell(progress: Any) -> None:
        done = progress.report.passages_embedded
        print(f"\r{done} passages, {done / (time.perf_counter() - started):.0f} a second", end="", file=sys.stderr)

    report = articles.add(_made(texts, passages), tell)
    print(file=sys.stderr)
    return {
        "added": report.added,
        "build_s": time.perf_counter() - started,
        "build_cpu_s": time.process_time() - cpu,
        "written_mb": _written_mb() - written,
        "build_memory_mb": _memory_mb(),
    }


def _recall(articles: ArticleIndex, embedder: DrawnEmbedder, questions: Sequence[str]) -> float:
    """The share of the TOP_K nearest passages that Chroma has among the first of 100."""
    asked = embedder.embed_queries(questions)
    with articles._connection.reading() as view:
        ids = sorted(view.store.passage_ids())
        exact: list[list[tuple[float, str]]] = [[] for _ in questions]
        for at in range(0, len(ids), 20_000):
            part = view.store.vectors(ids[at : at + 20_000])
            keys = list(part)
            scores = np.stack([part[key] for key in keys]) @ asked.T
            for number, nearest in enumerate(exact):
                best = np.argpartition(-scores[:, number], min(TOP_K, len(keys) - 1))[:TOP_K]
                nearest += [(float(scores[each, number]), keys[each]) for each in best]
        right = [{key for _, key in sorted(nearest, reverse=True)[:TOP_K]} for nearest in exact]
        found = view.store.search(asked, 100)
    shares = [len({key for key, _ in one[:TOP_K]} & each) / TOP_K for one, each in zip(found, right, strict=True)]
    return sum(shares) / len(shares)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _memory_mb() -> float:
    """Of this process now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _written_mb() -> float:
    """What this process has written to files since its start (Linux)."""
    lines = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(lines["write_bytes"]) / 1e6
