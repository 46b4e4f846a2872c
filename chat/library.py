"""What the library beside the chat does: lists articles, adds what visitors hand over, and takes changes back."""

from __future__ import annotations

import contextvars
import logging
import os
import re
import stat
import threading
import time
import unicodedata
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from chat.words import count, retold, said_number, say
from index.arenas import give_back
from index.article import Article, ArticleSummary
from index.errors import ArticleQAError, SourceError
from index.fetching import read_addresses
from index.formats import SourceFailure, read_upload
from index.formats.addresses import MAX_LISTS, Address, list_in_file
from index.formats.clean import one_line
from index.formats.identity import host_of, is_url, uploaded_name
from index.report import AddReport, AddResult

if TYPE_CHECKING:
    from index.article_index import AddProgress, ArticleIndex

Sorting = Literal["newest", "title", "source", "added"]

INTERVAL_S = 0.2  # between two looks at how far it is
SHOWN_REASONS = 3
SHOWN_CHARS = 200  # of an address
MAX_ADDRESSES = 100  # of a list that a visitor hands over: they are fetched while he waits

_LOG = logging.getLogger(__name__)

# "example.org/x": letters of every script, a dot, at least two characters after the last one.
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}\.?(?::\d{1,5})?(?:[/?#].*)?")
_NOT_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")


# What is there


def listed(articles: Sequence[ArticleSummary], words: str = "", order: Sorting = "newest") -> list[ArticleSummary]:
    """The articles that hold all the words in title, source, author, URL, id or date, in an order.

    Neither capitals nor diacritics count. "newest" goes by the date of publication and "added" by when the article was
    read, newest first; "source" by the source's name, newest first in each. What has no such value comes last.
    """
    wanted = _plain(words).split()
    found = [article for article in articles if all(word in _searched(article) for word in wanted)]
    found.sort(key=lambda article: (not article.title, _plain(article.title), article.id))
    if order in {"newest", "source"}:
        found.sort(key=lambda article: article.published or "", reverse=True)
    if order == "source":
        found.sort(key=lambda article: (not article.source, _plain(article.source or "")))
    if order == "added":
        found.sort(key=lambda article: article.retrieved_at or "", reverse=True)
    return found


def sources(articles: Iterable[ArticleSummary]) -> list[tuple[str, int]]:
    """The sources and how many articles each has, most first. Articles without one are left out."""
    counts = Counter(article.source for article in articles if article.source)
    return sorted(counts.items(), key=lambda entry: (-entry[1], _plain(entry[0]), entry[0]))


def _searched(article: ArticleSummary) -> str:
    values = (article.title, article.source, article.author, article.url, article.id, article.published)
    return _plain("\n".join(value for value in values if value))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))


