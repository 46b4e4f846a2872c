"""How well a user's own questions are answered: the self-test behind `qa eval`.

Every question is asked once with the threshold at 0, so that it has to be answered; what another threshold would have
withheld is then known from the confidences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from qa.answer import Answer, Citation
from qa.errors import QuestionError
from qa.evaluation.metrics import calibration_error, contains_any, exact_match, f1, mean
from qa.evaluation.questions import BadLine, GoldQuestion

if TYPE_CHECKING:
    from qa.article_qa import ArticleQA

BATCH = 16  # questions asked together: enough to share the work, few enough to see progress
THRESHOLDS = tuple(tenth / 10 for tenth in range(10))  # those of the table to choose from

MissKind = Literal["false answer", "wrong answer", "withheld", "inexact"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question that had to be answered. A question that nothing answers has no measures: all 0."""

    gold: GoldQuestion
    answer: str  # "" where nothing at all was found
    citations: tuple[Citation, ...]
    confidence: float
    em: float
    f1: float
    found: bool  # a right answer stands in one of the quotes
    total_ms: float

    def answered(self, threshold: float) -> bool:
        """Whether it is answered at a threshold."""
        return bool(self.citations) and self.confidence >= threshold


@dataclass(frozen=True, slots=True)
class Figures:
    """What comes of the questions at one threshold; shares from 0 to 1, NaN of nothing.

    Of the questions with an answer, where what is withheld counts as wrong: `coverage` are answered, `accuracy` with
    the words of a right answer (SQuAD's exact match), `f1` is the mean F1 (SQuAD), `found` have a right answer in a
    quote. `precision` is the share of all answers, false ones included, with a right answer in a quote.
    `false_answer_rate` is the share of the questions without an answer that are answered.
    """

    threshold: float
    answered: int  # questions with an answer
    false_answers: int
    coverage: float
    accuracy: float
    f1: float
    found: float
    precision: float
    false_answer_rate: float


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that went wrong.

    A "false answer" is one to a question without an answer. A "wrong answer" has no word of a right one, or no quote
    that holds one. "withheld" is a question with an answer that was not answered. What is left is "inexact": a right
    answer is quoted, but the answer has more, fewer or other words.
    """

    kind: MissKind
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures at the threshold that was asked for and at others, and what went wrong, worst first."""

    answerable: int
    unanswerable: int
    figures: Figures
    calibration_error: float  # of all confidences, withheld ones too, as probabilities that a right answer is quoted
    mean_ms: float  # per question
    thresholds: tuple[Figures, ...]  # from low to high
    misses: tuple[Miss, ...]  # false and wrong answers, then the withheld, then the inexact, the most confident first
    skipped: tuple[BadLine, ...]

    def to_json(self) -> dict[str, Any]:
        """The object that `qa eval --json` prints; null is the share of nothing; rounded as `Answer.to_json` does."""
        return {
            "schema": 1,
            "answerable": self.answerable,
            "unanswerable": self.unanswerable,
            **_rounded(asdict(self.figures)),
            **_rounded({"calibration_error": self.calibration_error}),
            **_rounded({"mean_ms": self.mean_ms}, digits=3),
            "thresholds": [_rounded(asdict(figures)) for figures in self.thresholds],
            "misses": [_miss_json(miss) for miss in self.misses],
            "skipped": [asdict(bad) for bad in self.skipped],
        }


def evaluate(
    qa: ArticleQA,
    questions: Sequence[GoldQuestion | BadLine],
    threshold: float,
    progress: Callable[[int], object] = lambda asked: None,
) -> Evaluation:
    """Ask every question and count. `progress` is told, again and again, how many more lines are done.

    The models are loaded before the clock runs. A question that cannot be asked is skipped like a bad line.
    Raises ValueError where `qa` withholds answers itself: its threshold has to be 0.
    """
    if qa.settings.threshold > 0:
        raise ValueError(f"Evaluate with AnswerSettings(threshold=0), not {qa.settings.threshold}.")
    gold = [each for each in questions if isinstance(each, GoldQuestion)]
    bad = [each for each in questions if isinstance(each, BadLine)]
    progress(len(bad))
    outcomes: list[Outcome] = []
    if gold:
        qa.warm_up()
    for at in range(0, len(gold), BATCH):
        batch = gold[at : at + BATCH]
        answers: list[Answer | Exception] = [
            *qa.ask_batch(
                [{"question": each.question, "history": each.history} for each in batch], return_exceptions=True
            )
        ]
        for each, answer in zip(batch, answers, strict=True):
            if isinstance(answer, QuestionError):
                bad.append(BadLine(each.line, str(answer)))
            elif isinstance(answer, Exception):
                raise answer
            else:
                outcomes.append(_judged(each, answer))
        progress(len(batch))
    return counted(outcomes, threshold, sorted(bad, key=lambda each: each.line))


