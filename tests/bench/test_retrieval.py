from __future__ import annotations

from pathlib import Path

from bench.datasets import questions_of
from bench.retrieval import METHODS, orders_of, rank, reciprocal_rank_fusion, summary
from index import ArticleIndex
from index.article_index import Candidates


def test_candidates_are_ordered_by_each_score_and_bm25_leaves_out_what_shares_no_word() -> None:
    orders = orders_of(Candidates({"a": (0.9, 0.0), "b": (0.5, 3.0), "c": (0.7, 5.0)}))
    assert orders["dense"] == ["a", "c", "b"]
    assert orders["bm25"] == ["c", "b"]
    assert orders["rrf"] == ["c", "b", "a"]  # 1/62 + 1/61, 1/63 + 1/62, 1/61


def test_fusion_counts_ranks_from_one_and_a_missing_id_as_nothing() -> None:
    assert reciprocal_rank_fusion([["a", "b"], ["b"]], k=60) == ["b", "a"]
    assert reciprocal_rank_fusion([[], []]) == []


def test_every_method_is_measured_on_every_question(articles: ArticleIndex, data: Path) -> None:
    questions = questions_of("newsqa", data)
    ranked = list(rank(articles, questions))
    assert [entry.question.id for entry in ranked] == ["n1", "n2"]
    rows = summary("newsqa", ranked, "all")
    assert [row["method"] for row in rows] == list(METHODS)
    assert all(row["n"] == 2 for row in rows)
    ours = rows[-1]
    assert ours["hit@10"] == 1  # the whole of four short articles is less than 10,000 characters


def test_scifact_is_measured_by_article(articles: ArticleIndex, data: Path) -> None:
    rows = summary("scifact", list(rank(articles, questions_of("scifact", data))), "report")
    assert set(rows[0]) == {"set", "n", "method", "ndcg@10", "recall@10", "recall@20"}
    assert rows[-1]["recall@10"] == 1
    assert summary("scifact", list(rank(articles, questions_of("scifact", data))), "choose") == []
