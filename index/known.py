"""The files that articles were read from: which are as they were, which lie in another place now, which are gone."""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from index.article import ArticleSummary, Location
from index.filter import is_unicode
from index.formats import READERS, KnownFile
from index.formats.identity import is_url
from index.formats.location import address_of, is_as_read, is_gone, modified_at, now, path_of, shown_address

_Source = TypeVar("_Source")


@dataclass(frozen=True, slots=True)
class Known:
    """A file, or a page, whose content is stored, so that it need not be read."""

    path: str
    articles: Sequence[ArticleSummary]
    found_at: str  # the address where they were read
    location: Location  # where they are now; the same where the file has not moved

    @property
    def moved(self) -> bool:
        """Whether the file lay in another place."""
        return self.found_at != self.location.address

    def locations_of(self, article: ArticleSummary, before: Sequence[Location]) -> tuple[Location, ...]:
        """Where one of the articles is now, of which `before` was noted; the same where there is nothing new."""
        there = replace(self.location, articles=_at(self.found_at, article).articles)
        return tuple(before) if there in before else relocated(before, [there], [self.found_at])


@dataclass(slots=True)
class _Found:
    """A file as it is now."""

    path: str
    address: str
    status: os.stat_result
    before: Location | None  # what was read in this place
    _digest: str | None = None

    def digest(self) -> str:
        """SHA-256 of its content, which is read once; "" where it cannot be read, which its reader says."""
        if self._digest is None:
            try:
                with Path(self.path).open("rb") as stream:
                    self._digest = hashlib.file_digest(stream, "sha256").hexdigest()
            except OSError:
                self._digest = ""
        return self._digest

    def is_like(self, location: Location) -> bool:
        """Whether it has the content that was read there."""
        return self.status.st_size == location.size and self.digest() == location.sha256

    def location_like(self, location: Location) -> Location:
        """Where that content is now."""
        return replace(location, address=self.address, read_at=now(), modified_at=modified_at(self.status))


