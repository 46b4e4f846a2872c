"""What the chat offers to other programs: two endpoints, by Gradio's client, by plain HTTP, and as MCP tools."""

from __future__ import annotations

import asyncio
import gc
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import huggingface_hub.constants
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession, McpError
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult

import app
from index import ArticleIndex
from qa import AnswerSettings, ArticleQA

# Gradio 6.31 makes an event loop for each of its locks and closes none, nor the socket that tries a taken port.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

LEAKS = "How many leaks did the robot find?"
EMPTY = "The question is empty. Ask something, for example: what happened in March?"


@pytest.fixture(scope="module")
def core(real_articles: ArticleIndex) -> ArticleQA:
    return ArticleQA(real_articles, settings=AnswerSettings(threshold=0.1))


@pytest.fixture(scope="module")
def address(core: ArticleQA) -> Iterator[str]:
    chat = app.build_app(core)
    yield app.launch(chat)
    chat.close(verbose=False)
    del chat
    asyncio.set_event_loop(None)
    gc.collect()  # what Gradio leaves unclosed, before the next module, whose tests do not allow for it


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)  # else the client looks up a list on the web
        yield Client(address, verbose=False, download_files=False, analytics_enabled=False)


def timeless(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "timings_ms"}


def request(url: str, values: object = None, **headers: str) -> bytes:
    body = None if values is None else json.dumps(values).encode()
    made = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(made, timeout=20) as reply:
        return bytes(reply.read())


def called(address: str, name: str, values: dict[str, Any]) -> tuple[str, Any]:
    """A call by plain HTTP: what happened, and the data."""
    event = json.loads(request(f"{address}gradio_api/call/v2/{name}", values))["event_id"]
    happened, data, *_ = request(f"{address}gradio_api/call/v2/{name}/{event}").decode().splitlines()
    return happened.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def connected(address: str, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    """What somebody gets who is connected as a client of the tools."""

    async def run() -> Any:
        async with (
            streamable_http_client(f"{address}gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            return await work(session)

    return asyncio.run(run())


def text(result: CallToolResult) -> str:
    [content] = result.content
    assert content.type == "text"
    return content.text


# Both, by whatever way


def test_two_endpoints_are_offered_and_nothing_else(address: str) -> None:
    described = json.loads(request(f"{address}gradio_api/info"))
    assert list(described["named_endpoints"]) == ["/ask", "/search"]
    assert described["unnamed_endpoints"] == {}


def test_an_answer_is_the_same_object_by_every_way(address: str, client: Client, core: ArticleQA) -> None:
    expected = timeless(core.ask(LEAKS).to_json())
    assert expected["answer"].startswith("23")
    assert timeless(client.predict(LEAKS, api_name="/ask")) == expected
    happened, [plain] = called(address, "ask", {"question": LEAKS})
    assert (happened, timeless(plain)) == ("complete", expected)
    tool = connected(address, lambda session: session.call_tool("ask", {"question": LEAKS}))
    assert not tool.isError
    assert timeless(json.loads(text(tool))) == expected


def test_passages_are_the_same_object_by_every_way(address: str, client: Client, core: ArticleQA) -> None:
    expected = timeless(core.search_json("water pipes", 2))
    assert len(expected["passages"]) == 2
    assert timeless(client.predict("water pipes", 2, api_name="/search")) == expected
    happened, [plain] = called(address, "search", {"words": "water pipes", "top_k": 2})
    assert (happened, timeless(plain)) == ("complete", expected)
    tool = connected(address, lambda session: session.call_tool("search", {"words": "water pipes", "top_k": 2}))
    assert timeless(json.loads(text(tool))) == expected


# Gradio's client


def test_ten_passages_are_found_unless_told_otherwise(client: Client, core: ArticleQA) -> None:
    assert timeless(client.predict("the", api_name="/search")) == timeless(core.search_json("the", 10))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"article_ids": ["bees", "robot"]}, {"bees", "robot"}),
        ({"sources": ["Coast Post"]}, {"lighthouse", "orchestra"}),
        ({"published_from": "2023-06"}, {"bees", "orchestra"}),
        ({"published_to": "2023-06-11"}, {"lighthouse", "bees"}),
        ({"sources": ["Coast Post"], "published_to": "2023"}, {"lighthouse"}),
        ({"published_to": "1900"}, set()),
        ({"languages": ["en"]}, {"lighthouse", "bees", "orchestra", "robot"}),
        ({"article_ids": [], "sources": []}, {"lighthouse", "bees", "orchestra", "robot"}),
    ],
)
def test_filters_narrow_the_articles(client: Client, where: dict[str, Any], found: set[str]) -> None:
    for name, asked in (("/search", {"words": "the year"}), ("/ask", {"question": "What happened in the year?"})):
        result = client.predict(**asked, **where, api_name=name)
        assert {passage["article_id"] for passage in result["passages"]} == found


@pytest.mark.parametrize(
    "history",
    [
        [["Who bought the lighthouse?", "Oskar Lindqvist"]],
        [{"role": "user", "content": "Who bought the lighthouse?"}, {"role": "assistant", "content": "Lindqvist"}],
    ],
)
def test_earlier_turns_are_handed_on(client: Client, core: ArticleQA, history: list[Any]) -> None:
    question = "How much did he pay for it?"
    assert timeless(client.predict(question, history, api_name="/ask")) == timeless(
        core.ask(question, history).to_json()
    )


# Errors


