"""`python -m bench calibrate`: turns the reader's scores into probabilities, and shows what each threshold would do.

Only the parts "choose" are used. The three sources weigh equally, whatever their number of questions: a third for
NewsQA, a third for MultiHop's unanswerable questions, which are never right, and a third for the samples (answerable
and not). A person's own questions are unlike any one of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.asking import Outcome
from bench.cache import outcomes_of
from bench.datasets import PROJECT, SetName, questions_of
from bench.indexes import open_index
from bench.metrics import calibration_error, mean

SOURCES: tuple[SetName, ...] = ("newsqa", "multihop", "sample")
READER_FILE = PROJECT / "qa" / "sentence_reader.json"
_STEPS = 48  # rows of the table, about


@dataclass(frozen=True, slots=True)
class Platt:
    """confidence = 1 / (1 + exp(-(slope * score + offset)))."""

    slope: float
    offset: float

    def confidence(self, score: float) -> float:
        """The probability that an answer with this score is right."""
        return 1 / (1 + math.exp(-(self.slope * score + self.offset)))


def run(data: Path, indexes: Path, write: bool, fresh: bool = False, whatever_code: bool = False) -> None:
    """Fit, print the table, write bench/results/calibrate-choose.json; with `write`, also qa/sentence_reader.json."""
    found: dict[SetName, list[Outcome]] = {}
    for name in SOURCES:
        questions = questions_of(name, data, "choose")
        if name == "multihop":
            questions = [question for question in questions if question.kind == "null_query"]
        with open_index(name, indexes) as articles:
            found[name] = outcomes_of(name, articles, questions, indexes, fresh=fresh, whatever_code=whatever_code)
    platt = fit(found)
    rows = threshold_rows(found, platt)
    counts = {name: len(outcomes) for name, outcomes in found.items()}
    figures = {
        "n": counts,
        "right": {name: sum(outcome.right for outcome in outcomes) for name, outcomes in found.items()},
        "slope": platt.slope,
        "offset": platt.offset,
        "calibration_error": errors(found, platt),
        "rows": rows,
    }
    path = results.write("calibrate-choose", figures, {"weights": "a third for each source"})
    print(f"calibrate, parts choose ({path.name}); n {counts}; right {figures['right']}")
    print(f"slope {platt.slope:.4f}, offset {platt.offset:.4f}; expected calibration error with them, in sample:")
    print("  " + ", ".join(f"{name} {error:.3f}" for name, error in errors(found, platt).items()))
    print("ans = share answered, prec = right among the answered, right = answered rightly of all")
    print(results.table(rows))
    if write:
        write_to(READER_FILE, platt, counts)
        print(f"slope and offset written to {READER_FILE}")


def fit(found: Mapping[SetName, Sequence[Outcome]]) -> Platt:
    """Logistic regression of "right" on the score (Platt, 1999), each source weighing the same in all."""
    from sklearn.linear_model import LogisticRegression

    rows = [
        (outcome.score, outcome.right, 1 / len(outcomes))
        for outcomes in found.values()
        for outcome in outcomes
        if outcome.score is not None
    ]
    scale = len(rows) / sum(weight for _, _, weight in rows)
    model = LogisticRegression(C=1e6, max_iter=1000)
    model.fit(
        [[score] for score, _, _ in rows], [right for _, right, _ in rows], [weight * scale for _, _, weight in rows]
    )
    return Platt(float(model.coef_[0][0]), float(model.intercept_[0]))


def errors(found: Mapping[SetName, Sequence[Outcome]], platt: Platt) -> dict[str, float]:
    """The expected calibration error of each source, and of all weighted equally."""
    rows: dict[str, list[tuple[float, bool]]] = {
        name: [(platt.confidence(outcome.score), outcome.right) for outcome in outcomes if outcome.score is not None]
        for name, outcomes in found.items()
    }
    of_each = {name: calibration_error([c for c, _ in pairs], [r for _, r in pairs]) for name, pairs in rows.items()}
    everything = [(c, r, 1 / len(pairs)) for pairs in rows.values() for c, r in pairs]
    together = calibration_error(
        [c for c, _, _ in everything], [r for _, r, _ in everything], [w for *_, w in everything]
    )
    return {**of_each, "all, weighted equally": together}


def threshold_rows(found: Mapping[SetName, Sequence[Outcome]], platt: Platt) -> list[dict[str, Any]]:
    """What answering from a score on would do to each kind of question, over the range of the scores."""
    scores = [outcome.score for outcomes in found.values() for outcome in outcomes if outcome.score is not None]
    step = max(round((max(scores) - min(scores)) / _STEPS * 20) / 20, 0.05)
    low = math.floor(min(scores) / step)
    answerable = [outcome for outcome in found["sample"] if outcome.answerable]
    unanswerable = [outcome for outcome in found["sample"] if not outcome.answerable]
    rows: list[dict[str, Any]] = []
    for at in range(low, math.floor(max(scores) / step) + 1):
        score = round(at * step, 4)
        sample, newsqa = _from(answerable, score), _from(found["newsqa"], score)
        rows.append(
            {
                "score": score,
                "confidence": platt.confidence(score),
                "sample right": _share([outcome for outcome in sample if outcome.right], answerable),
                "sample ans": _share(sample, answerable),
                "unansw. ans": _share(_from(unanswerable, score), unanswerable),
                "null ans": _share(_from(found["multihop"], score), found["multihop"]),
                "newsqa ans": _share(newsqa, found["newsqa"]),
                "newsqa prec": mean([float(outcome.right) for outcome in newsqa]),
                "newsqa right": _share([outcome for outcome in newsqa if outcome.right], found["newsqa"]),
            }
        )
    return rows


def write_to(path: Path, platt: Platt, counts: Mapping[SetName, int]) -> None:
    """Put slope and offset into the reader's file, and keep everything else in it."""
    values = json.loads(path.read_text(encoding="utf-8"))
    values |= {
        "slope": round(platt.slope, 4),
        "offset": round(platt.offset, 4),
        "calibrated_on": "choosing parts of NewsQA, MultiHop-RAG null queries and examples/questions.jsonl, "
        "a third each",
        "calibration_questions": dict(counts),
    }
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _from(outcomes: Sequence[Outcome], score: float) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.score is not None and outcome.score >= score]


def _share(some: Sequence[Outcome], of: Sequence[Outcome]) -> float:
    return len(some) / len(of) if of else math.nan
