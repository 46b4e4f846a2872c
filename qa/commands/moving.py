"""The commands that move articles from one index to another: export and import."""

from __future__ import annotations

import argparse
import sys

from index.errors import ArticleQAError
from qa.commands.options import Command, add_sizes, opened_anyway, opened_index, sized
from qa.commands.progress import added_said, progress_bar
from qa.commands.terminal import complain


def _export_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.jsonl", help='where to write them ("-": stdout)')


def _export(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    with (
        opened_anyway(options) as articles,
        tqdm(unit="article", disable=None, file=sys.stderr) as bar,
    ):

        def show(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        report = articles.export_to(sys.stdout.buffer if options.file == "-" else options.file, show)
    for failure in report.failures:
        complain(f"failed: {failure.source}: {failure.reason}")
    failed = f", {len(report.failures)} failed" if report.failures else ""
    print(f"{report.written} exported{failed}", file=sys.stderr if options.file == "-" else sys.stdout)
    return 1 if report.failures else 0


def _import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.jsonl", help='what qa export wrote ("-": stdin)')
    add_sizes(parser, "of a new index")


def _import(options: argparse.Namespace) -> int:
    from index.moving import articles_in

    given = articles_in(sys.stdin.buffer if options.file == "-" else options.file)  # before an index is made
    with (
        opened_index(options, create=True, settings=sized(options)) as articles,
        progress_bar("article", _lines(options.file)) as show,
    ):
        return added_said(articles.add(given, show))


def _lines(path: str) -> int | None:
    """How many lines a file has, for the time that is left; None for what can be read only once."""
    from pathlib import Path

    if path == "-" or not Path(path).is_file():
        return None
    try:
        with Path(path).open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    except OSError as exc:
        raise ArticleQAError(f"Cannot read {path}: {exc.strerror}.") from exc


EXPORT = Command("export", "write all articles to a file, one a line", _export, _export_options)
IMPORT = Command("import", "add the articles of such a file", _import, _import_options)
