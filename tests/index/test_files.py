"""Files that are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from index.files import replacing, write_atomically


def test_a_file_is_written_and_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for text in ("first", "zweite Fassung, größer 🎻\r\n", ""):
        write_atomically(path, text)
        assert path.read_bytes() == text.encode()
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which files are open")
def test_no_file_is_open_when_it_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to rename a file that is open."""
    renamed: list[str] = []
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        own = Path("/proc/self/fd")
        assert str(self) not in [os.path.realpath(descriptor) for descriptor in own.iterdir()]
        renamed.append(str(self))
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    write_atomically(tmp_path / "state.json", "text")
    assert len(renamed) == 1


@pytest.mark.parametrize("text", ["half of a pair: \ud800", 5])
def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path, text: Any) -> None:
    path = tmp_path / "state.json"
    write_atomically(path, "before")
    with pytest.raises((UnicodeEncodeError, AttributeError)):
        write_atomically(path, text)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.write_text("before")

    def broken_off() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with replacing(path) as one:
        one.write_text("one")
        with replacing(path) as two:
            assert one != two
            two.write_text("two")
        assert path.read_text() == "two"
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]
