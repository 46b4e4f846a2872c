"""Rows and groups of the deeper reader: the targets are the answer's tokens, whatever was cut."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from tests.training.made_up import LONG, SETS, arrays, everything, texts
from training.deep.arrays import MAX_ROW, OPEN
from training.deep.groups import Groups, rest_of
from training.deep.rows import OVERLAP, Aim, Row, Text, passage_row, reading_rows, row_of, window


def records_of(name: str) -> list[int]:
    return np.flatnonzero(arrays()["r_set"] == SETS[name]).tolist()


def answered(row: Row) -> str:
    return texts().said(row.context, row.in_context(row.first), row.in_context(row.last))


def context_of(text: str) -> int:
    return everything()[2].contexts.texts.index(text)


def check_shape(row: Row) -> None:
    """Begin, question, end, title, passage, end."""
    prepared = arrays()
    assert len(row.ids) <= MAX_ROW
    assert row.ids[0] == prepared.begin
    assert row.ids[-1] == row.ids[row.title_at - 1] == prepared.end
    assert 2 < row.title_at <= row.passage_at < len(row.ids)
    part = prepared.context(row.context)[row.begin : row.begin + len(row.ids) - 1 - row.passage_at]
    assert row.ids[row.passage_at : -1].tolist() == part.tolist()


def test_targets_point_to_the_answers_tokens_and_only_the_first_row_has_one() -> None:
    groups, prepared = Groups(arrays()), arrays()
    found, empty = set(), 0
    for record in records_of("squad11_dev") + records_of("shifts_amazon"):
        for seed in range(30):
            group = groups.draw(record, random.Random(seed))
            for at, row in enumerate(group):
                check_shape(row)
                assert row.verdict == -1
                if row.first:
                    assert at == 0
                    assert row.label == 1
                    assert row.passage_at <= row.first <= row.last < len(row.ids) - 1
                    assert answered(row) in texts().answers[record]
                    found.add(record)
                else:
                    assert row.last == row.label == 0
                    empty += 1
            assert group[0].context == prepared["r_ctx"][record]
    assert found == {record for record in range(len(prepared["r_set"])) if len(prepared.spans(record))}
    assert empty > 100


def test_a_question_that_is_changed_meets_its_own_passage_without_an_answer() -> None:
    prepared = arrays()
    record = next(record for record in records_of("squad11_dev") if prepared["r_swap"][record] >= 0)
    swapped = prepared.question(int(prepared["r_swap"][record])).tolist()
    without = swapped[:-1]
    rows = [Groups(prepared).draw(record, random.Random(seed))[0] for seed in range(100)]
    changed = [row for row in rows if row.ids[1 : row.title_at - 1].tolist() in (swapped, without)]
    assert 5 < len(changed) < 30
    assert all(row.first == row.last == row.label == 0 and row.weight == 1 for row in changed)


def test_a_passage_that_decides_is_cut_only_where_it_does_not_fit() -> None:
    prepared = arrays()
    record = records_of("boolq_dev")[0]
    groups = Groups(prepared)
    opened = 0
    for seed in range(40):
        first, *others = groups.draw(record, random.Random(seed))
        assert first.verdict == prepared["r_verdict"][record]
        assert len(first.ids) - 1 - first.passage_at == len(prepared.context(first.context))
        assert all((row.verdict, row.label, row.first) == (OPEN, 0, 0) for row in others)
        opened += len(others)
    assert opened
    lengths = set()
    for seed in range(20):
        text = Text(prepared.question(0), -1, context_of(LONG))
        row = passage_row(prepared, text, Aim(label=1, verdict=0), random.Random(seed))
        assert row is not None
        check_shape(row)
        lengths.add(len(row.ids) > 240)
    assert lengths == {True}


def test_a_claim_meets_sentences_that_leave_it_open() -> None:
    prepared = arrays()
    record = records_of("fever_test")[0]
    contexts = {row.context for seed in range(30) for row in Groups(prepared).draw(record, random.Random(seed))[1:]}
    assert int(prepared["r_extra"][record]) in contexts


@pytest.mark.parametrize("most", [1, 20, 60, 200])
def test_windows_keep_the_answer_and_are_whole_sentences(most: int) -> None:
    prepared, context = arrays(), context_of(LONG)
    starts, ends = prepared.sentences(context)
    assert starts[0] == 0
    assert ends[-1] == len(prepared.context(context))
    for seed, answer in enumerate([(3, 4), (150, 152), (len(prepared.context(context)) - 2,) * 2, (40, 90), None]):
        for again in range(10):
            begin, end = window(prepared, context, answer, most, random.Random(100 * seed + again))
            assert 0 <= begin < end <= len(prepared.context(context))
            assert answer is None or begin <= answer[0] <= answer[1] < end
            if begin in starts and end in ends:
                assert end - begin <= most or np.searchsorted(starts, end - 1, "right") <= np.searchsorted(
                    starts, begin, "right"
                ) + (answer == (40, 90)) * len(starts)
            else:  # a sentence, or an answer over several, that is longer than the window
                assert end - begin <= most + (0 if answer is None else answer[1] - answer[0] + 1)


def test_an_answer_that_lies_behind_the_cut_is_no_row() -> None:
    prepared, context = arrays(), context_of(LONG)
    length = len(prepared.context(context))
    assert length > MAX_ROW
    text = Text(prepared.question(0), -1, context)
    assert passage_row(prepared, text, Aim(answer=(0, length - 1)), random.Random(1)) is None
    for seed in range(20):
        row = passage_row(prepared, text, Aim(answer=(length - 3, length - 2)), random.Random(seed))
        assert row is not None
        assert (row.in_context(row.first), row.in_context(row.last)) == (length - 3, length - 2)


def test_the_rest_of_a_paragraph_does_not_hold_the_answer() -> None:
    prepared = arrays()
    record = next(each for each in records_of("squad11_dev") if texts().answers[each] == ["1803"])
    context, spans = int(prepared["r_ctx"][record]), prepared.spans(record).tolist()
    said = set()
    for seed in range(10):
        part = rest_of(prepared, context, [(one, other) for one, other in spans], random.Random(seed))
        if part is not None:
            said.add(texts().said(context, part[0], part[1] - 1))
    assert len(said) == 1  # what stands in front of the answer's sentence is too short
    assert "1803" not in said.pop()
    assert rest_of(prepared, context, [(0, len(prepared.context(context)) - 1)], random.Random(1)) is None
    repeated = int(prepared.context(context)[0])
    again = [at for at, token in enumerate(prepared.context(context).tolist()) if token == repeated]
    assert len(again) > 1
    assert rest_of(prepared, context, [(again[0], again[0])], random.Random(1)) is None


def test_windows_for_reading_share_tokens_and_leave_none_out() -> None:
    prepared, context = arrays(), context_of(LONG)
    rows = reading_rows(prepared, Text(prepared.question(0), 1, context))
    assert len(rows) > 1
    for row in rows:
        check_shape(row)
    for one, other in pairwise(rows):
        assert other.begin == one.in_context(len(one.ids) - 1) - OVERLAP
    assert rows[-1].in_context(len(rows[-1].ids) - 1) == len(prepared.context(context))
    short = reading_rows(prepared, Text(prepared.question(0), -1, 0))
    assert [row.begin for row in short] == [0]


def test_places_of_a_row_and_tokens_of_its_context_are_each_others_inverse() -> None:
    row = row_of(arrays(), Text(arrays().question(0), 0, 0), 3, 9, Aim(answer=(4, 6)))
    assert [row.in_context(row.at(token)) for token in range(3, 9)] == list(range(3, 9))
    assert (row.first, row.last) == (row.at(4), row.at(6))
