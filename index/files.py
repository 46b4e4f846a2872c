"""A file that is replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the name of an empty file beside `path` to write to; on a normal exit it takes the place of `path`.

    Until then `path` holds what it held before, also after a crash. Only this user may read the file. Whoever writes to
    it closes it: Windows renames no open file.
    """
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def keep_private(folder: Path) -> None:
    """Let all in a folder of ours be read and written by those only who may read and write the folder itself.

    That is its owner (mode 700), unless the owner has said otherwise since: files get 600 then, and folders 700. Where
    the system knows no modes, and for what belongs to somebody else, nothing is done.
    """
    if os.name != "posix":
        return
    allowed = stat.S_IMODE(folder.stat().st_mode)
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError, PermissionError):
            status = path.lstat()
            wanted = allowed if stat.S_ISDIR(status.st_mode) else allowed & 0o666
            if not stat.S_ISLNK(status.st_mode) and stat.S_IMODE(status.st_mode) & ~wanted:
                path.chmod(stat.S_IMODE(status.st_mode) & wanted)


def write_atomically(path: Path, text: str) -> None:
    """Write `text` (UTF-8) so that `path` holds either all of it or what it held before, also after a crash."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode())


def _flush(path: Path) -> None:
    """Have what was written reach the disk before its name does."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
