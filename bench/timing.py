"""How long something takes: many calls in this process, or a few fresh processes."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.datasets import PROJECT


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles over calls, in milliseconds, by the nearest rank."""

    n: int
    p50_ms: float
    p95_ms: float


def latency(call: Callable[[str], object], warm_up: Sequence[str], values: Sequence[str]) -> Latency:
    """Time one call for each value, after the warm-up ones. The values should be new to the program, see there."""
    for value in warm_up:
        call(value)
    times = []
    for value in values:
        started = time.perf_counter()
        call(value)
        times.append((time.perf_counter() - started) * 1000)
    return percentiles(times)


def percentiles(times: Sequence[float]) -> Latency:
    """Of times in milliseconds, at least one."""
    ordered = sorted(times)
    return Latency(len(ordered), _percentile(ordered, 0.5), _percentile(ordered, 0.95))


def process_ms(arguments: Sequence[str], runs: int = 5, environment: Mapping[str, str] | None = None) -> float:
    """The median time of a fresh Python with these arguments; one run before those is not counted."""
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[1:])


def _percentile(times: Sequence[float], share: float) -> float:
    """The nearest rank of sorted times."""
    return times[min(int(share * len(times)), len(times) - 1)]
