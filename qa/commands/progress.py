"""The bar that shows on stderr how far articles are added."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.commands.terminal import complain

if TYPE_CHECKING:
    from index import AddProgress, AddReport

_EVERY_S = 0.1


@contextmanager
def progress_bar() -> Iterator[Callable[[AddProgress], None]]:
    """Gives what `ArticleIndex.add` is to call; the bar is there only where stderr is a terminal."""
    from tqdm import tqdm

    with tqdm(unit="source", disable=None, file=sys.stderr) as bar:
        shown = 0.0

        def show(progress: AddProgress) -> None:
            nonlocal shown
            now = time.monotonic()
            if bar.disable or (now - shown < _EVERY_S and progress.sources_done < progress.sources):
                return  # the counts of a report are made anew each time, which takes longer than to know a file again
            shown = now
            bar.total = progress.sources
            bar.n = progress.sources_done
            bar.set_postfix_str(f"{progress.report.passages_embedded} passages, {progress.report}", refresh=False)
            bar.update(0)

        yield show


def complain_of(report: AddReport) -> None:
    """Say on stderr what was skipped and what failed."""
    for result in (*report.of("skipped"), *report.of("failed")):
        complain(f"{result.outcome}: {result.source}: {result.reason}")
