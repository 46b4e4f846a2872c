"""The firewall between the network and Gradio: which routes are open, to whom, and what goes with every answer.

Gradio has some sixty routes, most of them for what this page does not do, and its login guards not all of them. What is
not named here is not found.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chat.origins import is_foreign, seen_through
from chat.policy import POLICY, PageSender, policy
from chat.settings import ServingSettings
from chat.uploads import NoRoomError, Uploads, released
from chat.words import language_in, retold

if TYPE_CHECKING:
    import gradio as gr

MAX_BODY_BYTES = 4 * 2**20  # of any request but an upload
_YEAR_S = 365 * 24 * 3600
_REALM = "Article QA"
WRONG_PASSWORDS = "After ten wrong passwords, wait a minute."
_STRANGER = "article_qa.stranger"  # in a request's scope: nobody is logged in
VISITOR_COOKIE = "article_qa_visitor"
_OUR_COOKIE = re.compile(r"[A-Za-z0-9_-]{32}")  # as secrets.token_urlsafe(24) makes it

_HEADERS = (
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
from_address: ContextVar[str] = ContextVar("address", default="")


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


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()


_NOTHING = _Refusal(404, "There is nothing here.")
_FOREIGN = _Refusal(
    403,
    "Another site's page may not ask here. If this is the chat's own page, behind a proxy, start the chat with "
    "--root-path https://... (the whole address of the page) or --trusted-proxy (the proxy's address).",
)


class Firewall:
    """Stands between the network and Gradio: lets through what is named above, for whom it is, and adds headers.

    A plain ASGI application, as Starlette's own kind of middleware would hold streams up.
    """

    def __init__(
        self,
        app: Callable[..., Awaitable[None]],
        settings: ServingSettings,
        uploads: Path,
        takes_files: bool = True,
        head: str = "",
    ) -> None:
        """Stand before `app`; `uploads` is the folder that Gradio puts uploaded files into, if it `takes_files`.

        `head` is the HTML that the page has in its head besides Gradio's own.
        """
        self.app = app
        self.takes_files = takes_files
        self.head = head.encode()
        self.settings = settings
        self.uploads = Uploads(uploads, settings.max_upload_mb)
        self.tokens: dict[str, str] = {}  # for programs, by name: what Gradio would have in a cookie
        self.stamps: dict[str, str] = {}  # of the password that a token was given for

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """Answer one request, or hand it on."""
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
        scope = seen_through({**scope, "path": path, "root_path": ""}, self.settings.trusted_proxies)
        from_address.set(scope["client"][0] if scope.get("client") else "")
        request = HTTPConnection(scope)
        what = f"{scope['method']} {path}"
        fixed = bool(_FIXED.fullmatch(what))
        headers = _HEADERS if fixed else (*_HEADERS, (b"cache-control", b"no-store"))

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = [(name.lower(), value) for name, value in message["headers"]]
                # A page comes with a policy of its own; nothing else that Gradio says of these counts.
                own = [] if any(name == POLICY for name, _ in given) and what == "GET /" else [policy()]
                new = {name for name, _ in (*headers, *own)}
                kept = [(name, value) for name, value in given if name not in new]
                message = {**message, "headers": [*map(_strict, kept), *headers, *own]}
            await send(message)

        judged = await self._judge(what, fixed, request, scope)
        if isinstance(judged, _Refusal):
            reply = PlainTextResponse(_said(judged.text, request), judged.status, dict(judged.headers))
            await reply(scope, receive, send_with_headers)
        elif judged.get(_STRANGER) and what == "GET /":
            await self.app(judged, receive, PageSender(send_with_headers, self.head, partial(_login_page, request)))
        elif what.rstrip("/") == _UPLOAD:
            await self._upload(request, judged, receive, send_with_headers)
        else:
            if what == "GET /" and self.settings.users is None:
                headers = (*headers, *self._cookie(request))
            sender = PageSender(send_with_headers, self.head) if what == "GET /" else send_with_headers
            await self.app(judged, receive, sender)

    async def _judge(self, what: str, fixed: bool, request: Any, scope: Any) -> _Refusal | Any:
        """The request as Gradio is to see it, or why it is not to."""
        if ".." in what or "\\" in what or "\0" in what:
            return _NOTHING
        if fixed:
            return scope
        is_open = bool(_OPEN.fullmatch(what))
        if not is_open and not _FOR_USERS.fullmatch(what):
            return _NOTHING
        if what.rstrip("/") == _UPLOAD and not self.takes_files:
            return _NOTHING
        if is_foreign(request, self.settings.root_path, leaves=what == "GET /logout"):
            return _FOREIGN
        too_large = self._too_large(what, request)
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

    def _too_large(self, what: str, request: Any) -> _Refusal | None:
        """Refuse what is too large before any of it is read."""
        if not what.startswith("POST"):
            return None
        if "transfer-encoding" in request.headers:
            return _Refusal(411, "The request does not say how long it is. Send it with Content-Length.")
        if what.rstrip("/") != _UPLOAD and int(request.headers.get("content-length", 0)) > MAX_BODY_BYTES:
            return _Refusal(413, "The request is too long.")
        return None

    async def _upload(self, request: Any, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """Hand on an upload, for which room is kept from before it is read until it is over."""
        import anyio.to_thread
        from starlette.responses import PlainTextResponse

        try:
            length = int(request.headers.get("content-length", 0))
            ticket = await anyio.to_thread.run_sync(self.uploads.reserve, length)
        except NoRoomError as exc:
            await PlainTextResponse(_said(str(exc), request), exc.status)(scope, receive, send)
            return
        with released(self.uploads, ticket):
            await self.app(scope, receive, send)

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
        right: bool = await anyio.to_thread.run_sync(users.check, *given, from_address.get())
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
        https = "https" in {request.scope["scheme"], urlsplit(self.settings.root_path).scheme}
        value = (
            f"{VISITOR_COOKIE}={secrets.token_urlsafe(24)}; Path={self.settings.prefix or '/'}; Max-Age={_YEAR_S}; "
            f"HttpOnly; SameSite=Lax{'; Secure' if https else ''}"
        )
        return [(b"set-cookie", value.encode("ascii"))]


def _said(text: str, request: Any) -> str:
    """A text in the language of the browser; a program names none, and has it in English."""
    return retold(text, language_in(request.headers.get("accept-language", "")))


def _login_page(request: Any, body: bytes) -> bytes:
    """Gradio's login page in the browser's language, without what it says of the functions behind it."""
    said = json.dumps(_said(WRONG_PASSWORDS, request))[1:-1].encode("ascii")
    body = body.replace(WRONG_PASSWORDS.encode("ascii"), said)
    nothing = rb'\1{"named_endpoints": {}, "unnamed_endpoints": {}}\2'
    body = re.sub(rb"(window\.gradio_api_info = ).*?(;</script>)", nothing, body)
    return body.replace(b"<head>", f"<head><title>{_REALM}</title>".encode("ascii"), 1)  # it has none


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
