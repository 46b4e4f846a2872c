"""Several people at one chat: apart from each other, one after the other, behind a password, and behind a proxy."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chat.users import Users, set_password
from chat.waiting import QUESTIONS_AT_ONCE
from qa.answer import Answer
from tests.browser.conftest import MARKS
from tests.browser.test_conversations import lists
from tests.browser.test_library import BRIDGE, brand, drop, file

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

PASSWORD = "a lamp that stays lit"
HOSTILE_NAME = "<img src=x onerror=window.hacked=1>"


def test_two_visitors_do_not_see_each_other(serve: Serve, visit: Visit, fake: Fake) -> None:
    qa = fake.QA()
    address = serve(qa)
    first, second = visit(address), visit(address)
    first.ask("First one?")
    second.ask("Second one?")
    first.ask("First two?")
    assert qa.asked[1:] == [("Second one?", []), ("First two?", [("First one?", "Echo: First one?")])]
    assert first.questions() == ["First one?", "First two?"]
    assert second.questions() == ["Second one?"]
    for visitor, title in ((first, "First one?"), (second, "Second one?")):
        visitor.goes_to(address)
        lists(visitor, title)


def test_who_comes_when_all_places_are_taken_is_told_the_place_and_then_answered(
    serve: Serve, visit: Visit, fake: Fake
) -> None:
    go_on = threading.Event()

    def reply(question: str) -> Iterator[Answer]:
        yield fake.answer(question, "Ann")
        assert question == "Later?" or go_on.wait(60)
        yield fake.answer(question, "Ann Lee")

    address = serve(fake.QA(reply))
    early: list[Any] = []  # two windows in each browser, as one keeps six connections to a server at most
    for number in range(QUESTIONS_AT_ONCE):
        early.append(visit(address, beside=early[-1] if number % 2 else None))
    for visitor in early:
        visitor.send("Now?")
        visitor.page.locator("#chat mark").wait_for()
    try:
        late = [visit(address)]
        late.append(visit(address, beside=late[0]))
        for place, visitor in enumerate(late, start=1):
            visitor.send("Later?")
            said = f"Others are asking, too: your question is number {place} of {place} that wait."
            visitor.one("#queue-said", has_text=said)
        assert late[0].page.locator("#chat .bot-row").count() == 0
    finally:
        go_on.set()
    for visitor in [*early, *late]:
        visitor.page.locator("#chat .acts").wait_for()
        assert visitor.text("#chat .words") == "Ann Lee"
        visitor.page.wait_for_function("() => document.querySelector('#queue-said').textContent === ''")


# Logging in


def log_in(visitor: Any, name: str, password: str = PASSWORD) -> None:
    visitor.page.get_by_label("username").fill(name)
    visitor.page.get_by_label("password").fill(password)
    visitor.page.get_by_role("button", name="Login").click()


def test_conversations_follow_who_logs_in_from_one_browser_to_another(
    serve_anew: Any, visit: Visit, fake: Fake, tmp_path: Path
) -> None:
    users = tmp_path / "users"
    set_password(users, HOSTILE_NAME, PASSWORD)
    set_password(users, "dele", "forty hives")
    address = serve_anew(fake.QA(suggested=["Where is the mask?"]), launch={"users": Users.from_file(users)})
    visitor = visit(address, waits=False)
    log_in(visitor, HOSTILE_NAME, "forty hives")
    visitor.page.get_by_text("Incorrect Credentials").wait_for()
    assert visitor.page.locator("#question").count() == 0
    log_in(visitor, HOSTILE_NAME)
    visitor.one("#chat .placeholder-content .note")
    visitor.ask("Who won?")
    # In another browser
    other = visit(address, waits=False)
    log_in(other, HOSTILE_NAME)
    other.one("#chat .placeholder-content .note, #chat .acts")
    lists(other, "Who won?")
    other.page.locator("#conversations button[name=talk]").click()
    other.one("#chat .acts")
    other.ask("When?")
    # What was typed and not sent is there after a reload
    visitor.type("What does the")
    visitor.page.reload()
    visitor.one("#chat .acts")
    visitor.page.wait_for_function("() => document.querySelector('#question textarea').value === 'What does the'")
    # Another user in the first browser, who finds nothing of it
    visitor.page.goto(f"{address}logout")
    visitor.page.goto(address)
    log_in(visitor, "dele", "forty hives")
    visitor.one("#chat .placeholder-content .note")
    lists(visitor)
    visitor.page.wait_for_function("() => !sessionStorage.getItem('article-qa-unsent')")
    assert visitor.page.locator("#question textarea").input_value() == ""
    visitor.page.goto(f"{address}logout")
    visitor.page.goto(address)
    log_in(visitor, HOSTILE_NAME)
    visitor.page.locator("#conversations button[name=talk]").click()
    visitor.page.locator("#chat .acts").nth(1).wait_for()
    assert visitor.questions() == ["Who won?", "When?"]
    for each in (visitor, other):
        assert each.page.evaluate("() => window.hacked") is None


def test_without_the_password_nobody_sees_anything(serve_anew: Any, visit: Visit, fake: Fake, tmp_path: Path) -> None:
    qa = fake.QA(suggested=["Where is the mask?"])
    address = serve_anew(qa, launch={"users": Users.from_pair("nora", PASSWORD)})
    visitor = visit(address, waits=False)
    visitor.page.get_by_role("button", name="Login").wait_for()
    for secret in ("The race", "Where is the mask?", "/home/me/my articles"):
        assert secret not in visitor.page.content()
    for route in ("config", "gradio_api/info", "gradio_api/queue/data?session_hash=x", "gradio_api/mcp/"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{address}{route}")
    told = visitor.page.evaluate(
        "async () => (await fetch('gradio_api/queue/join', {method: 'POST', headers: {'Content-Type': "
        "'application/json'}, body: JSON.stringify({data: ['Who?'], fn_index: 1, session_hash: 'x'})})).status"
    )
    assert told == 401
    assert qa.asked == []


# Behind a proxy


class _Proxy(BaseHTTPRequestHandler):
    """Offers the chat under /articles, and passes on what comes as it comes."""

    protocol_version = "HTTP/1.1"
    target: int
    others: list[str]  # what was asked outside of /articles

    def _pass_on(self) -> None:
        self.close_connection = True
        if not f"{self.path}/".startswith("/articles/"):
            self.others.append(self.path)
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        connection = http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)
        try:
            own = {"host", "connection", "accept-encoding"}
            headers = {name: value for name, value in self.headers.items() if name.lower() not in own}
            headers["X-Forwarded-Host"] = self.headers["Host"]
            headers["X-Forwarded-Proto"] = "http"
            connection.request(self.command, self.path.removeprefix("/articles") or "/", body or None, headers)
            reply = connection.getresponse()
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in {"connection", "transfer-encoding", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while part := reply.read1():
                self.wfile.write(part)
                self.wfile.flush()
        except OSError:  # whoever asked has gone
            pass
        finally:
            connection.close()

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a browser that hangs up


@contextmanager
def proxied(target: int, port: int) -> Iterator[list[str]]:
    """A reverse proxy, and what was asked of it that is not under the chat's path."""
    handler = type("Handler", (_Proxy,), {"target": target, "others": []})
    server = _Server(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield handler.others  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_behind_a_proxy_under_a_path_of_its_own_everything_works(
    serve_anew: Any, visit: Visit, own_qa: Any, port: int
) -> None:
    behind = serve_anew(own_qa, launch={"root_path": "/articles", "trusted_proxies": ["127.0.0.1"]})
    with proxied(urlsplit(behind).port or 0, port) as others:
        address = f"http://127.0.0.1:{port}/articles/"
        visitor = visit(address)
        visitor.ask("Who won the harbour race?")
        assert visitor.text("#chat .words") == "Marian Lee"
        visitor.page.locator("#chat figcaption button.open").click()
        assert visitor.one("#source mark").text_content() == visitor.text("#chat blockquote")
        drop(visitor, file("bridge.md", f"---\n{BRIDGE}"))
        brand(visitor, "4 articles")
        visitor.ask("Who found cracks in the Lantern Bridge?")
        assert "Ida Marsh" in visitor.text("#chat .words")
        visitor.page.reload()
        visitor.page.locator("#chat .acts").nth(1).wait_for()
        assert all(urlsplit(url).path.startswith("/articles") for url in visitor.requests if url.startswith("http"))
        assert set(others) <= {"/favicon.ico"}  # which a browser asks for on its own
        assert visitor.errors == []
