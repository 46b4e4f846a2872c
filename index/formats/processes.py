"""Sources read by several processes, in order. Each is a Python that runs `index.formats`, one source at a time.

Whatever ends such processes costs no more than the source that they had, and others take their place. A pool of
concurrent.futures loses all that is under way when one dies and does not say whose fault it was; the children of
multiprocessing run the user's script once more, with all that it imports.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from index.article import Article
from index.formats import READERS, SourceFailure, read_source, shown
from index.formats.identity import is_url

_Item = Article | SourceFailure
_Other = TypeVar("_Other")

_AHEAD = 8  # sources that are read before their turn, for each process: what is embedded meanwhile takes seconds
_CODE = "import sys; sys.path[:] = {path!r}; from index.formats.processes import serve; serve()"


def read_in_processes(
    sources: Iterable[str | _Other], count: int
) -> Generator[tuple[str | _Other, Iterator[_Item | _Other]]]:
    """Each source with what is in it, like `read_source` and in order, but read by `count` processes a little ahead.

    What is no name is passed on as it is. Files of records and of letters (.json, .jsonl, .csv, .mbox) are read here
    when it is their turn: they may hold a million articles, which must not be gathered, and need little parsing.

    A source whose process dies twice is a failure that says so; an error that no reader should raise is such a death,
    with its traceback on stderr. Close the iterator (contextlib.closing) where it may not be read to its end: the
    processes end with it. Where this process is killed they end by themselves.
    """
    readers = [_Reader() for _ in range(count)]
    idle: SimpleQueue[_Reader] = SimpleQueue()
    for reader in readers:
        idle.put(reader)

    def read(source: str) -> list[_Item]:
        reader = idle.get()
        try:
            return reader.read(source)
        finally:
            idle.put(reader)

    threads = ThreadPoolExecutor(count, "reading")
    waiting: deque[tuple[str | _Other, Future[list[_Item]] | None]] = deque()
    try:
        for source in sources:
            ahead = isinstance(source, str) and not _has_many(source)
            waiting.append((source, threads.submit(read, source) if ahead else None))  # type: ignore[arg-type]
            if len(waiting) > _AHEAD * count:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        for reader in readers:
            reader.end()  # the thread that waits for its answer goes on
        threads.shutdown()


def _first(
    waiting: deque[tuple[str | _Other, Future[list[_Item]] | None]],
) -> tuple[str | _Other, Iterator[_Item | _Other]]:
    source, future = waiting.popleft()
    return source, items_of(source) if future is None else iter(future.result())


def items_of(source: str | _Other) -> Iterator[_Item | _Other]:
    """What is in a source, read by this process; what is no name is itself what is in it."""
    return read_source(source) if isinstance(source, str) else iter([source])


def _has_many(source: str) -> bool:
    return not is_url(source) and READERS.get(Path(source).suffix.lower()) in {"records", "table", "mailbox"}


class _Reader:
    """One process, which is started when there is something to read, and anew when it has died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._lock = threading.Lock()

    def read(self, source: str) -> list[_Item]:
        """What is in a source. Where the process dies another tries once more: the fault may have been elsewhere."""
        ends = []
        for _ in range(2):
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(pickle.dumps(source))
                process.stdin.flush()
                items: list[_Item] = pickle.load(process.stdout)
                return items
            except (OSError, EOFError, pickle.UnpicklingError):  # it is dead, or was in the middle of its answer
                ends.append(_end(process.wait()))
        reason = f"the processes that read it died ({', '.join(ends)}). Is it damaged, or larger than memory?"
        return [SourceFailure(shown(source), reason)]

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


def serve() -> None:
    """What such a process does: take names from stdin and answer each on stdout with a list, until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not stand between them
    names: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(names,), daemon=True).start()
    while True:
        pickle.dump(list(read_source(names.get())), answers)
        answers.flush()


def _listen(names: SimpleQueue[str]) -> None:
    """Pass the names on. The end of stdin is that of the parent, and ends this process in the middle of a source."""
    while True:
        try:
            names.put(pickle.load(sys.stdin.buffer))
        except EOFError:
            os._exit(0)
