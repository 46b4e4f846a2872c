"""How the chat looks and who can use it: screen readers, keyboards, small windows, and eyes that need contrast."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chat.users import Users
from index import Article
from qa.answer import Answer, CheckedSentence, Event
from tests.browser.conftest import MARKS

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

SUGGESTED = ("Who won the race?", "Why did it rain all day in Port Elswick, and for how long?")
NEXT = ("When is the next race?", "Who came second, and how many minutes behind the winner?", "Where was it held?")

# Of Gradio's own pages and markup, which neither our theme nor our script reaches: rule -> selector and reason.
GRADIOS = {}

SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver(list => list.getEntries().forEach(entry => window.shifts.push(entry.value)))
        .observe({type: "layout-shift", buffered: false});
}"""
# What reaches beyond the window and cannot be scrolled to inside of something narrower.
TOO_WIDE = """() => {
    const kinds = ["auto", "scroll", "hidden", "clip"];
    const scrolls = element => element && (kinds.includes(getComputedStyle(element).overflowX)
        ? element.getBoundingClientRect().right <= innerWidth + 1 : scrolls(element.parentElement));
    return [...document.querySelectorAll("#columns *")]
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && element.checkVisibility())
        .filter(element => !scrolls(element.parentElement)).map(element => element.outerHTML.slice(0, 120));
}"""
WITHIN = "part => Boolean(document.activeElement?.closest(part))"


def findings(page: Any) -> list[str]:
    """What axe-core finds that is serious or critical, but for what is Gradio's own; it is loaded from the package."""
    import axe_playwright_python

    page.evaluate((Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(results => results.violations)")
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
        if (rule["id"], " ".join(map(str, node["target"]))) not in GRADIOS
    ]


def darkened(visitor: Any, dark: bool) -> Any:
    # Without motion, as a colour that is still on its way to another is neither.
    visitor.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    visitor.page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=dark)
    return visitor


def varied(fake: Fake) -> Callable[[str], Answer]:
    """An answer with a quote; a timeline; an answer of a language model with words that nothing supports; and none."""

    def reply(question: str) -> Answer:
        if "capital" in question:
            return fake.abstention(question, "It rained all day.", "Bees hum.")  # type: ignore[no-any-return]
        answer: Answer = fake.answer(question, source="Gazette", published="2025-03-02", url="https://example.org/race")
        if "timeline" in question:
            later = replace(answer.citations[0], published="2025-04-01")
            events = (Event("2025-03-02", later.quote, 0), Event("2025-04-01", later.quote, 1))
            return replace(answer, form="timeline", citations=(answer.citations[0], later), events=events)
        if "model" not in question:
            return answer
        text = "Ann Lee won [1]. She was two hours ahead [1]."
        sentences = (
            CheckedSentence(text[:16], 0, 16, (0,), True),
            CheckedSentence(text[17:], 17, len(text), (0,), False, "two hours"),
        )
        return replace(answer, text=text, mode="generative", sentences=sentences, standalone_question="Who won what?")

    return reply


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_serious_in_any_state_of_the_page(serve: Serve, visit: Visit, fake: Fake, dark: bool) -> None:
    qa = fake.QA(varied(fake), suggested=SUGGESTED, next=NEXT)
    visitor = darkened(visit(serve(qa), 1440, 900), dark)
    visitor.one("#chat .example")
    assert findings(visitor.page) == []
    visitor.ask("Who won?")
    visitor.ask("What does the model say?")
    visitor.ask("timeline of the race")
    assert visitor.page.locator("#chat .dates .point").count() == 2
    visitor.ask("What is the capital of Mongolia?")
    assert visitor.page.locator("#chat .nearest mark").count() == 2
    visitor.page.locator("#chat button[name=rate]").last.click()
    visitor.one("#word textarea")
    visitor.one("#after .chip")
    visitor.page.locator("#chat figcaption button").first.click()
    visitor.one("#source mark.now")
    assert findings(visitor.page) == []
    visitor.shelf("Library")
    visitor.page.locator("#narrow .label-wrap").click()
    visitor.page.locator("#articles input[type=checkbox]").first.check()
    visitor.one("#where .chip")
    assert findings(visitor.page) == []
    visitor.page.keyboard.press("Escape")
    visitor.page.set_viewport_size({"width": 360, "height": 740})
    visitor.page.locator("#menu").click()
    visitor.one("#articles .row")
    assert findings(visitor.page) == []
    visitor.page.keyboard.press("Escape")
    assert findings(visitor.page) == []
    assert visitor.errors == []