@pytest.mark.parametrize(
    ("name", "asked", "error"),
    [
        ("ask", {"question": " "}, EMPTY),
        ("search", {"words": ""}, EMPTY),
        ("ask", {"question": 5}, "A question is a text, not int."),
        ("ask", {"question": "x", "history": [1]}, "The question's history cannot be read: "),
        ("ask", {"question": "x", "article_ids": ["gone"]}, "No article 'gone' in "),
        (
            "ask",
            {"question": "x", "article_ids": "bees"},
            "article_ids is a list of texts, like [\"...\"], not 'bees'.",
        ),
        ("search", {"words": "x", "sources": [1]}, 'sources is a list of texts, like ["..."], not [1].'),
        ("ask", {"question": "x", "sources": ["Nobody"]}, "No article has the source Nobody. There are "),
        ("search", {"words": "x", "languages": ["tlh"]}, "No article has the language tlh. There are "),
        ("search", {"words": "x", "published_from": "soon"}, "'soon' is not a date. Write it like 2025-03-13."),
        ("search", {"words": "x", "published_to": 2023}, '2023 is not a date. Write it like "2025-03-13".'),
        ("search", {"words": "x", "top_k": 0}, "0 passages cannot be found. Ask for a whole number above 0."),
        ("search", {"words": "x", "top_k": "ten"}, "'ten' passages cannot be found. Ask for a whole number above 0."),
        ("search", {"words": "x", "top_k": True}, "True passages cannot be found. Ask for a whole number above 0."),
    ],
)
def test_an_error_is_one_line_and_leaves_nothing_in_the_terminal(
    address: str, capfd: pytest.CaptureFixture[str], name: str, asked: dict[str, Any], error: str
) -> None:
    happened, data = called(address, name, asked)
    assert happened == "error"
    assert data["error"].startswith(error)
    assert "\n" not in data["error"]
    assert capfd.readouterr() == ("", "")


def test_an_error_reaches_the_clients_as_the_same_line(address: str, client: Client) -> None:
    with pytest.raises(AppError) as raised:
        client.predict(" ", api_name="/ask")
    assert str(raised.value) == EMPTY
    result = connected(address, lambda session: session.call_tool("search", {"words": " "}))
    assert (result.isError, text(result)) == (True, EMPTY)


# Tools for language models


def test_the_tools_are_two_and_say_what_each_argument_is(address: str) -> None:
    tools = {tool.name: tool for tool in connected(address, lambda session: session.list_tools()).tools}
    assert set(tools) == {"ask", "search"}
    for name, needed in (("ask", "question"), ("search", "words")):
        schema = tools[name].inputSchema
        assert schema["required"] == [needed]
        assert all(len(values["description"]) > 20 for values in schema["properties"].values())
        assert "Args" not in (tools[name].description or "Args")
    assert schema["properties"]["top_k"] == {
        "type": "integer", "default": 10, "description": "How many passages at most, a whole number above 0.",
    }  # fmt: skip


def test_a_tool_takes_the_filters(address: str) -> None:
    arguments = {"words": "the year", "top_k": 3, "sources": ["Farm Weekly"], "published_from": "2023"}
    found = json.loads(text(connected(address, lambda session: session.call_tool("search", arguments))))
    assert {passage["article_id"] for passage in found["passages"]} == {"bees"}


def test_a_text_in_another_script_comes_as_it_is(address: str) -> None:
    arguments = {"words": "orchestra", "top_k": 1, "article_ids": ["orchestra"]}
    assert "🎻🎻" in text(connected(address, lambda session: session.call_tool("search", arguments)))


def test_the_tools_start_no_client_of_gradio_which_would_look_up_a_list_on_the_web(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr("gradio.mcp.Client", lambda *arguments, **_: made.append(arguments))

    async def all_there_is(session: ClientSession) -> list[str]:
        await session.call_tool("ask", {"question": LEAKS})
        await session.call_tool("search", {"words": LEAKS})
        await session.call_tool("greet", {})
        await session.send_ping()
        refused = []
        for attempt in (
            session.list_prompts(), session.get_prompt("ask"), session.list_resources(),
            session.read_resource("https://example.org/"),  # type: ignore[arg-type]
        ):  # fmt: skip
            with pytest.raises(McpError) as raised:
                await attempt
            refused.append(str(raised.value))
        return refused

    assert connected(address, all_there_is) == ["Method not found"] * 4
    assert made == []


# Who may call


@pytest.mark.parametrize("path", ["mcp", "mcp/", "mcp/sse", "mcp/schema", "info", "call/v2/ask", "run/ask"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example"])
def test_a_request_by_an_unknown_name_is_refused(address: str, path: str, host: str) -> None:
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Host": host.format(port=urlsplit(address).port), "Accept": "application/json, text/event-stream"}
    with pytest.raises(urllib.error.HTTPError, match="400") as raised:
        request(f"{address}gradio_api/{path}", listing, **headers)
    with raised.value as reply:
        assert reply.read() == b"Invalid host header"


def test_a_page_elsewhere_is_refused_and_not_told_that_it_may_read_anything(address: str) -> None:
    listing = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for method, body, status in (("OPTIONS", None, 404), ("POST", json.dumps(listing).encode(), 403)):
        made = urllib.request.Request(f"{address}gradio_api/mcp/", body, method=method)
        for name, value in {
            "Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
        }.items():  # fmt: skip
            made.add_header(name, value)
        try:
            reply = urllib.request.urlopen(made, timeout=20)
        except urllib.error.HTTPError as refused:
            reply = refused
        with reply:
            assert reply.status == status
            assert reply.headers["Access-Control-Allow-Origin"] is None
