"""The commands about what the index holds: add, list, show, info."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from index.errors import ArticleQAError
from index.formats import READERS
from index.stories import by_story
from qa.commands.options import Command, add_language, add_robots, count_or_none, opened_index
from qa.commands.printing import (
    also_in_json,
    json_line,
    location_line,
    said_language,
    summary_line,
    version_line,
)
from qa.commands.progress import added_said, progress_bar
from qa.commands.terminal import harmless_line, say

if TYPE_CHECKING:
    from index.article import Article
    from index.formats import SourceFailure


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help=f"files ({' '.join(READERS)}), folders of them, web addresses of pages, feeds and files; "
        "lists of addresses (bookmarks, OPML, sitemaps, texts with one a line); "
        "'-': stdin, whose kind is told from how it begins",
    )
    parser.add_argument(
        "--full", action="store_true", help="of feeds, fetch the pages of their items instead of the text in the feed"
    )
    add_robots(parser)
    parser.add_argument(
        "--workers", type=count_or_none, default=0, metavar="N", help="processes that read the sources (default: none)"
    )
    parser.add_argument(
        "--ray",
        metavar="ADDRESS",
        help="read and embed on a Ray cluster ('auto': this machine's own; default of --workers: one a machine)",
    )


def _given(sources: list[str]) -> Iterator[str | Article | SourceFailure]:
    """The sources as `ArticleIndex.add` takes them: what is piped in has no name, so it is read here."""
    from index.formats.standard_input import read_standard_input

    for source in sources:
        if source == "-":
            yield from read_standard_input(sys.stdin.buffer)
        else:
            yield source


def _add(options: argparse.Namespace) -> int:
    from index.remembered import RememberedSources
    from index.settings import FetchSettings

    if options.ray is not None and (options.full or options.ignore_robots):
        raise ArticleQAError("--ray does not go with --full and --ignore-robots. Leave it out.")
    with opened_index(options, create=True) as articles, progress_bar() as show:
        sources = [*_given(options.sources)]
        if options.ray is None:
            full = frozenset(source for source in options.sources if options.full)
            settings = FetchSettings(obey_robots=not options.ignore_robots, full=full)
            report = articles.add(sources, show, workers=options.workers, fetching=settings)
        else:
            from index.distributed import add_over_ray

            report = add_over_ray(articles, sources, options.ray, show, workers=options.workers)
        remembered = RememberedSources(articles.companion("sources.json"))
    status = added_said(report)  # first, as it is stored whatever becomes of the list of sources
    unread = {result.source for result in (*report.of("skipped"), *report.of("failed"))}
    remembered.add((each for each in options.sources if each != "-" and each not in unread), full=options.full)
    return status


def _list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_language(parser)


def _list(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from index import PassageFilter

    languages = PassageFilter(languages=tuple(options.language)).languages
    with opened_index(options) as articles:
        summaries, stories = articles.list(), articles.stories(current=False)
    listed = [each for each in summaries if not languages or each.known_language in languages]
    if options.json:
        story_of = {each.id: story for story in stories for each in story.versions}
        for summary in listed:
            print(json_line(_given_only(asdict(summary)) | also_in_json(summary, story_of.get(summary.id))))
    else:
        for summary, *others in by_story(listed, stories):
            print("\n".join([summary_line(summary), *map(version_line, others)]))
    if not listed and not options.json:
        none = f"No article in {' or '.join(languages)}." if summaries else "No articles yet. Add some: qa add ARTICLES"
        print(none, file=sys.stderr)
    return 0


def _given_only(values: dict[str, Any]) -> dict[str, Any]:
    """The object of an article as JSON: a guessed language is in it where there is one."""
    return {name: value for name, value in values.items() if name != "guessed_language" or value is not None}


def _show_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def _show(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    with opened_index(options) as articles:
        article = articles.get(options.id)
    if options.json:
        print(json_line(_given_only(asdict(article))))
        return 0
    about = (article.source, article.author, article.published, article.url, said_language(article))
    say(harmless_line(article.title or article.id))
    say(harmless_line(" · ".join(part for part in about if part)))
    for location in article.locations:
        say(harmless_line(location_line(location)))
    say(f"\n{article.text}")
    return 0


def _info_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def _info(options: argparse.Namespace) -> int:
    with opened_index(options) as articles:
        info = articles.info()
    values = {
        "location": info.location,
        "articles": info.articles,
        "passages": info.passages,
        **info.manifest.to_mapping(),
    }
    if options.json:
        print(json_line(values))
    else:
        for name, value in values.items():
            say(f"{name.replace('_', ' '):15} {value}")
    return 0


ADD = Command("add", "add or update articles: files, folders, URLs", _add, _add_options)
LIST = Command("list", "list the articles, newest first", _list, _list_options)
SHOW = Command("show", "show one article", _show, _show_options)
INFO = Command("info", "say what the index holds and what built it", _info, _info_options)
