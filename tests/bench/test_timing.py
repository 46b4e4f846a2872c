from __future__ import annotations

import time

from bench.timing import latency, process_ms


def test_latency_leaves_out_the_warm_up_and_gives_percentiles_in_milliseconds() -> None:
    called = []

    def call(value: str) -> None:
        called.append(value)
        time.sleep(float(value))

    found = latency(call, ["0.05"], ["0"] * 9 + ["0.03"])
    assert called == ["0.05", *["0"] * 9, "0.03"]
    assert found.n == 10
    assert found.p50_ms < 20 < found.p95_ms


def test_a_fresh_process_takes_some_milliseconds() -> None:
    assert process_ms(["-S", "-c", "pass"], runs=1) > 1
