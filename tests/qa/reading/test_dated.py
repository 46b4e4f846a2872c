"""A time with the day that it means."""

from __future__ import annotations

from datetime import date

import pytest

from qa.question.times import Period
from qa.reading.dated import dated, day_of, happened, said_time, spoken


@pytest.mark.parametrize(
    ("answer", "sentence", "said"),
    [
        ("Friday", "He left on Friday.", "Friday, 20 June 2025"),
        ("Friday", "He will leave on Friday.", "Friday, 27 June 2025"),
        ("Friday", "The minister said on Friday that taxes will rise.", "Friday, 20 June 2025"),
        ("Friday", "On Friday, the board will meet.", "Friday, 27 June 2025"),
        ("March", "He was arrested in March and is to appear in court in May.", "March 2025"),
        ("May", "He was arrested in March and is to appear in court in May.", "May 2026"),
        ("last December", "It opened last December.", "last December 2024"), ("by June.", "by June.", "by June 2025"),
        ("Theresa May", "", "Theresa May"), ("Super Bowl Sunday", "", "Super Bowl Sunday"), ("Marc", "", "Marc"),
        ("many years ago", "", "many years ago"), ("3,000 years ago", "", "3,000 years ago"),
        ("29 May 1453", "", "29 May 1453"), ("October 3-9", "", "October 3-9"), ("every Friday", "", "every Friday"),
        ("99999999999 hours ago", "", "99999999999 hours ago"), ("8pm on Friday", "", "8pm on Friday, 20 June 2025"),
        ("on Friday", "He left on Friday.", "on Friday, 20 June 2025"),
        ("Friday", "He spoke ahead of the planned summit on Friday.", "Friday, 27 June 2025"),
        ("Friday", "He had planned the summit on Friday.", "Friday, 20 June 2025"),
        ("Friday night on a rise of 4 per cent from 1 May", "They agreed.", "Friday night (20 June 2025)"),
        ("Friday night", "He left.", "Friday night (20 June 2025)"), ("Nov. 21", "He left.", "Nov. 21, 2024"),
        ("19 June", "He left.", "19 June 2025"), ("in November", "He left.", "in November 2024"),
        ("last month", "He left.", "last month (May 2025)"), ("last week", "", "last week (16 to 22 June 2025)"),
        ("two years ago", "", "two years ago (2023)"), ("7 March 2024", "", "7 March 2024"), ("Anna", "", "Anna"),
        ("for three years", "", "for three years"),
    ],
)  # fmt: skip
def test_a_time_is_completed_from_the_article_s_date(answer: str, sentence: str, said: str) -> None:
    assert dated(answer, sentence, "2025-06-23T10:00:00+02:00") == said


@pytest.mark.parametrize("published", [None, "", "2025", "2025-06", "yesterday", "0001-01-01", "9999-12-31T00:00:00"])
def test_without_a_day_of_the_article_nothing_is_added(published: str | None) -> None:
    assert dated("Friday", "He left.", published) == "Friday"
    assert day_of(published) is None


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2025-06-20", "2025-06-20", "20 June 2025"), ("2025-06-01", "2025-06-30", "June 2025"),
        ("2025-06-01", "2025-08-31", "June to August 2025"), ("2025-01-01", "2025-12-31", "2025"),
        ("2024-12-01", "2025-02-28", "December 2024 to February 2025"), ("1990-01-01", "1999-12-31", "1990 to 1999"),
        ("2025-06-16", "2025-06-22", "16 to 22 June 2025"), ("2025-06-30", "2025-07-06", "30 June to 6 July 2025"),
        ("2024-12-30", "2025-01-05", "30 December 2024 to 5 January 2025"),
    ],
)  # fmt: skip
def test_a_period_is_written_as_people_do(start: str, end: str, said: str) -> None:
    assert spoken(Period(date.fromisoformat(start), date.fromisoformat(end), 0, 1)) == said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("In 2020 the yard sued its rival.", "2020"),
        ("The council bought the ferry back in May, after two winters without one.", "May 2025"),
        ("The keeper testified Friday in the county court.", "20 June 2025"),
        ("The launch took place at 5:52 on Monday of last week.", "16 June 2025"),
        ("It all began about 10 years ago, when the pier fell.", "2015"),
        ("Separately, in February, the yard sold its crane.", "February 2025"),
        # Of the article's own day, or still to come.
        ("The council met today.", None), ("This week the ferry stopped.", None), ("On Monday it met again.", None),
        ("The trial will begin on 3 May.", None), ("It is expected to open in July.", None),
        # Of something else than what the sentence tells.
        ("The price, which was two crowns in 2019, has fallen.", None),
        ("Since July no ferry has called.", None),
        ("The court ordered that the fine of 2021 be paid.", None), ("Sales fell by a tenth, more than in 2019.", None),
        ("After the fire of March 2019, the yard moved.", None), ("Just like last year, nobody came.", None),
        ("The Sunday Times reported a loss.", None), ("Nothing was said.", None),
    ],
)  # fmt: skip
def test_what_a_sentence_tells_happened_when_its_first_clause_says(sentence: str, said: str | None) -> None:
    found = happened(sentence, "2025-06-23")  # a Monday
    assert (said_time(found) if found else None) == said


def test_without_the_articles_date_no_time_is_known() -> None:
    assert happened("In May the yard was sold.", None) is None


@pytest.mark.parametrize(
    ("sentence", "language", "said"),
    [
        ("Im Mai wurde die Werft verkauft.", "de", "Mai 2025"),
        ("Seit Mai fährt keine Fähre.", "de", None),
        ("En 2020, el astillero demandó a su rival.", "es", "2020"),
    ],
)
def test_when_it_happened_is_read_in_other_languages(sentence: str, language: str, said: str | None) -> None:
    found = happened(sentence, "2025-06-23", language)
    assert (said_time(found, language) if found else None) == said
