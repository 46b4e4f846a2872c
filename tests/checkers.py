"""`index.storage.repair.is_readable` in less time: its processes are forked from one that has imported Chroma."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from index.storage.repair import is_readable

_FORKING = """
import os, sys
import chromadb
from index.storage.repair import _CHECK

code = compile(_CHECK, "check", "exec")
for line in sys.stdin:
    if not (child := os.fork()):
        sys.argv[1:] = [line.rstrip("\\n")]
        try:
            exec(code, {})
        except BaseException:
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def _rights() -> tuple[object, ...]:
    """What a process hands on to those that it starts, and tests change."""
    return os.geteuid(), resource.getrlimit(resource.RLIMIT_FSIZE)


class Checkers:
    """Starts with its first check. For use in a `with` statement."""

    def __init__(self) -> None:
        self._rights = _rights()
        self._lock = threading.Lock()
        self._forking: subprocess.Popen[str] | None = None

    def is_readable(self, chroma: Path) -> bool:
        """See `index.storage.repair.is_readable`, whose code runs, in a process of its own for each store."""
        if not chroma.is_dir() or _rights() != self._rights:
            return is_readable(chroma)
        with self._lock:
            if self._forking is None:
                self._forking = subprocess.Popen(
                    [sys.executable, "-c", _FORKING], cwd=Path(__file__).parents[1], text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            assert self._forking.stdin is not None
            assert self._forking.stdout is not None
            self._forking.stdin.write(f"{chroma.absolute()}\n")
            self._forking.stdin.flush()
            status = self._forking.stdout.readline()
        assert status, "the process that forks has ended"
        return int(status) == 0

    def __enter__(self) -> Checkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._forking is not None:
            self._forking.communicate()
