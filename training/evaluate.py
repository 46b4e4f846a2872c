"""The reader with the right paragraph given, on titles that it was not trained on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bench.metrics import exact_match, f1
from qa.reading.spans import best_span
from training.batches import MAX_QUESTION, Row, collate
from training.data import Record
from training.model import Batch, encoder_folder

Floats = NDArray[np.float32]
# From a batch to start logits, end logits and answer logits.
Network = Callable[[Batch], tuple[Floats, Floats, Floats]]

MAX_LENGTH = 512  # tokens
COVERAGE = 0.7  # share of the answerable questions that are answered, where false answers are counted


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the reader makes of one record when it must answer."""

    text: str
    margin: float  # of the best span's logits over those of "no answer here"
    answers: float  # the answer logit


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1; nan where nothing can be counted."""

    n: int
    answerable: int
    em: float  # answerable questions only, always answering
    f1: float
    false_answers: float  # share of the unanswerable that are answered where COVERAGE of the answerable are, by margin
    false_answers_by_logit: float  # the same by the answer logit
    false_answers_by_sum: float  # the same by their sum
    auc: float  # of the sum, answerable against unanswerable


def predict(network: Network, records: Sequence[Record], batch_rows: int = 32) -> list[Prediction]:
    """Read each record's paragraph (its first 512 tokens with the question), title in front where it has one."""
    tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(texts: list[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
        return [(e.ids, e.offsets) for e in tokenizer.encode_batch(texts, add_special_tokens=False)]

    questions = encode([record.question for record in records])
    headings = encode([f"{record.title}." if record.title else "" for record in records])
    contexts = encode([record.context for record in records])
    rows = []
    for (question, _), (heading, _), (context, _) in zip(questions, headings, contexts, strict=True):
        question = question[:MAX_QUESTION]
        begin = len(question) + 2
        ids = (101, *question, 102, *heading, *context)[: MAX_LENGTH - 1]
        rows.append(Row((*ids, 102), begin, begin + len(heading), 0, 0))
    found: dict[int, Prediction] = {}
    order = sorted(range(len(rows)), key=lambda at: rows[at].length)
    for at in range(0, len(order), batch_rows):
        numbers = order[at : at + batch_rows]
        batch = collate([[rows[number]] for number in numbers])
        starts, ends, answers = network(batch)
        allowed = batch.allowed.numpy()
        for number, start, end, answer, may in zip(numbers, starts, ends, answers, allowed, strict=True):
            first, last, score = _best_span(start, end, may)
            offsets = contexts[number][1]
            first, last = first - rows[number].allowed_from, last - rows[number].allowed_from
            text = records[number].context[offsets[first][0] : offsets[last][1]] if offsets else ""
            found[number] = Prediction(text, score - float(start[0] + end[0]), float(answer))
    return [found[number] for number in range(len(records))]


def _best_span(start: Floats, end: Floats, allowed: NDArray[np.bool_]) -> tuple[int, int, float]:
    """As qa.reading.spans.best_span, where only the places in `allowed` may be an answer, and never the first."""
    places = np.flatnonzero(allowed[1:]) + 1
    if not len(places):
        return 0, 0, float(start[0] + end[0])
    first, last, score = best_span(start[places], end[places])
    return int(places[first]), int(places[last]), score


def measure(network: Network, records: Sequence[Record]) -> Figures:
    """The figures of the reader on these records."""
    predictions = predict(network, records)
    answerable = [(r, p) for r, p in zip(records, predictions, strict=True) if r.spans]
    unanswerable = [p for r, p in zip(records, predictions, strict=True) if not r.spans]

    def false_answers(score: Callable[[Prediction], float]) -> float:
        if not unanswerable:
            return float("nan")
        threshold = np.quantile([score(p) for _, p in answerable], 1 - COVERAGE)
        return float(np.mean([score(p) >= threshold for p in unanswerable]))

    return Figures(
        n=len(records),
        answerable=len(answerable),
        em=float(np.mean([exact_match(p.text, r.answers) for r, p in answerable])),
        f1=float(np.mean([f1(p.text, r.answers) for r, p in answerable])),
        false_answers=false_answers(lambda p: p.margin),
        false_answers_by_logit=false_answers(lambda p: p.answers),
        false_answers_by_sum=false_answers(lambda p: p.margin + p.answers),
        auc=_auc([p.margin + p.answers for _, p in answerable], [p.margin + p.answers for p in unanswerable]),
    )


def torch_network(model: torch.nn.Module) -> Network:
    """A model in training as a Network; in bfloat16, as it is trained."""

    def run(batch: Batch) -> tuple[Floats, Floats, Floats]:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            outputs = model(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        start, end, answers = (each.float().numpy() for each in outputs)
        return start, end, answers

    return run


def write(figures: dict[str, Figures], path: Path) -> None:
    """As JSON."""
    path.write_text(json.dumps({name: asdict(each) for name, each in figures.items()}, indent=2) + "\n")


def _auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    if not positive or not negative:
        return float("nan")
    ranks = np.argsort(np.argsort([*positive, *negative])) + 1
    at_most = len(positive) * (len(positive) + 1) / 2
    return float((ranks[: len(positive)].sum() - at_most) / (len(positive) * len(negative)))
