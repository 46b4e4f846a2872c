"""Expressions of time, and the days that they mean."""

from __future__ import annotations

from datetime import date

import pytest

from qa.question.times import Period, meant, period_in
from qa.question.wording import understood

TODAY = date(2024, 3, 5)  # a Tuesday
IN_A_QUESTION = {
    "what did the council decide last week": ("2024-02-26", "2024-03-03"),
    "who resigned this week": ("2024-03-04", "2024-03-10"),
    "what happened yesterday in Tarnby": ("2024-03-04", "2024-03-04"),
    "who won the day before yesterday": ("2024-03-03", "2024-03-03"),
    "what was said two days ago": ("2024-03-03", "2024-03-03"),
    "storms in the past three days": ("2024-03-03", "2024-03-05"),
    "who was hired in the last 2 months": ("2024-01-06", "2024-03-05"),
    "what did she say on Monday": ("2024-03-04", "2024-03-04"),
    "what did she say last Tuesday": ("2024-02-27", "2024-02-27"),
    "who plays next Friday": ("2024-03-08", "2024-03-08"),
    "scores at the weekend": ("2024-03-02", "2024-03-03"),
    "which bridge opened in February": ("2024-02-01", "2024-02-29"),
    "which bridge opened in April": ("2023-04-01", "2023-04-30"),
    "ferry fares in May 2022": ("2022-05-01", "2022-05-31"),
    "who spoke on the 24th of December": ("2023-12-24", "2023-12-24"),
    "who spoke on Dec. 24, 2021": ("2021-12-24", "2021-12-24"),
    "who spoke on 2021-12-24": ("2021-12-24", "2021-12-24"),
    "floods in early March 2023": ("2023-03-01", "2023-03-10"),
    "where did it burn last summer": ("2023-06-01", "2023-08-31"),
    "sales in Q4 2023": ("2023-10-01", "2023-12-31"),
    "films of the 1980s": ("1980-01-01", "1989-12-31"),
    "who was mayor in 2019": ("2019-01-01", "2019-12-31"),
    "what has changed since October": ("2023-10-01", None),
    "votes before 3 March": (None, "2024-03-02"),
    "votes after 3 March": ("2024-03-04", None),
    "votes until the end of February": (None, "2024-02-29"),
    "votes between 3 and 9 February": ("2024-02-03", "2024-02-09"),
    "storms from 28 December to 2 January": ("2023-12-28", "2024-01-02"),
    "who ran the bank between 2015 and 2018": ("2015-01-01", "2018-12-31"),
    "fares from 1 March onwards": ("2024-03-01", None),
    "what was decided yesteday": ("2024-03-04", "2024-03-04"),
    "votes from 2018 to 2015": ("2015-01-01", "2018-12-31"),
    "storms from 29 February to March 2023": ("2023-02-28", "2023-03-31"),
    "votes in the past week": ("2024-02-28", "2024-03-05"),
    "strikes in Novmber": ("2023-11-01", "2023-11-30"),
}
NO_TIME = (
    "will Theresa May resign", "who writes for the Sunday Times", "what does USA Today say", "may I park here",
    "did prices fall", "who founded March for Our Lives", "how long is Blade Runner 2049", "who won the 2023 World Cup",
    "who hosts Saturday Night Live", "how to get fit in five minutes a day", "Who sold the lighthouse?", "",
    "what does the cyber monday sale cost", "was it on Good Friday", "where does it stop on a Thursday",
    "Who has fans in many countries?", "the letter from Mary", "9999999 days ago", "the last 3000 years",
)  # fmt: skip


def days(period: Period | None) -> tuple[str | None, str | None]:
    assert period is not None
    return tuple(each.isoformat() if each else None for each in (period.start, period.end))  # type: ignore[return-value]


