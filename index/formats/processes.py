"""Sources read by several processes, in order. Each is a Python that runs `index.formats`, one source at a time.

Whatever ends such processes costs no more than the source that they had, and others take their place. A pool of
concurrent.futures loses all that is under way when one dies and does not say whose fault it was; the children of
multiprocessing run the user's script once more, with all that it imports.
"""

from __future__ import annotations

import math
import os
import pickle
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from index.formats import READERS, KnownFile, read_content, read_source, reading_process, shown
from index.formats.identity import is_url
from index.formats.limits import MAX_MEMORY_BYTES, MAX_PROCESSOR_S
from index.formats.reading_process import Content, Item, ReadingProcess

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_Other = TypeVar("_Other")
Name = str | KnownFile  # what is read

_AHEAD = 8  # sources that are read before their turn, for each process: what is embedded meanwhile takes seconds


def read_in_processes(
    sources: Iterable[Name | _Other], count: int
) -> Generator[tuple[Name | _Other, Iterator[Item | _Other]]]:
    """Each source with what is in it, like `read_source` and in order, but read by `count` processes a little ahead.

    What is no name is passed on as it is. Files of records and of letters and archives (.json, .jsonl, .csv, .mbox,
    .zip) are read here when it is their turn: they may hold a million articles, which must neither be gathered nor
    share one limit.

    A source whose process dies twice is a failure that says so, and one that takes too much time or memory. Close the
    iterator (contextlib.closing) where it may not be read to its end: the processes end with it. Where this process is
    killed they end by themselves.
    """
    readers = [ReadingProcess() for _ in range(count)]
    idle: SimpleQueue[ReadingProcess] = SimpleQueue()
    for reader in readers:
        idle.put(reader)

    def read(source: Name) -> list[Item]:
        reader = idle.get()
        try:
            return reader.read(source, shown(source.path if isinstance(source, KnownFile) else source))
        finally:
            idle.put(reader)

    threads = ThreadPoolExecutor(count, "reading")
    waiting: deque[tuple[Name | _Other, Future[list[Item]] | None]] = deque()
    try:
        for source in sources:
            ahead = isinstance(source, Name) and not _has_many(source)
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
    waiting: deque[tuple[Name | _Other, Future[list[Item]] | None]],
) -> tuple[Name | _Other, Iterator[Item | _Other]]:
    source, future = waiting.popleft()
    return source, items_of(source) if future is None else iter(future.result())


def items_of(source: Name | _Other) -> Iterator[Item | _Other]:
    """What is in a source, read by this process; what is no name is itself what is in it."""
    return read_source(source) if isinstance(source, Name) else iter([source])


def _has_many(source: Name) -> bool:
    if isinstance(source, KnownFile):
        source = source.path
    return not is_url(source) and READERS.get(Path(source).suffix.lower()) in {"records", "table", "mailbox", "archive"}


def serve() -> None:
    """What such a process does: take sources from stdin and answer each on stdout with a list, until stdin ends.

    A source may take MAX_PROCESSOR_S and MAX_MEMORY_BYTES where the system can hold it to that (not on Windows).
    """
    reading_process.is_one = True
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not stand between them
    sources: SimpleQueue[Name | Content] = SimpleQueue()
    threading.Thread(target=_listen, args=(sources,), daemon=True).start()
    _limit_memory()
    while True:
        source = sources.get()
        _limit_time()
        pickle.dump(list(read_content(source) if isinstance(source, Content) else read_source(source)), answers)
        answers.flush()
        if _held_bytes() > MAX_MEMORY_BYTES // 2:  # what it holds on to would be missing for the next source
            os._exit(0)


def _limit_memory() -> None:
    if resource is not None:
        with suppress(OSError, ValueError):  # macOS refuses
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _limit_time() -> None:
    """The system ends this process by SIGXCPU when it has worked so long from now on."""
    if resource is not None:
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        until = math.ceil(time.process_time()) + MAX_PROCESSOR_S
        resource.setrlimit(resource.RLIMIT_CPU, (until if most < 0 else min(until, most), most))


def _held_bytes() -> int:
    """The address space of this process, which is what its limit counts; 0 where Linux does not say it."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _listen(sources: SimpleQueue[Name | Content]) -> None:
    """Pass the sources on. The end of stdin is that of the parent, and ends this process in the middle of a source."""
    try:
        while True:
            sources.put(pickle.load(sys.stdin.buffer))
    except EOFError:
        os._exit(0)
    except BaseException:  # noqa: BLE001  without this thread nobody would answer, and the parent wait for ever
        traceback.print_exc()
        os._exit(1)
