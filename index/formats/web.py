"""One web address -> its bytes and what kind they are. With `connection`, the only module that uses the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from index.article import Location
from index.errors import SourceError
from index.formats.identity import host_of, is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.location import is_settled, page_location
from index.formats.origin import Origin

if TYPE_CHECKING:
    import requests

    from index.formats.connection import Patience

TIMEOUT_S = 10.0  # for the connection, and for each wait for bytes
TOTAL_TIMEOUT_S = 30.0  # for all of it, redirects and headers included
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
# Kinds that may be lists of addresses (index.formats.addresses), and nothing else.
_LISTS = {
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
    "text/x-opml": ".opml",
    "text/x-opml+xml": ".opml",
    "application/opml+xml": ".opml",
}
_MORE = {".htm", ".markdown", ".mht", ".rst", ".text", ".webarchive"}  # which have no type of their own
_UNTOLD = ("application/octet-stream", "binary/octet-stream")  # what servers say that do not know the type
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Page:
    """What a web address gave."""

    content: bytes
    origin: Origin
    location: Location


class GoneError(SourceError):
    """The server says that there is no such page (any more): 404, 410."""


def fetch(
    url: str,
    public_only: bool = False,
    *,
    known: Location | None = None,
    check: Callable[[str], object] | None = None,
) -> Page | None:
    """Get the page, following redirects; the origin's URL is where they led, its id that of the URL as given.

    None where the server says that it is as it was when `known` was noted. `check` is called with each address before
    it is asked, those of redirects included, and raises SourceError where it may not be.

    With `public_only`, every host that is asked, redirects included, has public addresses only. A proxy would look
    names up for itself, so HTTP_PROXY and the like are not used then (nor .netrc, nor REQUESTS_CA_BUNDLE): where only
    a proxy leads out, no page can be had.

    Raises SourceError that says which step failed: name, connection, TLS, status, type, size or time; GoneError where
    there is no such page.
    """
    with _asked(url, public_only, check, _conditions(known)) as answer:
        response = answer.response
        if response.status_code == 304 and known is not None:
            return None
        if response.status_code >= 400 or response.status_code == 304:
            error = GoneError if response.status_code in (404, 410) else SourceError
            raise error(f"the server answered {response.status_code} {response.reason or ''}".rstrip())
        origin = _origin(Origin.of_url(url), response)
        content = _body(answer, MAX_BYTES)
    # What a redirect led to says nothing of the address that is asked the next time.
    own = {} if answer.redirected else response.headers
    if not content:
        raise SourceError("empty page")
    return Page(content, origin, page_location(url, content, own.get("Last-Modified"), own.get("ETag")))


def fetch_start(url: str, public_only: bool, most_bytes: int) -> tuple[int, bytes]:
    """The status and the first bytes of what an address gives, whatever they are. Raises SourceError as `fetch`."""
    with _asked(url, public_only) as answer:
        return answer.response.status_code, _body(answer, most_bytes, cut=True)


def _conditions(known: Location | None) -> dict[str, str]:
    """The headers that ask for a page only where it is another than it was (RFC 9110, 13.1)."""
    headers = {}
    if known is not None and known.etag is not None:
        headers["If-None-Match"] = known.etag
    if known is not None and known.modified_at is not None and is_settled(known):
        modified = datetime.fromisoformat(known.modified_at).astimezone(UTC)
        headers["If-Modified-Since"] = format_datetime(modified, usegmt=True)
    return headers


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server said, and how long it may take to say the rest."""

    response: requests.Response
    patience: Patience
    redirected: bool


@contextmanager
def _asked(
    url: str,
    public_only: bool,
    check: Callable[[str], object] | None = None,
    conditions: Mapping[str, str] | None = None,
) -> Iterator[_Answer]:
    """The answer, to be read in the block within the time that is left."""
    import requests
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    from index.formats.connection import Adapter, Patience, PublicAdapter

    patience = Patience(TOTAL_TIMEOUT_S, TIMEOUT_S)
    try:
        with patience.in_force(), requests.Session() as session:
            session.headers["User-Agent"] = USER_AGENT
            session.trust_env = not public_only
            for scheme in ("http://", "https://"):
                session.mount(scheme, PublicAdapter() if public_only else Adapter())
            answer = _follow(session, url, patience, check, conditions)
            with answer.response:
                patience.left()  # headers that were cut look like whole ones
                yield answer
    except (requests.Timeout, ReadTimeoutError) as exc:
        patience.left()
        raise SourceError(f"{host_of(url)} did not answer within {TIMEOUT_S:.0f} seconds. Try again later.") from exc
    except (requests.RequestException, HTTPError, UnicodeError, ValueError, OSError) as exc:
        patience.left()  # where it was cut, the connection seems broken
        raise SourceError(_reason(exc, url)) from exc


def _follow(
    session: requests.Session,
    url: str,
    patience: Patience,
    check: Callable[[str], object] | None,
    conditions: Mapping[str, str] | None,
) -> _Answer:
    # By hand, because requests reads the whole body of every redirect, and knows no time limit for all of them.
    for number in range(MAX_REDIRECTS + 1):
        if check is not None:
            check(url)
        headers = dict(conditions or {}) if number == 0 else {}
        response = session.get(url, stream=True, allow_redirects=False, timeout=patience.left(), headers=headers)
        target = session.get_redirect_target(response)
        if target is None:
            return _Answer(response, patience, redirected=number > 0)
        response.close()
        url = urljoin(url, target)
        if not is_url(url):
            raise SourceError(f"redirects to {url}, which is no http:// or https:// address")
    raise SourceError(f"redirects more than {MAX_REDIRECTS} times. Open it in a browser and save the page as a file.")


def _body(answer: _Answer, most_bytes: int, *, cut: bool = False) -> bytes:
    """All of it; with `cut`, what is over the limit is left, which is an error otherwise."""
    body = bytearray()
    # read1 gives what has come; read and iter_content wait for a whole piece, past any deadline on a slow line.
    while piece := answer.response.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > most_bytes and cut:
            return bytes(body[:most_bytes])
        if len(body) > most_bytes:
            raise SourceError(f"has more than {most_bytes:,} bytes, the limit for a page. Save the part that you need.")
        answer.patience.left()
    answer.patience.left()  # a connection that was cut looks like the end
    return bytes(body)


def _origin(asked: Origin, response: requests.Response) -> Origin:
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type") or _UNTOLD[0]
    kind = header.get_content_type()
    suffix = _SUFFIXES.get(kind) or _LISTS.get(kind, "")
    if kind in _UNTOLD:
        suffix = PurePosixPath(unquote(urlsplit(response.url).path)).suffix.lower()
    if suffix not in _MORE.union(_SUFFIXES.values(), _LISTS.values()):
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
