"""The ids of the articles of one file: the same in every run, also when others come or go around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from index.errors import SourceError
from index.formats.identity import is_url
from index.formats.origin import Origin


@dataclass
class ItemIds:
    """The ids of one file, and where each was first."""

    origin: Origin
    first: dict[str, str] = field(default_factory=dict)
    _contents: dict[str, bytes] = field(default_factory=dict)  # id -> digest of what it was made from

    def given(self, article_id: str) -> str:
        """The id that an item has itself. Raises SourceError where another has it."""
        if article_id in self.first:
            raise SourceError(f"duplicate id {article_id!r} (first in {self.first[article_id]})")
        return article_id

    def made(self, url: str | None, title: str | None, text: str, key: str | None = None) -> str:
        """From the item's URL, else from its file and its key in it (a guid, a path), else from file and title.

        Raises SourceError where the same item was there before, with the same text.
        """
        own = Origin.of_url(url) if url and is_url(url) else None
        parts = (key or title or self.origin.title,)
        content = sha256("\0".join((*parts, text)).encode("utf-8", "surrogatepass")).digest()
        for more in (() if own else parts, (*parts, text)):
            article_id = (own or self.origin).part_id(*more)
            if article_id not in self.first:
                self._contents[article_id] = content
                return article_id
            if self._contents.get(article_id) == content:
                break
        raise SourceError(f"the same record again (first in {self.first[article_id]})")

    def take(self, article_id: str, place: str) -> None:
        """Keep that an article has this id now."""
        self.first[article_id] = place
