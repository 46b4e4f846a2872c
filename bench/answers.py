"""`python -m bench answers`: questions asked of a whole index, end to end, and whether the answers are right."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import results
from bench.asking import Outcome, collect
from bench.datasets import PARTS, Part, SetName, part_of, questions_of
from bench.indexes import open_index
from bench.metrics import (
    area_under_risk,
    calibration_error,
    coverage,
    false_answer_rate,
    mean,
    risk_coverage,
)
from qa import AnswerSettings, ArticleQA

SETS: tuple[SetName, ...] = ("newsqa", "multihop", "sample")
GROUPS: dict[str, Callable[[Outcome], bool]] = {
    "newsqa": lambda outcome: outcome.set == "newsqa",
    "multihop inference": lambda outcome: outcome.kind == "inference_query",
    "multihop null": lambda outcome: outcome.kind == "null_query",
    "sample answerable": lambda outcome: outcome.kind == "answerable",
    "sample unanswerable": lambda outcome: outcome.kind == "unanswerable",
}
_CONFIRMED = 48  # questions of each set that are asked again at the default threshold


def run(sets: Sequence[SetName], part: Part, data: Path, indexes: Path) -> bool:
    """Measure, write bench/results/answers-<part>.json, and print; "all" writes the two parts as well.

    Gives whether every citation stood in its article, and the default threshold did as its confidence says.
    """
    outcomes: list[Outcome] = []
    disagreements: list[str] = []
    for name in sets:
        questions = questions_of(name, data, part)
        with open_index(name, indexes) as articles:
            found = list(collect(name, articles, questions))
            disagreements += confirm(ArticleQA(articles), [question.text for question in questions], found)
        outcomes += found
    for wanted in PARTS if part == "all" else (part,):
        inside = [outcome for outcome in outcomes if wanted in ("all", part_of(outcome.key))]
        figures = summary(inside) | {"part": wanted, "disagreements_at_default_threshold": disagreements}
        path = results.write(f"answers-{wanted}", figures, {"sets": list(sets)})
        _print(wanted, path, figures)
    for problem in (*(failure for outcome in outcomes for failure in outcome.failures), *disagreements):
        print(f"wrong: {problem}", file=sys.stderr)
    return not disagreements and not any(outcome.failures for outcome in outcomes)


def confirm(qa: ArticleQA, questions: Sequence[str], outcomes: Sequence[Outcome]) -> list[str]:
    """Questions for which asking at the default threshold differs from what the confidence at threshold 0 says.

    The figures "at the default threshold" are counted from confidences; this asks some questions again to see that it
    comes to the same.
    """
    threshold = qa.settings.threshold
    step = max(len(questions) // _CONFIRMED, 1)
    answers = qa.ask_batch(questions[::step])
    return [
        f"{outcome.set} {outcome.id}: confidence {outcome.confidence} at threshold 0, {answer.confidence} at "
        f"{threshold}, and {'abstained' if answer.abstained else 'answered'}"
        for answer, outcome in zip(answers, outcomes[::step], strict=True)
        if answer.abstained == (outcome.confidence >= threshold) or abs(answer.confidence - outcome.confidence) > 1e-3
    ]


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All figures over some outcomes: a row for each group and threshold, calibration, risk, citations."""
    groups = {name: [outcome for outcome in outcomes if belongs(outcome)] for name, belongs in GROUPS.items()}
    groups = {name: found for name, found in groups.items() if found}
    rows = [
        row(name, found, threshold) for name, found in groups.items() for threshold in (0.0, AnswerSettings().threshold)
    ]
    calibrated = {
        "newsqa": groups.get("newsqa", []),
        "multihop null": groups.get("multihop null", []),
        "sample": [*groups.get("sample answerable", []), *groups.get("sample unanswerable", [])],
    }
    calibrated = {name: found for name, found in calibrated.items() if found}
    weighted = [(outcome, 1 / len(found)) for found in calibrated.values() for outcome in found]
    everything = calibration_error(
        [outcome.confidence for outcome, _ in weighted],
        [outcome.correct for outcome, _ in weighted],
        [weight for _, weight in weighted],
    )
    return {
        "n": len(outcomes),
        "rows": rows,
        "at_70": at_coverage(groups, 0.7),
        "calibration_error": {name: _ece(found) for name, found in calibrated.items()}
        | {"all weighted equally": everything},
        "risk_coverage": {name: curve(found) for name, found in calibrated.items() if name != "multihop null"},
        "citations_checked": sum(outcome.citations for outcome in outcomes),
        "citation_failures": [failure for outcome in outcomes for failure in outcome.failures],
    }


