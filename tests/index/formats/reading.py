"""A file that is written and read: its one article, or its one failure."""

from __future__ import annotations

from pathlib import Path

from index import Article
from index.formats import SourceFailure, read_source


def only_article(source: str | Path) -> Article:
    """What is read of a source that holds one article."""
    (article,) = read_source(source)
    assert isinstance(article, Article), article
    return article


def read(path: Path, content: bytes | str) -> Article:
    """The one article of a file with this content."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return only_article(path)


def failure(path: Path, content: bytes) -> str:
    """Why a file with this content cannot be read."""
    path.write_bytes(content)
    (result,) = read_source(path)
    assert isinstance(result, SourceFailure), result
    return result.reason
