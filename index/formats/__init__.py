"""Files, folders and web addresses -> Article. One module per format; see READERS to add one.

A reader module has `read(stream, origin) -> Iterator[Article | SourceFailure]` and `MAX_BYTES`, the largest file that
it takes (None: it looks after that itself). It raises SourceError for a source that it cannot read as a whole. Those in
_WITHIN_LIMITS run in a process of their own: small files can be made to take hours, or to end the program.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats import reading_process
from index.formats.addresses import list_in_file
from index.formats.identity import is_url
from index.formats.limits import MAX_MEMORY_BYTES
from index.formats.location import file_location, located, path_of
from index.formats.origin import KnownFile, Origin, SourceFailure
from index.formats.reading_process import Content
from index.formats.unread import why_unread

if TYPE_CHECKING:
    from index.formats.web import Page

__all__ = [
    "READERS",
    "KnownFile",
    "SourceFailure",
    "find_sources",
    "read_content",
    "read_page",
    "read_source",
    "read_upload",
]

_LOG = logging.getLogger(__name__)

# Suffix -> module of this package, the usual ones first. A module is imported when the first file of its kind is read.
READERS = {
    ".docx": "docx",
    ".htm": "html",
    ".html": "html",
    ".json": "records",
    ".jsonl": "records",
    ".md": "text",
    ".pdf": "pdf",
    ".txt": "text",
    ".atom": "feed",
    ".csv": "table",
    ".eml": "mail",
    ".epub": "epub",
    ".markdown": "text",
    ".mbox": "mailbox",
    ".mht": "mhtml",
    ".mhtml": "mhtml",
    ".odt": "odt",
    ".rdf": "feed",
    ".rss": "feed",
    ".rst": "rst",
    ".rtf": "rtf",
    ".text": "text",
    ".tsv": "table",
    ".webarchive": "webarchive",
    ".xhtml": "xhtml",
    ".xml": "feed",
    ".zip": "archive",
}
# Not the kinds that may hold very many articles: those would share one limit.
_WITHIN_LIMITS = {
    ".docx", ".eml", ".epub", ".htm", ".html", ".mht", ".mhtml", ".odt", ".pdf", ".rtf", ".webarchive", ".xhtml",
}  # fmt: skip


def find_sources(source: str | Path) -> list[str]:
    """Name what there is to read: a web address or a file gives itself, a folder every file below it, sorted.

    Hidden files and folders are left out, and Office's lock files ("~$report.docx"). Files that no reader takes are in
    the list, folders that may not be listed, and what may not be looked at, so that `read_source` can say so. A folder
    with two names, one of them a link, is listed once. Raises SourceError where nothing of that name exists or the
    folder itself may not be listed.
    """
    if is_url(source):
        return [str(source)]
    if not str(source):
        raise SourceError("No such file or folder: the name is empty. Name a file, a folder or a web address.")
    if isinstance(source, str) and "://" in source:
        raise SourceError(
            f"Cannot read {source}: only http:// and https:// addresses are known. Save it as a file first."
        )
    path = Path(source)
    try:
        if path.is_dir():
            return sorted(_files_below(str(path)), key=lambda found: found.split(os.sep))  # noqa: PTH206
        path.lstat()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise SourceError(f"No such file or folder: {shown(source)}. Check the name and where you are.") from exc
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise SourceError(f"Cannot read {shown(source)}: {_cause(exc)}. Check its name and permissions.") from exc
    return [str(source)]


def read_source(source: str | Path | KnownFile, public_only: bool = False) -> Iterator[Article | SourceFailure]:
    """Read one file or web address, in order: its articles with where they are, a failure for each part that is none.

    Never raises for what a source holds, so one bad file or record does not stop the rest. Give a folder to
    `find_sources` first. `skipped` marks failures that are no fault: a kind of file that no reader takes.

    With `public_only`, for web addresses that come from strangers, every host that is asked, redirects included, must
    have public addresses and no others; proxies that the environment names are not used. It is no matter of files.
    """
    if isinstance(source, KnownFile):
        return without_raising(shown(source.path), _read_known(Path(source.path), source.known_as))
    items = _read_url(source, public_only) if isinstance(source, str) and is_url(source) else _read_known(Path(source))
    return without_raising(shown(source), items)


def read_upload(path: str | Path, name: str) -> Iterator[Article | SourceFailure]:
    """Read a file that somebody handed over under a name, from the temporary place where it lies, like `read_source`.

    The name may be anything. It alone says what kind of file it is, what it is called and which id its article has,
    so the same name again is another version of that article; no file that is read from its own place has that id.
    """
    origin = Origin.of_upload(name)
    return without_raising(origin.name, _read_upload(Path(path), origin))


def read_content(content: Content) -> Iterator[Article | SourceFailure]:
    """Read what was opened or fetched before, in this process, like `read_source`."""
    return without_raising(content.name, _read_content(content))


def _read_content(content: Content) -> Iterator[Article | SourceFailure]:
    reader = import_module(f"index.formats.{content.reader}")
    opened = BytesIO(content.content) if isinstance(content.content, bytes) else content.content.open("rb")
    with closing(opened) as stream:
        yield from reader.read(stream, content.origin)


class _UnsupportedError(SourceError):
    """A file that is no fault of anybody: nothing here reads its kind."""


def without_raising(name: str, items: Iterator[Article | SourceFailure]) -> Iterator[Article | SourceFailure]:
    """What is read, and where that raises for what a source holds, a failure of this name at its end."""
    try:
        yield from items
    except SourceError as exc:
        yield SourceFailure(name, str(exc), skipped=isinstance(exc, _UnsupportedError))
    except OSError as exc:
        yield SourceFailure(name, f"could not be read: {_cause(exc)}")
    except MemoryError:
        most = f"{MAX_MEMORY_BYTES:,} bytes of memory" if reading_process.is_one else "memory than there is"
        yield SourceFailure(name, f"takes more than {most} to read. Split it into parts.")
    except Exception as exc:  # noqa: BLE001  what parsers raise on what anyone may have written has no end
        _LOG.debug("%s could not be read", name, exc_info=True)
        yield SourceFailure(name, f"could not be read: {type(exc).__name__}: {' '.join(str(exc).split())[:200]}")


def _read_url(url: str, public_only: bool) -> Iterator[Article | SourceFailure]:
    from index.formats import web

    page = web.fetch(url, public_only)
    assert page is not None  # nothing was known of it
    yield from _read_page(page)


def read_page(page: Page) -> Iterator[Article | SourceFailure]:
    """What is in a page that was fetched, like `read_source`; a failure of all of it is named by its address."""
    return without_raising(page.origin.name, _read_page(page))


def _read_page(page: Page) -> Iterator[Article | SourceFailure]:
    if page.origin.suffix not in READERS:
        raise SourceError("is no list of web addresses, the only thing that is read of such files")
    location = replace(page.location, is_partial=READERS[page.origin.suffix] == "feed")
    yield from located(read_stream(BytesIO(page.content), page.origin, shown(page.location.address)), location)


def _read_known(path: Path, known_as: str | None = None) -> Iterator[Article | SourceFailure]:
    """What is in a file in its own place."""
    _check(path, path.suffix.lower())
    is_text = path.suffix.lower() in {".txt", ".text"}
    if not is_text and (addresses := list_in_file(path)) is not None:  # of one that is named itself the pages are read
        number = f"{len(addresses):,} web address{'' if len(addresses) == 1 else 'es'}"
        raise _UnsupportedError(f"a list of {number}. Add it by its own name to read what is there.")
    origin = Origin.of_file(path)
    if known_as is not None:
        origin = origin.known_as(path_of(known_as))
    with path.open("rb") as stream:
        location = file_location(path, stream)
        location = replace(location, is_partial=READERS[origin.suffix] == "feed", known_as=known_as)
        yield from located(read_stream(stream, origin, shown(path), path), location)


def _read_upload(path: Path, origin: Origin) -> Iterator[Article | SourceFailure]:
    _check(path, origin.suffix)
    with path.open("rb") as stream:
        yield from read_stream(stream, origin, origin.name, path)


def read_stream(
    stream: BinaryIO, origin: Origin, name: str, path: Path | None = None
) -> Iterator[Article | SourceFailure]:
    """What is in an open file, or in what was fetched or unpacked (`path` None), in a process where its kind needs one.

    Raises what its reader raises.
    """
    reader = READERS[origin.suffix]
    if origin.suffix in _WITHIN_LIMITS and not reading_process.is_one:
        content = path.resolve() if path is not None else stream.read()
        yield from reading_process.read_within_limits(Content(reader, content, origin, name))
    else:
        yield from import_module(f"index.formats.{reader}").read(stream, origin)


def _check(path: Path, suffix: str) -> None:
    """Raise SourceError where nothing reads this file, it is no file with something in it, or is too large."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise SourceError("there is no such file") from exc
    except ValueError as exc:  # a NUL in the name
        raise SourceError(f"could not be read: {exc}") from exc
    if stat.S_ISDIR(status.st_mode):
        os.scandir(path).close()  # says what is wrong with a folder that may not be listed
        raise SourceError("is a folder, not a file. Read the files in it one by one")
    if not stat.S_ISREG(status.st_mode):  # opening a named pipe would wait for its other end
        raise _UnsupportedError("is not a regular file")
    check_kind(suffix, status.st_size)


