"""A Python of its own that reads sources, one at a time, within limits on its processor time and memory."""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.article import Article
from index.formats.limits import MAX_PROCESSOR_S
from index.formats.origin import KnownFile, Origin, SourceFailure

is_one = False  # whether this process is one of these
Item = Article | SourceFailure

_TOO_LONG = f"takes more than {MAX_PROCESSOR_S} s of processor time to read. Is it damaged? Split it into parts."
_CODE = "import sys; sys.path[:] = {path!r}; from index.formats.processes import serve; serve()"


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a source, for a module of index.formats to read; `name` is shown where it fails."""

    reader: str
    content: Path | bytes
    origin: Origin
    name: str


class ReadingProcess:
    """One process, which is started when there is something to read, and anew when it has died."""

    def __init__(self) -> None:
        """Prepare it; nothing is started yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._lock = threading.Lock()

    def read(self, source: str | KnownFile | Content, name: str) -> list[Item]:
        """What is in a source. Where the process dies another tries once more: the fault may have been elsewhere."""
        ends = []
        for _ in range(2):
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(pickle.dumps(source))
                process.stdin.flush()
                items: list[Item] = pickle.load(process.stdout)
                return items
            except (OSError, EOFError, pickle.UnpicklingError):  # it is dead, or was in the middle of its answer
                ends.append(_end(process.wait()))
            if ends[-1] == "SIGXCPU":
                return [SourceFailure(name, _TOO_LONG)]
        reason = f"the processes that read it died ({', '.join(ends)}). Is it damaged, or larger than memory?"
        return [SourceFailure(name, reason)]

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended:
                raise RuntimeError("nobody waits for the answer any more")
            if self._process is None or self._process.poll() is not None:
                self._kill()
                command = [sys.executable, "-c", _CODE.format(path=sys.path)]
                # In a group of its own, so that Ctrl-C at the terminal reaches this process only, which ends that one.
                group = 0 if os.name == "posix" else None
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=group
                )
            return self._process

    def end(self) -> None:
        """Kill the process, whatever it does; there is no other after it."""
        with self._lock:
            self._ended = True
            self._kill()

    def _kill(self) -> None:
        if self._process is not None:
            with suppress(OSError), self._process as process:  # OSError: what it was not told any more
                process.kill()


def _end(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


# Processes that wait for the next source: what reads more than one file at a time seldom does so for long.
_MOST_IDLE = 2
_idle: list[ReadingProcess] = []


def read_within_limits(source: Content) -> list[Item]:
    """What is in a source, read by such a process, which is kept for the next one until this one ends."""
    try:
        process = _idle.pop()
    except IndexError:
        process = ReadingProcess()
    try:
        items = process.read(source, source.name)
    except BaseException:
        process.end()
        raise
    _idle.append(process)
    while len(_idle) > _MOST_IDLE:
        with suppress(IndexError):  # another thread took it
            _idle.pop().end()
    return items


@atexit.register
def _end_idle() -> None:
    while _idle:
        _idle.pop().end()
