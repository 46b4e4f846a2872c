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
        return self._read("sources")

    def full(self) -> list[str]:
        """Those of them that are feeds whose items' pages are fetched. Raises StoreError as `all`."""
        return self._read("full")

    def _read(self, key: str) -> list[str]:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            names = stored.get(key, []) if key == "full" else stored[key]
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                raise TypeError("no list of names")
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise StoreError(
                f"The list of sources {self._path} cannot be read ({exc}). Remove it, and name the sources again: "
                "qa sources add SOURCE"
            ) from exc
        return names

    def add(self, sources: Iterable[str], *, full: bool | None = None) -> None:
        """Remember these, too; and whether the pages of their items are fetched, where that is said."""
        names = [absolute(source) for source in sources]
        with self._changing() as before:
            pages = self.full()
            if full is not None:
                pages = [name for name in pages if name not in names] + (names if full else [])
            self._write([*before, *names], pages)

    def remove(self, sources: Iterable[str]) -> None:
        """Remember these no more; their articles stay. Raises SourceError, and changes nothing, for another name."""
        names = [absolute(source) for source in sources]
        with self._changing() as before:
            for name in names:
                if name not in before:
                    raise SourceError(f"{name} is no source of this index. See them with: qa sources")
            self._write([name for name in before if name not in names], self.full())

    @contextmanager
    def _changing(self) -> Iterator[list[str]]:
        """Hold the lock; gives their names."""
        try:
            with FileLock(f"{self._path}.lock", mode=0o600):
                yield self.all()
        except OSError as exc:
            raise StoreError(f"The list of sources {self._path} cannot be changed: {exc.strerror}.") from exc

    def _write(self, names: Sequence[str], full: Sequence[str]) -> None:
        names = list(dict.fromkeys(names))
        full = [name for name in dict.fromkeys(full) if name in names]
        if (names, full) != (self.all(), self.full()):
            stored = {"sources": names} | ({"full": full} if full else {})
            write_atomically(self._path, json.dumps(stored, indent=2) + "\n")
