"""Digests: what a network finds in several passages, put side by side, and how it is drawn."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.reading.network import ReaderNetwork, _Window
from tests.training.made_up import arrays, encoder, everything, of_contexts, text_of, texts
from training.deep import digests, prepare
from training.deep.arrays import Arrays
from training.deep.batches import Stream
from training.deep.digests import Digest, Digests, as_arrays, drawn_records
from training.deep.groups import Groups

Logits = Callable[[_Window], NDArray[np.float32]]


class Chosen:
    """Stands in for the reader's network: each token of a window begins and ends a span with the logit that it gets."""

    streams = 1

    def __init__(self, logits: Logits) -> None:
        self._logits, self._network = logits, self

    def _inputs(self, windows: Sequence[_Window]) -> Sequence[_Window]:
        return windows

    def run_each(self, batches: Iterable[Sequence[_Window]]) -> Iterator[dict[str, list[Any]]]:
        for windows in batches:
            logits = [self._logits(window) for window in windows]
            yield {"start": logits, "end": logits, "answers": [0.0] * len(windows)}


def piece(word: str) -> int:
    """The encoder's number of a word."""
    number = encoder().tokenizer().token_to_id(f"▁{word}")
    assert number is not None
    return number


def only(*words: str, by_row: float = 0.0) -> Logits:
    """Logits with which these words are the only spans; each row's are by so much higher than those of the one before.

    At a row's first token, where they say "no answer here", they are 0.
    """
    pieces = [piece(word) for word in words]

    def logits(window: _Window) -> NDArray[np.float32]:
        found = np.where(np.isin(window.ids, pieces), 1 + by_row * window.pair, -np.inf).astype(np.float32)
        found[0] = 0
        return found

    return logits


def several(logits: Logits, record: int, count: int = 60, given: Arrays | None = None) -> list[Digest]:
    """The digests of one record, drawn so often."""
    reading = Digests(given or arrays(), cast(ReaderNetwork, Chosen(logits)))
    return [digest for seed in range(count) for digest in reading.of([record], random.Random(seed))]


def record_of(question: str) -> int:
    return next(at for at, each in enumerate(everything()[2].records) if each.example.record.question == question)


def contexts_of(record: int) -> list[int]:
    """Those that are read: a record's own, and its first near misses."""
    return [int(arrays()["r_ctx"][record]), *arrays().near(record)[:5]]


def times(part: NDArray[Any], ids: NDArray[Any]) -> int:
    """How often tokens stand in others."""
    if len(part) > len(ids):
        return 0
    return int((np.lib.stride_tricks.sliding_window_view(ids, len(part)) == part).all(axis=1).sum())


def sentences(context: int, ids: NDArray[Any]) -> list[int]:
    """How often each sentence of a context stands in `ids`."""
    return [
        times(arrays().context(context)[begin:end], ids)
        for begin, end in zip(*arrays().sentences(context), strict=True)
    ]


FORMS = ("r_q", "r_lower", "r_typo")
BUILT, BURNT = "When was the harbour of Amsel built?", "Who burnt the market of Amsel?"


