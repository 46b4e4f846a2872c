"""Web pages saved as files."""

import socket
from pathlib import Path

import pytest

from index.formats import SourceFailure, read_source
from tests.index.formats.reading import read

PARAGRAPHS = [
    "The central bank of Corvania left its main rate at 3.25 per cent on Thursday & gave notice that a cut might wait.",
    "Five of the seven members of the committee voted to leave things as they were, and two wanted to lower the rate.",
    "Governor Tobias Wrede named rents as the chief reason for caution, because they went up by 7.2 per cent.",
]


def page(head: str = "", body: str | None = None) -> str:
    if body is None:
        text = [f"<p>{paragraph.replace('&', '&amp;')}</p>" for paragraph in PARAGRAPHS]
        body = (
            "<nav><a href='/'>Home</a><a href='/x'>Markets</a></nav><article><h1>Bank holds rates</h1>"
            f"{text[0]}<h2>Rents &amp; wages</h2>{text[1]}<ul><li>one thing</li><li>two <b>things</b></li></ul>"
            f"<table><tr><th>a</th><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>{text[2]}</article>"
            "<footer><p>Subscribe now.</p></footer>"
        )
    return f"<!DOCTYPE html><html lang='en-GB'><head><meta charset='utf-8'>{head}</head><body>{body}</body></html>"


def test_the_article_is_found_with_its_layout_and_sections(tmp_path: Path) -> None:
    article = read(tmp_path / "a.html", page("<title>Bank holds rates - Courier</title>"))
    assert article.text == "\n\n".join(
        [PARAGRAPHS[0], "Rents & wages", PARAGRAPHS[1], "- one thing\n- two things", "a | b\nc | d", PARAGRAPHS[2]]
    )
    (mark,) = article.marks
    assert (mark.kind, mark.label) == ("section", "Rents & wages")
    assert article.text[mark.offset :].startswith("Rents & wages\n\nFive of")
    assert article.title == "Bank holds rates"
    assert article.language == "en"


def test_metadata_is_read_with_the_time_and_without_the_sites_name(tmp_path: Path) -> None:
    head = (
        "<meta property='og:title' content='Bank holds rates | Meridian Courier'>"
        "<meta property='og:site_name' content='Meridian Courier'><meta name='author' content='Anselm Duarte'>"
        "<meta property='article:published_time' content='2025-04-10T13:20:00+02:00'>"
        "<link rel='canonical' href='https://example.com/bank'>"
    )
    article = read(tmp_path / "a.htm", page(head))
    assert (article.title, article.source, article.author) == ("Bank holds rates", "Meridian Courier", "Anselm Duarte")
    assert (article.published, article.url) == ("2025-04-10T13:20:00+02:00", "https://example.com/bank")
    assert "Bank holds rates" not in article.text


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("<script type='application/ld+json'>{'@type':'Article',\"datePublished\":\"2025-02-03T04:05:06Z\"}</script>",
         "2025-02-03T04:05:06+00:00"),
        ("<meta name='dc.date' content='March 2025'>", "2025-03"),
        ("<meta name='date' content='soon'><meta itemprop='datePublished' content='2025-01-02'>", "2025-01-02"),
        ("", None),
    ],
)  # fmt: skip
def test_a_date_is_taken_from_markup_and_never_from_the_text(tmp_path: Path, head: str, published: str | None) -> None:
    body = f"<article><p>{PARAGRAPHS[0]} It began on 5 May 2019.</p><p>{PARAGRAPHS[1]}</p></article><p>© 2018</p>"
    assert read(tmp_path / "a.html", page(head, body)).published == published


def test_a_short_page_keeps_its_paragraphs(tmp_path: Path) -> None:
    article = read(
        tmp_path / "a.html", page("<title>T</title>", "<h1>T</h1><p>One  short\nline.</p><h2>B</h2><p>x<br>y</p>")
    )
    assert article.text == "One short line.\n\nB\n\nx\ny"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<p>just a fragment", "just a fragment"),
        ("words without a tag & an ampersand", "words without a tag & an ampersand"),
        ("<html><body><div><p>never <b>closed<div>words</html", "words"),
        ("<ul><li>x" * 260 + "deep words", "deep words"),
        ("<?xml version='1.0' encoding='latin-1'?><html><body><p>caf\u00e9</p></body></html>", "caf\u00e9"),
        ("<p>nul\0 and \x07bell</p>" + "<p>more words</p>" * 20, "nul and bell"),
    ],
)
def test_broken_pages_give_the_text_that_is_in_them(tmp_path: Path, content: str, text: str) -> None:
    assert text in read(tmp_path / "broken_page.html", content).text


def test_without_a_title_the_file_name_is_one(tmp_path: Path) -> None:
    assert read(tmp_path / "my_page.html", "<p>words").title == "My page"


