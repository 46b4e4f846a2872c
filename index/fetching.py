"""Pages fetched by several threads, a few of each host at a time and not too fast, while others are read and stored."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from index.article import Article
from index.errors import SourceError
from index.formats import READERS, SourceFailure, read_page, web
from index.formats.addresses import Address, addresses_in, items_of_feed
from index.formats.identity import host_of
from index.formats.robots import Robots
from index.known import Known, KnownFiles

if TYPE_CHECKING:
    from index.settings import FetchSettings

Item = Article | SourceFailure | Known

_AHEAD = 16  # pages that are fetched and not taken yet: each may have 100 MB
_LOOK_S = 1.0  # how long the one who waits sleeps at most: Ctrl-C is seen then
_END_S = 0.5  # how long is waited for threads to end


class Fetching:
    """The addresses of one call of `add`: `put` names them, `finished` and `rest` give what is there, as it comes.

    One that is a list, or a feed whose items' pages are wanted, is followed by what is in it. `close` it in the end.
    """

    def __init__(self, settings: FetchSettings, known: KnownFiles | None = None) -> None:
        """Nothing is started before the first `put`. What `known` has is asked for only where it is another now."""
        self._settings = settings
        self._known = known
        self._robots = Robots(settings.public_only) if settings.obey_robots else None
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Address]] = defaultdict(deque)  # by host
        self._active: Counter[str] = Counter()  # by host
        self._next: dict[str, float] = {}  # by host, when it may be asked again
        self._done: deque[tuple[str, Iterator[Item]]] = deque()
        self._seen: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._ended = False
        self.lists: dict[str, int] = {}  # by name of a list, how many addresses it has
        self.more = 0  # addresses that were found in lists and feeds that were fetched

    def put(self, address: Address) -> Address:
        """Fetch it when it is its turn; once in all. Gives it back."""
        with self._changed:
            self._put(address)
        return address

    def finished(self) -> Iterator[tuple[str, Iterator[Item]]]:
        """What is there by now: each address with what is in it."""
        while self._done:
            yield self._take()

    def rest(self) -> Iterator[tuple[str, Iterator[Item]]]:
        """All the others, waiting for them."""
        while True:
            with self._changed:
                while not self._done and self._is_busy():
                    self._changed.wait(_LOOK_S)
                if not self._done:
                    return
            yield self._take()

    def close(self) -> None:
        """Fetch nothing more; what is under way is let go."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        until = time.monotonic() + _END_S
        for thread in self._threads:  # one that is in the middle of a page ends with it, within the time for a page
            thread.join(max(0.0, until - time.monotonic()))

    def _take(self) -> tuple[str, Iterator[Item]]:
        with self._changed:
            taken = self._done.popleft()
            self._changed.notify_all()
        return taken

    def _is_busy(self) -> bool:
        return any(self._waiting.values()) or self._active.total() > 0

    def _put(self, address: Address) -> None:
        if address.listed_in is not None:
            self.lists[address.listed_in] = self.lists.get(address.listed_in, 0) + 1
        place = address.url.partition("#")[0]
        if place in self._seen:
            return
        self._seen.add(place)
        self._waiting[host_of(address.url)].append(address)
        if len(self._threads) < min(self._settings.at_once, len(self._seen)):
            thread = threading.Thread(target=self._work, name="fetching", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._changed.notify()

    def _work(self) -> None:
        while (found := self._turn()) is not None:
            host, address = found
            items: Iterator[Item] | None = None
            more: list[Address] = []
            try:
                items, more = self._fetched(address)
            except SourceError as exc:
                gone = isinstance(exc, web.GoneError)
                items = iter([SourceFailure(address.url, str(exc), gone=gone)])
            except Exception as exc:  # noqa: BLE001  what anyone may have put there has no end, and the rest goes on
                reason = f"could not be read: {type(exc).__name__}: {' '.join(str(exc).split())[:200]}"
                items = iter([SourceFailure(address.url, reason)])
            finally:
                with self._changed:
                    for each in more:
                        self._put(each)
                    self.more += len(more)
                    self._done.append((address.url, items if items is not None else iter([])))
                    self._active[host] -= 1
                    self._changed.notify_all()

    def _turn(self) -> tuple[str, Address] | None:
        """The next address whose host may be asked, waiting for it; None at the end."""
        with self._changed:
            while not self._ended:
                now = time.monotonic()
                soonest = _LOOK_S
                for host, addresses in self._waiting.items():
                    wait = self._next.get(host, 0.0) - now
                    if len(self._done) >= _AHEAD or self._active[host] >= self._settings.at_once_of_host:
                        continue
                    if wait > 0:
                        soonest = min(soonest, wait)
                        continue
                    address = addresses.popleft()
                    if not addresses:
                        del self._waiting[host]
                    delay = self._robots.delay_s(address.url) if self._robots is not None else 0.0
                    self._next[host] = now + max(self._settings.delay_s, delay)
                    self._active[host] += 1
                    return host, address
                self._changed.wait(soonest)
        return None

    def _fetched(self, address: Address) -> tuple[Iterator[Item], list[Address]]:
        """What is at an address, and the addresses that are listed there."""
        known = self._known.page(address.url) if self._known is not None else None
        check = self._robots.check if self._robots is not None else None
        if check is not None:
            check(address.url)  # before the time for the page begins
        page = web.fetch(address.url, self._settings.public_only, known=known, check=check)
        if page is None:
            assert self._known is not None
            return iter([self._known.unchanged_page(address.url)]), []
        listed = addresses_in(page.content, page.origin.suffix)
        if listed is None and address.full and READERS.get(page.origin.suffix) == "feed":
            listed = items_of_feed(page.content, page.origin.charset, page.origin.url)
        elif listed is not None and address.lists <= 0:
            raise SourceError("is a list of addresses in a list. Add it by itself.")
        if listed is not None:
            return iter([]), self._within_limit(address.listed(listed))
        origin = replace(page.origin, title=address.title or page.origin.title)
        return (_dated(item, address) for item in read_page(replace(page, origin=origin))), []

    def _within_limit(self, listed: list[Address]) -> list[Address]:
        most = self._settings.max_addresses
        if len(self._seen) + len(listed) > most:
            raise SourceError(f"has {len(listed):,} addresses; no more than {most:,} are fetched at a time. Split it.")
        return listed


def read_addresses(addresses: Iterable[Address], settings: FetchSettings) -> Iterator[Article | SourceFailure]:
    """What is at some web addresses, and in the lists that are there, as it comes."""
    with closing(Fetching(settings)) as fetching:
        for number, address in enumerate(addresses, start=1):
            if number > settings.max_addresses:
                most = f"no more than {settings.max_addresses:,} are fetched at a time. Split it."
                yield SourceFailure(address.listed_in or address.url, f"has more addresses; {most}")
                break
            fetching.put(address)
        for _, items in fetching.rest():
            yield from (item for item in items if not isinstance(item, Known))


def _dated(item: Article | SourceFailure, address: Address) -> Article | SourceFailure:
    """An article with the date that its feed gave, where its page gives none."""
    if isinstance(item, Article) and item.published is None and address.published is not None:
        return replace(item, published=address.published)
    return item
