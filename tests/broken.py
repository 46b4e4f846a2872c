"""States in which an index may be found: sound, damaged, of something else, in use, or where nothing can be read."""

from __future__ import annotations

import gc
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534  # the user without rights on Linux
_CLOSED_S = 10  # within which a store that was closed holds no file open
State = Callable[[Path], AbstractContextManager[str]]  # makes it of a sound index; gives the location to name


def changed(change: Callable[[Path], object]) -> State:
    @contextmanager
    def state(folder: Path) -> Iterator[str]:
        change(folder)
        yield str(folder)

    return state


def located(location: str) -> State:
    @contextmanager
    def state(folder: Path) -> Iterator[str]:
        yield location

    return state


# Files


def holding(name: str, content: bytes) -> State:
    def change(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        path.write_bytes(content)

    return changed(change)


def half(name: str) -> State:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return changed(change)


def gone(name: str) -> State:
    def change(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return changed(change)


def a_folder(name: str) -> State:
    def change(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        (path / "something").mkdir(parents=True)

    return changed(change)


def with_values(name: str, **values: Any) -> State:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | values))

    return changed(change)


def largest(folder: Path, name: str) -> str:
    """The file of this name, of any of the store's segments, that holds most vectors."""
    segments = folder.glob(f"chroma/*/{name}")
    path = max(segments, key=lambda each: (each.parent / "data_level0.bin").stat().st_size)
    return str(path.relative_to(folder))


def of_vectors(change: Callable[[str], State], name: str) -> State:
    """The same of a file of vectors, whose folder has another name in each index."""

    return lambda folder: change(largest(folder, name))(folder)


def one_byte(folder: Path) -> None:
    path = folder / "chroma" / "chroma.sqlite3"
    content = bytearray(path.read_bytes())
    for at in range(5000, len(content), 4096):  # somewhere in each page
        content[at] ^= 255
    path.write_bytes(content)


def without_rows(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "chroma" / "chroma.sqlite3")) as connection, connection:
        for table in ("embeddings", "embedding_metadata", "embeddings_queue"):
            connection.execute(f"DELETE FROM {table}")


def damaged_words(folder: Path) -> None:
    for path in (folder / "words").glob("*.*"):
        path.write_bytes(b"no index at all " * 50)


def two_stores(folder: Path) -> None:
    shutil.copytree(folder / "chroma", folder / "chroma-1a2b3c4d")
    (folder / "state.json").unlink()


def a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def other_files(folder: Path) -> None:
    emptied(folder)
    (folder / "letter.txt").write_text("Dear Ann")


def later_conversations(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "conversations.sqlite")) as connection, connection:
        connection.execute("PRAGMA user_version = 99")


# Rights and room


@contextmanager
def without_rights(folder: Path, mode: int, mode_of_files: int) -> Iterator[str]:
    """As a user who has these rights to the folder and all in it; for root, as one that has no other rights."""
    for path in (*folder.rglob("*"), folder):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(mode if path.is_dir() else mode_of_files)
    before = os.getresuid()
    if before[1] == 0:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield str(folder)
    finally:
        os.setresuid(*before)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)


def rights(mode: int, mode_of_files: int) -> State:
    return lambda folder: without_rights(folder, mode, mode_of_files)


def unmount(folder: Path) -> None:
    """Take a file system away, as soon as what the store's own threads hold open on it is closed."""
    gc.collect()
    until = time.monotonic() + _CLOSED_S
    while subprocess.run(["umount", str(folder)], check=False, capture_output=True).returncode:
        assert time.monotonic() < until, f"{folder} is still held open"
        time.sleep(0.1)


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own with the index on it, which only root can make."""
    copy = folder.with_name("copy")
    shutil.copytree(folder, copy)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        shutil.copytree(copy, folder, dirs_exist_ok=True)
        yield
    finally:
        unmount(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[str]:
    with mounted(folder, "40m"):
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield str(folder)


@contextmanager
def full_disk(folder: Path) -> Iterator[str]:
    with mounted(folder, "16m"):
        with (folder / "filling").open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass
        yield str(folder)


@contextmanager
def small_files(folder: Path) -> Iterator[str]:
    """No file may grow beyond 20 KB, as where a user's share of the disk is used up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        yield str(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def in_use(folder: Path) -> Iterator[str]:
    """While another process writes to it."""
    code = "import sys, filelock; lock = filelock.ReadWriteLock(sys.argv[1])\n"
    code += "with lock.write_lock():\n    print('held', flush=True)\n    sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "index.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    try:
        yield str(folder)
    finally:
        process.communicate(timeout=30)


# Servers


@contextmanager
def nobody_listens(folder: Path) -> Iterator[str]:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


def answering(status: int, kind: str, body: bytes) -> State:
    """A web server that gives the same to whatever is asked."""

    @contextmanager
    def state(folder: Path) -> Iterator[str]:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return state


