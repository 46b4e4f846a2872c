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
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from index.article import Article
from index.errors import SourceError
from index.formats import reading_process
from index.formats.identity import is_url
from index.formats.limits import MAX_MEMORY_BYTES
from index.formats.origin import Origin, SourceFailure
from index.formats.reading_process import Content

__all__ = ["READERS", "SourceFailure", "find_sources", "read_content", "read_source", "read_upload"]

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
            return [str(found) for found in sorted(_files_below(path))]
        path.lstat()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise SourceError(f"No such file or folder: {shown(source)}. Check the name and where you are.") from exc
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise SourceError(f"Cannot read {shown(source)}: {_cause(exc)}. Check its name and permissions.") from exc
    return [str(source)]


def read_source(source: str | Path, public_only: bool = False) -> Iterator[Article | SourceFailure]:
    """Read one file or web address, in order: its articles, and a failure for each part that is none.

    Never raises for what a source holds, so one bad file or record does not stop the rest. Give a folder to
    `find_sources` first. `skipped` marks failures that are no fault: a kind of file that no reader takes.

    With `public_only`, for web addresses that come from strangers, every host that is asked, redirects included, must
    have public addresses and no others; proxies that the environment names are not used. It is no matter of files.
    """
    items = _read_url(str(source), public_only) if is_url(source) else _read_file(Path(source))
    return without_raising(shown(source), items)


def read_upload(path: str | Path, name: str) -> Iterator[Article | SourceFailure]:
    """Read a file that somebody handed over under a name, from the temporary place where it lies, like `read_source`.

    The name may be anything. It alone says what kind of file it is, what it is called and which id its article has,
    so the same name again is another version of that article; no file that is read from its own place has that id.
    """
    origin = Origin.of_upload(name)
    return without_raising(origin.name, _read_file(Path(path), origin))


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

    content, origin = web.fetch(url, public_only)
    yield from read_stream(content, origin, shown(url))


def _read_file(path: Path, handed_over: Origin | None = None) -> Iterator[Article | SourceFailure]:
    suffix = handed_over.suffix if handed_over is not None else path.suffix.lower()
    _check(path, suffix)
    origin = handed_over or Origin.of_file(path)
    with path.open("rb") as stream:
        yield from read_stream(stream, origin, shown(path) if handed_over is None else origin.name, path)


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
        known = ", ".join(READERS)
        kind = f"{suffix} files are not supported" if suffix else "files without a suffix are not supported"
        raise _UnsupportedError(f"{kind}; supported are {known}")
    if size_bytes == 0:
        raise SourceError("empty file")
    reader = import_module(f"index.formats.{READERS[suffix]}")
    if reader.MAX_BYTES is not None and size_bytes > reader.MAX_BYTES:
        raise SourceError(
            f"has {size_bytes:,} bytes; the limit for a {suffix} file is {reader.MAX_BYTES:,}. Split it into parts."
        )


def _files_below(top: Path) -> Iterator[Path]:
    seen: set[Path] = set()
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            real = folder.resolve()
            if real in seen:
                continue
            seen.add(real)
            entries = sorted(folder.iterdir(), reverse=True)
        except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself (Python < 3.13)
            if folder == top:
                raise
            yield folder
            continue
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            if _is_folder(entry):
                folders.append(entry)
            else:
                yield entry


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # in a folder that may be listed, but not looked into; whoever reads it says so
        return False


def shown(source: str | Path) -> str:
    """The name of a source for messages: one that is not UTF-8 holds lone surrogates, which cannot be printed."""
    return os.fsencode(source).decode("utf-8", "replace")


def _cause(exc: OSError | ValueError) -> str:
    return (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
