"""What is measured is the reader that ships: its windows, its whole words and its sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from index.inference import Inputs, Outputs
from index.pieces import load_pieces
from qa.reading.network import Pair, ReaderNetwork
from qa.reading.spans import answer_spans
from tests.training.conftest import record
from training.deep.records import Example
from training.evaluate import ReaderOf, measure, measure_verdicts, predict


class Scripted:
    """A network whose logits are 5 at the pieces of some texts, and 0 elsewhere."""

    inputs = frozenset(("vectors", "attention_mask", "token_type_ids"))
    streams = 1

    def __init__(self, starts: Sequence[str], ends: Sequence[str]) -> None:
        pieces = load_pieces()
        self._wanted = [
            pieces.vectors(np.array([number for each in pieces.encode(texts) for number in each.ids], np.int64))
            for texts in (starts, ends)
        ]

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Outputs]:
        return map(self.run, batches)

    def run(self, inputs: Inputs) -> Outputs:
        vectors = inputs["vectors"]
        passage = inputs["token_type_ids"] == 1
        start, end = (
            np.where(passage & (vectors[:, :, None] == wanted).all(-1).any(-1), 5, 0).astype(np.float32)
            for wanted in self._wanted
        )
        count = len(vectors)
        return {
            "start": start,
            "end": end,
            "answers": np.zeros(count, dtype=np.float32),
            "verdict": np.tile(np.array([[0, 2, 1]], np.float32), (count, 1)),
        }


FERRY = "The ferry to Skerry Point carries forty cars."
QUESTION = "How many cars does the ferry carry?"


def test_the_answer_is_that_of_the_shipped_network_and_its_spans() -> None:
    title, context = "Skerry Point", f"{FERRY} It left at noon. Oskar Lindqvist was on board with twelve violins."
    [scores] = ReaderNetwork().score([Pair(QUESTION, title, context)])
    best = answer_spans(scores, context)[0]
    [found] = predict(ReaderNetwork(), [record(context, QUESTION, "forty", title=title)])
    assert (found.text, found.margin, found.answers) == (context[best.start : best.end], best.margin, scores.answers)
    assert found.text in {"forty", "forty cars"}


def test_an_answer_in_the_last_window_of_a_long_paragraph_is_found() -> None:
    """Before, everything behind the first 512 tokens was cut off."""
    long = "The weather in the bay was calm, and nobody had anything to tell of it. " * 60 + FERRY
    [found] = predict(ReaderNetwork(), [record(long, QUESTION, "forty")])
    assert found.text in {"forty", "forty cars"}


def test_an_answer_is_made_of_whole_words_of_one_sentence() -> None:
    """Before, it could begin within a word, and go over the end of a sentence."""
    context = "Oskar Lindqvist made the violin. Forty cars came."
    [encoded] = load_pieces().encode([context])
    parts = [context[start:end] for start, end in encoded.offsets]
    inside = parts[parts.index("Oskar") + 2]
    assert inside in "Lindqvist"
    [within] = predict(ReaderOf(Scripted([inside], [inside])), [record(context, "Who?", "Oskar")])
    assert within.text == "Lindqvist"
    [over] = predict(ReaderOf(Scripted(["violin"], ["cars"])), [record(context, "Who?", "Oskar")])
    assert (over.text, over.margin) == ("violin", 5)


def test_verdicts_are_counted_of_all_and_of_the_surest() -> None:
    examples = [Example(record("The hall is closed.", "Is it closed?"), verdict) for verdict in (1, 1, 1, 0)]
    found = measure_verdicts(ReaderOf(Scripted([], [])), examples)
    assert found == {"n": 4, "right": 0.75, "right of the surest 60%": 0.75}


def test_a_paragraph_of_nothing_but_marks_has_no_answer() -> None:
    [found] = predict(ReaderOf(Scripted(["."], ["."])), [record("... !", "Who?")])
    assert (found.text, found.margin) == ("", 0.0)


def test_the_figures_are_those_of_records_counted_by_hand() -> None:
    """Three of four answers are found, by a margin of 10; 70 % of the four are above 9, and one of the two others."""
    names = ("Adam", "Ruth", "John", "Paul")
    answerable = [record(f"It was sold by {name}.", "Who sold it?", name) for name in names]
    others = [record("It was sold.", "Who sold it?"), record("It was sold to Ruth.", "Who sold it?")]
    network = ReaderOf(Scripted(["Adam", "Ruth", "John"], ["Adam", "Ruth", "John"]))
    figures = measure(network, [*answerable, *others])
    assert (figures.n, figures.answerable, figures.em, figures.f1, figures.false_answers) == (6, 4, 0.75, 0.75, 0.5)
    only = measure(network, answerable)
    assert math.isnan(only.false_answers)
    assert math.isnan(only.auc)
