"""Letters (.eml): a newsletter is an article, its subject the title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.headerregistry import BaseHeader, HeaderRegistry
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats.build import Metadata, build_article
from index.formats.charset import charset_in_html, decode
from index.formats.clean import Block, join_blocks, one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.html import fragment_blocks
from index.formats.identity import is_url
from index.formats.limits import MAX_RICH_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_RICH_BYTES

_HEADER_CHARS = 10_000  # of each that are looked at: Python's parser takes time by the square of its length
_LOCKED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
_ADDRESS = re.compile(r"<?https?://\S+")
# Of the plain part's words; what is left out below it is mostly the addresses' names and "view this in a browser".
_WHOLE = 0.8


def _header_of(name: str, value: str) -> BaseHeader:
    return _HEADERS(name, value[:_HEADER_CHARS])


_HEADERS = HeaderRegistry()
_POLICY = default.clone(header_factory=_header_of)


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one letter. An attachment is no article of it, and is named as skipped."""
    yield from read_message(stream.read(), origin)


def read_message(data: bytes, origin: Origin) -> Iterator[Article | SourceFailure]:
    """The article that a letter is. Raises SourceError for what is none, has no text or is encrypted."""
    message = parse_message(data)
    if not (message.keys() and {"from", "subject", "date", "content-type"} & {key.lower() for key in message}):
        raise SourceError("is no letter: it has no sender, subject or date")
    if message.get_content_type() in _LOCKED:
        raise SourceError("is encrypted. Save it decrypted and add it again.")
    unread: list[str] = []
    text, marks = join_blocks(_body(message, unread))
    if unread and not text:
        raise SourceError(unread[0])
    said = Metadata(
        title=header(message, "Subject"),
        url=_archived_at(message),
        source=_list_name(message),
        author=_sender(message),
        published=header(message, "Date"),
        language=header(message, "Content-Language"),
    )
    for name in _attachments(message):
        yield SourceFailure(
            f"{origin.name}, {name}", "is an attachment. Save it as a file to have it added.", skipped=True
        )
    for reason in unread:
        yield SourceFailure(f"{origin.name}, a part of it", reason)
    yield build_article(origin, text, said, marks)


def parse_message(data: bytes) -> EmailMessage:
    """A letter or saved page with its parts; what is damaged in it is left out. Raises SourceError where all is."""
    try:
        message = message_from_bytes(data, policy=_POLICY)
    except PARSER_FAULTS as exc:  # parts that are nested too deeply
        raise SourceError(f"damaged: {one_line(str(exc)) or type(exc).__name__}") from exc
    assert isinstance(message, EmailMessage)
    return message


def header(message: EmailMessage, name: str) -> str | None:
    """A header in one line, decoded; None where it is missing or cannot be understood."""
    try:
        return one_line(str(message.get(name) or ""))
    except PARSER_FAULTS:  # the standard library on malformed headers
        return None


def content_of(part: EmailMessage) -> str:
    """A part's text, in the encoding that it claims, where that fits."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        claimed = part.get_content_charset()
    except PARSER_FAULTS:
        claimed = None
    return decode(data, claimed or (charset_in_html(data) if part.get_content_subtype() == "html" else None))


def _body(message: EmailMessage, unread: list[str]) -> list[Block]:
    """The blocks that a reader of the letter sees; `unread` gets a reason for each part that cannot be read."""
    kind = message.get_content_type()
    if kind == "multipart/alternative":
        return _alternative(message, unread)
    if message.is_multipart():
        return [block for part in _parts(message) for block in _body(part, unread)]
    if kind not in {"text/html", "text/plain"}:
        return []
    try:
        return fragment_blocks(content_of(message)) if kind == "text/html" else _paragraphs(message)
    except SourceError as exc:
        unread.append(str(exc))
        return []


def _alternative(message: EmailMessage, unread: list[str]) -> list[Block]:
    """The blocks of the HTML part, which has headings and lists, unless the plain part has plainly more words."""
    plain: list[Block] = []
    rich: list[Block] = []
    for part in _parts(message):
        found = plain if part.get_content_type() == "text/plain" else rich
        found += _body(part, unread)
    return rich if _words(rich) >= _WHOLE * _words(plain) else plain


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a part that are shown; attachments are none, nor what is in them."""
    for part in message.iter_parts() if message.is_multipart() else ():
        assert isinstance(part, EmailMessage)
        if not _is_attachment(part):
            yield part


def _is_attachment(part: EmailMessage) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except PARSER_FAULTS:  # a malformed header; what it is in is text all the same
        return False


def _paragraphs(part: EmailMessage) -> list[Block]:
    text = content_of(part).replace("\r\n", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":  # RFC 3676: a line that ends in a space goes on
        text = re.sub(r"(?m)^(?!-- $)(.*) \n(?=[^>\n])", r"\1 ", text)
    return [Block(paragraph) for paragraph in re.split(r"\n[ \t]*\n", text)]


def _words(blocks: list[Block]) -> int:
    return sum(len(_ADDRESS.sub("", block.text).split()) for block in blocks)


def _sender(message: EmailMessage) -> str | None:
    name, address = parseaddr(header(message, "From") or "")
    return one_line(name or address)


def _list_name(message: EmailMessage) -> str | None:
    # RFC 2919: Elm Letters <letters.elm.example>
    name, bracket, _ = (header(message, "List-Id") or "").partition("<")
    return one_line(name.strip(' "')) if bracket else None


def _archived_at(message: EmailMessage) -> str | None:
    address = (header(message, "Archived-At") or "").strip("<> ")
    return address if is_url(address) else None


def _attachments(message: EmailMessage) -> Iterator[str]:
    for part in message.iter_parts() if message.is_multipart() else ():
        assert isinstance(part, EmailMessage)
        if not _is_attachment(part):
            yield from _attachments(part)
            continue
        try:
            yield one_line(part.get_filename()) or "attachment"
        except PARSER_FAULTS:
            yield "attachment"
