"""The library beside the chat: adding and removing, finding, and asking only some of the articles."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import app
from chat.serving import upload_folder
from index import Article
from index.filter import NO_FILTER, PassageFilter
from qa.kept.conversations import Conversations
from tests.browser.conftest import MARKS

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

BRIDGE = (
    "title: Cracks in the Lantern Bridge\nsource: Valley Times\npublished: 2025-04-01\n---\n"
    "The engineer Ida Marsh found cracks in the Lantern Bridge on Tuesday. It will stay closed until August."
)
PAGE = (
    "<html><head><title>Wolves on Mount Tarn</title></head><body><article><h1>Wolves on Mount Tarn</h1><p>The ranger "
    "Piet Olsen saw five wolves on Mount Tarn last night. It is the first time in eighty years that a pack has come "
    "so far south, and the farmers of the valley have been told.</p><p>Their tracks lead along the river.</p>"
    "</article></body></html>"
)
# Notes every value that a bar of an addition had, by the name beside it.
BARS = """() => {
    window.bars = {};
    new MutationObserver(() => document.querySelectorAll("#additions progress").forEach(bar => {
        (window.bars[bar.getAttribute("aria-label")] ??= new Set()).add(bar.value);
    })).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


def file(name: str, content: str | bytes) -> dict[str, Any]:
    """A file to drop."""
    content = content if isinstance(content, bytes) else content.encode()
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def article_file(name: str, content: str = f"---\n{BRIDGE}") -> dict[str, Any]:
    return file(name, content)


def drop(visitor: Any, *files: dict[str, Any]) -> None:
    """Hand files over and wait until each is done or failed."""
    visitor.shelf("Library")
    visitor.page.locator("#drop input[type=file]").set_input_files(list(files))
    added(visitor, len(files))


def added(visitor: Any, count: int) -> None:
    visitor.page.wait_for_function(
        "count => document.querySelectorAll('#additions .done, #additions .failed').length === count", arg=count
    )


def rows(visitor: Any) -> list[tuple[str, str, str]]:
    """What was added: name, state and message."""
    return [
        tuple(row)
        for row in visitor.page.locator("#additions .row").evaluate_all(
            "all => all.map(row => [row.querySelector('bdi').textContent, row.className.replace('row ', ''),"
            " row.querySelector('p')?.textContent ?? ''])"
        )
    ]


def left_behind() -> list[Path]:
    """What was uploaded and still lies there. Gradio 6.31 makes an empty file beside each."""
    return [path for path in upload_folder().rglob("*") if path.is_file() and path.stat().st_size]


def brand(visitor: Any, said: str) -> None:
    """Wait until the line about the index says so."""
    visitor.one("#brand p", has_text=said)


def listed(visitor: Any, *titles: str) -> None:
    """Wait until just these articles are listed."""
    visitor.page.wait_for_function(
        "titles => JSON.stringify([...document.querySelectorAll('#articles button[name=open]')]"
        ".map(one => one.textContent)) === JSON.stringify(titles)",
        arg=list(titles),
    )


@contextmanager
def web(page: str) -> Iterator[tuple[str, list[str]]]:
    """A small web server; its address and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = page.encode()
            self.send_response(200 if self.path == "/story.html" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# Adding


def test_files_are_added_each_with_its_bar_and_a_bad_one_says_why(serve: Serve, visit: Visit, own_qa: Any) -> None:
    visitor = visit(serve(own_qa))
    brand(visitor, "3 articles, 3 passages")
    visitor.page.evaluate(BARS)
    long = " ".join(
        f"On day {day} the harbour master counted {day * 3} boats in the bay of Elswick." for day in range(99)
    )
    drop(
        visitor,
        article_file("bridge.md"), file("log.txt", long), file("bad.pdf", b"%PDF-1.4 broken"), file("notes.xyz", "x"),
    )  # fmt: skip
    first, log, bad, other = rows(visitor)
    assert first == ("bridge.md", "done", "added, 1 passage")
    assert log[:2] == ("log.txt", "done")
    assert log[2].startswith("added, ")
    assert bad[:2] == ("bad.pdf", "failed")
    assert "PDF" in bad[2]
    assert other[:2] == ("notes.xyz", "failed")
    assert ".txt" in other[2]
    bars = visitor.page.evaluate("() => Object.fromEntries(Object.entries(window.bars).map(([n, v]) => [n, [...v]]))")
    assert set(bars) == {"bridge.md", "log.txt", "bad.pdf", "notes.xyz"}
    assert all(values == sorted(values) for values in bars.values())
    brand(visitor, f"5 articles, {4 + int(log[2].split()[1])} passages")
    assert left_behind() == []
    visitor.ask("Who found cracks in the Lantern Bridge?")
    assert "Ida Marsh" in visitor.text("#chat .words")
    assert visitor.text("#chat figcaption") == "Cracks in the Lantern Bridge · Valley Times · 1 April 2025"
    visitor.page.locator("#undo button").click()
    brand(visitor, "3 articles, 3 passages")
    assert visitor.page.locator("#additions .row").count() == 0


def test_a_file_of_the_same_name_takes_the_place_of_the_first_until_that_is_undone(
    serve: Serve, visit: Visit, own_qa: Any
) -> None:
    visitor = visit(serve(own_qa))
    drop(visitor, article_file("bridge.md"))
    brand(visitor, "4 articles")
    drop(visitor, article_file("bridge.md"))
    visitor.one("#additions .row p", has_text="unchanged: it was there already")
    changed = f"---\n{BRIDGE}".replace("Ida Marsh", "Tom Reed")
    drop(visitor, article_file("bridge.md", changed))
    visitor.one("#additions .row p", has_text="updated, 1 passage")
    brand(visitor, "4 articles")
    visitor.ask("Who found cracks in the Lantern Bridge?")
    assert "Tom Reed" in visitor.text("#chat .words")
    visitor.page.locator("#undo button").click()
    visitor.page.wait_for_function("() => !document.querySelector('#undo button')")
    brand(visitor, "4 articles")
    visitor.ask("Who found cracks in the Lantern Bridge on Tuesday?")
    assert "Ida Marsh" in visitor.text("#chat .words")


def test_a_web_page_is_added_by_its_address(serve: Serve, visit: Visit, own_qa: Any) -> None:
    visitor = visit(serve(own_qa))
    visitor.shelf("Library")
    field = visitor.page.locator("#url input, #url textarea")
    with web(PAGE) as (address, asked):
        field.fill(f"{address}/story.html")
        field.press("Enter")
        added(visitor, 1)
        assert rows(visitor)[0][1:] == ("done", "added, 1 passage")
        assert field.input_value() == ""
        brand(visitor, "4 articles")
        visitor.ask("Who saw wolves on Mount Tarn?")
        assert "Piet Olsen" in visitor.text("#chat .words")
        assert visitor.page.locator("#chat figcaption a").get_attribute("href") == f"{address}/story.html"
        for wrong, why in ((f"{address}/away.html", "404"), ("no address", "is no web address")):
            field.fill(wrong)
            visitor.page.get_by_role("button", name="Add", exact=True).click()
            visitor.one("#additions .failed p", has_text=why)
        assert asked == ["/story.html", "/away.html"]
    brand(visitor, "4 articles")


def test_strangers_have_this_machine_fetch_nothing_of_its_network_and_hand_over_nothing_too_large(
    serve_anew: Any, visit: Visit, own_qa: Any
) -> None:
    visitor = visit(serve_anew(own_qa, public_only=True, launch={"max_upload_mb": 1}))
    visitor.shelf("Library")
    field = visitor.page.locator("#url input, #url textarea")
    with web(PAGE) as (address, asked):
        for url in (f"{address}/story.html", address.replace("127.0.0.1", "localhost")):
            field.fill(url)
            field.press("Enter")
            visitor.one("#additions .failed bdi", has_text=url)
            assert "only public web addresses can be added here" in rows(visitor)[0][2]
        assert asked == []
    visitor.page.locator("#drop input[type=file]").set_input_files([file("big.txt", b"x" * (2**20 + 1))])
    visitor.one("body", has_text="File(s) exceed the maximum allowed size of 1.0 Mb")
    assert left_behind() == []
    visitor.page.locator("#drop input[type=file]").set_input_files([article_file("bridge.md")])
    visitor.one("#additions .done bdi", has_text="bridge.md")
    brand(visitor, "4 articles")


def test_an_empty_library_leads_to_where_articles_are_added(
    serve: Serve, visit: Visit, open_qa: Any, tmp_path: Path
) -> None:
    visitor = visit(serve(open_qa(tmp_path / "new")))
    brand(visitor, "No articles yet")
    visitor.page.get_by_role("button", name="Add some in the library").click()
    visitor.one("#drop")
    assert visitor.text("#articles .note") == "No articles yet."
    drop(visitor, article_file("bridge.md"))
    brand(visitor, "1 article, 1 passage")
    visitor.ask("Who found cracks in the Lantern Bridge?")
    assert "Ida Marsh" in visitor.text("#chat .words")


def test_a_name_full_of_tricks_is_a_name_and_leads_nowhere(serve: Serve, visit: Visit, own_qa: Any) -> None:
    outside = upload_folder().parent / "outside.txt"
    assert not outside.exists()
    names = [
        "../../outside.txt", "..\\..\\outside.txt", "<img src=x onerror=window.hacked=1>.txt", "con.txt",
        "turned\u202egnp.txt", "%2e%2e%2foutside.txt", "a;b&c`d`$(e).txt", "n" * 200 + ".txt", "--help.txt", "🎻.txt",
    ]  # fmt: skip
    visitor = visit(serve(own_qa))
    drop(visitor, *(file(name, f"The keeper of lamp {number} is Ida Marsh.") for number, name in enumerate(names)))
    assert [state for _, state, _ in rows(visitor)] == ["done"] * len(names)
    assert all(name and "/" not in name and "\u202e" not in name for name, _, _ in rows(visitor))
    brand(visitor, f"{3 + len(names)} articles")
    assert not outside.exists()
    assert left_behind() == []
    assert visitor.page.evaluate("() => window.hacked") is None
    assert visitor.page.locator("#aside img").count() == 0


# Finding, opening, removing


def test_articles_are_found_and_sorted_and_more_are_shown_on_demand(serve: Serve, visit: Visit, fake: Fake) -> None:
    articles = [
        Article(
            f"a{number}", "Bees hum.", f"Story {number:03}", source=("Post", "Gazette", "Times")[number % 3],
            published=f"2025-01-{number % 28 + 1:02}", retrieved_at=f"2025-02-01T00:{number % 60:02}:{number // 60:02}",
        )
        for number in range(120)
    ]  # fmt: skip
    visitor = visit(serve(fake.QA(articles=articles)))
    visitor.shelf("Library")
    titles = visitor.page.locator("#articles button[name=open]")
    for shown, left in ((50, "Show more (70 left)"), (100, "Show more (20 left)"), (120, None)):
        titles.nth(shown - 1).wait_for()
        assert titles.count() == shown
        more = visitor.page.locator("#articles button[name=more]")
        assert more.count() == bool(left)
        if left:
            assert more.text_content() == left
            more.click()
    find = visitor.page.locator("#find input, #find textarea")
    find.press_sequentially("story 00 gazette")
    listed(visitor, "Story 100", "Story 007", "Story 004", "Story 001")
    for order, wanted in (
        ("Title", ["Story 001", "Story 004", "Story 007", "Story 100"]),
        ("Newest", ["Story 100", "Story 007", "Story 004", "Story 001"]),
    ):
        visitor.page.locator("#order input").click()
        visitor.page.get_by_role("option", name=order).click()
        listed(visitor, *wanted)
    find.fill("volcano")
    visitor.one("#articles .note", has_text="No article with “volcano”.")
    find.fill("")
    titles.nth(49).wait_for()
    visitor.page.locator("#order input").click()
    visitor.page.get_by_role("option", name="Source").click()
    visitor.page.wait_for_function(
        "() => document.querySelector('#articles .row .soft').textContent.startsWith('Gazette')"
    )
    visitor.page.locator("#order input").click()
    visitor.page.get_by_role("option", name="Added").click()
    visitor.page.wait_for_function(
        "() => document.querySelector('#articles button[name=open]').textContent === 'Story 119'"
    )


def test_an_article_is_opened_from_the_list(serve: Serve, visit: Visit, real_qa: Any) -> None:
    visitor = visit(serve(real_qa))
    visitor.shelf("Library")
    visitor.page.locator("#articles button[name=open]", has_text="Heron mask goes home").click()
    visitor.one("#source h2", has_text="Heron mask goes home")
    assert visitor.text("#source .text") == real_qa.articles.get("museum").text
    assert visitor.page.locator("#source mark").count() == 0
    visitor.ask("Who is the museum's director?")
    visitor.page.locator("#articles button[name=open]", has_text="Heron mask goes home").click()
    visitor.one("#source mark")  # what was quoted from it by now
    assert visitor.text("#source mark") == visitor.text("#chat blockquote")


def test_a_removed_article_answers_nothing_until_it_is_brought_back(serve: Serve, visit: Visit, own_qa: Any) -> None:
    visitor = visit(serve(own_qa))
    visitor.ask("Who won the harbour race?")
    visitor.shelf("Library")
    listed(visitor, "Lee wins the harbour race", "Heron mask goes home", "Ferries go electric")
    tick(visitor, "Lee wins the harbour race")
    tick(visitor, "Ferries go electric")
    visitor.page.get_by_role("button", name="Remove Lee wins the harbour race").click()
    visitor.one("#undo", has_text="Removed “Lee wins the harbour race”.")
    brand(visitor, "2 articles, 2 passages")
    listed(visitor, "Heron mask goes home", "Ferries go electric")
    chips(visitor, "Ferries go electric")  # what is not there cannot be asked
    visitor.page.locator("#chat figcaption button.open").click()
    visitor.one("#source .note", has_text="is not in the library any more")
    visitor.page.locator("#where button[name=widen]").click()
    visitor.ask("Who won the harbour race on Sunday?")
    assert "Marian Lee" not in visitor.text("#chat .words")
    visitor.page.locator("#undo button").click()
    brand(visitor, "3 articles, 3 passages")
    visitor.ask("Who won the harbour race?")
    assert visitor.text("#chat .words") == "Marian Lee"


# Asking only some


def tick(visitor: Any, title: str) -> None:
    visitor.page.get_by_role("checkbox", name=f"Ask only this article: {title}").click()
    visitor.one("#where li", has_text=title)


def chips(visitor: Any, *wanted: str) -> None:
    """Wait until just this is said to be asked."""
    visitor.page.wait_for_function(
        "wanted => JSON.stringify([...document.querySelectorAll('#where button[name=widen] bdi')]"
        ".map(one => one.textContent)) === JSON.stringify(wanted)",
        arg=list(wanted),
    )


def test_only_some_articles_sources_and_dates_are_asked_and_that_stays_with_the_conversation(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    articles = [
        Article("a", "Bees hum.", "Bees", source="Gazette", published="2025-03-02"),
        Article("b", "Owls hoot.", "Owls <i>", source="Post", published="2025-04-02"),
        Article("c", "Cats nap.", "", source="Gazette"),
    ]
    qa = fake.QA(articles=articles)
    address = serve(qa)
    visitor = visit(address)
    visitor.ask("One?")
    visitor.shelf("Library")
    tick(visitor, "Owls <i>")
    tick(visitor, "Untitled")
    visitor.page.locator("#narrow button", has_text="Ask only some").click()
    visitor.page.locator("#sources input").click()
    options = visitor.page.get_by_role("option")
    options.first.wait_for()
    assert [option.strip().removeprefix("✓ ").strip() for option in options.all_text_contents()] == [
        "Gazette (2)",
        "Post (1)",
    ]
    options.first.click()
    chips(visitor, "Owls <i>", "Untitled", "Gazette")
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("#from input, #from textarea").fill("2025-03")
    visitor.page.locator("#from input, #from textarea").press("Enter")
    visitor.page.locator("#until input, #until textarea").fill("2025-03-31")
    visitor.page.locator("#until input, #until textarea").press("Enter")
    everything = ("Owls <i>", "Untitled", "Gazette", "from March 2025", "until 31 March 2025")
    chips(visitor, *everything)
    visitor.ask("Two?")
    assert qa.where == [NO_FILTER, PassageFilter(("b", "c"), ("Gazette",), "2025-03", "2025-03-31")]
    within = "in Owls <i>, Untitled, Gazette, from March 2025, until 31 March 2025 only"
    assert within in visitor.text("#chat .about")
    # It comes back with the conversation, also into the fields.
    visitor.goes_to(address)
    chips(visitor, *everything)
    visitor.shelf("Library")
    assert visitor.page.locator("#articles input:checked").count() == 2
    visitor.page.locator("#narrow button", has_text="Ask only some").click()
    assert visitor.page.locator("#from input, #from textarea").input_value() == "2025-03"
    # Each part is taken away by its own chip, and the rest by one.
    visitor.page.locator("#where button[name=widen]", has_text="Untitled").click()
    chips(visitor, "Owls <i>", "Gazette", "from March 2025", "until 31 March 2025")
    visitor.page.locator("#where button[name=widen]", has_text="from March 2025").click()
    chips(visitor, "Owls <i>", "Gazette", "until 31 March 2025")
    assert visitor.page.locator("#from input, #from textarea").input_value() == ""
    visitor.page.locator("#where button[name=widen]", has_text="Gazette").click()
    chips(visitor, "Owls <i>", "until 31 March 2025")
    assert visitor.page.locator("#articles input:checked").count() == 1
    visitor.ask("Three?")
    assert qa.where[-1] == PassageFilter(("b",), (), None, "2025-03-31")
    visitor.page.get_by_role("button", name="Ask all articles").click()
    chips(visitor)
    visitor.ask("Four?")
    assert qa.where[-1] == NO_FILTER


def test_what_a_conversation_asks_comes_back_also_where_it_takes_long_to_list_the_articles(
    serve: Serve, visit: Visit, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed beside the greeting, the library put back that everything is asked, as it had read before."""
    qa = fake.QA(articles=[Article("a", "Bees hum.", "Bees"), Article("b", "Owls hoot.", "Owls")])
    address = serve(qa)
    visitor = visit(address)
    visitor.shelf("Library")
    tick(visitor, "Owls")
    chips(visitor, "Owls")
    visitor.ask("One?")
    listed = qa.articles.list

    def list_slowly(ids: Any = None) -> Any:
        if ids is None:
            time.sleep(1)
        return listed(ids)

    monkeypatch.setattr(qa.articles, "list", list_slowly)
    visitor.goes_to(address)
    chips(visitor, "Owls")
    visitor.shelf("Library")
    visitor.page.locator("#articles input:checked").wait_for()


def test_a_day_that_is_none_says_how_days_are_written(serve: Serve, visit: Visit, fake: Fake) -> None:
    visitor = visit(serve(fake.QA()))
    visitor.shelf("Library")
    visitor.page.locator("#narrow button", has_text="Ask only some").click()
    visitor.page.locator("#from input, #from textarea").fill("last week")
    visitor.page.locator("#from input, #from textarea").press("Enter")
    assert "last week" in (visitor.one("#undo [role=alert]").text_content() or "")
    assert visitor.page.locator("#where li").count() == 0
    visitor.page.locator("#from input, #from textarea").fill("2025")
    visitor.page.locator("#from input, #from textarea").press("Enter")
    chips(visitor, "from 2025")
    assert visitor.page.locator("#undo [role=alert]").count() == 0


def test_an_answer_comes_from_the_articles_that_are_asked(serve: Serve, visit: Visit, real_qa: Any) -> None:
    visitor = visit(serve(real_qa))
    visitor.shelf("Library")
    tick(visitor, "Ferries go electric")
    visitor.ask("Who won the harbour race?")
    assert visitor.text("#chat .words") == "The articles do not say."
    assert "in Ferries go electric only" in visitor.text("#chat .about")
    visitor.page.locator("#where button[name=widen]").click()
    chips(visitor)
    visitor.ask("Who won the harbour race on Sunday?")
    assert visitor.text("#chat .words") == "Marian Lee"


# Read only


def test_a_library_to_read_only_cannot_be_changed_by_the_page_nor_past_it(
    serve_anew: Any, visit: Visit, own_qa: Any, tmp_path: Path
) -> None:
    address = serve_anew(own_qa, read_only=True)
    visitor = visit(address)
    visitor.shelf("Library")
    listed(visitor, "Lee wins the harbour race", "Heron mask goes home", "Ferries go electric")
    assert visitor.page.locator("#drop, #url, button[name=remove]").count() == 0
    # A page that could change it, whose events are sent to the one that cannot.
    open_chat = app.build_app(own_qa, conversations=Conversations(tmp_path / "conversations.sqlite"))
    changing = {"add_files", "add_url", "remove", "undo"}
    numbers = [number for number, fn in open_chat.fns.items() if fn.name in changing]
    assert len(numbers) >= len(changing)
    upload = _post(address, "upload", b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
                   b"The keeper is Ida Marsh.\r\n--x--\r\n", "multipart/form-data; boundary=x")  # fmt: skip
    assert upload[0] == 404
    (tmp_path / "a.txt").write_text("The keeper is Ida Marsh.")
    files = [{"path": str(tmp_path / "a.txt"), "meta": {"_type": "gradio.FileData"}}]
    served = serve_anew.chats[-1]
    with web(PAGE) as (elsewhere, asked):
        for number in {*numbers, *served.fns}:
            for first in (files, f"{elsewhere}/story.html"):
                body = {
                    "data": [first, None, None], "fn_index": number, "session_hash": "s",
                    "event_data": {"value": "race"},
                }  # fmt: skip
                _post(address, "run/predict", json.dumps(body).encode())
                _post(address, "queue/join", json.dumps(body).encode())
        assert asked == []
    visitor.ask("Who won the harbour race?")  # behind all of that in the queue
    assert visitor.text("#chat .words") == "Marian Lee"
    assert {article.id for article in own_qa.articles.list()} == {"race", "museum", "ferry"}


def _post(address: str, route: str, body: bytes, kind: str = "application/json") -> tuple[int, bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
    try:
        connection.request("POST", f"/gradio_api/{route}", body, {"Content-Type": kind})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()
