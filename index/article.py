"""The values that the article side passes on: Article, Passage, ScoredPassage. Plain data, no library."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from index.language import primary_subtag


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in an article's text that has a name of its own: the start of a page or of a section."""

    offset: int
    kind: str  # "page" or "section"
    label: str  # the page's number, the section's heading


@dataclass(frozen=True, slots=True)
class Location:
    """A file or a web address where an article was read, and its state then. Times are ISO 8601."""

    address: str  # the absolute path, links resolved, or the web address
    read_at: str
    modified_at: str | None  # the file's time, to the microsecond; of a page what its server said
    size: int  # bytes
    sha256: str  # of these bytes, hex
    articles: int | None = None  # how many are there; only the last of them says it
    is_partial: bool = False  # a feed, or not all of it could be read: what is not in it is not gone
    volume: str | None = None  # where its file system is mounted, but for the root's
    etag: str | None = None  # of a page: its server's mark for this state of it (RFC 9110, 8.8.3)
    known_as: str | None = None  # the address that its articles' ids are made of, where the file was moved from there


@dataclass(frozen=True, slots=True, repr=False)
class Article:
    """One article as it is stored. Offsets anywhere in the program count code points of `text`.

    `id` is stable for the same source; `title` may be empty. `published` and `retrieved_at` are ISO 8601 or None.
    `language` is a code of ISO 639-1, where the article says it; `guessed_language` what its text was found to be where
    it does not, which makes it no other article.
    `locations` are the files and web addresses that it was read from; an Article from Python, an upload and what an
    earlier version stored have none.
    """

    id: str
    text: str
    title: str = ""
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    retrieved_at: str | None = None
    language: str | None = None
    marks: tuple[Mark, ...] = ()
    guessed_language: str | None = field(default=None, compare=False)
    locations: tuple[Location, ...] = field(default=(), compare=False)
    content_hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Compute `content_hash`: SHA-256 (hex) over all but `retrieved_at`, `locations` and `guessed_language`."""
        fields = [
            self.id, self.text, self.title, self.url, self.source, self.author, self.published, self.language,
            [(mark.offset, mark.kind, mark.label) for mark in self.marks],
        ]  # fmt: skip
        canonical = json.dumps(fields, ensure_ascii=True, separators=(",", ":"))
        object.__setattr__(self, "content_hash", hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def known_language(self) -> str | None:
        """The code of its language: its own, else the guessed one; None where neither is known."""
        return primary_subtag(self.language) or self.guessed_language

    @property
    def written_in(self) -> str:
        """The language that it is read in: its own, or the guessed one, or English."""
        return self.language or self.guessed_language or "en"

    def pages(self, start: int, end: int) -> tuple[str, ...]:
        """The labels of the pages on which its characters from `start` to `end` stand; none where it has none."""
        begun = [mark for mark in self.marks if mark.kind == "page" and mark.offset < max(end, start + 1)]
        first = max((at for at, mark in enumerate(begun) if mark.offset <= start), default=0)
        return tuple(mark.label for mark in begun[first:])

    def __repr__(self) -> str:
        """Its id, title, and the length of its text."""
        return f"Article(id={self.id!r}, title={_shortened(self.title)!r}, {len(self.text):,} characters)"


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """What a list of articles shows: an Article without its text, with its length and number of passages."""

    id: str
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: str | None
    retrieved_at: str | None
    language: str | None
    content_hash: str
    characters: int
    passages: int
    locations: tuple[Location, ...] = ()
    guessed_language: str | None = None

    @property
    def known_language(self) -> str | None:
        """The code of its language: its own, else the guessed one; None where neither is known."""
        return primary_subtag(self.language) or self.guessed_language


@dataclass(frozen=True, slots=True, repr=False)
class Passage:
    """A span of one article, the unit that is embedded, retrieved and read.

    Invariant: `text == article.text[start:end]` (code points, end exclusive). An article's passages, in order, cover
    every character of it, and may overlap.
    """

    id: str  # from the article's id, its content hash and start: the same after every rebuild
    article_id: str
    title: str
    start: int
    end: int
    text: str
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None  # its article's `known_language`

    def __repr__(self) -> str:
        """Its id, place and first words."""
        return f"Passage(id={self.id!r}, {self.start}:{self.end}, {_shortened(self.text)!r})"


def _shortened(text: str, limit: int = 40) -> str:
    """The first `limit` characters of a text, with "…" where there are more."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


@dataclass(frozen=True, slots=True)
class Rank:
    """Where one ordering put a passage: rank from 1, and the score that it was ordered by."""

    order: str  # "dense", "lexical", "fused" or the reader's name
    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A passage with a score; larger is better.

    `scorer` names the scale:

    - "cosine": cosine similarity of the embeddings, in [-1, 1]
    - "bm25": BM25 of SQLite's FTS5, sign turned, > 0
    - "fused": weighted sum of both, see qa.retrieval.retriever
    - a reader's name: that reader's score

    `copies` are passages of other articles with the same words, or of other versions of its story that say no more,
    which count as one with it. `story` is the same for passages of versions of one story, "" for any other; where this
    one says something that those of older versions do not, `repeated` are the keys of its other sentences.
    """

    passage: Passage
    score: float
    scorer: str
    ranks: tuple[Rank, ...] = ()
    copies: tuple[Passage, ...] = ()
    story: str = ""
    repeated: frozenset[str] = frozenset()
