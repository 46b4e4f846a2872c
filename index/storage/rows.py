"""Rows of Chroma's collections and what they stand for: passages, and the records of articles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from index.article import Article, ArticleSummary, Passage
from index.errors import StoreError
from index.filter import day_number
from index.locations import locations_from_json, locations_to_json

OPTIONAL = ("url", "source", "author", "published", "retrieved_at", "language")


def rows_of(result: Any, convert: Any) -> Iterator[tuple[str, Any]]:
    """The ids of the rows of a result of Chroma, with what `convert` makes of them. Raises StoreError."""
    for row_id, metadata, document in zip(result["ids"], result["metadatas"], result["documents"], strict=True):
        try:
            value = convert(row_id, metadata, document)
        except (KeyError, TypeError, AttributeError) as exc:
            raise StoreError(
                f"The store holds something else than articles and passages, {row_id!r}. Mend it with: qa check"
            ) from exc
        yield row_id, value


def if_readable(convert: Any) -> Any:
    """The same conversion, which gives None for what another program wrote there, or what was damaged."""

    def converted(row_id: str, metadata: Any, document: str | None) -> Any:
        try:
            value = convert(row_id, metadata, document)
        except (KeyError, TypeError, AttributeError):
            return None
        texts = (value.title, *((value.content_hash,) if convert is summary_of_row else (value.article_id, value.text)))
        numbers = (value.characters, value.passages) if convert is summary_of_row else (value.start, value.end)
        sound = all(isinstance(text, str) for text in texts) and all(type(number) is int for number in numbers)
        return value if sound else None

    return converted


def passage_of_row(passage_id: str, metadata: dict[str, Any], document: str | None) -> Passage:
    """The passage that a row stands for. Raises KeyError and TypeError where it stands for none."""
    return Passage(
        id=passage_id,
        article_id=metadata["article_id"],
        title=metadata["title"],
        start=metadata["start"],
        end=metadata["end"],
        text=metadata["text"] if document is None else document,  # the document in what an earlier version wrote
        url=metadata.get("url"),
        source=metadata.get("source"),
        author=metadata.get("author"),
        published=metadata.get("published"),
        language=metadata.get("language"),
    )


def passage_metadata(passage: Passage) -> dict[str, Any]:
    """The row of a passage, but for its vector."""
    optional = {
        "url": passage.url,
        "source": passage.source,
        "author": passage.author,
        "published": passage.published,
        "day": day_number(passage.published),
        "language": passage.language,
    }
    return {
        "article_id": passage.article_id,
        "title": passage.title,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,  # as a document Chroma would index it by trigrams, which takes longer than all the rest
        **{name: value for name, value in optional.items() if value is not None},
    }


def summary_of_row(article_id: str, metadata: dict[str, Any], _document: str | None) -> ArticleSummary:
    """The record of an article. Raises KeyError and TypeError where a row is none."""
    return ArticleSummary(
        id=article_id,
        title=metadata["title"],
        content_hash=metadata["content_hash"],
        characters=metadata["characters"],
        passages=metadata["passages"],
        locations=locations_from_json(metadata.get("locations")),
        guessed_language=metadata.get("guessed_language"),
        **{name: metadata.get(name) for name in OPTIONAL},
    )


def article_metadata(article: Article, passages: int) -> dict[str, Any]:
    """The row of an article's record, with the number of its passages."""
    optional = {name: getattr(article, name) for name in OPTIONAL}
    return {
        "title": article.title,
        "content_hash": article.content_hash,
        "characters": len(article.text),
        "passages": passages,
        "marks": json.dumps([(mark.offset, mark.kind, mark.label) for mark in article.marks]),
        "guessed_language": article.guessed_language,
        "locations": locations_to_json(article.locations),
        **optional,  # None takes away what another version had; a key that is left out would stay
    }
