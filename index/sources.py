"""What can be added: files, folders, addresses, lists of them, and what needs no reading any more."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.article import Article, Passage
from index.embedding.engines import Vectors
from index.errors import SourceError
from index.formats import KnownFile, SourceFailure, find_sources, shown
from index.formats.addresses import Address, list_in_file
from index.formats.identity import is_url
from index.known import Known
from index.storage.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article with its passages and their vectors: what `ArticleIndex.prepare` gives and `add` stores.

    `vectors` has shape (len(passages), dimensions). `manifest` is that of the index that it was prepared for.
    """

    article: Article
    passages: Sequence[Passage]
    vectors: Vectors
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Named:
    """An article that a report calls by the place where it stands, "articles.jsonl, line 3", and not by its id."""

    name: str
    article: Article


Item = Article | SourceFailure | Prepared | Named | Known  # what needs no reading any more
Source = str | os.PathLike[str] | Item | KnownFile | Address
Readable = str | KnownFile | Item | Address


def expanded(source: Source) -> Sequence[Readable]:
    """What there is to read; a name that stands for nothing is a failure."""
    if isinstance(source, Item | KnownFile | Address):
        return [source]
    try:
        found = find_sources(os.fspath(source))
        listed = list_in_file(Path(source)) if found == [os.fspath(source)] and not is_url(found[0]) else None
        return found if listed is None else listed
    except OSError:  # its reader says what is wrong with it
        return [os.fspath(source)]
    except SourceError as exc:
        return [SourceFailure(str(source), _without_name(str(exc), shown(os.fspath(source))))]


def _without_name(reason: str, name: str) -> str:
    """What is wrong with a source, where its name stands before it already."""
    for part, left in ((f": {name}. ", ". "), (f"Cannot read {name}: ", "Cannot be read: ")):
        reason = reason.replace(part, left, 1)
    return reason


def is_address(source: Readable) -> bool:
    """Whether it is to be fetched."""
    return isinstance(source, Address) or (isinstance(source, str) and is_url(source))


def name_of(source: Readable) -> str:
    """What messages and the report call it."""
    match source:
        case str():
            return source
        case SourceFailure():
            return source.source
        case KnownFile() | Known():
            return source.path
        case Address():
            return source.url
        case Prepared():
            return source.article.id
        case Named():
            return source.name
        case _:
            return source.id
