"""The command that removes articles: by their ids, or all that something fits, after a question."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from index.errors import ArticleQAError
from qa.commands.options import Command, opened_index
from qa.commands.printing import summary_line
from qa.commands.terminal import agreed, harmless_line, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index import ArticleIndex, ArticleSummary


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID")
    several = parser.add_argument_group("many at once", "shows what goes, and asks")
    several.add_argument(
        "--source", action="append", default=[], metavar="NAME", help="of this source, or one of these"
    )
    several.add_argument(
        "--older-than",
        metavar="DATE",
        help="published before this day; never one without a date; with --source, both hold",
    )
    several.add_argument("--all", action="store_true", help="every article")
    several.add_argument("--yes", action="store_true", help="do not ask")


def _remove(options: argparse.Namespace) -> int:
    ways = [bool(options.ids), bool(options.source or options.older_than), options.all].count(True)
    if ways != 1:
        wrong = "nothing says which articles" if not ways else "too much says which articles"
        give = "Give ids, or --source or --older-than (with both, both must hold), or --all"
        print(f"qa: {wrong}. {give}.", file=sys.stderr)
        raise SystemExit(2)
    with opened_index(options) as articles:
        if options.ids:
            return _removed(articles, options.ids)
        found = _fitting(articles, options)
        if not found:
            print("No article fits; nothing was removed.", file=sys.stderr)
            return 0
        for summary in found:
            say(summary_line(summary))
        if not options.yes and not _confirmed(len(found), articles.location):
            print("Nothing was removed.", file=sys.stderr)
            return 1
        return _removed(articles, still_there(articles, found))


def _fitting(articles: ArticleIndex, options: argparse.Namespace) -> Sequence[ArticleSummary]:
    from index.filter import day_number, is_date

    if options.older_than is not None and not is_date(options.older_than):
        raise ArticleQAError(f"{options.older_than!r} is not a date. Write it like 2025-03-13.")
    limit = day_number(options.older_than)
    # "2025" may be any day of that year, so it is older than a day only when its last one is.
    return [
        summary
        for summary in articles.list()
        if (not options.source or summary.source in options.source)
        and (limit is None or (day_number(summary.published, last=True) or limit) < limit)
    ]


def _confirmed(count: int, location: str) -> bool:
    what = "1 article" if count == 1 else f"{count:,} articles"
    if not sys.stdin.isatty():
        raise ArticleQAError(
            f"Nothing was removed: {what} would go from {location}, and nobody can be asked here. To remove without "
            "a question: --yes"
        )
    return agreed(f"Remove {what} from {location}?")


def still_there(articles: ArticleIndex, found: Sequence[ArticleSummary]) -> list[str]:
    """The ids of those that nobody has removed meanwhile."""
    return [summary.id for summary in articles.list([summary.id for summary in found])]


def _removed(articles: ArticleIndex, ids: Sequence[str]) -> int:
    for summary in articles.remove(ids):
        say(harmless_line(f"removed {summary.id}: {summary.title}"))
    return 0


REMOVE = Command("remove", "remove articles, by their ids or many at once", _remove, _options)
