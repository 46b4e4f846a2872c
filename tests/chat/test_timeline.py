"""Where dates stand on the line above news and timelines, and what the line is as HTML."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta

import pytest

from chat.render import render_answer, render_dates
from chat.timeline import points_of
from qa.answer import Answer, Event
from tests.chat.made import answer, citation
from tests.hostile import HOSTILE
from tests.markup import Page, assert_text_stays_text

FIRST = date(2024, 2, 27)


def events(*days: int | None) -> list[Event]:
    """Events so many days after the first of all; None: of an article without a date."""
    dates = [None if each is None else (FIRST + timedelta(each)).isoformat() for each in days]
    return [Event(each, f"Sentence {at}.", at) for at, each in enumerate(dates)]


def told(*published: str | None, form: str = "timeline", **changes: object) -> Answer:
    quotes = [citation(f"Sentence {at}.", None, published=each) for at, each in enumerate(published)]
    told_of = tuple(Event(day and day[:10], quotes[at].quote, at) for at, day in enumerate(published))
    changes = {"events": told_of} | changes
    return answer("\n".join(each.quote for each in quotes), *quotes, form=form, **changes)


def test_each_day_is_one_point_at_its_place_by_date_with_the_first_sentence_of_it() -> None:
    points = points_of(events(100, 0, 0, None, 30))
    assert [(each.place, each.event.citation) for each in points] == [(0, 1), (30, 4), (100, 0)]
    assert [each.day for each in points] == [FIRST, FIRST + timedelta(30), FIRST + timedelta(100)]


@pytest.mark.parametrize("days", [(), (None,), (5,), (5, 5, None), (None, None)])
def test_nothing_is_drawn_for_fewer_than_two_days(days: tuple[int | None, ...]) -> None:
    assert points_of(events(*days)) == []
    assert not days or render_dates(told(*(each.date for each in events(*days)))) == ""


@pytest.mark.parametrize("seed", range(50))
def test_points_keep_their_order_and_can_be_touched_and_labels_lie_apart(seed: int) -> None:
    chance = random.Random(seed)
    days = {round(chance.random() ** 3 * chance.choice([5, 40, 4000])) for _ in range(chance.randint(2, 12))} | {0, 9}
    points = points_of(events(*days))
    places = [each.place for each in points]
    assert len(points) == len(days)
    assert (places[0], places[-1]) == (0, 100)
    assert all(b - a >= 8 for a, b in itertools.pairwise(places))
    assert points[0].row
    assert points[-1].row
    for row in ("above", "below"):
        labels = [each.place for each in points if each.row == row]
        assert all(b - a >= 40 for a, b in itertools.pairwise(labels))


def test_a_point_is_a_button_that_opens_its_quote_and_says_its_day_and_how_its_sentence_begins() -> None:
    page = Page(render_answer(told("2024-09-04", None, "2024-10-02T08:00:00Z"), 3))
    assert page.within("dates").startswith("In order of time, oldest first:")
    assert page.within("day") == "4 Sept 20242 Oct 2024"
    points = [each for each in page.elements if each.get("class") == "point"]
    assert [(each["name"], each["value"]) for each in points] == [("cite", "3:0"), ("cite", "3:2")]
    assert [each["title"] for each in points] == ["4 September 2024: Sentence 0.", "2 October 2024: Sentence 2."]
    assert "4 September 2024: Sentence 0." in page.within("point")
    places = [each["class"] for each in page.elements if (each.get("class") or "").startswith("tens")]
    assert places == ["tens-0 ones-0 above", "tens-10 ones-0 above"]
    assert "style" not in dict(page.attributes)
    assert "said short" not in [each.get("class") for each in page.elements]  # short sentences are no heading


def test_a_long_sentence_is_cut_between_words() -> None:
    long = citation(f"{'word ' * 40}.", None)
    told_of = tuple(Event(f"2024-09-0{day}", long.quote, 0) for day in (1, 2))
    said = Page(render_dates(answer("x", long, form="latest", events=told_of))).within("point")
    assert said.endswith("word word…")
    assert len(said) < 2 * 120


def test_a_month_and_a_year_are_told_as_such() -> None:
    page = Page(render_dates(told("1987", "2025-03", "2025-06-20")))
    assert page.within("day") == "1987Mar 202520 Jun 2025"
    titles = [each["title"] for each in page.elements if each.get("class") == "point"]
    assert titles == ["1987: Sentence 0.", "March 2025: Sentence 1.", "20 June 2025: Sentence 2."]


def test_only_an_answer_with_events_has_a_line() -> None:
    days = ("2024-09-04", "2024-10-02")
    assert render_dates(told(*days, form="latest"))
    assert not render_dates(told(*days, events=()))
    assert "dates" not in render_answer(answer())  # kept by an earlier version: without a form


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_sentence_becomes_markup_on_the_line(text: str) -> None:
    short = " ".join(text.split())[:70].strip()
    if not short:
        return

    def line(said: str) -> str:
        quotes = (citation(said, None), citation("It rained.", None))
        told_of = tuple(Event(f"2024-09-0{at + 4}", each.quote, at) for at, each in enumerate(quotes))
        return render_dates(answer("x", *quotes, form="timeline", events=told_of))

    assert_text_stays_text(line, short)
