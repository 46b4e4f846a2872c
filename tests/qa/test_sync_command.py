"""The commands `qa sync` and `qa sources`, and what `qa add`, `qa list` and `qa show` say of where articles are."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.__main__ import main
from qa.commands.syncing import UNCONFIRMED
from tests.fakes import WordEmbedder

ROOT = Path(__file__).parents[2]
Command = Callable[..., tuple[int, str, str]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "ferry.txt").write_text("Ruth Amsel bought the ferry.")
    (folder / "bees.txt").write_text("The bees are well.")
    return folder


@pytest.fixture
def qa(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command over an index of this test, made with a stand-in for the model; stdin is no terminal."""
    monkeypatch.setattr("index.article_index.SentenceTransformerEmbedder", lambda *_: WordEmbedder())
    monkeypatch.setattr("sys.stdin", io.StringIO())

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["--index", str(tmp_path / "index"), *map(str, arguments)])
        return status, *capsys.readouterr()

    return run


def test_what_was_added_is_kept_in_step_without_being_named_again(qa: Command, folder: Path) -> None:
    assert qa("add", folder)[0] == 0
    assert qa("sources")[1] == f"{folder}\n"
    (folder / "quay.txt").write_text("A quay.")
    assert qa("sync")[:2] == (0, "1 added, 2 unchanged (1 passages embedded)\n")


def test_what_is_gone_is_removed_after_yes_only(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    qa("add", folder)
    (folder / "ferry.txt").unlink()
    status, _, err = qa("add", folder)
    assert (status, "1 known file gone" in err) == (0, True)
    status, out, err = qa("sync")
    assert status == UNCONFIRMED == 3
    assert str(folder / "ferry.txt") in out
    assert "qa sync --yes" in err
    status, out, _ = qa("sync", "--dry-run")
    assert (status, "Nothing was done" in out) == (0, True)
    for answer, left in (("\n", 2), ("no\n", 2), ("y\n", 1)):
        monkeypatch.setattr("sys.stdin", Terminal(answer))
        status, _, err = qa("sync")
        assert (status, "Remove 1 article? [y/N]" in err) == (0, True)
        assert len(qa("list")[1].splitlines()) == left
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (folder / "quay.txt").write_text("A quay.")
    (folder / "bees.txt").unlink()
    assert qa("sync", "--yes")[1].endswith("1 removed\n")
    assert [json.loads(line)["title"] for line in qa("list", "--json")[1].splitlines()] == ["Quay"]


def test_a_source_that_is_not_there_removes_nothing_and_the_others_go_on(
    qa: Command, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "quay.txt").write_text("A quay.")
    qa("sync", folder, other)
    folder.rename(tmp_path / "away")
    (other / "rain.txt").write_text("It rained.")
    status, out, err = qa("sync", "--yes")
    assert (status, out) == (1, "1 added, 1 unchanged (1 passages embedded)\n")
    assert str(folder) in err
    assert len(qa("list")[1].splitlines()) == 4
    assert qa("sources")[1].splitlines() == [str(folder), str(other)]


def test_sources_are_added_and_removed_by_any_name(qa: Command, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert qa("sources", "add", "notes", "https://example.org/feed.rss#top")[0] == 0
    assert [json.loads(line)["source"] for line in qa("sources", "--json")[1].splitlines()] == [
        str(folder),
        "https://example.org/feed.rss",
    ]
    assert qa("sources", "remove", folder)[0] == 0
    assert qa("sources")[1] == "https://example.org/feed.rss\n"
    status, _, err = qa("sources", "remove", "nothing")
    assert (status, "is no source of this index" in err) == (1, True)
    status, _, err = qa("sources", "add", "nothing")
    assert (status, "No such file or folder" in err) == (1, True)


def test_without_sources_it_says_how_to_name_some(qa: Command, folder: Path) -> None:
    qa("add", folder)
    qa("sources", "remove", folder)
    status, _, err = qa("sync")
    assert (status, err) == (1, "qa: No sources are remembered. Name some: qa sync FOLDER\n")


def test_a_file_that_was_a_source_is_forgotten_with_its_article(qa: Command, folder: Path) -> None:
    qa("add", folder / "ferry.txt")
    (folder / "ferry.txt").unlink()
    assert qa("sync")[0] == UNCONFIRMED
    assert qa("sync", "--yes")[0] == 0
    assert qa("sources")[1] == ""


def test_where_articles_are_is_listed_and_shown(qa: Command, folder: Path) -> None:
    qa("add", folder)
    path = str(folder / "ferry.txt")
    [line] = [line for line in qa("list")[1].splitlines() if "Ferry" in line]
    assert line.endswith(f"  {path}")
    article_id = line.split()[0]
    assert re.search(
        rf"^{re.escape(path)}, modified \d{{4}}-.*, read \d{{4}}-.*, SHA-256 [0-9a-f]{{64}}$",
        qa("show", article_id)[1],
        re.MULTILINE,
    )
    [location] = json.loads(qa("show", "--json", article_id)[1])["locations"]
    assert (location["address"], location["size"]) == (path, 28)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is another thing elsewhere")
def test_changes_are_seen_while_it_watches_and_it_stops_within_a_second(folder: Path) -> None:
    single = folder.parent / "single.txt"
    single.write_text("One.")
    code = (
        "import sys; from qa.commands.watching import watch\n"
        "watch(sys.argv[1:], 3600, '/nowhere', lambda some: print(*some, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, folder, single],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        threading.Timer(30, process.kill).start()  # what is not seen is not waited for
        assert process.stdout is not None
        assert process.stdout.readline() == f"{folder} {single}\n"
        (folder / "quay.txt").write_text("A quay.")
        assert process.stdout.readline() == f"{folder}\n"
        single.write_text("Another one.")
        assert process.stdout.readline() == f"{single}\n"
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.wait(20)
        assert time.monotonic() - began < 10  # 1, on a machine that does nothing else
        assert process.returncode != 0


def test_addresses_are_asked_again_in_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.commands import watching

    rounds: list[list[str]] = []

    def bring_in_step(some: object) -> None:
        rounds.append(list(some))  # type: ignore[call-overload]
        if len(rounds) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(watching, "_TICK_S", 0.01)
    with pytest.raises(KeyboardInterrupt):
        watching.watch(["https://example.org/feed.rss"], 0.05, "/nowhere", bring_in_step)
    assert rounds == [["https://example.org/feed.rss"]] * 3
