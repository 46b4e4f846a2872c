"""Networks that remember give what the real ones do, in order, and run what is new to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

import numpy as np
import pytest

from index.inference import Inputs, Network, Outputs
from tests.remembering import Memory


class Doubling:
    """Gives twice what it gets, and counts what it ran."""

    inputs = frozenset({"ids"})
    streams = 2
    ran: ClassVar[list[int]] = []

    def run(self, inputs: Inputs) -> Outputs:
        [outputs] = self.run_each([inputs])
        return outputs

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Outputs]:
        waiting = []  # one more than it gives, as the real ones do
        for batch in batches:
            self.ran.append(int(batch["ids"].flat[0]))
            waiting.append({"found": batch["ids"].astype(np.float32) * 2})
            if len(waiting) > self.streams:
                yield waiting.pop(0)
        yield from waiting


@pytest.fixture
def memory() -> Memory:
    Doubling.ran.clear()
    return Memory()


def loaded(memory: Memory, model: bytes = b"model") -> Network:
    return memory.loading(lambda _: Doubling())(model)


def batch(number: int) -> Inputs:
    return {"ids": np.array([number])}


def test_weights_are_loaded_once_unless_memory_is_out_of_use(memory: Memory) -> None:
    loads: list[bytes] = []
    load = memory.loading(lambda model: (loads.append(model), Doubling())[1])
    assert load(b"one") is load(b"one") is not load(b"other")
    with memory.out_of_use():
        load(b"one")
    assert loads == [b"one", b"other", b"one"]


def given(network: Network, *numbers: int) -> list[int]:
    return [int(outputs["found"][0]) for outputs in network.run_each(map(batch, numbers))]


def test_only_what_is_new_runs_and_all_comes_in_order(memory: Memory) -> None:
    network = loaded(memory)
    assert given(network, 1, 2, 3) == [2, 4, 6]
    assert given(network, 4, 1, 5, 6, 2, 7, 7, 3) == [8, 2, 10, 12, 4, 14, 14, 6]
    assert Doubling.ran == [1, 2, 3, 4, 5, 6, 7, 7]
    assert given(network, 3, 2) == [6, 4]
    assert given(network) == []
    assert int(network.run(batch(5))["found"][0]) == 10
    assert len(Doubling.ran) == 8


def test_what_is_remembered_is_of_one_network_and_of_the_same_numbers_in_the_same_shape(memory: Memory) -> None:
    network = loaded(memory)
    given(network, 1)
    given(loaded(memory), 1)
    assert Doubling.ran == [1]  # the same weights again
    given(loaded(memory, b"other"), 1)
    others = (np.array([1], np.int32), np.array([1], np.uint64), np.array([1, 0]), np.array([[1], [0]]))
    for ids in others:
        network.run({"ids": ids})
    assert len(Doubling.ran) == 6


def test_who_changes_what_came_changes_nothing_that_is_remembered(memory: Memory) -> None:
    network = loaded(memory)
    for _ in range(2):
        outputs = network.run(batch(1))
        assert outputs["found"][0] == 2
        outputs["found"][0] = 0


def test_out_of_use_everything_runs(memory: Memory) -> None:
    network = loaded(memory)
    with memory.out_of_use():
        given(network, 1, 1)
        given(network, 1)
    given(network, 1)
    given(network, 1)
    assert Doubling.ran == [1] * 4
