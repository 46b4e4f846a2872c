"""What is piped into the program: its kind is told from how it begins, since it has no name."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats import check_kind, read_stream, without_raising
from index.formats.faults import PARSER_FAULTS
from index.formats.limits import MAX_JSON_BYTES
from index.formats.origin import Origin, SourceFailure

NAME = "standard input"

_BINARY = ((b"%PDF-", ".pdf"), (b"{\\rtf", ".rtf"), (b"bplist00", ".webarchive"))
_IN_PACKAGE = {
    b"application/epub+zip": ".epub",
    b"application/vnd.oasis.opendocument.text": ".odt",
}
_MAILBOX = re.compile(rb"From \S+ [^\n]*\d\d:\d\d[^\n]*\n[!-9;-~]+:")  # prose may begin with "From", too
_MARKUP = re.compile(
    rb"\s*(?>(?:<!--.*?-->\s*)*)<(!doctype html|html|head|body|\?xml|rss|feed|rdf:rdf)[\s>]", re.I | re.S
)
_HEADER = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_LETTER = re.compile(rb"^from:", re.I | re.M)


def read_standard_input(stream: BinaryIO) -> Iterator[Article | SourceFailure]:
    """Read all of it, like `read_source`. The same content has the same id again, another content another one."""
    yield from without_raising(NAME, _read(stream))


def _read(stream: BinaryIO) -> Iterator[Article | SourceFailure]:
    data = stream.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise SourceError(f"has more than {MAX_JSON_BYTES:,} bytes. Save it as a file and add that.")
    suffix = kind_of(data)
    key = b"stdin\0" + hashlib.sha256(data).digest()  # no absolute path begins like this
    origin = Origin(NAME, key, NAME, NAME.capitalize(), suffix)
    check_kind(suffix, len(data))
    yield from read_stream(BytesIO(data), origin, NAME)


def kind_of(data: bytes) -> str:
    """The suffix that a file with this content should have; ".md" for what is text or nothing known.

    >>> kind_of(b'{"text": "one"}')
    '.json'
    """
    for start, suffix in _BINARY:
        if data.startswith(start):
            return suffix
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_package(data)
    if _MAILBOX.match(data):
        return ".mbox"
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return _kind_of_json(start)
    if match := _MARKUP.match(start[:4096]):
        name = match[1].lower()
        if name == b"?xml":
            return ".xhtml" if re.search(rb"<html[\s>]", start[:4096], re.I) else ".xml"
        return ".xml" if name in (b"rss", b"feed", b"rdf:rdf") else ".html"
    if (head := _HEADER.match(start[:65_536])) and _LETTER.search(head[0]):
        return ".mhtml" if re.search(rb"multipart/related", head[0]) and b"Snapshot-Content" in head[0] else ".eml"
    return ".md"


def _kind_of_package(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            names = package.namelist()
            if "word/document.xml" in names:
                return ".docx"
            if "mimetype" in names and package.getinfo("mimetype").file_size < 100:
                return _IN_PACKAGE.get(package.read("mimetype").strip(), ".zip")
    except PARSER_FAULTS:
        pass
    return ".zip"


def _kind_of_json(start: bytes) -> str:
    for suffix, part in ((".json", start), (".jsonl", start.partition(b"\n")[0])):
        try:
            value = json.loads(part)
        except (ValueError, RecursionError):
            continue
        if suffix == ".json" or isinstance(value, dict):  # a note may begin with "[1]"
            return suffix
    return ".md"
