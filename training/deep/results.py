"""What a trained network gives back as arrays: spans of what is measured, and of training records."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.deep.groups import JUDGED_SPANS
from training.deep.reading import Reader
from training.deep.rows import TITLE_SHARE, Row, Text, judged_row

SPANS = 3  # of each passage
NEAR = 7  # passages beside a record's own in which spans are mined
_AS_WRITTEN = 0.6  # of the questions of which spans are mined; the others are in lower case
_SEED = 5


def measured(reader: Reader, judge: bool) -> dict[str, NDArray[Any]]:
    """What the network makes of every measured passage, in the order of `e_rows`.

    `spans` (n, SPANS, 4): margin, first, last, and for the best JUDGED_SPANS of each question, if `judge`, the logit of
    "this span is right"; nan where there is none. `answers` (n,), `verdict` (n, 3): logits.
    """
    arrays = reader.arrays
    questions = [arrays.question(int(each)) for each in np.repeat(arrays["e_q"], np.diff(arrays["e_off"]))]
    texts = [Text(question, *map(int, row)) for question, row in zip(questions, arrays["e_rows"], strict=True)]
    readings = reader.read(texts, SPANS)
    spans = np.full((len(texts), SPANS, 4), np.nan, np.float32)
    for found, reading in zip(spans, readings, strict=True):
        for place, span in zip(found, reading.spans, strict=False):
            place[:3] = span.margin, span.first, span.last
    if judge:
        _judge(reader, texts, spans)
    return {
        "spans": spans,
        "answers": np.array([each.answers for each in readings], np.float32),
        "verdict": np.array([each.verdicts for each in readings], np.float32).reshape(-1, 3),
    }


def _judge(reader: Reader, texts: list[Text], spans: NDArray[np.float32]) -> None:
    """Put into `spans` what the network makes of the best of each question."""
    rng = random.Random(0)
    rows: list[Row] = []
    places: list[tuple[int, int]] = []
    off = reader.arrays["e_off"].tolist()
    for begin, end in pairwise(off):
        there = [(begin + row, at) for row, at in np.argwhere(np.isfinite(spans[begin:end, :, 0])).tolist()]
        for row, at in sorted(there, key=lambda place: -spans[place][0])[:JUDGED_SPANS]:
            first, last = spans[row, at, 1:3].astype(int).tolist()
            rows.append(judged_row(reader.arrays, texts[row], (first, last), rng))
            places.append((row, at))
    for (row, at), logit in zip(places, reader.judged(rows), strict=True):
        spans[row, at, 3] = logit


def mined(reader: Reader, count: int) -> dict[str, NDArray[Any]]:
    """The best JUDGED_SPANS spans of `count` training records, in their own and in NEAR other passages.

    `m_rec`: the records; `m_off`: where their spans begin; `m_span` (n, 3): context, first, last; `m_margin` (n,).
    """
    arrays, rng, numpy_rng = reader.arrays, random.Random(_SEED), np.random.default_rng(_SEED)
    chances = np.where(arrays["r_verdict"] < 0, arrays.chances(), 0)
    count = min(count, int((chances > 0).sum()))
    records = numpy_rng.choice(len(chances), count, replace=False, p=chances / chances.sum()).tolist()
    texts: list[Text] = []
    off = [0]
    for record in records:
        near = arrays.near(record)
        for context in [int(arrays["r_ctx"][record]), *rng.sample(near, min(NEAR, len(near)))]:
            question = arrays["r_q" if rng.random() < _AS_WRITTEN else "r_lower"][record]
            title = int(arrays.title_of[context]) if rng.random() < TITLE_SHARE else -1
            texts.append(Text(arrays.question(int(question)), title, context))
        off.append(len(texts))
    readings = reader.read(texts, SPANS)
    spans: list[tuple[int, int, int]] = []
    margins: list[float] = []
    ends = [0]
    for begin, end in pairwise(off):
        found = [(span, texts[at].context) for at in range(begin, end) for span in readings[at].spans]
        best = sorted(found, reverse=True)[:JUDGED_SPANS]
        spans += [(context, span.first, span.last) for span, context in best]
        margins += [span.margin for span, _ in best]
        ends.append(len(spans))
    return {
        "m_rec": np.array(records, np.int32),
        "m_off": np.array(ends, np.int32),
        "m_span": np.array(spans, np.int32).reshape(-1, 3),
        "m_margin": np.array(margins, np.float16),
    }
