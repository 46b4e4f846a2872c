"""The sources that an index is kept in step with: a list of folders, files and web addresses in a file beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from index.errors import SourceError, StoreError
from index.files import write_atomically
from index.formats.identity import is_url


def absolute(source: str) -> str:
    """A source by the name that it has from everywhere: the absolute path, links left in it, or the web address."""
    return source.partition("#")[0] if is_url(source) else os.path.abspath(os.path.expanduser(source))  # noqa: PTH100, PTH111


class RememberedSources:
    """The sources of one index, in the order in which they were added. Several processes may change them at once."""

    def __init__(self, path: Path) -> None:
        """`path` is `ArticleIndex.companion("sources.json")`; nothing is opened."""
        self._path = path

    def all(self) -> list[str]:
        """Their names. Raises StoreError where the file is damaged."""
        try:
            names = json.loads(self._path.read_text(encoding="utf-8"))["sources"]
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise TypeError("no list of names")
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise StoreError(
                f"The list of sources {self._path} cannot be read ({exc}). Remove it, and name the sources again: "
                "qa sources add SOURCE"
            ) from exc
        return names

    def add(self, sources: Iterable[str]) -> None:
        """Remember these, too."""
        with self._changing() as before:
            self._write([*before, *(absolute(source) for source in sources)], before)

    def remove(self, sources: Iterable[str]) -> None:
        """Remember these no more; their articles stay. Raises SourceError, and changes nothing, for another name."""
        names = [absolute(source) for source in sources]
        with self._changing() as before:
            for name in names:
                if name not in before:
                    raise SourceError(f"{name} is no source of this index. See them with: qa sources")
            self._write([name for name in before if name not in names], before)

    @contextmanager
    def _changing(self) -> Iterator[list[str]]:
        """Hold the lock; gives their names."""
        try:
            with FileLock(f"{self._path}.lock", mode=0o600):
                yield self.all()
        except OSError as exc:
            raise StoreError(f"The list of sources {self._path} cannot be changed: {exc.strerror}.") from exc

    def _write(self, names: Sequence[str], before: Sequence[str]) -> None:
        names = list(dict.fromkeys(names))
        if names != before:
            write_atomically(self._path, json.dumps({"sources": names}, indent=2) + "\n")
