"""What a live language model's answers are counted as, beside those without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.newsroom import Asked, judge
from bench.written import run, table
from qa.answer import Answer, CheckedSentence, Citation
from qa.errors import LanguageModelError

ASKED = Asked("a-01", "who", "Who sold it?", ("Ida Aske",), (("a", 10, 30),))
CITATION = Citation("a", "Title", None, None, None, 0, 12, "x" * 12, None, None)
EXTRACTIVE = Answer("Who?", "Who?", "Ida Aske", False, 0.8, "extractive", (CITATION,))


def written(text: str, *, supported: bool = True) -> Answer:
    sentence = CheckedSentence(text, 0, len(text), (0,), supported, "" if supported else "it cites no passage")
    return replace(EXTRACTIVE, text=text, mode="generative", sentences=(sentence,))


def test_a_wrong_answer_of_the_model_that_is_not_marked_is_counted() -> None:
    answers = [written("The port sold it [1]."), written("The port sold it [1].", supported=False), EXTRACTIVE]
    answers.append(written("Ida Aske sold it [1]."))
    rows = table([], [judge(ASKED, answer) for answer in answers])
    [all_of_them] = [row for row in rows if row["part"] == "all"]
    assert all_of_them["model"] == "with"
    assert all_of_them["right"] == all_of_them["wrong"] == 0.5
    assert all_of_them["kept"] == 0.75
    assert all_of_them["wrong, supported"] == 0.25


def test_both_ways_stand_beside_each_other_and_what_nothing_answers_apart() -> None:
    nothing = Asked("a-02", "who", "Who bought it?", (), ())
    judged = [judge(ASKED, EXTRACTIVE), judge(nothing, EXTRACTIVE)]
    rows = [row for row in table(judged, judged) if row["part"] == "all"]
    assert [(row["model"], row["kind"], row["n"]) for row in rows] == [
        ("without", "answered by the articles", 1), ("without", "not", 1),
        ("with", "answered by the articles", 1), ("with", "not", 1),
    ]  # fmt: skip


def test_without_a_models_name_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ARTICLE_QA_LLM", raising=False)
    monkeypatch.delenv("ARTICLE_QA_LLM_URL", raising=False)
    with pytest.raises(LanguageModelError, match="--llm"):
        run(None, None, 2, indexes=None)  # type: ignore[arg-type]
