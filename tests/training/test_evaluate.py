"""What is measured is the reader that ships: its windows, its whole words and its sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from index.inference import Inputs, Outputs
from qa.reading.network import WEIGHTS, Pair, ReaderNetwork, load_shipped, load_tokenizer
from qa.reading.spans import answer_spans
from tests.training.conftest import record
from training.evaluate import ReaderOf, measure, predict


class Scripted:
    """A network whose logits are 5 at the tokens of some texts, and 0 elsewhere."""

    inputs = frozenset(("input_ids", "attention_mask", "token_type_ids"))

    def __init__(self, starts: Sequence[str], ends: Sequence[str]) -> None:
        self._wanted = [{load_tokenizer().token_to_id(text) for text in texts} for texts in (starts, ends)]

    def run(self, inputs: Inputs) -> Outputs:
        ids = inputs["input_ids"]
        passage = (inputs["token_type_ids"] == 1) & (ids != 102)
        start, end = (
            np.where(passage & np.isin(ids, list(wanted)), 5, 0).astype(np.float32) for wanted in self._wanted
        )
        return {"start": start, "end": end, "answers": np.zeros(len(ids), dtype=np.float32)}


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
    network = ReaderOf(load_shipped(WEIGHTS / "reader.onnx"))
    [found] = predict(network, [record(long, QUESTION, "forty")])
    assert found.text in {"forty", "forty cars"}


def test_an_answer_is_made_of_whole_words_of_one_sentence() -> None:
    """Before, it could begin within a word, and go over the end of a sentence."""
    pieces = load_tokenizer().encode("Lindqvist", add_special_tokens=False).tokens
    assert len(pieces) > 2
    context = "Oskar Lindqvist made the violin. Forty cars came."
    [within] = predict(ReaderOf(Scripted(pieces[1:2], pieces[1:2])), [record(context, "Who?", "Oskar")])
    assert within.text == "Lindqvist"
    assert within.margin == 10
    [over] = predict(ReaderOf(Scripted(["violin"], ["cars"])), [record(context, "Who?", "Oskar")])
    assert (over.text, over.margin) == ("violin", 5)


def test_a_paragraph_of_nothing_but_marks_has_no_answer() -> None:
    [found] = predict(ReaderOf(Scripted(["."], ["."])), [record("... !", "Who?")])
    assert (found.text, found.margin) == ("", 0.0)


def test_the_figures_are_those_of_records_counted_by_hand() -> None:
    """Three of four answers are found, by a margin of 10; 70 % of the four are above 9, and one of the two others."""
    names = ("Adam", "Ruth", "John", "Paul")
    answerable = [record(f"It was sold by {name}.", "Who sold it?", name) for name in names]
    others = [record("It was sold.", "Who sold it?"), record("It was sold to Ruth.", "Who sold it?")]
    network = ReaderOf(Scripted(["adam", "ruth", "john"], ["adam", "ruth", "john"]))
    figures = measure(network, [*answerable, *others])
    assert (figures.n, figures.answerable, figures.em, figures.f1, figures.false_answers) == (6, 4, 0.75, 0.75, 0.5)
    only = measure(network, answerable)
    assert math.isnan(only.false_answers)
    assert math.isnan(only.auc)
