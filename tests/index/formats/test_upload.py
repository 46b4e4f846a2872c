"""read_upload: files that were handed over under a name, from a temporary place that means nothing."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path

import pytest

from index.article import Article
from index.formats import READERS, SourceFailure, limits, read_source, read_upload
from index.formats.origin import Origin

HOSTILE = {
    "../../etc/passwd.txt": "passwd.txt",
    "/etc/passwd.txt": "passwd.txt",
    "C:\\fakepath\\Two notes.txt": "Two notes.txt",
    "a\0b.txt": "ab.txt",
    "harmless\u202etxt.md": "harmlesstxt.md",
    "\u200fشريف.txt": "شريف.txt",
    "x" * 300 + ".txt": "x" * 179 + "…" + "x" * 16 + ".txt",
    "con.txt": "con.txt",
    "🎻 score.txt": "🎻 score.txt",
    "half \ud83d.txt": "half .txt",
    "two\nlines.txt": "two lines.txt",
    "<img src=x onerror=alert(1)>.txt": "<img src=x onerror=alert(1)>.txt",
    "https://example.com/a.txt": "a.txt",
    "  spaces .TXT ": "spaces .TXT",
}


def upload(folder: Path, name: str, content: bytes = b"The words of an article.") -> Article:
    path = folder / "blob"
    path.write_bytes(content)
    [article] = read_upload(path, name)
    assert isinstance(article, Article), article
    return article


def failure(path: Path, name: str) -> SourceFailure:
    [result] = read_upload(path, name)
    assert isinstance(result, SourceFailure)
    return result


def test_the_name_gives_kind_and_title_and_the_place_nothing(tmp_path: Path) -> None:
    article = upload(tmp_path, "my_first-notes.md", b"Some words.")
    assert (article.title, article.text, article.url, article.source) == ("My first notes", "Some words.", None, None)
    assert article.id.startswith("my-first-notes-")
    assert article.retrieved_at is not None
    assert upload(tmp_path, "page.HTML", b"<p>Some <b>bold</b> words").text == "Some bold words"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    article = upload(tmp_path, name)
    assert article.text == "The words of an article."
    stem = HOSTILE[name].rpartition(".")[0]
    assert article.title == " ".join((stem[:1].upper() + stem[1:]).split())
    (article.title + article.id).encode()
    assert len(article.id) <= 71
    assert not set(article.id) & set("/\\\0.<\n\u202e")
    assert list(tmp_path.iterdir()) == [tmp_path / "blob"]
    (tmp_path / "blob").write_bytes(b"")
    assert failure(tmp_path / "blob", name) == SourceFailure(HOSTILE[name], "empty file")


@pytest.mark.parametrize(
    ("name", "shown", "kind"),
    [
        ("", "file without a name", "files without a suffix are"),
        ("\u202e", "file without a name", "files without a suffix are"),
        ("folder/", "file without a name", "files without a suffix are"),
        ("README", "README", "files without a suffix are"),
        (".txt", ".txt", "files without a suffix are"),
        ("..", "..", "files without a suffix are"),
        ("a.txt.exe", "a.txt.exe", ".exe files are"),
        ("a\u202etxt.exe", "atxt.exe", ".exe files are"),
    ],
)
def test_a_name_that_no_reader_takes_is_skipped(tmp_path: Path, name: str, shown: str, kind: str) -> None:
    (tmp_path / "blob.txt").write_text("words")
    reason = f"{kind} not supported; supported are {', '.join(READERS)}"
    assert failure(tmp_path / "blob.txt", name) == SourceFailure(shown, reason, skipped=True)


def test_the_same_name_is_the_same_article_from_any_place_and_by_any_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = upload(tmp_path, "Zürich.txt")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    second = upload(tmp_path / "other", unicodedata.normalize("NFD", "Zürich.txt"), b"Another text.")
    assert first.id == second.id
    assert first.content_hash != second.content_hash
    assert upload(tmp_path, "Zurich.txt").id != first.id
    assert upload(tmp_path, "a/Zürich.txt").id != first.id


@pytest.mark.parametrize("name", ["notes.txt", "../notes.txt", "{folder}/notes.txt", "https://example.com/notes.txt"])
def test_no_file_in_its_own_place_and_no_web_address_has_the_id_of_an_upload(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = name.format(folder=tmp_path)
    uploaded = upload(tmp_path, name)
    (tmp_path / "notes.txt").write_text("words")
    [own] = read_source(tmp_path / "notes.txt")
    assert isinstance(own, Article)
    assert own.id.startswith("notes-")
    assert uploaded.id.startswith("notes-")
    assert uploaded.id not in {own.id, Origin.of_url(name).article_id, Origin.of_file(Path(name)).article_id}


def test_records_keep_their_ids_and_those_without_get_one_from_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    records = [
        {"id": "mine", "text": "One."},
        {"title": "Two", "text": "Two."},
        {"url": "https://example.com/3", "text": "Three."},
        {"text": ""},
    ]
    path = tmp_path / "blob"
    path.write_text("\n".join(json.dumps(record) for record in records))
    (tmp_path / "news.jsonl").write_bytes(path.read_bytes())
    first, second, third, bad = read_upload(path, "x\0/news.jsonl")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert isinstance(third, Article)
    assert (first.id, third.id) == ("mine", Origin.of_url("https://example.com/3").article_id)
    assert bad == SourceFailure("news.jsonl, line 4", 'its "text" is empty')
    own = [item.id for item in read_source("news.jsonl") if isinstance(item, Article)]
    assert (own[0], own[2]) == (first.id, third.id)
    assert second.id.startswith("two-")
    assert own[1].startswith("two-")
    assert second.id != own[1]
    (tmp_path / "moved").mkdir()
    monkeypatch.chdir(tmp_path / "moved")
    again = [item.id for item in read_upload(path, "x\0/news.jsonl") if isinstance(item, Article)]
    assert again == [first.id, second.id, third.id]


def test_a_file_that_is_gone_or_none_names_only_what_it_was_called(tmp_path: Path) -> None:
    assert failure(tmp_path / "gone", "a.txt") == SourceFailure("a.txt", "there is no such file")
    assert failure(tmp_path, "a.txt").reason == "is a folder, not a file. Read the files in it one by one"
    assert failure(Path("a\0b"), "a.txt").reason == "could not be read: embedded null byte"
    os.mkfifo(tmp_path / "pipe")
    assert failure(tmp_path / "pipe", "a.txt") == SourceFailure("a.txt", "is not a regular file", skipped=True)


def test_limits_hold_for_what_is_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "blob"
    with path.open("wb") as stream:
        stream.truncate(limits.MAX_TEXT_BYTES + 1)
    assert failure(path, "long.txt").reason.startswith("has 20,000,001 bytes; the limit for a .txt file is 20,000,000.")
