"""What comes from articles, people and files is text wherever it stands: no script runs, no markup appears."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chat.firewall import VISITOR_COOKIE
from chat.serving import upload_folder
from index import Article, ArticleIndex
from qa.answer import Answer, Citation
from qa.errors import QuestionError
from qa.kept.conversations import Conversations, SavedTurn, now
from tests.browser.conftest import MARKS
from tests.browser.test_library import left_behind
from tests.fakes import WordEmbedder
from tests.hostile import HOSTILE, shown
from tests.markup import TAGS

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

SHOWN = [shown(text) for text in HOSTILE]
STORABLE = [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in HOSTILE]  # as the index takes them
ALL = "\n¶\n".join(STORABLE)
OURS = "#chat .message-content, #conversations, #articles, #additions, #undo, #after, #where, #source"
# What can be typed into a field of several lines, or handed over as a name.
TYPED = [text for text in HOSTILE if text == shown(text) and "\r" not in text and text.strip()]


def is_harmless(visitor: Any, address: str) -> None:
    """Nothing ran, nothing was asked of another machine, and our parts are made of what we make them of."""
    assert visitor.page.evaluate("() => [window.hacked, document.title]") == [None, "Article QA"]
    assert visitor.errors == []
    asked = {urlsplit(url).netloc for url in visitor.requests if urlsplit(url).scheme not in {"data", "blob"}}
    assert asked == {urlsplit(address).netloc}
    tags = visitor.page.evaluate(
        "ours => [...new Set([...document.querySelectorAll(ours)].flatMap(part => [...part.querySelectorAll('.prose *,"
        " .answer *, .asked *, .note *')]).map(one => one.tagName.toLowerCase()))]",
        OURS,
    )
    assert set(tags) <= TAGS
    wild = visitor.page.evaluate(
        "() => [...document.querySelectorAll('*')].flatMap(one => [...one.attributes])"
        ".filter(each => /^on/i.test(each.name) || /^\\s*javascript:/i.test(each.value) && each.name !== 'value')"
        ".map(each => `${each.ownerElement.outerHTML.slice(0, 200)}`)"
    )
    assert wild == []
    assert visitor.page.locator("#columns iframe, #columns object, #columns form, #columns .katex").count() == 0


def texts(visitor: Any, selector: str) -> list[str]:
    return list(visitor.page.locator(selector).evaluate_all("all => all.map(one => one.textContent)"))


def owner(visitor: Any) -> str:
    """The name under which this browser's conversations are kept."""
    [cookie] = [each for each in visitor.page.context.cookies() if each["name"] == VISITOR_COOKIE]
    return f"visitor:{hashlib.sha256(cookie['value'].encode()).hexdigest()}"


def answered(text: str, article_id: str = "race", start: int = 7) -> Answer:
    """An answer that holds a text everywhere."""
    quote, first = f"before {text} after", start + len("before ")
    citation = Citation(article_id, text, text, text, text, start, start + len(quote), quote, first, first + len(text))
    return Answer(text, text, text, False, 0.93, "extractive", (citation,), note=text, timings_ms={"total": 78.2})


def test_in_a_conversation(serve_anew: Any, visit: Visit, fake: Fake, tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "hostile.sqlite")
    address = serve_anew(fake.QA(), conversations=kept)
    visitor = visit(address)
    conversation_id = None
    for number, text in enumerate(HOSTILE):
        conversation_id = kept.save(owner(visitor), conversation_id, number, SavedTurn(text, answered(text), now()))
    visitor.page.reload()
    visitor.page.locator("#conversations button[name=talk]").click()
    visitor.page.locator("#chat .acts").nth(len(HOSTILE) - 1).wait_for()
    assert texts(visitor, "#chat .question") == SHOWN
    assert texts(visitor, "#chat .words") == SHOWN
    assert texts(visitor, "#chat .answer > p:nth-of-type(3)") == SHOWN  # the note
    assert texts(visitor, "#chat blockquote") == [f"before {text} after" for text in SHOWN]
    assert texts(visitor, "#chat mark") == SHOWN
    on_web = [text for text in HOSTILE if text.startswith("https://") and " " not in text]
    assert visitor.page.locator("#chat a").evaluate_all("all => all.map(a => a.getAttribute('href'))") == on_web
    changed = " · the article has changed since"
    assert texts(visitor, "#chat figcaption") == [
        " · ".join([text] * 3) + (" · On the web" if text in on_web else "") + changed for text in SHOWN
    ]
    is_harmless(visitor, address)
    # And so it is in a file that is saved.
    with visitor.page.expect_download() as download:
        visitor.page.locator("#as-json").click()
    turns = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["turns"]
    for turn, text in zip(turns, HOSTILE, strict=True):
        [citation] = turn["answer"]["citations"]
        assert len(citation["quote"]) == citation["end"] - citation["start"] == len(text) + len("before  after")
    assert visitor.page.evaluate("() => window.hacked") is None


