"""ZIP files that are one document (EPUB, OpenDocument): opened with a bound on what they unpack to, and their XML."""

from __future__ import annotations

import zipfile
from typing import Any, BinaryIO

from index.errors import SourceError
from index.formats.clean import one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.limits import MAX_RATIO, MAX_UNPACKED_BYTES, SMALL_BYTES


def open_package(stream: BinaryIO, kind: str) -> zipfile.ZipFile:
    """Open it; `kind` is what messages call it. Raises SourceError for what is no ZIP file or unpacks to too much."""
    try:
        package = zipfile.ZipFile(stream)
        parts = package.infolist()
    except PARSER_FAULTS as exc:
        raise SourceError(f"damaged, or no {kind}: {_detail(exc)}. Save it again.") from exc
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES:
        raise SourceError(f"unpacks to {unpacked:,} bytes; the limit is {MAX_UNPACKED_BYTES:,}. Split it into parts.")
    sizes = [(unpacked, packed), *((part.file_size, part.compress_size) for part in parts)]
    if any(large > max(SMALL_BYTES, MAX_RATIO * small) for large, small in sizes):
        raise SourceError(f"unpacks to {unpacked:,} bytes, more than {MAX_RATIO} times its size. Is it damaged?")
    return package


def part_of(package: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of one part. Raises SourceError where it is missing, damaged or encrypted."""
    try:
        return package.read(name)
    except KeyError as exc:
        raise SourceError(f"damaged: {name} is missing in it. Save it again.") from exc
    except PARSER_FAULTS as exc:
        raise SourceError(f"damaged: {_detail(exc)}. Save it again.") from exc


def parse_xml(data: bytes) -> Any:
    """The root element. Nothing outside of it is read, and no entity expanded. Raises SourceError for no XML at all."""
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except PARSER_FAULTS as exc:
        raise SourceError(f"damaged: {_detail(exc)}. Save it again.") from exc
    if root is None:
        raise SourceError("damaged: a part of it is no XML. Save it again.")
    return root


def _detail(exc: Exception) -> str:
    return one_line(str(exc)) or type(exc).__name__