@pytest.mark.parametrize("most", [90, 12])
def test_where_the_answer_stands_its_tokens_do_and_without_it_nothing_that_says_it(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.deep.digests._MOST", most)
    record = record_of(BUILT)
    numbers = {int(arrays()[name][record]) for name in FORMS}
    found = several(only("Tuesday", "holds"), record)  # "It holds" begins the sentence behind the answer's
    for digest in found:
        assert digest.question in numbers
        if digest.first >= 0:
            assert text_of(digest.ids[digest.first : digest.last + 1]) == "▁1800"
        else:
            assert digest.first == digest.last == -1
            assert "1800" not in text_of(digest.ids)
    assert {digest.question for digest in found} == numbers
    assert 0 < sum(digest.first < 0 for digest in found) < len(found) / 3


def test_of_several_answers_one_is_there_and_what_was_found_of_the_others_is_not() -> None:
    record = record_of(BUILT)
    own = int(arrays()["r_ctx"][record])
    [tuesday] = np.flatnonzero(arrays().context(own) == np.searchsorted(arrays()["used"], piece("Tuesday"))).tolist()
    at = int(arrays()["span_off"][record + 1])
    more = {"spans": np.insert(arrays()["spans"], at, (tuesday, tuesday), axis=0)}
    more["span_off"] = arrays()["span_off"] + (np.arange(len(arrays()["span_off"])) > record)
    found = several(only("Tuesday"), record, given=Arrays({**arrays()._arrays, **more}))
    said = Counter(text_of(digest.ids[digest.first : digest.last + 1]) for digest in found if digest.first >= 0)
    assert said.keys() == {"▁1800", "▁Tuesday"}
    for digest in found:
        _, built, _, opens, _ = sentences(own, digest.ids)
        assert built + opens == (digest.first >= 0)


def test_parts_are_of_whole_sentences_and_do_not_overlap() -> None:
    for record in (record_of(BUILT), record_of(BURNT)):
        found = several(only("Tuesday", "ferry", "lived"), record)
        for digest in found:
            counts = [each for context in contexts_of(record) for each in sentences(context, digest.ids)]
            assert max(counts) == 1
            assert sum(counts) >= 2
        # Both in parts of one sentence and in wider ones.
        assert {sum(sentences(contexts_of(record)[1], digest.ids)) for digest in found} >= {1, 2}


def test_the_best_spans_make_the_parts_and_three_to_six_are_put_side_by_side() -> None:
    record = record_of(BURNT)
    contexts, counts = contexts_of(record), Counter[int]()
    assert len(contexts) == 6
    orders = set()
    for digest in several(only("Tuesday", by_row=1.0), record):
        assert digest.first == digest.last == -1
        there = [context for context in contexts if any(sentences(context, digest.ids))]
        assert there == contexts[-len(there) :]  # the last row's are best
        counts[len(there)] += 1
        orders.add(text_of(digest.ids)[:40])
    assert counts.keys() == {3, 4, 5, 6}
    assert len(orders) > 6


def test_all_parts_of_a_digest_stand_behind_their_titles_without_a_full_stop_or_none_does() -> None:
    prepared, record = arrays(), record_of(BURNT)
    titled = Counter[bool]()
    for digest in several(only("Tuesday"), record):
        there = [context for context in contexts_of(record) if any(sentences(context, digest.ids))]
        behind = [
            times(np.append(prepared.title(int(prepared.title_of[each]))[:-1], prepared["prefix_q"][-1]), digest.ids)
            for each in there
        ]
        assert set(behind) in ({0}, {1})
        titled[behind[0] == 1] += 1
    assert titled[True] > titled[False] > 0


def test_what_has_fewer_than_two_parts_or_too_many_tokens_is_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(BUILT)
    assert several(only(), record, 10) == []
    everything_there = several(only("Tuesday"), record)
    monkeypatch.setattr("training.deep.digests.MAX_DIGEST", 120)
    short = several(only("Tuesday"), record)
    assert 0 < len(short) < len(everything_there) == 60
    assert max(len(digest.ids) for digest in short) <= 120 < max(len(digest.ids) for digest in everything_there)


def test_digests_of_several_records_come_in_their_order() -> None:
    records = [record_of(BUILT), record_of(BURNT), record_of("When was the harbour of Tamsel built?")]
    network = cast(ReaderNetwork, Chosen(only("Tuesday")))
    found = list(Digests(arrays(), network).of(records, random.Random(1)))
    for record, digest in zip(records, found, strict=True):
        assert digest.question in {int(arrays()[name][record]) for name in FORMS}


def test_records_are_drawn_without_a_verdict_and_each_once() -> None:
    without = np.flatnonzero(arrays()["r_verdict"] < 0).tolist()
    assert sorted(drawn_records(arrays(), 10_000, 1)) == without
    some = drawn_records(arrays(), 10, 1)
    assert len(set(some)) == 10
    assert set(some) <= set(without)
    assert some == drawn_records(arrays(), 10, 1) != drawn_records(arrays(), 10, 2)


def test_the_command_writes_digests_beside_the_arrays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare.write(everything()[0], tmp_path)
    monkeypatch.setattr("training.deep.digests.ReaderNetwork", lambda: Chosen(only("Tuesday")))
    monkeypatch.setattr(sys, "argv", ["digests", "--arrays", str(tmp_path), "--count", "12", "--seed", "3"])
    digests.main()
    said = capsys.readouterr()
    opened = Arrays.open(tmp_path)
    count = Groups(opened).digests()
    assert 0 < count <= 12
    assert f"{count} digests" in said.out
    assert "12 of 12 records" in said.err
    assert opened["d_span"].shape == (count, 2)
    assert len(opened["d_off"]) == count + 1
    answers = {answer for each in texts().answers for answer in each}
    for number in range(count):
        [row] = Groups(opened).draw_digest(number, random.Random(number))
        assert row.label == (row.first > 0)
        if row.first:
            assert text_of(row.ids[row.first : row.last + 1]).replace("▁", "") in answers


def test_arrays_of_no_digest_hold_none() -> None:
    assert Groups(Arrays({**arrays()._arrays, **as_arrays([])})).digests() == 0


# As they are drawn


class MarkKept(random.Random):
    """Draws nothing so low that a question loses its mark."""

    def random(self) -> float:
        return 1.0


def test_some_questions_of_digests_come_without_their_question_mark() -> None:
    groups, prepared = with_digests(1), arrays()
    question = prepared.question(0).tolist()
    assert question[-1] in prepared.question_marks
    rows = [row for seed in range(30) for row in groups.draw_digest(0, random.Random(seed))]
    asked = {tuple(row.ids[1 : row.passage_at - 1].tolist()) for row in rows}
    assert asked == {tuple(question), tuple(question[:-1])}


def with_digests(count: int) -> Groups:
    return Groups(Arrays({**arrays()._arrays, **of_contexts(count)}))


def test_a_digest_is_one_row_with_its_question_and_the_place_of_its_answer() -> None:
    groups, prepared = with_digests(4), arrays()
    for number in range(groups.digests()):
        [row] = groups.draw_digest(number, MarkKept())
        question, context = prepared.question(number).tolist(), prepared.context(number)
        assert row.ids.tolist() == [prepared.begin, *question, prepared.end, *context.tolist(), prepared.end]
        assert row.title_at == row.passage_at == len(question) + 2
        assert (row.verdict, row.reads, row.weight) == (-1, True, 1.0)
        if number % 2:
            assert row.label == row.first == row.last == 0
        else:
            assert row.label == 1
            assert row.ids[row.first : row.last + 1].tolist() == context[3 : 5 + number].tolist()


def test_each_digest_is_drawn_once_before_any_comes_again() -> None:
    groups = with_digests(7)
    forms = [(number, seed) for number in range(7) for seed in range(9)]
    number_of = {
        tuple(groups.draw_digest(number, random.Random(seed))[0].ids.tolist()): number for number, seed in forms
    }
    drawn = []
    for batch in islice(Stream(groups, 4096, 1, digests=1.0), 3):
        starts = batch.starts.tolist()
        drawn += [number_of[tuple(batch.ids[a:b].tolist())] for a, b in pairwise(starts[:-1])]
        assert batch.groups == len(batch)
    rounds = [drawn[at : at + 7] for at in range(0, len(drawn) - 6, 7)]
    assert len(rounds) > 3
    assert all(sorted(each) == list(range(7)) for each in rounds)
    assert len(set(map(tuple, rounds))) > 1


def test_of_the_groups_of_a_stream_this_share_are_digests_and_without_a_share_none_is() -> None:
    def share(digests: float) -> float:
        batches = list(islice(Stream(with_digests(7), 4096, 1, digests), 6))
        alone = [int((batch.group == group).sum()) == 1 for batch in batches for group in range(batch.groups)]
        return sum(alone) / len(alone)

    assert share(0.0) < 0.4 < share(0.85)
    assert share(1.0) == 1


def test_a_share_of_no_digests_is_an_error_and_no_endless_search() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        next(iter(Stream(Groups(arrays()), 4096, 1, digests=1.0)))
