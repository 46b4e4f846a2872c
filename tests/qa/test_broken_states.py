"""Every command over every state in which an index may be found: it works, or says in one line what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from index import ArticleIndex, IndexSettings, SentenceTransformerEmbedder, StoreSettings
from qa.__main__ import COMMANDS, main
from qa.answer import Answer
from qa.kept.conversations import Conversations, SavedTurn, now
from tests.broken import NOBODY, STATES
from tests.conftest import STORIES
from tests.fakes import WordEmbedder

QUESTION = "How many leaks did the robot find?"
PATIENCE_S = 60

# What a command is called with, and what it says on stdout where it works.
CALLS: dict[str, tuple[list[str], str]] = {
    "list": (["list"], "robot"), "show": (["show", "robot"], "Pipsqueak"),
    "search": (["search", QUESTION], "23"), "ask": (["ask", QUESTION], "23"),
    "info": (["info"], "articles"), "sources": (["sources"], ""), "feedback": (["feedback"], ""),
    "eval": (["eval", "QUESTIONS"], "F1"), "export": (["export", "-"], "Pipsqueak"),
    "check --dry-run": (["check", "--dry-run"], ""), "sync --dry-run": (["sync", "SOURCE", "--dry-run"], "Would be"),
    "chat": (["chat", "--no-browser"], "served"),
    "add": (["add", "SOURCE"], "1 added"), "import": (["import", "EXPORTED"], "1 added"),
    "sync": (["sync", "SOURCE"], "1 added"), "sources add": (["sources", "add", "SOURCE"], ""),
    "remove": (["remove", "robot"], "removed robot"), "remove --all": (["remove", "--all", "--yes"], "removed robot"),
    "check": (["check"], ""), "rebuild": (["rebuild", "--passage-size", "300"], "rebuilt: 4 articles"),
}  # fmt: skip

# In `make test`; what was once a traceback or a hang is among them.
QUICK = (
    ("sound", "list"), ("no right to read", "list"), ("manifest of strings", "add"), ("model no name", "list"),
    ("model no name", "check"), ("no right to read", "import"), ("state garbage", "show"), ("store garbage", "list"),
    ("words damaged", "search"), ("conversations garbage", "feedback"), ("sources garbage", "sources"),
    ("nobody listens", "list"), ("says nothing", "list"), ("no HTTP", "info"), ("half a bracket", "add"),
)  # fmt: skip

Outcome = tuple[int, str, str]  # exit status, stdout, stderr
Run = Callable[[str, str], Outcome]


class Embedder(WordEmbedder):
    """The one that built the index, where its name is asked for, or none; else the real one of that name."""

    def __new__(cls, model: str = "words") -> Any:
        return super().__new__(cls) if model in ("words", IndexSettings().model) else SentenceTransformerEmbedder(model)

    def __init__(self, model: str = "words") -> None:
        super().__init__()


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """An index with files of vectors, conversations and sources, where a user without rights may look for it."""
    folder = Path(tempfile.mkdtemp(dir="/tmp" if os.name == "posix" else None)).resolve()
    (folder / "tides.txt").write_text("About tides\n\nThe moon pulls the sea.")
    (folder / "questions.jsonl").write_text(json.dumps({"question": QUESTION, "answer": "23"}))
    article = {"id": "new", "title": "Tides", "text": "The moon pulls the sea."}
    (folder / "exported.jsonl").write_text(json.dumps(article))
    with (
        pytest.MonkeyPatch.context() as patch,
        ArticleIndex.open(folder / "index", IndexSettings(passage_chars=120), embedder=WordEmbedder()) as articles,
    ):
        # As if there were thousands of passages, which Chroma keeps in files of vectors.
        patch.setattr("index.storage.chroma._HNSW", {"hnsw": {"space": "cosine", "sync_threshold": 4, "batch_size": 3}})
        assert articles.add(STORIES).added == 4
        answer = Answer(QUESTION, QUESTION, "", True, 0.1, "extractive")
        Conversations.of(articles).save("visitor:1", None, 0, SavedTurn(QUESTION, answer, now()))
        (folder / "index" / "sources.json").write_text(json.dumps({"sources": [str(folder / "tides.txt")]}))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def patched(template: Path) -> Iterator[None]:
    """One embedder, a lock that waits for a second, a chat without a page that is asked once, other folders."""

    def served(app: Any, qa: Any, settings: Any) -> None:
        qa.articles.list()
        qa.ask(QUESTION)
        Conversations.of(qa.articles).list("visitor:1")
        print("served")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.article_index.SentenceTransformerEmbedder", Embedder)
        patch.setattr("index.article_index.StoreSettings", lambda: StoreSettings(lock_timeout_s=1, server_timeout_s=2))
        patch.setattr("qa.commands.questions.load_early", lambda **_: [])
        patch.setattr("app.build_app", lambda *_, **__: None)
        patch.setattr("app._serve_until_ctrl_c", served)
        for name in ("cache", "data", "state"):
            path = template / name
            path.mkdir()
            path.chmod(0o777)
            patch.setenv(f"XDG_{name.upper()}_HOME", str(path))
        yield


def filled(argument: str, folder: Path) -> str:
    names = {"SOURCE": "tides.txt", "QUESTIONS": "questions.jsonl", "EXPORTED": "exported.jsonl"}
    return str(folder / names[argument]) if argument in names else argument


class TookTooLong(BaseException):
    """No error that a command could take for one of the system's."""


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TookTooLong(f"nothing came of it for {seconds} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def run(template: Path, tmp_path_factory: Any, patched: None, capfd: Any) -> Iterator[Run]:
    """Make the state of a new copy of the index, and run the command there."""
    folder = Path(tempfile.mkdtemp(dir=template))
    folder.chmod(0o755)
    numbers = iter(range(1000))
    imported: set[str] = set()

    def command(state: str, call: str) -> Outcome:
        if state.startswith("no right") and call not in imported:  # else it may not read what it imports
            imported.add(call)
            command("sound", call)
            for path in (*template.joinpath("cache").rglob("*"), *template.joinpath("data").rglob("*")):
                if os.geteuid() == 0:
                    os.chown(path, NOBODY, NOBODY)
        place = folder / str(next(numbers))
        place.mkdir()
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        given = [filled(each, template) for each in CALLS[call][0]]
        shutil.copytree(template / "index", place / "index")
        with STATES[state](place / "index") as location, patience(PATIENCE_S):
            capfd.readouterr()
            try:
                status = main(["--index", location, *given])
            except (Exception, TookTooLong):  # noqa: BLE001  what would be a traceback
                status = -1
                traceback.print_exc()
            except SystemExit as exc:
                status = int(str(exc.code))
            captured = capfd.readouterr()
        shutil.rmtree(place)
        return status, captured.out, captured.err

    yield command
    shutil.rmtree(folder)


def wrong_with(outcome: Outcome, call: str) -> str:
    """What is wrong with it; "" where it works, or is one line."""
    status, out, err = outcome
    lines = err.splitlines()
    if status not in (0, 1):
        return f"exit status {status}: {err}"
    if "Traceback" in err:
        return err
    if status == 0:
        return "" if CALLS[call][1] in out else f"exit status 0 and {out!r}, {err!r}"
    if call.startswith("check") and out and not err:
        return "" if "lost: " in out else f"exit status 1 and {out!r}"
    if len(lines) != 1 or not lines[0].startswith("qa: ") or lines[0][-1] in ":,":
        return f"not one line: {out!r}, {err!r}"
    return ""


def test_every_command_is_called() -> None:
    assert {command.name for command in COMMANDS} == {arguments[0] for arguments, _ in CALLS.values()}


@pytest.mark.parametrize(("state", "call"), QUICK, ids=map(" ".join, QUICK))
def test_a_command_works_or_says_in_one_line_what_is_wrong(state: str, call: str, run: Run) -> None:
    outcome = run(state, call)
    assert not wrong_with(outcome, call)
    assert (outcome[0] == 0) == (state in ("sound", "words damaged"))


def test_an_index_of_a_model_that_was_changed_is_exported_and_made_anew(run: Run) -> None:
    assert "another edition" in run("other model", "list")[2]
    assert "Pipsqueak" in run("other model", "export")[1]
    assert run("other model", "rebuild")[1].startswith("rebuilt: 4 articles")


@pytest.mark.soak
@pytest.mark.parametrize("state", STATES)
def test_over_a_state_every_command_works_or_says_in_one_line_what_is_wrong(state: str, run: Run) -> None:
    wrong, said = {}, {}
    for call in CALLS:
        begun = time.monotonic()
        outcome = run(state, call)
        if problem := wrong_with(outcome, call):
            wrong[call] = problem
        said[call] = (outcome[0], round(time.monotonic() - begun, 1), (outcome[2] or outcome[1])[-300:])
    if name := os.environ.get("BROKEN_STATES"):
        with Path(name).open("a") as file:
            file.write(json.dumps({"state": state, "said": said, "wrong": wrong}) + "\n")
    assert not wrong, "\n".join(f"{call}: {problem}" for call, problem in wrong.items())
