"""Articles out of one index and into another: nothing of them is lost or changed, and one bad line stops nothing."""

from __future__ import annotations

import io
import json
import os
import random
import stat
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex, Mark
from index.errors import ArticleQAError, SourceError
from index.moving import article_of, line_of
from tests.fakes import WordEmbedder
from tests.index.test_article_index import BREAD, HARBOUR, LONG, TIDES, found
from tests.index.test_rebuild import assert_sound
from tests.index.worker import SETTINGS

ODD = Article(
    id="odd/ид\u2028#1",
    title="Signs “” and \u0301",
    text="\ufeff First line.\r\n\x0b\x0c\x1c\x85\u2028\u2029 \x00 Second, e\u0301 🎻, \u00ad\u200b and \\u0041.\n\n",
    language="ru",
    published="2025-03",
    marks=(Mark(0, "page", "1"), Mark(12, "section", "Later \u2028 “quoted”"), Mark(12, "section", "")),
)
EVERYTHING = [HARBOUR, BREAD, LONG, TIDES, ODD]


def opened(folder: Path) -> ArticleIndex:
    return ArticleIndex.open(folder, SETTINGS, embedder=WordEmbedder())


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with opened(tmp_path / "index") as articles:
        articles.add(EVERYTHING)
        yield articles


def passages(articles: ArticleIndex) -> dict[str, object]:
    with articles._connection.reading() as view:
        return dict(view.store.passages(sorted(view.store.passage_ids())))


