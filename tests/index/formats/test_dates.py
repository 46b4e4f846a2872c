"""parse_published: ISO 8601 out, with no more parts than were given."""

from datetime import UTC, date, datetime

import pytest

from index.formats.dates import parse_published


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-03-11", "2025-03-11"),
        ("2025-3-4", "2025-03-04"),
        ("2025/03/04", "2025-03-04"),
        ("20250311", "2025-03-11"),
        ("2025-03-12T19:40:00+02:00", "2025-03-12T19:40:00+02:00"),
        ("2025-03-12T19:40:00", "2025-03-12T19:40:00"),
        ("2023-11-27 08:45:59.000000000Z", "2023-11-27T08:45:59+00:00"),
        ("Tue, 11 Mar 2025 10:15:00 GMT", "2025-03-11T10:15:00+00:00"),
        ("Tue, 11 Mar 25 10:15:00 -0500", "2025-03-11T10:15:00-05:00"),
        ("Sunday 4 May 2025 at 10:15 CEST", "2025-05-04T10:15:00+02:00"),
        ("4 May 2025 10:15 XYZ", "2025-05-04T10:15:00"),
        ("March 2025", "2025-03"),
        ("2025-03", "2025-03"),
        ("05/2024", "2024-05"),
        ("2025", "2025"),
        (2025, "2025"),
        ("11 March 2025", "2025-03-11"),
        ("March 11, 2025", "2025-03-11"),
        ("5th of January 2024", "2024-01-05"),
        ("February 29, 2024", "2024-02-29"),
        ("11.03.2025", "2025-03-11"),
        ("13/04/2025", "2025-04-13"),
        ("2025-070", "2025-03-11"),  # the day of the year
        ("31 Dec 99 11:00:00 GMT", "1999-12-31T11:00:00+00:00"),
        ("Wed, 01 Apr 2009 06:00:00 JST", "2009-04-01T06:00:00+09:00"),
        ("Δευ, 12 Ιούλ 2004 12:00:00 +0300", "2004-07-12T12:00:00+03:00"),
        ("2004-július-13T9:15+02:00", "2004-07-13T09:15:00+02:00"),
        ("3 listopada 2024", "2024-11-03"),
        ("Dienstag, 4. März 2025 um 10:15", "2025-03-04"),
        ("2004-05-25 오후 11:23:17", "2004-05-25T23:23:17"),
        ("2004-05-25 上午 5:40", "2004-05-25T05:40:00"),
        ("2025年5月3日 15:05", "2025-05-03T15:05:00"),
        ("2025年5月", "2025-05"),
        (date(2025, 3, 11), "2025-03-11"),
        (datetime(2025, 3, 11, 10, 15, tzinfo=UTC), "2025-03-11T10:15:00+00:00"),
    ],
)
def test_a_date_keeps_exactly_the_parts_that_it_has(value: object, expected: str) -> None:
    assert parse_published(value) == expected


def test_a_date_that_could_be_two_days_gives_its_year_only() -> None:
    assert parse_published("03/04/2025") == "2025"


@pytest.mark.parametrize(
    "value",
    ["", "garbage", "Monday", "12:30", "May 32", "2025-13", "2025-02-30", "2025-366",
     "0000-001", "9999-366", "31 Dec 99", "2025年13月41日", "Feb 29 2023", "0000", "x" * 1000, 1.5, True,
     None, 1_700_000_000, [], "2025-03-11T10:15:00+99:00 2025"],
)  # fmt: skip
def test_what_is_no_date_gives_none(value: object) -> None:
    assert parse_published(value) is None
