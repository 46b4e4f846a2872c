"""`python -m bench check`: a small fixed part, compared with bench/baseline.json; for `make bench-check`.

60 questions about 40 NewsQA articles of the part "choose", over an index of those 40, and the sample questions. Without
the data folder, the samples alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import results
from bench.asking import Outcome, collect
from bench.datasets import PROJECT, SAMPLE_ARTICLES, DataMissingError, Question, SetName, articles_of, questions_of
from bench.indexes import build_from
from bench.metrics import mean
from bench.retrieval import rank
from index import Article, ArticleIndex
from qa import AnswerSettings

BASELINE = PROJECT / "bench" / "baseline.json"
ARTICLES = 40
QUESTIONS = 60
_SMALLER_IS_BETTER = ("false answers", "citation failures")
_TOLERANCE = 0.02  # of a new figure; about one question in 60. Edit it in the baseline


@dataclass(frozen=True, slots=True)
class Expected:
    """A figure of the baseline, and how much worse it may get."""

    value: float
    tolerance: float


def run(data: Path, indexes: Path, update: bool) -> bool:
    """Measure, print, and give whether no figure lost more than its tolerance; with `update`, write the baseline.

    Without a baseline nothing can be said, and that is no success.
    """
    figures = measure(data, indexes / "check")
    before = baseline(BASELINE)
    if update:
        kept = {name: expected.tolerance for name, expected in before.items()}
        values = {
            name: {"value": round(value, 4), "tolerance": kept.get(name, _tolerance(name))}
            for name, value in ({name: expected.value for name, expected in before.items()} | figures).items()
        }
        BASELINE.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        print(f"{len(figures)} figures written to {BASELINE}")
        return True
    print(
        results.table(
            [
                {"figure": name, "now": value, "baseline": before[name].value if name in before else float("nan")}
                for name, value in figures.items()
            ]
        )
    )
    if not before:
        print(f"No baseline at {BASELINE}. Write one: python -m bench check --update", file=sys.stderr)
        return False
    worse = losses(figures, before)
    for line in worse:
        print(f"worse: {line}", file=sys.stderr)
    return not worse


def measure(data: Path, indexes: Path) -> dict[str, float]:
    """The figures, by name; those of NewsQA only where its data is."""
    figures = _measured("sample", SAMPLE_ARTICLES, questions_of("sample", data), indexes)
    try:
        chosen, questions = small_newsqa(data)
    except DataMissingError as exc:
        print(f"{exc} Only the samples are checked.", file=sys.stderr)
        return figures
    return figures | _measured("newsqa", chosen, questions, indexes)


def small_newsqa(data: Path) -> tuple[list[Article], list[Question]]:
    """The articles and questions of the check: those of the part "choose" whose ids have the smallest hashes."""
    questions = questions_of("newsqa", data, "choose")
    wanted = sorted({question.key for question in questions}, key=_order)[:ARTICLES]
    asked = sorted((question for question in questions if question.key in wanted), key=lambda q: _order(q.id))
    articles = {article.id: article for article in articles_of("newsqa", data)}
    return [articles[key] for key in wanted], asked[:QUESTIONS]


def losses(figures: dict[str, float], before: dict[str, Expected]) -> list[str]:
    """A line for each figure that lost more than its tolerance; one that the baseline lacks cannot lose."""
    lines = []
    for name, value in figures.items():
        if name not in before:
            continue
        expected = before[name]
        lost = value - expected.value if name.endswith(_SMALLER_IS_BETTER) else expected.value - value
        if lost > expected.tolerance + 1e-9:
            lines.append(f"{name} {value:.4f}, was {expected.value:.4f}; {expected.tolerance:g} may be lost")
    return lines


def baseline(path: Path) -> dict[str, Expected]:
    """What the file holds, by name of the figure; nothing where there is no file."""
    if not path.exists():
        return {}
    return {name: Expected(**entry) for name, entry in json.loads(path.read_text(encoding="utf-8")).items()}


def _measured(
    name: SetName, source: Path | Sequence[Article], questions: Sequence[Question], indexes: Path
) -> dict[str, float]:
    build_from(name, source, indexes / name)
    answerable = [question for question in questions if question.answers]
    with ArticleIndex.open(indexes / name, create=False) as articles:
        found = [entry.measures["ours"] for entry in rank(articles, answerable)]
        outcomes = list(collect(name, articles, questions))
    of_answerable = [outcome for outcome in outcomes if outcome.answerable]
    of_others = [outcome for outcome in outcomes if not outcome.answerable]
    figures = {f"{name} {measure}": mean([entry[measure] for entry in found]) for measure in found[0]}
    figures[f"{name} right when it must answer"] = mean([float(outcome.right) for outcome in of_answerable])
    figures[f"{name} right text when it must answer"] = mean([float(outcome.right_text) for outcome in of_answerable])
    figures[f"{name} f1 when it must answer"] = mean([outcome.f1 for outcome in of_answerable])
    figures[f"{name} right"] = mean([float(outcome.right and _answered(outcome)) for outcome in of_answerable])
    if of_others:
        figures[f"{name} false answers"] = mean([float(_answered(outcome)) for outcome in of_others])
    figures[f"{name} citation failures"] = float(sum(len(outcome.failures) for outcome in outcomes))
    return figures


def _answered(outcome: Outcome) -> bool:
    """Whether it is answered at the default threshold."""
    return outcome.citations > 0 and outcome.confidence >= AnswerSettings().threshold


def _tolerance(name: str) -> float:
    return 0.0 if name.endswith("citation failures") else _TOLERANCE


def _order(key: str) -> str:
    return hashlib.sha256(f"check {key}".encode()).hexdigest()
