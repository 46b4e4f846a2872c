"""`python -m bench calibrate`: what the reader's score is made of, and what probability a score stands for.

Only the parts "choose" are used, in two steps. First, every span or sentence that the reader proposes for a question is
right or wrong, and a logistic regression of that on its features gives the weights. Then whole answers are asked for
with these weights, and a logistic regression of "the answer is right" on its score gives slope and offset (Platt,
1999). Both for short answers and for sentences. In both steps the sources weigh as in WEIGHTS, whatever their number of
questions: a person's own questions are unlike any one of them. Yes or no has a curve of its own, over all its questions
alike: how often the quote settles it, as the word is hardly ever said. So have questions for somebody's words.

What is new, what happened and a summary are right where there are articles about what was named: see bench/topics.py.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import newsroom, results
from bench.asking import BATCH, Outcome, collect, says
from bench.datasets import Fact, Question, SetName, part_of, questions_of
from bench.indexes import open_index
from bench.metrics import calibration_error, mean
from bench.topics import looked_up
from index import ArticleIndex, ScoredPassage
from qa import AnswerSettings, ArticleQA, HybridRetriever, JointReader
from qa.question.turn import CURVES, fitted_as
from qa.question.wording import query_of
from qa.reading.answers import FEATURES, Candidate
from qa.reading.network import WEIGHTS as READER_FILES
from qa.reading.reader import Calibration
from qa.reading.topics import TOPIC_FEATURES

# Of each source in the first fit.
WEIGHTS: dict[SetName, float] = {"newsqa": 0.35, "newsroom": 0.4, "sample": 0.15, "multihop": 0.1}
READER_FILE = READER_FILES / "reader.json"
FORMS = ("short", "sentences")
_OF_NEWSQA = 500  # questions: more do not move the weights, and take as long as all others together
_THRESHOLDS = [round(at / 20, 2) for at in range(1, 19)]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate of some question's."""

    form: str  # of the question
    features: Mapping[str, float]
    right: bool


def run(data: Path, indexes: Path, write: bool) -> None:
    """Fit, print the table, write bench/results/calibrate-choose.json; with `write`, also qa/weights/reader.json."""
    questions = {name: chosen(name, data) for name in WEIGHTS}
    proposed: dict[SetName, list[Proposal]] = {}
    for name, asked_of in questions.items():
        with open_index(_index_of(name), indexes) as articles:
            proposed[name] = propose(name, articles, asked_of)
    weights: dict[str, dict[str, float]] = {form: fit_weights(proposed, form) for form in FORMS}
    for form, each in weights.items():
        print(f"weights, {form}:", ", ".join(f"{name} {value:.3f}" for name, value in each.items()), flush=True)
    with open_index("multihop", indexes) as articles:
        weights["summary"] = fit_topics(articles)
    found: dict[SetName, list[Outcome]] = {}
    for name, asked_of in questions.items():
        with open_index(_index_of(name), indexes) as articles:
            found[name] = list(collect(name, articles, asked_of, _uncalibrated(articles, weights)))
    platt: dict[str, tuple[float, float]] = {curve: fit_platt(found, curve) for curve in (*FORMS, "said")}
    with open_index("multihop", indexes) as articles:
        platt["long"] = fit_long(articles, data, found["multihop"], weights)
        platt["yes_no"] = fit_yes_no(articles, found, weights)
    platt["summary"] = 1.0, 0.0
    calibration = Calibration(weights, platt)
    rows = threshold_rows(found, calibration)
    counts: dict[str, int] = {name: len(outcomes) for name, outcomes in found.items()}
    figures = {
        "n": counts,
        "weights": weights,
        "platt": calibration.platt,
        "calibration_error": errors(found, calibration),
        "rows": rows,
    }
    path = results.write("calibrate-choose", figures, {"weights": WEIGHTS})
    print(f"calibrate, parts choose ({path.name}); n {counts}; slope and offset {figures['platt']}")
    print("expected calibration error with them, in sample:")
    print("  " + ", ".join(f"{name} {error:.3f}" for name, error in errors(found, calibration).items()))
    print(results.table(rows))
    if write:
        write_to(READER_FILE, calibration, counts)
        print(f"written to {READER_FILE}")


def chosen(name: SetName, data: Path) -> list[Question]:
    """The questions of a source's choosing part.

    Of NewsQA some, drawn with a fixed seed; of MultiHop-RAG those that nothing answers; of the newsroom no yes or no.
    """
    if name == "newsroom":
        return [
            Question(
                each.id,
                each.question,
                each.id,
                each.kind,
                each.answers,
                tuple(Fact(article, each.answers) for article, *_ in each.evidence),
            )
            for each in newsroom.to_choose_by()
            if each.kind != "yes or no"
        ]
    questions = questions_of(name, data, "choose")
    if name == "newsqa" and len(questions) > _OF_NEWSQA:
        questions = random.Random(0).sample(questions, _OF_NEWSQA)
    return [question for question in questions if name != "multihop" or question.kind == "null_query"]


