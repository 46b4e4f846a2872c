"""What a trained network makes of what is measured, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.deep.reading import Reader
from training.deep.rows import Text

SPANS = 3  # of each passage


def measured(reader: Reader) -> dict[str, NDArray[Any]]:
    """What the network makes of every measured passage, in the order of `e_rows`.

    `spans` (n, SPANS, 3): margin, first, last; nan where there is none. `answers` (n,), `verdict` (n, 3): logits.
    """
    arrays = reader.arrays
    questions = [arrays.question(int(each)) for each in np.repeat(arrays["e_q"], np.diff(arrays["e_off"]))]
    texts = [Text(question, *map(int, row)) for question, row in zip(questions, arrays["e_rows"], strict=True)]
    readings = reader.read(texts, SPANS)
    spans = np.full((len(texts), SPANS, 3), np.nan, np.float32)
    for found, reading in zip(spans, readings, strict=True):
        for place, span in zip(found, reading.spans, strict=False):
            place[:] = span.margin, span.first, span.last
    return {
        "spans": spans,
        "answers": np.array([each.answers for each in readings], np.float32),
        "verdict": np.array([each.verdicts for each in readings], np.float32).reshape(-1, 3),
    }
