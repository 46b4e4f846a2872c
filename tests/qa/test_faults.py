"""What every command says where the index cannot be used: one line, exit status 1, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from qa.__main__ import main
from qa.kept.conversations import Conversations
from tests.broken import mounted
from tests.fakes import WordEmbedder

QUESTION = "How many leaks did the robot find?"
READING = [
    ["list"], ["list", "--json"], ["show", "robot"], ["search", QUESTION], ["ask", QUESTION],
    ["ask", QUESTION, "--json"], ["info"],
]  # fmt: skip
WRITING = [["remove", "robot"], ["add", "SOURCE"]]
Run = Callable[[list[str]], tuple[int, str, str]]


@pytest.fixture(autouse=True)
def one_model(monkeypatch: pytest.MonkeyPatch, real_embedder: SentenceTransformerEmbedder) -> None:
    monkeypatch.setattr("index.article_index.SentenceTransformerEmbedder", lambda *_: real_embedder)


@pytest.fixture
def folder(tmp_path: Path, real_articles: ArticleIndex) -> Path:
    """A copy of the index of the stories, which nobody has open."""
    real_articles.close()
    return Path(shutil.copytree(real_articles.location, tmp_path / "index"))


@pytest.fixture
def run(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command over that index."""
    source, questions = tmp_path / "tides.txt", tmp_path / "questions.jsonl"
    source.write_text("About tides\n\nThe moon pulls the sea.")
    questions.write_text(json.dumps({"question": QUESTION, "answer": "23"}))

    def command(arguments: list[str]) -> tuple[int, str, str]:
        capsys.readouterr()
        given = [{"SOURCE": str(source), "QUESTIONS": str(questions)}.get(each, each) for each in arguments]
        status = main(["--index", str(folder), *given])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command


def new_store(folder: Path) -> None:
    import chromadb
    from chromadb.config import Settings

    shutil.rmtree(folder / "chroma")
    client = chromadb.PersistentClient(str(folder / "chroma"), settings=Settings(anonymized_telemetry=False))
    for name in ("passages", "articles"):
        client.create_collection(f"article-qa-{name}", embedding_function=None)
    client.close()


def without_rows(folder: Path) -> None:
    with sqlite3.connect(folder / "chroma" / "chroma.sqlite3") as connection:
        for table in ("embeddings", "embedding_metadata", "embeddings_queue"):
            connection.execute(f"DELETE FROM {table}")
    connection.close()


def with_a_file(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")
    (folder / "chroma").write_text("no folder")


def without_state(lose: Callable[[Path], object]) -> Callable[[Path], object]:
    def both(folder: Path) -> None:
        lose(folder)
        (folder / "state.json").unlink()

    return both


def after_a_killed_writer(lose: Callable[[Path], object]) -> Callable[[Path], object]:
    def both(folder: Path) -> None:
        lose(folder)
        path = folder / "state.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"writing": True}))

    return both


def as_before(lose: Callable[[Path], object]) -> Callable[[Path], object]:
    """With a state that an earlier version wrote."""

    def both(folder: Path) -> None:
        lose(folder)
        path = folder / "state.json"
        values = json.loads(path.read_text())
        path.write_text(json.dumps({name: values[name] for name in ("revision", "writing", "store")}))

    return both


def without_words(lose: Callable[[Path], object]) -> Callable[[Path], object]:
    def both(folder: Path) -> None:
        lose(folder)
        shutil.rmtree(folder / "words")

    return both


def emptied(folder: Path) -> None:
    (folder / "chroma" / "chroma.sqlite3").write_bytes(b"")


def removed(folder: Path) -> None:
    (folder / "chroma" / "chroma.sqlite3").unlink()


def all_removed(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")


LOST: dict[str, Callable[[Path], object]] = {
    "emptied": emptied, "removed": removed, "all removed": all_removed, "a file in its place": with_a_file,
    "a new store": new_store, "no rows": without_rows,
    "emptied, no state": without_state(emptied), "removed, no state": without_state(removed),
    "all removed, no state": without_state(all_removed), "a new store, no state": without_state(new_store),
    "emptied, killed": after_a_killed_writer(emptied), "all removed, killed": after_a_killed_writer(all_removed),
    "a new store, killed": after_a_killed_writer(new_store),
    "emptied, earlier": as_before(emptied), "a new store, earlier": as_before(new_store),
    "emptied, no words": without_words(emptied), "a new store, no words": without_words(new_store),
    "no rows, no words": without_words(without_rows),
}  # fmt: skip


def assert_one_line(done: tuple[int, str, str], *parts: str) -> None:
    status, out, err = done
    assert (status, out) == (1, "")
    [line] = err.splitlines()
    assert line.startswith("qa: ")
    for part in parts:
        assert part in line


def assert_lost(run: Run, folder: Path, commands: list[list[str]]) -> None:
    for command in commands:
        assert_one_line(run(command), str(folder), "has lost", "from a copy", "qa --index ANOTHER_PLACE add")


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(lose, id=name, marks=[pytest.mark.soak] if name.startswith("a new store") else [])
        for name, lose in LOST.items()
    ],
)
def test_an_index_that_has_lost_its_articles_says_so_before_and_after_it_is_written_to(
    run: Run, folder: Path, lose: Callable[[Path], object]
) -> None:
    lose(folder)
    assert_lost(run, folder, [["list"], ["ask", QUESTION], *WRITING, ["list"]])