def check_kind(suffix: str, size_bytes: int) -> None:
    """Raise SourceError where nothing reads files with this suffix, or not of this size."""
    if suffix not in READERS:
        raise _UnsupportedError(why_unread(suffix, ", ".join(READERS)))
    if size_bytes == 0:
        raise SourceError("empty file")
    reader = import_module(f"index.formats.{READERS[suffix]}")
    if reader.MAX_BYTES is not None and size_bytes > reader.MAX_BYTES:
        raise SourceError(
            f"has {size_bytes:,} bytes; the limit for a {suffix} file is {reader.MAX_BYTES:,}. Split it into parts."
        )


def _files_below(top: str) -> Iterator[str]:
    seen: set[str] = set()
    folders = [top]
    while folders:
        folder = folders.pop()
        real = os.path.realpath(folder)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(folder) as listed:
                entries = list(listed)
        except OSError:
            if folder == top:
                raise
            yield folder
            continue
        for entry in sorted(entries, key=lambda entry: entry.name, reverse=True):
            if entry.name.startswith((".", "~$")):
                continue
            path = os.path.join(folder, entry.name)  # noqa: PTH118  there may be very many, and pathlib takes its time
            if _is_folder(entry):
                folders.append(path)
            else:
                yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # in a folder that may be listed, but not looked into; whoever reads it says so
        return False


def shown(source: str | Path) -> str:
    """The name of a source for messages: one that is not UTF-8 holds lone surrogates, which cannot be printed."""
    return os.fsencode(source).decode("utf-8", "replace")


def _cause(exc: OSError | ValueError) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
