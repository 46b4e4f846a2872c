"""How the chat is served: to whom, where, by which names; and what cannot be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

from index.errors import ArticleQAError

if TYPE_CHECKING:
    from chat.users import Users

MAX_UPLOAD_MB = 100
MAX_WAITING = 100
_EVERYWHERE = frozenset({"0.0.0.0", "::"})


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
    max_waiting: int = MAX_WAITING  # questions and other work; who comes later is told to ask again
    trusted_proxies: Sequence[str] = ()  # addresses or networks whose X-Forwarded-... headers count

    def __post_init__(self) -> None:
        """Check what a user may have mistyped."""
        root = self.root_path.rstrip("/")
        object.__setattr__(self, "root_path", root)
        if root and not re.fullmatch(r"(?:https?://[\w.:\[\]-]+)?(?:/(?!\.)[\w.~-]+)*", root):
            raise ServingError(
                f"The chat cannot be offered at {root}. Give the whole address, like https://example.com/articles, or "
                "a path, like /articles."
            )
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError as exc:
                raise ServingError(
                    f"{proxy!r} is no address of a proxy. Give one like 127.0.0.1, or a network like 10.0.0.0/8."
                ) from exc
        if self.max_upload_mb < 1:
            raise ServingError(f"Uploads of {self.max_upload_mb} MB are none. Give a whole number above 0.")
        if self.max_waiting < 1:
            raise ServingError(f"{self.max_waiting} questions cannot wait. Give a whole number above 0.")

    @property
    def prefix(self) -> str:
        """The path part of where it is offered; "" for the top."""
        return urlsplit(self.root_path).path

    @property
    def names(self) -> list[str]:
        """What it may be called in a request: a web page must not get here by having its own name point here."""
        if self.host.strip("[]") in _EVERYWHERE:
            return ["*"]
        return ["localhost", "127.0.0.1", bracketed(self.host), *filter(None, [host_in(self.root_path)])]


def too_many(waiting: int) -> str:
    """What is said to who asks while so many questions wait as may."""
    return f"{waiting} questions wait already. Ask again in a minute."


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def bracketed(host: str) -> str:
    """A host as an address holds it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def host_in(address: str) -> str | None:
    """The host part of an http or https address, as in a Host header; None where there is none.

    IPv6 is in brackets, and a name with other letters than ASCII's in Punycode.
    """
    host = urlsplit(address).hostname
    return bracketed(in_ascii(host)) if host else None


def in_ascii(host: str) -> str:
    """The name of a host as browsers send it, in Punycode where it has other letters than ASCII's.

    >>> in_ascii("bücher.example")
    'xn--bcher-kva.example'
    """
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:  # no browser sends such a name
        return host