class KnownFiles:
    """What an index knows of the places where its articles were read."""

    def __init__(self, summaries: Iterable[ArticleSummary], *, unchanged_by_time: bool = False) -> None:
        """`summaries` are all articles. With `unchanged_by_time` a file of the same size and time is not read again."""
        self._unchanged_by_time = unchanged_by_time
        self._articles: dict[str, list[ArticleSummary]] = defaultdict(list)
        for summary in summaries:
            for location in summary.locations:
                self._articles[location.address].append(summary)
        self._whole = {address: _whole(address, articles) for address, articles in self._articles.items()}
        self._identities = {
            location.known_as or address
            for address, articles in self._articles.items()
            for location in (_at(address, article) for article in articles)
        }
        self._moved: set[str] = set()  # addresses whose articles are at another one now
        self._there: set[str] = set()  # addresses of files that were looked up
        self._folders: dict[str, str] = {}  # with links resolved

    def at(self, address: str) -> Sequence[ArticleSummary]:
        """The articles that were read there, but for those that have moved since."""
        return () if address in self._moved else self._articles.get(address, ())

    def page(self, url: str) -> Location | None:
        """The state of a page all of whose articles are stored, where it is to be asked whether it is another now."""
        return self._whole.get(url.partition("#")[0]) if self._unchanged_by_time else None

    def unchanged_page(self, url: str) -> Known:
        """A page that has such a state, and still is as it was."""
        address = url.partition("#")[0]
        there = self._whole[address]
        assert there is not None
        articles = [each for each in self._articles[address] if _at(address, each).sha256 == there.sha256]
        return Known(url, articles, address, there)

    def stale_at(self, known: Known) -> list[ArticleSummary]:
        """What was read in the place of a file, in another state of it, and is not in it any more."""
        if known.location.is_partial:
            return []
        there = {article.id for article in known.articles}
        earlier = [*self._articles.get(known.found_at, ()), *self.at(known.location.address)]
        return [article for article in earlier if article.id not in there]

    def below(self, folder: Path) -> list[str]:
        """The addresses of files that were read in a folder, or in one of its folders."""
        inside = f"{str(folder.resolve()).removesuffix(os.sep)}{os.sep}"
        return [
            address
            for address in self._articles
            if address not in self._moved and not is_url(address) and str(path_of(address)).startswith(inside)
        ]

    def gone_below(self, folder: Path) -> list[str]:
        """Those of them that are certainly there no more."""
        others = (address for address in self.below(folder) if address not in self._there)
        return [address for address in others if is_gone(_at(address, self._articles[address][0]))]

    def looked_up(self, sources: Sequence[_Source]) -> list[_Source | Known | KnownFile]:
        """The sources, with a Known in the place of the name of each file whose content is stored.

        A KnownFile is in the place of a name where the ids of its articles are made of another address. What is no
        name of a file stays as it is. A file is another one moved where it has that one's content, and that one is
        gone or has another content now.
        """
        if not self._articles:
            return list(sources)
        found = {number: each for number, source in enumerate(sources) if (each := self._find(source)) is not None}
        looked_up: dict[int, Known | KnownFile] = {}
        others: list[tuple[int, _Found]] = []
        for number, file in found.items():
            known = self._in_place(file)
            if known is not None:
                looked_up[number] = known
            else:
                others.append((number, file))
        vacated = self._vacated([file for _, file in others])
        to_read: list[tuple[int, _Found]] = []
        for number, file in others:
            known = self._moved_here(file, vacated)
            if known is not None:
                looked_up[number] = known
            else:
                to_read.append((number, file))
        for number, file in to_read:  # when it is known which addresses are free
            identity = self._identity(file)
            if identity != file.address:
                looked_up[number] = KnownFile(file.path, identity)
        return [looked_up.get(number, source) for number, source in enumerate(sources)]

    def _find(self, source: object) -> _Found | None:
        if not isinstance(source, str) or is_url(source):
            return None
        try:
            status = os.lstat(source)
            if stat.S_ISLNK(status.st_mode):
                status = os.stat(source)  # noqa: PTH116  os.path: there may be very many, and pathlib takes its time
                address = address_of(Path(source))
            else:
                address = self._address(*os.path.split(source))
        except (OSError, ValueError, RuntimeError):  # its reader says what is wrong with it
            return None
        self._there.add(address)
        if not stat.S_ISREG(status.st_mode) or os.path.splitext(source)[1].lower() not in READERS:  # noqa: PTH122
            return None
        return _Found(source, address, status, self._whole.get(address))

    def _address(self, folder: str, name: str) -> str:
        """As `address_of`, with the links in the name of a folder resolved once."""
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        address = f"{real.removesuffix(os.sep)}{os.sep}{name}"
        return address if is_unicode(address) else shown_address(Path(address))

    def _in_place(self, file: _Found) -> Known | None:
        if not self._unchanged_by_time or file.before is None:
            return None
        if is_as_read(file.before, file.status):
            return self._known(file, file.before, file.before)
        if file.is_like(file.before):
            return self._known(file, file.before, file.location_like(file.before))
        return None

    def _vacated(self, others: Sequence[_Found]) -> dict[str, list[Location]]:
        """By content, the files that are gone from their place, or have another content there now."""
        sizes = {file.status.st_size for file in others}
        changed = {
            file.address
            for file in others
            if file.before is not None and not is_as_read(file.before, file.status) and not file.is_like(file.before)
        }
        vacated: dict[str, list[Location]] = defaultdict(list)
        for address, location in sorted(self._whole.items()):
            if location is None or location.size not in sizes or is_url(address) or address in self._moved:
                continue
            if address in changed or is_gone(location):
                vacated[location.sha256].append(location)
        return vacated

    def _moved_here(self, file: _Found, vacated: dict[str, list[Location]]) -> Known | None:
        if not vacated or file.status.st_size not in {each.size for some in vacated.values() for each in some}:
            return None
        if file.before is not None and (is_as_read(file.before, file.status) or file.is_like(file.before)):
            return None
        candidates = [each for each in vacated.get(file.digest(), ()) if each.address != file.address]
        if not candidates:
            return None
        name = Path(file.path).name
        there = next((each for each in candidates if path_of(each.address).name == name), candidates[0])
        vacated[there.sha256].remove(there)
        self._moved.add(there.address)
        known_as = there.known_as or there.address
        location = replace(file.location_like(there), known_as=None if known_as == file.address else known_as)
        return self._known(file, there, location)

    def _identity(self, file: _Found) -> str:
        """The address that the ids of its articles are made of."""
        before = next((_at(file.address, each) for each in self.at(file.address)), None)
        identity = file.address if before is None else before.known_as or file.address
        if before is None and identity in self._identities:
            identity = self._free(file.address)
        self._identities.add(identity)
        return identity

    def _free(self, address: str) -> str:
        """An address for ids that no file has: below a file there is none."""
        number = 2
        while (free := f"{address}/{number}/{path_of(address).name}") in self._identities:
            number += 1
        return free

    def _known(self, file: _Found, there: Location, location: Location) -> Known:
        articles = [each for each in self._articles[there.address] if _at(there.address, each).sha256 == there.sha256]
        return Known(file.path, articles, there.address, location)


def relocated(locations: Sequence[Location], to: Sequence[Location], gone: Sequence[str] = ()) -> tuple[Location, ...]:
    """Where an article is, after it was read in other places, and is gone from some."""
    addresses = {location.address for location in to} | set(gone)
    return (*(location for location in locations if location.address not in addresses), *to)


def _at(address: str, article: ArticleSummary) -> Location:
    return next(location for location in article.locations if location.address == address)


def _whole(address: str, articles: Sequence[ArticleSummary]) -> Location | None:
    """The state in which all articles of a file are stored; None where it is not known, so that it is to be read."""
    locations = [_at(address, article) for article in articles]
    numbers = Counter(location.sha256 for location in locations)
    return next((each for each in locations if each.articles == numbers[each.sha256]), None)
