"""ZIP archives of articles: every file in it is read as one of a folder is, within bounds on what it unpacks to."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats import check_kind, read_stream, without_raising
from index.formats.clean import one_line
from index.formats.faults import PARSER_FAULTS
from index.formats.limits import MAX_RATIO, MAX_UNPACKED_BYTES, SMALL_BYTES
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_UNPACKED_BYTES

MAX_FILES = 10_000  # of all archives together that are in one
MAX_DEPTH = 2  # an archive in an archive, as exports of several accounts are, and no more


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked."""

    files: int
    size: int


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read the files in the order of their names; one that cannot be read is a failure that names it.

    Hidden files are left out, as in a folder. Raises SourceError for what is no archive or is over a bound.
    """
    yield from _read(stream, origin, _Budget(MAX_FILES, MAX_UNPACKED_BYTES), 1)


def _read(stream: BinaryIO, origin: Origin, budget: _Budget, depth: int) -> Iterator[Article | SourceFailure]:
    try:
        archive = zipfile.ZipFile(stream)
    except PARSER_FAULTS as exc:
        raise SourceError(f"damaged, or no ZIP archive: {one_line(str(exc)) or type(exc).__name__}") from exc
    with archive:
        members = sorted((info for info in archive.infolist() if _counts(info)), key=lambda info: info.filename)
        if not members:
            raise SourceError("no files in it")
        _spend(budget, members)
        for info in members:
            inside = origin.member(info.filename)
            yield from without_raising(inside.name, _member(archive, info, inside, budget, depth))


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, origin: Origin, budget: _Budget, depth: int
) -> Iterator[Article | SourceFailure]:
    check_kind(origin.suffix, info.file_size)
    if info.flag_bits & 1:
        raise SourceError("wants a password. Unpack the archive, and add the folder.")
    if info.file_size > max(SMALL_BYTES, MAX_RATIO * info.compress_size):
        raise SourceError(
            f"unpacks to {info.file_size:,} bytes, more than {MAX_RATIO} times its size. Unpack it first."
        )
    if origin.suffix == ".zip" and depth == MAX_DEPTH:
        raise SourceError("is an archive in an archive in an archive. Unpack it, and add it by itself.")
    try:
        content = BytesIO(archive.read(info))
    except PARSER_FAULTS as exc:  # NotImplementedError, for a kind of compression, is one
        raise SourceError(f"damaged: {one_line(str(exc)) or type(exc).__name__}") from exc
    if origin.suffix == ".zip":
        yield from _read(content, origin, budget, depth + 1)
    else:
        yield from read_stream(content, origin, origin.name)


def _spend(budget: _Budget, members: list[zipfile.ZipInfo]) -> None:
    budget.files -= len(members)
    budget.size -= sum(info.file_size for info in members)  # no member gives more than it says
    if budget.files < 0:
        raise SourceError(
            f"has more than {MAX_FILES:,} files, the limit for an archive. Unpack it, and add the folder."
        )
    if budget.size < 0:
        raise SourceError(f"unpacks to more than {MAX_UNPACKED_BYTES:,} bytes. Unpack it, and add the folder.")


def _counts(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return not info.is_dir() and not is_link and not any(part.startswith((".", "~$", "__MACOSX")) for part in parts)
