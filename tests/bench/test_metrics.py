from __future__ import annotations

import math
import random

import ir_measures
import pytest
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from bench.datasets import Fact
from bench.metrics import (
    area_under_risk,
    coverage,
    documents,
    false_answer_rate,
    hit,
    ndcg,
    recall,
    reciprocal_rank,
    risk_coverage,
    within,
)
from index import Passage


def passage(article: str, text: str, start: int = 0, title: str = "") -> Passage:
    return Passage(
        id=f"{article}:{start}", article_id=article, title=title, start=start, end=start + len(text), text=text
    )


def padded(text: str, length: int) -> str:
    return text + "." * (length - len(text))


# Retrieval, against ir_measures


def _random_runs() -> tuple[list[Qrel], list[ScoredDoc], dict[str, list[str]], dict[str, dict[str, float]]]:
    chance = random.Random(7)
    qrels, run, rankings, gains = [], [], {}, {}
    for number in range(60):
        query = f"q{number}"
        pool = [f"d{at}" for at in range(40)]
        gains[query] = {doc: float(chance.choice([1, 1, 2, 3])) for doc in chance.sample(pool, chance.randint(1, 6))}
        rankings[query] = chance.sample(pool, chance.randint(3, 30))
        qrels += [Qrel(query, doc, int(gain)) for doc, gain in gains[query].items()]
        run += [ScoredDoc(query, doc, 100.0 - rank) for rank, doc in enumerate(rankings[query])]
    return qrels, run, rankings, gains


def _theirs(measure: object) -> dict[str, float]:
    qrels, run, _, _ = _random_runs()
    return {metric.query_id: metric.value for metric in ir_measures.iter_calc([measure], qrels, run)}


def test_ndcg_agrees_with_ir_measures() -> None:
    _, _, rankings, gains = _random_runs()
    theirs = _theirs(nDCG @ 10)
    assert {query: ndcg(rankings[query], gains[query], 10) for query in rankings} == pytest.approx(theirs)


@pytest.mark.parametrize("k", [5, 10, 20])
def test_recall_agrees_with_ir_measures(k: int) -> None:
    _, _, rankings, gains = _random_runs()
    theirs = _theirs(R @ k)
    assert {query: recall(rankings[query], gains[query], k) for query in rankings} == pytest.approx(theirs)


def test_reciprocal_rank_agrees_with_ir_measures() -> None:
    _, _, rankings, gains = _random_runs()
    ours = {
        query: reciprocal_rank(
            [passage(doc, "text") for doc in rankings[query]], [Fact(doc, ("text",)) for doc in gains[query]]
        )
        for query in rankings
    }
    assert ours == pytest.approx(_theirs(RR @ 10))


def test_ndcg_worked_example() -> None:
    # DCG = 1 / log2(2) + 1 / log2(4) = 1.5; ideal = 1 / log2(2) + 1 / log2(3) = 1.6309
    assert ndcg(["a", "x", "b"], {"a": 1, "b": 1}) == pytest.approx(1.5 / 1.630929753571457)
    assert ndcg(["a"], {}) == 0


# hit@k


def test_hit_stops_before_the_passage_that_would_exceed_the_budget() -> None:
    ranking = [
        passage("a", padded("one", 600)),
        passage("a", padded("two", 500), 600),  # 1,100 characters: past 1 x 1,000
        passage("a", padded("three", 100), 1100),  # would fit again, but the ranking is left at the second
    ]
    assert within(ranking, 1000) == ranking[:1]
    assert hit(ranking, [Fact("a", ("one",))], 1) == 1
    assert hit(ranking, [Fact("a", ("two",))], 1) == 0
    assert hit(ranking, [Fact("a", ("three",))], 1) == 0
    assert hit(ranking, [Fact("a", ("three",))], 2) == 1


def test_a_budget_may_be_filled_to_the_last_character() -> None:
    ranking = [passage("a", padded("one", 500)), passage("a", padded("two", 500), 500), passage("a", "three", 1000)]
    assert hit(ranking, [Fact("a", ("two",))], 1) == 1
    assert hit(ranking, [Fact("a", ("three",))], 1) == 0


def test_a_first_passage_over_the_budget_is_no_hit() -> None:
    assert hit([passage("a", padded("one", 1001))], [Fact("a", ("one",))], 1) == 0


def test_hit_needs_the_right_article_and_the_whole_text_in_one_passage() -> None:
    ranking = [passage("a", "The mask came"), passage("a", "home", 14), passage("b", "came home")]
    assert hit(ranking, [Fact("a", ("came home",))], 1) == 0
    assert hit(ranking, [Fact("b", ("came home",))], 1) == 1


def test_hit_folds_white_space_and_case() -> None:
    assert hit([passage("a", "It cost SIX\n\n  euros.")], [Fact("a", ("six euros",))], 1) == 1


def test_hit_is_the_mean_over_facts_and_any_text_of_a_fact_will_do() -> None:
    ranking = [passage("a", "a kestrel"), passage("b", "a heron")]
    facts = [Fact("a", ("falcon", "kestrel")), Fact("b", ("stork",)), Fact("b", ("heron",)), Fact("c", ("heron",))]
    assert hit(ranking, facts, 1) == 0.5


def test_a_fact_may_name_its_article_by_title() -> None:
    assert hit([passage("x1", "a heron", title="Birds")], [Fact("Birds", ("heron",))], 1) == 1


def test_reciprocal_rank_is_that_of_the_best_fact_and_ends_at_the_depth() -> None:
    ranking = [passage("a", "no"), passage("b", "a heron"), passage("c", "a kestrel")]
    assert reciprocal_rank(ranking, [Fact("c", ("kestrel",)), Fact("b", ("heron",))]) == 0.5
    assert reciprocal_rank(ranking, [Fact("c", ("kestrel",))], depth=2) == 0


def test_an_article_ranks_where_its_best_passage_does() -> None:
    ranking = [passage("b", "1"), passage("a", "2"), passage("b", "3"), passage("c", "4")]
    assert documents(ranking) == ["b", "a", "c"]


# Confidence


def test_risk_coverage_worked_example() -> None:
    points = risk_coverage([0.9, 0.5, 0.8, 0.5], [True, True, False, False])
    assert [(point.coverage, point.threshold, point.risk) for point in points] == [
        (0.25, 0.9, 0.0),
        (0.5, 0.8, 0.5),
        (1.0, 0.5, 0.5),
    ]
    assert area_under_risk(points) == pytest.approx(0.25 * 0 + 0.25 * 0.5 + 0.5 * 0.5)
    assert risk_coverage([], []) == []


def test_coverage_and_false_answers_count_from_the_threshold_on() -> None:
    assert coverage([0.5, 0.49, 0.9], 0.5) == pytest.approx(2 / 3)
    assert false_answer_rate([0.5, 0.49, 0.9], 0.95) == 0
    assert math.isnan(coverage([], 0.5))