# Adding


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a visitor handed over: where it lies for now, and what it is called. The name may be anything."""

    path: str | Path
    name: str


@dataclass(frozen=True, slots=True)
class Addition:
    """How far one file or address is, and in the end what came of it."""

    name: str
    state: Literal["waiting", "reading", "done", "failed"] = "waiting"
    share: float = 0.0  # of the work, from 0 to 1; never goes back
    message: str = ""  # "added, 12 passages", or the reason
    article_ids: tuple[str, ...] = ()  # of those that were added or updated
    previous: tuple[Article, ...] = ()  # what those that were updated replaced


def add_all(
    articles: ArticleIndex, things: Sequence[Upload | str], *, public_only: bool = False
) -> Iterator[tuple[Addition, ...]]:
    """Add files and web addresses one after the other, and tell again and again how far each one is.

    What comes is the state of all of them: at every change of a state, and about five times a second while something
    is read and embedded, which a thread of its own does. A file that cannot be read, or an error of the store, is the
    message of that one, and the rest goes on. A string is a web address and never a path; without a scheme it gets
    https://. With `public_only`, addresses inside this network are refused, see `index.formats.read_source`. A
    file, or page, that is a list of addresses stands for what is at them, by the same rule.

    An uploaded file is removed when it has been read. When the iterator is closed early, because the visitor left, the
    thing in work is finished, the rest is not started, and the files of the rest are removed: nothing is half. The
    iterator does not wait for that.
    """
    run = _Addition(articles, tuple(things), public_only)
    executor = ThreadPoolExecutor(1, "adding")
    try:
        work = executor.submit(contextvars.copy_context().run, run.work)  # in the language of who waits
        state, over = -1, False
        while not over:
            over, state, additions = run.wait(state)
            yield additions
        work.result()  # raises what was no fault of any file
    finally:
        run.leave()
        executor.submit(give_back)  # which may take a while: nobody waits for it
        executor.shutdown(wait=False)


class _Addition:
    """One call of `add_all`, between the thread that works and the one that shows it."""

    def __init__(self, articles: ArticleIndex, things: tuple[Upload | str, ...], public_only: bool) -> None:
        self._articles = articles
        self._things = things
        self._public_only = public_only
        self._changed = threading.Condition()
        self._additions = [Addition(_shown(thing)) for thing in things]
        self._state = 0  # grows with every change of a state
        self._over = False
        self._left = False
        self._next_look = 0.0

    def wait(self, state: int) -> tuple[bool, int, tuple[Addition, ...]]:
        """Wait for a state other than the one that is known, but not long; also says whether it was the last."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._state != state, INTERVAL_S)
            return self._over, self._state, tuple(self._additions)

    def leave(self) -> None:
        """Start nothing more."""
        self._left = True

    def work(self) -> None:
        """Add one after the other."""
        waiting = deque(enumerate(self._things))
        try:
            while waiting and not self._left:
                at, thing = waiting.popleft()
                try:
                    self._add(at, thing)
                finally:
                    if thing not in self._things[at + 1 :]:  # otherwise it is still needed
                        _discard(thing)
        finally:
            for _, thing in waiting:
                _discard(thing)
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _add(self, at: int, thing: Upload | str) -> None:
        self._set(at, state="reading")
        reading = _Reading(self._articles, _opened(thing, self._public_only))
        failure = ""
        try:
            report = self._articles.add(reading, lambda progress: self._tell(at, reading, progress))
        except ArticleQAError as exc:  # what was committed before is stored
            report, failure = reading.report, str(exc)
        stored = [result for result in report.results if result.outcome in {"added", "updated"}]
        updated = {result.article_id for result in report.of("updated")}
        self._set(
            at,
            state="done" if not failure and (stored or report.unchanged) else "failed",
            share=1.0,
            message=_message(reading.source, report, failure),
            article_ids=tuple(result.article_id for result in stored if result.article_id is not None),
            previous=tuple(old for old in reading.previous.values() if old.id in updated),
        )

    def _tell(self, at: int, reading: _Reading, progress: AddProgress) -> None:
        reading.report = progress.report
        if time.monotonic() >= self._next_look:  # a file of many records tells of each
            self._next_look = time.monotonic() + INTERVAL_S / 2
            self._set(at, share=max(self._additions[at].share, reading.share(progress)))

    def _set(self, at: int, **changes: Any) -> None:
        with self._changed:
            self._additions[at] = replace(self._additions[at], **changes)
            if "state" in changes:
                self._state += 1
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class _Opened:
    """A thing that is about to be read."""

    source: str  # as its failures name it
    items: Iterator[Article | SourceFailure]
    size: int = 0  # in bytes, where it is known


class _Reading(Iterator[Article | SourceFailure]):
    """Passes on what is read, and keeps what that replaces and how much it is.

    It reads one article ahead, to know whether the one that is embedded is the last.
    """

    def __init__(self, articles: ArticleIndex, opened: _Opened) -> None:
        self.source = opened.source
        self.previous: dict[str, Article] = {}
        self.report = AddReport()
        self._articles = articles
        self._items = opened.items
        self._size = opened.size
        self._read = 0
        self._ahead = next(opened.items, None)

    def __next__(self) -> Article | SourceFailure:
        """The next one."""
        item = self._ahead
        if item is None:
            raise StopIteration
        self._ahead = next(self._items, None)
        if isinstance(item, Article):
            self._read += len(item.text.encode("utf-8", "surrogatepass"))
            old = self._articles.find(item.id)
            if old is not None and old.content_hash != item.content_hash:
                self.previous.setdefault(old.id, old)
        return item

    def share(self, progress: AddProgress) -> float:
        """How much of the work is done: of the passages so far, and of the file where it has more articles."""
        embedded = progress.report.passages_embedded + progress.report.unchanged
        part = embedded / (embedded + progress.waiting) if embedded else 0.0
        if self._ahead is None:
            return part
        return part * (min(1.0, self._read / self._size) if self._size else 0.5)


