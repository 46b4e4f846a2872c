"""find_sources and read_source: folders, files that are none, limits, and what import costs."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docx
import pytest

from index.article import Article
from index.errors import SourceError
from index.formats import READERS, SourceFailure, find_sources, limits, read_source
from index.formats.origin import Origin


def failure(source: str | Path) -> SourceFailure:
    (result,) = read_source(source)
    assert isinstance(result, SourceFailure)
    return result


def test_a_folder_gives_its_files_sorted_at_any_depth_without_hidden_ones(tmp_path: Path) -> None:
    for name in [
        "b.txt",
        "a/z.md",
        "a/b/c.html",
        ".hidden.txt",
        ".git/x.txt",
        "~$open.docx",
        "photo.png",
        "x.txt/in.md",
    ]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("words")
    found = [Path(name).relative_to(tmp_path).as_posix() for name in find_sources(tmp_path)]
    assert found == ["a/b/c.html", "a/z.md", "b.txt", "photo.png", "x.txt/in.md"]


def test_a_file_and_an_address_give_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    assert find_sources(tmp_path / "a.txt") == [str(tmp_path / "a.txt")]
    assert find_sources("HTTPS://example.com/a") == ["HTTPS://example.com/a"]


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert find_sources(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere/at/all", "No such file or folder: nowhere/at/all. Check the name"),
        ("", "No such file or folder: the name is empty"),
        ("ftp://example.com/a.txt", "Cannot read ftp://example.com/a.txt: only http:// and https://"),
        ("a\0b.txt", "Cannot read a\0b.txt: embedded null byte"),
    ],
)
def test_what_is_not_there_is_an_error_that_names_it(source: str, message: str) -> None:
    with pytest.raises(SourceError) as raised:
        find_sources(source)
    assert str(raised.value).startswith(message)


def test_links_that_form_a_loop_end_and_a_linked_folder_is_read_once(tmp_path: Path) -> None:
    inside = tmp_path / "articles"
    inside.mkdir()
    (inside / "a.txt").write_text("words")
    (inside / "up").symlink_to(tmp_path)
    (inside / "self").symlink_to(inside / "self")
    (tmp_path / "again").symlink_to(inside)
    assert sum(name.endswith("a.txt") for name in find_sources(tmp_path)) == 1


def test_a_folder_that_may_not_be_listed_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "a.txt").write_text("words")
    scanning = os.scandir

    def scandir(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scanning(path)

    monkeypatch.setattr(os, "scandir", scandir)  # tests run as root, whom no permission stops
    assert find_sources(tmp_path) == [str(tmp_path / "a.txt"), str(closed)]
    assert failure(closed).reason == "could not be read: Permission denied"
    with pytest.raises(SourceError, match=r"Cannot read .*closed: Permission denied"):
        find_sources(closed)


@pytest.fixture
def without_rights() -> Iterator[Path]:
    """A folder that everybody may read, for this process as a user without rights."""
    if sys.platform != "linux":
        pytest.skip("takes the rights of another user")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # not tmp_path, which is in a folder of this user alone
    folder.chmod(0o755)
    yield folder
    subprocess.run(["chmod", "-R", "u+rwx", str(folder)], check=True)
    shutil.rmtree(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.mark.parametrize("right", [0o4, 0])  # to list it, none at all
def test_a_folder_that_may_not_be_looked_into_leaves_the_rest_of_the_tree_readable(
    without_rights: Path, right: int
) -> None:
    for name in ("a.txt", "closed/b.txt", "closed/deeper/c.txt", "open/d.txt"):
        (without_rights / name).parent.mkdir(exist_ok=True)
        (without_rights / name).write_text("words")
    (without_rights / "link").symlink_to("closed/deeper")
    list(read_source(without_rights / "a.txt"))  # what reading imports may not be readable to nobody
    (without_rights / "closed").chmod(0o700 | right << 3 | right if os.geteuid() == 0 else right << 6)
    with as_nobody():
        names = find_sources(without_rights)
        results = {Path(name).name: [*read_source(name)] for name in names}
    assert [type(*results[name]) for name in ("a.txt", "d.txt")] == [Article, Article]
    closed = {"b.txt", "deeper"} if right else {"closed"}
    assert results.keys() == {"a.txt", "d.txt", "link", *closed}
    for name in {"link", *closed}:
        (found,) = results[name]
        assert isinstance(found, SourceFailure)
        assert found.reason == "could not be read: Permission denied"


def test_a_file_that_may_not_be_read_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("words")
    opening = Path.open

    def refuse(self: Path, *args: str) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return opening(self, *args)

    monkeypatch.setattr(Path, "open", refuse)
    assert failure(path) == SourceFailure(str(path), "could not be read: Permission denied")


def test_an_unsupported_suffix_is_skipped_and_the_supported_ones_are_named(tmp_path: Path) -> None:
    for name, kind in [("a.xyz", ".xyz files are"), ("README", "files without a suffix are")]:
        (tmp_path / name).write_text("words")
        result = failure(tmp_path / name)
        assert result.skipped
        assert result.reason == f"{kind} not supported; supported are {', '.join(READERS)}"


def test_suffixes_count_in_capitals_too(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("words")
    (article,) = read_source(tmp_path / "A.TXT")
    assert isinstance(article, Article)


def test_pipes_and_sockets_are_skipped_without_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a.txt")
    monkeypatch.chdir(tmp_path)  # a socket's path may have 108 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("b.txt")
        results = [failure(name) for name in find_sources(tmp_path)]
    assert [(result.reason, result.skipped) for result in results] == [("is not a regular file", True)] * 2


@pytest.mark.parametrize("suffix", [*READERS])
def test_an_empty_file_is_a_failure(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").touch()
    assert failure(tmp_path / f"a{suffix}") == SourceFailure(str(tmp_path / f"a{suffix}"), "empty file")


def test_folders_missing_files_and_dead_links_are_failures(tmp_path: Path) -> None:
    (tmp_path / "dead.txt").symlink_to(tmp_path / "gone.txt")
    assert failure(tmp_path).reason.startswith("is a folder, not a file")
    assert failure(tmp_path / "none.txt").reason == "there is no such file"
    assert [failure(name).reason for name in find_sources(tmp_path)] == ["there is no such file"]
    assert failure("a\0.txt").reason == "could not be read: embedded null byte"


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    for name, size, limit in [
        ("a.txt", limits.MAX_TEXT_BYTES, "20,000,000"),
        ("a.pdf", limits.MAX_RICH_BYTES, "100,0"),
    ]:
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(size + 1)  # sparse: takes no room
        assert failure(path).reason.startswith(f"has {size + 1:,} bytes; the limit for a {path.suffix} file is {limit}")


def test_an_article_over_the_limit_is_refused_with_its_length(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 5_000_001)
    assert failure(tmp_path / "a.txt").reason == (
        "has 5,000,001 characters; the limit for one article is 5,000,000. Split it into several."
    )


def test_one_bad_file_does_not_stop_the_rest_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"no pdf")
    (tmp_path / "b.docx").write_bytes(b"no docx")
    (tmp_path / "c.json").write_bytes(b"{")
    (tmp_path / "d.txt").write_text("words")
    results = [result for name in find_sources(tmp_path) for result in read_source(name)]
    assert [type(result) for result in results] == [SourceFailure] * 3 + [Article]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_file_name_that_is_no_utf8_can_be_read_and_printed(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/caf\xe9.txt", "w") as file:  # noqa: PTH123
        file.write("words")
    (name,) = find_sources(tmp_path)
    (article,) = read_source(name)
    assert isinstance(article, Article)
    article.title.encode()
    article.id.encode()
    Path(name).write_bytes(b"")
    failure(name).source.encode()


def test_an_id_is_the_same_from_every_folder_and_through_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Über_die-Brücke.txt").write_text("words")
    (tmp_path / "link.txt").symlink_to("Über_die-Brücke.txt")
    monkeypatch.chdir(tmp_path)
    absolute = Origin.of_file(tmp_path / "Über_die-Brücke.txt").article_id
    assert Origin.of_file(Path("Über_die-Brücke.txt")).article_id == absolute
    assert absolute.startswith("über-die-brücke-")
    assert Origin.of_file(Path("link.txt")).article_id.split("-")[-1] == absolute.split("-")[-1]


def test_an_address_gives_a_readable_id_without_its_fragment() -> None:
    assert (
        Origin.of_url("https://example.com/news/A%20b.html#top").article_id
        == Origin.of_url("https://example.com/news/A%20b.html").article_id
    )
    assert Origin.of_url("https://example.com/news/A%20b.html").article_id.startswith("a-b-")
    assert Origin.of_url("https://www.example.com/").article_id.startswith("example-com-")
    assert Origin.of_url("https://example.com/?p=1").article_id != Origin.of_url("https://example.com/?p=2").article_id


def test_import_loads_no_library_that_reads_a_format() -> None:
    code = "import index.formats, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = "babel trafilatura feedparser striprtf pypdfium2 docx yaml requests dateutil lxml charset_normalizer"
    assert not {*heavy.split(), "urllib3"} & set(loaded)


SEEN = "The harbour inspector Marlene Okafor found the fire in the office on Tuesday, at 12 noon."
WRITTEN = (
    "The har\u00adbour in\u200bspector Mar\u2060lene Oka\u00adfor found the \ufb01re "
    "in the o\ufb03ce\u00a0on Tues\u200cday, at\u202f\uff11\uff12 noon."
)


@pytest.mark.parametrize("suffix", [".txt", ".md", ".html", ".docx"])
def test_characters_that_are_not_seen_part_no_word_in_any_kind_of_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".docx":
        document = docx.Document()
        document.add_paragraph(WRITTEN)
        document.save(str(path))
    else:
        path.write_text(f"<p>{WRITTEN}</p>" if suffix == ".html" else WRITTEN, encoding="utf-8")
    (article,) = read_source(path)
    assert isinstance(article, Article)
    assert article.text == SEEN


def test_the_soft_hyphens_of_a_page_are_lost() -> None:
    (article,) = read_source(Path(__file__).parent / "cases" / "html-soft-hyphens" / "page.html")
    assert isinstance(article, Article)
    assert article.title == "Port Elm widens its quay"
    assert "Marta Lindqvist has run the office for eleven years" in article.text
    assert "\u00ad" not in article.text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("report.doc", ".doc files are not supported. Save it as .docx."),
        ("sheet.XLSX", '.xlsx files are not supported. Save it as .csv with a column "text".'),
        ("scan.jpg", ".jpg files are not supported. It is a picture: make a PDF with text of it"),
        ("papers.tar.gz", ".gz files are not supported. Unpack it, and add the folder."),
        ("feeds.opml", ".opml files are not supported. Add it by its own name, and its feeds are read."),
        ("notes.xyz", ".xyz files are not supported; supported are .docx"),
        ("README", "files without a suffix are not supported; supported are .docx"),
    ],
)
def test_what_can_be_done_about_a_kind_that_is_not_read_is_said(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_text("The quay")
    (skipped,) = read_source(tmp_path / name)
    assert isinstance(skipped, SourceFailure)
    assert skipped.skipped
    assert skipped.reason.startswith(reason)


def test_bookmarks_and_a_sitemap_among_other_files_are_no_articles(tmp_path: Path) -> None:
    entry = '<DT><A HREF="http://elm.example/quay">The quay</A>'
    (tmp_path / "bookmarks.html").write_text(f"<!DOCTYPE NETSCAPE-Bookmark-file-1><DL>{entry}</DL>")
    (tmp_path / "sitemap.xml").write_text(
        "<urlset><url><loc>http://elm.example/a</loc></url><url><loc>http://elm.example/b</loc></url></urlset>"
    )
    for name, number in (("bookmarks.html", "1 web address"), ("sitemap.xml", "2 web addresses")):
        (skipped,) = read_source(tmp_path / name)
        assert isinstance(skipped, SourceFailure)
        assert (skipped.skipped, skipped.reason) == (
            True,
            f"a list of {number}. Add it by its own name to read what is there.",
        )
