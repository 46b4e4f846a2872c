"""The page in Arabic and in Chinese, with articles and questions in them; and an Arabic article on an English page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chat.words import ENGLISH, words_of
from index import ArticleIndex, SentenceTransformerEmbedder
from qa import ArticleQA
from qa.reading.reader import JointReader
from tests.browser.conftest import MARKS, PATIENCE_MS, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = MARKS

FOLDER = Path(__file__).parents[2] / "examples" / "languages" / "articles"
ASKED = {
    "ar": ("من صمم المكتبة العائمة؟", "سلمى الراوي"),
    "zh": ("谁设计了青屿大桥？", "沈怀远"),
}
LOCALES = {"ar": "ar-EG", "zh": "zh-CN", "en": "en-GB"}
# Where the title and the words of the article end, and the button that closes it.
OVER = """() => {
    const text = document.createRange(), close = document.querySelector("#close").getBoundingClientRect();
    return [...document.querySelectorAll("#source h2, #source .text")].some(element => {
        text.selectNodeContents(element);
        return [...text.getClientRects()].some(one =>
            one.left < close.right && close.left < one.right && one.top < close.bottom && close.top < one.bottom);
    });
}"""
# How far the last line of an element's text is from its sides, at the left and at the right.
GAPS = """element => {
    const text = document.createRange(), box = element.getBoundingClientRect();
    text.selectNodeContents(element);
    const all = [...text.getClientRects()], bottom = Math.max(...all.map(one => one.bottom));
    const last = all.filter(one => one.bottom > bottom - 5);
    return [Math.min(...last.map(one => one.left)) - box.left, box.right - Math.max(...last.map(one => one.right))];
}"""


@pytest.fixture(scope="module")
def qa(
    tmp_path_factory: pytest.TempPathFactory, real_qa: ArticleQA, real_embedder: SentenceTransformerEmbedder
) -> Iterator[ArticleQA]:
    with ArticleIndex.open(tmp_path_factory.mktemp("languages") / "index", embedder=real_embedder) as articles:
        articles.add(sorted(FOLDER.glob("ar-*.md")) + sorted(FOLDER.glob("zh-*.md")))
        found = ArticleQA(articles, JointReader(articles, real_qa.reader.network))  # type: ignore[attr-defined]
        found.follow_ups = real_qa.follow_ups
        yield found


@pytest.fixture
def visit_in(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Open the page in a browser of a language."""
    opened = []

    def visit(address: str, language: str, width: int = 1280) -> Visitor:
        context = browser.new_context(locale=LOCALES[language], viewport={"width": width, "height": 720})
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        visitor = Visitor.of(context.new_page())
        visitor.goes_to(address)
        return visitor

    yield visit
    for context in opened:
        context.close()


def english_in(visitor: Visitor, language: str) -> list[str]:
    """What the page says in English that it has in the language."""
    shown = visitor.page.locator("#columns").inner_text()
    shown += "\n".join(
        visitor.page.locator("#columns").evaluate(
            "e => [...e.querySelectorAll('*')].flatMap(one => ['title', 'placeholder', 'aria-label'].map(name => "
            "one.getAttribute(name))).filter(Boolean)"
        )
    )
    shown = shown.replace("Article QA", "")
    english, other = words_of(ENGLISH), words_of(language)
    return [
        text
        for key, text in english.items()
        if isinstance(text, str)
        and text != other[key]
        and "{" not in text
        and len(text) > 3
        and re.search(rf"\b{re.escape(text.strip())}\b", shown)
    ]


@pytest.mark.parametrize("language", ["ar", "zh"])
def test_the_page_speaks_the_language_of_the_browser_and_answers_in_it(
    qa: ArticleQA, serve: Callable[[Any], str], visit_in: Callable[..., Visitor], language: str
) -> None:
    question, answer = ASKED[language]
    words = words_of(language)
    visitor = visit_in(serve(qa), language)
    page = visitor.page
    assert page.locator("#chat .placeholder .note").inner_text() == words["ask_invitation"]
    assert page.locator("#fresh").inner_text() == words["new_chat"]
    assert page.locator("#question textarea").get_attribute("placeholder") == words["ask_hint"]
    page.locator("#shelves [role=tab]").nth(1).click()
    page.locator("#articles .row").first.wait_for()
    page.locator("#narrow button").first.click()
    assert words["languages"] in page.locator("#languages").inner_text()
    visitor.ask(question)
    assert answer in visitor.text("#chat .words")
    assert words["sure"] in visitor.text("#chat .about")
    page.locator("#chat figcaption button.open").first.click()
    page.locator("#source mark.now").wait_for()
    marked = page.locator("#source mark.now").text_content()
    assert marked == page.locator("#chat blockquote").first.text_content()
    [article] = [each for each in qa.articles.list() if each.title == page.locator("#source h2").text_content()]
    assert marked in qa.articles.get(article.id).text
    assert answer in (page.locator("#source mark.now b").text_content() or "")
    assert english_in(visitor, language) == []
    assert visitor.errors == []


def test_what_the_articles_do_not_say_is_said_in_the_language_of_the_browser(
    qa: ArticleQA, serve: Callable[[Any], str], visit_in: Callable[..., Visitor]
) -> None:
    visitor = visit_in(serve(qa), "zh")
    visitor.ask("谁是冰岛的总理？")
    assert visitor.text("#chat .words") == words_of("zh")["told_not_said"]
    assert visitor.text("#chat .reason")
    assert english_in(visitor, "zh") == []


@pytest.mark.parametrize("width", [1280, 360])
def test_an_arabic_page_is_mirrored_and_nothing_lies_over_anything(
    qa: ArticleQA, serve: Callable[[Any], str], visit_in: Callable[..., Visitor], width: int
) -> None:
    visitor = visit_in(serve(qa), "ar", width)
    page = visitor.page
    visitor.ask(ASKED["ar"][0])
    left, right = page.locator("#chat blockquote").first.evaluate(GAPS)
    assert right < 2 < left
    left, right = page.locator("#chat .said").last.evaluate(GAPS)
    assert right < left
    page.locator("#chat figcaption button.open").first.click()
    page.locator("#source mark.now").wait_for()
    source, main = page.locator("#beside").bounding_box(), page.locator("#main").bounding_box()
    assert source is not None
    assert main is not None
    assert source["x"] == 0
    assert width < 1100 or source["x"] + source["width"] <= main["x"] + 1
    left, right = page.locator("#source .text").evaluate(GAPS)
    assert right < 2 < left
    assert not page.evaluate(OVER)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#close").click()
    if width < 1100:
        page.locator("#menu").click()
    aside = page.locator("#aside").bounding_box()
    assert aside is not None
    assert aside["x"] + aside["width"] == width
    assert page.locator("#brand p").evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_an_arabic_article_runs_from_right_to_left_on_an_english_page(
    qa: ArticleQA, serve: Callable[[Any], str], visit_in: Callable[..., Visitor]
) -> None:
    visitor = visit_in(serve(qa), "en")
    page = visitor.page
    visitor.ask(ASKED["ar"][0])
    assert page.evaluate("document.documentElement.dir") == "ltr"
    for selector in ("#chat blockquote", "#chat .question"):
        assert page.locator(selector).first.evaluate("e => getComputedStyle(e).direction") == "rtl"
    left, right = page.locator("#chat blockquote").first.evaluate(GAPS)
    assert right < 2 < left
    page.locator("#chat figcaption button.open").first.click()
    page.locator("#source mark.now").wait_for()
    left, right = page.locator("#source .text").evaluate(GAPS)
    assert right < 2 < left
    assert not page.evaluate(OVER)
