"""Times without a year, asked of articles that are years old, over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from index import Article, ArticleIndex, PassageFilter
from index.filter import NO_FILTER
from qa.question.wording import understood
from qa.retrieval.years import in_their_years
from tests.fakes import WordEmbedder

TODAY = date(2026, 11, 30)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    days = ["2021-02-03", "2022-05-20", "2023-05-01", "2023-10-02", "2023-12-20"]
    with ArticleIndex.open(tmp_path_factory.mktemp("years") / "index", embedder=WordEmbedder()) as index:
        index.add([Article(id=day, title="Ferry", text=f"On {day} it sank.", published=day) for day in days])
        yield index


def asked(articles: ArticleIndex, question: str, today: date, where: PassageFilter = NO_FILTER) -> list[str | None]:
    query = in_their_years(understood(question, today), question, today, articles, where)
    assert query.period is not None
    return [day.isoformat() if day else None for day in (query.period.start, query.period.end)]


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("What sank in December?", ["2023-12-01", "2023-12-31"]),
        ("What sank in late September?", ["2023-09-21", "2023-09-30"]),  # told until a week behind it
        ("What sank on 20 May?", ["2022-05-20", "2022-05-20"]),
        ("What sank in February?", ["2021-02-01", "2021-02-28"]),
        ("What has sunk since November?", ["2023-11-01", None]),
        ("What's new about the ferry in May?", ["2023-05-01", "2023-05-31"]),
    ],
)
def test_days_without_a_year_are_of_the_last_year_that_has_articles(
    articles: ArticleIndex, question: str, days: list[str | None]
) -> None:
    assert asked(articles, question, TODAY) == days


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("What sank last week?", ["2026-11-23", "2026-11-29"]),
        ("What sank yesterday?", ["2026-11-29", "2026-11-29"]),
        ("What sank last year?", ["2025-01-01", "2025-12-31"]),
        ("What sank in May 2025?", ["2025-05-01", "2025-05-31"]),
        ("What sank on 30 July?", ["2026-07-30", "2026-07-30"]),  # of no year is there anything
    ],
)
def test_a_time_that_has_its_year_is_that_time_though_nothing_was_published(
    articles: ArticleIndex, question: str, days: list[str | None]
) -> None:
    assert asked(articles, question, TODAY) == days


def test_where_articles_end_shortly_before_a_day_it_is_the_last(articles: ArticleIndex) -> None:
    assert asked(articles, "What sank in February?", date(2024, 3, 5)) == ["2024-02-01", "2024-02-29"]


def test_only_articles_that_may_be_asked_say_of_which_year_it_is(articles: ArticleIndex) -> None:
    one = PassageFilter(article_ids=("2022-05-20",))
    assert asked(articles, "What sank in May?", TODAY, one) == ["2022-05-01", "2022-05-31"]