def test_typed_as_a_question(serve: Serve, visit: Visit, fake: Fake) -> None:
    def reply(text: str) -> Answer:
        return answered(text)

    qa = fake.QA(reply)
    address = serve(qa)
    visitor = visit(address)
    asked = TYPED[::11]
    for text in asked:
        visitor.ask(text)
    assert [question for question, _ in qa.asked] == asked
    assert visitor.questions() == asked
    assert texts(visitor, "#chat .words") == asked
    visitor.page.locator("#question textarea").press("ArrowUp")
    assert visitor.page.locator("#question textarea").input_value() == asked[-1]
    is_harmless(visitor, address)


def test_as_questions_that_are_offered(serve_anew: Any, visit: Visit, fake: Fake) -> None:
    qa = fake.QA(suggested=SHOWN, next=SHOWN)
    address = serve_anew(qa)
    visitor = visit(address)
    visitor.page.locator("#chat .example").nth(len(SHOWN) - 1).wait_for()
    assert texts(visitor, "#chat .example-text") == SHOWN
    visitor.page.locator("#chat .example").nth(3).click()
    visitor.page.locator("#after button[name=suggest]").nth(len(SHOWN) - 1).wait_for()
    assert texts(visitor, "#after button[name=suggest]") == SHOWN
    visitor.page.locator("#after button[name=suggest]").nth(26).evaluate("button => button.click()")
    visitor.page.locator("#chat .acts").nth(1).wait_for()
    assert [question for question, _ in qa.asked] == [SHOWN[3], SHOWN[26]]
    assert visitor.questions() == [SHOWN[3], SHOWN[26]]
    is_harmless(visitor, address)


def test_in_an_errors_message(serve: Serve, visit: Visit, fake: Fake) -> None:
    def reply(question: str) -> Answer:
        raise QuestionError(ALL)

    address = serve(fake.QA(reply))
    visitor = visit(address)
    visitor.send("Who won?")
    visitor.one("#chat .bot-row .note", has_text="far below")
    assert visitor.text("#chat .bot-row .note") == shown(ALL)
    is_harmless(visitor, address)


def test_in_the_library_and_in_an_article(serve: Serve, visit: Visit, fake: Fake, tmp_path: Path) -> None:
    stored = [
        Article(
            f"a{number}",
            f"Story {number}.",
            text,
            text,
            f"from {text}",
            text,
            f"2025-01-01T00:{number // 60:02}:{number % 60:02}",
        )
        for number, text in enumerate(STORABLE)
    ]
    everything = Article("all", f"Once: before {ALL} after", ALL, ALL, ALL, ALL, "2026")
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        report = articles.add([*stored, everything])
        assert report.added == len(HOSTILE) + 1, str(report)
        article = articles.get("all")
        at, citations = 0, []
        for text in STORABLE:  # one quote for each, where it stands
            at = article.text.index(text, at)
            citations.append(Citation("all", ALL, None, None, None, at, at + len(text), text, at, at + len(text)))
            at += len(text)
        address = serve(fake.QA(lambda q: Answer(q, q, "All", False, 0.9, "extractive", tuple(citations)), articles))
        visitor = visit(address)
        visitor.shelf("Library")
        for count in (50, 100):
            visitor.page.locator("#articles button[name=open]").nth(count - 1).wait_for()
            visitor.page.locator("#articles button[name=more]").click()
        visitor.page.locator("#articles button[name=open]").nth(len(HOSTILE)).wait_for()
        summaries = {summary.id: summary for summary in articles.list()}
        ids = visitor.page.locator("#articles button[name=open]").evaluate_all("all => all.map(one => one.value)")
        assert sorted(ids) == sorted(summaries)
        titles = [shown(summaries[each].title) for each in ids]
        assert texts(visitor, "#articles button[name=open]") == titles
        facts = texts(visitor, "#articles .row p")
        assert all(fact.startswith(shown(summaries[each].source or "")) for fact, each in zip(facts, ids, strict=True))
        names = visitor.page.locator("#articles input").evaluate_all("all => all.map(one => one.title)")
        assert names == [f"Ask only this article: {title}" for title in titles]
        is_harmless(visitor, address)
        visitor.page.locator("#articles input[value=all]").click()
        visitor.one("#where li bdi")
        title = articles.get("all").title  # on one line, as all that is said of an article is stored
        assert texts(visitor, "#where li bdi") == [shown(title)]
        visitor.ask("All?")
        visitor.page.locator("#chat figcaption button.open").nth(30).click()
        visitor.one("#source mark.now")
        assert visitor.text("#source h2") == shown(title)
        assert visitor.text("#source header p.soft") == " · ".join([shown(title)] * 2 + ["2026"])
        assert visitor.page.locator("#source .text").evaluate("text => text.textContent") == shown(article.text)
        assert texts(visitor, "#source mark") == SHOWN
        assert visitor.text("#source mark.now") == SHOWN[30]
        for citation in citations:
            assert article.text[citation.start : citation.end] == citation.quote
        is_harmless(visitor, address)
        visitor.page.locator("#articles button[name=remove][value=all]").click()
        visitor.one("#undo .undo")
        assert visitor.text("#undo .undo span") == f"Removed “{shown(title)}”."
        is_harmless(visitor, address)