def _index_of(name: SetName) -> SetName:
    return "multihop" if name == "newsroom" else name


def propose(name: SetName, articles: ArticleIndex, questions: Sequence[Question]) -> list[Proposal]:
    """Everything that the reader proposes for these questions, and whether it is an answer from the right article."""
    retriever = HybridRetriever(articles)
    reader = JointReader(articles)
    proposed: list[Proposal] = []
    # A summary is not put together from what is proposed.
    questions = [each for each in questions if fitted_as(query_of(each.text).form) in FORMS]
    for at in range(0, len(questions), BATCH):
        batch = questions[at : at + BATCH]
        queries = [query_of(question.text) for question in batch]
        found = retriever.retrieve(queries)
        of_each = zip(batch, queries, found, reader.candidates(queries, found), strict=True)
        for question, query, passages, candidates in of_each:
            form = fitted_as(query.form)
            proposed += [Proposal(form, each.features, _right(question, passages, each)) for each in candidates]
        print(f"\r{name}: {at + len(batch)} of {len(questions)} questions read", end="", file=sys.stderr)
    print(file=sys.stderr)
    return proposed


def fit_weights(proposed: Mapping[SetName, Sequence[Proposal]], form: str) -> dict[str, float]:
    """Logistic regression of "right" on the features; a feature that would count against an answer is left out."""
    of_form = {source: [each for each in proposals if each.form == form] for source, proposals in proposed.items()}
    rows = [
        ([each.features[name] for name in FEATURES], each.right, WEIGHTS[source] / len(proposals))
        for source, proposals in of_form.items()
        for each in proposals
    ]
    values = np.array([row for row, _, _ in rows])
    used = list(range(len(FEATURES)))
    while True:
        model = _logistic(values[:, used], [right for _, right, _ in rows], [weight for *_, weight in rows])
        coefficients = model.coef_[0]
        if coefficients.min() >= 0:
            break
        if len(used) == 1:
            raise ValueError(f"No feature speaks for an answer ({form}): the reader's output cannot be right.")
        used.pop(int(coefficients.argmin()))
    weights = dict.fromkeys(FEATURES, 0.0)
    weights["offset"] = float(model.intercept_[0])
    return weights | {FEATURES[at]: float(value) for at, value in zip(used, coefficients, strict=True)}


def fit_platt(found: Mapping[SetName, Sequence[Outcome]], curve: str) -> tuple[float, float]:
    """Slope and offset: logistic regression of "correct" on the score, over the questions of one curve."""
    rows = [
        (each.score, each.correct, WEIGHTS[name] / len(outcomes))
        for name, outcomes in found.items()
        for each in outcomes
        if each.score is not None and each.curve == curve
    ]
    model = _logistic([[score] for score, *_ in rows], [right for _, right, _ in rows], [w for *_, w in rows])
    return float(model.coef_[0][0]), float(model.intercept_[0])


def fit_long(
    articles: ArticleIndex, data: Path, null: Sequence[Outcome], weights: Mapping[str, Mapping[str, float]]
) -> tuple[float, float]:
    """Slope and offset for short answers to questions with clauses, as MultiHop-RAG's inference and null queries are.

    `articles` is its index, `null` are the outcomes of its null queries.
    """
    asked = [each for each in questions_of("multihop", data, "choose") if each.kind == "inference_query"]
    inferred = list(collect("multihop", articles, asked, _uncalibrated(articles, weights)))
    return fit_platt({"multihop": [*inferred, *null]}, "long")


def fit_yes_no(
    articles: ArticleIndex, found: Mapping[SetName, Sequence[Outcome]], weights: Mapping[str, Mapping[str, float]]
) -> tuple[float, float]:
    """Slope and offset for yes or no: whether a quote settles it, by the newsroom's questions and those in `found`.

    `articles` is the index of MultiHop-RAG.
    """
    asked = [each for each in newsroom.to_choose_by() if each.kind == "yes or no"]
    qa = ArticleQA(articles, _uncalibrated(articles, weights), settings=AnswerSettings(threshold=0))
    judged = [each for each in newsroom.ask(qa, asked) if not each.answer.abstained]
    outcomes = [
        each for of_set in found.values() for each in of_set if each.curve == "yes_no" and each.score is not None
    ]
    scores = [_log_odds(each.answer.confidence) for each in judged] + [float(each.score or 0) for each in outcomes]
    settled = [each.asked.answerable and each.in_quotes for each in judged] + [each.right for each in outcomes]
    model = _logistic([[score] for score in scores], settled, [1.0] * len(scores))
    return float(model.coef_[0][0]), float(model.intercept_[0])