def test_what_is_exported_and_imported_is_the_same_in_every_part(articles: ArticleIndex, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    assert articles.export_to(file).written == 5
    with opened(tmp_path / "other") as other:
        assert str(other.import_from(file)) == "5 added"
        assert_sound(other, EVERYTHING)
        assert [other.get(each.id) for each in EVERYTHING] == EVERYTHING
        assert passages(other) == passages(articles)
        assert list(other.list()) == list(articles.list())
        assert found(other, "marker777") == ["long"]
        again = tmp_path / "again.jsonl"
        other.export_to(again)
        assert again.read_bytes() == file.read_bytes()
        assert str(other.import_from(file)) == "5 unchanged"


def test_a_line_is_an_object_with_every_field_whatever_program_cuts_the_file_into_lines(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    articles.export_to(tmp_path / "all.jsonl")
    text = (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    assert text.split("\n") == [*text.splitlines(), ""]
    values = [json.loads(line) for line in text.splitlines()]
    stored = [articles.get(each.id) for each in sorted(EVERYTHING, key=lambda each: each.id)]
    assert values == [json.loads(json.dumps(asdict(each))) for each in stored]


def test_an_open_file_is_written_and_read_and_left_open(articles: ArticleIndex, tmp_path: Path) -> None:
    stream = io.BytesIO()
    articles.export_to(stream)
    stream.seek(0)
    with opened(tmp_path / "other") as other:
        assert other.import_from(stream).added == 5
    assert not stream.closed


def test_only_this_user_may_read_what_was_exported_and_a_link_leads_to_it(
    articles: ArticleIndex, tmp_path: Path
) -> None:
    (tmp_path / "real.jsonl").write_text("before")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    articles.export_to(tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink()
    assert len((tmp_path / "real.jsonl").read_bytes().splitlines()) == 5
    assert stat.S_IMODE((tmp_path / "real.jsonl").stat().st_mode) == 0o600


def test_an_export_that_breaks_off_leaves_the_file_as_it_was(articles: ArticleIndex, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_text("before")

    def broken(done: int, of: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        articles.export_to(file, broken)
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if path.name != "index"] == ["all.jsonl"]


def test_where_nothing_can_be_written_or_read_the_error_says_so(articles: ArticleIndex, tmp_path: Path) -> None:
    with pytest.raises(ArticleQAError, match=r"^Cannot write .*none/all.jsonl: No such file or directory"):
        articles.export_to(tmp_path / "none" / "all.jsonl")
    with pytest.raises(ArticleQAError, match=r"^Cannot write .*: Is a directory"):
        articles.export_to(tmp_path)
    with pytest.raises(SourceError, match=r"^Cannot read .*none.jsonl: No such file"):
        articles.import_from(tmp_path / "none.jsonl")
    assert articles.export_to(os.devnull).written == 5
    assert not Path(os.devnull).is_file()


def test_an_article_that_lost_a_part_is_named_and_the_rest_is_exported(articles: ArticleIndex, tmp_path: Path) -> None:
    with articles._connection.reading() as view:
        view.store.drop_passages([view.store.article_passages(view.store.summaries()["tides"])[1].id])
    report = articles.export_to(tmp_path / "all.jsonl")
    assert report.written == 4
    [failure] = report.failures
    assert failure.source == "tides"
    assert "is damaged" in failure.reason
    with opened(tmp_path / "other") as other:
        assert other.import_from(tmp_path / "all.jsonl").added == 4
    assert articles.add(TIDES).updated == 1  # it is not taken for unchanged
    assert_sound(articles, EVERYTHING)
    assert articles.add(TIDES).unchanged == 1


BAD = {
    "not valid JSON": b"{",
    "is no object": b"[1, 2]",
    'has no "id"': b'{"text": "x"}',
    'has no "text"': b'{"id": "x", "text": ""}',
    'its "title" is no text': b'{"id": "x", "text": "x", "title": 3}',
    'its "text" has half of a character': b'{"id": "x", "text": "\\ud800"}',
    'its "marks" are no list': b'{"id": "x", "text": "x", "marks": [{"offset": 5, "kind": "page", "label": "1"}]}',
    'does not match its "content_hash"': line_of(BREAD).replace(b"costs more", b"costs less").rstrip(),
    "which is no date": b'{"id": "x", "text": "x", "published": "tomorrow"}',
    "there is no text in it": b'{"id": "x", "text": " "}',
    "not valid UTF-8": b'{"id": "x", "text": "\xff"}',
    "duplicate id": line_of(replace(HARBOUR, text="Another text.")).rstrip(),
}


def test_a_bad_line_is_named_with_its_number_and_stops_nothing(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    lines = [line_of(HARBOUR).rstrip(), b"", *BAD.values(), line_of(TIDES).rstrip()]
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    with opened(tmp_path / "index") as articles:
        articles.add(replace(TIDES, title="Before"))
        report = articles.import_from(file)
        assert (report.added, report.updated, report.failed) == (1, 1, len(BAD))
        assert articles.get("tides") == TIDES
    failed = {result.source: result.reason for result in report.of("failed")}
    assert list(failed) == [f"{file}, line {number}" for number in range(3, 3 + len(BAD))]
    for part, reason in zip(BAD, failed.values(), strict=True):
        assert part in reason
    assert f"{file}, line 1 has it too" in failed[f"{file}, line {2 + len(BAD)}"]


@pytest.mark.parametrize("content", [b"", b"\n\n", line_of(HARBOUR)[:50], "\ufeff{}".encode("utf-16"), os.urandom(500)])
def test_a_file_of_something_else_adds_nothing_and_raises_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "all.jsonl").write_bytes(content)
    with opened(tmp_path / "index") as articles:
        assert articles.import_from(tmp_path / "all.jsonl").added == 0
        assert articles.info().articles == 0


@pytest.mark.parametrize("values", [[asdict(HARBOUR), asdict(TIDES)], {"articles": [asdict(HARBOUR)]}])
@pytest.mark.parametrize("indent", [2, None])
def test_a_file_that_is_json_as_a_whole_is_one_failure(tmp_path: Path, values: object, indent: int | None) -> None:
    file = tmp_path / "all.json"
    file.write_text(json.dumps(values, indent=indent))
    with opened(tmp_path / "index") as articles:
        (result,) = articles.import_from(file).results
    assert result.outcome == "failed"
    assert "qa add FILE" in (result.reason or "")


def test_a_file_that_lost_its_end_gives_the_articles_before_it(articles: ArticleIndex, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    articles.export_to(file)
    content = file.read_bytes()
    file.write_bytes(content[:-10])
    with opened(tmp_path / "other") as other:
        report = other.import_from(file)
        assert (report.added, report.failed) == (4, 1)


def test_any_article_comes_back_from_its_line() -> None:
    rng = random.Random(3)
    signs = "ab \n\r\t\"\\/{}\u2028\u0085\x00\x1f\u00e9\u4e2d🎻\ufeff'"
    for number in range(200):
        text = "".join(rng.choices(signs, k=rng.randrange(1, 40))) + "x"
        marks = tuple(Mark(rng.randrange(len(text)), "section", text) for _ in range(rng.randrange(3)))
        one = Article(id=f"{number}{text}", text=text, title=text, author=rng.choice([None, text]), marks=marks)
        line = line_of(one)
        assert line.count(b"\n") == 1
        assert article_of(json.loads(line)) == one
