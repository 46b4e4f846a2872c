"""What the served chat gives to whom: its routes, its files, its headers, its cookies; and behind a proxy."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import http.client
import json
import os
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import bcrypt
import gradio as gr
import huggingface_hub.constants
import pytest
from gradio import http_server
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

from chat import firewall, serving
from chat.firewall import visitor_of
from chat.origins import origin_of, seen_through
from chat.serving import launch, upload_folder, warnings_for
from chat.settings import PortTakenError, ServingError, ServingSettings
from chat.uploads import FILES_KEPT, FILES_ON_THEIR_WAY, UPLOAD_AGE_S, NoRoomError, Uploads
from chat.users import Users, set_password
from chat.words import words_of

# Gradio 6.31 makes an event loop for each of its locks and closes none, nor the socket that tries a taken port.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

PASSWORD = "a lamp that stays lit"
SECRET = "The heron mask is in the cellar."  # what the page holds and strangers must not get


@dataclass
class Page:
    """A small page with what ours is made of, served, and what it has seen."""

    seen: list[Any] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    app: Any = None
    address: str = ""

    def build(self) -> Any:
        def read(words: str, request: gr.Request) -> str:
            self.seen.append(visitor_of(request))
            return f"{words}!"

        def grow(words: str, request: gr.Request) -> Iterator[str]:
            self.seen.append(visitor_of(request))
            yield words
            self.go_on.wait(20)
            yield f"{words}!"

        def take(files: list[str] | None) -> str:
            self.seen.append([(Path(name).name, Path(name).read_bytes()) for name in files or ()])
            return str(len(files or ()))

        def ask(question: str, request: gr.Request) -> dict[str, Any]:
            """Answer a question.

            Args:
                question: What to answer.

            """
            self.seen.append(visitor_of(request))
            return {"answer": f"{question}!"}

        # Set by hand: Gradio reads them to find out what to pass, and cannot resolve names of this module's.
        for function in (read, grow, ask):
            function.__annotations__["request"] = gr.Request
        with gr.Blocks(analytics_enabled=False) as self.app:
            words, files, said = gr.Textbox(value=SECRET), gr.File(file_count="multiple"), gr.Textbox()
            words.submit(read, words, said, api_name="read", queue=False)
            words.submit(grow, words, said, api_name="grow")
            files.upload(take, files, said, api_name="take")
            gr.api(ask, api_name="ask", queue=False)
        return self.app

    def number(self, name: str) -> int:
        """The number by which the page calls a function."""
        return next(int(number) for number, fn in self.app.fns.items() if fn.api_name == name)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def asked(page: Page, method: str, path: str, body: Any = None, /, **headers: str) -> Reply:
    """One request, byte for byte as it is given: no client tidies up the path. A header's _ stands for -."""
    parts = urlsplit(page.address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None and not isinstance(body, bytes):
        body, given = json.dumps(body).encode(), {"Content-Type": "application/json", **given}
    try:
        connection.request(method, path, body, given)
        reply = connection.getresponse()
        streams = "event-stream" in reply.headers.get("Content-Type", "") and "/call/" not in path
        try:
            content = reply.read1() if streams else reply.read()
        except http.client.IncompleteRead as broken:  # Gradio breaks off where there is no such event
            content = broken.partial
        return Reply(
            reply.status,
            {name.lower(): value for name, value in reply.headers.items()},
            reply.headers.get_all("Set-Cookie", []),
            content,
        )
    finally:
        connection.close()


def basic(name: str = "nora", password: str = PASSWORD) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def uploaded(page: Page, content: bytes, name: str = "a.txt", /, **headers: str) -> Reply:
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode()
    kind = "multipart/form-data; boundary=x"
    body = head + content + b"\r\n--x--\r\n"
    return asked(page, "POST", "/gradio_api/upload", body, **{"Content-Type": kind, **headers})


def files() -> list[Path]:
    return [path for path in upload_folder().rglob("*") if path.is_file()]


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed at bcrypt's least cost: at the usual one each takes a fifth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bcrypt.gensalt", partial(bcrypt.gensalt, 4))
        yield


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Users:
    path = tmp_path_factory.mktemp("users") / "users"
    set_password(path, "nora", PASSWORD)
    set_password(path, "dele", "forty hives")
    return Users.from_file(path)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def serve(**settings: Any) -> Page:
        pages.append(Page())
        pages[-1].address = launch(pages[-1].build(), ServingSettings(**settings))
        return pages[-1]

    yield serve
    for page in pages:
        page.go_on.set()
        page.app.close(verbose=False)
    pages.clear()
    asyncio.set_event_loop(None)
    gc.collect()  # what Gradio leaves unclosed, before the next module, whose tests do not allow for it


@pytest.fixture(scope="module")
def open_page(serve: Callable[..., Page]) -> Page:
    return serve(max_upload_mb=1)


@pytest.fixture(scope="module")
def closed_page(serve: Callable[..., Page], users: Users) -> Page:
    return serve(users=users)


@pytest.fixture(scope="module")
def proxied_page(serve: Callable[..., Page]) -> Page:
    return serve(trusted_proxies=["127.0.0.1"])


@pytest.fixture(params=["open", "closed"])
def page(request: pytest.FixtureRequest) -> Page:
    return request.getfixturevalue(f"{request.param}_page")  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def nothing_uploaded() -> Iterator[None]:
    yield
    for path in files():
        path.unlink()


# All routes


def routes(router: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path that the server knows, with something in place of its parameters."""
    for route in getattr(router, "routes", ()):
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes(inner, prefix)
            continue
        path = re.sub(r"{[^}]*}", "1", prefix + route.path)
        for method in getattr(route, "methods", None) or ("GET", "POST", "DELETE"):
            yield method, path or "/"
        yield from routes(route, prefix + route.path)


OPEN_TO_ALL = {
    ("GET", "/"): "auth_required", ("HEAD", "/"): "", ("GET", "/logout"): "", ("POST", "/login"): "field required",
    ("POST", "/login/"): "field required", ("GET", "/gradio_api/startup-events"): "false",
    ("GET", "/assets/1"): "not found", ("GET", "/static/1"): "not found", ("GET", "/favicon.ico"): "",
    ("GET", "/theme.css"): ":root", ("GET", "/gradio_api/theme.css"): ":root",
}  # fmt: skip


def test_no_route_gives_or_takes_anything_without_a_login_but_those_that_log_in(closed_page: Page) -> None:
    known = sorted(set(routes(closed_page.app.app)))
    assert len(known) > 70
    given = {}
    for method, path in known:
        reply = asked(closed_page, method, path, {"session_hash": "1", "data": []} if method == "POST" else None)
        assert SECRET not in reply.text
        if reply.status == 401:
            assert reply.headers["www-authenticate"] == 'Basic realm="Article QA", charset="UTF-8"'
            assert reply.text == "Log in, or send a name and a password."
        elif reply.status == 404 and reply.text == ("" if method == "HEAD" else "There is nothing here."):
            continue
        else:
            given[method, path] = reply.text
    assert {route: content for route, content in given.items() if route not in OPEN_TO_ALL} == {}
    for route, content in OPEN_TO_ALL.items():
        assert content in given[route].lower()


def test_with_a_login_only_what_the_page_and_programs_need_is_there(closed_page: Page, open_page: Page) -> None:
    known = sorted(set(routes(closed_page.app.app)))
    for page, headers in ((closed_page, {"Authorization": basic()}), (open_page, {})):
        there = {
            (method, path.rstrip("/"))
            for method, path in known
            if method != "HEAD"
            and asked(page, method, path, {} if method == "POST" else None, **headers).text != "There is nothing here."
        }
        for method, path in known:
            if method == "HEAD" and path != "/":
                assert asked(page, method, path, **headers).status == 404
        assert there - {(method, path.rstrip("/")) for method, path in OPEN_TO_ALL} == {
            ("GET", "/config"), ("GET", "/gradio_api/info"), ("GET", "/gradio_api/app_id"),
            ("GET", "/gradio_api/queue/data"), ("GET", "/gradio_api/upload_progress"),
            ("GET", "/gradio_api/heartbeat/1"), ("GET", "/gradio_api/call/1/1"), ("GET", "/gradio_api/call/v2/1/1"),
            ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/upload"), ("POST", "/gradio_api/cancel"),
            ("POST", "/gradio_api/reset"), ("POST", "/gradio_api/run/1"), ("POST", "/gradio_api/call/1"),
            ("POST", "/gradio_api/call/v2/1"), ("GET", "/gradio_api/mcp"), ("POST", "/gradio_api/mcp"),
            ("DELETE", "/gradio_api/mcp"),
        }  # fmt: skip


def test_who_is_to_log_in_is_told_so_in_the_language_of_the_browser(closed_page: Page) -> None:
    german = words_of("de")
    assert asked(closed_page, "GET", "/config", Accept_Language="de-DE,en").text == german["told_log_in"]
    said = json.dumps(german["told_wrong_passwords"])
    assert said in asked(closed_page, "GET", "/", Accept_Language="de-DE,en").text
    assert said not in asked(closed_page, "GET", "/").text


@pytest.mark.parametrize("query", ["", "?all_endpoints=1", "?page=", "?deep_link=x", "?view=api"])
def test_the_login_page_says_nothing_of_the_page_behind_it(closed_page: Page, query: str) -> None:
    reply = asked(closed_page, "GET", f"/{query}")
    assert reply.status == 200
    assert '"auth_required":true' in reply.text.replace(" ", "")
    for secret in (SECRET, "/read", "/grow", "/take", "textbox"):
        assert secret not in reply.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "//config"), ("GET", "/./config"), ("GET", "/assets/../config"), ("GET", "/assets/%2e%2e/config"),
        ("GET", "/static/..%2f..%2fconfig"), ("GET", "/config%00"), ("GET", "/CONFIG"), ("GET", "/%63onfig"),
        ("GET", "/config;x"), ("GET", "/config?x"), ("GET", "/gradio_api//info"), ("GET", "/gradio_api/info/../info"),
        ("HEAD", "/config"), ("OPTIONS", "/config"), ("PUT", "/config"), ("POST", "/gradio_api/mcp/messages/x"),
        ("GET", "/gradio_api/mcp/schema"), ("GET", "/gradio_api/mcp/sse"), ("GET", "/gradio_api/mcp/../info"),
        ("GET", "/theme.css/../config"), ("GET", "/config\\..\\theme.css"), ("PROPFIND", "/"),
    ],
)  # fmt: skip
def test_no_way_of_writing_a_path_gets_past_the_login(closed_page: Page, method: str, path: str) -> None:
    reply = asked(closed_page, method, path)
    assert reply.status in {401, 404, 405}
    assert SECRET not in reply.text


# Logging in


def logged_in(page: Page, name: str = "nora", password: str = PASSWORD) -> Reply:
    form = urlencode({"username": name, "password": password}).encode()
    return asked(page, "POST", "/login", form, Content_Type="application/x-www-form-urlencoded")


def cookie(reply: Reply) -> str:
    return "; ".join(each.partition(";")[0] for each in reply.cookies)


def run(page: Page, words: str = "hello", name: str = "read", /, **headers: str) -> Reply:
    body = {"data": [words], "fn_index": page.number(name), "session_hash": "s"}
    return asked(page, "POST", "/gradio_api/run/predict", body, **headers)


def test_the_login_pages_cookie_opens_the_page_until_logging_out(closed_page: Page) -> None:
    reply = logged_in(closed_page)
    assert (reply.status, reply.body) == (200, b'{"success":true}')
    assert len(reply.cookies) == 2
    assert all("httponly" in each.lower() and "samesite=lax" in each.lower() for each in reply.cookies)
    mine = cookie(reply)
    assert SECRET in asked(closed_page, "GET", "/", Cookie=mine).text
    closed_page.seen.clear()
    assert run(closed_page, Cookie=mine).status == 200
    assert closed_page.seen == ["user:nora"]
    other = cookie(logged_in(closed_page, "dele", "forty hives"))
    assert asked(closed_page, "GET", "/logout", Cookie=mine).status == 302
    assert run(closed_page, Cookie=mine).status == 401
    assert run(closed_page, Cookie=other).status == 200


@pytest.mark.parametrize(("name", "password"), [("nora", "wrong"), ("nora", ""), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_password_opens_nothing(closed_page: Page, name: str, password: str) -> None:
    reply = logged_in(closed_page, name, password)
    assert reply.status in {400, 422}
    assert reply.cookies == []
    assert run(closed_page, Authorization=basic(name, password)).status == 401


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic x", "Basic ====", "Bearer x", "basic bm9yYQ==", f"Basic {base64.b64encode(b'nora').decode()}"],
)
def test_a_header_that_is_no_name_and_password_is_none(closed_page: Page, header: str) -> None:
    assert run(closed_page, Authorization=header).status == 401


@pytest.mark.parametrize("value", ["access-token-x=y", "x", "", "access-token-unsecure-=; =", "a=\xff"])
def test_a_cookie_that_is_not_from_here_is_none(closed_page: Page, value: str) -> None:
    assert run(closed_page, Cookie=value).status == 401


def test_programs_send_name_and_password_with_each_call_which_is_hashed_once(
    closed_page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed_page.seen.clear()
    assert run(closed_page, Authorization=basic()).status == 200
    monkeypatch.setattr("bcrypt.checkpw", None)  # which takes a fifth of a second
    for _ in range(20):
        assert run(closed_page, Authorization=basic()).status == 200
    assert set(closed_page.seen) == {"user:nora"}


def test_programs_reach_every_way_of_asking(closed_page: Page) -> None:
    headers = {"Authorization": basic("dele", "forty hives")}
    assert b'"Hi!"' in asked(closed_page, "POST", "/gradio_api/run/ask", {"data": ["Hi"]}, **headers).body
    started = asked(closed_page, "POST", "/gradio_api/call/v2/ask", {"question": "Hi"}, **headers)
    path = f"/gradio_api/call/v2/ask/{json.loads(started.body)['event_id']}"
    assert asked(closed_page, "GET", path).status == 401
    assert b'"Hi!"' in asked(closed_page, "GET", path, **headers).body


def with_tools(page: Page, path: str = "gradio_api/mcp/", **headers: str) -> Any:
    async def call() -> Any:
        async with (
            create_mcp_http_client(headers) as client,
            streamable_http_client(page.address + path, http_client=client) as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            result = await session.call_tool("ask", {"question": "Hi"})
            return json.loads(result.content[0].text)  # type: ignore[union-attr]

    return asyncio.run(call())


def test_tools_are_for_users_too(closed_page: Page, open_page: Page) -> None:
    assert with_tools(closed_page, Authorization=basic()) == {"answer": "Hi!"}
    assert with_tools(open_page) == {"answer": "Hi!"}
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert asked(closed_page, "POST", "/gradio_api/mcp/", listing).status == 401


def test_gradios_own_client_logs_in_both_ways(closed_page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for login in ({"auth": ("nora", PASSWORD)}, {"headers": {"Authorization": basic()}}):
        client = Client(closed_page.address, verbose=False, analytics_enabled=False, **login)
        try:
            assert client.predict("Hi", api_name="/ask") == {"answer": "Hi!"}
        finally:
            client.close()


def test_who_is_removed_or_gets_another_password_is_logged_out_at_once(
    serve: Callable[..., Page], tmp_path: Path
) -> None:
    path = tmp_path / "users"
    for name in ("nora", "dele"):
        set_password(path, name, PASSWORD)
    page = serve(users=Users.from_file(path))
    cookies = {name: cookie(logged_in(page, name)) for name in ("nora", "dele")}
    for mine in cookies.values():
        assert run(page, Cookie=mine).status == 200
    set_password(path, "nora", "another one")
    assert run(page, Cookie=cookies["nora"]).status == 401
    assert run(page, Authorization=basic()).status == 401
    assert run(page, Authorization=basic("nora", "another one")).status == 200
    assert run(page, Cookie=cookies["dele"]).status == 200
    path.write_text("".join(each for each in path.read_text().splitlines(True) if "dele" not in each))
    assert run(page, Cookie=cookies["dele"]).status == 401


def test_an_address_with_too_many_wrong_passwords_is_refused_by_either_way(
    serve: Callable[..., Page], tmp_path: Path
) -> None:
    set_password(tmp_path / "users", "nora", PASSWORD)
    for name in ("dele", "ida"):
        set_password(tmp_path / "users", name, PASSWORD)
    page = serve(users=Users.from_file(tmp_path / "users"), trusted_proxies=["192.0.2.1", "127.0.0.0/8"])
    known = cookie(logged_in(page, "dele"))
    for number in range(5):
        assert logged_in(page, f"name{number}").status == 400
        assert run(page, Authorization=basic(f"other{number}")).status == 401
    assert logged_in(page).status == 400
    assert run(page, Authorization=basic()).status == 401
    assert run(page, Cookie=known).status == 200
    # The proxy, which is on this machine, says for whom it asks.
    assert run(page, Authorization=basic(), X_Forwarded_For="192.0.2.9").status == 200
    # What stands before that, and before other proxies that are trusted, anybody may have written.
    for number in range(10):
        forwarded = f"198.51.100.{number}, 192.0.2.7, 192.0.2.1"
        assert run(page, Authorization=basic("nobody"), X_Forwarded_For=forwarded).status == 401
    assert run(page, Authorization=basic("ida"), X_Forwarded_For="192.0.2.7").status == 401
    assert run(page, Authorization=basic("ida"), X_Forwarded_For="192.0.2.8").status == 200


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("192.0.2.7:5678", "192.0.2.7"), ("[2001:db8::5]:123", "2001:db8::5"), ("[2001:db8::5]", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"), ("198.51.100.1, 192.0.2.7:5, 192.0.2.1:443", "192.0.2.7"), ("", "127.0.0.1"),
        ("192.0.2.7:5, [::ffff:192.0.2.1]:9", "192.0.2.7"), ("unknown", "unknown"),
    ],
)  # fmt: skip
def test_a_port_that_a_proxy_names_is_no_part_of_an_address(forwarded: str, address: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"headers": headers, "client": ("127.0.0.1", 1)}
    assert seen_through(scope, ["192.0.2.1", "127.0.0.1"])["client"][0] == address


def test_nobody_takes_another_address_by_saying_so(serve: Callable[..., Page], tmp_path: Path) -> None:
    set_password(tmp_path / "users", "nora", PASSWORD)
    page = serve(users=Users.from_file(tmp_path / "users"))
    for number in range(10):
        login = {"Authorization": basic(f"other{number}"), "X-Forwarded-For": f"192.0.2.{number}"}
        assert run(page, **login).status == 401
    assert run(page, Authorization=basic(), X_Forwarded_For="192.0.2.77").status == 401


def test_a_script_of_the_page_gets_no_window_that_asks_for_a_password(closed_page: Page) -> None:
    assert asked(closed_page, "GET", "/config", Sec_Fetch_Mode="cors").headers["www-authenticate"].startswith("Login ")
    assert asked(closed_page, "GET", "/config", Sec_Fetch_Mode="navigate").headers["www-authenticate"][:6] == "Basic "


# Files


def test_no_file_of_the_machine_is_given(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.txt").write_text(SECRET)
    link = upload_folder() / "link.txt"
    link.symlink_to(tmp_path / "own.txt")
    login = {"Authorization": basic()}
    [mine] = json.loads(uploaded(page, SECRET.encode(), **login).body)
    assert Path(mine).read_text() == SECRET
    assert Path(mine).is_relative_to(upload_folder())
    for path in (
        "/etc/passwd", __file__, firewall.__file__, str(tmp_path / "own.txt"), "own.txt", "./own.txt", str(link), mine,
        mine.removeprefix("/"), f"{upload_folder()}/../own.txt", "http://127.0.0.1:9/x", "~/x", "C:\\x",
    ):  # fmt: skip
        for written in (path, path.replace("/", "%2f"), path.replace("/", "%252f"), path.replace("/", "//")):
            for way in ("/gradio_api/file=", "/gradio_api/file/", "/file=", "/assets/", "/static/", "/svelte/",
                        "/assets/../../", "/assets/%2e%2e/", "/gradio_api/proxy=", "/gradio_api/stream/",
                        "/gradio_api/custom_component/", "/assets//", "/"):  # fmt: skip
                reply = asked(page, "GET", (way + written).replace(" ", "%20"), **login)
                assert reply.status in {400, 403, 404}, way + written
                assert SECRET not in reply.text
                assert "root:" not in reply.text
    link.unlink()


def took(page: Page, *paths: str, **login: str) -> Reply:
    given = [{"path": path, "meta": {"_type": "gradio.FileData"}} for path in paths]
    body = {"data": [given], "fn_index": page.number("take"), "session_hash": "t"}
    assert asked(page, "POST", "/gradio_api/queue/join", body, **login).status == 200
    parts = urlsplit(page.address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    connection.request("GET", "/gradio_api/queue/data?session_hash=t", headers=login)
    try:
        reply = connection.getresponse()
        return Reply(reply.status, {}, [], reply.read())
    finally:
        connection.close()


def test_an_upload_reaches_what_it_is_for_and_nothing_else_does(page: Page, tmp_path: Path) -> None:
    login = {"Authorization": basic()}
    [mine] = json.loads(uploaded(page, b"my article", **login).body)
    page.seen.clear()
    assert b'"process_completed"' in took(page, mine, **login).body
    assert page.seen == [[("a.txt", b"my article")]]
    page.seen.clear()
    (tmp_path / "own.txt").write_text(SECRET)
    link = upload_folder() / "link.txt"
    link.symlink_to(tmp_path / "own.txt")
    fetched: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)
            self.send_error(404)

        def do_HEAD(self) -> None:
            fetched.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as inside:
        thread = threading.Thread(target=inside.serve_forever, args=(0.02,))
        thread.start()
        for path in ("/etc/passwd", str(tmp_path / "own.txt"), f"{upload_folder()}/../x", str(link),
                     f"http://127.0.0.1:{inside.server_port}/x", "file:///etc/passwd"):  # fmt: skip
            reply = took(page, path, **login)
            assert b'"success":false' in reply.body.replace(b" ", b""), path
        inside.shutdown()
        thread.join()
    link.unlink()
    assert page.seen == []
    assert fetched == []


@pytest.mark.parametrize("name", ["../../x.txt", "..\\x.txt", "/etc/x.txt", "x\0.txt", "<b>.txt", "a" * 300, ".."])
def test_an_upload_stays_in_the_folder_whatever_it_is_called(open_page: Page, name: str) -> None:
    before = set(upload_folder().parent.iterdir())
    reply = uploaded(open_page, b"x", name)
    assert reply.status in {200, 400, 500}
    assert all(path.resolve().is_relative_to(upload_folder()) for path in files())
    assert {path for path in upload_folder().parent.iterdir() if path.name in {"x.txt", "..", "etc"}} <= before


def test_the_folder_is_for_this_process_only_and_goes_with_it(tmp_path: Path) -> None:
    assert stat.S_IMODE(upload_folder().stat().st_mode) == 0o700
    code = "from chat.serving import upload_folder; folder = upload_folder(); (folder / 'x').touch(); print(folder)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) != upload_folder()
    assert not Path(done.stdout.strip()).exists()


def test_a_folder_that_a_cleaner_of_temporary_files_removed_is_made_again(open_page: Page) -> None:
    for content in (b"first", b"second"):
        shutil.rmtree(upload_folder())
        [path] = json.loads(uploaded(open_page, content).body)
        assert stat.S_IMODE(upload_folder().stat().st_mode) == 0o700
        open_page.seen.clear()
        assert b'"process_completed"' in took(open_page, path).body
        assert open_page.seen == [[("a.txt", content)]]


@pytest.mark.skipif(os.name != "posix", reason="a link to a folder")
def test_what_stands_in_the_place_of_the_folder_and_is_not_ours_gets_nothing(open_page: Page, tmp_path: Path) -> None:
    shutil.rmtree(upload_folder())
    upload_folder().symlink_to(tmp_path)
    try:
        reply = uploaded(open_page, b"my article")
    finally:
        upload_folder().unlink()
        upload_folder().mkdir(0o700)
    assert (reply.status, list(tmp_path.iterdir())) == (503, [])
    assert (
        reply.text
        == f"Nothing can be uploaded: {upload_folder()} is not the folder that this program made. Start it again."
    )


def test_an_upload_that_is_too_large_is_a_clear_error_and_leaves_nothing(open_page: Page) -> None:
    assert uploaded(open_page, b"x" * 2**20).status == 200
    reply = uploaded(open_page, b"x" * (2**20 + 1), "large.txt")
    assert (reply.status, reply.text) == (413, "File size exceeded maximum allowed size of 1048576 bytes.")
    assert [path.name for path in files()] == ["a.txt"]
    assert str(open_page.app.config["max_file_size"]) == str(2**20)  # so that the page says so before it sends


def test_uploads_together_are_bounded_and_old_ones_make_room(open_page: Page) -> None:
    for number in range(9):
        assert uploaded(open_page, bytes([number]) * 2**20).status == 200
    reply = uploaded(open_page, b"x" * 2**20)
    assert reply.status == 413
    assert re.fullmatch(r"The files are too large together: [01] MB can be taken now. Add fewer at a time.", reply.text)
    for path in upload_folder().iterdir():
        os.utime(path, (0, time.time() - UPLOAD_AGE_S - 1))
    assert uploaded(open_page, b"x" * 2**20).status == 200
    assert len(files()) == 1


def started(page: Page, length: int, *, sent: bytes = b"") -> socket.socket:
    """An upload that says how long it is, of which no more is sent for now."""
    parts = urlsplit(page.address)
    connection = socket.create_connection((str(parts.hostname), parts.port), timeout=20)
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    connection.sendall(head.encode() + sent)
    return connection


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_room_is_kept_for_uploads_that_are_on_their_way(open_page: Page) -> None:
    begun: list[socket.socket] = []

    def no_room_is_left() -> bool:  # they are looked at in any order, and a small one takes room from a large one
        begun.append(started(open_page, 5 * 2**20))
        reply = uploaded(open_page, b"x")
        for path in files():
            path.unlink()
        return reply.status == 413

    assert eventually(no_room_is_left)
    for connection in begun:
        connection.close()
    assert eventually(lambda: uploaded(open_page, b"x").status == 200)


def test_an_upload_that_breaks_off_leaves_nothing(open_page: Page) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    connection = started(open_page, 2**19, sent=head + b"x" * 2**18)
    assert eventually(lambda: len(files()) == 1)
    assert uploaded(open_page, b"another").status == 200  # which leaves the one on its way alone
    assert len(files()) == 2
    connection.close()
    assert eventually(lambda: [path.name for path in files()] == ["a.txt"])


def test_so_many_files_may_lie_there_and_no_more(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", 100)
    tickets = [uploads.reserve(2**20) for _ in range(FILES_ON_THEIR_WAY // 1000)]  # each may bring a thousand
    with pytest.raises(NoRoomError, match="too many uploads at once"):
        uploads.reserve(10)
    for ticket in tickets:
        uploads.release(ticket)
    for number in range(FILES_KEPT):
        (tmp_path / "uploads" / f"{number}.txt").touch()
    with pytest.raises(NoRoomError, match="Too many files"):
        uploads.reserve(10)


def test_where_nothing_may_be_added_nothing_is_uploaded() -> None:
    with gr.Blocks(analytics_enabled=False) as app:
        gr.Textbox()
    page = Page(app=app, address=launch(app, ServingSettings()))
    try:
        assert uploaded(page, b"x").status == 404
        assert files() == []
    finally:
        app.close(verbose=False)


def test_the_state_of_two_hundred_pages_is_kept_and_no_more(open_page: Page) -> None:
    holder = open_page.app.state_holder
    for number in range(205):
        holder[f"page-{number}"]
    assert len(holder.session_data) == 200
    assert "page-204" in holder
    assert "page-0" not in holder


def test_nothing_is_uploaded_without_a_login(closed_page: Page) -> None:
    assert uploaded(closed_page, b"x").status == 401
    assert files() == []


def test_what_is_no_upload_is_bounded_too(open_page: Page) -> None:
    body = {"data": ["x" * firewall.MAX_BODY_BYTES], "fn_index": 0, "session_hash": "s"}
    reply = asked(open_page, "POST", "/gradio_api/queue/join", body)
    assert (reply.status, reply.text) == (413, "The request is too long.")


def test_a_request_that_does_not_say_how_long_it_is_is_refused(open_page: Page) -> None:
    parts = urlsplit(open_page.address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    connection.request("POST", "/gradio_api/queue/join", iter([b"{}"]), encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()


# Visitors


def visitor(reply: Reply) -> str:
    [given] = reply.cookies
    name, _, value = given.partition(";")[0].partition("=")
    assert name == "article_qa_visitor"
    return value


def test_a_browser_gets_a_cookie_with_the_page_and_is_known_by_it_in_every_event(open_page: Page) -> None:
    reply = asked(open_page, "GET", "/")
    [given] = reply.cookies
    assert re.fullmatch(
        r"article_qa_visitor=[\w-]{32}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", given, re.ASCII
    )
    mine = f"article_qa_visitor={visitor(reply)}"
    assert asked(open_page, "GET", "/", Cookie=mine).cookies == []
    open_page.seen.clear()
    open_page.go_on.set()
    assert run(open_page, Cookie=mine).status == 200
    queued(open_page, "grow", mine).read()
    [first, second] = open_page.seen
    assert first == second
    assert re.fullmatch(r"visitor:[0-9a-f]{64}", first)
    assert visitor(reply) not in first
    open_page.seen.clear()
    other = f"article_qa_visitor={visitor(asked(open_page, 'GET', '/'))}"
    assert run(open_page, Cookie=other).status == 200
    assert run(open_page).status == 200
    assert run(open_page, Cookie="article_qa_visitor=short").status == 200
    [theirs, nobody, short] = open_page.seen
    assert theirs != first
    assert (nobody, short) == (None, None)


@pytest.mark.parametrize("value", ["", "x", "x" * 31, "x" * 33, "x" * 31 + "!", "é" * 32])
def test_a_cookie_that_does_not_look_like_ours_is_replaced(open_page: Page, value: str) -> None:
    assert len(visitor(asked(open_page, "GET", "/", Cookie=f"article_qa_visitor={value}"))) == 32


def test_only_the_page_gives_a_cookie_and_only_where_nobody_logs_in(open_page: Page, closed_page: Page) -> None:
    for path in ("/theme.css", "/config", "/gradio_api/info"):
        assert asked(open_page, "GET", path).cookies == []
    assert asked(closed_page, "GET", "/", Authorization=basic()).cookies == []
    assert visitor_of(None) is None


def test_the_cookie_is_secure_where_the_page_came_by_https(open_page: Page, proxied_page: Page) -> None:
    for page, secure in ((proxied_page, True), (open_page, False)):
        [given] = asked(page, "GET", "/", X_Forwarded_Proto="https").cookies
        assert given.endswith("; Secure") == secure


# Other sites


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"])
@pytest.mark.parametrize("way", [("GET", "/config"), ("GET", "/"), ("POST", "/gradio_api/upload"), ("POST", "/login")])
def test_a_page_of_another_site_may_not_ask(page: Page, way: tuple[str, str], origin: str) -> None:
    reply = asked(page, *way, Origin=origin, Authorization=basic())
    assert reply.status == 403
    assert reply.text.startswith("Another site's page may not ask here.")
    assert "--root-path https://" in reply.text  # where it is its own page, and nothing says so
    assert "--trusted-proxy" in reply.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:1", "Origin": "http://localhost:2"}, {"Host": "localhost", "Origin": "https://localhost"},
        {"Host": "localhost", "Origin": "http://127.0.0.1"}, {"Host": "localhost:80", "Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"},
        {"Origin": "https://qa.example", "X-Forwarded-Host": "qa.example", "X-Forwarded-Proto": "https"},
    ],
)  # fmt: skip
def test_another_port_scheme_or_name_is_another_site_whatever_it_says(open_page: Page, headers: dict[str, str]) -> None:
    for way in (("GET", "/config"), ("POST", "/gradio_api/queue/join"), ("OPTIONS", "/config")):
        reply = asked(open_page, *way, **headers, **{"Access-Control-Request-Method": "GET"})
        assert reply.status in ({403} if way[0] != "OPTIONS" else {403, 404})
        assert not [name for name in reply.headers if name.startswith("access-control-")]


def test_no_answer_may_be_read_by_another_site(page: Page) -> None:
    for path in ("/", "/config", "/theme.css", "/gradio_api/info", "/nothing"):
        for origin in ("http://localhost:1", "http://127.0.0.1", page.address.rstrip("/")):
            headers = asked(page, "GET", path, Origin=origin, Authorization=basic()).headers
            assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost:7860", "Host": "localhost:7860"},
        {"Origin": "http://localhost", "Host": "localhost"}, {"Origin": "http://localhost:80", "Host": "localhost"},
        {"Origin": "http://LOCALHOST", "Host": "localhost"},
        {"Origin": "https://qa.example:8443", "X-Forwarded-Host": "qa.example:8443", "X-Forwarded-Proto": "https"},
        {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {},
    ],
)  # fmt: skip
def test_its_own_page_may_ask_also_behind_a_proxy(proxied_page: Page, headers: dict[str, str]) -> None:
    assert run(proxied_page, **headers).status == 200


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("http://a.example", ("http", "a.example", 80)), ("https://A.example:8/x", ("https", "a.example", 8)),
        ("http://[::1]:7860", ("http", "::1", 7860)), ("null", None), ("http://a:b", None), ("file:///x", None),
        ("http://[x", None), ("", None), ("https://Bücher.example/x", ("https", "xn--bcher-kva.example", 443)),
        ("https://straße.example:8", ("https", "xn--strae-oqa.example", 8)),
    ],
)  # fmt: skip
def test_an_origin_is_scheme_host_and_port(address: str, origin: object) -> None:
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, {"Referer": "https://evil.example/"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, {"Referer": "http://127.0.0.1:1/"},
        {"Origin": "https://evil.example"},
    ],
)  # fmt: skip
def test_nobody_is_logged_out_from_elsewhere(closed_page: Page, headers: dict[str, str]) -> None:
    mine = cookie(logged_in(closed_page))
    assert asked(closed_page, "GET", "/logout", Cookie=mine, **headers).status == 403
    assert run(closed_page, Cookie=mine).status == 200
    own = {"Referer": closed_page.address, "Sec-Fetch-Site": "same-origin"}
    assert asked(closed_page, "GET", "/logout", Cookie=mine, **own).status == 302
    assert run(closed_page, Cookie=mine).status == 401


@pytest.mark.parametrize("proxy", ["", "proxy.example", "10.0.0.0/99", "*"])
def test_a_proxy_that_is_no_address_is_an_error(proxy: str) -> None:
    with pytest.raises(ServingError, match="is no address of a proxy"):
        ServingSettings(trusted_proxies=[proxy])


def test_a_public_name_opens_gradio_to_no_other_site(serve: Callable[..., Page], users: Users) -> None:
    page = serve(users=users, root_path="https://qa.example")
    mine = cookie(logged_in(page))
    for origin, status in (("https://qa.example", 200), ("https://evil.example", 403)):
        assert asked(page, "GET", "/config", Origin=origin, Host="qa.example", Cookie=mine).status == status


def test_a_public_name_of_other_letters_than_asciis_is_known_as_browsers_send_it(serve: Callable[..., Page]) -> None:
    page = serve(root_path="https://bücher.example")
    host = "xn--bcher-kva.example"
    assert run(page, Host=host, Origin=f"https://{host}").status == 200
    assert run(page, Host=host, Origin="https://bucher.example").status == 403


# Headers


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/info", "/gradio_api/nothing", "/theme.css"])
def test_every_answer_keeps_the_browser_from_other_machines(page: Page, path: str) -> None:
    for login in ({}, {"Authorization": basic()}):
        headers = asked(page, "GET", path, **login).headers
        parts = headers["content-security-policy"].split("; ")
        assert parts[0] == "default-src 'self'"
        assert parts[1].startswith("script-src 'self' 'unsafe-eval'")
        assert ("'sha256-" in parts[1]) == (path == "/")
        assert "'unsafe-inline'" not in parts[1]
        assert {"object-src 'none'", "frame-src 'none'", "frame-ancestors 'self'"} <= set(parts)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert (headers.get("cache-control") == "no-store") == (path != "/theme.css")


def test_what_every_visitor_gets_alike_may_be_kept(page: Page) -> None:
    [asset, *_] = re.findall(r"assets/[\w.-]+\.js", asked(page, "GET", "/").text)
    reply = asked(page, "GET", f"/{asset}")
    assert reply.status == 200
    assert "javascript" in reply.headers["content-type"]
    assert reply.headers.get("cache-control") != "no-store"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::1"])
def test_a_request_by_an_unknown_name_is_refused(open_page: Page, host: str) -> None:
    reply = asked(open_page, "GET", "/", Host=host)
    assert (reply.status, reply.body) == (400, b"Invalid host header")


# Streams


def queued(page: Page, name: str, cookies: str = "", path: str = "", host: str = "") -> http.client.HTTPResponse:
    """The stream of a queued event's messages. A session of its own, as a page has."""
    session = f"s{time.monotonic_ns()}"
    headers = {"Cookie": cookies, **({"Host": host} if host else {})}
    body = {"data": ["hello"], "fn_index": page.number(name), "session_hash": session}
    assert asked(page, "POST", f"{path}/gradio_api/queue/join", body, **headers).status == 200
    parts = urlsplit(page.address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    connection.request("GET", f"{path}/gradio_api/queue/data?session_hash={session}", headers=headers)
    return connection.getresponse()


def test_an_answer_arrives_as_it_grows(page: Page) -> None:
    page.go_on.clear()
    mine = cookie(logged_in(page)) if page.app.auth else ""
    with queued(page, "grow", mine) as stream:
        received = b""
        while b"process_generating" not in received:
            received += stream.read1()
        assert b'"hello"' in received
        assert b"process_completed" not in received
        page.go_on.set()
        assert b"process_completed" in stream.read()


def test_a_websocket_is_refused(open_page: Page) -> None:
    parts = urlsplit(open_page.address)
    with socket.create_connection((str(parts.hostname), parts.port or 0), timeout=20) as plain:
        plain.sendall(
            f"GET /gradio_api/queue/join HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert plain.recv(1000).split()[1] in {b"403", b"404"}


# Behind a proxy


@pytest.mark.parametrize(
    ("root_path", "host", "root"),
    [
        ("/articles", "", "http://127.0.0.1:{port}/articles"),
        ("/articles/", "", "http://127.0.0.1:{port}/articles"),
        ("https://qa.example/articles", "qa.example", "https://qa.example/articles"),
        ("https://qa.example", "qa.example", "https://qa.example"),
    ],
)
def test_a_proxy_offers_it_where_it_likes_and_may_leave_the_path_on_or_take_it_off(
    serve: Callable[..., Page], root_path: str, host: str, root: str
) -> None:
    page = serve(root_path=root_path)
    prefix = urlsplit(root_path).path.rstrip("/")
    headers = {"Host": host} if host else {}
    expected = root.format(port=urlsplit(page.address).port)
    for path in {prefix, ""}:
        reply = asked(page, "GET", f"{path}/", **headers)
        assert reply.status == 200
        [given] = reply.cookies
        assert f"Path={prefix or '/'};" in given
        assert ("Secure" in given) == root_path.startswith("https")
        assert f'"root":"{expected}"' in reply.text.replace(" ", "")
        assert json.loads(asked(page, "GET", f"{path}/config", **headers).body)["root"] == expected
        assert run_under(page, path, headers).status == 200
        page.go_on.set()
        with queued(page, "grow", path=path, host=host) as stream:
            assert b"process_completed" in stream.read()
        assert asked(page, "GET", f"{path}/gradio_api/file=/etc/passwd", **headers).status == 404
        if not host:
            assert with_tools(page, f"{path}/gradio_api/mcp/".lstrip("/")) == {"answer": "Hi!"}
    assert asked(page, "GET", f"{prefix}/x/config", **headers).status == 404
    if prefix:
        assert asked(page, "GET", f"{prefix}x/config", **headers).status == 404
        assert asked(page, "GET", f"{prefix}{prefix}/config", **headers).status == 404
        assert asked(page, "GET", prefix, **headers).status == 200


def run_under(page: Page, path: str, headers: dict[str, str]) -> Reply:
    body = {"data": ["hello"], "fn_index": page.number("read"), "session_hash": "s"}
    return asked(page, "POST", f"{path}/gradio_api/run/predict", body, **headers)


@pytest.mark.parametrize(
    "root_path", ["articles", "ftp://x/", "https://", "/a b", "/a?x", "/../x", "https://x/?y", "//x"]
)
def test_a_place_where_it_cannot_be_offered_is_an_error(root_path: str) -> None:
    with pytest.raises(
        ServingError, match=r"Give the whole address, like https://example.com/articles, or a path, like"
    ):
        ServingSettings(root_path=root_path)


def test_uploads_of_nothing_are_an_error() -> None:
    with pytest.raises(ServingError, match=r"^Uploads of 0 MB are none\. Give a whole number above 0\.$"):
        ServingSettings(max_upload_mb=0)


def test_a_port_that_is_taken_is_an_error(open_page: Page) -> None:
    with pytest.raises(PortTakenError, match=r"^Port \d+ on 127\.0\.0\.1 cannot be used\."):
        launch(Page().build(), ServingSettings(port=urlsplit(open_page.address).port))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # by which a server says so
def test_a_port_that_another_took_while_this_one_started_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.2", 0)) as other:  # Gradio itself looks at 127.0.0.1 only
        taken = other.getsockname()[1]
        monkeypatch.setattr(http_server, "INITIAL_PORT_VALUE", taken)
        monkeypatch.setattr(serving, "_is_free", lambda host, port: True)
        page = Page()
        page.app = page.build()
        try:
            page.address = launch(page.app, ServingSettings(host="127.0.0.2"))
            assert urlsplit(page.address).port != taken
            assert json.loads(run(page).text)["data"] == ["hello!"]
        finally:
            page.app.close()


def test_a_port_that_something_listens_on_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.2", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(http_server, "INITIAL_PORT_VALUE", taken)
        monkeypatch.setattr(http_server, "TRY_NUM_PORTS", 1)
        monkeypatch.setattr(gr.Blocks, "launch", None)
        with pytest.raises(PortTakenError, match=rf"^Every port from {taken} to {taken} on 127\.0\.0\.2 cannot be"):
            launch(Page().build(), ServingSettings(host="127.0.0.2"))


def test_it_can_be_served_by_ipv6(serve: Callable[..., Page]) -> None:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 on this machine")
    page = serve(host="::1")
    assert page.address.startswith("http://[::1]:")
    assert run(page).status == 200
    assert asked(page, "GET", "/", Host="evil.example").status == 400


# Warnings


def test_who_serves_others_is_told_what_that_means(users: Users, tmp_path: Path) -> None:
    pair = Users.from_setting(f"nora:{PASSWORD}")
    for host in ("127.0.0.1", "localhost", "::1", "127.0.0.5"):
        assert warnings_for(host, None) == warnings_for(host, users) == []
        assert len(warnings_for(host, pair)) == 1
    [path_only] = warnings_for("127.0.0.1", users, "/articles")
    assert "--root-path https://NAME/articles" in path_only
    assert "--trusted-proxy" in path_only
    assert warnings_for("127.0.0.1", users, "/articles", ["127.0.0.1"]) == []
    assert warnings_for("127.0.0.1", users, "https://qa.example/articles") == []
    [proxied] = warnings_for("127.0.0.1", None, "https://qa.example")
    assert proxied.startswith(
        "Whoever reaches https://qa.example may use this chat. Ask for a password there, or: --auth"
    )
    for host in ("0.0.0.0", "::", "192.0.2.1", "qa.example"):
        [alone] = warnings_for(host, None)
        assert (
            alone == f"Whoever reaches {host} may use this chat and read the articles. Ask for a password: --auth FILE"
        )
        [clear] = warnings_for(host, users)
        assert clear.startswith(f"Passwords and articles travel unencrypted to {host}. Put a proxy with TLS in front")
        assert len(warnings_for(host, pair)) == 2


# docs/deploy.md


def deploy_code() -> list[tuple[str, str]]:
    """The code blocks of docs/deploy.md with their languages, continued lines joined."""
    text = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    indented = re.findall(r"(?<=\n\n)(?: {4}.*\n)+", re.sub(r"(?ms)^```.*?^```", "", text))
    return [(kind, code.replace("\\\n", " ")) for kind, code in (*fenced, *(("", code) for code in indented))]


def test_every_command_in_deploy_md_can_be_given() -> None:
    from qa.__main__ import _parser

    lines = [line.partition("   #")[0] for _, code in deploy_code() for line in code.splitlines()]
    commands = [match[1] for line in lines if (match := re.search(r"qa ((?:--index \S+ )?(?:chat|add)\b.*)", line))]
    given = [shlex.split(command) for command in commands]
    [entry], [rest] = ([json.loads(line.split(" ", 1)[1]) for line in lines if line.startswith(f"{word} [")]
                       for word in ("ENTRYPOINT", "CMD"))  # fmt: skip
    assert entry == ["qa"]
    given.append(rest)
    assert len(given) == 6
    for arguments in given:
        _parser().parse_args(arguments)
    named = {word for arguments in given for word in arguments if word.startswith("--")}
    assert {"--host", "--port", "--no-browser", "--auth", "--root-path"} <= named


@pytest.mark.parametrize("flag", ["--host", "--auth", "--root-path", "--read-only", "--max-upload-mb"])
def test_every_flag_that_deploy_md_explains_is_there(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    from qa.__main__ import main

    text = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    assert f"`{flag}" in text
    with pytest.raises(SystemExit):
        main(["chat", "--help"])
    assert f"  {flag} " in capsys.readouterr().out + " "


def test_the_units_of_deploy_md_are_whole(tmp_path: Path) -> None:
    code = dict(deploy_code())
    assert {"ini", "dockerfile", "nginx", "caddyfile"} <= code.keys()
    assert code["nginx"].count("{") == code["nginx"].count("}") == 2
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd on this machine")
    unit = tmp_path / "article-qa.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", code["ini"], flags=re.MULTILINE))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_each_script_of_a_page_is_named_by_its_hash_and_no_other(page: Page) -> None:
    reply = asked(page, "GET", "/", Authorization=basic())
    scripts = [
        text
        for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", reply.text, re.DOTALL)
        if "src=" not in attributes
    ]
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts}
    named = set(re.findall(r"'sha256-([^']+)'", reply.headers["content-security-policy"]))
    assert len(scripts) >= 3
    assert hashes <= named
    assert len(named - hashes) <= 1  # the page's own script, which Gradio adds later
