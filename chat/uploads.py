"""The folder for uploads: how much may lie in it, over all requests that are on their way, and what is left behind."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UPLOADS_KEPT = 10  # times the largest upload: so much may lie in the folder
FILES_KEPT = 10_000  # files that may lie there
FILES_ON_THEIR_WAY = 100_000  # besides; most requests bring far fewer than they might
UPLOAD_AGE_S = 6 * 3600  # what is older is removed when another comes
_FILES_A_REQUEST = 1000  # Gradio takes no more
_PART_BYTES = 64  # a file in a request takes at least so many
_CLOCK_S = 0.1  # a file system's times may be so far behind
_UNFINISHED = "tmp"  # what the names of files begin with that Gradio is writing


class NoRoomError(Exception):
    """Nothing can be uploaded now; `status` is HTTP's."""

    def __init__(self, status: int, text: str) -> None:
        """Say it in words for the visitor."""
        super().__init__(text)
        self.status = status


class Uploads:
    """The uploads of one server. Thread-safe."""

    def __init__(self, folder: Path, max_upload_mb: int) -> None:
        """Take the folder that Gradio writes uploaded files to."""
        self.folder = folder
        self._bytes = UPLOADS_KEPT * max_upload_mb * 2**20
        self._lock = threading.Lock()
        self._in_flight: dict[object, tuple[float, int, int]] = {}  # since when, bytes, files

    def reserve(self, length: int) -> object:
        """Keep room for a request of so many bytes before it is read; what this gives is for `release`.

        Raises NoRoomError where it does not fit beside what lies there and what else is on its way.
        """
        with self._lock:
            used, files = self._used()
            asked = min(_FILES_A_REQUEST, length // _PART_BYTES + 1)
            room = self._bytes - used - sum(size for _, size, _ in self._in_flight.values())
            if length > room:
                taken = f"{max(0, room) // 2**20} MB can be taken now"
                raise NoRoomError(413, f"The files are too large together: {taken}. Add fewer at a time.")
            if files >= FILES_KEPT:
                raise NoRoomError(413, "Too many files lie there already. Try again later.")
            if asked + sum(count for *_, count in self._in_flight.values()) > FILES_ON_THEIR_WAY:
                raise NoRoomError(503, "There are too many uploads at once. Try again in a moment.")
            ticket = object()
            self._in_flight[ticket] = (time.time(), length, asked)
            return ticket

    def release(self, ticket: object) -> None:
        """The request is over, however it ended: what it did not finish is removed."""
        with self._lock:
            self._in_flight.pop(ticket, None)
            # What another request may be writing was begun after that one came.
            oldest = min((since for since, *_ in self._in_flight.values()), default=float("inf")) - _CLOCK_S
            for path in self._entries():
                with suppress(OSError):
                    status = path.lstat()
                    if path.name.startswith(_UNFINISHED) and stat.S_ISREG(status.st_mode) and status.st_mtime < oldest:
                        path.unlink()

    def _used(self) -> tuple[int, int]:
        """Bytes and files that lie there, after what has lain there for long was removed.

        The folder is made again where a cleaner of temporary files removed it, but what somebody else has put in its
        place is not used.
        """
        with suppress(FileExistsError):
            self.folder.mkdir(mode=0o700)
        status = self.folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or (os.name == "posix" and status.st_uid != os.geteuid()):
            where = f"{self.folder} is not the folder that this program made"
            raise NoRoomError(503, f"Nothing can be uploaded: {where}. Start it again.")
        used, count, now = 0, 0, time.time()
        for entry in self._entries():
            with suppress(FileNotFoundError):  # whoever uploaded it is done with it
                files = list(entry.rglob("*")) if entry.is_dir() else [entry]
                if now - entry.stat().st_mtime > UPLOAD_AGE_S:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
                elif not (entry.name.startswith(_UNFINISHED) and self._in_flight):  # those are reserved for
                    used += sum(file.stat().st_size for file in files)
                    count += len(files)
        return used, count

    def _entries(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return list(self.folder.iterdir())
        return []


@contextmanager
def released(uploads: Uploads, ticket: object) -> Iterator[None]:
    """Release a reservation at the end of the block."""
    try:
        yield
    finally:
        uploads.release(ticket)
