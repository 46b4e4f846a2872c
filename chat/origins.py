"""Where a request comes from: the page that makes it, and what a proxy says of whom it was made for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from chat.settings import in_ascii

_PORTS = {"http": 80, "https": 443}
_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::\d+)?|([^:\[\]]+):\d+", re.ASCII)
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto")

Origin = tuple[str, str, int]  # scheme, host and port, which a browser keeps apart


def origin_of(address: str) -> Origin | None:
    """The origin of an http or https address; None for what has none.

    >>> origin_of("https://Example.com/page")
    ('https', 'example.com', 443)
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, in_ascii(parts.hostname), port or _PORTS[parts.scheme]


def seen_through(scope: Any, proxies: Sequence[str]) -> Any:
    """The request as those proxies say it is: its address and its scheme; without what anybody else says of that."""
    headers = scope["headers"]
    if not _is_among(scope["client"][0] if scope.get("client") else "", proxies):
        return {**scope, "headers": [(name, value) for name, value in headers if name.lower() not in _FORWARDED]}
    given = {name.lower(): value.decode("latin-1") for name, value in headers}
    listed = given.get(b"x-forwarded-for", "").split(",")
    addresses = [without_port(each.strip()) for each in listed if each.strip()]
    strangers = [each for each in addresses if not _is_among(each, proxies)]
    if addresses:  # each proxy adds whom it heard it from; what stands before that, anybody may have written
        scope = {**scope, "client": ([*addresses[:1], *strangers][-1], 0)}
    scheme = given.get(b"x-forwarded-proto", "").split(",")[0].strip()
    return {**scope, "scheme": scheme} if scheme in _PORTS else scope


def without_port(address: str) -> str:
    """The address that a proxy names, without the port that some add; IPv6 without brackets.

    >>> without_port("192.0.2.7:5678"), without_port("[2001:db8::1]:443"), without_port("2001:db8::1")
    ('192.0.2.7', '2001:db8::1', '2001:db8::1')
    """
    found = _WITH_PORT.fullmatch(address)
    return (found[1] or found[2]) if found else address


def own_origins(request: Any, root_path: str) -> set[Origin | None]:
    """The origins that the page of this request's server has: by the request, a proxy that is trusted, and settings."""
    scheme, headers = request.scope["scheme"], request.headers
    hosts = [headers.get("host", ""), headers.get("x-forwarded-host", "").split(",")[0].strip()]
    return ({origin_of(f"{scheme}://{host}") for host in hosts if host} | {origin_of(root_path)}) - {None}


def is_foreign(request: Any, root_path: str, *, leaves: bool = False) -> bool:
    """Whether a page of another origin makes this request: by what browsers say of that, and programs do not.

    Following a link from another page is not foreign, unless that link `leaves` what the user has begun.
    """
    headers, ours = request.headers, own_origins(request, root_path)
    if (origin := headers.get("origin")) is not None and origin_of(origin) not in ours:
        return True
    if leaves and (referrer := headers.get("referer")) and origin_of(referrer) not in ours:
        return True
    elsewhere = headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    return elsewhere and (leaves or headers.get("sec-fetch-mode") != "navigate")


def _is_among(address: str, proxies: Sequence[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ipaddress.ip_network(proxy, strict=False) for proxy in proxies)
