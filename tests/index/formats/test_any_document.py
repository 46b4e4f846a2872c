"""Whatever a document is like: it gives articles that can be stored and found, or says in words why not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings

from index import Article
from index.acceptance import completed, problem_of
from index.formats import READERS, SourceFailure, read_content
from index.formats.origin import Origin
from index.formats.reading_process import Content
from index.split import split_article
from tests.index.formats.documents import KINDS, documents

LONGEST_S = 20.0  # for some kilobytes, which take milliseconds, on a very busy machine
AS_GIVEN = {".json", ".jsonl"}  # their texts are stored as they are, a NUL in them, too
SAME_EACH_TIME = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def check(suffix: str, data: bytes) -> None:
    name = f"a{suffix}"
    started = time.monotonic()
    items = list(read_content(Content(READERS[suffix], data, Origin.of_upload(name), name)))
    assert time.monotonic() - started < LONGEST_S
    assert items
    for item in items:
        if isinstance(item, SourceFailure):
            assert item.reason.strip()
            assert not re.match(r"could not be read: \w+(?:Error|Exception|Warning)\b", item.reason), item
        else:
            check_article(item, suffix in AS_GIVEN)


def check_article(article: Article, is_as_given: bool) -> None:
    assert problem_of(article) == ""  # with half of a surrogate pair in it, it has one
    for words in (article.title, article.source, article.author, article.url, "" if is_as_given else article.text):
        assert "\0" not in (words or "")
    places = [mark.offset for mark in article.marks]
    assert places == sorted(places)
    assert all(0 <= place < len(article.text) for place in places)
    end = 0
    for passage in split_article(completed(article), 450):
        assert passage.start <= end < passage.end
        assert passage.text == article.text[passage.start : passage.end]
        end = passage.end
    assert end == len(article.text)


@pytest.mark.parametrize("suffix", KINDS)
def test_any_document_gives_whole_articles_or_says_why_not(suffix: str) -> None:
    @settings(SAME_EACH_TIME, max_examples=16)
    @given(documents(suffix))
    def some(data: bytes) -> None:
        check(suffix, data)

    some()


@pytest.mark.soak
@pytest.mark.parametrize("suffix", KINDS)
def test_thousands_of_documents_give_whole_articles_or_say_why_not(suffix: str) -> None:
    @settings(SAME_EACH_TIME, max_examples=3000)
    @given(documents(suffix))
    def many(data: bytes) -> None:
        check(suffix, data)

    many()