def test_a_charset_in_the_page_is_used(tmp_path: Path) -> None:
    text = "Вчера вечером в столицу прибыла делегация."
    content = f"<html><head><meta charset='windows-1251'></head><body><p>{text}</p></body></html>".encode("cp1251")
    assert read(tmp_path / "a.html", content).text == text


@pytest.mark.parametrize("content", ["<html><body><script>x</script></body></html>", "<!-- c -->", "   ", "<html>"])
def test_a_page_without_text_is_a_failure(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.html").write_text(content)
    assert list(read_source(tmp_path / "a.html")) == [SourceFailure(str(tmp_path / "a.html"), "no text in it")]


def test_an_image_named_html_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    (result,) = read_source(tmp_path / "a.html")
    assert isinstance(result, SourceFailure)
    assert "binary" in result.reason


def test_reading_a_page_never_uses_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError(f"network: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    head = "<link rel='canonical' href='https://example.com/a'><link rel='stylesheet' href='https://example.com/s.css'>"
    assert read(tmp_path / "a.html", page(head)).url == "https://example.com/a"
    assert read(tmp_path / "b.html", "https://example.com/an-address-as-the-whole-page").text


@pytest.mark.parametrize("around", ["{}", "<div>{}</div>", "<div><ul><li>Menu</li></ul></div><section>{}</section>"])
@pytest.mark.parametrize(
    ("markup", "seen"),
    [
        ("<ul><li>Rents rise</li><li>Wages do not</li></ul>", "- Rents rise\n- Wages do not"),
        ("<ol><li>Five voted for it.</li><li>Two voted against it.</li></ol>",
         "1. Five voted for it.\n2. Two voted against it."),
        ("<dl><dt>Rate</dt><dd>3.25 per cent</dd></dl>", "- Rate: 3.25 per cent"),
        ("<h2>What changes</h2>", "What changes"),
    ],
)  # fmt: skip
def test_what_stands_between_paragraphs_is_kept_on_a_page_that_names_no_article(
    tmp_path: Path, around: str, markup: str, seen: str
) -> None:
    text = f"<h1>Bank holds rates</h1><p>{PARAGRAPHS[1]}</p>{markup}<p>{PARAGRAPHS[2]}</p>"
    body = f"<nav><ul><li><a href='/'>Home</a></li></ul></nav>{around.format(text)}<footer><p>Imprint</p></footer>"
    assert read(tmp_path / "a.html", page(body=body)).text == f"{PARAGRAPHS[1]}\n\n{seen}\n\n{PARAGRAPHS[2]}"


def test_lists_between_paragraphs_that_are_all_in_different_places_stay_as_they_are(tmp_path: Path) -> None:
    body = "".join(f"<div><p>{paragraph.replace('&', '&amp;')}</p></div>" for paragraph in PARAGRAPHS)
    assert read(tmp_path / "a.html", page(body=f"<h1>Bank holds rates</h1>{body}")).text == "\n\n".join(PARAGRAPHS)


def test_a_paragraph_in_another_place_is_no_less_the_articles(tmp_path: Path) -> None:
    text = [f"<p>{paragraph.replace('&', '&amp;')}</p>" for paragraph in PARAGRAPHS]
    body = f"<h1>Bank holds rates</h1><div>{text[0]}</div><div>{text[1]}<ul><li>one</li></ul>{text[2]}</div>"
    article = read(tmp_path / "a.html", page(body=body))
    assert all(paragraph in article.text for paragraph in PARAGRAPHS)


@pytest.mark.parametrize(
    ("lines", "author", "published"),
    [
        (["By <b>Ida Storm</b> and <b>Bo Lund</b>", "Published: 3 June 2025. Updated: 5 June 2025"],
         "Ida Storm and Bo Lund", "2025-06-03"),
        (["By Ida Storm", "Last updated: June 5, 2025"], "Ida Storm", None),
        (["By the end of May", "Nobody knows why"], None, None),
    ],
)  # fmt: skip
def test_a_pages_first_lines_say_author_and_day_where_its_metadata_does_not(
    tmp_path: Path, lines: list[str], author: str | None, published: str | None
) -> None:
    text = "".join(f"<p>{line}</p>" for line in [*lines, *PARAGRAPHS[1:]])
    bare = read(tmp_path / "a.html", page("<title>Bank holds rates</title>", f"<h1>Bank holds rates</h1>{text}"))
    assert (bare.author, bare.published) == (author, published)
    said = "<meta name='author' content='Anselm Duarte'><meta name='date' content='2025-04-10'>"
    article = read(tmp_path / "b.html", page(said, f"<h1>Bank holds rates</h1>{text}"))
    assert (article.author, article.published) == ("Anselm Duarte", "2025-04-10")
