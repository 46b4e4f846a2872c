"""An index where nothing can be written, on a read-only file system or a full disk: it is read from a copy of its own.

Chroma, Tantivy and the lock all write to their files, also where they are only asked. So the copy is an index like any
other, which is mended and brought up to date at need; what is added to it would be lost, so nothing is.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from index.embedding.embedder import Embedder
from index.errors import IndexBusyError, StoreError
from index.storage.chroma import ChromaStore
from index.storage.lock import State, StoreLock, stores_in
from index.storage.manifest import Manifest
from index.storage.place import FolderPlace, Place
from index.storage.temporary import temporary_folder

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_TRIES = 5  # to copy it while nobody writes
_PAUSE_S = 0.1  # before the second try; before the third twice that, and so on
_ROOM = 2**20  # bytes that have to be free
_WRITTEN = {".lock", ".sqlite3", ".bin"}


def why_not_writable(folder: Path) -> str:
    """Why this process cannot write what it has to write to use the index in this folder; "" where it can."""
    if hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY:
        return "the file system is read-only"
    paths = [folder]
    for parent, folders, files in os.walk(folder):
        names = [*folders, *(name for name in files if Path(name).suffix in _WRITTEN)]
        paths += [Path(parent, name) for name in names]
    # Who writes to the index just now replaces and removes files.
    if not all(os.access(path, os.W_OK) or not path.exists() for path in paths):
        return "this user may not write to all of it"
    return "no room is left on the disk" if shutil.disk_usage(folder).free < _ROOM else ""


def usable(place: Place) -> Place:
    """The place itself, or one to read it by where nothing can be written there now. Raises StoreError."""
    if not isinstance(place, FolderPlace):
        return place
    try:
        why_not = why_not_writable(place.folder) if place.folder.is_dir() else ""
    except OSError as exc:
        raise StoreError(
            f"The folder {place.folder} cannot be read: {exc.strerror} ({exc.filename}). See who may read it."
        ) from exc
    return SnapshotPlace(place, why_not) if why_not else place


class SnapshotPlace:
    """An index in a folder, as it was when it was copied; see Place. The copy goes with this object."""

    def __init__(self, home: FolderPlace, why: str) -> None:
        """Take the place, and why nothing can be written there; nothing is opened and nothing copied."""
        self.name = home.name
        self._home = home
        self._folder = home.folder
        self._why = why
        self._copied = b""  # the state that was copied

    @cached_property
    def _copy(self) -> FolderPlace:
        """Raises StoreError where it cannot be read, or there is no room for the copy."""
        copy = temporary_folder(_roomy(_size(self._folder)), self)
        for at in range(_TRIES):
            time.sleep(_PAUSE_S * at)
            before = self._state()
            # A state goes on saying that somebody writes where a writer died; the copy is mended then.
            if at == _TRIES - 1 or not _is_writing(before):
                with suppress(FileNotFoundError):  # a writer has just replaced that file
                    for each in (
                        "manifest.json",
                        "state.json",
                        "words",
                        *(store.name for store in stores_in(self._folder)),
                    ):
                        _copy_whole(self._folder / each, copy / each)
                    if self._state() == before:
                        self._copied = before
                        return FolderPlace(copy, self._home.settings, self.name)
            for path in copy.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise IndexBusyError(f"Another process is writing to the index at {self.name}. Try again when it is done.")

    def copied(self) -> FolderPlace:
        """The copy as a place of its own, where all may be done; it goes with this object. Raises StoreError."""
        self.lock()
        return self._copy

    def is_current(self) -> bool:
        """Whether the index is as it was copied, and still cannot be written here. While somebody writes, it is."""
        try:
            now = self._state()
        except OSError:
            return True
        return isinstance(usable(self._home), SnapshotPlace) and (now == self._copied or _is_writing(now))

    def _state(self) -> bytes:
        with suppress(FileNotFoundError):
            return (self._folder / "state.json").read_bytes()
        return b""

    def manifest(self) -> Manifest | None:
        """See Place."""
        return self._home.manifest()

    def create(self, manifest: Manifest) -> Manifest:
        """See Place."""
        return self._home.create(manifest)

    def connect(self) -> ClientAPI:
        """See Place."""
        return self._copy.connect()

    def is_as_left(self, state: State) -> bool:
        """See Place."""
        return self._copy.is_as_left(state)

    def mend(self, embedder: Embedder) -> None:
        """See Place."""
        self._copy.mend(embedder)

    def exchange(self, made: Path) -> None:
        """See Place."""
        self.check_writable()

    def check(self, store: ChromaStore, state: State) -> None:
        """See Place."""
        self._copy.check(store, state)

    def settle(self, store: ChromaStore) -> None:
        """See Place."""
        self._copy.settle(store)

    def check_writable(self) -> None:
        """See Place."""
        raise StoreError(
            f"The index at {self.name} can be read here and not written: {self._why}. Change that, or add to "
            "another one: qa --index ANOTHER_PLACE add ARTICLES"
        )

    def release(self, client: ClientAPI) -> None:
        """See Place."""
        self._copy.release(client)

    def lock(self) -> StoreLock:
        """See Place."""
        try:
            return self._copy.lock()
        except OSError as exc:
            raise StoreError(
                f"The index at {self.name} can only be read ({self._why}), and so from a copy, which cannot be made: "
                f"{exc.strerror} ({exc.filename}). See who may read it, or name a folder with room in TMPDIR."
            ) from exc

    def lexical_path(self) -> Path:
        """See Place."""
        return self._copy.lexical_path()

    def companion(self, name: str) -> Path:
        """See Place."""
        return self._home.companion(name)


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):  # somebody writes to the index
                total += Path(parent, name).stat().st_size
    return total


def _roomy(size: int) -> Path:
    """Where a copy of so many bytes has room: where temporary files go, or else in memory. Neither: the former."""
    usual = Path(tempfile.gettempdir())
    for folder in (usual, Path("/dev/shm")):
        if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > size + _ROOM:
            return folder
    return usual


def _is_writing(state: bytes) -> bool:
    """Whether this state.json says that somebody writes to the index."""
    try:
        return bool(json.loads(state)["writing"])
    except (ValueError, KeyError, TypeError):
        return False


def _copy_whole(source: Path, target: Path) -> None:
    """Copy a file, or a folder with all that is in it, as files that this process may write."""
    if source.is_dir():
        target.mkdir(mode=0o700)
        for path in source.iterdir():
            _copy_whole(path, target / path.name)
    elif source.exists():
        shutil.copyfile(source, target)
