"""One web address -> its bytes and what kind they are. With `public`, the only module here that uses the network."""

from __future__ import annotations

import time
from email.message import Message
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from index.article import Location
from index.errors import SourceError
from index.formats.identity import host_of, is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.location import page_location
from index.formats.origin import Origin

if TYPE_CHECKING:
    import requests

TIMEOUT_S = 10.0  # for the connection, and for each wait for bytes
TOTAL_TIMEOUT_S = 30.0  # for all of it: a server that sends a byte now and then never meets the other
MAX_REDIRECTS = 10  # browsers follow 20; loops show up well before
MAX_BYTES = MAX_RICH_BYTES
USER_AGENT = "ArticleQA (article reader; fetches single pages that its user names)"

_SUFFIXES = {
    "application/atom+xml": ".atom",
    "application/epub+zip": ".epub",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/mbox": ".mbox",
    "application/pdf": ".pdf",
    "application/rdf+xml": ".rdf",
    "application/rss+xml": ".rss",
    "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-ndjson": ".jsonl",
    "application/xhtml+xml": ".xhtml",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "message/rfc822": ".eml",
    "multipart/related": ".mhtml",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/tab-separated-values": ".tsv",
    "text/xml": ".xml",
}
_MORE = {".htm", ".markdown", ".mht", ".rst", ".text", ".webarchive"}  # which have no type of their own
_UNTOLD = ("application/octet-stream", "binary/octet-stream")  # what servers say that do not know the type
_PIECE = 65_536


def fetch(url: str, public_only: bool = False) -> tuple[BytesIO, Origin, Location]:
    """Get the page, following redirects; the origin's URL is where they led, its id that of the URL as given.

    With `public_only`, every host that is asked, redirects included, has public addresses only. A proxy would look
    names up for itself, so HTTP_PROXY and the like are not used then (nor .netrc, nor REQUESTS_CA_BUNDLE): where only
    a proxy leads out, no page can be had.

    Raises SourceError that says which step failed: name, connection, TLS, status, type, size or time.
    """
    import requests
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    deadline = time.monotonic() + TOTAL_TIMEOUT_S
    try:
        with requests.Session() as session:
            session.headers["User-Agent"] = USER_AGENT
            if public_only:
                from index.formats.public import PublicAdapter

                session.trust_env = False
                for scheme in ("http://", "https://"):
                    session.mount(scheme, PublicAdapter())
            response = _follow(session, url, deadline)
            with response:
                if response.status_code >= 400:
                    raise SourceError(f"the server answered {response.status_code} {response.reason or ''}".rstrip())
                origin = _origin(Origin.of_url(url), response)
                content = _body(response, deadline)
    except (requests.Timeout, ReadTimeoutError) as exc:
        raise SourceError(f"{host_of(url)} did not answer within {TIMEOUT_S:.0f} seconds. Try again later.") from exc
    except (requests.RequestException, HTTPError, UnicodeError, ValueError) as exc:
        raise SourceError(_reason(exc, url)) from exc
    if not content:
        raise SourceError("empty page")
    return BytesIO(content), origin, page_location(url, content, response.headers.get("Last-Modified"))


def _follow(session: requests.Session, url: str, deadline: float) -> requests.Response:
    # By hand, because requests reads the whole body of every redirect, and knows no time limit for all of them.
    for _ in range(MAX_REDIRECTS + 1):
        response = session.get(url, stream=True, allow_redirects=False, timeout=_patience(deadline))
        target = session.get_redirect_target(response)
        if target is None:
            return response
        response.close()
        url = urljoin(url, target)
        if not is_url(url):
            raise SourceError(f"redirects to {url}, which is no http:// or https:// address")
    raise SourceError(f"redirects more than {MAX_REDIRECTS} times. Open it in a browser and save the page as a file.")


def _patience(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise SourceError(f"took longer than {TOTAL_TIMEOUT_S:.0f} seconds. Try again later, or save it as a file.")
    return min(TIMEOUT_S, left)


def _body(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    # read1 gives what has come; read and iter_content wait for a whole piece, past any deadline on a slow line.
    while piece := response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > MAX_BYTES:
            raise SourceError(f"has more than {MAX_BYTES:,} bytes, the limit for a page. Save the part that you need.")
        _patience(deadline)
    return bytes(body)


def _origin(asked: Origin, response: requests.Response) -> Origin:
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type") or _UNTOLD[0]
    kind = header.get_content_type()
    suffix = _SUFFIXES.get(kind, "")
    if kind in _UNTOLD:
        suffix = PurePosixPath(unquote(urlsplit(response.url).path)).suffix.lower()
    if suffix not in _MORE.union(_SUFFIXES.values()):
        raise SourceError(
            f"is {kind}, not text. Web pages, plain text, PDF, Word and JSON can be read. "
            "So can feeds, tables, letters, books and ZIP archives."
        )
    return asked.answered(response.url, suffix, header.get_content_charset())


def _reason(exc: Exception, url: str) -> str:
    """Say what went wrong, from the exceptions that requests and urllib3 have wrapped into each other."""
    import requests
    from urllib3.exceptions import NameResolutionError

    host = host_of(url)
    causes = list(_causes(exc))
    if any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes):
        return "the proxy could not be reached. Check the HTTPS_PROXY and HTTP_PROXY settings."
    if any(isinstance(cause, NameResolutionError) for cause in causes):
        return f"no such host: {host}. Check the address and the network."
    if any(isinstance(cause, UnicodeError) for cause in causes):  # a label of more than 63 characters
        return f"is no valid address: {causes[-1]}"
    if any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        return f"no trusted TLS connection to {host}: {causes[-1]}"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"{host} refused the connection. Check the address and its port."
    if isinstance(exc, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return f"is no valid address: {exc}"
    return f"the connection to {host} broke: {causes[-1]}. Try again."


def _causes(exc: BaseException) -> list[BaseException]:
    """The exception and those inside it, outermost first."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [exc]
    while waiting:
        cause = waiting.pop(0)
        if cause not in found:
            found.append(cause)
            inner = [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
            waiting += [each for each in inner if isinstance(each, BaseException)]
    return found
