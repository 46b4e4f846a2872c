"""The queue of questions: fair turns, a limit, the place told to programs, and questions that nobody waits for."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
import pytest

from chat import serving
from chat.settings import ServingSettings
from chat.waiting import ASKING, FairQueue, fair_place, wait_in_turn

# Gradio 6.31 makes an event loop for each of its locks and closes none, nor the socket that tries a taken port.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

COOKIES = {name: f"article_qa_visitor={name * 32}" for name in "abc"}
MAY_WAIT = 12


class Desk:
    """Answers one question at a time, once it may go on."""

    def __init__(self) -> None:
        self.answered: list[str] = []
        self.go_on = threading.Event()
        with gr.Blocks(analytics_enabled=False) as self.app:
            gr.api(self.ask, api_name="ask", queue=False, concurrency_id=ASKING, concurrency_limit=1)
        wait_in_turn(self.app)
        self.address = serving.launch(self.app, ServingSettings(max_waiting=MAY_WAIT))

    def ask(self, question: str) -> str:
        self.answered.append(question)
        assert self.go_on.wait(20)
        return f"{question}!"

    def sent(self, question: str, person: str) -> tuple[int, dict[str, Any]]:
        connection = self.connection()
        headers = {"Content-Type": "application/json", "Cookie": COOKIES[person]}
        connection.request("POST", "/gradio_api/call/ask", json.dumps({"data": [question]}), headers)
        reply = connection.getresponse()
        told: dict[str, Any] = json.loads(reply.read())
        connection.close()
        return reply.status, told

    def stream(self, told: dict[str, Any]) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self.connection()
        connection.request("GET", f"/gradio_api/call/ask/{told['event_id']}")
        return connection, connection.getresponse()

    def connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)

    def until(self, true: Any) -> None:
        end = time.monotonic() + 20
        while not true():
            assert time.monotonic() < end
            time.sleep(0.01)

    @property
    def waiting(self) -> int:
        return len(self.app._queue)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    assert isinstance(desk.app._queue, FairQueue)
    yield desk
    desk.go_on.set()
    desk.app.close(verbose=False)
    del desk
    asyncio.set_event_loop(None)
    gc.collect()


def begun(desk: Desk) -> None:
    """One question is being answered, so that all others wait."""
    assert desk.sent("begun", "c")[0] == 200
    desk.until(lambda: desk.answered == ["begun"])


def test_who_asks_ten_questions_does_not_hold_up_who_asks_one(desk: Desk) -> None:
    begun(desk)
    for number in range(10):
        assert desk.sent(f"a{number}", "a")[0] == 200
    assert desk.sent("b0", "b")[0] == 200
    assert desk.sent("b1", "b")[0] == 200
    desk.go_on.set()
    desk.until(lambda: len(desk.answered) == 13)
    assert desk.answered == ["begun", "a0", "b0", "a1", "b1", *(f"a{number}" for number in range(2, 10))]


def test_a_place_is_behind_everybodys_question_of_the_same_number() -> None:
    assert fair_place([], "a") == 0
    assert fair_place(["a", "b", "c"], "d") == 3
    assert fair_place(["a", "b", "a", "b", "a"], "b") == 5
    assert fair_place(["a", "b", "a", "a"], "b") == 3


def test_a_program_that_waits_is_told_its_place_until_it_is_answered(desk: Desk) -> None:
    begun(desk)
    desk.sent("before", "a")
    connection, stream = desk.stream(desk.sent("mine", "b")[1])
    lines = iter(stream.readline, b"")
    assert next(lines) == b"event: generating\n"
    assert json.loads(next(lines).removeprefix(b"data: ")) == [{"waiting": {"place": 2, "of": 2}}]
    desk.go_on.set()
    told = b"".join(lines)
    assert b'event: complete\ndata: ["mine!"]' in told
    connection.close()


def test_who_asks_while_all_places_are_taken_is_told_to_ask_again(desk: Desk) -> None:
    begun(desk)
    for number in range(MAY_WAIT):
        assert desk.sent(f"a{number}", "a")[0] == 200
    assert desk.sent("late", "b") == (503, {"detail": f"{MAY_WAIT} questions wait already. Ask again in a minute."})


def test_a_question_that_nobody_waits_for_any_more_is_not_answered(desk: Desk) -> None:
    begun(desk)
    connection, stream = desk.stream(desk.sent("left", "a")[1])
    assert stream.readline() == b"event: generating\n"
    desk.sent("stays", "b")
    stream.close()
    connection.close()
    desk.until(lambda: desk.waiting == 1)
    desk.go_on.set()
    desk.until(lambda: len(desk.answered) == 2)
    assert desk.answered == ["begun", "stays"]


def test_a_question_of_a_page_that_was_closed_while_it_waited_is_not_answered(desk: Desk) -> None:
    begun(desk)
    connection = desk.connection()
    joined = {"data": ["closed"], "fn_index": 0, "session_hash": "page"}
    headers = {"Content-Type": "application/json", "Cookie": COOKIES["a"]}
    connection.request("POST", "/gradio_api/queue/join", json.dumps(joined), headers)
    reply = connection.getresponse()
    assert (reply.status, "event_id" in json.loads(reply.read())) == (200, True)
    connection.close()
    page = desk.connection()
    page.request("GET", "/gradio_api/queue/data?session_hash=page", headers=headers)
    stream = page.getresponse()
    assert b'"estimation"' in stream.readline()
    desk.sent("stays", "b")
    assert desk.waiting == 2
    stream.close()
    page.close()  # as a browser does with its page
    desk.until(lambda: desk.waiting == 1)
    desk.go_on.set()
    desk.until(lambda: len(desk.answered) == 2)
    assert desk.answered == ["begun", "stays"]
