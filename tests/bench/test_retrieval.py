from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.datasets import questions_of
from bench.retrieval import DEPTH, METHODS, orders_of, rank, reciprocal_rank_fusion, summary
from index import ArticleIndex
from index.article_index import Candidates
from qa import ArticleQA


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
    assert METHODS[-2:] == ("ours", "read")
    for row in rows[-2:]:
        assert row["hit@10"] == 1  # the whole of four short articles is less than 10,000 characters


def test_read_is_the_readers_order_with_what_it_did_not_read_behind(articles: ArticleIndex, data: Path) -> None:
    question = replace(questions_of("newsqa", data)[0], text="Who blames a frost?")
    read = [scored.passage.text for scored in ArticleQA(articles).ask(question.text).passages]
    found = [scored.passage.text for scored in ArticleQA(articles).search(question.text, top_k=DEPTH)]
    assert set(read) <= set(found)
    # A fact that stands only in one passage: its rank is that of the passage in the order that is measured.
    for place, text in enumerate(read[:10], start=1):
        [fact] = question.facts
        [passage] = [
            s.passage for s in ArticleQA(articles).search(question.text, top_k=DEPTH) if s.passage.text == text
        ]
        wanted = replace(fact, article=passage.article_id, texts=(text,))
        [entry] = rank(articles, [replace(question, facts=(wanted,))])
        assert entry.measures["read"]["mrr@10"] == pytest.approx(1 / place)
        assert entry.measures["ours"]["mrr@10"] == pytest.approx(1 / (found.index(text) + 1))


def test_articles_are_not_measured_in_the_readers_order(articles: ArticleIndex, data: Path) -> None:
    [entry] = rank(articles, questions_of("scifact", data))
    assert entry.measures["read"] == entry.measures["ours"]


def test_scifact_is_measured_by_article(articles: ArticleIndex, data: Path) -> None:
    rows = summary("scifact", list(rank(articles, questions_of("scifact", data))), "report")
    assert set(rows[0]) == {"set", "n", "method", "ndcg@10", "recall@10", "recall@20"}
    assert rows[-1]["recall@10"] == 1
    assert summary("scifact", list(rank(articles, questions_of("scifact", data))), "choose") == []
