"""Tables: a row is an article, whatever the separator, the order of the columns and the damage of other rows."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from index.article import Article
from index.formats import SourceFailure, read_source
from index.formats.origin import Origin


def read(path: Path, content: str | bytes) -> list[Article | SourceFailure]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [*read_source(path)]


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", ","), (".csv", ";"), (".csv", "\t"), (".tsv", "\t")])
def test_a_row_is_an_article_with_its_fields_by_their_names(tmp_path: Path, suffix: str, separator: str) -> None:
    path = tmp_path / f"news{suffix}"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(["published", "Title", "views", "TEXT", "url", "source", "author"])
        writer.writerow(
            [
                "2025-03-11",
                "Quay, widened",
                "7",
                'He said "go";\nthen, tab\tand so on.\n\nEnd.',
                "https://e.example/q",
                "Elm",
                "Ida",
            ]
        )
        writer.writerow(["", "", "", "Hill farm sold sixty goats.", "", "", ""])
    quay, goats = read_source(path)
    assert isinstance(quay, Article)
    assert quay.text == 'He said "go";\nthen, tab\tand so on.\n\nEnd.'
    assert (quay.title, quay.url, quay.source) == ("Quay, widened", "https://e.example/q", "Elm")
    assert (quay.author, quay.published) == ("Ida", "2025-03-11")
    assert quay.id == Origin.of_url("https://e.example/q").article_id
    assert isinstance(goats, Article)
    assert (goats.title, goats.text, goats.url, goats.published) == ("", "Hill farm sold sixty goats.", None, None)


def test_other_usual_names_of_columns_are_known(tmp_path: Path) -> None:
    (article,) = read(
        tmp_path / "a.csv", "Headline,Publication Date,Content,Link\nA,2020-02-03,Some words,https://a.example/x\n"
    )
    assert isinstance(article, Article)
    assert (article.title, article.published, article.text) == ("A", "2020-02-03", "Some words")


def test_a_bad_row_is_named_by_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    found = read(path, 'title,text\r\n\r\nA,"one\r\ntwo"\r\nB,words, and more\r\nC,"a" b\r\nD,\r\nE\r\nF,six\r\n')
    assert [item.text for item in found if isinstance(item, Article)] == ["one\ntwo", "six"]
    failures = [item for item in found if isinstance(item, SourceFailure)]
    assert [failure.source.rpartition(", ")[2] for failure in failures] == ["line 5", "line 6", "line 7", "line 8"]
    assert failures[0].reason == "has 3 fields, the first line 2. Put a text with separators in quotes."
    assert failures[1].reason.startswith("not valid CSV: ")
    assert [failure.reason for failure in failures[2:]] == ["its text is empty"] * 2


def test_a_quote_that_never_ends_is_a_failure_of_the_line_where_it_begins(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "a.csv", 'title,text\nA,one\nB,"two\nC,three\n')
    assert isinstance(good, Article)
    assert isinstance(bad, SourceFailure)
    assert bad.source.endswith("a.csv, line 3")


@pytest.mark.parametrize("content", ["name;price\nx;1\n", ",,\n\n", "\n"])
def test_a_table_without_texts_is_skipped(tmp_path: Path, content: str) -> None:
    (result,) = read(tmp_path / "a.csv", content)
    assert isinstance(result, SourceFailure)
    assert result.skipped
    assert result.reason.startswith('has no column of texts. Name it "text" in the first line')


def test_ids_stay_when_rows_come_or_go_and_count_within_the_file_only(tmp_path: Path) -> None:
    before = read(tmp_path / "a.csv", "id,text\n1,one\n2,two\n")
    after = read(tmp_path / "a.csv", "id,text\n0,zero\n2,two or so\n1,one\n")
    assert [item.id for item in before if isinstance(item, Article)] == [
        item.id for item in reversed(after[1:]) if isinstance(item, Article)
    ]
    other = read(tmp_path / "b.csv", "id,text\n1,one\n")
    assert isinstance(other[0], Article)
    assert other[0].id not in {item.id for item in before if isinstance(item, Article)}


def test_long_texts_and_other_encodings_are_read(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.csv", "title,text\nCafé – señor,".encode("cp1252") + b"word " * 100_000)
    assert isinstance(article, Article)
    assert article.title == "Café – señor"
    assert len(article.text) == 499_999


@pytest.mark.parametrize("above", ["sep=;\n", "\n", "\r\n", '"sep=;"\n\n', ";;\n"])
def test_lines_of_a_spreadsheet_above_the_names_are_passed_over(tmp_path: Path, above: str) -> None:
    good, bad = read(tmp_path / "a.csv", f"{above}title;text\nQuay;The quay, widened.\nGoats;\n")
    assert isinstance(good, Article)
    assert (good.title, good.text) == ("Quay", "The quay, widened.")
    assert isinstance(bad, SourceFailure)
    assert bad.source.endswith(f"line {above.count(chr(10)) + 3}")


def test_a_separator_at_the_end_of_each_row_is_no_field_and_a_word_is_one(tmp_path: Path) -> None:
    good, bad = read(tmp_path / "a.csv", "title,text\nQuay,The quay was widened.,\nGoats,Sold,sixty\n")
    assert isinstance(good, Article)
    assert isinstance(bad, SourceFailure)
    assert bad.reason.startswith("has 3 fields, the first line 2.")


@pytest.mark.parametrize(
    "header",
    [
        "Titel;Text;Datum;Autor",
        "Titre;Contenu;date;auteur",
        "Título;Texto;Fecha;Autor",
        "headline;Body text;pub_date;Author name",
    ],
)
def test_columns_are_known_in_other_languages_too(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\nThe quay;It is wide.;03.05.2025;Ida\n")
    (article,) = read_source(tmp_path / "a.csv")
    assert isinstance(article, Article)
    assert (article.title, article.text, article.published, article.author) == (
        "The quay", "It is wide.", "2025-05-03", "Ida",
    )  # fmt: skip
