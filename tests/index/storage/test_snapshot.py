"""An index where nothing can be written: read from a copy that follows it, and goes with its process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index import ArticleIndex
from index.errors import StoreError
from index.storage import snapshot
from tests.fakes import WordEmbedder
from tests.index.worker import SETTINGS, article
from tests.warm import WARM

ROOT = Path(__file__).parents[3]
HOLDING = """
import sys, time
from pathlib import Path
from index.storage.temporary import temporary_folder
class User: pass
user = User()
(temporary_folder(Path(sys.argv[1]), user) / "a").write_text("x")
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def location(tmp_path: Path) -> Path:
    with ArticleIndex.open(tmp_path / "index", SETTINGS, embedder=WordEmbedder()) as articles:
        assert articles.add(article("a", 0)).added == 1
    return tmp_path / "index"


@pytest.fixture
def only_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Say why this process cannot write; other processes still can."""

    def say(why: str) -> None:
        monkeypatch.setattr(snapshot, "why_not_writable", lambda _: why)

    return say


def opened(location: Path) -> ArticleIndex:
    return ArticleIndex.open(location, SETTINGS, embedder=WordEmbedder())


def ids(articles: ArticleIndex) -> list[str]:
    return sorted(summary.id for summary in articles.list())


def state_says(location: Path, **values: object) -> None:
    path = location / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_what_was_opened_while_it_could_not_be_written_is_written_once_it_can(
    location: Path, only_read: Callable[[str], None]
) -> None:
    only_read("no room is left on the disk")
    with opened(location) as articles:
        assert ids(articles) == ["a-0"]
        with pytest.raises(StoreError, match="no room is left"):
            articles.add(article("a", 1))
        only_read("")
        assert articles.add(article("a", 2)).added == 1
        assert ids(articles) == ["a-0", "a-2"]
    with opened(location) as articles:
        assert ids(articles) == ["a-0", "a-2"]


def test_a_copy_follows_the_index(location: Path, only_read: Callable[[str], None]) -> None:
    only_read("the file system is read-only")
    with opened(location) as articles:
        assert ids(articles) == ["a-0"]
        copy = articles._connection.place
        assert ids(articles) == ["a-0"]
        assert articles._connection.place is copy
        assert WARM.start("tests.index.worker", location, "b", 0, 1, 1).communicate()[0].endswith("b-0\n")
        assert ids(articles) == ["a-0", "b-0"]


def test_a_copy_is_not_made_of_half_a_write(location: Path, only_read: Callable[[str], None]) -> None:
    only_read("the file system is read-only")
    state_says(location, writing=True)
    done = threading.Timer(0.25, state_says, [location], {"writing": False})
    done.start()
    with opened(location) as articles:
        assert ids(articles) == ["a-0"]
        assert articles._connection.place._copied == (location / "state.json").read_bytes()  # type: ignore[attr-defined]
        done.join()
        assert not json.loads(articles._connection.place._copied)["writing"]  # type: ignore[attr-defined]
    state_says(location, writing=True)  # by a writer that died
    with opened(location) as articles:
        assert ids(articles) == ["a-0"]


def test_a_file_that_goes_while_it_is_looked_at_or_copied_is_no_hindrance(
    location: Path, monkeypatch: pytest.MonkeyPatch, only_read: Callable[[str], None]
) -> None:
    passing = location / "words" / "passing.lock"
    passing.touch()
    access, copyfile = os.access, shutil.copyfile

    def access_later(path: Path, mode: int) -> bool:
        passing.unlink(missing_ok=True)
        return access(path, mode)

    monkeypatch.setattr(os, "access", access_later)
    assert snapshot.why_not_writable(location) == ""
    only_read("the file system is read-only")
    passing.touch()

    def copy_later(source: Path, target: Path) -> object:
        if source.name == passing.name:
            passing.unlink(missing_ok=True)
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", copy_later)
    with opened(location) as articles:
        assert ids(articles) == ["a-0"]
    assert not passing.exists()


def holding(parent: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(parent)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
def test_what_a_killed_process_copied_is_removed_by_the_next(tmp_path: Path) -> None:
    from index.storage.temporary import temporary_folder

    killed, living = holding(tmp_path), holding(tmp_path)
    named = {path.name.split("-")[3]: path for path in tmp_path.iterdir()}
    assert named.keys() == {str(killed.pid), str(living.pid)}
    (other := tmp_path / "article-qa-notes").mkdir()
    (begun := tmp_path / "article-qa-copy-1-begun").mkdir()
    (old := tmp_path / "article-qa-copy-1-old").mkdir()
    os.utime(old, (time.time() - 3600,) * 2)
    try:
        killed.send_signal(signal.SIGTERM)
        killed.wait()

        class User:
            """Somebody who uses a folder."""

        user = User()
        folder = temporary_folder(tmp_path, user)
        assert not named[str(killed.pid)].exists()
        assert (named[str(living.pid)] / "content" / "a").read_text() == "x"
        assert [other.exists(), begun.exists(), old.exists()] == [True, True, False]
        assert folder.is_dir()
        del user
        assert not folder.parent.exists()
    finally:
        for process in (killed, living):
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
