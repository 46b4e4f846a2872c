"""The chat as a person sees it, in a browser."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import app
from chat.words import say
from index import ArticleIndex
from index.errors import StoreError
from qa import ArticleQA
from qa.answer import Answer
from qa.kept.conversations import Conversations
from qa.settings import GenerationSettings
from qa.writing.language_model import LanguageModel
from tests.browser.conftest import MARKS
from tests.servers import Says, ScriptedServer

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any


def test_a_question_is_answered_with_the_quote_and_the_answer_marked_in_it(
    serve: Serve, visit: Visit, real_qa: Any
) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("Who won the harbour race?")
    assert "Marian Lee" in visitor.text("#chat .words")
    quote = visitor.text("#chat blockquote")
    assert "Marian Lee won the harbour race on Sunday" in quote
    assert quote in real_qa.articles.get("race").text
    assert visitor.text("#chat mark") in quote
    assert visitor.text("#chat figcaption") == "Lee wins the harbour race · Harbour Gazette · 2 March 2025 · On the web"
    link = visitor.page.locator("#chat figcaption a")
    assert link.get_attribute("href") == "https://example.org/race?year=2025&day=2"
    assert link.get_attribute("target") == "_blank"
    assert set((link.get_attribute("rel") or "").split()) == {"noopener", "noreferrer"}
    assert re.fullmatch(r"(sure|fairly sure|not sure) · [\d.]+ m?s", visitor.text("#chat .about"))
    assert visitor.errors == []


def test_what_the_articles_do_not_say_is_said_with_the_reason_and_the_nearest_quotes_opened(
    serve: Serve, visit: Visit, real_qa: Any
) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("What is the capital of Mongolia?")
    assert visitor.text("#chat .words") == "The articles do not say."
    assert visitor.text("#chat .reason") == "“Mongolia” is nowhere in what was found."
    assert visitor.text("#chat .unsure") == "Not certain:"
    figures = visitor.page.locator("#chat .nearest figure")
    assert figures.count() in {2, 3}
    for figure in figures.all():
        assert figure.locator("blockquote").is_visible()
        assert figure.locator("mark").count() == 1
        assert any(figure.locator("blockquote").inner_text() in each.text for each in all_articles(real_qa))
    assert "Not certain: Quotes: " in visitor.text("#said-aloud")
    visitor.page.get_by_role("button", name="Copy the answer with its quotes").click()
    copied = visitor.paste()
    assert copied.startswith(
        "The articles do not say.\n\n“Mongolia” is nowhere in what was found.\n\nNot certain:\n\n“"
    )
    visitor.ask("thanks")
    assert visitor.text("#chat .words") == "You are welcome."
    assert visitor.page.locator("#chat .answer").last.locator("figure, .unsure, .reason").count() == 0
    assert visitor.errors == []


def all_articles(qa: Any) -> list[Any]:
    return [qa.articles.get(each.id) for each in qa.articles.list()]


def test_nothing_is_asked_of_another_machine(serve: Serve, visit: Visit, real_qa: Any) -> None:
    address = serve(real_qa)
    visitor = visit(address)
    visitor.ask("Who won the harbour race?")
    visitor.ask("What is the capital of Mongolia?")
    visitor.page.wait_for_timeout(300)
    hosts = {urlsplit(url).netloc for url in visitor.requests if urlsplit(url).scheme not in {"data", "blob"}}
    assert hosts == {urlsplit(address).netloc}
    # Connections that a browser would open on its own do not show up as requests: nothing may ask for them.
    for markup in (_get(address).decode(), visitor.page.content()):
        for tag in re.findall(r"<(?:link|script|img|iframe|base|form|source)\b[^>]*>", markup):
            for target in re.findall(r"(?:href|src|action)=[\"']?([^\"'\s>]+)", tag):
                assert urlsplit(target).netloc in {"", urlsplit(address).netloc}, tag
        assert not re.search(r"preconnect|dns-prefetch|prerender", markup)
        assert not re.search(r"cdnjs|googleapis|gstatic|jsdelivr|unpkg", markup)
    for url in {url for url in visitor.requests if ".css" in url}:
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", _get(url).decode()), url


def test_the_browser_refuses_to_ask_another_machine(serve: Serve, visit: Visit, fake: Fake) -> None:
    address = serve(fake.QA())
    visitor = visit(address)
    elsewhere = address.replace("127.0.0.1", "localhost")  # another origin, and yet no other machine
    refused = visitor.page.evaluate(
        """async elsewhere => {
            const refused = [];
            document.addEventListener("securitypolicyviolation", event => refused.push(event.effectiveDirective));
            await fetch(elsewhere).catch(() => null);
            const add = (tag, values) => document.head.append(Object.assign(document.createElement(tag), values));
            new Image().src = elsewhere + "a.png";
            add("script", {src: elsewhere + "a.js"});
            add("link", {rel: "stylesheet", href: elsewhere + "a.css"});
            await new Promise(resolve => setTimeout(resolve, 200));
            return refused.sort();
        }""",
        elsewhere,
    )
    assert refused == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]


def test_another_web_page_cannot_reach_the_articles_under_its_own_name(serve: Serve, fake: Fake) -> None:
    request = urllib.request.Request(serve(fake.QA()), headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request)


def test_an_empty_index_says_how_to_add_articles_also_when_asked(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA(fake.abstention, articles=0)))
    assert visitor.text("#brand p") == "No articles yet"
    for line in ("FILE_OR_FOLDER_OR_URL", "examples/articles"):
        assert f"qa add --index '/home/me/my articles' {line}" in visitor.text("#chat .placeholder-content")
    visitor.type("Who won?")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#chat .bot-row code").first.wait_for()
    assert "qa add --index '/home/me/my articles' FILE_OR_FOLDER_OR_URL" in visitor.text("#chat .bot-row")


def test_articles_and_examples_are_counted_again_when_the_page_is_loaded_again(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    qa = fake.QA(articles=0)
    visitor = visit(serve(qa))
    qa.articles.stored, qa.suggested = fake.articles(1), ["Who won the race?"]
    visitor.page.reload()
    visitor.page.get_by_role("button", name="Who won the race?").wait_for()
    visitor.page.locator("#brand", has_text="1 article, 1 passage").wait_for()
    qa.articles.stored = fake.articles(1234)
    visitor.page.reload()
    visitor.page.locator("#brand", has_text="1,234 articles, 1,234 passages").wait_for()


def test_an_example_asks_its_question(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA(suggested=["Who won <b>the race</b>?"])
    visitor = visit(serve(qa))
    visitor.page.get_by_role("button", name="Who won <b>the race</b>?").click()
    visitor.page.locator("#chat .answer").wait_for()
    assert qa.asked == [("Who won <b>the race</b>?", [])]
    assert visitor.text("#chat .question") == "Who won <b>the race</b>?"


def test_the_button_sends_as_enter_does_and_the_box_is_empty_again(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA()
    visitor = visit(serve(qa))
    visitor.type("First line\nsecond line")
    visitor.page.get_by_role("button", name="Ask", exact=True).click()
    visitor.page.locator("#chat .answer").wait_for()
    assert qa.asked == [("First line\nsecond line", [])]
    assert visitor.page.locator("#question textarea").input_value() == ""


def test_shift_and_enter_begin_a_new_line(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    visitor.type("First line")
    visitor.page.keyboard.press("Shift+Enter")
    visitor.page.keyboard.type("second line")
    assert visitor.page.locator("#question textarea").input_value() == "First line\nsecond line"


def test_a_question_that_cannot_be_asked_comes_back_with_the_reason_and_the_chat_goes_on(
    serve: Serve, visit: Visit, real_qa: Any
) -> None:
    visitor = visit(serve(real_qa))
    visitor.page.locator("#question textarea").press("Enter")
    visitor.page.locator("#chat .note", has_text="The question is empty.").wait_for()
    assert visitor.page.locator("#chat .question").count() == 0
    visitor.type("why " * 1000)
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#chat .note", has_text="The question has 4,000 characters").wait_for()
    assert len(visitor.page.locator("#question textarea").input_value()) == 4000
    visitor.ask("Who won the harbour race?")
    assert visitor.page.locator("#chat .question").count() == 1


def test_an_unforeseen_failure_leaves_the_chat_usable(serve: Serve, visit: Visit, fake: Fake) -> None:
    def reply(question: str) -> Answer:
        return fake.answer(question) if question == "Who won?" else fake.answer(question, "")  # which no Answer allows

    visitor = visit(serve(fake.QA(reply)))
    visitor.type("Break")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#chat .note", has_text="Something went wrong.").wait_for()
    visitor.ask("Who won?")
    assert visitor.text("#chat mark") == "Ann Lee"


def in_two_parts(fake: Fake, first: str) -> tuple[Callable[[str], Iterator[Answer]], threading.Event]:
    """A reply that begins with `first` and is whole, "Ann Lee", once the event is set."""
    go_on = threading.Event()

    def reply(question: str) -> Iterator[Answer]:
        yield fake.answer(question, first)
        assert go_on.wait(20)
        yield fake.answer(question, "Ann Lee")

    return reply, go_on


def test_the_answer_grows_and_what_is_typed_meanwhile_stays(serve: Serve, visit: Visit, fake: Fake) -> None:
    reply, go_on = in_two_parts(fake, "Ann")
    visitor = visit(serve(fake.QA(reply)))
    visitor.type("Who won?")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#chat mark").get_by_text("Ann", exact=True).wait_for()
    visitor.type("When?")
    go_on.set()
    visitor.page.locator("#chat mark").get_by_text("Ann Lee", exact=True).wait_for()
    visitor.page.wait_for_timeout(200)
    assert visitor.page.locator("#question textarea").input_value() == "When?"


def test_a_question_sent_while_another_is_being_answered_is_asked_next(serve: Serve, visit: Visit, fake: Fake) -> None:
    reply, go_on = in_two_parts(fake, "Ann Lee")
    visitor = visit(serve(fake.QA(reply)))
    visitor.send("Who won?")
    visitor.page.locator("#chat mark").get_by_text("Ann Lee").wait_for()
    visitor.send("Who was second?")
    visitor.page.wait_for_timeout(200)
    assert visitor.questions() == ["Who won?"]
    go_on.set()
    visitor.page.locator("#chat .acts").nth(1).wait_for()
    assert visitor.questions() == ["Who won?", "Who was second?"]
    assert visitor.page.locator("#question textarea").input_value() == ""


def test_enter_pressed_twice_or_held_asks_once(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA()
    visitor = visit(serve(qa))
    visitor.type("Who won?")
    for _ in range(2):
        visitor.page.keyboard.press("Enter")
    for _ in range(3):  # from the second on it is held
        visitor.page.keyboard.down("Enter")
    visitor.page.keyboard.up("Enter")
    visitor.page.locator("#chat .acts").wait_for()
    visitor.ask("Who won?")
    assert [question for question, _ in qa.asked] == ["Who won?", "Who won?"]
    assert visitor.page.locator("#chat .note").count() == 0


def test_a_question_waits_for_the_models_and_says_so(serve_anew: Serve, visit: Visit, fake: Fake) -> None:
    loaded = threading.Event()
    qa = fake.QA()
    qa.warm_up = lambda: loaded.wait(20)
    visitor = visit(serve_anew(qa))
    visitor.type("Who won?")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_text(say("loading")).wait_for()
    assert qa.asked == []
    loaded.set()
    visitor.page.locator("#chat .answer").wait_for()


def test_what_was_said_before_goes_with_the_next_question_until_a_new_chat(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    qa = fake.QA()
    visitor = visit(serve(qa))
    visitor.ask("One?")
    visitor.ask("Two?")
    assert qa.asked[-1] == ("Two?", [("One?", "Echo: One?")])
    visitor.page.get_by_role("button", name="New chat").click()
    visitor.page.locator("#chat .placeholder-content").wait_for()
    visitor.ask("Three?")
    assert qa.asked[-1] == ("Three?", [])
    assert visitor.page.locator("#chat .question").all_text_contents() == ["Three?"]


def test_a_new_chat_does_not_wait_for_questions_to_begin_with(serve_anew: Serve, visit: Visit, fake: Fake) -> None:
    made, qa = threading.Event(), fake.QA()
    visitor = visit(serve_anew(qa))
    visitor.ask("Who won?")
    qa.articles = fake.QA(articles=4).articles  # changed, so that questions are made anew
    qa.suggested_questions = lambda: ["Where is the mask?"] if made.wait(20) else []
    visitor.page.get_by_role("button", name="New chat").click()
    visitor.one("#chat .placeholder-content .note")
    visitor.ask("When?")
    assert visitor.questions() == ["When?"]
    assert qa.asked[-1] == ("When?", [])
    visitor.page.get_by_role("button", name="New chat").click()
    visitor.one("#chat .placeholder-content .note")
    made.set()
    visitor.one("#chat .example", has_text="Where is the mask?")


def test_a_new_chat_ends_the_answer_under_way(serve: Serve, visit: Visit, fake: Fake) -> None:
    reply, go_on = in_two_parts(fake, "Ann")
    qa = fake.QA(reply)
    visitor = visit(serve(qa))
    visitor.type("Who won?")
    visitor.page.keyboard.press("Enter")
    visitor.page.locator("#chat mark").wait_for()
    visitor.page.get_by_role("button", name="New chat").click()
    visitor.page.locator("#chat .placeholder-content").wait_for()
    go_on.set()
    visitor.page.wait_for_timeout(500)
    assert visitor.page.locator("#chat .question").count() == 0
    visitor.ask("And when?")
    assert qa.asked[-1] == ("And when?", [])


def test_an_answer_is_read_from_its_beginning(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA(lambda question: fake.answer(question, quote="It rained. Ann Lee won. " * 90))))
    for question in ("One?", "Two?", "Three?"):
        visitor.ask(question)
        chat, asked = (visitor.page.locator(selector).last.bounding_box() for selector in ("#chat", "#chat .question"))
        assert chat is not None
        assert asked is not None
        assert -1 < asked["y"] - chat["y"] < 40


def test_one_can_go_back_to_what_was_said_before(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    for question in ("One?", "Two?", "Three?", "Four?"):
        visitor.ask(question)
    scroller = visitor.page.locator("#chat .panel-wrap")
    assert scroller.evaluate("one => one.scrollTop") > 200
    scroller.hover()
    visitor.page.mouse.wheel(0, -5000)
    # Neither the page itself nor what is done there leads away from it.
    for name, shown in (("cite", "#source mark"), ("rate", "#word textarea"), ("copy", "button.done")):
        visitor.page.wait_for_timeout(200)
        assert scroller.evaluate("one => one.scrollTop") == 0
        visitor.page.locator(f"#chat button[name={name}]").first.click()
        visitor.one(shown)
    assert scroller.evaluate("one => one.scrollTop") == 0


def test_the_page_fits_a_narrow_window(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA(lambda question: fake.answer(question, "x" * 500, "y" * 2000, title="z" * 500))
    visitor = visit(serve(qa), width=360, height=640)
    visitor.ask("w" * 500)
    assert visitor.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert visitor.page.evaluate("() => document.documentElement.scrollHeight") <= 640
    widest = visitor.page.eval_on_selector_all(
        "#chat .message-content *", "all => Math.max(...all.map(one => one.getBoundingClientRect().right))"
    )
    assert widest <= 360


def test_a_screen_reader_is_not_told_the_markup(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    visitor.ask("Who won?")
    labels = visitor.page.eval_on_selector_all("[aria-label]", "all => all.map(one => one.getAttribute('aria-label'))")
    assert not [label for label in labels if "<" in label or "&" in label]
    visitor.page.get_by_role("textbox", name="Question").wait_for()


def test_a_follow_up_shows_what_was_searched_for_and_can_be_corrected(serve: Serve, visit: Visit, real_qa: Any) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("Who won the harbour race?")
    assert not visitor.page.locator("#searched textarea").is_visible()
    visitor.ask("How many minutes was she ahead?")
    searched = visitor.page.locator("#searched textarea")
    searched.wait_for()
    assert "Marian Lee" in searched.input_value()
    assert "searched for: " in visitor.text("#chat .about")
    searched.fill("What was the mask returned to?")
    searched.press("Enter")
    visitor.page.locator("#chat figcaption", has_text="Heron mask goes home").first.wait_for()
    assert visitor.page.locator("#chat .question").all_text_contents() == [
        "Who won the harbour race?",
        "How many minutes was she ahead?",
    ]
    assert "searched for: What was the mask returned to?" in visitor.text("#chat .about")


def test_an_answer_that_a_language_model_writes_can_be_stopped_and_the_chat_goes_on(
    serve_anew: Serve, visit: Visit, articles_folder: Path
) -> None:
    said = "Marian Lee won the harbour race [1]. She was four minutes ahead [1]. " * 8
    script = Says(said, pieces=40, delay_s=0.2), Says("Marian Lee won the harbour race [1].")
    with ScriptedServer(*script) as server, ArticleIndex.open(articles_folder) as articles:
        model = LanguageModel(GenerationSettings(model="tiny", base_url=server.url))
        visitor = visit(serve_anew(ArticleQA(articles, language_model=model)))
        visitor.type("Who won the harbour race?")
        visitor.page.locator("#question textarea").press("Enter")
        visitor.page.locator("#chat .said", has_text="Marian Lee won the").wait_for()
        visitor.page.locator("#question .stop-button").click()
        visitor.page.locator("#question .stop-button").wait_for(state="detached")
        visitor.page.wait_for_timeout(1000)  # sooner Gradio takes a question for one that was sent twice
        assert "[" not in visitor.text("#chat .said")
        visitor.ask("Who won the harbour race on Sunday?")
        visitor.page.locator("#chat .said", has_text="harbour race [1].").wait_for()
        assert "written by a language model" in visitor.text("#chat .about")
        assert visitor.page.locator("#chat .question").count() == 2
        stopped = visitor.page.locator("#chat .words").first.text_content()
        visitor.page.reload()
        visitor.page.locator("#chat .acts").nth(1).wait_for()
        assert visitor.page.locator("#chat .words").first.text_content() == stopped
        assert not visitor.errors


def test_a_language_model_is_chosen_in_the_chat_for_one_visitor(serve: Serve, visit: Visit, real_qa: Any) -> None:
    with ScriptedServer(Says("Marian Lee won it [1]. Bob Ross came second [1].")) as server:
        visitor = visit(serve(real_qa))
        visitor.page.locator("#language-model button").first.click()
        visitor.page.get_by_label("Server's address").fill("http://127.0.0.1:9/v1")
        visitor.page.get_by_label("Model", exact=True).fill("tiny")
        visitor.page.get_by_role("button", name="Use").click()
        visitor.page.locator("#language-model .note", has_text="Answers are written by tiny").wait_for()
        visitor.ask("Who won the harbour race?")
        visitor.page.locator("#chat .answer", has_text="cannot be reached").wait_for()
        assert "Marian Lee" in visitor.text("#chat .said")
        visitor.page.get_by_label("Server's address").fill(server.url)
        visitor.page.get_by_role("button", name="Use").click()
        visitor.page.locator("#language-model .note", has_text=server.url).wait_for()
        visitor.ask("Who won the harbour race on Sunday?")
        visitor.page.locator("#chat .unsupported", has_text="Bob Ross").wait_for()
        assert "does not have the name" in (visitor.page.locator("#chat .unsupported").get_attribute("title") or "")
        other = visit(serve(real_qa))
        other.ask("Who won the harbour race?")
        assert "written by" not in other.text("#chat .about")


def test_several_quotes_are_numbered_beside_the_answer_and_under_it(serve: Serve, visit: Visit, real_qa: Any) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("What happened at the museum?")
    quotes = visitor.page.locator("#chat blockquote").all_text_contents()
    assert len(quotes) == 3
    numbers = ["Quote 1", "Quote 2", "Quote 3"]
    assert visitor.page.locator("#chat .said button.number").all_text_contents() == numbers
    assert visitor.page.locator("#chat figcaption button.number").all_text_contents() == numbers
    assert all(quote in visitor.text("#chat .words") for quote in quotes)


def test_of_several_answers_each_is_marked_in_a_quote_of_its_own(serve: Serve, visit: Visit, fake: Fake) -> None:
    def reply(question: str) -> Answer:
        ann, bob = fake.answer(question), fake.answer(question, "Bob Ray", "Bob Ray won on Monday.")
        return replace(ann, text="Ann Lee; Bob Ray", citations=(*ann.citations, *bob.citations))

    visitor = visit(serve(fake.QA(reply)))
    visitor.ask("Who won?")
    assert visitor.text("#chat .words") == "Ann Lee; Bob Ray"
    assert visitor.page.locator("#chat mark").all_text_contents() == ["Ann Lee", "Bob Ray"]
    assert visitor.page.locator("#chat .said button[name=cite]").count() == 2


def test_confidence_is_told_in_words_and_in_a_number_under_the_pointer(serve: Serve, visit: Visit, fake: Fake) -> None:
    said = {"One?": (0.93, "sure"), "Two?": (0.61, "fairly sure"), "Three?": (0.42, "not sure")}
    visitor = visit(serve(fake.QA(lambda question: replace(fake.answer(question), confidence=said[question][0]))))
    for question, (confidence, words) in said.items():
        visitor.ask(question)
        told = visitor.page.locator("#chat .about span").last
        assert (told.text_content(), told.get_attribute("title")) == (words, f"confidence {confidence:.2f}")
        assert visitor.text("#chat .about") == f"{words} · 78 ms"


def test_what_is_offered_behind_an_answer_is_asked_by_a_click(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA(next=["When was that?", "Where <b>was</b> that?"])
    visitor = visit(serve(qa))
    visitor.ask("Who won?")
    offered = visitor.page.locator("#after button[name=suggest]")
    offered.nth(1).wait_for()
    assert offered.all_text_contents() == qa.next
    qa.next = []
    offered.nth(1).click()
    visitor.page.locator("#chat .acts").nth(1).wait_for()
    assert visitor.questions() == ["Who won?", "Where <b>was</b> that?"]
    assert qa.asked[-1] == ("Where <b>was</b> that?", [("Who won?", "Echo: Who won?")])
    visitor.page.wait_for_function("() => !document.querySelector('#after button')")


def test_the_arrows_recall_what_was_asked(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    for question in ("One?", "Two\nlines?"):
        visitor.ask(question)
    box = visitor.page.locator("#question textarea")
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"):
        box.press(key)
        seen.append(box.input_value())
    assert seen == ["Two\nlines?", "One?", "One?", "Two\nlines?", ""]
    box.fill("Something new")
    box.press("ArrowUp")
    assert box.input_value() == "Something new"
    box.fill("")
    box.press("ArrowUp")
    box.press("Enter")
    visitor.page.locator("#chat .acts").nth(2).wait_for()
    assert visitor.questions() == ["One?", "Two\nlines?", "Two\nlines?"]


def test_an_earlier_question_is_edited_and_the_talk_goes_on_from_there(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA()
    address = serve(qa)
    visitor = visit(address)
    for question in ("One?", "Two?", "Three?"):
        visitor.ask(question)
    box = visitor.page.locator("#question textarea")
    visitor.page.locator("#chat button[name=edit]").nth(0).click()
    visitor.one("#after", has_text="Sending it takes the place of this question and of the 2 after it.")
    assert box.input_value() == "One?"
    visitor.page.get_by_role("button", name="Keep them").click()
    visitor.page.wait_for_function("() => document.querySelector('#question textarea').value === ''")
    visitor.ask("Four?")
    assert visitor.questions() == ["One?", "Two?", "Three?", "Four?"]
    visitor.page.locator("#chat button[name=edit]").nth(1).click()
    visitor.one("#after", has_text="of the 2 after it")
    assert not visitor.page.locator("#searched").is_visible()
    visitor.send("Or two?")
    visitor.page.wait_for_function("() => document.querySelectorAll('#chat .acts').length === 2")
    assert visitor.questions() == ["One?", "Or two?"]
    assert qa.asked[-1] == ("Or two?", [("One?", "Echo: One?")])
    visitor.goes_to(address)
    assert visitor.questions() == ["One?", "Or two?"]


def test_a_question_is_asked_again_and_what_came_later_goes(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA(lambda question: fake.answer(question, f"Echo {len(qa.asked)}"))
    visitor = visit(serve(qa))
    visitor.ask("One?")
    visitor.ask("Two?")
    visitor.page.locator("#chat button[name=again]").last.click()
    visitor.one("#chat .words", has_text="Echo 3")
    assert visitor.questions() == ["One?", "Two?"]
    visitor.page.locator("#chat .acts").nth(1).wait_for()
    visitor.page.locator("#chat button[name=again]").first.click()
    visitor.one("#chat .words", has_text="Echo 4")
    visitor.page.locator("#chat .acts").wait_for()
    assert visitor.questions() == ["One?"]
    assert [question for question, _ in qa.asked] == ["One?", "Two?", "Two?", "One?"]


def test_copying_takes_the_answer_with_its_quotes(serve: Serve, visit: Visit, real_qa: Any) -> None:
    address = serve(real_qa)
    visitor = visit(address)
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address.rstrip("/"))
    visitor.ask("Who won the harbour race?")
    quote = visitor.text("#chat blockquote")
    visitor.page.locator("#chat button[name=copy]").click()
    visitor.page.locator("#chat button[name=copy].done").wait_for()
    lines = visitor.paste().split("\n")
    assert lines[:3] == ["Marian Lee", "", f"“{quote}”"]
    about = "— Lee wins the harbour race · Harbour Gazette · 2 March 2025"
    assert lines[3].startswith(about)
    assert lines[3].endswith(" https://example.org/race?year=2025&day=2")
    assert len(lines) == 4


def test_copying_works_where_the_browser_keeps_the_clipboard_to_itself(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    visitor.ask("Who won?")
    visitor.page.evaluate("() => Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    visitor.page.locator("#chat button[name=copy]").click()
    visitor.page.locator("#chat button[name=copy].done").wait_for()
    assert visitor.page.evaluate("() => document.activeElement.name") == "copy"
    quote = "It rained all day. Ann Lee won the race on Sunday."
    assert visitor.paste() == f"Echo: Who won?\n\n“{quote}”\n— The race"


def test_an_index_that_cannot_be_read_is_told_and_not_an_empty_page(serve: Serve, visit: Visit, fake: Fake) -> None:
    def fail() -> None:
        raise StoreError("The index is away. Bring it back.")

    qa = fake.QA()
    qa.articles.info = qa.articles.list = fail
    visitor = visit(serve(qa))
    assert visitor.text("#chat .placeholder-content .note") == "The index is away. Bring it back."


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(serve: Serve, serve_anew: Serve, fake: Fake) -> None:
    taken = urlsplit(serve(fake.QA())).port
    assert taken is not None
    with pytest.raises(app.PortTakenError, match=rf"^Port {taken} on 127\.0\.0\.1 .*qa chat --port NUMBER$"):
        serve_anew(fake.QA(), port=taken)


def test_without_a_port_the_first_free_one_is_taken(fake: Fake, tmp_path: Path) -> None:
    chat = app.build_app(fake.QA(), conversations=Conversations(tmp_path / "conversations.sqlite"))
    try:
        assert 7860 <= (urlsplit(app.launch(chat)).port or 0) < 7960
    finally:
        chat.close(verbose=False)


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        return bytes(reply.read())
