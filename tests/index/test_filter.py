"""PassageFilter: dates, sources and articles, in Chroma's language and in SQL."""

from __future__ import annotations

import pytest

from index import ArticleQAError, PassageFilter
from index.filter import NO_FILTER, day_number


@pytest.mark.parametrize(
    ("published", "first", "last"),
    [
        ("2025-03-13", 20250313, 20250313),
        ("2025-03-13T23:59:59+01:00", 20250313, 20250313),
        ("2025-03", 20250301, 20250331),
        ("2025", 20250101, 20251231),
        (None, None, None),
        ("", None, None),
        ("March 13th", None, None),
        ("25-03-13", None, None),
        ("2025-3-1", None, None),
    ],
)
def test_a_date_becomes_a_day_that_sorts(published: str | None, first: int | None, last: int | None) -> None:
    assert day_number(published) == first
    assert day_number(published, last=True) == last


@pytest.mark.parametrize("date", ["", "soon", "13.03.2025", "2025-3-1", "20250313", "2025-13-01", "2025-02-30"])
def test_a_filter_by_something_that_is_no_date_says_how_to_write_one(date: str) -> None:
    for field in ("published_from", "published_to"):
        with pytest.raises(ArticleQAError) as raised:
            PassageFilter(**{field: date})
        assert str(raised.value) == f"{date!r} is not a date. Write it like 2025-03-13."


@pytest.mark.parametrize("language", ["", "german", "d", "Deutsch", "1"])
def test_a_filter_by_something_that_is_no_language_says_how_to_write_one(language: str) -> None:
    with pytest.raises(ArticleQAError) as raised:
        PassageFilter(languages=(language,))
    assert str(raised.value) == f"{language!r} is not the code of a language. Write it like de, en or zh."


def test_a_language_is_its_first_code_however_it_is_written() -> None:
    assert PassageFilter(languages=("DE", "de-AT", "pt_BR")).languages == ("de", "pt")


def test_an_empty_filter_narrows_nothing() -> None:
    assert not NO_FILTER
    assert NO_FILTER.to_chroma() is None


def test_one_condition_stands_alone() -> None:
    narrowed = PassageFilter(article_ids=("a", "b"))
    assert narrowed
    assert narrowed.to_chroma() == {"article_id": {"$in": ["a", "b"]}}


def test_all_conditions_must_hold() -> None:
    narrowed = PassageFilter(("a",), ("Post", "Times"), "2025-02", "2025-03", ("de",))
    assert narrowed.to_chroma() == {
        "$and": [
            {"article_id": {"$in": ["a"]}},
            {"source": {"$in": ["Post", "Times"]}},
            {"language": {"$in": ["de"]}},
            {"day": {"$gte": 20250201}},
            {"day": {"$lte": 20250331}},
        ]
    }
