"""How far articles are added, in a bar on stderr, and what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.commands.terminal import complain, harmless_line, say

if TYPE_CHECKING:
    from index import AddProgress, AddReport

_EVERY_S = 0.1


@contextmanager
def progress_bar(unit: str = "source", total: int | None = None) -> Iterator[Callable[[AddProgress], None]]:
    """Gives what `ArticleIndex.add` is to call; the bar is there only where stderr is a terminal.

    `total` is how many sources there are, where they are not known from the beginning.
    """
    from tqdm import tqdm

    with tqdm(unit=unit, total=total, disable=None, file=sys.stderr) as bar:
        shown = 0.0

        def show(progress: AddProgress) -> None:
            nonlocal shown
            now = time.monotonic()
            if bar.disable or (now - shown < _EVERY_S and progress.sources_done < progress.sources):
                return  # the counts of a report are made anew each time, which takes longer than to know a file again
            shown = now
            bar.total = max(progress.sources, total or 0)
            bar.n = progress.sources_done
            bar.set_postfix_str(f"{progress.report.passages_embedded} passages, {progress.report}", refresh=False)
            bar.update(0)

        yield show


def complain_of(report: AddReport) -> None:
    """Say on stderr what was skipped and what failed; the kinds of files that are read only once."""
    from index.formats.unread import without_list

    supported = ""
    for result in (*report.of("skipped"), *report.of("failed")):
        reason, known = without_list(result.reason)
        supported = supported or known
        complain(f"{result.outcome}: {result.source}: {reason}")
    if supported:
        complain(f"supported are {supported}")


def say_versions(report: AddReport) -> None:
    """Say how many of the articles stored are versions of others, if any."""
    if report.versions:
        number = len(report.versions)
        are = "is a version of an article" if number == 1 else "are versions of articles"
        print(f"{number:,} {are} already there: qa list shows them together", flush=True)


def added_said(report: AddReport) -> int:
    """Say what came of adding; gives the exit status, 1 where all failed."""
    complain_of(report)
    for name, addresses in report.lists.items():
        say(harmless_line(f"{name}: a list of {addresses:,} address{'' if addresses == 1 else 'es'}"))
    print(f"{report} ({report.passages_embedded} passages embedded)")
    say_versions(report)
    for note in report.notes:
        print(note, file=sys.stderr)
    if report.gone:
        files = f"{len(report.gone)} known file{'' if len(report.gone) == 1 else 's'}"
        print(f"{files} gone; their articles stay. To see and remove them: qa sync", file=sys.stderr)
    stored = report.added + report.updated + report.moved + report.unchanged
    return 1 if report.failed and not stored else 0
