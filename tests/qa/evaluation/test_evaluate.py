"""What an evaluation counts, on six questions worked out by hand, and how it says so."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleIndex, ScoredPassage
from qa import AnswerSettings, AnswerSpan, ArticleQA, Reading
from qa.evaluation.evaluate import BATCH, Evaluation, Miss, counted, evaluate
from qa.evaluation.questions import BadLine, GoldQuestion
from qa.evaluation.report import report
from qa.question.turn import Query
from tests.fakes import WordEmbedder

TEXT = "The light was sold to Oskar Lindqvist for 312,000 pounds. The lamp stays lit. Ingrid will run a hostel."


@dataclass(frozen=True)
class Found:
    """What the reader below finds."""

    answer: str
    quote: str
    confidence: float


FOUND = {
    "who bought it": Found("Oskar Lindqvist", "The light was sold to Oskar Lindqvist for 312,000 pounds.", 0.9),
    "how much did it cost": Found("for 312,000 pounds", "sold to Oskar Lindqvist for 312,000 pounds", 0.6),
    "who runs the hostel": Found("The lamp stays lit.", "The lamp stays lit.", 0.7),
    "does the lamp stay lit": Found("lit", "The lamp stays lit.", 0.3),
    "who built it": Found("Ingrid", "Ingrid will run a hostel.", 0.8),
    "where is it": Found("hostel", "Ingrid will run a hostel.", 0.1),
}


class ScriptedReader:
    """A Reader that finds what is written above, and nothing for any other question."""

    mode = "scripted"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        questions = [query.text for query in queries]
        self.asked += questions
        return [self._reading(question, found) for question, found in zip(questions, passages, strict=True)]

    def _reading(self, question: str, passages: Sequence[ScoredPassage]) -> Reading:
        if question not in FOUND:
            return Reading((), tuple(passages))
        found, passage = FOUND[question], passages[0].passage
        start = passage.text.index(found.quote)
        at = passage.text.index(found.answer, start)
        span = AnswerSpan(
            text=found.answer,
            passage=passage,
            start=start,
            end=start + len(found.quote),
            answer_start=at,
            answer_end=at + len(found.answer),
            score=0.0,
            confidence=found.confidence,
        )
        return Reading((span,), tuple(passages))


@pytest.fixture
def reader() -> ScriptedReader:
    return ScriptedReader()


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add(Article(id="light", title="Skerry Light changes hands", text=TEXT))
        yield index


@pytest.fixture
def qa(articles: ArticleIndex, reader: ScriptedReader) -> ArticleQA:
    return ArticleQA(articles, reader=reader, settings=AnswerSettings(threshold=0))


QUESTIONS = (
    GoldQuestion(1, "who bought it", ("Lindqvist", "the Oskar Lindqvist!"), id="a"),  # exact, by an alias
    GoldQuestion(2, "how much did it cost", ("312,000 pounds",)),  # in the quote, one word more: F1 = 2·⅔·1 / (⅔ + 1)
    GoldQuestion(3, "who runs the hostel", ("Ingrid",), id=3),  # wrong
    GoldQuestion(4, "does the lamp stay lit", ("lit",)),  # exact, but withheld at 0.4
    GoldQuestion(5, "who built it", ()),  # a false answer
    GoldQuestion(6, "where is it", ()),  # withheld, as it should be
)
COST_F1 = 0.8


@pytest.fixture
def evaluation(qa: ArticleQA) -> Evaluation:
    return evaluate(qa, QUESTIONS, 0.4)


def kinds(misses: Sequence[Miss]) -> list[tuple[int, str]]:
    return [(miss.outcome.gold.line, miss.kind) for miss in misses]


def test_the_figures_are_those_worked_out_by_hand(evaluation: Evaluation) -> None:
    figures = evaluation.figures
    assert (evaluation.answerable, evaluation.unanswerable) == (4, 2)
    assert (figures.threshold, figures.answered, figures.false_answers) == (0.4, 3, 1)
    assert figures.coverage == 3 / 4
    assert figures.accuracy == 1 / 4
    assert figures.f1 == pytest.approx((1 + COST_F1) / 4)
    assert figures.found == 2 / 4
    assert figures.precision == 2 / 4  # four answers are given, the false one among them
    assert figures.false_answer_rate == 1 / 2
    # Each confidence is alone in its tenth. Found: 0.9, 0.6 and 0.3; not: 0.7, 0.8 and 0.1.
    assert evaluation.calibration_error == pytest.approx((0.1 + 0.4 + 0.7 + 0.7 + 0.8 + 0.1) / 6)
    assert evaluation.mean_ms > 0
    assert evaluation.skipped == ()


def test_the_table_says_what_other_thresholds_would_do(evaluation: Evaluation) -> None:
    table = {figures.threshold: figures for figures in evaluation.thresholds}
    assert list(table) == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert table[0.4] == evaluation.figures
    assert [figures.coverage for figures in table.values()] == [1, 1, 1, 1, 0.75, 0.75, 0.75, 0.5, 0.25, 0.25]
    assert [figures.false_answer_rate for figures in table.values()] == [1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0]
    assert table[0].accuracy == 2 / 4
    assert table[0].f1 == pytest.approx((1 + COST_F1 + 1) / 4)
    assert table[0].precision == 3 / 6
    assert table[0.9].f1 == 1 / 4


def test_the_table_has_the_threshold_that_was_asked_for(qa: ArticleQA) -> None:
    thresholds = [figures.threshold for figures in evaluate(qa, QUESTIONS, 0.65).thresholds]
    assert thresholds == sorted(thresholds)
    assert (0.65 in thresholds, len(thresholds)) == (True, 11)


def test_a_threshold_decides_as_asking_with_it_does(articles: ArticleIndex, qa: ArticleQA) -> None:
    for figures in evaluate(qa, QUESTIONS, 0.6).thresholds:
        strict = ArticleQA(articles, reader=qa.reader, settings=AnswerSettings(threshold=figures.threshold))
        answered = [not answer.abstained for answer in strict.ask_batch([each.question for each in QUESTIONS])]
        assert (sum(answered[:4]), sum(answered[4:])) == (figures.answered, figures.false_answers)


def test_confident_mistakes_come_first_then_the_withheld_then_the_inexact(evaluation: Evaluation) -> None:
    assert kinds(evaluation.misses) == [(5, "false answer"), (3, "wrong answer"), (4, "withheld"), (2, "inexact")]
    outcome = evaluation.misses[1].outcome
    assert (outcome.answer, outcome.confidence) == ("The lamp stays lit.", 0.7)
    assert [citation.title for citation in outcome.citations] == ["Skerry Light changes hands"]
    assert outcome.citations[0].quote == "The lamp stays lit."


def test_what_is_missed_is_what_is_not_exact_or_answered_falsely(qa: ArticleQA) -> None:
    for threshold in (0, 0.4, 0.65, 1):
        evaluation = evaluate(qa, QUESTIONS, threshold)
        exact = round(evaluation.figures.accuracy * evaluation.answerable)
        assert len(evaluation.misses) == evaluation.answerable - exact + evaluation.figures.false_answers


def test_a_right_quote_does_not_make_an_answer_right_that_has_no_word_of_it(qa: ArticleQA) -> None:
    [miss] = evaluate(qa, [GoldQuestion(1, "who bought it", ("312,000 pounds",))], 0.4).misses
    assert (miss.kind, miss.outcome.found) == ("wrong answer", True)


def test_what_finds_nothing_is_withheld_at_any_threshold(qa: ArticleQA) -> None:
    evaluation = evaluate(qa, [GoldQuestion(1, "what is for lunch", ("soup",)), GoldQuestion(2, "and dinner", ())], 0)
    assert (evaluation.figures.coverage, evaluation.figures.false_answer_rate) == (0, 0)
    assert math.isnan(evaluation.figures.precision)
    assert kinds(evaluation.misses) == [(1, "withheld")]
    assert "answer    none was found" in report(evaluation, 10)


def test_a_question_that_cannot_be_asked_is_skipped_and_the_rest_goes_on(qa: ArticleQA, reader: ScriptedReader) -> None:
    lines = [
        GoldQuestion(1, "a" * 3000, ("x",)),
        BadLine(2, "not valid JSON"),
        GoldQuestion(3, "  ", ("x",)),
        GoldQuestion(4, "who bought it", ("Oskar Lindqvist",), history=5),
        GoldQuestion(5, "who bought it", ("Oskar Lindqvist",), history=[["Who?", "Nobody."]]),
    ]
    evaluation = evaluate(qa, lines, 0.4)
    assert [bad.line for bad in evaluation.skipped] == [1, 2, 3, 4]
    assert evaluation.skipped[0].reason.startswith("The question has 3,000 characters; the limit is 2,000.")
    assert evaluation.skipped[1].reason == "not valid JSON"
    assert (evaluation.answerable, evaluation.figures.accuracy) == (1, 1)


def test_questions_are_asked_once_in_batches_and_progress_is_told(qa: ArticleQA, reader: ScriptedReader) -> None:
    lines = [BadLine(1, "bad"), *(GoldQuestion(at, "who bought it", ("x",)) for at in range(2, BATCH + 3))]
    told: list[int] = []
    evaluate(qa, lines, 0.4, told.append)
    assert told == [1, BATCH, 1]
    assert reader.asked.count("who bought it") == BATCH + 1


def test_another_error_than_a_bad_question_is_not_swallowed(qa: ArticleQA, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> Any:
        raise OSError("the disk is gone")

    qa.warm_up()
    monkeypatch.setattr(qa, "warm_up", lambda: None)
    monkeypatch.setattr(qa.reader, "read", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        evaluate(qa, QUESTIONS, 0.4)


def test_what_withholds_answers_itself_cannot_be_evaluated(articles: ArticleIndex, reader: ScriptedReader) -> None:
    with pytest.raises(ValueError, match=r"Evaluate with AnswerSettings\(threshold=0\), not 0.4"):
        evaluate(ArticleQA(articles, reader=reader, settings=AnswerSettings(threshold=0.4)), QUESTIONS, 0.4)


def test_nothing_gives_no_figures_and_asks_nothing(qa: ArticleQA, reader: ScriptedReader) -> None:
    evaluation = evaluate(qa, [BadLine(1, "bad")], 0.4)
    assert reader.asked == []
    assert evaluation == counted([], 0.4, [BadLine(1, "bad")])
    assert evaluation.misses == ()
    values = evaluation.to_json()
    assert (values["answerable"], values["coverage"], values["mean_ms"]) == (0, None, None)


# JSON and words


def test_the_json_has_all_figures_and_all_misses_and_can_be_read_by_any_reader(qa: ArticleQA) -> None:
    evaluation = evaluate(qa, [*QUESTIONS[:3], BadLine(9, "bad")], 0.4)
    values = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    assert (values["schema"], values["threshold"], values["answerable"], values["unanswerable"]) == (1, 0.4, 3, 0)
    assert (values["coverage"], values["accuracy"], values["found"]) == (1, 0.333333, 0.666667)
    assert values["false_answer_rate"] is None
    assert values["f1"] == round((1 + COST_F1) / 3, 6)
    assert [row["threshold"] for row in values["thresholds"]] == [at / 10 for at in range(10)]
    assert values["thresholds"][9]["coverage"] == 0.333333
    assert values["skipped"] == [{"line": 9, "reason": "bad"}]
    wrong, inexact = values["misses"]
    assert wrong == {
        "kind": "wrong answer",
        "line": 3,
        "id": 3,
        "question": "who runs the hostel",
        "expected": ["Ingrid"],
        "answer": "The lamp stays lit.",
        "f1": 0.0,
        "found": False,
        "confidence": 0.7,
        "citations": [{"article_id": "light", "title": "Skerry Light changes hands", "quote": "The lamp stays lit."}],
    }
    assert (inexact["kind"], inexact["line"], inexact["id"], inexact["found"]) == ("inexact", 2, None, True)


def test_the_report_has_figures_a_table_and_the_worst_misses(evaluation: Evaluation) -> None:
    lines = report(evaluation, 3).splitlines()
    assert lines[0] == "6 questions: 4 with an answer, 2 without"
    assert "  answered           75.0 %  coverage: 3 of 4" in lines
    assert "  false answers      50.0 %  1 of 2 answered all the same" in lines
    assert "  precision          50.0 %  found, of the 4 answers given" in lines
    [header] = [at for at, line in enumerate(lines) if line.startswith("threshold")]
    assert [line.split()[0] for line in lines[header + 1 : header + 11]] == [
        "0", "0.1", "0.2", "0.3", ">", "0.5", "0.6", "0.7", "0.8", "0.9",
    ]  # fmt: skip
    assert len({len(line) for line in lines[header : header + 11]}) == 1
    assert "Worst misses, 3 of 4:" in lines
    at = lines.index("1. false answer, confidence 0.800 (line 5)")
    assert lines[at + 1 : at + 5] == [
        "   question  who built it",
        "   expected  nothing: the articles do not say",
        "   answer    Ingrid",
        "   quote     “Ingrid will run a hostel.” — Skerry Light changes hands",
    ]
    assert "2. wrong answer, confidence 0.700 (line 3, 3)" in lines
    assert "3. withheld, though its quotes hold a right one, confidence 0.300 (line 4)" in lines
    assert not [line for line in lines if line.startswith("4.")]


def test_the_report_is_without_misses_where_none_are_wanted_or_there_are_none(
    qa: ArticleQA, evaluation: Evaluation
) -> None:
    assert "misses" not in report(evaluation, 0)
    assert "misses" not in report(evaluate(qa, QUESTIONS[:1], 0.4), 10)


def test_the_report_counts_what_was_skipped_and_shows_no_share_of_nothing(qa: ArticleQA) -> None:
    lines = report(evaluate(qa, [QUESTIONS[0], BadLine(2, "bad")], 0.4), 10).splitlines()
    assert lines[0] == "1 question: 1 with an answer, 0 without; 1 line skipped"
    assert "  false answers           -  0 of 0 answered all the same" in lines
