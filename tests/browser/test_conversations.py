"""Conversations that are kept: through reloads and restarts, in several windows, and in the files that are saved."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import app
from tests.browser.conftest import MARKS, Visitor, free_port
from tests.browser.test_source import LINES, LONG, quoted

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

TITLE = "#title input, #title textarea"


def titles(visitor: Any) -> list[str]:
    """The conversations that are listed."""
    return list(visitor.page.locator("#conversations button[name=talk]").all_text_contents())


def lists(visitor: Any, *wanted: str) -> None:
    """Wait until just these conversations are listed."""
    visitor.page.wait_for_function(
        "wanted => JSON.stringify([...document.querySelectorAll('#conversations button[name=talk]')]"
        ".map(one => one.textContent)) === JSON.stringify(wanted)",
        arg=list(wanted),
    )


def saved(visitor: Any, button: str) -> tuple[str, str]:
    """Save the conversation; the name and the text of the file."""
    with visitor.page.expect_download() as download:
        visitor.page.locator(button).click()
    return download.value.suggested_filename, Path(download.value.path()).read_text(encoding="utf-8")


def test_a_conversation_is_there_again_after_a_reload_and_in_another_window_but_in_no_other_browser(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    qa = fake.QA()
    address = serve(qa)
    visitor = visit(address)
    visitor.ask("One?")
    visitor.ask("Two?")
    visitor.page.reload()
    visitor.page.locator("#chat .acts").nth(1).wait_for()
    assert visitor.questions() == ["One?", "Two?"]
    assert visitor.page.locator("#chat .words").all_text_contents() == ["Echo: One?", "Echo: Two?"]
    visitor.ask("Three?")
    assert qa.asked[-1] == ("Three?", [("One?", "Echo: One?"), ("Two?", "Echo: Two?")])
    window = visit(address, beside=visitor)
    assert window.questions() == ["One?", "Two?", "Three?"]
    assert titles(window) == ["One?"]
    other = visit(address)
    assert other.questions() == []
    assert titles(other) == []


def test_after_a_restart_everything_is_there_and_a_page_that_was_left_open_goes_on(
    serve_anew: Any, visit: Visit, own_folder: Path, open_qa: Any
) -> None:
    qa, port = open_qa(own_folder), free_port()
    address = serve_anew(qa, port=port)
    visitor = visit(address)
    visitor.ask("Who won the harbour race?")
    visitor.page.locator("#chat button[name=rate]").first.click()
    visitor.page.locator("#chat button.toggle.on").wait_for()
    left = visit(address, beside=visitor)
    left.page.evaluate("() => { window.before = true; }")
    # Until nothing is under way: a chat that ends here lives on for an open stream, as no process does.
    left.page.wait_for_timeout(2000)
    serve_anew.stop()
    qa.articles.close()
    assert serve_anew(open_qa(own_folder), port=port) == address
    visitor.goes_to(address)
    assert visitor.questions() == ["Who won the harbour race?"]
    assert "Marian Lee" in visitor.text("#chat mark")
    assert visitor.page.locator("#chat button.toggle.on").get_attribute("value") == "0:1"
    assert titles(visitor) == ["Who won the harbour race?"]
    # The page that was left open finds out by itself, at the question if not before, and keeps what was typed.
    left.send("How many minutes was she ahead?")
    left.page.wait_for_function("() => !window.before && document.querySelector('#chat .acts')")
    left.page.wait_for_function(
        """() => document.querySelector('#question textarea').value === 'How many minutes was she ahead?'
            || document.querySelectorAll('#chat .user-row').length === 2"""
    )
    left.page.locator("#question textarea").press("Enter")
    left.page.locator("#chat .acts").nth(1).wait_for()
    assert left.questions() == ["Who won the harbour race?", "How many minutes was she ahead?"]
    assert "searched for: " in left.text("#chat .about")


def test_a_conversation_is_renamed(serve: Serve, visit: Visit, fake: Fake) -> None:
    address = serve(fake.QA())
    visitor = visit(address)
    assert not visitor.page.locator(TITLE).is_enabled()
    visitor.ask("Who won?")
    assert visitor.page.locator(TITLE).input_value() == "Who won?"
    visitor.page.locator(TITLE).fill("  The <b>race</b> ")
    visitor.page.locator(TITLE).press("Enter")
    lists(visitor, "The <b>race</b>")
    visitor.page.reload()
    visitor.one("#chat .acts")
    assert visitor.page.locator(TITLE).input_value() == "The <b>race</b>"
    visitor.page.locator(TITLE).fill("")
    visitor.page.locator(TITLE).blur()
    lists(visitor, "Who won?")
    assert visitor.page.locator(TITLE).input_value() == "Who won?"


def test_conversations_are_found_opened_deleted_and_brought_back(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    for question in ("Where is the mask?", "Who won?"):
        visitor.ask(question)
        visitor.page.get_by_role("button", name="New chat").click()
        visitor.one("#chat .placeholder-content .note")
    lists(visitor, "Who won?", "Where is the mask?")
    find = visitor.page.locator("#find-talk input, #find-talk textarea")
    find.press_sequentially("echo: where")
    lists(visitor, "Where is the mask?")
    find.fill("volcano")
    visitor.one("#conversations .note", has_text="No conversation with “volcano”.")
    find.fill("")
    lists(visitor, "Who won?", "Where is the mask?")
    visitor.page.get_by_role("button", name="Where is the mask?", exact=True).click()
    visitor.one("#chat .acts")
    assert visitor.questions() == ["Where is the mask?"]
    assert visitor.text("#conversations [aria-current] .open") == "Where is the mask?"
    # Another one than that which is open
    visitor.page.get_by_role("button", name="Delete Who won?").click()
    lists(visitor, "Where is the mask?")
    assert visitor.questions() == ["Where is the mask?"]
    visitor.page.locator("#conversations button[name=restore]").click()
    lists(visitor, "Who won?", "Where is the mask?")
    # That which is open
    visitor.page.get_by_role("button", name="Delete Where is the mask?").click()
    lists(visitor, "Who won?")
    visitor.one("#chat .placeholder-content .note")
    visitor.page.locator("#conversations button[name=restore]").click()
    visitor.page.locator("#conversations button[name=talk]").nth(1).wait_for()
    visitor.page.get_by_role("button", name="Where is the mask?", exact=True).click()
    visitor.one("#chat .acts")
    assert visitor.text("#chat .words") == "Echo: Where is the mask?"


def test_a_conversation_is_saved_as_a_file_to_read(serve: Serve, visit: Visit, real_qa: Any) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("Who won the harbour race?")
    visitor.ask("What is the capital of Mongolia?")
    name, text = saved(visitor, "#as-markdown")
    assert name == "Who-won-the-harbour-race.md"
    lines = text.split("\n\n")
    assert lines[:3] == ["# Who won the harbour race?", "## Who won the harbour race?", "Marian Lee"]
    quote = visitor.page.locator("#chat blockquote").first.text_content()
    about = "[Lee wins the harbour race](https://example.org/race?year=2025&amp;day=2), Harbour Gazette, 2025-03-02"
    assert lines[3] == f"> \\[1\\] “{quote}”\n>\n> — {about}"
    said = ["The articles do not say.", "“Mongolia” is nowhere in what was found.", "Not certain:"]
    assert lines[4:8] == ["## What is the capital of Mongolia?", *said]
    assert all(re.match(r"> “.*\*\*.+\*\*.*”\n>\n> — ", line) for line in lines[8:])
    assert len(lines[8:]) == visitor.page.locator("#chat .nearest figure").count()


def test_a_conversation_is_saved_with_citations_that_stand_in_their_articles(
    serve: Serve, visit: Visit, real_qa: Any
) -> None:
    visitor = visit(serve(real_qa))
    visitor.ask("Who won the harbour race?")
    visitor.ask("What happened at the museum?")
    name, text = saved(visitor, "#as-json")
    assert name == "Who-won-the-harbour-race.json"
    turns = json.loads(text)["turns"]
    assert [turn["question"] for turn in turns] == visitor.questions()
    assert [turn["answer"]["answer"] for turn in turns] == visitor.page.locator("#chat .words").all_text_contents()
    citations = [citation for turn in turns for citation in turn["answer"]["citations"]]
    assert len(citations) == 4
    for citation in citations:
        article = real_qa.articles.get(citation["article_id"])
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]


def test_where_nothing_was_asked_there_is_nothing_to_save(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    visitor.page.locator("#as-json").click()
    visitor.one("#after", has_text="There is nothing to save yet.")


def test_what_is_thought_of_an_answer_reaches_the_command_line_with_its_word(
    serve_anew: Any, visit: Visit, own_folder: Path, own_qa: Any
) -> None:
    visitor = visit(serve_anew(own_qa))
    visitor.ask("Who won the harbour race?")
    visitor.ask("In which year was the mask carved?")
    thumbs = visitor.page.locator("#chat button[name=rate]")
    thumbs.nth(0).click()  # the first is good
    visitor.one("#word textarea").fill("short and right")
    visitor.page.locator("#word textarea").press("Enter")
    visitor.one("#after", has_text="Thank you.")
    thumbs.nth(3).click()  # the second is bad
    visitor.page.locator("#chat button.toggle.on").nth(1).wait_for()
    assert "“-” if the articles do not say" in (visitor.one("#word textarea").get_attribute("placeholder") or "")
    visitor.page.locator("#word textarea").fill("in 1871, says the museum")
    visitor.page.get_by_role("button", name="Send").click()
    visitor.one("#after", has_text="Thank you.")
    assert visitor.page.locator("#chat button.toggle.on").evaluate_all("all => all.map(one => one.value)") == [
        "0:1",
        "1:-1",
    ]
    told = _feedback(own_folder, "--json")
    words = [(each["question"], each["rating"], each["word"]) for each in told]
    assert words == [
        ("Who won the harbour race?", 1, "short and right"),
        ("In which year was the mask carved?", -1, "in 1871, says the museum"),
    ]
    assert told[0]["answer"]["answer"] == "Marian Lee"
    questions = [(each["question"], each["answer"]) for each in _feedback(own_folder, "--questions")]
    assert questions == [
        ("Who won the harbour race?", "Marian Lee"),
        ("In which year was the mask carved?", "in 1871, says the museum"),
    ]
    thumbs.nth(0).click()  # and is taken back
    visitor.page.wait_for_function("() => document.querySelectorAll('#chat button.toggle.on').length === 1")
    assert [each["rating"] for each in _feedback(own_folder, "--json")] == [-1]


def test_two_windows_that_ask_in_one_conversation_lose_nothing(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA()
    address = serve(qa)
    first = visit(address)
    first.ask("One?")
    second = visit(address, beside=first)
    first.ask("Two?")
    second.send("Three?")
    second.page.locator("#chat .acts").nth(2).wait_for()
    assert second.questions() == ["One?", "Two?", "Three?"]
    assert qa.asked[-1][1] == [("One?", "Echo: One?"), ("Two?", "Echo: Two?")]
    # Both at once
    for window, question in ((first, "Four?"), (second, "Five?")):
        window.send(question)
    first.page.locator("#chat .acts").nth(3).wait_for()
    second.page.locator("#chat .acts").nth(3).wait_for()
    first.goes_to(address)
    assert first.questions()[:3] == ["One?", "Two?", "Three?"]
    assert sorted(first.questions()[3:]) == ["Five?", "Four?"]


def test_a_browser_that_allows_no_cookies_can_ask_and_is_told_that_nothing_is_kept(
    serve: Serve, start_browser: Callable[[Path], Visitor], fake: Fake, tmp_path: Path
) -> None:
    (tmp_path / "profile" / "Default").mkdir(parents=True)
    blocked = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "profile" / "Default" / "Preferences").write_text(json.dumps(blocked))
    visitor = start_browser(tmp_path / "profile")
    visitor.goes_to(serve(fake.QA(quoted(LONG, LINES[9].strip()), [LONG])))
    assert visitor.page.context.cookies() == []
    assert visitor.page.evaluate("() => { try { return Boolean(localStorage); } catch { return false; } }") is False
    visitor.one("#conversations .note", has_text="kept where the browser allows this page a cookie")
    visitor.ask("One?")
    visitor.ask("Two?")
    visitor.page.locator("#chat figcaption button.open").first.click()
    assert visitor.one("#source mark").text_content() == LINES[9].strip()
    assert visitor.questions() == ["One?", "Two?"]
    visitor.page.reload()
    visitor.one("#chat .placeholder-content .note")
    assert visitor.questions() == []
    assert titles(visitor) == []
    assert visitor.errors == []


def test_damaged_conversations_are_told_and_questions_are_answered_all_the_same(
    serve_anew: Any, visit: Visit, own_folder: Path, own_qa: Any
) -> None:
    damaged = own_folder / "conversations.sqlite"
    damaged.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    visitor = visit(serve_anew(own_qa))
    visitor.one("#conversations .note", has_text="conversations.sqlite are damaged")
    visitor.ask("Who won the harbour race?")
    assert visitor.text("#chat .words") == "Marian Lee"
    visitor.ask("How many minutes was she ahead?")
    assert visitor.text("#chat .words") == "four"
    visitor.page.locator("#chat figcaption button.open").last.click()
    visitor.one("#source mark")
    assert visitor.errors == []


def _feedback(folder: Path, how: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "qa", "feedback", "--index", str(folder), how],
        check=True, cwd=Path(app.__file__).parent, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]
