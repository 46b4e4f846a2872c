"""The real networks, loaded once and run once for each batch: tests ask the same of the same articles over and over.

Only a batch that is the same to the last bit is not run again, so that each test gets what the network gives. What is
about running itself (engines, threads, what two runs give) takes the networks as they are: `fresh_networks`.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from index.inference import Inputs, Network, Outputs, engine_name


@dataclass
class Memory:
    """The networks, and what they gave, by the network and what it was given. Thread-safe."""

    outputs: dict[bytes, Outputs] = field(default_factory=dict)
    networks: dict[bytes, Network] = field(default_factory=dict)
    in_use: bool = True

    def loading(self, load: Callable[[bytes], Network]) -> Callable[[bytes], Network]:
        """`index.inference.load_network`, whose networks remember."""

        def load_network(model: bytes) -> Network:
            name = hashlib.sha256(model).digest() + engine_name().encode()
            if name not in self.networks or not self.in_use:
                self.networks[name] = Remembering(load(model), name, self)
            return self.networks[name]

        return load_network

    @contextmanager
    def out_of_use(self) -> Iterator[None]:
        self.in_use = False
        try:
            yield
        finally:
            self.in_use = True


class Remembering:
    """A network; see `index.inference.Network`."""

    def __init__(self, network: Network, name: bytes, memory: Memory) -> None:
        self._network = network
        self._name = name
        self._memory = memory
        self.inputs = network.inputs
        self.streams = network.streams

    def run(self, inputs: Inputs) -> Outputs:
        [outputs] = self.run_each([inputs])
        return outputs

    def run_each(self, batches: Iterable[Inputs]) -> Iterator[Outputs]:
        if not self._memory.in_use:
            yield from self._network.run_each(batches)
            return
        asked: deque[tuple[bytes, Outputs | None]] = deque()
        for outputs in self._network.run_each(self._unknown(batches, asked)):
            while asked[0][1] is not None:
                yield _copy(asked.popleft()[1])
            self._memory.outputs[asked.popleft()[0]] = outputs
            yield _copy(outputs)
        for _, outputs in asked:
            yield _copy(outputs)

    def _unknown(self, batches: Iterable[Inputs], asked: deque[tuple[bytes, Outputs | None]]) -> Iterator[Inputs]:
        """The batches that have to run; all go to `asked`, with what is remembered."""
        for inputs in batches:
            key = self._key(inputs)
            asked.append((key, self._memory.outputs.get(key)))
            if asked[-1][1] is None:
                yield inputs

    def _key(self, inputs: Inputs) -> bytes:
        key = hashlib.sha256(self._name)
        for name, values in sorted(inputs.items()):
            key.update(f"{name} {values.dtype} {values.shape} ".encode())
            key.update(values.tobytes())
        return key.digest()


def _copy(outputs: Outputs | None) -> Outputs:
    assert outputs is not None
    return {name: values.copy() for name, values in outputs.items()}