def _uncalibrated(articles: ArticleIndex, weights: Mapping[str, Mapping[str, float]]) -> JointReader:
    """A reader whose confidence is its score as a probability."""
    return JointReader(articles, calibration=Calibration(weights, dict.fromkeys(CURVES, (1.0, 0.0))))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def fit_topics(articles: ArticleIndex) -> dict[str, float]:
    """Weights and offset of the log-odds that some article is about a topic; `articles` is MultiHop-RAG's index."""
    named = [each for each in looked_up(articles) if part_of(each.id) == "choose"]
    rows = [[each.features[name] for name in TOPIC_FEATURES] for each in named]
    model = _logistic(rows, [each.answerable for each in named], [1.0] * len(named))
    weights = dict(zip(TOPIC_FEATURES, map(float, model.coef_[0]), strict=True))
    return weights | {"offset": float(model.intercept_[0])}


def errors(found: Mapping[SetName, Sequence[Outcome]], calibration: Calibration) -> dict[str, float]:
    """The expected calibration error of each source, and of all weighted as in the fit."""
    rows = {
        name: [
            (calibration.confidence(outcome.score, outcome.curve), outcome.correct)
            for outcome in outcomes
            if outcome.score is not None
        ]
        for name, outcomes in found.items()
    }
    of_each: dict[str, float] = {
        name: calibration_error([c for c, _ in pairs], [r for _, r in pairs]) for name, pairs in rows.items()
    }
    everything = [(c, r, WEIGHTS[name] / len(pairs)) for name, pairs in rows.items() for c, r in pairs]
    together = calibration_error(
        [c for c, *_ in everything], [r for _, r, _ in everything], [w for *_, w in everything]
    )
    return {**of_each, "all, weighted": together}


def threshold_rows(found: Mapping[SetName, Sequence[Outcome]], calibration: Calibration) -> list[dict[str, Any]]:
    """What answering from a confidence on would do to each kind of question."""
    answerable = [outcome for outcome in found["sample"] if outcome.answerable]
    unanswerable = [outcome for outcome in found["sample"] if not outcome.answerable]
    told = [outcome for outcome in found["newsroom"] if outcome.answerable]
    untold = [outcome for outcome in found["newsroom"] if not outcome.answerable]

    def answered(outcomes: Sequence[Outcome], threshold: float) -> list[Outcome]:
        return [
            outcome
            for outcome in outcomes
            if outcome.score is not None and calibration.confidence(outcome.score, outcome.curve) >= threshold
        ]

    rows: list[dict[str, Any]] = []
    for threshold in _THRESHOLDS:
        sample, newsqa = answered(answerable, threshold), answered(found["newsqa"], threshold)
        newsroom_told = answered(told, threshold)
        rows.append(
            {
                "confidence": threshold,
                "sample correct": _share([outcome for outcome in sample if outcome.correct], answerable),
                "sample ans": _share(sample, answerable),
                "unansw. ans": _share(answered(unanswerable, threshold), unanswerable),
                "newsroom correct": _share([outcome for outcome in newsroom_told if outcome.correct], told),
                "newsroom ans": _share(newsroom_told, told),
                "newsroom unansw. ans": _share(answered(untold, threshold), untold),
                "null ans": _share(answered(found["multihop"], threshold), found["multihop"]),
                "newsqa ans": _share(newsqa, found["newsqa"]),
                "newsqa prec": mean([float(outcome.correct) for outcome in newsqa]),
                "newsqa correct": _share([outcome for outcome in newsqa if outcome.correct], found["newsqa"]),
            }
        )
    return rows


def write_to(path: Path, calibration: Calibration, counts: Mapping[str, int]) -> None:
    """Write the reader's file."""
    values = {
        "weights": {
            form: {name: round(value, 4) for name, value in weights.items()}
            for form, weights in calibration.weights.items()
        },
        "platt": {
            form: {"slope": round(slope, 4), "offset": round(offset, 4)}
            for form, (slope, offset) in calibration.platt.items()
        },
        "fitted_on": {
            "weights": 'parts "choose" of NewsQA, the newsroom, MultiHop-RAG null queries and examples/questions.jsonl',
            "platt": "the same, with yes or no; of news and summaries, half of bench/newsroom's topics and details",
        },
        "weight_of_each": dict(WEIGHTS),
        "questions": dict(counts),
    }
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _right(question: Question, passages: Sequence[ScoredPassage], each: Candidate) -> bool:
    passage = passages[each.passage].passage
    wanted = {fact.article for fact in question.facts}
    return bool({passage.article_id, passage.title} & wanted) and says(each.text, question.answers)


def _logistic(values: Any, right: Sequence[bool], weights: Sequence[float]) -> Any:
    from sklearn.linear_model import LogisticRegression

    scale = len(weights) / sum(weights)
    model = LogisticRegression(C=1e3, max_iter=5000)
    return model.fit(values, right, [weight * scale for weight in weights])


def _share(some: Sequence[Outcome], of: Sequence[Outcome]) -> float:
    return len(some) / len(of) if of else math.nan
