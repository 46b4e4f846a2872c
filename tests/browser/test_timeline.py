"""The dates above news and timelines: a click, or a key, opens the article at the first sentence of that day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from index import Article
from qa.answer import Answer, Citation, Event
from tests.browser.conftest import MARKS
from tests.browser.test_source import VISIBLE

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

DAYS = ("2024-01-02", "2024-02-11", "2024-02-12", "2024-02-13", "2024-03-01", "2024-12-30", None)
ARTICLES = [
    Article(
        f"strike-{at}", "\n\n".join(f"Paragraph {line} of day {at} is not it." for line in range(120))
        + f"\n\nOn day {at} of the strike the cranes of Tarnby stood still.\n", f"The strike, part {at}", None,
        "Harbour Gazette", None, day,
    )
    for at, day in enumerate(DAYS)
]  # fmt: skip
BOXES = """labels => labels.map(each => {
    const box = each.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom];
})"""


def timeline(question: str) -> Answer:
    """An answer with a sentence of each article."""
    citations = []
    for at, article in enumerate(ARTICLES):
        quote = f"On day {at} of the strike the cranes of Tarnby stood still."
        start = article.text.index(quote)
        facts = (article.id, article.title, None, article.source, article.published)
        citations.append(Citation(*facts, start, start + len(quote), quote, start, start + len(quote)))
    text = "\n".join(f"{each.published}: {each.quote}" for each in citations)
    events = tuple(Event(each.published, each.quote, at) for at, each in enumerate(citations))
    return Answer(
        question, question, text, False, 0.93, "extractive", tuple(citations), timings_ms={"total": 78.2},
        form="timeline", events=events,
    )  # fmt: skip


def apart(boxes: list[list[float]]) -> bool:
    """Whether no two boxes share a place."""
    return all(
        one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        for at, one in enumerate(boxes)
        for other in boxes[at + 1 :]
    )


def test_a_point_of_the_timeline_opens_the_article_at_its_sentence(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA(timeline, ARTICLES)))
    visitor.ask("Timeline of the strike in Tarnby")
    points = visitor.page.locator("#chat .dates .point")
    assert points.count() == len(DAYS) - 1  # the undated article is not on the line
    point = visitor.page.get_by_role("button", name="11 February 2024: On day 1 of the strike")
    assert point.get_attribute("title").startswith("11 February 2024: On day 1 of the strike")
    point.click()
    visitor.one("#source mark.now")
    assert visitor.text("#source mark.now").strip() == "On day 1 of the strike the cranes of Tarnby stood still."
    assert visitor.text("#source h2") == "The strike, part 1"
    assert visitor.page.locator("#source mark.now").evaluate(VISIBLE)
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("() => document.activeElement.value") == "0:1"  # back where it was
    # By keyboard: the next point is the next stop.
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_function("() => document.querySelector('#source h2')?.textContent === 'The strike, part 2'")
    assert visitor.errors == []


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("language", ["en", "zh", "ar"])
def test_on_any_page_no_label_leaves_the_line_and_none_lies_over_another(
    browser: Any, serve: Serve, fake: Fake, width: int, language: str
) -> None:
    from tests.browser.conftest import PATIENCE_MS, Visitor

    context = browser.new_context(locale=language, viewport={"width": width, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    try:
        visitor = Visitor.of(context.new_page())
        visitor.goes_to(serve(fake.QA(timeline, ARTICLES)))
        visitor.ask("Timeline of the strike in Tarnby")
        labels = visitor.page.locator("#chat .dates .day").evaluate_all(BOXES)
        points = visitor.page.locator("#chat .dates .point").evaluate_all(BOXES)
        [answer] = visitor.page.locator("#chat .answer").evaluate_all(BOXES)
        assert len(labels) >= 3
        assert len(points) == 6
        assert apart(labels)
        assert apart(points)
        assert all(answer[0] <= box[0] and box[2] <= answer[2] for box in [*labels, *points])
        oldest, *_, newest = points
        assert (oldest[0] < newest[0]) == (language != "ar")  # an Arabic line goes from right to left
        assert visitor.errors == []
    finally:
        context.close()
