"""Real processes that write, read and die at the same time."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from index import ArticleIndex, PassageFilter
from tests.fakes import WordEmbedder
from tests.index.worker import SETTINGS, article
from tests.warm import WARM, WarmProcess


def start(location: Path, name: str, first: int, count: int, edition: int = 1) -> WarmProcess:
    return WARM.start("tests.index.worker", location, name, first, count, edition)


def opened(location: Path) -> ArticleIndex:
    return ArticleIndex.open(location, SETTINGS, embedder=WordEmbedder())


def acknowledged(process: WarmProcess) -> list[str]:
    lines = process.communicate()[0].split()
    return [line for line in lines if line != "ready"]


def assert_sound(articles: ArticleIndex, expected: set[str], editions: tuple[int, ...] = (1,)) -> None:
    """Every expected article is there and whole, nothing is there by half, and both searches know the same passages."""
    summaries = {summary.id: summary for summary in articles.list()}
    assert expected <= summaries.keys()
    for article_id in summaries:
        name, number = article_id.rsplit("-", 1)
        assert articles.get(article_id) in [article(name, int(number), edition) for edition in editions]
    with articles._connection.reading() as view:
        assert view.store.orphans() == set()
        ids = view.store.passage_ids()
        assert ids == view.words.passage_ids()
        assert len(ids) == sum(summary.passages for summary in summaries.values())
        assert view.store.vectors(sorted(ids)).keys() == ids


def finds(articles: ArticleIndex, name: str, number: int) -> bool:
    """Whether words and meaning both find a sentence of this article."""
    question = f"marker{name}{number}x7"
    [candidates] = articles.search(articles.embedder.embed_queries([question]), [question], 50)
    hits = articles.passages(sorted(candidates.scores)).values()
    in_article = PassageFilter(article_ids=(f"{name}-{number}",))
    [dense] = articles.search(articles.embedder.embed_queries([question]), ["-"], 5, in_article)
    return any(question in hit.text for hit in hits) and bool(dense.scores)


def round_of_two_writers_one_killed(folder: Path, round_number: int, rng: random.Random) -> None:
    """Two processes add while this one asks; one of them is killed."""
    location = folder / "index"
    with opened(location) as articles:
        before = {summary.id for summary in articles.list()}
        first = round_number * 1000
        writers = [start(location, name, first, 12) for name in ("red", "blue")]
        for writer in writers:
            assert writer.stdout.readline() == "ready\n"
        deadline = time.monotonic() + rng.uniform(0.0, 1.5)
        while time.monotonic() < deadline:
            finds(articles, "red", first)
        writers[0].kill()
        done = {*acknowledged(writers[0]), *acknowledged(writers[1])}
        assert writers[1].returncode == 0
        assert {f"blue-{first + at}" for at in range(12)} <= done
        assert all(finds(articles, *_family(article_id)) for article_id in done)
        assert_sound(articles, before | done)
    with opened(location) as again:
        assert_sound(again, before | done)


def _family(article_id: str) -> tuple[str, int]:
    name, number = article_id.rsplit("-", 1)
    return name, int(number)


@pytest.mark.parametrize("rounds", [1, pytest.param(2, marks=pytest.mark.soak)])
def test_two_processes_add_while_a_third_asks_and_one_is_killed(tmp_path: Path, rounds: int) -> None:
    rng = random.Random(7)
    for round_number in range(rounds):
        round_of_two_writers_one_killed(tmp_path, round_number, rng)


@pytest.mark.soak
def test_many_rounds_of_killing(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"random.Random({seed})")  # shown where a round fails
    rng = random.Random(seed)
    for round_number in range(30):
        round_of_two_writers_one_killed(tmp_path, round_number, rng)