@pytest.mark.parametrize(
    "lose",
    [pytest.param(lose, id=name, marks=[] if name == "no rows" else [pytest.mark.soak]) for name, lose in LOST.items()],
)
def test_an_index_that_has_lost_its_articles_says_so_in_every_command(
    run: Run, folder: Path, lose: Callable[[Path], object]
) -> None:
    lose(folder)
    assert_lost(run, folder, [*READING, ["eval", "QUESTIONS"], *WRITING, *READING])


@pytest.mark.parametrize("lose", [emptied, all_removed], ids=["emptied", "all removed"])
def test_what_was_lost_and_is_put_back_is_there_again(
    run: Run, folder: Path, tmp_path: Path, lose: Callable[[Path], object]
) -> None:
    shutil.copytree(folder / "chroma", tmp_path / "copy")
    lose(folder)
    assert_one_line(run(["list"]), "has lost the 4 articles")
    assert_one_line(run(["add", "SOURCE"]), "has lost the 4 articles")
    shutil.rmtree(folder / "chroma", ignore_errors=True)
    shutil.copytree(tmp_path / "copy", folder / "chroma")
    assert len(run(["list"])[1].splitlines()) == 4
    assert "23" in run(["ask", QUESTION])[1]


def test_a_state_that_an_earlier_version_wrote_is_taken_and_written_anew(run: Run, folder: Path) -> None:
    as_before(lambda _: None)(folder)
    assert len(run(["list"])[1].splitlines()) == 4
    assert json.loads((folder / "state.json").read_text())["articles"] == 4


def test_a_store_is_kept_where_the_state_that_names_it_is_lost(run: Run, folder: Path) -> None:
    (folder / "chroma").rename(folder / "chroma-1a2b3c4d")  # as after a mending
    (folder / "state.json").unlink()
    assert len(run(["list"])[1].splitlines()) == 4
    path = folder / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"writing": True}))
    assert len(run(["list"])[1].splitlines()) == 4
    path.unlink()
    assert run(["add", "SOURCE"])[0] == 0
    assert len(run(["list"])[1].splitlines()) == 5
    assert "23" in run(["ask", QUESTION])[1]


def test_of_two_stores_none_is_taken_or_removed_without_a_state(run: Run, folder: Path) -> None:
    shutil.copytree(folder / "chroma", folder / "chroma-1a2b3c4d")
    (folder / "state.json").unlink()
    for command in [*READING, *WRITING]:
        assert_one_line(run(command), "state.json is gone", "chroma and chroma-1a2b3c4d")
    assert len(list(folder.glob("chroma*/chroma.sqlite3"))) == 2


def test_what_else_lies_in_the_folder_of_an_index_is_left_there(folder: Path, run: Run) -> None:
    kept = [folder / name for name in ("chroma-backup", "chroma.old", "chroma-1a2b3c4d5", "chromatic")]
    replaced = folder / "chroma-1a2b3c4d"
    for path in (*kept, replaced):
        shutil.copytree(folder / "chroma", path)
    assert run(["add", "SOURCE"])[0] == 0
    assert all((path / "chroma.sqlite3").is_file() for path in kept)
    assert not replaced.exists()
    (folder / "state.json").unlink()
    assert len(run(["list"])[1].splitlines()) == 5


# What stands in the way


def overwritten(name: str, content: bytes) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        path.write_bytes(content)

    return write


