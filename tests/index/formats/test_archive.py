"""ZIP archives: every file is read as if it lay in a folder, and a bomb is refused before it is unpacked."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

from index.article import Article
from index.formats import SourceFailure, archive, read_source


def packed(parts: dict[str, bytes | str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return data.getvalue()


def read(path: Path, parts: dict[str, bytes | str]) -> list[Article | SourceFailure]:
    path.write_bytes(packed(parts))
    return [*read_source(path)]


def test_every_file_is_read_by_its_kind_and_named_with_the_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    found = read(
        path,
        {
            "b/Notes on_elm.txt": "Some words.",
            "a.jsonl": json.dumps({"text": "one", "id": "x"}) + "\n{",
            "photo.png": b"png",
            "empty.md": "",
            ".hidden.txt": "no",
            "__MACOSX/b/._Notes.txt": "no",
            "c.zip": packed({"in.md": "# Inside\n\nwords", "d.zip": packed({"e.txt": "deep"})}),
        },
    )
    articles = {item.title or item.id: item.text for item in found if isinstance(item, Article)}
    assert articles == {"Notes on elm": "Some words.", "x": "one", "Inside": "# Inside\n\nwords"}
    failures = {item.source.removeprefix(f"{path}, "): item for item in found if isinstance(item, SourceFailure)}
    assert failures.keys() == {"a.jsonl, line 2", "photo.png", "empty.md", "c.zip, d.zip"}
    assert failures["photo.png"].skipped
    assert failures["empty.md"].reason == "empty file"
    assert failures["c.zip, d.zip"].reason.startswith("is an archive in an archive in an archive")


def test_ids_are_those_of_the_path_in_the_archive(tmp_path: Path) -> None:
    before = read(tmp_path / "a.zip", {"x/a.txt": "one", "y/a.txt": "one"})
    after = read(tmp_path / "a.zip", {"0.txt": "zero", "x/a.txt": "one more", "y/a.txt": "one"})
    ids = [item.id for item in before if isinstance(item, Article)]
    assert len(set(ids)) == 2
    assert ids == [item.id for item in after[1:] if isinstance(item, Article)]


def test_a_damaged_a_locked_and_a_linked_file_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("a.txt", "damaged words")
        file.writestr("b.txt", "locked words")
        file.writestr(link, "/etc/passwd")
        file.writestr("z.txt", "good words")
    data = bytearray(path.read_bytes().replace(b"damaged words", b"DAMAGED words"))
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"b.txt"))
    data[at + 8] |= 1  # the flag of encryption in the central directory
    path.write_bytes(data)
    damaged, locked, good = read_source(path)
    assert isinstance(damaged, SourceFailure)
    assert damaged.reason.startswith("damaged: Bad CRC-32")
    assert locked == SourceFailure(f"{path}, b.txt", "wants a password. Unpack the archive, and add the folder.")
    assert isinstance(good, Article)
    assert good.text == "good words"


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    bad, good = read(path, {"bomb.txt": b"a" * 3_000_000, "good.txt": "words"})
    assert isinstance(bad, SourceFailure)
    assert bad.reason == "unpacks to 3,000,000 bytes, more than 200 times its size. Unpack it first."
    assert isinstance(good, Article)

    def reason(parts: dict[str, bytes | str]) -> str:
        (result,) = read(path, parts)
        assert isinstance(result, SourceFailure)
        return result.reason

    monkeypatch.setattr(archive, "MAX_FILES", 2)
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1000)
    assert reason({f"{n}.txt": "x" for n in range(3)}).startswith("has more than 2 files")
    assert reason({"a.txt": "a" * 600, "b.txt": "b" * 600}).startswith("unpacks to more than 1,000 bytes")
    assert reason({"a.zip": packed({f"{n}.txt": "x" for n in range(2)})}).startswith("has more than 2 files")
    assert reason({"a.zip": packed({"a.txt": "x" * 990})}).startswith("unpacks to more than 1,000 bytes")


@pytest.mark.parametrize(
    ("content", "reason"), [(b"no zip", "damaged, or no ZIP archive: "), (packed({}), "no files in it")]
)
def test_what_is_no_archive_says_so(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    (result,) = read_source(tmp_path / "a.zip")
    assert isinstance(result, SourceFailure)
    assert result.reason.startswith(reason)
