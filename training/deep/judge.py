"""`python -m training.deep.judge OUT`: from what a run gave back, what the next run learns more from.

From the spans that it mined come those to judge (judge.npz), from the nearest contexts more near misses (dense.npz).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.deep.arrays import DENSE, JUDGE, Arrays
from training.deep.neighbours import NONE
from training.deep.returned import Returned
from training.deep.run import MINED, NEAREST
from training.deep.texts import Texts, overlap
from training.deep.variants import NEAR, WithoutAnswer

RIGHT, NEARLY = 0.8, 0.3  # F1 with an answer, from which a span is right, and too near to one to be wrong


def judged(mined: dict[str, NDArray[Any]], texts: Texts) -> dict[str, NDArray[np.int32]]:
    """`j_rec` and `j_off` as mined, and `j_span` (n, 4): context, first and last token, label.

    The label is 1 for a span whose F1 with an answer of its record is RIGHT or more, -1 from NEARLY on, and 0 else.
    """
    record_of = np.repeat(mined["m_rec"], np.diff(mined["m_off"])).tolist()
    spans = mined["m_span"].tolist()
    labels = [label(texts.said(*span), texts.answers[record]) for record, span in zip(record_of, spans, strict=True)]
    return {
        "j_rec": mined["m_rec"].astype(np.int32),
        "j_off": mined["m_off"].astype(np.int32),
        "j_span": np.column_stack([mined["m_span"], np.array(labels, np.int32)]).astype(np.int32),
    }


def label(said: str, answers: Sequence[str]) -> int:
    """1: right, 0: wrong, -1: neither counts; nothing is right where there are no answers."""
    share = overlap(said, answers) if answers else 0.0
    return 1 if share >= RIGHT else -1 if share >= NEARLY else 0


def near_misses(nearest: NDArray[np.uint16], arrays: Arrays, texts: Texts) -> NDArray[np.int32]:
    """Of each record the nearest contexts, best first, that do not answer it: (n, NEAR), or -1.

    `nearest` is of training.deep.neighbours.
    """
    without = WithoutAnswer(texts.contexts)
    found = np.full((len(nearest), NEAR), -1, np.int32)
    for record, contexts in enumerate(nearest.tolist()):
        answers = [answer.lower() for answer in texts.answers[record]]
        own, decides = int(arrays["r_ctx"][record]), bool(arrays["r_verdict"][record] >= 0)
        kept = without.among([context for context in contexts if context != NONE], own, answers, decides)
        found[record, : len(kept)] = kept
    return found


def main() -> None:
    """Run the command."""
    run = Returned.from_command_line("training.deep.judge", __doc__)
    if (run.out / MINED).exists():
        values = judged(dict(np.load(run.out / MINED)), run.texts)
        np.savez_compressed(run.travels / JUDGE, **values)  # type: ignore[arg-type]
        labels = values["j_span"][:, 3]
        shares = ", ".join(f"{name} {(labels == each).mean():.3f}" for name, each in (("right", 1), ("nearly", -1)))
        print(f"{len(values['j_rec']):,} questions, {len(labels):,} spans: {shares}")
    if (run.out / NEAREST).exists():
        misses = near_misses(np.load(run.out / NEAREST)["dense"], run.arrays, run.texts)
        np.savez_compressed(run.travels / DENSE, r_dense=misses)
        print(f"{(misses >= 0).sum(axis=1).mean():.1f} near misses of a record")


if __name__ == "__main__":
    main()
