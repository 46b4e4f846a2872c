"""`python -m bench profile`: where the time of an answer and of indexing goes, as text for docs/profile.txt.

Under cProfile, which makes Python's own part look larger than it is; the networks' and the stores' are true.
"""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.datasets import PROJECT, articles_of, questions_of
from bench.indexes import open_index
from index import ArticleIndex
from qa import ArticleQA

PROFILE = PROJECT / "docs" / "profile.txt"
ARTICLES, QUESTIONS, WARM_UP = 100, 100, 20
_LEAST = 0.005  # of the whole: what takes less is left out
_OWN = ("index", "qa")


def run(data: Path, indexes: Path) -> None:
    """Measure, print, and write docs/profile.txt."""
    with open_index("multihop", indexes) as articles:
        qa = ArticleQA(articles)
        texts = [question.text for question in questions_of("newsqa", data)][: WARM_UP + QUESTIONS]
        for text in texts[:WARM_UP]:
            qa.ask(text)
        asked = profiled(lambda: [qa.ask(text) for text in texts[WARM_UP:]])
        passages = articles.info().passages
    some = list(islice(articles_of("multihop", data), ARTICLES))
    with TemporaryDirectory() as folder, ArticleIndex.open(Path(folder) / "index") as articles:
        articles.add(some[0])
        added = profiled(lambda: articles.add(some[1:]))
    text = (
        f"{QUESTIONS} short questions over {passages:,} passages, each once\n\n{asked}\n"
        f"{ARTICLES - 1} articles of {sum(len(each.text) for each in some[1:]):,} characters, added\n\n{added}"
    )
    PROFILE.write_text(text, encoding="utf-8")
    print(text)


def profiled(work: Callable[[], object]) -> str:
    """A line for each function of index/ and qa/ that takes part of the time, the longest first: with what it calls."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats = pstats.Stats(profile)
    whole: float = stats.total_tt  # type: ignore[attr-defined]
    lines = [f"{'share':>6} {'seconds':>8} {'alone':>7} {'calls':>7}  function"]
    found = [
        (cumulative, alone, calls, f"{path.relative_to(PROJECT)} {name}")
        for (file, _, name), (_, calls, alone, cumulative, _) in stats.stats.items()  # type: ignore[attr-defined]
        if (path := Path(file)).is_relative_to(PROJECT) and path.relative_to(PROJECT).parts[0] in _OWN
    ]
    for cumulative, alone, calls, name in sorted(found, reverse=True):
        if cumulative >= _LEAST * whole and "<" not in name:
            lines.append(f"{cumulative / whole:6.1%} {cumulative:8.2f} {alone:7.2f} {calls:7d}  {name}")
    return "\n".join([*lines, ""])
