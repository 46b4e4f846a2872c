from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.datasets import SAMPLE_ARTICLES, DataMissingError, Fact, articles_of, data_folder, part_of, questions_of


def test_a_key_is_in_the_part_that_its_hash_says() -> None:
    for key in ("a001", "newsqa-1", "ü"):
        even = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2 == 0
        assert part_of(key) == ("choose" if even else "report")


def test_newsqa_is_split_by_article(data: Path) -> None:
    questions = questions_of("newsqa", data)
    assert [question.key for question in questions] == ["bees", "robot"]
    assert questions[0].facts == (Fact("bees", ("Ruth Amsel",)),)
    for part in ("choose", "report"):
        assert questions_of("newsqa", data, part) == [q for q in questions if part_of(q.key) == part]


def test_a_null_query_of_multihop_has_no_answer_and_no_facts(data: Path) -> None:
    inference, null = questions_of("multihop", data)
    assert (null.kind, null.answers, null.facts, null.key) == ("null_query", (), (), "m2")
    assert inference.answers == ("Bees",)
    assert [fact.article for fact in inference.facts] == ["bees", "robot"]


def test_scifact_is_for_reporting_only_and_has_its_judged_claims(data: Path) -> None:
    assert [(question.id, question.relevant) for question in questions_of("scifact", data)] == [("7", ("bees",))]
    assert len(questions_of("scifact", data, "report")) == 1
    assert questions_of("scifact", data, "choose") == []


def test_articles_keep_the_data_sets_ids_and_have_iso_dates(data: Path) -> None:
    multihop = list(articles_of("multihop", data))
    assert multihop[0].id == "lighthouse"
    assert multihop[0].source == "Coast Post"
    assert (multihop[0].published or "").startswith("2023-11-27")
    assert "T" in (multihop[0].published or "")
    assert [article.id for article in articles_of("scifact", data)] == ["lighthouse", "bees", "orchestra", "robot"]


def test_every_sample_question_names_an_article_or_has_no_answer(data: Path) -> None:
    questions = questions_of("sample", data)
    assert SAMPLE_ARTICLES.is_dir()
    assert {question.kind for question in questions} == {"answerable", "unanswerable"}
    for question in questions:
        assert bool(question.facts) == bool(question.answers) == (question.kind == "answerable")
        assert all(question.answers)
        assert all(fact.article for fact in question.facts)


def test_missing_data_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DataMissingError, match=r"No .*newsqa.*ARTICLE_QA_BENCH_DATA"):
        questions_of("newsqa", tmp_path)


def test_the_data_folder_is_the_flag_then_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_QA_BENCH_DATA", str(tmp_path / "environment"))
    assert data_folder(tmp_path / "flag") == tmp_path / "flag"
    assert data_folder() == tmp_path / "environment"
    monkeypatch.delenv("ARTICLE_QA_BENCH_DATA")
    assert data_folder().parts[-2:] == ("shared", "data")
