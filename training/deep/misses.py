"""`python -m training.deep.misses OUT`: more near misses, dense.npz, from the nearest contexts that a run gave back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.deep.arrays import DENSE, Arrays
from training.deep.neighbours import NONE
from training.deep.returned import Returned
from training.deep.run import NEAREST
from training.deep.texts import Texts
from training.deep.variants import NEAR, WithoutAnswer


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
    run = Returned.from_command_line("training.deep.misses", __doc__)
    if not (run.out / NEAREST).exists():
        raise FileNotFoundError(f"No {NEAREST} in {run.out}. Run once more: python -m training.deep.run OUT nearest=1")
    misses = near_misses(np.load(run.out / NEAREST)["dense"], run.arrays, run.texts)
    np.savez_compressed(run.travels / DENSE, r_dense=misses)
    print(f"{(misses >= 0).sum(axis=1).mean():.1f} near misses of a record")


if __name__ == "__main__":
    main()