def test_as_the_name_of_a_conversation(serve_anew: Any, visit: Visit, fake: Fake, tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "hostile.sqlite")
    address = serve_anew(fake.QA(), conversations=kept)
    visitor = visit(address)
    visitor.ask("Who won?")
    field = visitor.page.locator("#title input, #title textarea")
    typed = HOSTILE[3]
    field.fill(typed)
    field.press("Enter")
    visitor.one("#conversations button[name=talk]", has_text=typed)
    for text in HOSTILE:
        conversation_id = kept.save(owner(visitor), None, 0, SavedTurn("Who?", answered("Ann"), now()))
        assert kept.rename(owner(visitor), conversation_id, text)
    titles = [summary.title for summary in kept.list(owner(visitor))]
    assert len(set(titles)) > 95
    visitor.page.reload()
    visitor.page.locator("#conversations button[name=talk]").nth(len(HOSTILE)).wait_for()
    assert texts(visitor, "#conversations button[name=talk]") == [shown(title) for title in titles]
    assert field.input_value() == typed
    is_harmless(visitor, address)


def test_as_a_word_about_an_answer(serve_anew: Any, visit: Visit, fake: Fake, tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "hostile.sqlite")
    address = serve_anew(fake.QA(), conversations=kept)
    visitor = visit(address)
    words = TYPED[3::24]
    for number, word in enumerate(words):
        visitor.ask(f"Question {number}?")
        visitor.page.locator("#chat button[name=rate]").nth(2 * number).click()
        visitor.one("#word textarea").fill(word)
        visitor.page.get_by_role("button", name="Send").click()
        visitor.one("#after", has_text="Thank you.")
    assert [each.word for each in kept.feedback()] == [word.strip()[:1000] for word in words]
    is_harmless(visitor, address)


def test_as_the_name_of_a_file(serve: Serve, visit: Visit, fake: Fake, tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        address = serve(fake.QA(articles=articles))
        visitor = visit(address)
        visitor.shelf("Library")
        files = [
            {"name": f"x{text[:150]}x.txt", "mimeType": "text/plain", "buffer": f"Story {number}.".encode()}
            for number, text in enumerate(SHOWN)
        ]
        visitor.page.locator("#drop input[type=file]").set_input_files(files)
        visitor.page.wait_for_function(
            "count => document.querySelectorAll('#additions .done, #additions .failed').length === count",
            arg=len(files),
        )
        assert texts(visitor, "#additions .failed") == []
        stored = {articles.get(summary.id).text for summary in articles.list()}
        assert stored <= {f"Story {number}." for number in range(len(files))}
        assert len(stored) > 80  # of two that the browser gives the same name, the later one stays
        visitor.one("#articles button[name=open]")
        is_harmless(visitor, address)
    assert left_behind() == []
    assert not list(upload_folder().parent.glob("*hacked*"))


INJECTED = (
    "<script>window.hacked = 1</script>",
    "<img src=data:image/x onerror='window.hacked = 1'>",
    "<iframe srcdoc='<script>parent.hacked = 1</script>'></iframe>",
    "<iframe src='javascript:parent.hacked = 1'></iframe>",
    "<script src='data:text/javascript,window.hacked=1'></script>",
    "<script src='https://example.org/hacked.js'></script>",
)


def test_markup_that_got_into_the_page_all_the_same_would_run_nothing(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    assert visitor.errors == []
    for markup in INJECTED:
        visitor.errors.clear()
        visitor.page.evaluate(
            """markup => {
                const there = document.createElement("div");
                there.innerHTML = markup;
                document.body.append(there);
                for (const inert of there.querySelectorAll("script")) {  // as innerHTML starts none
                    const script = document.createElement("script");
                    for (const {name, value} of inert.attributes) script.setAttribute(name, value);
                    script.textContent = inert.textContent;
                    inert.replaceWith(script);
                }
            }""",
            markup,
        )
        for _ in range(50):
            if visitor.errors:
                break
            visitor.page.wait_for_timeout(100)
        assert visitor.page.evaluate("() => window.hacked") is None, markup
        assert any("Content Security Policy" in error for error in visitor.errors), markup