def speaking(said: bytes | None, scheme: str = "http") -> State:
    """A server that speaks no HTTP: says this and hangs up; None: accepts, and says nothing."""

    @contextmanager
    def state(folder: Path) -> Iterator[str]:
        with closing(socket.create_server(("127.0.0.1", 0))) as listening:
            held: list[socket.socket] = []

            def serve() -> None:
                while True:
                    try:
                        connection, _ = listening.accept()
                    except OSError:
                        return
                    held.append(connection)
                    if said is not None:
                        connection.sendall(said)
                        connection.close()

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()

    return state


GARBAGE = b"\xff\xfe garbage \0 " * 300
JSON = "application/json"

STATES: dict[str, State] = {
    "sound": changed(lambda folder: None),
    "writer killed": with_values("state.json", writing=True),
    # The folder
    "folder gone": changed(shutil.rmtree), "folder empty": changed(emptied), "a file": changed(a_file),
    "other files": changed(other_files),
    "no right to write": rights(0o555, 0o444), "no right to read": rights(0, 0),
    "no right to the files": rights(0o755, 0),
    "read-only": read_only, "full disk": full_disk, "small files": small_files,
    # The lock
    "lock garbage": holding("index.lock", GARBAGE), "lock a folder": a_folder("index.lock"), "in use": in_use,
    # The manifest
    "manifest garbage": holding("manifest.json", GARBAGE), "manifest empty": holding("manifest.json", b""),
    "manifest truncated": half("manifest.json"), "manifest a list": holding("manifest.json", b"[]"),
    "manifest a folder": a_folder("manifest.json"), "manifest gone": gone("manifest.json"),
    "manifest of strings": with_values("manifest.json", passage_chars="x", overlap_chars=None),
    "other model": with_values("manifest.json", fingerprint="another"),
    "model not there": with_values("manifest.json", model="no/such-model", fingerprint="another"),
    "model no name": with_values("manifest.json", model=7), "newer schema": with_values("manifest.json", schema=9),
    # The state
    "state garbage": holding("state.json", GARBAGE), "state empty": holding("state.json", b""),
    "state truncated": half("state.json"), "state a list": holding("state.json", b"[]"),
    "state a folder": a_folder("state.json"), "state gone": gone("state.json"),
    "state names no store": with_values("state.json", store="chroma-01234567"),
    "state names a path": with_values("state.json", store="../.."),
    "two stores": changed(two_stores),
    # The store
    "store garbage": holding("chroma/chroma.sqlite3", GARBAGE), "store empty": holding("chroma/chroma.sqlite3", b""),
    "store truncated": half("chroma/chroma.sqlite3"), "store flipped": changed(one_byte),
    "store gone": gone("chroma"), "store a file": holding("chroma", GARBAGE),
    "store a folder": a_folder("chroma/chroma.sqlite3"), "store without rows": changed(without_rows),
    "vectors garbage": of_vectors(lambda name: holding(name, GARBAGE), "header.bin"),
    "vectors empty": of_vectors(lambda name: holding(name, b""), "header.bin"),
    "vectors truncated": of_vectors(half, "data_level0.bin"), "vectors gone": of_vectors(gone, "link_lists.bin"),
    "header truncated": of_vectors(half, "header.bin"), "header gone": of_vectors(gone, "header.bin"),
    # The word index
    "words gone": gone("words"), "words damaged": changed(damaged_words), "words a file": holding("words", GARBAGE),
    "words empty": a_folder("words"), "words' lock a folder": a_folder("words.lock"),
    # What is kept beside
    "conversations garbage": holding("conversations.sqlite", GARBAGE),
    "conversations empty": holding("conversations.sqlite", b""),
    "conversations truncated": half("conversations.sqlite"),
    "conversations a folder": a_folder("conversations.sqlite"),
    "conversations later": changed(later_conversations),
    "sources garbage": holding("sources.json", GARBAGE), "sources a folder": a_folder("sources.json"),
    # Servers
    "nobody listens": nobody_listens, "not found": answering(404, "text/html", b"<h1>Not found</h1>"),
    "a web page": answering(200, "text/html", b"<h1>Welcome</h1>"), "an error": answering(500, JSON, b"{}"),
    "other JSON": answering(200, JSON, b'{"hello": "world"}'), "a list": answering(200, JSON, b"[1]"),
    "a number": answering(200, JSON, b"7"),
    "redirect": answering(302, "text/html", b"elsewhere"), "login": answering(401, JSON, b'{"error": "who?"}'),
    "hangs up": speaking(b""), "no HTTP": speaking(b"220 mail.example.org ESMTP\r\n"), "says nothing": speaking(None),
    "no TLS": speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n", "https"),
    "no such host": located("http://no-such-host.invalid:8000"), "no host": located("http://"),
    "no port": located("http://localhost:port"), "half a bracket": located("http://[::1"),
    "port out of range": located("http://localhost:99999"),
}  # fmt: skip