def test_axe_finds_nothing_serious_on_the_login_page(serve_anew: Serve, visit: Visit, fake: Fake) -> None:
    users = Users.from_setting("ann:correct horse", on_command_line=False)
    visitor = visit(serve_anew(fake.QA(), launch={"users": users}), waits=False)
    visitor.one("input[type=password]")
    for dark in (False, True):
        assert findings(darkened(visitor, dark).page) == []


def test_nothing_is_wider_than_the_window(serve: Serve, visit: Visit, fake: Fake) -> None:
    long, word = "A title that goes on and on, " * 12, "x" * 500
    race = Article("race", f"Once: {word} won the race. שלום", long, f"https://example.org/{word}", word, word)
    others = [Article(f"a{number}", "Bees hum.", long + word, source=word) for number in range(3)]
    reply = lambda question: fake.answer(question, word, f"{word} won the race.", title=long, source=word)  # noqa: E731
    visitor = visit(serve(fake.QA(reply, [race, *others], [word], [word, long])), 1440, 900)
    visitor.ask(word)
    visitor.one("#after .chip")
    visitor.page.locator("#chat figcaption button").first.click()
    visitor.one("#source mark")
    visitor.shelf("Library")
    visitor.page.locator("#articles input[type=checkbox]").nth(1).check()
    visitor.one("#where .chip")
    for width, height in ((1440, 900), (768, 1024), (360, 740)):
        visitor.page.set_viewport_size({"width": width, "height": height})
        for press in (None, "Escape", "menu"):
            if press == "menu":
                if not visitor.page.locator("#aside").is_visible():
                    visitor.page.locator("#menu").click()
            elif press:
                visitor.page.keyboard.press(press)
            visitor.page.wait_for_timeout(50)
            assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
            assert visitor.page.evaluate(TOO_WIDE) == []


def test_lines_are_short_enough_to_read(serve: Serve, visit: Visit, fake: Fake) -> None:
    quote = "Ann Lee won the race, and it rained all day, as it does. " * 12
    race = Article("race", f"Once: {quote}", "The race")
    visitor = visit(serve(fake.QA(lambda question: fake.answer(question, quote=quote), [race])), 2000, 900)
    visitor.ask("Who won?")
    visitor.page.locator("#chat figcaption button").first.click()
    visitor.one("#source mark")
    for selector in ("#chat blockquote", "#source .text"):
        lines = visitor.page.locator(selector).evaluate(
            """text => {
                const range = document.createRange();
                range.selectNodeContents(text);
                return new Set([...range.getClientRects()].map(box => Math.round(box.bottom / 8))).size;
            }"""
        )
        assert len(quote) / lines < 80, selector  # 75 in a full line; the last of several is not full


