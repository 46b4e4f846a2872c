"""The chat's rendering, without a browser: what becomes of an Answer on its way to the page."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import app
from index.article import Passage, ScoredPassage
from qa.answer import Answer, CheckedSentence, Citation

ROOT = Path(app.__file__).parent

HOSTILE = [
    "<script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 1">',
    "[x](javascript:alert(1)) ![y](https://example.com/y.png)",
    "$$\\frac{1}{2}$$ \\(x\\) $x$",
    "**bold** _it_ ~~no~~ `code` ```\nblock\n```",
    "# heading\n\n- item\n\n    indented\n\ttab",
    "&amp; &lt;b&gt; &#60; &nbsp;",
    "${window.hacked = 1} {{value}} {{{value}}} @children",
    "left \u202eright\u202c and \u2067isolate\u2069 \u200f",
    "'\"></div></p><b>out</b><!--",
    "emoji 👩‍👩‍👧 ﷽ שלום \x07\x1b \x85 \ufeff",
    "</mark></blockquote></figure><h1>big</h1>",
]


class _Page(HTMLParser):
    """The text that a piece of HTML shows, and the tags in it."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.attributes = "", [], []  # type: str, list[str], list[tuple[str, str | None]]
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def citation(quote: str = "It rained. Ann won the race.", answer: str | None = "Ann", **changes: Any) -> Citation:
    start = 100
    found = quote.find(answer) if answer is not None else -1
    values: dict[str, Any] = {
        "article_id": "a", "title": "The race", "url": None, "source": None, "published": None,
        "start": start, "end": start + len(quote), "quote": quote,
        "answer_start": None if answer is None else start + found,
        "answer_end": None if answer is None else start + found + len(answer),
    }  # fmt: skip
    return Citation(**(values | changes))


def answer(text: str = "Ann", *citations: Citation, **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "question": "q", "standalone_question": "q", "text": text, "abstained": False, "confidence": 0.93,
        "mode": "extractive", "citations": citations or (citation(),), "timings_ms": {"total": 78.2},
    }  # fmt: skip
    return Answer(**(values | changes))


def passage(text: str, **changes: Any) -> ScoredPassage:
    values: dict[str, Any] = {
        "id": "p",
        "article_id": "a",
        "title": "The race",
        "start": 0,
        "end": len(text),
        "text": text,
    }
    return ScoredPassage(Passage(**(values | changes)), 0.5, "reader")


def abstention(*passages: ScoredPassage) -> Answer:
    return answer("", abstained=True, citations=(), passages=passages, confidence=0.2)


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_shows_the_same_text_and_holds_no_markup(text: str) -> None:
    page = _Page(app.escape(text))
    assert page.text == text
    assert page.tags == []


@pytest.mark.parametrize("text", HOSTILE)
def test_escaped_text_leaves_nothing_for_markdown_latex_or_templates(text: str) -> None:
    assert not re.search(r"[<>\"'`*_\[\](){}$\\~|\n\r\t]", app.escape(text))
    assert html.unescape(app.escape(text)) == text


def test_what_html_cannot_hold_shows_as_a_replacement_character() -> None:
    assert app.escape("a\x00b\ud800c") == "a\ufffdb\ufffdc"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_an_answer_becomes_markup(text: str) -> None:
    hostile = citation(text, None, title=text, url=text, source=text, published=text)
    page = _Page(app.render_answer(answer(text, hostile, citation(text, text))))
    assert set(page.tags) <= {"div", "p", "span", "figure", "blockquote", "figcaption", "mark", "bdi"}
    assert page.text.count(text) == 6  # the answer, two quotes, title, source, date
    assert not [name for name, _ in page.attributes if name not in {"class", "dir", "title"}]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_language_model_wrote_becomes_markup(text: str) -> None:
    sentence = CheckedSentence(text, 6, 6 + len(text), (0,), False, f"reason: {text}")
    written = {"mode": "generative", "sentences": (sentence,), "note": text, "standalone_question": text}
    page = _Page(app.render_answer(answer(f"Good. {text} End.", **written)))
    assert set(page.tags) <= {"div", "p", "span", "figure", "blockquote", "figcaption", "mark", "bdi", "u"}
    assert page.tags.count("u") == 1
    assert page.text.count(text) == 3  # the sentence, the note, what was searched for
    assert ("title", f"reason: {text}") in page.attributes
    assert not [name for name, _ in page.attributes if name not in {"class", "dir", "title"}]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_an_abstention_or_a_question_becomes_markup(text: str) -> None:
    page = _Page(app.render_answer(abstention(passage(text, title=text, source=text))) + app.render_question(text))
    allowed = {"div", "p", "span", "figure", "blockquote", "figcaption", "bdi", "details", "summary"}
    assert set(page.tags) <= allowed
    assert page.text.count(text) == 4  # the passage, its title and source, the question


def test_the_answer_is_marked_where_it_stands_and_not_where_the_word_comes_first() -> None:
    quote = "Ann met Ann."
    rendered = app.render_citation(citation(quote, "Ann", answer_start=108, answer_end=111))
    assert "Ann met <mark>Ann</mark>&#46;" in rendered


def test_offsets_count_code_points() -> None:
    assert "😀 <mark>Ann</mark>" in app.render_citation(citation("😀 Ann", "Ann"))


