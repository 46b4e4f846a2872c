"""Keeping an index in step with its sources: all of them are added, and then it is seen what is gone from them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.adding import Adding, Manner, Seen
from index.article import ArticleSummary
from index.formats import SourceFailure
from index.formats.identity import is_url
from index.formats.location import address_of, is_gone
from index.known import KnownFiles, relocated
from index.report import AddReport
from index.sources import Readable, expanded
from index.storage.connection import Connection


@dataclass(slots=True)
class SyncReport:
    """What came of keeping in step: what was added, what is gone, and which sources could not be looked at.

    `gone` are articles that no source has any more; they are still stored. `ended` are sources that were a file, which
    is gone.
    """

    added: AddReport = field(default_factory=AddReport)
    gone: list[ArticleSummary] = field(default_factory=list)
    failing: list[SourceFailure] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def synchronised(
    connection: Connection,
    adding_in: Callable[[Manner], Adding],
    sources: Iterable[str | os.PathLike[str]],
    manner: Manner,
) -> SyncReport:
    """See `ArticleIndex.sync`."""
    with connection.reading(words=False) as view:
        summaries = view.store.summaries()
    known = KnownFiles(summaries.values(), unchanged_by_time=True)
    report = SyncReport()
    readable: dict[str, Sequence[Readable]] = {}
    for source in dict.fromkeys(os.fspath(each) for each in sources):
        found = expanded(source)
        failure = _failure(source, found, known)
        if failure is None:
            readable[source] = found
        elif _was_a_file(source, known):
            report.ended.append(source)
        else:
            report.failing.append(failure)
    adding = adding_in(replace(manner, known=known))
    adding.folders += [Path(source) for source, found in readable.items() if list(found) != [source] and found]
    report.added = adding.run(dict.fromkeys(name for found in readable.values() for name in found))
    failed = {each.source: each.reason for each in report.added.of("failed")}
    report.failing += [SourceFailure(each, failed[each]) for each in readable if each in failed]
    lost = _lost(known, adding.seen, [*report.added.gone, *(address_of(Path(each)) for each in report.ended)])
    places = _places(adding.seen)
    for article_id, addresses in lost.items():
        before = {location.address for location in summaries[article_id].locations}
        if before | places[article_id] <= addresses:
            report.gone.append(summaries[article_id])
    if not manner.dry_run:
        gone = {article.id for article in report.gone}
        _forget(connection, {each: addresses for each, addresses in lost.items() if each not in gone})
    return report


def _failure(source: str, found: Sequence[Readable], known: KnownFiles) -> SourceFailure | None:
    """Why a source cannot be looked at; None where it can."""
    if found and isinstance(found[0], SourceFailure):
        return found[0]
    if not found and known.below(Path(source)):
        return SourceFailure(
            source,
            "there is no file in it any more, so it may be that its disk is not mounted. Nothing of it is taken away; "
            "if you emptied it, remove its articles by their ids.",
        )
    return None


def _was_a_file(source: str, known: KnownFiles) -> bool:
    """Whether this was a file that was read, and is gone from a folder in which there are others."""
    if is_url(source):
        return False
    try:
        address = address_of(Path(source))
        others = any(Path(source).absolute().parent.iterdir())
    except (OSError, ValueError, RuntimeError):
        return False
    return others and any(
        is_gone(each) for article in known.at(address) for each in article.locations if each.address == address
    )


def _lost(known: KnownFiles, seen: Seen, gone: Iterable[str]) -> dict[str, set[str]]:
    """By the id of an article the places where it was, and is no more."""
    lost: dict[str, set[str]] = defaultdict(set)
    for address in gone:
        for article in known.at(address):
            lost[article.id].add(address)
    for address in seen.whole:
        for article in known.at(address):
            if article.id not in seen.at[address]:
                lost[article.id].add(address)
    for each in seen.known:
        for article in known.stale_at(each):
            lost[article.id] |= {each.found_at, each.location.address}
    return lost


def _places(seen: Seen) -> dict[str, set[str]]:
    """By the id of an article the places where it was found."""
    places: dict[str, set[str]] = defaultdict(set)
    for address, found in seen.at.items():
        for article_id in found:
            places[article_id].add(address)
    for each in seen.known:
        for article in each.articles:
            places[article.id].add(each.location.address)
    return places


def _forget(connection: Connection, lost: Mapping[str, set[str]]) -> None:
    """Note of articles that are elsewhere, too, where they are no more."""
    if not lost:
        return
    with connection.reading(words=False) as view:
        stored = view.store.summaries(list(lost))
    locations = {each: relocated(article.locations, (), sorted(lost[each])) for each, article in stored.items()}
    changed = {each: after for each, after in locations.items() if after != stored[each].locations}
    if changed:
        connection.commit([], [], locations=changed)
