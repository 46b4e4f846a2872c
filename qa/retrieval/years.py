"""Of which year "in November" is, asked of articles that are years old."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from index import ArticleIndex, PassageFilter
from index.filter import NO_FILTER
from qa.question.languages import ENGLISH
from qa.question.times import Period, period_in
from qa.question.turn import Query

_STALE = timedelta(180)  # where nothing was published so long before a time, the articles end before it
_SHIFT = timedelta(565)  # seen so long before, "last week" is on other days of the year, and "in November" is not
_YEAR = timedelta(364)  # from its first day to its last
_MOST = 30  # years back


def in_their_years(
    query: Query, question: str, today: date, articles: ArticleIndex, where: PassageFilter = NO_FILTER
) -> Query:
    """The query with the time of the last year in which something was published then, and so its parts."""

    def is_told(period: Period) -> bool:
        first, last = period.reported
        return articles.count(replace(where, published_from=first, published_to=last)) > 0

    parts = tuple(
        replace(part, query=in_their_years(part.query, part.query.text, today, articles, where)) for part in query.parts
    )
    if query.period is None or query.language != ENGLISH:
        return replace(query, parts=parts)
    return replace(query, parts=parts, period=of_a_year_with_articles(query.period, question, today, is_told))


def of_a_year_with_articles(period: Period, question: str, today: date, is_told: Callable[[Period], bool]) -> Period:
    """The period, or the same days of the last year in which something was published.

    Only where a question names days or months without their year, and nothing was published then or in the half-year
    before, so that the articles are of another time. `is_told`: whether anything was published that may tell of a time.

    >>> asked, today = "Who won in May?", date(2026, 9, 1)
    >>> period = period_in(asked, today)
    >>> of_a_year_with_articles(period, asked, today, lambda time: time.start <= date(2023, 8, 1)).start
    datetime.date(2023, 5, 1)
    """
    first = period.start or period.end
    if first is None or not _has_no_year(period, question, today) or is_told(replace(period, start=first - _STALE)):
        return period
    for years in range(1, _MOST):
        earlier = replace(period, start=_before(period.start, years), end=_before(period.end, years))
        if is_told(earlier):
            return earlier
        if not is_told(replace(earlier, start=None, end=earlier.end or earlier.start)):
            break  # nothing is as old
    return period


def _has_no_year(period: Period, question: str, today: date) -> bool:
    """Whether it is of days that come every year: seen from elsewhere in another year it is those of that year."""
    if period.start and period.end and period.end - period.start >= _YEAR:
        return False
    seen = period_in(question, today - _SHIFT)
    return seen is not None and (seen.start, seen.end) != (period.start, period.end) and _days(seen) == _days(period)


def _days(period: Period) -> tuple[tuple[int, int] | None, int | None]:
    """The day of the year on which it begins, and the month in which it ends, as February has not always 28 days."""
    begins = (period.start.month, period.start.day) if period.start else None
    return begins, period.end.month if period.end else None


def _before(day: date | None, years: int) -> date | None:
    if day is None:
        return None
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
