"""Folders of this process for what it needs for a while. What a process that was killed left is removed by another."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

_PREFIX = "article-qa-copy-"
_LOCK = "in-use.lock"  # held as long as the folder is used, which the system ends with the process
_UNLOCKED_S = 60  # so long a folder may be without its lock: its maker is about to lock it


def temporary_folder(parent: Path, user: object) -> Path:
    """An empty folder in `parent` that only this user may enter (mode 700); it goes with `user`. Raises OSError."""
    remove_abandoned(parent)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
        lock = _lock_of(folder)
        with suppress(Timeout):  # another process is just about to remove it
            lock.acquire(blocking=False)
            weakref.finalize(user, _remove, folder, lock, os.getpid())
            (folder / "content").mkdir(mode=0o700)
            return folder / "content"


def remove_abandoned(parent: Path) -> None:
    """Remove this user's folders in `parent` that no living process uses."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError, Timeout):
            if not _is_ours(folder):
                continue
            if (folder / _LOCK).exists():
                with _lock_of(folder).acquire(blocking=False):
                    shutil.rmtree(folder, ignore_errors=True)
            elif time.time() - folder.stat().st_mtime > _UNLOCKED_S:
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, and this user's: in a folder for all, anybody may give a name like ours."""
    return not folder.is_symlink() and folder.is_dir() and (os.name != "posix" or folder.stat().st_uid == os.geteuid())


def _lock_of(folder: Path) -> BaseFileLock:
    return FileLock(folder / _LOCK, mode=0o600, thread_local=False)  # whichever thread ends its use


def _remove(folder: Path, lock: BaseFileLock, process: int) -> None:
    if os.getpid() == process:  # and not a fork of it
        lock.release()  # first: Windows removes no open file
        shutil.rmtree(folder, ignore_errors=True)
