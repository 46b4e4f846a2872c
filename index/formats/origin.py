"""Where an article comes from, as one value that is made before anything is read, and what became no article."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from index.formats.identity import host_of, name_in_url, slug, title_from_name, uploaded_name


@dataclass(frozen=True, slots=True)
class SourceFailure:
    """A source, or a part of one, that became no article. Reads as a line: f"{source}: {reason}"."""

    source: str  # "notes/a.pdf", "news.jsonl, line 7", "https://..."
    reason: str
    skipped: bool = False  # no fault of the source: nothing here reads this kind
    gone: bool = False  # a web address: its server says that there is no such page (any more)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file with the address that the ids of its articles are made of: where it lay first, or one that is free."""

    path: str
    known_as: str


@dataclass(frozen=True, slots=True)
class Origin:
    """A file, a web address, what was handed over under a name, or a record in one of these.

    `title`, `url` and `source` count where the content names none itself. `article_id` is the same in every run and
    from every folder: a slug of the name, "-", 10 hex digits of the SHA-256 of `key`.
    """

    name: str  # as messages call it
    key: bytes  # what makes it this source and no other
    stem: str  # of its name, for the id
    title: str
    suffix: str = ""  # of the kind of content, in lower case: ".html"
    url: str | None = None
    source: str | None = None
    charset: str | None = None  # as an HTTP header gave it
    given_id: str | None = None  # of a record that has one

    @classmethod
    def of_file(cls, path: Path) -> Origin:
        """A file in its own place; links in the path are resolved, so that it is one source however it is named."""
        name = os.fsencode(path).decode("utf-8", "replace")  # a name that is no UTF-8 cannot be printed
        title = title_from_name(os.fsencode(path.stem).decode("utf-8", "replace"))
        return cls(name, os.fsencode(path.resolve().as_posix()), path.stem, title, path.suffix.lower())

    def known_as(self, place: Path) -> Origin:
        """The same file with the ids, and the title of a file without one, that it had in another place."""
        elsewhere = Origin.of_file(place)
        return replace(self, key=os.fsencode(place.as_posix()), stem=place.stem, title=elsewhere.title)

    @classmethod
    def of_url(cls, url: str) -> Origin:
        """A web address; its "#fragment" does not count."""
        address = url.partition("#")[0]
        return cls(url, address.encode("utf-8", "surrogatepass"), name_in_url(address), "", url=url)

    @classmethod
    def of_upload(cls, name: str) -> Origin:
        """What was handed over under a name, which is all that counts, and no path: no file and no URL has its id."""
        shown = uploaded_name(name)
        place = PurePosixPath(shown)
        # NFC: one browser hands out composed names, another decomposed ones. No absolute path begins like this.
        key = b"upload\0" + unicodedata.normalize("NFC", name).encode("utf-8", "surrogatepass")
        return cls(shown, key, place.stem, title_from_name(place.stem), place.suffix.lower())

    def answered(self, url: str, suffix: str, charset: str | None) -> Origin:
        """Add what a server said to this web address: where it led, and the kind of content. The id stays."""
        title = title_from_name(name_in_url(url))
        return replace(self, title=title, suffix=suffix, url=url, source=host_of(url), charset=charset)

    def member(self, path: str) -> Origin:
        """A file in it, which is an archive, by its path there."""
        place = PurePosixPath(path)
        key = b"\0".join((self.key, path.encode("utf-8", "surrogatepass")))
        shown = path.encode("utf-8", "replace").decode()
        return Origin(f"{self.name}, {shown}", key, place.stem, title_from_name(place.stem), place.suffix.lower())

    def record(self, article_id: str) -> Origin:
        """A record in it, which has no title but its own."""
        return replace(self, given_id=article_id, title="")

    @property
    def article_id(self) -> str:
        """The id of the article that it is."""
        return self.given_id or self.part_id()

    def part_id(self, *parts: str) -> str:
        """The id of one of several articles in it, told apart by `parts`, the first of which is the slug."""
        digest = hashlib.sha256(b"\0".join([self.key, *(part.encode("utf-8", "surrogatepass") for part in parts)]))
        return f"{slug(parts[0] if parts else self.stem)}-{digest.hexdigest()[:10]}"