def _opened(thing: Upload | str, public_only: bool) -> _Opened:
    from index.settings import FetchSettings

    shown = _shown(thing)
    settings = FetchSettings(public_only=public_only, max_addresses=MAX_ADDRESSES)
    if isinstance(thing, Upload):
        found = _found(thing)
        if found is None:
            return _Opened(shown, iter([SourceFailure(shown, "is no longer there. Add it again.")]))
        try:
            listed = list_in_file(Path(thing.path), shown)
        except SourceError as exc:
            return _Opened(shown, iter([SourceFailure(shown, str(exc))]))
        if listed is not None:
            return _Opened(shown, read_addresses(listed, settings))
        return _Opened(shown, read_upload(thing.path, thing.name), found.st_size)
    address = _address(thing)
    if address is None:
        reason = "is no web address. Name one that begins with http:// or https://."
        return _Opened(shown, iter([SourceFailure(shown, reason)]))
    return _Opened(address, read_addresses([Address(address, lists=MAX_LISTS)], settings))


def _found(upload: Upload) -> os.stat_result | None:
    """What is known of an uploaded file; None where it is none: a link and ".." may lead out of its folder."""
    path = Path(upload.path)
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) and ".." not in path.parts else None


def _discard(thing: Upload | str) -> None:
    if isinstance(thing, Upload) and _found(thing) is not None:
        try:
            Path(thing.path).unlink(missing_ok=True)
        except OSError as exc:
            _LOG.warning("Cannot remove the uploaded file %s: %s", thing.path, exc)


def _address(text: str) -> str | None:
    """The web address that a visitor means; None where it is none."""
    text = text.strip()
    if _NOT_IN_ADDRESS.search(text):
        return None
    if is_url(text):
        return text if host_of(text) else None
    return f"https://{text}" if _HOST.fullmatch(text) else None


def _shown(thing: Upload | str) -> str:
    if isinstance(thing, Upload):
        return uploaded_name(thing.name)
    shown = one_line(thing) or "nothing"
    return shown if len(shown) <= SHOWN_CHARS else f"{shown[: SHOWN_CHARS - 1]}…"


def _message(source: str, report: AddReport, failure: str) -> str:
    """What came of it, in one line.

    >>> _message("a.txt", AddReport([AddResult("added", "a.txt", "a", "A")], 12), "")
    'added, 12 passages'
    """
    failed = [result for result in report.results if result.outcome in {"failed", "skipped"}]
    good = [result for result in report.results if result not in failed]
    parts = []
    if len(good) == 1 and not failed and not failure:
        passages = count("passages", report.passages_embedded)
        said = say("add_unchanged") if report.unchanged else say(f"add_{good[0].outcome}", passages=passages)
        return "; ".join([said, *_versions(report)])
    if good:
        outcomes = Counter(result.outcome for result in good)
        parts.append(", ".join(say(f"many_{each}", n=said_number(number)) for each, number in outcomes.items()))
    if len(failed) == 1 and not good:
        parts.append(_reason(source, failed[0]))
    elif failed:
        reasons = [_reason(source, result) for result in failed[:SHOWN_REASONS]]
        if len(failed) > SHOWN_REASONS:
            reasons.append(say("many_more", n=said_number(len(failed) - SHOWN_REASONS)))
        parts.append(say("many_failed", n=said_number(len(failed)), reasons="; ".join(reasons)))
    parts += _versions(report)
    if failure:
        parts.append(retold(failure))
    return "; ".join(parts) or say("add_nothing_in_it")


def _versions(report: AddReport) -> list[str]:
    return [say("many_versions", n=said_number(len(report.versions)))] if report.versions else []


def _reason(source: str, result: AddResult) -> str:
    place = result.source.removeprefix(source).removeprefix(", ")  # "news.jsonl, line 3"
    reason = retold(result.reason)
    return f"{place}: {reason}" if place and place != result.article_id else reason


# Taking back


def undo(articles: ArticleIndex, addition: Addition) -> None:
    """Put back what an addition replaced, and remove what was new by it. Undo the last one first.

    It is no fault where somebody else removed some of them in the meantime.
    """
    replaced = {article.id for article in addition.previous}
    articles.add(addition.previous)
    new = [article_id for article_id in addition.article_ids if article_id not in replaced]
    there = {summary.id for summary in articles.list()} if new else set()
    if gone := [article_id for article_id in new if article_id in there]:
        articles.remove(gone)


def remove(articles: ArticleIndex, ids: Sequence[str]) -> tuple[Article, ...]:
    """Remove articles and give them back whole, for `put_back`.

    Raises ArticleNotFoundError, and removes none, if one of them is not there.
    """
    removed = tuple(articles.get(article_id) for article_id in dict.fromkeys(ids))
    articles.remove(article.id for article in removed)
    return removed


def put_back(articles: ArticleIndex, removed: Sequence[Article]) -> None:
    """Bring removed articles back. One that was added anew in the meantime stays as it is."""
    articles.add([article for article in removed if articles.find(article.id) is None])
