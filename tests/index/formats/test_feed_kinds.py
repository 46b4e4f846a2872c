"""260 feeds of the kinds that are in use: what a person would read from each is what is read.

They were written for this project by a language model that had seen neither the reader nor its tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.formats import read_source

FEEDS = [json.loads(line) for line in (Path(__file__).parent / "feeds.jsonl").read_text().splitlines()]
_MARK = re.compile(r"(?:^|(?<=\s))[-•*|]\s|^\d+\.\s", re.MULTILINE)


def words(text: str) -> str:
    """A text without the marks of lists and tables, in one line."""
    return " ".join(_MARK.sub("", text).split())


def read(feed: Mapping[str, Any], path: Path) -> list[dict[str, str | None]]:
    path.write_bytes(feed["feed"].encode(feed["encoding"]))
    articles = [each for each in read_source(path) if isinstance(each, Article)]
    return [
        {"title": each.title, "text": words(each.text), "published": each.published, "url": each.url}
        for each in articles
    ]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed["name"])
def test_titles_texts_days_and_links_are_those_that_a_person_would_read(
    feed: Mapping[str, Any], tmp_path: Path
) -> None:
    expected = [{**item, "text": words(item["text"])} for item in feed["items"]]
    assert read(feed, tmp_path / "feed.xml") == expected
