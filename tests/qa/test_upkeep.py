"""The commands export, import, rebuild, check and remove: what they print, what they ask, their exit status."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from qa.__main__ import main
from tests.fakes import WordEmbedder

ROOT = Path(__file__).parents[2]
ARTICLES = (
    Article(id="walnuts", title="Walnuts", text="Walnuts fell all night. " * 9, source="Post", published="2024-11-30"),
    Article(id="maps", title="Old maps", text="Old maps were found.", source="Post", published="2025-03-01"),
    Article(id="year", title="A year", text="A year went by.", source="Gazette", published="2024"),
    Article(id="undated", title="No\x1b[31m date", text="Nobody knows when."),
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.article_index.SentenceTransformerEmbedder", lambda *_: WordEmbedder())


@pytest.fixture
def index(tmp_path: Path) -> str:
    with ArticleIndex.open(tmp_path / "index") as articles:
        articles.add(ARTICLES)
    return str(tmp_path / "index")


@pytest.fixture
def qa(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as exc:
            status = int(exc.code or 0)
        return status, *capsys.readouterr()

    return run


def ids(index: str) -> set[str]:
    with ArticleIndex.open(index) as articles:
        return {summary.id for summary in articles.list()}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


# Export and import


def test_articles_are_exported_and_imported_with_one_line_about_each_way(qa: Run, index: str, tmp_path: Path) -> None:
    file, other = str(tmp_path / "all.jsonl"), str(tmp_path / "other")
    assert qa("export", file, "--index", index)[:2] == (0, "4 exported\n")
    assert qa("import", file, "--index", other)[:2] == (0, "4 added (4 passages embedded)\n")
    assert qa("import", file, "--index", other)[:2] == (0, "4 unchanged (0 passages embedded)\n")
    lines = Path(file).read_text().splitlines()
    changed = json.loads(lines[0]) | {"title": "Maps, old", "content_hash": None}
    Path(file).write_text("\n".join([json.dumps(changed), "{", *lines[1:3]]))
    status, out, err = qa("import", file, "--index", other)
    assert (status, out) == (0, "1 updated, 2 unchanged, 1 failed (1 passages embedded)\n")
    assert err.startswith(f"failed: {file}, line 2: not valid JSON")
    assert qa("show", "walnuts", "--json", "--index", index)[1] == qa("show", "walnuts", "--json", "--index", other)[1]


def test_a_line_is_what_show_prints(qa: Run, index: str, tmp_path: Path) -> None:
    qa("export", str(tmp_path / "all.jsonl"), "--index", index)
    [line] = [each for each in (tmp_path / "all.jsonl").read_text().splitlines() if '"walnuts"' in each]
    assert json.loads(line) == json.loads(qa("show", "walnuts", "--json", "--index", index)[1])


def test_a_pipe_leads_from_one_index_to_another(index: str, tmp_path: Path) -> None:
    """With the real model: these are processes of their own."""
    command = [sys.executable, "-m", "qa", "--index"]
    environment = {name: value for name, value in os.environ.items() if name != "ARTICLE_QA_MODEL"}
    with ArticleIndex.open(tmp_path / "real", embedder=SentenceTransformerEmbedder()) as articles:
        articles.add(ARTICLES[:2])
    exported = subprocess.run(
        [*command, str(tmp_path / "real"), "export", "-"], capture_output=True, check=True, cwd=ROOT, env=environment
    )
    assert len(exported.stdout.splitlines()) == 2
    assert b"2 exported" in exported.stderr
    imported = subprocess.run(
        [*command, str(tmp_path / "other"), "import", "-"],
        input=exported.stdout, capture_output=True, check=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    assert imported.stdout.startswith(b"2 added")


def test_a_file_that_is_not_there_makes_no_index(qa: Run, tmp_path: Path) -> None:
    status, out, err = qa("import", str(tmp_path / "none.jsonl"), "--index", str(tmp_path / "new"))
    assert (status, out) == (1, "")
    assert (
        err
        == f"qa: Cannot read {tmp_path / 'none.jsonl'}: No such file or directory. Name a file that qa export wrote.\n"
    )
    assert not (tmp_path / "new").exists()


def test_a_new_index_may_be_given_its_sizes(qa: Run, index: str, tmp_path: Path) -> None:
    qa("export", str(tmp_path / "all.jsonl"), "--index", index)
    qa(
        "import",
        str(tmp_path / "all.jsonl"),
        "--passage-size",
        "100",
        "--overlap",
        "20",
        "--index",
        str(tmp_path / "b"),
    )
    info = json.loads(qa("info", "--json", "--index", str(tmp_path / "b"))[1])
    assert (info["passage_chars"], info["overlap_chars"]) == (100, 20)


# Rebuild and check


def test_an_index_is_rebuilt_with_other_sizes_and_says_what_it_is_now(qa: Run, index: str) -> None:
    status, out, _ = qa("rebuild", "--passage-size", "100", "--index", index)
    assert (status, out) == (0, "rebuilt: 4 articles, 6 passages of up to 100 characters, by words\n")
    assert qa("rebuild", "--index", index)[1] == out
    status, out, err = qa("rebuild", "--passage-size", "3", "--index", index)
    assert (status, out) == (1, "")
    assert err == "qa: --passage-size cannot be so: Input should be greater than or equal to 100.\n"
    assert ids(index) == {each.id for each in ARTICLES}


@pytest.mark.parametrize("command", [["export", "x"], ["rebuild"], ["check"], ["remove", "--all", "--yes"]])
def test_without_an_index_there_is_nothing_to_do_it_to(qa: Run, tmp_path: Path, command: list[str]) -> None:
    status, out, err = qa(*command, "--index", str(tmp_path / "none"))
    assert (status, out) == (1, "")
    assert err.startswith(f"qa: No index at {tmp_path / 'none'}.")
    assert list(tmp_path.iterdir()) == []


def test_a_check_says_what_it_did_and_its_status_is_1_where_something_is_lost(qa: Run, index: str) -> None:
    assert qa("check", "--index", index) == (0, "all is well: 4 articles, 4 passages\n", "")
    (Path(index) / "state.json").write_text("{")
    would = qa("check", "--dry-run", "--index", index)
    assert would[0] == 0
    assert would[1].startswith("would be mended: state.json cannot be read")
    assert qa("list", "--index", index)[0] == 1
    assert qa("check", "--index", index)[:2] == (0, would[1].replace("would be mended", "mended"))
    assert qa("check", "--index", index)[1] == "all is well: 4 articles, 4 passages\n"
    (Path(index) / "chroma" / "chroma.sqlite3").unlink()
    status, out, _ = qa("check", "--index", index)
    assert (status, out[:5]) == (1, "lost:")
    assert "maps, undated, walnuts, year" in out


# Remove


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        (["--source", "Post"], {"walnuts", "maps"}),
        (["--source", "Post", "--source", "Gazette"], {"walnuts", "maps", "year"}),
        (["--older-than", "2025-03-01"], {"walnuts", "year"}),
        (["--older-than", "2024-12-15"], {"walnuts"}),  # the year's article may be of its last day
        (["--older-than", "2025"], {"walnuts", "year"}),
        (["--source", "Gazette", "--older-than", "2026"], {"year"}),
        (["--all"], {"walnuts", "maps", "year", "undated"}),
        (["--source", "post"], set()),
    ],
)
def test_what_fits_is_shown_and_removed(qa: Run, index: str, options: list[str], gone: set[str]) -> None:
    status, out, err = qa("remove", *options, "--yes", "--index", index)
    assert status == 0
    assert ids(index) == {each.id for each in ARTICLES} - gone
    for each in gone:
        assert f"removed {each}: " in out
        assert out.count(f"  {each}  ") == 1
    assert "\x1b" not in out
    assert bool(gone) == ("nothing was removed" not in err)


@pytest.mark.parametrize(
    ("answer", "removed"), [("y\n", True), ("YES\n", True), ("n\n", False), ("", False), ("\n", False)]
)
def test_somebody_at_a_terminal_is_asked(
    qa: Run, index: str, monkeypatch: pytest.MonkeyPatch, answer: str, removed: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    status, out, err = qa("remove", "--source", "Post", "--index", index)
    assert f"Remove 2 articles from {index}? [y/N] " in err
    assert "walnuts" in out
    assert status == (0 if removed else 1)
    assert ("Nothing was removed." in err) != removed
    assert len(ids(index)) == (2 if removed else 4)


def test_where_nobody_can_be_asked_nothing_is_removed_without_yes(
    qa: Run, index: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    status, _, err = qa("remove", "--all", "--index", index)
    assert status == 1
    assert err.startswith("qa: Nothing was removed: 4 articles would go from")
    assert err.endswith("--yes\n")
    assert len(ids(index)) == 4


@pytest.mark.parametrize(
    "options", [[], ["maps", "--all"], ["maps", "--source", "Post"], ["--all", "--older-than", "2025"]]
)
def test_what_goes_has_to_be_said_in_one_way(qa: Run, index: str, options: list[str]) -> None:
    status, out, err = qa("remove", *options, "--yes", "--index", index)
    assert (status, out) == (2, "")
    assert "Give ids, or --source or --older-than (with both, both must hold), or --all." in err
    assert ("nothing says which articles" in err) == (not options)
    assert len(ids(index)) == 4


def test_a_date_that_is_none_is_an_error_and_ids_are_removed_without_a_question(qa: Run, index: str) -> None:
    assert qa("remove", "--older-than", "May", "--yes", "--index", index)[0] == 1
    assert qa("remove", "maps", "year", "--index", index) == (0, "removed maps: Old maps\nremoved year: A year\n", "")
    assert ids(index) == {"walnuts", "undated"}


def test_a_real_terminal_is_asked(index: str, tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "real", embedder=SentenceTransformerEmbedder()) as articles:
        articles.add(ARTICLES[:2])
    ours, theirs = pty.openpty()
    os.write(ours, b"y\n")
    done = subprocess.run(
        [sys.executable, "-m", "qa", "--index", str(tmp_path / "real"), "remove", "--source", "Post"],
        stdin=theirs, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("removed maps: Old maps\nremoved walnuts: Walnuts\n")
