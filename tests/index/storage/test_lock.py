"""The lock of an embedded store: the state, and who waits for whom."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import IndexBusyError
from index.storage.lock import FolderLock, State

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from pathlib import Path
from index.storage.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]), 5)
with getattr(lock, sys.argv[2])():
    print("held", flush=True)
    sys.stdin.readline()
"""


class Holder:
    """Another process that holds the lock until it is told to stop, or killed."""

    def __init__(self, folder: Path, what: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder), what],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def __enter__(self) -> Holder:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "held\n"
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate("\n")


def test_a_new_folder_has_no_revision_and_no_writer(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 5)
    assert lock.state() == State("", False, "chroma")
    assert not lock.abandoned()


def test_each_write_that_ends_well_makes_another_revision(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 5)
    revisions = []
    for _ in range(2):
        with lock.writing() as ticket:
            assert lock.state() == State(ticket.found.revision, writing=True)
        assert lock.state() == State(ticket.revision)
        revisions.append(ticket.revision)
    assert len({"", *revisions}) == 3
    with lock.reading() as state:
        assert state == State(revisions[-1])


def test_a_write_that_fails_goes_on_saying_so_until_one_ends_well(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 5)
    with pytest.raises(ZeroDivisionError), lock.writing():
        raise ZeroDivisionError
    assert lock.state() == State("", writing=True)
    assert lock.abandoned()
    with lock.writing() as ticket:
        assert ticket.found.writing
    assert lock.state() == State(ticket.revision)
    assert not lock.abandoned()


def test_the_folder_of_the_store_can_be_moved_while_writing(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path, 5)
    with lock.writing() as ticket:
        lock.move("chroma-2")
        assert lock.state() == State("", True, "chroma-2")
    assert lock.state() == State(ticket.revision, False, "chroma-2")
    assert json.loads((tmp_path / "state.json").read_text())["store"] == "chroma-2"


@pytest.mark.parametrize(("holds", "wants"), [("writing", "reading"), ("writing", "writing"), ("reading", "writing")])
def test_another_process_that_holds_it_is_waited_for_and_then_reported(tmp_path: Path, holds: str, wants: str) -> None:
    wanted = getattr(FolderLock(tmp_path, 0.1), wants)()
    with Holder(tmp_path, holds), pytest.raises(IndexBusyError) as raised, wanted:
        pytest.fail("both hold it")
    assert str(raised.value).startswith(f"Another process has been writing to the index at {tmp_path}")
    assert str(raised.value).endswith("Try again when it is done.")
    with getattr(FolderLock(tmp_path, 5), wants)():
        pass


def test_several_processes_read_at_once(tmp_path: Path) -> None:
    with Holder(tmp_path, "reading"), FolderLock(tmp_path, 0.1).reading() as state:
        assert state == State()


def test_a_writer_that_is_killed_frees_the_lock_and_leaves_its_mark(tmp_path: Path) -> None:
    with Holder(tmp_path, "writing") as holder:
        holder.process.kill()
        holder.process.wait()
        with FolderLock(tmp_path, 5).reading() as state:
            assert state.writing
            assert FolderLock(tmp_path, 5).abandoned()