def test_nothing_is_marked_where_the_answer_is_not_verbatim() -> None:
    assert "<mark>" not in app.render_citation(citation(answer=None))


def test_an_answer_that_is_the_whole_quote_is_marked_whole() -> None:
    assert '<blockquote dir="auto"><mark>Ann won</mark></blockquote>' in app.render_citation(
        citation("Ann won", "Ann won")
    )


@pytest.mark.parametrize("url", ["https://example.org/a?b=1&c=2", "http://example.org", "HTTPS://EXAMPLE.ORG/x"])
def test_a_web_address_makes_the_title_a_link_that_tells_nothing(url: str) -> None:
    page = _Page(app.render_origin("The race", url, None, None))
    assert page.attributes == [("href", url), ("target", "_blank"), ("rel", "noopener noreferrer")]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/home/me/a.txt", "",
     "https:", "https://a b", "\x01https://x", "//example.org", "vbscript:x", "https://x\njavascript:y", None],
)  # fmt: skip
def test_anything_else_makes_no_link(url: str | None) -> None:
    assert _Page(app.render_origin("The race", url, None, None)).tags == ["bdi"]


def test_title_source_and_date_stand_in_one_line() -> None:
    assert (
        _Page(app.render_origin("The race", None, "Gazette", "2025-03-07")).text == "The race · Gazette · 7 March 2025"
    )


def test_an_article_without_a_title_is_called_untitled() -> None:
    assert _Page(app.render_origin("  ", None, None, None)).text == "Untitled"


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2025-03-07", "7 March 2025"),
        ("2025-03-07T23:30:00-05:00", "7 March 2025"),
        ("2025-03-07T09:00:00Z", "7 March 2025"),
        ("20250307", "7 March 2025"),
        ("2025-03", "March 2025"),
        ("2025", "2025"),
        ("0099-01-02", "2 January 99"),
        ("last spring", "last spring"),
        ("2025-13-40", "2025-13-40"),
        ("2025-00", "2025-00"),
    ],
)
def test_dates_are_readable_and_anything_else_stays_as_it_is(published: str, shown: str) -> None:
    assert app.readable_date(published) == shown


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "sure"),
        (0.8, "sure"),
        (0.799, "fairly sure"),
        (0.5, "fairly sure"),
        (0.499, "not sure"),
        (0.0, "not sure"),
    ],
)
def test_confidence_is_said_in_words_with_the_number_in_the_tooltip(confidence: float, words: str) -> None:
    page = _Page(app.render_confidence(confidence))
    assert page.text == words
    assert page.attributes == [("title", f"confidence {confidence:.2f}")]


@pytest.mark.parametrize(("total", "shown"), [(0.4, "0 ms"), (78.2, "78 ms"), (999.4, "999 ms"), (1234, "1.2 s")])
def test_the_time_taken_is_shown(total: float, shown: str) -> None:
    assert shown in _Page(app.render_answer(answer(timings_ms={"total": total}))).text


def test_an_answer_without_timings_shows_its_confidence_only() -> None:
    assert '<p class="about soft"><span title="confidence 0.93">sure</span></p>' in app.render_answer(
        answer(timings_ms={})
    )


def test_a_short_answer_is_a_heading_and_a_long_one_is_text() -> None:
    assert 'class="said short"' in app.render_answer(answer("Ann", citation("Ann won.", "Ann")))
    assert 'class="said short"' in app.render_answer(answer("x" * 80, citation(answer=None)))
    assert 'class="said"' in app.render_answer(answer("x" * 81, citation(answer=None)))


def test_an_answer_does_not_change_its_size_while_it_grows() -> None:
    long = "word " * 30
    assert 'class="said"' in app.render_answer(answer("word", citation(long, long)))


def test_an_abstention_names_three_passages_folded() -> None:
    page = app.render_answer(abstention(*[passage(f"Text number {number}.") for number in range(5)]))
    assert "The articles do not say." in page
    assert page.count("<figure>") == 3
    assert page.index("<details>") < page.index("Text number 0")
    assert " open" not in page


def test_an_abstention_without_passages_has_nothing_to_unfold() -> None:
    assert "<details>" not in app.render_answer(abstention())


def test_an_excerpt_ends_after_a_word() -> None:
    text = app.excerpt("word " * 100)
    assert len(text) <= app.EXCERPT_CHARS + 1
    assert text.endswith("word…")


def test_an_excerpt_of_text_without_spaces_is_cut() -> None:
    assert app.excerpt("字" * 500) == "字" * app.EXCERPT_CHARS + "…"


def test_a_short_text_is_its_own_excerpt() -> None:
    assert app.excerpt(" A short text.\n") == "A short text."


def test_the_note_about_an_empty_index_quotes_its_place_for_the_shell() -> None:
    page = _Page(app.render_how_to_add("/home/me/my articles/<b>"))
    assert "qa add --index '/home/me/my articles/<b>' FILE_OR_FOLDER_OR_URL" in page.text
    assert "b" not in page.tags


def test_a_blank_question_leaves_no_empty_bubble() -> None:
    assert [message["role"] for message in app.messages((), None, app.render_note("Ask something."))] == ["assistant"]


def test_importing_the_chat_loads_no_heavy_library() -> None:
    code = (
        "import sys, app; print([n for n in ('gradio', 'torch', 'chromadb', 'starlette', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
