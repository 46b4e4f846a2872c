"""The article beside the chat: where it opens, what is marked in it, and what it says when it is not there any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chat.source import SHOWN_CHARS
from index import Article
from qa.answer import Answer, Citation
from tests.browser.conftest import MARKS

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

LINES = [f"Line {number}: the ferry of day {number} carried {number * 7} people, and 🎻s.\r\n" for number in range(300)]
LONG = Article(
    "long", "\n  " + "".join(LINES) + "\tThe end. ", "The ferry's log", "https://example.org/log", "Harbour Gazette",
    "Nora Whitfield", "2025-03-02",
)  # fmt: skip
VISIBLE = """mark => {
    const box = mark.getBoundingClientRect(), around = document.querySelector("#source").getBoundingClientRect();
    const covered = document.querySelector("#source header").getBoundingClientRect().bottom;
    return box.top >= Math.max(around.top, covered) && box.bottom <= around.bottom && box.width > 0;
}"""


def quoted(article: Article, *words: str) -> Callable[[str], Answer]:
    """Answers with quotes of an article, one citation for each."""
    citations = []
    for each in words:
        start = article.text.index(each)
        facts = (article.id, article.title, article.url, article.source, article.published)
        citations.append(Citation(*facts, start, start + len(each), each, start, start + 4))
    timings = {"total": 78.2}
    return lambda question: Answer(
        question, question, "Line", False, 0.93, "extractive", tuple(citations), timings_ms=timings
    )


def is_seen(visitor: Any) -> bool:
    """Whether the current mark is inside the part of the article that is seen."""
    return bool(visitor.page.locator("#source mark.now").evaluate(VISIBLE))


def open_quote(visitor: Any, number: int = 0) -> None:
    """Open a citation and wait for the article."""
    before = visitor.page.locator("#source [id^=shown-]").get_attribute("id") if opened(visitor) else ""
    visitor.page.locator("#chat figcaption button.open").nth(number).click()
    visitor.page.wait_for_function(
        "before => (document.querySelector('#source [id^=shown-]')?.id ?? before) !== before", arg=before
    )


def opened(visitor: Any) -> bool:
    return bool(visitor.page.locator("#source [id^=shown-]").count())


def test_a_quote_opens_its_article_beside_the_chat_at_the_marked_words(serve: Serve, visit: Visit, fake: Fake) -> None:
    quote = LINES[180].strip()
    visitor = visit(serve(fake.QA(quoted(LONG, quote), [LONG])))
    visitor.ask("What then?")
    assert not visitor.page.locator("#beside").is_visible()
    open_quote(visitor)
    assert visitor.page.locator("#source .text").evaluate("text => text.textContent") == LONG.text
    mark = visitor.page.locator("#source mark")
    assert mark.count() == 1
    assert mark.text_content() == quote
    assert visitor.page.locator("#source mark b").all_text_contents() == ["Line"]
    assert is_seen(visitor)
    assert visitor.text("#source h2") == "The ferry's log"
    facts = "Harbour Gazette · Nora Whitfield · 2 March 2025 · On the web"
    assert visitor.page.locator("#source header p").first.text_content() == facts
    assert set((visitor.page.locator("#source header a").get_attribute("rel") or "").split()) == {
        "noopener",
        "noreferrer",
    }
    chat, article = (visitor.page.locator(selector).bounding_box() for selector in ("#chat", "#source"))
    assert chat["x"] + chat["width"] <= article["x"]
    # The same quote again finds its way back.
    visitor.page.locator("#source").evaluate("source => { source.scrollTop = 0; }")
    assert not is_seen(visitor)
    open_quote(visitor)
    assert is_seen(visitor)
    assert visitor.errors == []


def test_one_walks_through_the_quotes_and_is_told_where(serve: Serve, visit: Visit, fake: Fake) -> None:
    quotes = [LINES[number].strip() for number in (20, 150, 290)]
    visitor = visit(serve(fake.QA(quoted(LONG, *quotes), [LONG])))
    visitor.ask("What then?")
    open_quote(visitor, 1)
    seen = []
    for step in (None, "on", "on", "back", "back", "back"):
        if step:
            visitor.page.locator(f"#source button[name={step}]").click()
        seen.append((visitor.text("#source .place"), visitor.text("#source mark.now")))
        assert is_seen(visitor)
    order = [1, 2, 0, 2, 1, 0]
    assert seen == [(f"{number + 1} of 3", quotes[number]) for number in order]
    assert visitor.page.locator("#source mark.now").count() == 1
    assert visitor.text("#said-aloud") == f"Quote 1 of 3: {quotes[0]}"


def test_escape_closes_the_article_and_goes_back_to_the_quote(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA(quoted(LONG, LINES[9].strip(), LINES[99].strip()), [LONG])))
    visitor.ask("What then?")
    open_quote(visitor, 1)
    visitor.page.keyboard.press("Escape")
    assert not visitor.page.locator("#beside").is_visible()
    focused = visitor.page.evaluate("() => [document.activeElement.name, document.activeElement.value]")
    assert focused == ["cite", "0:1"]
    open_quote(visitor, 0)
    visitor.page.get_by_role("button", name="Close the article").click()
    assert not visitor.page.locator("#beside").is_visible()


def test_an_article_that_is_not_as_it_was_says_so_and_keeps_the_quote(serve: Serve, visit: Visit, fake: Fake) -> None:
    quote = LINES[9].strip()
    qa = fake.QA(quoted(LONG, quote), [LONG])
    address = serve(qa)
    visitor = visit(address)
    visitor.ask("What then?")
    for stored, said in (
        ([replace(LONG, text="Once. " + LONG.text)], "This article has changed since. The quote as it was:"),
        ([], "This article is not in the library any more. The quote as it was:"),
    ):
        qa.articles.stored = stored
        open_quote(visitor)
        assert visitor.text("#source .note") == said
        assert visitor.text("#source .text") == quote
        assert visitor.page.locator("#source mark").count() == 0
    qa.articles.stored = [replace(LONG, text="Once. " + LONG.text)]
    visitor.goes_to(address)
    assert visitor.text("#chat figcaption").endswith("the article has changed since")
    qa.articles.stored = [LONG]
    visitor.goes_to(address)
    assert "changed" not in visitor.text("#chat figcaption")
    open_quote(visitor)
    assert visitor.text("#source mark") == quote


def test_a_quote_that_came_near_opens_its_article_there(serve: Serve, visit: Visit, real_qa: Any) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("What is the capital of Mongolia?")
    title = visitor.page.locator("#chat .nearest button.open").first
    title.click()
    visitor.page.locator("#source mark.now").wait_for()
    assert visitor.text("#source h2") == title.text_content()
    assert visitor.text("#source mark.now") == visitor.page.locator("#chat .nearest blockquote").first.text_content()
    article = next(each for each in real_qa.articles.list() if each.title == title.text_content())
    assert visitor.text("#source .text") == real_qa.articles.get(article.id).text


def test_of_a_very_long_article_the_part_around_the_quote_is_shown_and_the_rest_on_demand(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    lines = "".join(f"{number:>9}.\n" for number in range(100_000))[:1_000_000]
    quote = "The boat came back at dusk."
    article = Article("huge", f"{lines[:500_000]}{quote}{lines[500_000:]}"[:1_000_000], "A very long log")
    visitor = visit(serve(fake.QA(quoted(article, quote), [article])))
    visitor.ask("What then?")
    open_quote(visitor)
    assert visitor.text("#source mark") == quote
    assert is_seen(visitor)
    begin = 500_000 - SHOWN_CHARS // 2
    assert visitor.text("#source .text") == article.text[begin : begin + SHOWN_CHARS]

    def turn(which: str) -> str:
        shown = visitor.page.locator("#source [id^=shown-]").get_attribute("id")
        visitor.page.get_by_role("button", name=f"Show the {which} part").click()
        visitor.page.wait_for_function(
            "shown => document.querySelector('#source [id^=shown-]').id !== shown", arg=shown
        )
        return str(visitor.text("#source .text"))

    assert visitor.text("#source .part") == "Show the later part (400,000 characters)"
    assert turn("later") == article.text[begin + SHOWN_CHARS : begin + 2 * SHOWN_CHARS]
    assert turn("later") == article.text[-SHOWN_CHARS:]
    assert visitor.page.locator("#source .part").count() == 1
    parts = [article.text[-SHOWN_CHARS:]]
    while visitor.page.get_by_role("button", name="Show the earlier part").count():
        parts.insert(0, turn("earlier"))
    assert "".join(parts) == article.text