def counted(outcomes: Sequence[Outcome], threshold: float, skipped: Sequence[BadLine] = ()) -> Evaluation:
    """All that there is to say about some outcomes."""
    answerable = sum(bool(outcome.gold.answers) for outcome in outcomes)
    return Evaluation(
        answerable=answerable,
        unanswerable=len(outcomes) - answerable,
        figures=figures_at(threshold, outcomes),
        calibration_error=calibration_error(
            [outcome.confidence for outcome in outcomes], [outcome.found for outcome in outcomes]
        ),
        mean_ms=mean([outcome.total_ms for outcome in outcomes]),
        thresholds=tuple(figures_at(each, outcomes) for each in sorted({*THRESHOLDS, threshold})),
        misses=misses_at(threshold, outcomes),
        skipped=tuple(skipped),
    )


def figures_at(threshold: float, outcomes: Sequence[Outcome]) -> Figures:
    """The figures at one threshold."""
    with_answer = [outcome for outcome in outcomes if outcome.gold.answers]
    without = [outcome for outcome in outcomes if not outcome.gold.answers]
    answered = [outcome.answered(threshold) for outcome in with_answer]
    false_answers = [outcome.answered(threshold) for outcome in without]

    def share(measures: Iterable[float]) -> float:
        return mean([measure if given else 0.0 for measure, given in zip(measures, answered, strict=True)])

    return Figures(
        threshold=threshold,
        answered=sum(answered),
        false_answers=sum(false_answers),
        coverage=mean(answered),
        accuracy=share(outcome.em for outcome in with_answer),
        f1=share(outcome.f1 for outcome in with_answer),
        found=share(outcome.found for outcome in with_answer),
        precision=mean([outcome.found for outcome in outcomes if outcome.answered(threshold)]),
        false_answer_rate=mean(false_answers),
    )


def misses_at(threshold: float, outcomes: Sequence[Outcome]) -> tuple[Miss, ...]:
    """What went wrong at a threshold, in the order of `Evaluation.misses`."""
    misses = [Miss(kind, outcome) for outcome in outcomes if (kind := _miss_kind(outcome, threshold))]
    order: dict[MissKind, int] = {"false answer": 0, "wrong answer": 0, "withheld": 1, "inexact": 2}
    return tuple(sorted(misses, key=lambda miss: (order[miss.kind], -miss.outcome.confidence)))


def _miss_kind(outcome: Outcome, threshold: float) -> MissKind | None:
    answered = outcome.answered(threshold)
    if not outcome.gold.answers:
        return "false answer" if answered else None
    if not answered:
        return "withheld"
    if outcome.em:
        return None
    return "inexact" if outcome.found and outcome.f1 else "wrong answer"


def _judged(gold: GoldQuestion, answer: Answer) -> Outcome:
    return Outcome(
        gold=gold,
        answer=answer.text,
        citations=answer.citations,
        confidence=answer.confidence,
        em=exact_match(answer.text, gold.answers) if gold.answers else 0.0,
        f1=f1(answer.text, gold.answers) if gold.answers else 0.0,
        found=any(contains_any(citation.quote, gold.answers) for citation in answer.citations),
        total_ms=answer.timings_ms["total"],
    )


def _miss_json(miss: Miss) -> dict[str, Any]:
    outcome, gold = miss.outcome, miss.outcome.gold
    return {
        "kind": miss.kind,
        "line": gold.line,
        "id": gold.id,
        "question": gold.question,
        "expected": list(gold.answers),
        "answer": outcome.answer,
        "f1": round(outcome.f1, 6),
        "found": outcome.found,
        "confidence": round(outcome.confidence, 6),
        "citations": [
            {"article_id": citation.article_id, "title": citation.title, "quote": citation.quote}
            for citation in outcome.citations
        ],
    }


def _rounded(values: dict[str, float], digits: int = 6) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else round(value, digits) for name, value in values.items()}
