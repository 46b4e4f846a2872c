"""Made versions, how they are told from other articles, and the bounds that are chosen."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from bench.datasets import part_of
from bench.stories import WAYS, Pair, Text, bound_of, measured, pairs_of, version_of
from index import Article
from index.sentences import sentence_keys
from tests.conftest import STORIES


def long_article(name: str) -> Article:
    lines = [f"Sentence {at} of {name} tells what happened at place {name}-{at} on that day." for at in range(30)]
    return Article(name, " ".join(lines), f"What happened in {name} on that day")


def test_a_version_keeps_most_sentences_and_is_the_same_each_time() -> None:
    articles = [long_article(name) for name in ("north", "south")]
    for seed in range(30):
        made = version_of(articles[0], articles, random.Random(seed))
        kept = sentence_keys(made.text) & sentence_keys(articles[0].text)
        # 70 to 95 % of thirty, less those whose neighbours were put before or behind another one.
        assert 20 <= len(kept) <= 29
        assert made == version_of(articles[0], articles, random.Random(seed))
        assert made.id == "north-version"


@pytest.mark.parametrize("way", [name for name in WAYS if not name.startswith("cosine")])
def test_each_way_gives_the_most_to_the_same_text_and_less_to_another(way: str) -> None:
    one, two, other = (Text(article) for article in (STORIES[0], STORIES[0], STORIES[1]))
    assert WAYS[way](one, two) == 1.0
    assert WAYS[way](one, other) < 0.8


def test_recall_and_precision_are_of_pairs_from_the_bound_on() -> None:
    scores = [(0.9, True), (0.6, False), (0.5, True), (0.2, True)]
    at = measured(scores, 0.5)
    assert (at.recall, at.precision, at.found, at.wrong) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 3, 1)
    assert measured(scores, 0.95).precision == 1.0


def test_a_bound_is_the_middle_of_the_good_ones_or_the_best_of_the_precise_ones() -> None:
    apart = [(0.9, True)] * 19 + [(0.5, True)] + [(0.1, False)] * 9 + [(0.3, False)]
    assert bound_of(apart) == pytest.approx(0.7)
    mixed = [(0.9, True), (0.5, False), (0.4, True)]
    assert bound_of(mixed) == 0.9


def test_pairs_are_versions_and_different_articles_of_one_part(tmp_path: Path) -> None:
    names = [f"a{number:03}" for number in range(12)]
    for folder in ("newsqa", "multihop"):
        (tmp_path / folder).mkdir()
        lines = [json.dumps({"id": each, "title": each, "text": long_article(each).text}) for each in names]
        (tmp_path / folder / "articles.jsonl").write_text("\n".join(lines))
        (tmp_path / folder / "questions.jsonl").write_text("")
        for kind in ("articles", "questions"):
            (tmp_path / folder / f"{kind}.jsonl").rename(tmp_path / folder / f"{kind}.jsonl.gz")
            _compress(tmp_path / folder / f"{kind}.jsonl.gz")
    pairs = pairs_of("choose", tmp_path)
    ids = [each for each in names if part_of(each) == "choose"]
    versions = [pair for pair in pairs if pair.same]
    assert [pair.other.article.id for pair in versions] == [f"{each}-version" for each in ids] * 2
    others: list[Pair] = [pair for pair in pairs if not pair.same]
    assert others
    assert all(pair.one.article.id != pair.other.article.id for pair in others)
    assert {pair.one.article.id for pair in others} <= set(ids)


def _compress(path: Path) -> None:
    import gzip

    path.write_bytes(gzip.compress(path.read_bytes()))
