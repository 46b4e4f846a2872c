"""Spans that the deeper reader finds, and what is made of what a run gives back: figures, and near misses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from qa.reading.spans import best_span
from tests.training.made_up import LONG, arrays, everything, model, texts
from training.deep.arrays import Arrays
from training.deep.batches import pack
from training.deep.collection import MeasuredQuestion
from training.deep.figures import Read, among_passages, false_answers, figures, read_questions, verdicts, with_paragraph
from training.deep.misses import near_misses
from training.deep.neighbours import KEPT, NONE, embedded, nearest
from training.deep.reading import MAX_ANSWER, Reader, best_spans
from training.deep.results import SPANS, measured
from training.deep.rows import Row, Text, reading_rows
from training.deep.texts import overlap

CPU = torch.device("cpu")


def reader(given: Arrays | None = None) -> Reader:
    torch.manual_seed(1)
    return Reader(model().eval(), given or arrays(), CPU, 4096)


def context_of(text: str) -> int:
    return everything()[2].contexts.texts.index(text)


def test_best_spans_are_those_of_the_reader_that_is_in_use() -> None:
    rng = np.random.default_rng(1)
    rows = [Row(np.arange(length, dtype=np.int32), 7, 4, 0, 0) for length in (9, 30, 60, 120)]
    batch = pack([rows], 256, 1).to(CPU)
    scores = torch.from_numpy(rng.normal(0, 4, (256, 2)).astype(np.float32))
    found = best_spans(batch, scores, 3)
    for row, start, spans in zip(rows, batch.starts.tolist(), found.tolist(), strict=False):
        logits = scores[start : start + len(row.ids)].numpy()
        begins, ends = (logits[row.passage_at : -1, side] - logits[0, side] for side in (0, 1))
        first, last, margin = best_span(begins, ends)
        assert spans[0] == pytest.approx([margin, first + row.passage_at, last + row.passage_at], abs=1e-4)
        real = [each for each in spans if each[0] > -1e8]
        assert [each[0] for each in real] == sorted((each[0] for each in real), reverse=True)
        for at, (_, one, two) in enumerate(real):
            assert row.passage_at <= one <= two < len(row.ids) - 1
            assert two - one < MAX_ANSWER
            assert all(two < other[1] or other[2] < one for other in real[:at])
    assert all(each[0] < -1e8 for each in found[0, 2:].tolist())  # of two tokens


def test_a_long_passage_is_read_in_windows_of_which_the_best_spans_count() -> None:
    text = Text(arrays().question(0), 1, context_of(LONG))
    short = Text(arrays().question(1), -1, 0)
    one, other = reader().read([text, short])
    rows = reading_rows(arrays(), text)
    assert len(rows) > 1
    alone = reader().run(
        rows, lambda batch, out: list(zip(best_spans(batch, out.spans, 3).tolist(), out.answers.tolist(), strict=True))
    )
    best = max(
        (span[0], row.in_context(int(span[1])), row.in_context(int(span[2])))
        for row, (spans, _) in zip(rows, alone, strict=True)
        for span in spans
    )
    found = one.spans[0]
    assert (found.margin, found.first, found.last) == pytest.approx(best, abs=1e-3)
    assert one.answers == pytest.approx(max(answers for _, answers in alone), abs=1e-3)
    assert len({(span.first, span.last) for span in one.spans}) == len(one.spans) == 3
    [by_itself] = reader().read([short])
    assert [(span.first, span.last) for span in by_itself.spans] == [(span.first, span.last) for span in other.spans]


def test_of_what_is_measured_the_best_spans_come_back() -> None:
    values = measured(reader())
    prepared = arrays()
    assert values["spans"].shape == (len(prepared["e_rows"]), SPANS, 3)
    assert values["verdict"].shape == (len(prepared["e_rows"]), 3)
    for (_, context), spans in zip(prepared["e_rows"].tolist(), values["spans"], strict=True):
        assert (spans[:, 1] >= 0).all()
        assert (spans[:, 2] < len(prepared.context(context))).all()


def test_characters_are_words_where_no_spaces_are_written() -> None:
    assert overlap("東大寺の仏像", ["東大寺"]) == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert overlap("the old pier", ["pier"]) == pytest.approx(2 * 0.5 * 1 / 1.5)


def test_the_nearest_contexts_are_of_the_pool_and_nearest_by_the_mean_of_states() -> None:
    prepared, ours = arrays(), model().eval()
    found = nearest(ours, prepared, CPU, 4096)
    assert found.shape == (len(prepared["r_q"]), KEPT)
    vectors = embedded(ours, prepared, [prepared.context(0)[:20], prepared.context(1)[:9]], CPU, 4096)
    assert vectors.norm(dim=1).tolist() == pytest.approx([1, 1], abs=1e-5)
    ids = np.concatenate([[prepared.begin], prepared.context(1)[:9], [prepared.end]]).astype(np.int32)
    batch = pack([[Row(ids, len(ids), len(ids), 0, 0)]], 64, prepared.padding).to(CPU)
    with torch.inference_mode():
        mean = torch.nn.functional.normalize(ours.encode(batch)[: len(ids)].float().mean(dim=0), dim=0)
    assert torch.allclose(vectors[1], mean, atol=2e-2)
    pool_of = prepared["set_pool"][prepared["r_set"]]
    for pool, contexts in zip(pool_of, found.tolist(), strict=True):
        real = [context for context in contexts if context != NONE]
        assert sorted(real) == prepared[f"pool_{pool}"].tolist()  # all, as there are few
    misses = near_misses(found, prepared, texts())
    assert (misses >= 0).any()
    for record, contexts in enumerate(misses.tolist()):
        for context in (each for each in contexts if each >= 0):
            assert context != prepared["r_ctx"][record]
            assert not any(answer.lower() in texts().contexts[context].lower() for answer in texts().answers[record])
    more = Arrays({**prepared._arrays, "r_dense": misses})
    assert set(more.near(0)) == {*prepared.near(0)[:6], *(each for each in misses[0].tolist() if each >= 0)}


# Figures


def read(answers: tuple[str, ...], spans: list[list[float]], logit: float = 0.0, **values: object) -> Read:
    """A question about context 0 with spans (margin, first, last) of one passage."""
    question = MeasuredQuestion("made", "key", 0, ((-1, 0),), answers, -1)
    filled = np.full((1, 3, 3), np.nan, np.float32)
    filled[0, : len(spans)] = np.array(spans).reshape(-1, 3)
    made = Read(question, filled, np.array([logit], np.float32), np.zeros((1, 3), np.float32))
    return replace(made, **values)  # type: ignore[arg-type]


def said(first: int, last: int) -> str:
    return texts().said(0, first, last)


def test_figures_with_the_paragraph_given_are_those_of_the_best_span() -> None:
    reads = [
        read((said(3, 4),), [[5.0, 3, 4]], 3.0),
        read((said(7, 7),), [[1.0, 3, 4]], 1.0),
        read((), [[2.0, 3, 4]], -1.0),
        read((), []),
    ]
    row = with_paragraph("made", reads, [read((), [[9.0, 1, 1]], 9.0)], texts())
    assert (row["n"], row["unanswerable"], row["f1"], row["em"]) == (2, 3, 0.5, 0.5)
    # 70 % of two are answered at 30 % of the way from the lower to the higher score: 2.2, 1.6 and 3.8.
    assert row["false answers by margin"] == pytest.approx(1 / 3)
    assert row["false answers by answers"] == pytest.approx(1 / 3)
    assert row["false answers by sum"] == pytest.approx(1 / 3)
    assert math.isnan(false_answers([1.0], []))
    assert math.isnan(false_answers([], [1.0]))
    assert read((), []).said(texts(), read((), []).spans[:, :, 0]) == ""


def test_among_passages_the_span_is_chosen_by_margin_or_by_its_sum_with_the_answer_logit() -> None:
    question = MeasuredQuestion("newsqa", "key", 0, ((-1, 0), (-1, 0)), (said(3, 4),), -1)
    spans = np.full((2, 3, 3), np.nan, np.float32)
    spans[0, 0], spans[1, 0], spans[1, 1] = (5, 7, 7), (4, 3, 4), (3, 9, 9)
    reads = [Read(question, spans, np.array([0, 3], np.float32), np.zeros((2, 3), np.float32))]
    rows = [row for row in among_passages(reads, texts()) if row["n"]]
    assert {row["by"]: row["em"] for row in rows} == {"margin": 0, "margin + answers": 1}


def test_verdicts_count_where_it_must_decide_and_where_it_does() -> None:
    logits = [[2, 0, 0], [0, 2, 0], [0, 1, 5], [3, 0, 1]]
    golds = [0, 0, 1, 0]
    question = read((), []).question
    reads = [
        read((), [], question=replace(question, verdict=gold), verdicts=np.array([each], np.float32))
        for gold, each in zip(golds, logits, strict=True)
    ]
    row = verdicts("made", reads)
    assert (row["n"], row["right"], row["decided"]) == (4, 0.75, 0.75)
    assert row["right of these"] == pytest.approx(2 / 3)
    assert row["right of the surest 60%"] in (0.5, pytest.approx(2 / 3), 1.0)


def test_what_was_measured_becomes_tables_and_a_part_of_it_is_an_error() -> None:
    values = measured(reader())
    reads = read_questions(texts(), arrays(), values)
    given, passages, decided = figures(reads, texts())
    assert [row["set"] for row in given] == ["squad11_dev"]
    assert given[0]["n"] == 2 * given[0]["unanswerable"] == 16
    assert [row["set"] for row in decided] == ["boolq_dev"]
    assert all(not row["n"] for row in passages)
    values = {name: each[:-1] for name, each in values.items()}
    with pytest.raises(ValueError, match=r"31 passages were read, and 32 prepared"):
        read_questions(texts(), arrays(), values)
    only = Arrays(arrays()._arrays)
    only.measure_only(5)
    assert len(measured(reader(only))["answers"]) == 5
