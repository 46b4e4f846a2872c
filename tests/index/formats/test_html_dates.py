"""On which day a page was published: that of its readers, where its metadata has the time of another zone."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from index.formats.html_dates import published_of

TIME = "<meta property='article:published_time' content='{}'>"


def published(told: str, shown: str = "", language: str = "en", url: str | None = None) -> str | None:
    head = TIME.format(told) if told else ""
    tree = document_fromstring(
        f"<html lang='{language}'><head>{head}</head><body><h1>Low tide</h1><p>{shown}</p>"
        f"<p>{'The ferry waited for the tide. ' * 12}</p></body></html>"
    )
    return published_of(tree, tree.find(".//h1"), url)


@pytest.mark.parametrize("told", ["2025-05-04T00:53:29+00:00", "2025-05-04T00:53:29Z", "2025-05-04T00:53:29.27400"])
def test_a_time_of_utc_is_of_the_day_that_stands_under_the_headline(told: str) -> None:
    assert published(told, "3 de mayo de 2025", "es") == "2025-05-03"


def test_a_time_of_utc_is_of_the_day_in_the_address() -> None:
    assert published("2024-12-31T23:11:59+00:00", url="https://example.com/2025/01/01/new-year/") == "2025-01-01"


def test_a_day_that_is_not_beside_it_is_another_ones() -> None:
    assert published("2025-05-04T00:53:29Z", "1 May 2025") == "2025-05-04T00:53:29+00:00"
    assert published("2025-05-04T00:53:29Z", "4 May 2025") == "2025-05-04T00:53:29+00:00"
    assert published("2025-05-04T00:53:29Z") == "2025-05-04T00:53:29+00:00"


def test_a_time_with_a_zone_is_the_pages_own() -> None:
    assert published("2025-05-04T00:53:29+02:00", "3. Mai 2025", "de") == "2025-05-04T00:53:29+02:00"


def test_midnight_in_central_europe_is_the_next_day_in_utc() -> None:
    assert published("2025-11-04T23:00:00+00:00", language="de-DE") == "2025-11-05"
    assert published("2025-07-04T22:00:00+00:00", language="fr") == "2025-07-05"
    assert published("2025-11-04T23:00:00+00:00", language="en") == "2025-11-04T23:00:00+00:00"
    assert published("2025-11-04T23:15:00+00:00", language="de") == "2025-11-04T23:15:00+00:00"


def test_a_year_alone_is_no_day_of_publication() -> None:
    assert published("2025", "3 May 2024") == "2024-05-03"
    assert published("2025") is None
