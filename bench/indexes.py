"""The indexes that are measured: built once for each data set, and used again while articles and settings stay."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.datasets import PROJECT, SAMPLE_ARTICLES, SetName, articles_of
from index import AddProgress, Article, ArticleIndex

DEFAULT_INDEXES = PROJECT / "var" / "bench"


class IndexMissingError(Exception):
    """An index that is to be measured has not been built."""


@dataclass(frozen=True, slots=True)
class Built:
    """What came of building one index. `passages_embedded` is 0 where all of it was there already."""

    name: str
    articles: int
    passages: int
    passages_embedded: int
    seconds: float


def build(name: SetName, data: Path, indexes: Path) -> Built:
    """Build the index of a data set, or bring it up to date."""
    return build_from(name, SAMPLE_ARTICLES if name == "sample" else articles_of(name, data), indexes / name)


def build_from(name: str, source: Path | Iterable[Article], folder: Path) -> Built:
    """Add articles, or a folder of them, to the index in `folder`. Raises ValueError where one cannot be added."""
    started = time.perf_counter()
    sources = source if isinstance(source, Path) else list(source)
    with ArticleIndex.open(folder) as articles:
        report = articles.add(sources, lambda progress: _show(name, progress))
        info = articles.info()
    print(file=sys.stderr)
    if failed := report.of("failed"):
        raise ValueError(f"{len(failed)} of {name} could not be added, first {failed[0].source}: {failed[0].reason}")
    return Built(name, info.articles, info.passages, report.passages_embedded, time.perf_counter() - started)


def open_index(name: SetName, indexes: Path) -> ArticleIndex:
    """The index of a data set. Raises IndexMissingError where it has not been built."""
    if not (indexes / name / "manifest.json").exists():
        raise IndexMissingError(f"No index at {indexes / name}. Build it first: python -m bench build {name}")
    return ArticleIndex.open(indexes / name, create=False)


def _show(name: str, progress: AddProgress) -> None:
    print(
        f"\r{name}: {progress.sources_done} of {progress.sources} articles, "
        f"{progress.report.passages_embedded} passages embedded",
        end="",
        file=sys.stderr,
    )
