"""What a browser may load and run on the page: its Content-Security-Policy, with the hashes of its own scripts.

Whatever an article, a file's name or a later Gradio puts into the page, a browser runs no script that was not there
when the page was sent, no handler in an attribute, and asks no other machine for anything.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

# What Gradio 6.31 cannot do without: 'unsafe-eval', as it makes functions of the text of each component's script and of
# what runs in the browser only, and inline styles, which it and Svelte write into attributes. Links still open.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-src 'none'; frame-ancestors 'self'"
)
_SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
POLICY = b"content-security-policy"


def policy(page: bytes = b"") -> tuple[bytes, bytes]:
    """The header, for a page with these scripts of its own or for anything else.

    >>> policy(b"<script>go()</script>")[1].split(b"; ")[1]
    b"script-src 'self' 'unsafe-eval' 'sha256-5KYv+PUboo5h+0+YAtGRPbwv5d/QxzHslP4YGnUaxRw='"
    """
    texts = [text.replace(b"\r\n", b"\n") for attributes, text in _SCRIPT.findall(page) if b"src=" not in attributes]
    digests = (base64.b64encode(hashlib.sha256(text).digest()).decode("ascii") for text in dict.fromkeys(texts))
    return POLICY, _POLICY.format(hashes="".join(f" 'sha256-{digest}'" for digest in digests)).encode("ascii")


class PageSender:
    """Sends a page whole, after `change`, with the policy that lets its own scripts run."""

    def __init__(
        self,
        send: Callable[[Any], Awaitable[None]],
        head: bytes,
        change: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Send to `send`; `head` holds the scripts that Gradio puts into the page later."""
        self.send = send
        self.head = head
        self.change = change
        self.start: Any = None
        self.body = b""

    async def __call__(self, message: Any) -> None:
        """Keep a part of the page, and send all of it after the last one."""
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = self.change(self.body) if self.change is not None else self.body
        new = [(b"content-length", str(len(body)).encode("ascii")), policy(body + self.head)]
        # A page without a body, for HEAD, says the length of the one that GET would give.
        headers = self._others(self.start["headers"], new) if self.body else self.start["headers"]
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    @staticmethod
    def _others(
        headers: Sequence[tuple[bytes, bytes]], new: Sequence[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        names = {name for name, _ in new}
        return [*(header for header in headers if header[0].lower() not in names), *new]
