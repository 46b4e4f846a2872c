"""The heaps of the C library are as many as there are cores, and what is free in them goes back to the system."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

THREADS = """
import ctypes, threading
from index.arenas import limit_arenas
if {limited}:
    limit_arenas()
together = threading.Barrier(40)
def use():
    kept = bytearray(5000)  # beyond 512 bytes Python asks the C library
    together.wait()
threads = [threading.Thread(target=use) for _ in range(40)]
for thread in threads: thread.start()
for thread in threads: thread.join()
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such heaps")
def test_threads_share_as_many_heaps_as_there_are_cores() -> None:
    most = max(2, os.cpu_count() or 1)
    assert heaps(limited=True) <= most
    assert heaps(limited=False) > most
    assert heaps(limited=True, MALLOC_ARENA_MAX=str(most + 1)) == most + 1  # what the owner says counts


def heaps(limited: bool, **said: str) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    done = subprocess.run(
        [sys.executable, "-c", THREADS.format(limited=limited)],
        env=environment | said, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stderr.count("Arena ")


BETWEEN = """
from pathlib import Path
from index.arenas import give_back
def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
blocks = [bytearray(5000) for _ in range(20_000)]
before = resident_mb()
del blocks[:-1]  # the last one lies above them
held = resident_mb()
give_back()
print(before - held, before - resident_mb())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory in other ways")
def test_memory_that_is_free_below_what_is_in_use_goes_back() -> None:
    done = subprocess.run([sys.executable, "-c", BETWEEN], capture_output=True, text=True, check=True, timeout=60)
    held_back, given_back = map(float, done.stdout.split())
    assert held_back < 20
    assert given_back > 60
