"""Packed batches of the deeper reader, and the losses, each against plain loops over the rows."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.made_up import arrays
from training.deep.batches import Batch, Stream, pack, packs
from training.deep.groups import Groups
from training.deep.losses import losses
from training.deep.network import Outputs, Places
from training.deep.rows import Row

CPU = torch.device("cpu")


def made(length: int, **values: object) -> Row:
    """A row of so many tokens: its title begins at 3, its passage at 4."""
    row = Row(np.arange(10, 10 + length, dtype=np.int32), passage_at=4, title_at=3, context=0, begin=0)
    return replace(row, **values)  # type: ignore[arg-type]


ANSWERS = made(9, first=5, last=6, label=1)
OTHER = made(7, label=0, weight=0.25)
REST = made(6, label=0, weight=0.5)
DECIDES = made(8, label=1, verdict=1, reads=False)
OPENS = made(6, label=0, verdict=2, reads=False)
SETTLES = made(9, first=4, last=7, label=1, verdict=0)
GROUPS = [[ANSWERS, OTHER, OTHER], [OTHER, REST], [DECIDES, OPENS], [SETTLES, OTHER], [DECIDES]]


def test_rows_stand_one_behind_the_other_and_padding_is_a_row_of_its_own() -> None:
    batch = pack([[ANSWERS, OTHER], [DECIDES]], 30, padding=1)
    assert batch.starts.tolist() == [0, 9, 16, 24, 30]
    assert batch.ids.tolist() == [*range(10, 19), *range(10, 17), *range(10, 18), *[1] * 6]
    assert batch.types.tolist() == [0] * 3 + [1] * 6 + [0] * 3 + [1] * 4 + [0] * 3 + [1] * 5 + [0] * 6
    assert batch.positions.tolist() == [*range(9), *range(7), *range(8), *range(6)]
    # Of a row the passage without the end, and nothing of the padding.
    assert batch.allowed.nonzero()[:, 0].tolist() == [4, 5, 6, 7, 13, 14, 20, 21, 22]
    assert (batch.first.tolist(), batch.last.tolist()) == ([5, 0, 0], [6, 0, 0])
    assert (batch.group.tolist(), batch.groups) == ([0, 0, 1], 2)
    assert (batch.longest, batch.widest, len(batch)) == (9, 9, 3)
    assert batch.reads.tolist() == [True, True, False]
    assert pack([[OTHER]], 1000, 1).positions.max() == 511
    assert pack([[OTHER]], 7, 1).starts.tolist() == [0, 7, 7]


def test_rows_that_do_not_fit_are_an_error_that_says_how_many() -> None:
    with pytest.raises(ValueError, match="16 tokens in 2 rows do not fit into 15"):
        pack([[ANSWERS, OTHER]], 15, 1)


def test_places_say_where_each_token_of_a_row_is() -> None:
    batch = pack(GROUPS, 200, 1).to(CPU)
    places = Places.of(batch)
    for at, there, (start, end) in zip(places.at, places.there, pairwise(batch.starts[:-1].tolist()), strict=True):
        assert at[there].tolist() == list(range(start, end))
        assert not there[end - start :].any()
    assert batch.ids.dtype == batch.first.dtype == torch.int64


def test_packs_hold_every_row_once_longest_first_and_no_more_than_fits() -> None:
    rows = [row for group in GROUPS for row in group]
    found = list(packs(rows, 20))
    assert sorted(number for part in found for number in part) == list(range(len(rows)))
    lengths = [[len(rows[number].ids) for number in part] for part in found]
    assert all(sum(part) <= 20 for part in lengths)
    flat = [length for part in lengths for length in part]
    assert flat == sorted(flat, reverse=True)
    assert list(packs([], 20)) == []


def test_a_stream_draws_whole_groups_by_weight_and_is_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[Batch]:
        return list(islice(Stream(Groups(arrays()), 4096, seed), 3))

    one, again, other = drawn(1), drawn(1), drawn(2)
    assert all(torch.equal(a.ids, b.ids) for a, b in zip(one, again, strict=True))
    assert not torch.equal(one[0].ids, other[0].ids)
    for batch in one:
        assert len(batch.ids) == 4096
        assert int(batch.starts[-2]) > 2000
        assert batch.group.tolist() == sorted(batch.group.tolist())
        assert set(batch.group.tolist()) == set(range(batch.groups))


# The losses


def outputs(batch: Batch, seed: int = 1, scale: float = 3.0) -> Outputs:
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> Tensor:
        return (scale * torch.randn(*shape, generator=generator)).requires_grad_()

    return Outputs(drawn(len(batch.ids), 2), drawn(len(batch)), drawn(len(batch), 3))


def log_sum(values: Sequence[float]) -> float:
    return math.log(sum(map(math.exp, values)))


def binary(logit: float, target: float) -> float:
    return math.log1p(math.exp(-logit)) if target else math.log1p(math.exp(logit))


def plainly(out: Outputs, groups: Sequence[Sequence[Row]]) -> dict[str, float]:
    """The losses, row by row."""
    start = number = 0
    span, together = 0.0, 0.0
    answers, verdicts = [], []
    reading = 0
    for group in groups:
        inside: dict[int, list[float]] = {0: [], 1: []}
        right = {0: 0.0, 1: 0.0}
        reads = False
        for row in group:
            logits = out.spans[start : start + len(row.ids)].tolist()
            if row.label >= 0:
                answers.append((binary(out.answers[number].item(), row.label), row.weight))
            if row.verdict >= 0:
                each = out.verdicts[number].tolist()
                verdicts.append(log_sum(each) - each[row.verdict])
            if row.reads:
                reads = True
                for side, target in enumerate((row.first, row.last)):
                    of_tokens = [each[side] for each in logits]
                    passage = of_tokens[row.passage_at : -1]
                    span += row.weight * (log_sum([of_tokens[0], *passage]) - of_tokens[target]) / 2
                    inside[side] += [each - of_tokens[0] for each in passage]
                    right[side] += of_tokens[target] - of_tokens[0]
            start, number = start + len(row.ids), number + 1
        if reads:
            reading += 1
            together += sum(log_sum([0.0, *inside[side]]) - right[side] for side in (0, 1)) / 2
    return {
        "span": span / reading,
        "together": together / reading,
        "answers": sum(value * weight for value, weight in answers) / sum(weight for _, weight in answers),
        "verdict": sum(verdicts) / len(verdicts),
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_losses_are_those_of_plain_loops(seed: int) -> None:
    groups = random.Random(seed).sample(GROUPS, len(GROUPS))
    batch = pack(groups, 200, 1).to(CPU)
    out = outputs(batch, seed)
    found = losses(out, batch)
    assert {name: value.item() for name, value in found.items()} == pytest.approx(plainly(out, groups), rel=1e-4)


def test_where_nothing_is_asked_the_losses_are_nothing() -> None:
    batch = pack([[OTHER]], 10, 1).to(CPU)
    assert losses(outputs(batch), batch)["verdict"] == 0
    batch = pack([[made(7, reads=False)]], 10, 1).to(CPU)
    assert all(value == 0 for value in losses(outputs(batch), batch).values())


@pytest.mark.parametrize("scale", [100.0, 1000.0])
def test_large_logits_leave_loss_and_gradient_numbers(scale: float) -> None:
    batch = pack(GROUPS, 200, 1).to(CPU)
    out = outputs(batch, scale=scale)
    loss = torch.stack(list(losses(out, batch).values())).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    for tensor in (out.spans, out.answers, out.verdicts):
        assert tensor.grad is not None
        assert tensor.grad.isfinite().all()
    assert loss.isfinite()


def test_what_may_not_be_an_answer_gets_no_gradient() -> None:
    batch = pack(GROUPS[:2], 50, 1).to(CPU)
    out = outputs(batch)
    losses(out, batch)["span"].backward()  # type: ignore[no-untyped-call]
    assert out.spans.grad is not None
    touched = out.spans.grad.abs().sum(dim=1) > 0
    expected = batch.allowed.clone()
    expected[batch.starts[:-2].long()] = True
    assert torch.equal(touched, expected)
