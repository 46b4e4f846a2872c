"""The newsroom's questions are sound, and answers to them are judged as the module says."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from bench.newsroom import QUESTIONS, TO_CHOOSE_BY, Asked, judge, read, right, rows, to_choose_by
from qa.answer import Answer, Citation


def asked(kind: str, *answers: str) -> Asked:
    return Asked("x", kind, "Who sold it?", answers, (("a", 10, 30),) if answers else ())


def answer(text: str, *, start: int = 0, end: int = 12, confidence: float = 0.8) -> Answer:
    citation = Citation("a", "Title", None, None, None, start, end, "x" * (end - start), None, None)
    return Answer("Who?", "Who?", text, False, confidence, "extractive", (citation,))


NOTHING = Answer("Who?", "Who?", "", True, 0.1, "extractive")


def test_the_questions_are_enough_of_each_kind_and_every_one_is_whole() -> None:
    found = read()
    kinds = Counter((each.kind, each.answerable) for each in found)
    assert len({each.id for each in found}) == len(found) >= 240
    assert sum(number for (_, answerable), number in kinds.items() if not answerable) >= 80
    assert {kind for kind, answerable in kinds if answerable} == {
        "who", "what", "where", "when", "how many", "why", "how", "yes or no", "definition", "said", "post", "result",
    }  # fmt: skip
    more = [each for each in to_choose_by() if each not in found]
    assert len(more) == 410
    assert len({each.id for each in (*found, *more)}) == len(found) + 410
    for each in (*found, *more):
        assert each.question.strip()
        assert bool(each.evidence) == each.answerable
        assert each.kind != "yes or no" or each.answers in {("yes",), ("no",), ()}
        assert all(start < end for _, start, end in each.evidence)


def test_no_text_of_an_article_is_among_the_questions() -> None:
    lines = [line for path in (QUESTIONS, TO_CHOOSE_BY) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        values = json.loads(line)
        assert all(len(each.split()) <= 10 for each in values["answers"]), values["id"]


@pytest.mark.parametrize(
    ("kind", "answers", "text", "is_right"),
    [
        ("who", ("Mira Murati", "Murati"), "Murati", True),
        ("who", ("Mira Murati",), "Mira", True),
        ("who", ("Mira Murati",), "Sam Altman", False),
        ("how many", ("3",), "23", False),
        ("how many", ("3", "three"), "about three of them", True),
        ("how many", ("4.9 million",), "34 million", False),
        ("how many", ("14 March 2024",), "14 March", True),
        ("yes or no", ("no",), "No. It was never sold.", True),
        ("yes or no", ("no",), "Nobody knows.", False),
        ("yes or no", ("yes",), "It was sold on Monday.", False),
        ("why", ("fell too fast", "no buyer"), "Too fast, the price fell.", True),
        ("why", ("fell too fast",), "The price fell.", False),
        ("why", (), "The price fell.", False),
    ],
)
def test_an_answer_is_right_by_the_rule_of_its_kind(
    kind: str, answers: tuple[str, ...], text: str, is_right: bool
) -> None:
    assert right(asked(kind, *answers), text) is is_right


def test_a_question_without_an_answer_is_rightly_refused_and_wrong_with_any_answer() -> None:
    nothing = asked("who")
    assert judge(nothing, answer("Sam")).verdict == "wrong"
    assert judge(nothing, NOTHING).verdict == "refused"


def test_a_wrong_answer_whose_quote_lies_on_the_right_place_is_in_quotes() -> None:
    assert judge(asked("who", "Ruth"), answer("Sam")).in_quotes
    assert not judge(asked("who", "Ruth"), answer("Sam", start=30, end=40)).in_quotes


@pytest.mark.parametrize(
    ("text", "start", "verdict"),
    [
        ("It was sold on Monday.", 0, "shown"),
        ("It was sold on Monday.", 30, "wrong"),
        ("Yes. It was sold on Monday.", 0, "wrong"),
        ("No. It was never sold.", 0, "right"),
    ],
)
def test_a_sentence_that_settles_a_yes_or_no_question_without_the_word_is_shown(
    text: str, start: int, verdict: str
) -> None:
    assert judge(asked("yes or no", "no"), answer(text, start=start, end=start + 12)).verdict == verdict


def test_the_rows_count_the_shares_of_each_kind() -> None:
    judged = [
        judge(asked("who", "Ruth"), answer("Ruth")),
        judge(asked("who", "Ruth"), answer("Sam", confidence=0.5)),
        judge(asked("where", "Rome"), NOTHING),
        judge(asked("who"), answer("Sam")),
    ]
    table = {row["kind"]: row for row in rows(judged)}
    assert list(table) == [
        "who",
        "where",
        "all",
        "who, not answered by the articles",
        "all, not answered by the articles",
    ]
    assert (table["all"]["n"], table["all"]["right"], table["all"]["refused"]) == (
        3,
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )
    assert (table["who"]["n sure"], table["who"]["sure"]) == (1, 1.0)
