"""A file that is replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


def write_atomically(path: Path, text: str) -> None:
    """Write `text` (UTF-8) so that `path` holds either all of it or what it held before, also after a crash."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode())


def _flush(path: Path) -> None:
    """Have what was written reach the disk before its name does."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
