"""What sites ask of programs that fetch their pages: robots.txt (RFC 9309), read by protego."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import SourceError
from index.formats import web

if TYPE_CHECKING:
    from protego import Protego

MAX_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are to be read
MAX_DELAY_S = 30.0  # of the wait between two pages that a site asks for; more is taken for a mistake
_NAME = "ArticleQA"  # as these files call this program
_HINT = "Ask its owner, or, where you may, fetch it anyway with qa add --ignore-robots."


@dataclass(slots=True)
class _Site:
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    problem: str = ""


class Robots:
    """The rules of the sites that were asked so far, each fetched once. Thread-safe."""

    def __init__(self, public_only: bool = False) -> None:
        """With `public_only`, see `index.formats.web.fetch`."""
        self._public_only = public_only
        self._lock = threading.Lock()
        self._sites: dict[str, _Site] = {}

    def check(self, url: str) -> None:
        """Raise SourceError where the site does not want this page to be fetched, or does not say what it wants.

        A site without the file wants nothing (RFC 9309, 2.3.1.3), one that has trouble to send it is left alone
        (2.3.1.4).
        """
        site = self._site(url)
        if site.problem:
            raise SourceError(site.problem)
        if site.rules is not None and not site.rules.can_fetch(url, _NAME):
            raise SourceError(f"its site does not want programs to fetch this page (robots.txt). {_HINT}")

    def delay_s(self, url: str) -> float:
        """The seconds between two pages that a site asks for, as far as that is known by now; 0 where it asks none."""
        with self._lock:
            site = self._sites.get(_top(url))
        rules = site.rules if site is not None else None
        asked = rules.crawl_delay(_NAME) if rules is not None else None
        return min(MAX_DELAY_S, max(0.0, asked or 0.0))

    def _site(self, url: str) -> _Site:
        top = _top(url)
        with self._lock:
            site = self._sites.setdefault(top, _Site())
        with site.lock:
            if site.rules is None and not site.problem:
                try:
                    site.rules = self._rules(top)
                except SourceError as exc:
                    site.problem = str(exc)
        return site

    def _rules(self, top: str) -> Protego:
        from protego import Protego

        status, content = web.fetch_start(f"{top}/robots.txt", self._public_only, MAX_BYTES)
        if status >= 500 or status == 429:
            raise SourceError(f"its site does not say what may be fetched (robots.txt: status {status}). {_HINT}")
        return Protego.parse(content.decode("utf-8-sig", "replace") if status < 300 else "")


def _top(url: str) -> str:
    """The scheme, host and port; raises SourceError for what is no address."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].lower()
    except ValueError as exc:
        raise SourceError(f"is no valid address: {exc}") from exc
    return f"{parts.scheme.lower()}://{host}"
