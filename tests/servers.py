"""A server that speaks the OpenAI protocol over real sockets and does what a script says."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar


@dataclass(frozen=True)
class Says:
    """Streams `text` in `pieces` parts of like length, or in the parts given, `delay_s` seconds before each."""

    text: str = "The light is in the tower."
    pieces: int | Sequence[str] = 3
    delay_s: float = 0
    reason: str = "stop"  # why the answer ends

    def parts(self) -> list[str]:
        if not isinstance(self.pieces, int):
            return list(self.pieces)
        size = max(1, -(-len(self.text) // self.pieces))
        return [self.text[at : at + size] for at in range(0, len(self.text), size)]


@dataclass(frozen=True)
class Stalls:
    """Accepts the request and sends nothing."""


@dataclass(frozen=True)
class StallsAfter:
    """Sends `pieces` parts, and then nothing more."""

    pieces: int


@dataclass(frozen=True)
class BreaksOff:
    """Sends `after` parts and closes the connection; `politely`: as if the answer were whole, without a reason."""

    after: int
    politely: bool = False


@dataclass(frozen=True)
class Status:
    """Answers with an HTTP status and, as the error's message, `text`."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    text: str = "as the script says"


@dataclass(frozen=True)
class BrokenJson:
    """Sends `after` parts, and then one that is no JSON."""

    after: int = 0


@dataclass(frozen=True)
class Page:
    """Answers with a web page."""


@dataclass(frozen=True)
class Empty:
    """Says that the answer is whole, but there are no words."""


Behaviour = Says | Stalls | StallsAfter | BreaksOff | Status | BrokenJson | Page | Empty


class ScriptedServer:
    """Does one behaviour for each question, in order; after the last it answers 400. For use in a `with` statement."""

    def __init__(self, *script: Behaviour, models: Sequence[str] = ("scripted",)) -> None:
        self.script = list(script)
        self.models = list(models)
        self.asked: list[dict[str, Any]] = []  # the bodies of the questions
        self.headers: list[dict[str, str]] = []  # of all requests, names in lower case
        self.hung_up = threading.Event()  # a client went before its answer was whole
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.scripted = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="scripted server")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def next(self, body: dict[str, Any]) -> Behaviour:
        with self._lock:
            self.asked.append(body)
            return self.script.pop(0) if self.script else Status(400, text="the script is at its end")

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()  # waits for the requests


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    scripted: ScriptedServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # with chunks, so that an answer that is not whole can be told
    timeout = 20  # seconds
    server: _Server
    FILLER: ClassVar[str] = "word "

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._note()
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": "us"} for name in self.server.scripted.models
        ]
        if self.path == "/v1/models":
            self._json(200, {"object": "list", "data": models})
        else:
            self._json(404, {"error": {"message": f"no {self.path} here"}})

    def do_POST(self) -> None:
        self._note()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self._json(404, {"error": {"message": f"no {self.path} here"}})
            return
        try:
            self._do(self.server.scripted.next(body))
        except ConnectionError:
            self.server.scripted.hung_up.set()
            self.close_connection = True

    def _note(self) -> None:
        self.close_connection = True  # one request, one connection, so that nothing is left open
        self.server.scripted.headers.append({name.lower(): value for name, value in self.headers.items()})

    def _do(self, behaviour: Behaviour) -> None:
        match behaviour:
            case Stalls():
                self.server.scripted.closing.wait()
            case Status(status, headers, text):
                self._json(status, {"error": {"message": text, "type": "scripted", "code": None}}, headers)
            case Page():
                self._send(200, "text/html", b"<html><body>Welcome</body></html>", {})
            case _:
                self._stream(behaviour)

    def _stream(self, behaviour: Behaviour) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()
        self._part({"role": "assistant", "content": ""})
        match behaviour:
            case Says(reason=reason):
                for text in behaviour.parts():
                    if behaviour.delay_s:
                        self.server.scripted.closing.wait(behaviour.delay_s)
                    self._part({"content": text})
                self._part({}, reason)
            case StallsAfter(count):
                self._fill(count)
                self.server.scripted.closing.wait()
                return
            case BreaksOff(count, politely):
                self._fill(count)
                if not politely:
                    return
            case BrokenJson(count):
                self._fill(count)
                self._chunk(b'data: {"choices": [{"delta": {"conte\n\n')
            case Empty():
                self._part({}, "stop")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _fill(self, count: int) -> None:
        for _ in range(count):
            self._part({"content": self.FILLER})

    def _part(self, delta: dict[str, str], reason: str | None = None) -> None:
        part = {
            "id": "scripted",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "scripted",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }
        self._chunk(f"data: {json.dumps(part)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _json(self, status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(content).encode(), headers or {})

    def _send(self, status: int, kind: str, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind, "Connection": "close"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
