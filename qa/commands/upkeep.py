"""The commands that keep an index in order: rebuild and check."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from qa.commands.options import Command, add_sizes, opened_anyway, sized
from qa.commands.terminal import harmless_line, say

if TYPE_CHECKING:
    from index.rebuilding import RebuildProgress


def _rebuild_options(parser: argparse.ArgumentParser) -> None:
    add_sizes(parser, "of the index")


def _rebuild(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    with (
        opened_anyway(options) as articles,
        tqdm(unit="passage", disable=None, file=sys.stderr) as bar,
    ):

        def show(progress: RebuildProgress) -> None:
            bar.total = progress.passages
            bar.set_postfix_str(f"{progress.articles_done} of {progress.articles} articles", refresh=False)
            bar.update(max(0, progress.passages_done - bar.n))

        articles.rebuild(sized(options, articles.manifest), on_progress=show)
        info = articles.info()
    say(
        f"rebuilt: {info.articles} articles, {info.passages} passages of up to {info.manifest.passage_chars} "
        f"characters, by {info.manifest.model}"
    )
    return 0


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
    parser.add_argument(
        "--accept-loss", action="store_true", help="go on with what is left where articles are lost for good"
    )


def _check(options: argparse.Namespace) -> int:
    with opened_anyway(options) as articles:
        report = articles.check(dry_run=options.dry_run, accept_loss=options.accept_loss)
    for finding in report.findings:
        say(harmless_line(str(finding)))
    if not report.findings:
        say(f"all is well: {report.articles} articles, {report.passages} passages")
    return 1 if report.lost else 0


REBUILD = Command("rebuild", "make the index anew from its own articles", _rebuild, _rebuild_options)
CHECK = Command("check", "find what does not fit in the index, and mend it", _check, _check_options)
