"""What reaches a terminal: nothing in articles, names and messages steers it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from qa.__main__ import main
from qa.commands.terminal import Parser, harmless, harmless_line

ROOT = Path(__file__).parents[2]
EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\x08\x0c\u202edesrever\u2066\u2028\x85"
STEERING = set("\x1b\x07\x9b\x08\x0c\r\u202e\u2066\u2028\x85\x7f")
QUESTION = "Who bought the windmill in Brack?"


@pytest.fixture
def location(tmp_path: Path, real_embedder: SentenceTransformerEmbedder, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("index.article_index.SentenceTransformerEmbedder", lambda *_: real_embedder)
    article = Article(
        id=f"mill{EVIL}", title=f"A windmill\r{EVIL} is sold", source=f"Post{EVIL}", author=f"Ida{EVIL}",
        url=f"https://example.org/{EVIL}",
        text=f"The windmill{EVIL} in Brack was bought by Jonna Brandt{EVIL} on Monday.\r\nIt has\rstood empty.",
    )  # fmt: skip
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        assert articles.add(article).added == 1
    return str(tmp_path / "index")


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"], ["info"], ["show", f"mill{EVIL}"], ["show", f"none{EVIL}"], ["search", "windmill"],
        ["ask", QUESTION], ["ask", "--explain", QUESTION], ["ask", "Where is the moon?"], ["ask", "--to", EVIL, "Who?"],
        ["eval", f"none{EVIL}"], ["ask", "--batch", f"none{EVIL}"], ["add", f"none{EVIL}"], ["add", "FILE"],
        ["eval", "QUESTIONS"], ["remove", f"none{EVIL}"], ["remove", f"mill{EVIL}"], ["list", f"--no{EVIL}"],
        ["feedback", f"more{EVIL}"], ["--index", f"none{EVIL}", "list"],
    ],
    ids=lambda arguments: ascii(" ".join(arguments)),
)  # fmt: skip
def test_nothing_that_steers_a_terminal_is_printed(
    location: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    (tmp_path / f"file{EVIL}.json").write_text(json.dumps({"title": EVIL}))
    lines = [{"question": f"{QUESTION}{EVIL}", "answer": f"Nobody{EVIL}"}, {"question": 5, "id": EVIL}]
    (tmp_path / f"questions{EVIL}").write_text("\n".join(map(json.dumps, lines)))
    names = {"FILE": str(tmp_path / f"file{EVIL}.json"), "QUESTIONS": str(tmp_path / f"questions{EVIL}")}
    with suppress(SystemExit):
        main(["--index", location, *(names.get(each, each) for each in arguments)])
    captured = capsys.readouterr()
    assert captured.out + captured.err
    assert not STEERING & set(captured.out + captured.err)


@pytest.mark.parametrize("sign", ["\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0c", "\x0b", "\x1c", "\x1f"], ids=ascii)
def test_what_parts_words_parts_them_still(sign: str) -> None:
    assert harmless(f"one{sign}two") == "one\ntwo"
    assert harmless_line(f"one{sign}two") == "one two"


@pytest.mark.parametrize("mark", "\u200e\u200f\u061c\u200c\u200d")
def test_the_marks_that_arabic_and_hebrew_need_are_printed(mark: str) -> None:
    assert harmless(f"\u05d0{mark} 5\u202e") == f"\u05d0{mark} 5"


def test_no_colours_are_made_for_help() -> None:
    parser = Parser()
    assert parser.color is False
    assert parser.add_subparsers().add_parser("list").color is False


def test_a_title_makes_no_line_of_its_own(location: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--index", location, "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_json_is_exact(location: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--index", location, "show", "--json", f"mill{EVIL}"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["text"].startswith(f"The windmill{EVIL} in Brack")
    assert main(["--index", location, "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == f"mill{EVIL}"


@pytest.mark.skipif(os.name != "posix", reason="names of files are bytes on POSIX")
def test_a_file_whose_name_is_no_text_fails_with_a_line_that_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/\xff\x1b[31m.json")).write_text("{")
    except OSError:
        pytest.skip("this file system takes no such name")
    command = [sys.executable, "-m", "qa", "--index", str(tmp_path / "index"), "add", str(tmp_path / "in")]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"failed: " in done.stderr
    assert b"\x1b[31m.json" not in done.stderr
