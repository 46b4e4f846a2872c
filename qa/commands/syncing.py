"""The commands that keep an index in step with its sources: sync, sources."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.errors import ArticleQAError
from qa.commands.options import Command, add_robots, count_or_none, minutes, opened_index, options_of_all
from qa.commands.printing import article_line, json_line
from qa.commands.progress import complain_of, progress_bar, say_versions
from qa.commands.removing import still_there
from qa.commands.terminal import agreed, complain, harmless_line, say

if TYPE_CHECKING:
    from index import ArticleIndex, ArticleSummary
    from index.remembered import RememberedSources
    from index.syncing import SyncReport

UNCONFIRMED = 3  # exit status: articles are gone from their sources, and nobody was there to confirm that they go


def _sync_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="folders, files, web addresses, feeds (default: all of `qa sources`)",
    )
    parser.add_argument("--yes", action="store_true", help="remove what is gone from its source without asking")
    add_robots(parser)
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument(
        "--watch", action="store_true", help="go on, until Ctrl-C: folders when something changes there"
    )
    parser.add_argument(
        "--every",
        type=minutes,
        default=30.0,
        metavar="MINUTES",
        help="with --watch, how often web addresses and feeds are asked (default: %(default)g)",
    )
    parser.add_argument(
        "--workers", type=count_or_none, default=0, metavar="N", help="processes that read the sources (default: none)"
    )


def _sync(options: argparse.Namespace) -> int:
    from index.remembered import RememberedSources, absolute

    if options.watch and options.dry_run:
        raise ArticleQAError("--watch and --dry-run do not go together. Leave one of them out.")
    with opened_index(options, create=bool(options.sources) and not options.dry_run) as articles:
        remembered = RememberedSources(articles.companion("sources.json"))
        sources = [absolute(source) for source in options.sources] or remembered.all()
        if not sources:
            raise ArticleQAError("No sources are remembered. Name some: qa sync FOLDER")
        if options.watch:
            from qa.commands.watching import watch

            def bring_in_step(some: Sequence[str]) -> None:
                _round(articles, remembered, some, options)

            watch(sources, options.every * 60, articles.location, bring_in_step)
            return 0
        return _round(articles, remembered, sources, options)


def _round(
    articles: ArticleIndex, remembered: RememberedSources, sources: Sequence[str], options: argparse.Namespace
) -> int:
    """Bring the index in step with some sources once; gives the exit status."""
    from index.settings import FetchSettings

    fetching = FetchSettings(obey_robots=not options.ignore_robots, full=frozenset(remembered.full()))
    if options.watch:
        report = articles.sync(sources, workers=options.workers, fetching=fetching)
    else:
        with progress_bar() as show:
            report = articles.sync(sources, show, workers=options.workers, dry_run=options.dry_run, fetching=fetching)
    failing = {failure.source for failure in report.failing}
    complain_of(report.added)
    for failure in report.failing:
        if failure.source not in {result.source for result in report.added.of("failed")}:
            complain(f"failed: {failure.source}: {failure.reason}")
    if options.dry_run:
        _say_what_would_be(report)
        return 1 if failing else 0
    if not options.watch or _has_news(report):
        print(f"{report.added} ({report.added.passages_embedded} passages embedded)", flush=True)
        say_versions(report.added)
    if options.sources:
        remembered.add(source for source in sources if source not in {*failing, *report.ended})
    confirmed = _confirmed(report.gone, options)
    if confirmed:
        still = still_there(articles, report.gone)
        articles.remove(still)
        if still:
            print(f"{len(still)} removed", flush=True)
        remembered.remove(set(report.ended) & set(remembered.all()))
    return 1 if failing else 0 if confirmed is not None else UNCONFIRMED


def _confirmed(gone: Sequence[ArticleSummary], options: argparse.Namespace) -> bool | None:
    """Say what is gone, and whether it is to be removed; None where nobody can be asked."""
    _say_gone(gone)
    if options.yes or not gone:
        return True
    number = f"{len(gone)} article{'' if len(gone) == 1 else 's'}"
    if options.watch or not sys.stdin.isatty():
        complain(f"{number} gone from the source and not removed. To remove: qa sync --yes")
        return None
    return agreed(f"Remove {number}?")


def _say_gone(gone: Iterable[ArticleSummary]) -> None:
    for article in gone:
        say(f"gone: {article_line(article)}")


def _say_what_would_be(report: SyncReport) -> None:
    for outcome in ("added", "updated", "moved"):
        for result in report.added.of(outcome):
            say(harmless_line(f"{outcome}: {result.article_id}  {result.source}"))
    _say_gone(report.gone)
    gone = f"{len(report.gone)} removed" if report.gone else ""
    done = "" if gone and not report.added.results else str(report.added)
    print(f"Would be: {', '.join(part for part in (done, gone) if part)}. Nothing was done.")


def _has_news(report: SyncReport) -> bool:
    return any(result.outcome not in ("unchanged", "skipped") for result in report.added.results) or bool(report.gone)


def _sources_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(action="list")
    actions = parser.add_subparsers(metavar="add | remove")
    for name, about in (("add", "remember sources"), ("remove", "forget sources; their articles stay")):
        action = actions.add_parser(name, help=about, description=about, parents=[options_of_all()])
        action.add_argument("sources", nargs="+", metavar="SOURCE")
        action.set_defaults(action=name)


def _sources(options: argparse.Namespace) -> int:
    from index.formats import find_sources
    from index.remembered import RememberedSources, absolute

    with opened_index(options, create=options.action == "add") as articles:
        remembered = RememberedSources(articles.companion("sources.json"))
        if options.action == "add":
            for source in options.sources:
                find_sources(absolute(source))  # says what is wrong with one that is not there
            remembered.add(options.sources)
        elif options.action == "remove":
            remembered.remove(options.sources)
        names, full = remembered.all(), remembered.full()
    if options.action != "list":
        return 0
    for name in names:
        about = {"source": name} | ({"full": True} if name in full else {})
        say(json_line(about) if options.json else harmless_line(f"{name} (full)" if name in full else name))
    if not names and not options.json:
        print("No sources yet. Remember some: qa sources add SOURCE", file=sys.stderr)
    return 0


SYNC = Command("sync", "bring the articles in step with their sources", _sync, _sync_options)
SOURCES = Command("sources", "list, add, remove the sources that are kept in step", _sources, _sources_options)
