"""`qa sync --watch`: folders when something changes in them, the rest in intervals."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.errors import ArticleQAError
from index.formats.identity import is_url
from qa.commands.terminal import complain

_TICK_S = 0.5  # how often files that are sources themselves are looked at


def watch(sources: Sequence[str], every_s: float, index: str, bring_in_step: Callable[[Sequence[str]], object]) -> None:
    """Call `bring_in_step` with all sources at once and every `every_s` seconds, and with what has changed in between.

    Does not return; Ctrl-C raises KeyboardInterrupt, within half a second. What changes in the folder `index` does not
    count. A round that fails is said, and the next one tries again.
    """
    while True:
        folders = [source for source in sources if not is_url(source) and os.path.isdir(source)]  # noqa: PTH112  it raises
        files = [source for source in sources if source not in folders and not is_url(source)]
        states = [_state(file) for file in files]
        changes = _changes(folders, index)
        next(changes)  # from here on nothing is missed
        until = time.monotonic() + every_s
        _round(sources, bring_in_step)
        for changed in changes:
            now = [_state(file) for file in files]
            changed += [file for file, before, after in zip(files, states, now, strict=True) if before != after]
            states = now
            if changed:
                _round(changed, bring_in_step)
            if time.monotonic() >= until:
                break


def _round(sources: Sequence[str], bring_in_step: Callable[[Sequence[str]], object]) -> None:
    try:
        bring_in_step(sources)
    except ArticleQAError as exc:
        complain(f"qa: {exc}")


def _changes(folders: Sequence[str], index: str) -> Iterator[list[str]]:
    """Every half second the folders in which something changed since the last time, which the first one begins."""
    if folders:
        try:
            yield from _watched(folders, index)
        except OSError as exc:  # it is gone in this moment, or there are more folders than the system watches
            complain(f"cannot be watched, and are looked at in intervals only: {', '.join(folders)}: {exc}")
    while True:
        yield []
        time.sleep(_TICK_S)


def _watched(folders: Sequence[str], index: str) -> Iterator[list[str]]:
    from watchfiles import watch as watch_folders

    def counts(_change: object, path: str) -> bool:
        return not _is_within(path, index) and any(_is_visible(path, folder) for folder in folders)

    step_ms = int(_TICK_S * 1000)
    for changes in watch_folders(
        *folders, watch_filter=counts, rust_timeout=step_ms, yield_on_timeout=True, ignore_permission_denied=True
    ):
        yield [folder for folder in folders if any(_is_within(path, folder) for _, path in changes)]


def _is_within(path: str, folder: str) -> bool:
    return os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)


def _is_visible(path: str, folder: str) -> bool:
    """Whether no part of the name below the folder is hidden."""
    below = os.path.relpath(os.path.realpath(path), os.path.realpath(folder)).split(os.sep)  # noqa: PTH206
    return not any(part.startswith((".", "~$")) for part in below)


def _state(file: str) -> tuple[int, int] | None:
    try:
        status = Path(file).stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns
