"""Serves the chat, to one person or to several: who gets in, which of Gradio's routes are open, what goes with them.

Gradio has some sixty routes, most of them for what this page does not do, and its login guards not all of them. What is
not named here is not found.
"""

from __future__ import annotations

import atexit
import base64
import binascii
import hashlib
import io
import ipaddress
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from index.errors import ArticleQAError

if TYPE_CHECKING:
    import gradio as gr

    from chat.users import Users

VISITOR_COOKIE = "article_qa_visitor"
MAX_UPLOAD_MB = 100
UPLOADS_KEPT = 10  # times the largest upload: so much may lie in the folder for uploads
UPLOAD_AGE_S = 6 * 3600  # what is older is removed when another comes
MAX_BODY_BYTES = 4 * 2**20  # of any request but an upload
_YEAR_S = 365 * 24 * 3600
_OUR_COOKIE = re.compile(r"[A-Za-z0-9_-]{32}")  # as secrets.token_urlsafe(24) makes it
_REALM = "Article QA"
_STRANGER = "article_qa.stranger"  # in a request's scope: nobody is logged in
_EVERYWHERE = frozenset({"0.0.0.0", "::"})

# The browser itself then refuses every request to another machine, whatever a later Gradio puts into its page.
# Gradio's page needs inline scripts and styles, and `eval` for its HTML component; links to articles still open.
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
        b"form-action 'self'; frame-ancestors 'self'",
    ),
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
)

# Everything that the page and programs need of Gradio. FIXED says nothing of articles or visitors; OPEN is needed to
# log in, and by Gradio itself when it starts; the rest is for users, where there are any.
_FIXED = re.compile(r"GET /(?:assets|static)/.+|GET /(?:gradio_api/)?theme\.css|GET /favicon\.ico")
_OPEN = re.compile(r"(?:GET|HEAD) /|POST /login/?|GET /logout|GET /gradio_api/startup-events")
_UPLOAD = "POST /gradio_api/upload"
_FOR_USERS = re.compile(
    r"GET /config/?"
    r"|GET /gradio_api/(?:info/?|app_id|queue/data|upload_progress|heartbeat/[^/]+|call/(?:v2/)?[^/]+/[^/]+)"
    r"|POST /gradio_api/(?:queue/join|upload|cancel|reset|run/[^/]+|call/(?:v2/)?[^/]+)/?"
    r"|(?:GET|POST|DELETE) /gradio_api/mcp/?"
)

# Gradio asks for a name and a password only; where they come from is handed past it.
_address: ContextVar[str] = ContextVar("address", default="")


class ServingError(ArticleQAError):
    """The chat cannot be served as it was asked for."""


class PortTakenError(ServingError):
    """The port that was asked for cannot be used."""


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """How the chat is served. Raises ServingError for what cannot be."""

    host: str = "127.0.0.1"
    port: int | None = None  # None: the first free one from 7860
    open_browser: bool = False
    users: Users | None = None  # None: whoever reaches the port may use it
    root_path: str = ""  # where a proxy offers it: a path, or the whole address
    max_upload_mb: int = MAX_UPLOAD_MB  # of one file

    def __post_init__(self) -> None:
        """Check what a user may have mistyped."""
        root = self.root_path.rstrip("/")
        object.__setattr__(self, "root_path", root)
        if root and not re.fullmatch(r"(?:https?://[\w.:\[\]-]+)?(?:/(?!\.)[\w.~-]+)*", root):
            raise ServingError(
                f"The chat cannot be offered at {root}. Give the whole address, like https://example.com/articles, or "
                "a path, like /articles."
            )
        if self.max_upload_mb < 1:
            raise ServingError(f"Uploads of {self.max_upload_mb} MB are none. Give a whole number above 0.")

    @property
    def prefix(self) -> str:
        """The path part of where it is offered; "" for the top."""
        return urlsplit(self.root_path).path

    @property
    def names(self) -> list[str]:
        """What it may be called in a request: a web page must not get here by having its own name point here."""
        if self.host.strip("[]") in _EVERYWHERE:
            return ["*"]
        return ["localhost", "127.0.0.1", _bracketed(self.host), *filter(None, [_host(self.root_path)])]


def launch(
    app: gr.Blocks,
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = False,
    *,
    users: Users | None = None,
    root_path: str = "",
    max_upload_mb: int = MAX_UPLOAD_MB,
    theme: Any = None,
    css: str | None = None,
    head: str | None = None,
) -> str:
    """Serve the page in a thread and return its address; `app.close()` ends it.

    Without a port it takes the first free one from 7860. Raises PortTakenError where the port is in use, and
    ServingError for settings that cannot be.
    """
    import anyio.to_thread
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    settings = ServingSettings(host, port, open_browser, users, root_path, max_upload_mb)
    uploads = upload_folder()
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)  # read again and again, and once by each component
    for block in app.blocks.values():
        block.GRADIO_CACHE = str(uploads)
    # Gradio asks its own server whether it is up, which must not go through a proxy that the environment names.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "localhost", "127.0.0.1", host]))

    async def may_enter(name: str, password: str) -> bool:
        assert users is not None
        return await anyio.to_thread.run_sync(users.check, name, password, _address.get())

    try:
        # Gradio prints where the tools for language models are, even when it is told to be quiet.
        with redirect_stdout(io.StringIO()):
            _, address, _ = app.launch(
                server_name=_bracketed(host), server_port=port, inbrowser=open_browser, prevent_thread_lock=True,
                quiet=True, theme=theme, css=css, head=head, mcp_server=True, root_path=settings.root_path,
                max_file_size=max_upload_mb * 2**20, auth=may_enter if users else None,
                auth_message="After ten wrong passwords, wait a minute." if users else None,
                app_kwargs={
                    "middleware": [
                        Middleware(TrustedHostMiddleware, allowed_hosts=settings.names, www_redirect=False),
                        Middleware(_Guard, settings=settings, uploads=uploads),
                    ]
                },
                # Every way out that Gradio has, closed by name rather than left to its defaults and the environment.
                share=False, footer_links=[], run_history=False, enable_monitoring=False, pwa=False, ssr_mode=False,
                inline=False, debug=False, show_error=False, strict_cors=True, num_workers=0,
            )  # fmt: skip
    except OSError as exc:
        where = f"Port {port}" if port is not None else "Every port from 7860"
        raise PortTakenError(f"{where} on {host} cannot be used. Name a free one: qa chat --port NUMBER") from exc
    _only_tools(app.mcp_server_obj)
    return str(address)


def warnings_for(host: str, users: Users | None, root_path: str = "") -> list[str]:
    """What someone who serves the chat there should know, a line each."""
    warnings = users.warnings() if users else []
    if root_path and users is None and is_loopback(host):
        warnings.append(f"Whoever reaches {root_path} may use this chat. Ask for a password there, or: --auth FILE")
    if not is_loopback(host):
        warnings.append(
            f"Passwords and articles travel unencrypted to {host}. Put a proxy with TLS in front: docs/deploy.md"
            if users
            else f"Whoever reaches {host} may use this chat and read the articles. Ask for a password: --auth FILE"
        )
    return warnings


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def visitor_of(request: gr.Request | None) -> str | None:
    """Whose conversations they are: "user:NAME", or "visitor:" and the hash of the browser's cookie; None without both.

    The hash, so that whoever reads the stored conversations could not pose as the browser.
    """
    if request is None:
        return None
    name = getattr(request, "username", None)  # a tool's request has none
    if name:
        return f"user:{name}"
    cookie = str(dict(getattr(request, "cookies", {})).get(VISITOR_COOKIE, ""))
    return f"visitor:{hashlib.sha256(cookie.encode()).hexdigest()}" if _OUR_COOKIE.fullmatch(cookie) else None


@cache
def upload_folder() -> Path:
    """The folder of this process for uploads, that no one else may read; removed when the process ends."""
    folder, process = Path(tempfile.mkdtemp(prefix="article-qa-")).resolve(), os.getpid()

    def remove() -> None:
        if os.getpid() == process:  # and not a fork of it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _host(address: str) -> str | None:
    """The host part of an http or https address, IPv6 in brackets as in a Host header; None where there is none."""
    host = urlsplit(address).hostname
    return _bracketed(host) if host else None


def _only_tools(server: Any) -> None:
    """Let Gradio's MCP server give JSON, and answer nothing but what is about tools."""
    from mcp.types import CallToolRequest, ListToolsRequest, PingRequest

    server.postprocess_output_data = _as_json
    handlers: dict[type, Any] = server.mcp_server.request_handlers
    kept: set[type] = {CallToolRequest, ListToolsRequest, PingRequest}
    # The rest, of which there is nothing here, would start Gradio's client, which looks up a list on the web.
    for request in handlers.keys() - kept:
        del handlers[request]


def _as_json(results: Sequence[Any], _: str) -> list[Any]:
    """What a tool gives as MCP's text. Gradio would write Python's notation, which is no JSON."""
    from mcp.types import TextContent

    return [TextContent(type="text", text=json.dumps(result, ensure_ascii=False)) for result in results]


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()


_NOTHING = _Refusal(404, "There is nothing here.")


class _Guard:
    """Stands between the network and Gradio: lets through what is named above, for whom it is, and adds headers.

    A plain ASGI application, as Starlette's own kind of middleware would hold streams up.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], settings: ServingSettings, uploads: Path) -> None:
        self.app = app
        self.settings = settings
        self.uploads = uploads
        self.tokens: dict[str, str] = {}  # for programs, by name: what Gradio would have in a cookie
        self.stamps: dict[str, str] = {}  # of the password that a token was given for

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] == "websocket":  # Gradio has none
            await send({"type": "websocket.close"})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from starlette.requests import HTTPConnection
        from starlette.responses import PlainTextResponse

        # One path for the checks here and for Gradio's router, whether or not the proxy left the prefix on it.
        path = scope["path"]
        if self.settings.prefix and f"{path}/".startswith(f"{self.settings.prefix}/"):
            path = path[len(self.settings.prefix) :] or "/"
        scope = {**scope, "path": path, "root_path": ""}
        _address.set(scope["client"][0] if scope.get("client") else "")
        request = HTTPConnection(scope)
        what = f"{scope['method']} {path}"
        fixed = bool(_FIXED.fullmatch(what))
        headers = _HEADERS if fixed else (*_HEADERS, (b"cache-control", b"no-store"))

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                new = {name for name, _ in headers}
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in new]
                message = {**message, "headers": [*map(_strict, kept), *headers]}
            await send(message)

        judged = await self._judge(what, fixed, request, scope)
        if isinstance(judged, _Refusal):
            reply = PlainTextResponse(judged.text, judged.status, dict(judged.headers))
            await reply(scope, receive, send_with_headers)
        elif judged.get(_STRANGER) and what == "GET /":
            await self.app(judged, receive, _LoginPage(send_with_headers))
        else:
            if what == "GET /" and self.settings.users is None:
                headers = (*headers, *self._cookie(request))
            await self.app(judged, receive, send_with_headers)

    async def _judge(self, what: str, fixed: bool, request: Any, scope: Any) -> _Refusal | Any:
        """The request as Gradio is to see it, or why it is not to."""
        if ".." in what or "\\" in what or "\0" in what:
            return _NOTHING
        if fixed:
            return scope
        is_open = bool(_OPEN.fullmatch(what))
        if not is_open and not _FOR_USERS.fullmatch(what):
            return _NOTHING
        if self._is_foreign(request):
            return _Refusal(403, "Another site's page may not ask here.")
        too_large = await self._too_large(what, request)
        if too_large is not None:
            return too_large
        if self.settings.users is None:
            return scope
        name = await self._user(request, scope)
        if name is not None:
            return self._logged_in(name, request, scope)
        if is_open:  # without what else it may ask for, which Gradio would put into its login page
            return {**scope, "query_string": b"", "headers": _without_login(scope["headers"]), _STRANGER: True}
        # A script of the page must not make the browser ask for a password in a window of its own.
        kind = "Login" if request.headers.get("sec-fetch-mode", "navigate") != "navigate" else "Basic"
        challenge = f'{kind} realm="{_REALM}", charset="UTF-8"'
        return _Refusal(401, "Log in, or send a name and a password.", (("WWW-Authenticate", challenge),))

    def _is_foreign(self, request: Any) -> bool:
        """Whether a page of another site makes this request, which Gradio would answer it, with the user's cookie."""
        origin = request.headers.get("origin")
        if origin is None:
            return False
        forwarded = request.headers.get("x-forwarded-host", "").split(",")[0].strip()
        ours = {_host(f"//{request.headers.get('host', '')}"), _host(self.settings.root_path)}
        return _host(origin) not in {*ours, _host(f"//{forwarded}")} - {None}

    async def _too_large(self, what: str, request: Any) -> _Refusal | None:
        """Refuse what is too large before any of it is read."""
        import anyio.to_thread

        if not what.startswith("POST"):
            return None
        if "transfer-encoding" in request.headers:
            return _Refusal(411, "The request does not say how long it is. Send it with Content-Length.")
        length = int(request.headers.get("content-length", 0))
        if what.rstrip("/") != _UPLOAD:
            return None if length <= MAX_BODY_BYTES else _Refusal(413, "The request is too long.")
        room = await anyio.to_thread.run_sync(self._room)
        if length <= room:
            return None
        return _Refusal(
            413, f"The files are too large together: {room // 2**20} MB can be taken now. Add fewer at a time."
        )

    def _room(self) -> int:
        """Bytes that may be uploaded now, after what has lain there for long was removed."""
        used, now = 0, time.time()
        for entry in self.uploads.iterdir():
            files = list(entry.rglob("*")) if entry.is_dir() else [entry]
            try:
                if now - entry.stat().st_mtime > UPLOAD_AGE_S:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
                else:
                    used += sum(file.stat().st_size for file in files)
            except FileNotFoundError:  # whoever uploaded it is done with it
                continue
        return UPLOADS_KEPT * self.settings.max_upload_mb * 2**20 - used

    async def _user(self, request: Any, scope: Any) -> str | None:
        """The name of who is logged in, or gives a name and the password with this request."""
        import anyio.to_thread

        users, server = self.settings.users, scope["app"]
        assert users is not None
        for cookie in (f"access-token-{server.cookie_id}", f"access-token-unsecure-{server.cookie_id}"):
            token = request.cookies.get(cookie, "")
            name = server.tokens.get(token)
            if name is None:
                continue
            stamp = users.stamp(name)
            if stamp is not None and self.stamps.setdefault(token, stamp) == stamp:
                return str(name)
            # The user was removed, or has another password now.
            server.tokens.pop(token, None)
            self.stamps.pop(token, None)
        given = _basic(request.headers.get("authorization", ""))
        if given is None:
            return None
        right: bool = await anyio.to_thread.run_sync(users.check, *given, _address.get())
        return given[0] if right else None

    def _logged_in(self, name: str, request: Any, scope: Any) -> Any:
        """The request with the cookie that Gradio asks for, also where a name and a password came with it."""
        server = scope["app"]
        token = self.tokens.setdefault(name, secrets.token_urlsafe(16))
        server.tokens[token] = name
        own = f"access-token-unsecure-{server.cookie_id}={token}"
        others = [f"{key}={value}" for key, value in request.cookies.items() if not key.startswith("access-token-")]
        cookie = (b"cookie", "; ".join([own, *others]).encode("latin-1", "replace"))
        return {**scope, "headers": [*_without_login(scope["headers"]), cookie]}

    def _cookie(self, request: Any) -> list[tuple[bytes, bytes]]:
        """The header that gives a browser its cookie, where it has none yet."""
        if _OUR_COOKIE.fullmatch(request.cookies.get(VISITOR_COOKIE, "")):
            return []
        forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
        https = "https" in {request.url.scheme, forwarded, urlsplit(self.settings.root_path).scheme}
        value = (
            f"{VISITOR_COOKIE}={secrets.token_urlsafe(24)}; Path={self.settings.prefix or '/'}; Max-Age={_YEAR_S}; "
            f"HttpOnly; SameSite=Lax{'; Secure' if https else ''}"
        )
        return [(b"set-cookie", value.encode("ascii"))]


class _LoginPage:
    """Sends Gradio's login page without what it says of the functions behind it, their first values among it."""

    def __init__(self, send: Callable[[Any], Awaitable[None]]) -> None:
        self.send = send
        self.start: Any = None
        self.body = b""

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        nothing = rb'\1{"named_endpoints": {}, "unnamed_endpoints": {}}\2'
        body = re.sub(rb"(window\.gradio_api_info = ).*?(;</script>)", nothing, self.body)
        length = (b"content-length", str(len(body)).encode("ascii"))
        headers = [*(header for header in self.start["headers"] if header[0].lower() != length[0]), length]
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _basic(header: str) -> tuple[str, str] | None:
    """The name and the password of an HTTP Basic header."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        text = given.decode("utf-8")
    except UnicodeDecodeError:
        text = given.decode("latin-1")
    name, colon, password = text.partition(":")
    return (name, password) if colon else None


def _without_login(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name not in {b"cookie", b"authorization"}]


def _strict(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Gradio lets its login cookie go along with every request from other sites; nothing here needs that."""
    name, value = header
    return (name, value.replace(b"SameSite=none", b"SameSite=lax")) if name.lower() == b"set-cookie" else header