def a_folder(name: str) -> Callable[[Path], object]:
    def make(folder: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        (path / "something").mkdir(parents=True)

    return make


def a_file_in_place_of_all(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def truncated(folder: Path) -> None:
    path = folder / "chroma" / "chroma.sqlite3"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BROKEN: dict[str, Callable[[Path], object]] = {
    "lock garbage": overwritten("index.lock", b"garbage " * 200), "lock a folder": a_folder("index.lock"),
    "state garbage": overwritten("state.json", b"\xff\xfe"), "state a list": overwritten("state.json", b"[]"),
    "state a folder": a_folder("state.json"), "state numbers": overwritten("state.json", b'{"revision": 1}'),
    "manifest garbage": overwritten("manifest.json", b"{"), "manifest a folder": a_folder("manifest.json"),
    "manifest a list": overwritten("manifest.json", b"[]"), "manifest empty": overwritten("manifest.json", b""),
    "manifest of another version": overwritten("manifest.json", b'{"schema": 9}'),
    "store garbage": overwritten("chroma/chroma.sqlite3", os.urandom(9000)), "store truncated": truncated,
    "a file in place of the folder": a_file_in_place_of_all,
}  # fmt: skip


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_used_is_one_line_in_every_command(
    run: Run, folder: Path, damage: Callable[[Path], object]
) -> None:
    damage(folder)
    for command in [*READING, ["eval", "QUESTIONS"], ["feedback"], *WRITING]:
        if command == ["feedback"] and (folder / "chroma").is_dir() and (folder / "manifest.json").is_file():
            continue  # it reads no article
        assert_one_line(run(command), str(folder))


@pytest.mark.parametrize("damage", [overwritten("words", b"x"), a_folder("words.lock")], ids=["words", "lock"])
def test_a_word_index_that_cannot_be_made_is_one_line_or_made_anew(
    run: Run, folder: Path, damage: Callable[[Path], object]
) -> None:
    damage(folder)
    for command in [*READING, *WRITING]:
        done = run(command)
        assert done[0] == 0 or assert_one_line(done, str(folder)) is None


def test_a_deleted_folder_is_no_index_in_every_command_that_reads(run: Run, folder: Path) -> None:
    shutil.rmtree(folder)
    for command in [*READING, ["eval", "QUESTIONS"], ["feedback"], ["remove", "robot"]]:
        assert_one_line(run(command), f"No index at {folder}")


def test_a_folder_that_is_deleted_while_it_is_open_is_one_error(
    folder: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    from index.errors import StoreError

    with ArticleIndex.open(folder, embedder=real_embedder) as articles:
        assert len(articles.list()) == 4
        shutil.rmtree(folder)
        for use in (articles.list, articles.info, lambda: articles.remove("robot")):
            with pytest.raises(StoreError, match="is gone"):
                use()


# Who may read it


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("there", [pytest.param(True, marks=pytest.mark.soak), False])
def test_all_of_an_index_is_for_its_owner_only(tmp_path: Path, stories: tuple[Article, ...], there: bool) -> None:
    folder = tmp_path / "new"
    if there:
        folder.mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        with ArticleIndex.open(folder, embedder=WordEmbedder()) as articles:
            articles.add([replace(stories[0], id=str(at), text=f"{at} {stories[0].text}") for at in range(300)])
            articles.remove(["1", "2"])
            conversations = Conversations.of(articles)
            assert list(conversations.feedback()) == []
            paths = [folder, *folder.rglob("*")]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in paths}
            wrong = {path.name for path in paths if modes[path.name] != (0o700 if path.is_dir() else 0o600)}
            assert {"conversations.sqlite", "words.lock", "index.lock", "chroma.sqlite3", "chroma"} <= modes.keys()
            assert not wrong
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_whom_the_owner_lets_into_the_folder_reads_all_of_it(folder: Path, run: Run) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    folder.chmod(0o750)
    assert run(["add", "SOURCE"])[0] == 0
    for path in folder.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & ~(0o750 if path.is_dir() else 0o640), path


# Reading only


@pytest.fixture
def read_only(folder: Path) -> Iterator[None]:
    """The index where this process may not write: a read-only file system for root, else without the right."""
    if os.geteuid():
        paths = [folder, *folder.rglob("*")]
        for path in paths:
            path.chmod(path.stat().st_mode & ~0o222)
        yield
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)
        return
    with mounted(folder, "20m"):
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield


@pytest.mark.usefixtures("read_only")
def test_an_index_that_can_only_be_read_is_listed_searched_and_asked(run: Run, folder: Path) -> None:
    for command in READING:
        status, out, err = run(command)
        assert (status, err) == (0, "")
        assert out
    assert "23" in run(["ask", QUESTION])[1]
    for command in WRITING:
        assert_one_line(run(command), f"The index at {folder} can be read here and not written")
    assert run(["feedback"])[0] == 1
    assert len(run(["list"])[1].splitlines()) == 4


def fill(folder: Path) -> None:
    with (folder / "filling").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass


@pytest.fixture
def full_disk(folder: Path) -> Iterator[None]:
    with mounted(folder, "4m"):
        fill(folder)
        yield


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_stops_adding_with_one_line_and_does_not_stop_asking(run: Run, folder: Path) -> None:
    assert_one_line(run(["add", "SOURCE"]), "room is left")
    for command in READING:
        status, out, err = run(command)
        assert (status, err) == (0, ""), command
        assert out
    assert_one_line(run(["remove", "robot"]), "room is left")
    assert "23" in run(["ask", QUESTION])[1]
    (folder / "filling").unlink()
    assert run(["add", "SOURCE"])[0] == 0
    assert len(run(["list"])[1].splitlines()) == 5


@pytest.mark.usefixtures("full_disk")
def test_a_disk_that_fills_up_while_the_index_is_open_does_not_stop_asking(
    folder: Path, real_embedder: SentenceTransformerEmbedder, stories: tuple[Article, ...]
) -> None:
    from index.errors import StoreError

    (folder / "filling").unlink()
    with ArticleIndex.open(folder, embedder=real_embedder) as articles:
        assert len(articles.list()) == 4
        fill(folder)
        with pytest.raises(StoreError, match="room is left"):
            articles.add([replace(story, id=f"{story.id} {at}") for at in range(99) for story in stories])
        assert len(articles.list()) == 4
        (folder / "filling").unlink()
        articles.close()
        assert articles.add(replace(stories[0], id="later")).added == 1
        assert len(articles.list()) == 5
