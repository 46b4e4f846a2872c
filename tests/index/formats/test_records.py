"""JSON and JSONL records."""

import json
from pathlib import Path
from typing import Any

import pytest

from index.article import Article
from index.formats import SourceFailure, limits, read_source


def read(path: Path, content: Any) -> list[Article | SourceFailure]:
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(record) + "\n" for record in content))
    else:
        path.write_text(json.dumps(content))
    return list(read_source(path))


def articles(results: list[Article | SourceFailure]) -> list[Article]:
    assert all(isinstance(result, Article) for result in results), results
    return [result for result in results if isinstance(result, Article)]


@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_a_text_is_stored_exactly_as_given(tmp_path: Path, suffix: str) -> None:
    text = " \r\n\x00Cafe\u0301\x0c \ufeff tail\r \U0001f600\n\n"
    (article,) = articles(read(tmp_path / f"a{suffix}", [{"id": "x", "text": text}]))
    assert article.text == text


def test_one_record_a_list_and_an_object_of_articles_are_the_same(tmp_path: Path) -> None:
    record = {"id": "x", "title": "T", "text": "words"}
    for content in (record, [record], {"articles": [record]}):
        (article,) = articles(read(tmp_path / "a.json", content))
        assert (article.id, article.title, article.text) == ("x", "T", "words")


def test_all_fields_are_taken_and_null_is_none(tmp_path: Path) -> None:
    full = {
        "id": 7, "title": 1984, "text": "words", "url": "https://example.com/a", "source": "Daily",
        "author": ["A", "B"], "published": "2023-11-27 08:45:59.000000000Z", "language": "en-US",
    }  # fmt: skip
    first, second = articles(read(tmp_path / "a.json", [full, {**dict.fromkeys(full), "text": "other"}]))
    assert (first.id, first.title, first.url, first.source) == ("7", "1984", "https://example.com/a", "Daily")
    assert (first.author, first.published, first.language) == ("A, B", "2023-11-27T08:45:59+00:00", "en")
    assert (second.title, second.url, second.source, second.author, second.published) == ("", None, None, None, None)


@pytest.mark.parametrize(
    ("name", "date"),
    [("date", "2025-06-03"), ("pubDate", "Tue, 03 Jun 2025 10:15:00 GMT"), ("datum", "03.06.2025"),
     ("publishedAt", "2025-06-03T10:15:00Z"), ("published_at", "2025-06-03"), ("Date Published", "3 June 2025"),
     ("created", "2025-06-03")],
)  # fmt: skip
def test_records_are_known_by_the_names_of_columns(tmp_path: Path, name: str, date: str) -> None:
    record = {"headline": "H", "body": "words", "byline": ["A", "B"], "link": "https://example.com/a", "lang": "de"}
    (article,) = articles(read(tmp_path / "a.jsonl", [{**record, name: date}]))
    assert (article.title, article.text, article.author, article.language) == ("H", "words", "A, B", "de")
    assert (article.url, (article.published or "")[:10]) == ("https://example.com/a", "2025-06-03")


def test_of_two_names_the_fields_own_counts_and_a_date_before_what_is_none(tmp_path: Path) -> None:
    record = {"body": "other", "text": "words", "date": "2025-06-03", "published": "soon", "title": None, "titel": "T"}
    (article,) = articles(read(tmp_path / "a.json", record))
    assert (article.text, article.title, article.published) == ("words", "T", "2025-06-03")


def test_what_another_name_holds_is_passed_over_where_the_field_cannot_be_it(tmp_path: Path) -> None:
    record = {"content": {"rendered": "x"}, "text": "words", "data": [1], "publisher": {"name": "y"}, "link": True}
    (article,) = articles(read(tmp_path / "a.json", record))
    assert (article.text, article.published, article.source, article.url) == ("words", None, None, None)
    (failure,) = read(tmp_path / "a.json", {"content": {"rendered": "x"}})
    assert isinstance(failure, SourceFailure)
    assert failure.reason == 'its "content" is an object, not a string'


def test_a_record_that_names_an_article_is_none(tmp_path: Path) -> None:
    (failure,) = read(tmp_path / "a.jsonl", [{"id": "1", "question": "Who was it?", "article": "port-elm-3"}])
    assert isinstance(failure, SourceFailure)
    assert failure.reason == 'has no "text" (it has id, question, article)'


def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"id": "a", "text": "one"}',
        b"",
        b'{"id": "b", "text": "tw',
        b'{"title": "no text", "blurb": "x"}',
        b'{"text": 5}',
        b'{"text": " \\n"}',
        b'{"text": "half \\ud83d pair"}',
        b'{"text": "x", "title": "\\udc00"}',
        b'["text"]',
        b'{"text": "caf\xe9"}',
        b'{"text": "x", "id": 1.5}',
        b'{"text": "x", "source": {"name": "y"}}',
        b"[" * 100_000,
        b'{"text": "x", "id": ' + b"9" * 5000 + b"}",
        b'  {"id": "z", "text": "last"}',
    ]
    path = tmp_path / "a.jsonl"
    first, *failures, last = read(path, b"\r\n".join(lines))
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert (first.text, last.text) == ("one", "last")
    told = {}
    for each in failures:
        assert isinstance(each, SourceFailure)
        told[int(each.source.removeprefix(f"{path}, line "))] = each.reason
    assert told.pop(13).startswith("not valid JSON: ")
    assert told.pop(14).startswith("not valid JSON: ")
    assert told == {
        3: "not valid JSON: Unterminated string starting at (column 21)",
        4: 'has no "text" (it has title, blurb)',
        5: 'its "text" is a number, not a string',
        6: 'its "text" is empty',
        7: 'its "text" has half of a character (\\ud83d) at 5. Write it whole.',
        8: 'its "title" has half of a character (\\udc00) at 0. Write it whole.',
        9: "is a list, not an object with a text",
        10: "not valid UTF-8: byte 0xe9 at 13. Save it in UTF-8.",
        11: 'its "id" is 1.5; an id is a string or a whole number',
        12: 'its "source" is an object, not a string',
    }