def at_coverage(groups: Mapping[str, Sequence[Outcome]], share: float) -> dict[str, float]:
    """What is answered at the threshold where that share of the answerable sample questions is; {} without these.

    `false`: of the null queries and the unanswerable sample questions together; beside it each alone, what is answered
    of MultiHop's inference questions, and the share right of the answered samples.
    """
    answerable = groups.get("sample answerable", [])
    unanswerable = {name: groups[name] for name in ("multihop null", "sample unanswerable") if name in groups}
    if not answerable or not unanswerable:
        return {}
    threshold = sorted((each.confidence for each in answerable), reverse=True)[math.ceil(share * len(answerable)) - 1]

    def answered(outcomes: Sequence[Outcome]) -> float:
        return coverage([each.confidence if each.citations else -1.0 for each in outcomes], threshold)

    both = [each for outcomes in unanswerable.values() for each in outcomes]
    return {
        "threshold": threshold,
        "answered": answered(answerable),
        "precision": mean([float(each.correct) for each in answerable if each.confidence >= threshold]),
        "false": answered(both),
        **{name: answered(outcomes) for name, outcomes in unanswerable.items()},
        "multihop inference": answered(groups.get("multihop inference", [])),
    }


def row(name: str, outcomes: Sequence[Outcome], threshold: float) -> dict[str, Any]:
    """One group at one threshold. EM and F1 count what is withheld as the empty answer.

    Shares of all its questions: `right`, answered with the gold answer in any quote; `first`, in the first quote;
    `text`, in the answer's own text; `correct`, see bench.asking.says. `precision` is the share correct among the
    answered ones, `chars` how much is quoted to answer one.
    (The more is quoted, the easier to be right: compare at the same `chars`.)
    `false` is the share of unanswerable questions that are answered.
    """
    answered = [outcome for outcome in outcomes if outcome.citations and outcome.confidence >= threshold]
    confidences = [outcome.confidence if outcome.citations else -1.0 for outcome in outcomes]
    answerable = outcomes[0].answerable
    nothing = float("nan")
    share = 1 / len(outcomes)
    return {
        "group": name,
        "n": len(outcomes),
        "threshold": threshold,
        "answered": coverage(confidences, threshold),
        "right": sum(outcome.right for outcome in answered) * share if answerable else nothing,
        "precision": mean([float(outcome.correct) for outcome in answered]) if answerable else nothing,
        "correct": sum(outcome.correct for outcome in answered) * share if answerable else nothing,
        "first": sum(outcome.right_first for outcome in answered) * share if answerable else nothing,
        "text": sum(outcome.right_text for outcome in answered) * share if answerable else nothing,
        "right_article": sum(outcome.right_article for outcome in answered) * share if answerable else nothing,
        "em": sum(outcome.em for outcome in answered) * share if answerable else nothing,
        "f1": sum(outcome.f1 for outcome in answered) * share if answerable else nothing,
        "false": nothing if answerable else false_answer_rate(confidences, threshold),
        "chars": mean([float(outcome.quoted_chars) for outcome in answered]),
    }


def curve(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The risk-coverage curve at each tenth of coverage (the first point at or above it), and the area under all."""
    points = risk_coverage([outcome.confidence for outcome in outcomes], [outcome.correct for outcome in outcomes])
    tenths = [next((point for point in points if point.coverage >= tenth / 10 - 1e-9), None) for tenth in range(1, 11)]
    return {
        "area": area_under_risk(points),
        "points": [
            {"coverage": point.coverage, "threshold": point.threshold, "risk": point.risk} for point in tenths if point
        ],
    }


def _ece(outcomes: Sequence[Outcome]) -> float:
    return calibration_error([outcome.confidence for outcome in outcomes], [outcome.correct for outcome in outcomes])


def _print(part: Part, path: Path, figures: dict[str, Any]) -> None:
    print(f"\nanswers, part {part} ({path.name})")
    print(results.table(figures["rows"]))
    if figures["at_70"]:
        print("where 70 % of the samples are answered:", ", ".join(f"{k} {v:.3f}" for k, v in figures["at_70"].items()))
    print("expected calibration error:", ", ".join(f"{k} {v:.3f}" for k, v in figures["calibration_error"].items()))
    for name, found in figures["risk_coverage"].items():
        points = ", ".join(f"{point['coverage']:.1f}: {point['risk']:.3f}" for point in found["points"])
        print(f"risk at coverage, {name}: {points}; area {found['area']:.3f}")
    print(f"citations checked: {figures['citations_checked']}, failures: {len(figures['citation_failures'])}")