def test_a_keyboard_alone_leads_from_the_box_to_an_answer_to_its_article_and_back(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    visitor = visit(serve(fake.QA(varied(fake))), 1440, 900)
    press, is_at = visitor.page.keyboard.press, lambda part: visitor.page.evaluate(WITHIN, part)
    visitor.page.wait_for_function(WITHIN, arg="#question")
    visitor.page.keyboard.type("Who won?")
    press("Enter")
    visitor.one("#chat .acts")
    for _ in range(20):
        press("Shift+Tab")
        if is_at("figcaption button[name=cite]"):
            break
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert visitor.page.evaluate(outline) == "solid"
    press("Enter")
    visitor.page.wait_for_function(WITHIN, arg="#source h2")
    press("Tab")
    assert is_at("#source a, #source button")
    press("Escape")
    assert not visitor.page.locator("#beside").is_visible()
    assert is_at("figcaption button[name=cite]")
    for _ in range(20):
        press("Tab")
        if is_at("#question textarea"):
            break
    assert is_at("#question textarea")


def test_tab_reaches_every_part_of_the_page_and_the_first_leads_to_the_box(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    visitor = visit(serve(fake.QA(varied(fake))), 1440, 900)
    visitor.ask("Who won?")
    visitor.page.evaluate("document.activeElement.blur(), document.body.focus()")
    visitor.page.locator(".skip").focus()
    assert visitor.page.locator(".skip").is_visible()
    parts = "fresh find-talk conversations as-markdown light menu title chat question language-model".split()
    order: list[str] = []
    while parts[-1] not in order and len(order) < 60:
        visitor.page.keyboard.press("Tab")
        order += [part for part in parts if visitor.page.evaluate(WITHIN, f"#{part}")] or [""]
    assert list(dict.fromkeys(filter(None, order))) == parts
    visitor.page.locator(".skip").focus()
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate(WITHIN, "#question textarea")


def test_what_a_panel_covers_cannot_be_reached_by_tab_and_escape_leads_back(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    visitor = visit(serve(fake.QA(varied(fake))), 360, 740)
    visitor.ask("Who won?")
    press, is_at = visitor.page.keyboard.press, lambda part: visitor.page.evaluate(WITHIN, part)
    visitor.page.locator("#menu").press("Enter")
    assert visitor.page.locator("#menu").get_attribute("aria-expanded") == "true"
    assert is_at("#aside")
    for _ in range(20):
        press("Tab")
        assert not is_at("#main")
    press("Escape")
    assert not visitor.page.locator("#aside").is_visible()
    assert is_at("#menu")
    visitor.page.locator("#chat figcaption button").first.press("Enter")
    visitor.page.wait_for_function(WITHIN, arg="#source h2")
    for _ in range(12):
        press("Tab")
        assert not is_at("#main")
    press("Escape")
    assert is_at("#chat figcaption button")
    # From the library and back into it.
    visitor.page.locator("#menu").press("Enter")
    visitor.shelf("Library")
    visitor.page.locator("#articles button[name=open]").nth(1).press("Enter")
    visitor.page.wait_for_function(WITHIN, arg="#source h2")
    press("Escape")
    assert is_at("#articles button[name=open]")
    visitor.page.mouse.click(350, 400)  # beside the panel
    assert not visitor.page.locator("#aside").is_visible()


def test_a_screen_reader_hears_whole_answers_only(serve: Serve, visit: Visit, fake: Fake) -> None:
    def growing(question: str) -> Iterator[Answer]:
        for text in ("Ann", "Ann Lee"):
            yield fake.answer(question, text)
            time.sleep(0.2)

    visitor = visit(serve(fake.QA(growing)), 1440, 900)
    visitor.page.evaluate(
        """() => {
            window.heard = [];
            const say = document.querySelector("#said-aloud");
            new MutationObserver(() => window.heard.push(say.textContent)).observe(say, {childList: true});
        }"""
    )
    visitor.ask("Who won?")
    assert visitor.page.evaluate("window.heard") == ["Answer: Ann Lee Quotes: 1"]
    assert visitor.page.locator("#said-aloud").get_attribute("role") == "status"
    assert visitor.page.locator("#chat [role=log]").get_attribute("aria-live") == "off"
    assert visitor.page.locator("html").get_attribute("lang") == "en"
    for role, name in (("navigation", "Conversations and library"), ("log", "Conversation")):
        assert visitor.page.get_by_role(role, name=name).count() == 1


def test_nothing_jumps_while_an_answer_is_written_and_suggestions_come(serve: Serve, visit: Visit, fake: Fake) -> None:
    def growing(question: str) -> Iterator[Answer]:
        text = " ".join(f"word{number}" for number in range(40))
        for end in range(6, len(text), 12):
            yield replace(fake.answer(question, text[:end]), mode="generative")
            time.sleep(0.02)
        yield fake.answer(question, text)

    visitor = visit(serve(fake.QA(growing, suggested=SUGGESTED, next=NEXT)), 1440, 900)
    visitor.one("#chat .example")
    visitor.ask("Who came first?")
    visitor.one("#after .chip")
    visitor.page.evaluate(SHIFTS)
    for question in ("Who came second?", "And who came last of all?"):
        before = visitor.page.locator("#chat .acts").count()
        visitor.send(question)
        visitor.page.locator("#chat .acts").nth(before).wait_for()
        visitor.one("#after .chip")
        visitor.page.wait_for_timeout(200)
    assert sum(visitor.page.evaluate("window.shifts")) < 0.02
    scroller = "document.querySelector('#chat .user-row:nth-last-child(2)').getBoundingClientRect().top"
    around = visitor.page.locator("#chat").bounding_box()
    assert abs(visitor.page.evaluate(scroller) - around["y"]) < 20, "the newest question stands at the top"


def test_light_or_dark_is_remembered(serve: Serve, visit: Visit, fake: Fake) -> None:
    address = serve(fake.QA())
    visitor = visit(address)
    assert not visitor.page.evaluate("document.body.classList.contains('dark')")
    visitor.page.locator("#light").click()
    visitor.page.wait_for_function("document.body.classList.contains('dark')")
    visitor.goes_to(address)
    assert visitor.page.evaluate("document.body.classList.contains('dark')")
    background = visitor.page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 60


def test_nothing_of_ours_holds_up_the_first_paint(serve: Serve, fake: Fake) -> None:
    with urllib.request.urlopen(serve(fake.QA()), timeout=10) as answer:
        markup = answer.read().decode()
    head = markup[: markup.index("</head>")]
    # Our script and style are part of what Gradio reads once it runs; nothing in the head waits for them.
    settings = re.search(r"<script>window\.gradio_config = .*?</script>", head, re.DOTALL)
    assert settings
    assert "window.articleQA = " in settings[0]
    assert "articleQA" not in head.replace(settings[0], "")
    loaded = re.findall(r"<(?:script|link)\b[^>]*?(?:src|href)=\"([^\"]*)\"", head)
    assert loaded
    assert all(re.match(r"\./assets/|/manifest\.json", each) for each in loaded), loaded  # all of them Gradio's


def test_nobody_who_asks_for_less_motion_sees_any(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    visitor.page.emulate_media(reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("#columns *")].filter(element => {
        const style = getComputedStyle(element);
        const lasts = style.transitionDuration.split(", ").some(each => parseFloat(each) > 0);
        return style.animationName !== "none" || lasts;
    }).map(element => element.outerHTML.slice(0, 120))"""
    assert visitor.page.evaluate(moving) == []


def test_it_can_be_used_with_colours_of_the_visitors_own_and_at_twice_the_size(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    visitor = visit(serve(fake.QA(varied(fake))), 1440, 900)
    visitor.ask("Who won?")
    visitor.page.emulate_media(forced_colors="active")
    assert findings(visitor.page) == []
    mark, text = visitor.page.locator("#chat mark").evaluate(
        "mark => [mark, mark.parentElement].map(element => getComputedStyle(element).backgroundColor)"
    )
    assert mark != text
    visitor.page.emulate_media(forced_colors="none")
    visitor.page.set_viewport_size({"width": 720, "height": 450})  # what is left of 1440 by 900 at 200 %
    assert visitor.page.locator("#chat .said").bounding_box()["y"] < 300
    box = visitor.page.locator("#question textarea").bounding_box()
    assert box["y"] + box["height"] <= 450
