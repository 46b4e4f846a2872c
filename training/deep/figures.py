"""`python -m training.deep.figures OUT`: how good what a run read is, from measured.npz and the prepared texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import results
from bench.datasets import part_of
from training.deep.arrays import OPEN, Arrays
from training.deep.collection import MeasuredQuestion
from training.deep.prepare import NEWSQA
from training.deep.returned import Returned
from training.deep.run import MEASURED
from training.deep.texts import Texts, overlap, same

COVERAGE = 0.7  # share of the answerable questions that are answered, where false answers are counted
VERDICTS = 0.6  # share of the surest verdicts that are looked at
MORE = {"squad2_dev_half": "squad2_dev_unanswerable_more"}  # unanswerable questions of the same paragraphs

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """What a run made of one measured question: of its p passages the spans, answer logits and verdicts."""

    question: MeasuredQuestion
    spans: NDArray[np.float32]  # (p, SPANS, 3): margin, first, last; nan where there is none
    answers: NDArray[np.float32]  # (p,)
    verdicts: NDArray[np.float32]  # (p, 3)

    @property
    def margin(self) -> float:
        """Of the best span of the first passage; very low where it has none."""
        return float(np.nan_to_num(self.spans[0, 0, 0], nan=-1e9))

    def said(self, texts: Texts, scores: NDArray[np.float32]) -> str:
        """The text of the span with the largest of `scores` (p, SPANS), nan left out; empty where all are nan."""
        if np.isnan(scores).all():
            return ""
        passage, at = np.unravel_index(int(np.nanargmax(scores)), scores.shape)
        first, last = self.spans[passage, at, 1:3].astype(int).tolist()
        return texts.said(self.question.passages[passage][1], first, last)


def read_questions(texts: Texts, arrays: Arrays, measured: dict[str, NDArray[Any]]) -> dict[str, list[Read]]:
    """What a run read, by set. Raises ValueError where it measured other questions than there are."""
    off = arrays["e_off"].tolist()
    if len(measured["answers"]) != off[-1]:
        raise ValueError(f"{len(measured['answers'])} passages were read, and {off[-1]} prepared: read them all.")
    found: dict[str, list[Read]] = {}
    for question, begin, end in zip(texts.measured, off[:-1], off[1:], strict=True):
        parts = (measured[name][begin:end] for name in ("spans", "answers", "verdict"))
        found.setdefault(question.set, []).append(Read(question, *parts))
    return found


def with_paragraph(name: str, reads: Sequence[Read], more: Sequence[Read], texts: Texts) -> Row:
    """F1 and exact match where it must answer, and false answers by three scores, `more` unanswerable ones included.

    A false answer is that of an unanswerable question where COVERAGE of the answerable ones are answered.
    """
    answerable = [each for each in reads if each.question.answers]
    unanswerable = [each for each in (*reads, *more) if not each.question.answers]
    said = [each.said(texts, each.spans[:, :, 0]) for each in answerable]
    golds = [each.question.answers for each in answerable]
    scores: dict[str, Callable[[Read], float]] = {
        "by margin": lambda each: each.margin,
        "by answers": lambda each: float(each.answers[0]),
        "by sum": lambda each: each.margin + float(each.answers[0]),
    }
    return {
        "set": name,
        "n": len(answerable),
        "f1": _mean([overlap(*each) for each in zip(said, golds, strict=True)]),
        "em": _mean([same(*each) for each in zip(said, golds, strict=True)]),
        "unanswerable": len(unanswerable),
        **{
            f"false answers {way}": false_answers(
                *([score(each) for each in some] for some in (answerable, unanswerable))
            )
            for way, score in scores.items()
        },
    }


def false_answers(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """The share of the unanswerable that score as high as COVERAGE of the answerable do; nan where one is empty."""
    if not answerable or not unanswerable:
        return math.nan
    return float((np.array(unanswerable) >= np.quantile(answerable, 1 - COVERAGE)).mean())


def among_passages(reads: Sequence[Read], texts: Texts) -> list[Row]:
    """F1 and exact match of the best span of all passages of a question, chosen in two ways, for both parts."""
    rows = []
    for part in ("choose", "report"):
        of_part = [each for each in reads if part_of(each.question.key) == part]
        for way in ("margin", "margin + answers"):
            said = [each.said(texts, _chosen_by(way, each)) for each in of_part]
            golds = [each.question.answers for each in of_part]
            f1s = [overlap(*each) for each in zip(said, golds, strict=True)]
            exact = [same(*each) for each in zip(said, golds, strict=True)]
            rows.append({"part": part, "n": len(of_part), "by": way, "f1": _mean(f1s), "em": _mean(exact)})
    return rows


def _chosen_by(way: str, read: Read) -> NDArray[np.float32]:
    return read.spans[:, :, 0] + (read.answers[:, None] if "answers" in way else 0)


def verdicts(name: str, reads: Sequence[Read]) -> Row:
    """How often yes-or-no questions and claims get the right verdict.

    `right`: where it must decide; `decided`: the share that does not get "open"; `right of these`; and of the surest
    VERDICTS by the probability of the verdict.
    """
    logits = np.array([each.verdicts[0] for each in reads], np.float64)
    gold = np.array([each.question.verdict for each in reads])
    right = logits[:, :OPEN].argmax(axis=1) == gold
    decided = logits.argmax(axis=1) != OPEN
    chances = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))[:, :OPEN].max(axis=1)
    surest = chances >= np.quantile(chances, 1 - VERDICTS)
    return {
        "set": name,
        "n": len(reads),
        "right": float(right.mean()),
        "decided": float(decided.mean()),
        "right of these": float(right[decided].mean()) if decided.any() else math.nan,
        f"right of the surest {VERDICTS:.0%}": float(right[surest].mean()),
    }


def figures(reads: dict[str, list[Read]], texts: Texts) -> list[list[Row]]:
    """The tables: paragraph given, among passages, verdicts."""
    by_verdict = [name for name, each in reads.items() if each[0].question.verdict >= 0]
    given = [name for name in reads if name not in by_verdict and name not in (NEWSQA, *MORE.values())]
    return [
        [with_paragraph(name, reads[name], reads.get(MORE.get(name, ""), ()), texts) for name in given],
        among_passages(reads.get(NEWSQA, ()), texts),
        [verdicts(name, reads[name]) for name in by_verdict],
    ]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def main() -> None:
    """Run the command."""
    run = Returned.from_command_line("training.deep.figures", __doc__)
    reads = read_questions(run.texts, run.arrays, dict(np.load(run.out / MEASURED)))
    for rows in figures(reads, run.texts):
        if rows:
            print(results.table(rows))


if __name__ == "__main__":
    main()
