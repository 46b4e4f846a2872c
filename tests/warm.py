"""Modules that run in processes of their own, forked from one that has imported Chroma, which takes seconds each time.

For processes that race, are killed or meet faults. What is about a process's start is started by `subprocess`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

# A process between waits for the one that is started, and tells how it ended.
_FORKING = """
import json, os, runpy, socket, sys
import chromadb
import index.article_index, index.storage.chroma, index.storage.lexical, tests.fakes
from index.language import language_of

language_of("What tells languages apart is loaded.")
started = []
asked = socket.socket(fileno=int(sys.argv[1]))
while (received := socket.recv_fds(asked, 2**20, 4))[0]:
    fds = received[1]
    started.append(os.fork())
    if not started[-1]:
        if child := os.fork():
            for fd in fds[:3]:
                os.close(fd)
            os.write(fds[3], b"%d\\n" % child)
            os.write(fds[3], b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            os._exit(0)
        asked.close()
        for number, fd in enumerate(fds):
            if number < 3:
                os.dup2(fd, number)
            os.close(fd)
        environment, module, *sys.argv[1:] = json.loads(received[0])
        os.environ.clear()
        os.environ.update(environment)
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        break
    for fd in fds:
        os.close(fd)
    while started and os.waitpid(started[0], os.WNOHANG)[0]:
        started.pop(0)
else:
    for each in started:
        os.waitpid(each, 0)
"""


class WarmProcess:
    """A process, with as much of `subprocess.Popen` as tests use. What it says on stderr is kept until its end."""

    def __init__(self, forking: socket.socket, module: str, *arguments: object) -> None:
        (read_in, write_in), (read_out, write_out), (status, write_status) = os.pipe(), os.pipe(), os.pipe()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed where it is read
        given = [read_in, write_out, self._errors.fileno(), write_status]
        socket.send_fds(forking, [json.dumps([dict(os.environ), module, *map(str, arguments)]).encode()], given)
        for fd in (read_in, write_out, write_status):
            os.close(fd)
        self.stdin, self.stdout = os.fdopen(write_in, "w"), os.fdopen(read_out)
        self._status = os.fdopen(status)
        self.pid = int(self._status.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        return (
            self.wait() if self.returncode is None and select.select([self._status], [], [], 0)[0] else self.returncode
        )

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._status.readline())
            self._status.close()
            self.stdin.close()
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def communicate(self, timeout: float = 600) -> tuple[str, str]:
        """What it says from now on, on stdout and stderr; it is killed where it takes more than `timeout` seconds."""
        late = threading.Timer(timeout, self.kill)
        late.start()
        out = self.stdout.read()
        self.stdout.close()
        self.wait()
        late.cancel()
        late.join()
        with self._errors:
            self._errors.seek(0)
            return out, self._errors.read()


class Warm:
    """Starts with the first process."""

    def __init__(self) -> None:
        self._asking: socket.socket | None = None
        self._forking: subprocess.Popen[bytes] | None = None

    def start(self, module: str, *arguments: object) -> WarmProcess:
        """As `python -m module arguments`, in the project's folder and with this process's environment."""
        if self._asking is None:
            self._asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with asked:
                self._forking = subprocess.Popen(
                    [sys.executable, "-c", _FORKING, str(asked.fileno())], pass_fds=[asked.fileno()],
                    cwd=Path(__file__).parents[1], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                )  # fmt: skip
        return WarmProcess(self._asking, module, *arguments)

    def end(self) -> None:
        """Start no more."""
        if self._asking is not None and self._forking is not None:
            self._asking.close()
            self._forking.wait()
            self._asking = self._forking = None


WARM = Warm()