@pytest.mark.parametrize(("question", "wanted"), IN_A_QUESTION.items())
def test_a_question_names_the_days_that_are_seen_from_today(
    question: str, wanted: tuple[str | None, str | None]
) -> None:
    found = period_in(question, TODAY)
    assert days(found) == wanted
    assert found is not None
    assert 0 <= found.at < found.to <= len(question)


@pytest.mark.parametrize("question", NO_TIME)
def test_names_verbs_and_lengths_of_time_are_no_time(question: str) -> None:
    assert period_in(question, TODAY) is None


def test_the_expression_is_where_its_characters_say() -> None:
    question = "What, if anything, did ANNA say LAST  WEEK?"
    found = period_in(question, TODAY)
    assert found is not None
    assert question[found.at : found.to] == "LAST  WEEK"


@pytest.mark.parametrize(
    ("said", "ahead", "wanted"),
    [
        ("Friday", False, ("2024-03-01", "2024-03-01")), ("Friday", True, ("2024-03-08", "2024-03-08")),
        ("Tuesday", False, ("2024-03-05", "2024-03-05")), ("May", False, ("2024-05-01", "2024-05-31")),
        ("May", True, ("2024-05-01", "2024-05-31")), ("Feb. 20", False, ("2024-02-20", "2024-02-20")),
        ("March 20", False, ("2024-03-20", "2024-03-20")), ("2019", False, ("2019-01-01", "2019-12-31")),
        ("last month", False, ("2024-02-01", "2024-02-29")), ("Sunday night", False, ("2024-03-03", "2024-03-03")),
    ],
)  # fmt: skip
def test_an_article_means_a_day_near_its_own_and_rather_one_before(
    said: str, ahead: bool, wanted: tuple[str, str]
) -> None:
    assert days(meant(said, TODAY, ahead=ahead)) == wanted


@pytest.mark.parametrize("said", ["", "for three years", "the day after", "Anna", "9 p.m."])
def test_what_names_no_day_means_none(said: str) -> None:
    assert meant(said, TODAY) is None


def test_a_period_is_told_of_until_a_week_behind_its_end() -> None:
    march = Period(date(2024, 3, 1), date(2024, 3, 31), 0, 1)
    assert march.reported == ("2024-03-01", "2024-04-07")
    assert [march.is_told_on(day) for day in ("2024-02-29", "2024-03-01T09:00:00Z", "2024-04-07", "2024-04-08")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert [march.is_told_on(day) for day in ("2024", "2024-04", "2024-05", "2023", None, "soon")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip


def test_of_what_is_to_come_there_are_no_articles_yet() -> None:
    assert understood("what happened last week?", TODAY).period is not None
    for question in ("what is planned for next week?", "what will emissions be by 2030?"):
        assert understood(question, TODAY).period is None


def test_nothing_lies_beyond_the_first_and_the_last_day() -> None:
    assert days(period_in("what happened before today?", date.min)) == ("0001-01-01",) * 2
    assert days(period_in("what happens after today?", date.max)) == ("9999-12-31",) * 2


def test_a_period_may_be_open() -> None:
    since, until = Period(date(2024, 3, 1), None, 0, 1), Period(None, date(2024, 3, 1), 0, 1)
    assert since.reported == ("2024-03-01", None)
    assert since.is_told_on("2025-01-01")
    assert not since.is_told_on("2024-02-29")
    assert until.reported == (None, "2024-03-08")
    assert until.is_told_on("1999-01-01")
    assert Period(None, date.max, 0, 1).reported == (None, None)


def test_every_day_of_four_years_is_understood_as_it_is_written() -> None:
    for number in range(date(2023, 1, 1).toordinal(), date(2026, 12, 31).toordinal(), 3):
        day = date.fromordinal(number)
        for written in (f"{day.day} {day:%B} {day.year}", f"{day:%B} {day.day}, {day.year}", day.isoformat()):
            assert days(period_in(f"what happened on {written}?", TODAY)) == (day.isoformat(),) * 2
