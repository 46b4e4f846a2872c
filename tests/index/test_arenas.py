"""The heaps of the C library are as many as there are cores, however many threads there are."""

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
