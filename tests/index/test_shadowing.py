"""A file of the user's that has the name of a part of ours is named, and is not run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.shadowing import check_not_shadowed

ROOT = Path(__file__).parents[2]
THEIRS = "print('This is run.')\n"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a folder whose files are found before ours."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=folder, env=environment
    )


def hiding(folder: Path, name: str, kind: str) -> Path:
    """A file of the user's with the name of a part, or a package of his."""
    theirs = folder / f"{name}.py" if kind == "file" else folder / name / "__init__.py"
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text(THEIRS)
    return theirs


def test_our_own_parts_hide_nothing() -> None:
    check_not_shadowed("index", "qa", "chat", "app", "a_name_of_nothing")


@pytest.mark.parametrize("kind", ["file", "package"])
@pytest.mark.parametrize("name", ["qa", "chat", "app"])
def test_what_has_the_name_of_a_part_is_named_and_not_run(tmp_path: Path, name: str, kind: str) -> None:
    theirs = hiding(tmp_path, name, kind)
    done = run(tmp_path, "-c", f"from index.shadowing import check_not_shadowed; check_not_shadowed({name!r})")
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        f"ImportError: {theirs} has the name of a part of Article QA and is imported in its place. Rename it, or start "
        "Article QA in another folder."
    )


@pytest.mark.parametrize("kind", ["file", "package"])
@pytest.mark.parametrize("name", ["index", "qa", "chat"])
def test_the_chat_says_which_file_hides_a_part_of_it(tmp_path: Path, name: str, kind: str) -> None:
    theirs = hiding(tmp_path, name, kind)
    for arguments in (("-m", "app"), ("-c", "import app")):
        done = run(tmp_path, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"ImportError: {theirs} has the name of a part of Article QA" in done.stderr.splitlines()[-1]
        assert done.stderr.endswith("Rename it, or start Article QA in another folder.\n")


def test_the_chat_started_by_its_file_finds_its_own_parts(tmp_path: Path) -> None:
    for name in ("index", "qa", "chat", "app"):
        (tmp_path / f"{name}.py").write_text(THEIRS)
    (tmp_path / "no-index").mkdir()
    (tmp_path / "no-index" / "notes.txt").write_text("no index")
    environment = os.environ | {"ARTICLE_QA_INDEX": str(tmp_path / "no-index")}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        capture_output=True, text=True, check=False, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path / "no-index") in done.stderr


@pytest.mark.parametrize("kind", ["file", "package"])
def test_a_script_that_uses_qa_beside_an_index_of_its_own_is_told(tmp_path: Path, kind: str) -> None:
    theirs = hiding(tmp_path, "index", kind)
    for arguments in (("-c", "import qa"), ("-m", "qa", "info")):
        done = run(tmp_path, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"ImportError: {theirs} has the name of a part of Article QA" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("name", ["app", "chat"])
def test_qa_chat_says_in_one_line_which_file_hides_the_chat(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.py").write_text(THEIRS)
    done = run(tmp_path, "-m", "qa", "--index", "nowhere", "chat")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"qa: {tmp_path / name}.py has the name of a part of Article QA and is imported in its place. "
        "Rename it, or start Article QA in another folder.\n"
    )
