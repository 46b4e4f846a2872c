from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.answers import confirm, summary
from bench.asking import Outcome, collect, outcome, problem_of, says
from bench.datasets import questions_of
from index import Article, ArticleIndex
from qa import AnswerSettings, ArticleQA, Citation

ARTICLE = Article(id="a", title="Bees", text="Honey is dear. The vet Ruth Amsel blames a frost.")


def citation(start: int, end: int, answer: tuple[int | None, int | None] = (None, None), quote: str = "") -> Citation:
    quote = quote or ARTICLE.text[start:end]
    return Citation("a", "Bees", None, None, None, start, end, quote, *answer)


def made(**changes: object) -> Outcome:
    usual = Outcome(
        set="newsqa", id="q", key="a004", kind="", answerable=True, score=0.0, confidence=0.9, right=True,
        right_first=True, right_text=True, right_article=True, correct=True, form="short",
        curve="short", quoted_chars=10, em=0.0,
        f1=0.5, citations=1, failures=(),
    )  # fmt: skip
    return replace(usual, **changes)


@pytest.mark.parametrize(
    ("cited", "problem"),
    [
        (citation(15, 49), ""),
        (citation(15, 49, (23, 33)), ""),
        (citation(15, 49, (15, 49)), ""),
        (citation(14, 48, quote=ARTICLE.text[15:49]), "does not stand there"),
        (citation(15, 49, quote="The vet Ruth Amsel blames a Frost."), "does not stand there"),
        (citation(15, 49, (14, 33)), "is outside"),
        (citation(15, 49, (23, 50)), "is outside"),
        (citation(15, 49, (33, 33)), "is outside"),
        (citation(15, 49, (23, None)), "offsets is missing"),
    ],
)
def test_a_citation_is_held_against_the_stored_article(cited: Citation, problem: str) -> None:
    found = problem_of(cited, ARTICLE)
    assert problem in found
    assert bool(found) == bool(problem)


def test_an_answer_from_another_article_does_not_count_for_newsqa(articles: ArticleIndex, data: Path) -> None:
    question = questions_of("newsqa", data)[0]
    answer = ArticleQA(articles, settings=AnswerSettings(threshold=0)).ask(question.text)
    answer = replace(answer, citations=(citation(15, 49),))
    elsewhere = outcome("newsqa", question, answer, 1.0, {"a": ARTICLE})
    assert (elsewhere.right, elsewhere.right_first, elsewhere.right_article) == (False, False, False)
    assert outcome("sample", question, answer, 1.0, {"a": ARTICLE}).right


def test_any_quote_may_hold_the_answer_and_the_first_is_told_apart(articles: ArticleIndex, data: Path) -> None:
    question = questions_of("newsqa", data)[0]
    answer = ArticleQA(articles, settings=AnswerSettings(threshold=0)).ask(question.text)
    answer = replace(answer, text="Honey is dear.", citations=(citation(0, 14), citation(15, 49)))
    second = outcome("sample", question, answer, 1.0, {"a": ARTICLE})
    assert (second.right, second.right_first, second.right_text) == (True, False, False)
    assert (second.citations, second.quoted_chars) == (2, 48)


@pytest.mark.parametrize("times", [1, pytest.param(5, marks=pytest.mark.soak)])
def test_questions_are_asked_end_to_end(articles: ArticleIndex, data: Path, times: int) -> None:
    questions = [*questions_of("newsqa", data), *questions_of("newsqa", data)] * times
    outcomes = list(collect("newsqa", articles, questions))
    assert [entry.id for entry in outcomes] == [question.id for question in questions]  # more than one batch
    assert all(entry.citations and not entry.failures and entry.score is not None for entry in outcomes)
    assert outcomes[0].right
    assert outcomes[0].right_article
    assert outcomes[0].correct
    assert {entry.form for entry in outcomes} == {"short"}
    assert confirm(ArticleQA(articles), [question.text for question in questions], outcomes) == []
    wrong = [replace(entry, confidence=1 - entry.confidence) for entry in outcomes]
    assert confirm(ArticleQA(articles), [question.text for question in questions], wrong)


@pytest.mark.parametrize(
    ("text", "golds", "right"),
    [
        ("Ruth Amsel", ("Ruth Amsel",), True),
        ("The vet RUTH  Amsel blames a frost.", ("nobody", "Ruth Amsel"), True),  # holds it whole
        ("Dr Amsel", ("Ruth Amsel",), True),  # F1 of a half
        ("Dr Amsel of Marsh Street", ("Ruth Amsel",), False),
        ("a frost", ("Ruth Amsel",), False),
        ("", ("Ruth Amsel",), False),
        ("Ruth Amsel", (), False),
        ("", (), False),
    ],
)
def test_a_text_is_right_where_it_holds_a_gold_answer_or_shares_half_of_it(
    text: str, golds: tuple[str, ...], right: bool
) -> None:
    assert says(text, golds) is right


def test_an_outcome_says_whether_the_text_is_right_and_what_form_was_asked_for(
    articles: ArticleIndex, data: Path
) -> None:
    question = replace(questions_of("newsqa", data)[0], answers=("Ruth Amsel",))
    answer = ArticleQA(articles, settings=AnswerSettings(threshold=0)).ask(question.text)
    answer = replace(answer, citations=(citation(15, 49),))
    judged = [
        outcome("sample", replace(question, text=asked), replace(answer, text=text), 1.0, {"a": ARTICLE})
        for asked, text in (
            ("Who blames a frost?", "Dr Amsel"), ("Why?", "The vet Ruth Amsel blames a frost."), ("Is it?", "Bees")
        )
    ]  # fmt: skip
    assert [(each.correct, each.form) for each in judged] == [
        (True, "short"), (True, "sentences"), (False, "yes_no")
    ]  # fmt: skip
    assert not judged[0].right_text
    unanswerable = outcome("sample", replace(question, answers=()), answer, 1.0, {"a": ARTICLE})
    assert (unanswerable.correct, unanswerable.answerable) == (False, False)


def test_what_is_withheld_counts_as_the_empty_answer() -> None:
    wrong = {"right": False, "correct": False}
    figures = summary([made(), made(confidence=0.1, **wrong), made(f1=0.1, **wrong)])
    must, default = figures["rows"]
    assert (must["answered"], must["right"]) == pytest.approx((1, 1 / 3))
    assert (default["answered"], default["right"], default["precision"]) == pytest.approx((2 / 3, 1 / 3, 1 / 2))
    assert (must["correct"], default["correct"]) == pytest.approx((1 / 3, 1 / 3))
    assert default["f1"] == pytest.approx(0.6 / 3)
    assert figures["citations_checked"] == 3


def test_an_answer_to_what_cannot_be_answered_is_false() -> None:
    outcomes = [
        made(set="sample", kind="unanswerable", answerable=False, right=False, correct=False, confidence=confidence)
        for confidence in (0.1, 0.2, 0.3, 0.9)
    ]
    must, default = summary(outcomes)["rows"]
    assert (must["false"], default["false"]) == (1, 0.25)


def test_failed_citations_are_listed() -> None:
    assert summary([made(failures=("a[1:2]: wrong",))])["citation_failures"] == ["a[1:2]: wrong"]