def test_a_bad_record_of_a_list_is_named_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    results = read(path, [{"text": "one"}, None, {"text": "three"}, {"id": True, "text": "x"}])
    assert [result for result in results if isinstance(result, SourceFailure)] == [
        SourceFailure(f"{path}, record 2", "is null, not an object with a text"),
        SourceFailure(f"{path}, record 4", 'its "id" is true or false, not a string'),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not valid JSON: Expecting property name enclosed in double quotes (column 2)"),
        (b'[\n{"text": "a"},\n]', "not valid JSON: "),
        (b"[]", "no records in it"),
        (b'{"articles": []}', "no records in it"),
        (b'"words"', "is a string, not an object with a text"),
        (b'{"articles": 5}', 'has no "text" (it has articles)'),
        (b"{}", 'has no "text" (it has nothing)'),
        (b" \n", "not valid JSON: "),
    ],
)
def test_a_bad_json_file_is_one_failure(tmp_path: Path, content: bytes, reason: str) -> None:
    (result,) = read(tmp_path / "a.json", content)
    assert isinstance(result, SourceFailure)
    assert result.source == str(tmp_path / "a.json")
    assert result.reason.startswith(reason)


def test_an_id_that_occurs_twice_fails_the_second_time(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    results = read(path, [{"text": "w"}, {"id": "x", "text": "a"}, {"id": "y", "text": "b"}, {"id": "x", "text": "c"}])
    assert results[-1] == SourceFailure(f"{path}, line 4", "duplicate id 'x' (first in line 2)")
    assert len(articles(results[:-1])) == 3


def test_an_id_of_a_record_that_failed_may_come_again(tmp_path: Path) -> None:
    _, second = read(tmp_path / "a.jsonl", [{"id": "x", "text": ""}, {"id": "x", "text": "words"}])
    assert isinstance(second, Article)


def test_a_record_without_id_has_one_that_stays_when_lines_are_added(tmp_path: Path) -> None:
    records = [{"title": "One thing", "text": "a"}, {"text": "b", "url": "https://example.com/b-page"}, {"text": "c"}]
    before = [article.id for article in articles(read(tmp_path / "a.jsonl", records))]
    after = [article.id for article in articles(read(tmp_path / "a.jsonl", [{"title": "New", "text": "n"}, *records]))]
    assert after[1:] == before
    assert before[0].startswith("one-thing-")
    assert before[1].startswith("b-page-")


def test_records_that_share_a_title_or_address_are_all_kept_but_the_same_one_is_not(tmp_path: Path) -> None:
    one = {"title": "T", "text": "a", "url": "https://example.com/"}
    *kept, again = read(tmp_path / "a.jsonl", [one, {**one, "text": "b"}, {"title": "T", "text": "c"}, one])
    assert len({article.id for article in articles(kept)}) == 3
    assert isinstance(again, SourceFailure)
    assert again.reason == "the same record again (first in line 1)"


def test_a_long_line_is_refused_and_the_next_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.formats.records.MAX_RECORD_BYTES", 1000)
    failed, article = read(tmp_path / "a.jsonl", [{"text": "x" * 3_000_000}, {"text": "words"}])
    assert isinstance(failed, SourceFailure)
    assert failed.reason.startswith("longer than 1,000 bytes, the limit for one record")
    assert isinstance(article, Article)


def test_a_text_over_the_limit_fails_alone(tmp_path: Path) -> None:
    failed, article = read(tmp_path / "a.jsonl", [{"text": "x" * (limits.MAX_ARTICLE_CHARS + 1)}, {"text": "words"}])
    assert isinstance(failed, SourceFailure)
    assert failed.reason.startswith("has 5,000,001 characters; the limit for one article is 5,000,000")
    assert isinstance(article, Article)


def test_lines_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = json.dumps({"text": "words " * 200_000}) + "\n"
    with path.open("w") as file:
        file.writelines(line for _ in range(30))
    reading = read_source(path)
    assert isinstance(next(reading), Article)
    with path.open("r+b") as file:  # what comes later has not been read yet
        file.seek(25 * len(line))
        file.write(b"!")
    assert [isinstance(result, SourceFailure) and "line 26" in result.source and "JSON" in result.reason
            for result in reading].count(True) == 1  # fmt: skip


def test_utf16_is_read_in_json_and_explained_in_jsonl(tmp_path: Path) -> None:
    (article,) = articles(read(tmp_path / "a.json", '{"text": "café"}'.encode("utf-16")))
    assert article.text == "café"
    assert read(tmp_path / "a.jsonl", '{"text": "café"}'.encode("utf-16")) == [
        SourceFailure(str(tmp_path / "a.jsonl"), "is in UTF-16. Save it in UTF-8.")
    ]


def test_a_json_file_over_the_limit_points_to_jsonl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.formats.records.MAX_JSON_BYTES", 10)
    (result,) = read(tmp_path / "a.json", {"text": "words and words"})
    assert isinstance(result, SourceFailure)
    assert "Save it as .jsonl" in result.reason
