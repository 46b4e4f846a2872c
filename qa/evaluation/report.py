"""An Evaluation in words, for `qa eval`."""

from __future__ import annotations

import math

from qa.answer_text import one_line
from qa.evaluation.evaluate import Evaluation, Figures, Miss

_COLUMNS = ("threshold", "answered", "exactly right", "F1", "found", "precision", "false answers")
_EXPECTED = 3  # spellings of a right answer that are shown


def report(evaluation: Evaluation, misses: int) -> str:
    """The figures, the table of thresholds, and the first so many misses."""
    parts = [_figures(evaluation), _table(evaluation)]
    if evaluation.misses and misses:
        shown = evaluation.misses[:misses]
        parts.append(f"Worst misses, {len(shown)} of {len(evaluation.misses)}:")
        parts += [_miss(number, miss) for number, miss in enumerate(shown, start=1)]
    return "\n\n".join(parts)


def _figures(evaluation: Evaluation) -> str:
    figures, skipped = evaluation.figures, len(evaluation.skipped)
    questions = evaluation.answerable + evaluation.unanswerable
    given = figures.answered + figures.false_answers
    lines = [
        f"{_counted(questions, 'question')}: {evaluation.answerable} with an answer, {evaluation.unanswerable} without"
        + (f"; {_counted(skipped, 'line')} skipped" if skipped else ""),
        "",
        f"At a threshold of {figures.threshold:g}, of those with an answer:",
        f"  answered          {_percent(figures.coverage)}  coverage: {figures.answered} of {evaluation.answerable}",
        f"  exactly right     {_percent(figures.accuracy)}  accuracy: the words of an expected answer and no others",
        f"  F1                {_percent(figures.f1)}  words shared with an expected answer",
        f"  found             {_percent(figures.found)}  an expected answer stands in a quote",
        "of those without:",
        f"  false answers     {_percent(figures.false_answer_rate)}  "
        f"{figures.false_answers} of {evaluation.unanswerable} answered all the same",
        "of all:",
        f"  precision         {_percent(figures.precision)}  found, of the {_counted(given, 'answer')} given",
        f"  calibration error {evaluation.calibration_error:7.2f}  how far confidence is from the share found",
        f"  time              {evaluation.mean_ms:4.0f} ms  a question",
    ]
    return "\n".join(lines)


def _table(evaluation: Evaluation) -> str:
    chosen = evaluation.figures.threshold
    rows = [_COLUMNS, *(_row(figures, figures.threshold == chosen) for figures in evaluation.thresholds)]
    return "\n".join(
        "  ".join(f"{cell:>{max(len(name), 7)}}" for cell, name in zip(row, _COLUMNS, strict=True)) for row in rows
    )


def _row(figures: Figures, chosen: bool) -> tuple[str, ...]:
    shares = (
        figures.coverage, figures.accuracy, figures.f1, figures.found, figures.precision, figures.false_answer_rate,
    )  # fmt: skip
    return (f"{'> ' if chosen else ''}{figures.threshold:g}", *map(_percent, shares))


def _miss(number: int, miss: Miss) -> str:
    outcome, gold = miss.outcome, miss.outcome.gold
    place = f"line {gold.line}" if gold.id is None else f"line {gold.line}, {gold.id!r}"
    expected = "; ".join(gold.answers[:_EXPECTED]) or "nothing: the articles do not say"
    quoted = ", though its quotes hold a right one" if outcome.found and miss.kind != "inexact" else ""
    lines = [
        f"{number}. {miss.kind}{quoted}, confidence {outcome.confidence:.3f} ({place})",
        f"   question  {one_line(gold.question)}",
        f"   expected  {one_line(expected)}",
        f"   answer    {one_line(outcome.answer) or 'none was found'}",
    ]
    for citation in outcome.citations[:1]:
        title = one_line(citation.title) or citation.article_id
        lines.append(f"   quote     “{one_line(citation.quote)}” — {title}")
    return "\n".join(lines)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    return "      -" if math.isnan(share) else f"{share:5.1%}".replace("%", " %").rjust(7)
