"""Answers as HTML, without a browser: what becomes of an Answer on its way to the page."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from chat import render
from chat.render import (
    button,
    escape,
    icon_button,
    readable_date,
    render_answer,
    render_citation,
    render_confidence,
    render_facts,
    render_follow_ups,
    render_how_to_add,
    render_note,
    render_question,
    render_text,
    title_of,
)
from qa.answer import Answer, CheckedSentence
from tests.chat.made import abstention, answer, citation, passage
from tests.hostile import HOSTILE, shown
from tests.markup import Page, assert_text_stays_text


def cited_everywhere(text: str) -> Answer:
    hostile = citation(text, None, article_id=text, title=text, source=text, published=text)
    note = {"question": text, "standalone_question": f"so {text}", "note": text}
    return answer(text, hostile, citation(f"It rained. {text} won.", text), **note)


def written(text: str, *, supported: bool = False) -> Answer:
    sentence = CheckedSentence(text, 6, 6 + len(text), (0,), supported, f"reason: {text}")
    return answer(f"Good. {text} End.", mode="generative", sentences=(sentence,), note=text)


# Every place that text comes from.
PLACES: dict[str, Callable[[str], str]] = {
    "question": render_question,
    "question that can be edited": lambda text: render_question(text, 3),
    "answer": lambda text: render_answer(cited_everywhere(text), 2, rating=1, within=text),
    "answer that is not whole": lambda text: render_answer(cited_everywhere(text), whole=False),
    "answer whose article has changed": lambda text: render_answer(cited_everywhere(text), changed=[0, 1]),
    "one citation": lambda text: render_citation(citation(text, text, title=text, source=text, published=text)),
    "language model": lambda text: render_answer(written(text)),
    "language model, supported": lambda text: render_answer(written(text, supported=True)),
    "abstention": lambda text: render_answer(
        abstention(nearest=(citation(text, text, title=text, source=text, published=text),), reason=text)
    ),
    "small talk": lambda text: render_answer(abstention(reply=text)),
    "abstention's note": lambda text: render_answer(abstention(note=text, standalone_question=text), within=text),
    "title": title_of,
    "facts": lambda text: "".join(render_facts(text, text, text, text)),
    "follow-ups": lambda text: render_follow_ups([text, "Why?", f"Who is {text}?"]),
    "note": render_note,
    "how to add": lambda text: render_how_to_add(f"/home/me/{text}"),
    "button": lambda text: button("open", text, escape(text), about=text),
    "icon": lambda text: icon_button("remove", text, text),
}  # fmt: skip


def fitting(text: str, place: str) -> str:
    """The text, without what means something in that place, as it should."""
    if place.startswith("language model"):
        return text.replace("[1]", "[0]")  # the number of a citation opens it
    if place == "facts":
        return f"x {text}"  # an address of the web is a link
    if place == "how to add":
        return text.replace("'", "") + " "  # a shell needs other quotes for some
    return text


@pytest.mark.parametrize("place", PLACES)
def test_text_stays_text_wherever_it_stands(place: str) -> None:
    for text in HOSTILE:
        assert_text_stays_text(PLACES[place], fitting(text, place))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_escaped_text_leaves_nothing_for_markdown_latex_or_templates(text: str) -> None:
    assert not re.search(r"[<>\"'`*_\[\](){}$\\~|\n\r\t]", escape(text))
    assert html.unescape(escape(text)) == shown(text)


def test_any_text_comes_back_from_its_html() -> None:
    letters = random.Random(5)
    for _ in range(500):
        text = "".join(chr(letters.choice([letters.randrange(0x110000), letters.randrange(256)])) for _ in range(40))
        page = Page(f'<p title="{escape(text)}">{escape(text)}</p>')
        assert page.text == shown(text)
        assert page.attributes == [("title", shown(text))]


def test_what_html_cannot_hold_shows_as_one_replacement_character_each() -> None:
    assert escape("a\x00b\ud800c\ud83d\ude00") == "a\ufffdb\ufffdc\ufffd\ufffd"


def test_what_is_near_an_answer_is_quoted_whole_and_opens_its_article() -> None:
    for text in HOSTILE:
        near = (citation(f"It rained. {text} won.", text), citation(text * 30, None))
        page = Page(render_answer(abstention(nearest=near, reason=text), 4))
        assert page.within("blockquote") == shown(f"It rained. {text} won.{text * 30}")
        assert page.within("mark") == shown(text)
        assert page.within("reason") == shown(text)
        assert page.values("cite") == ["4:0", "4:1"]


def test_a_quote_from_a_pdf_names_its_page() -> None:
    assert "page 3" in Page(render_citation(replace(citation("It rained."), pages=("3",)))).text
    assert "page 3–5" in Page(render_citation(replace(citation("It rained."), pages=("3", "4", "5")))).text
    for text in HOSTILE:
        assert_text_stays_text(lambda label: render_citation(replace(citation("It rained."), pages=(label,))), text)


def test_the_quote_is_the_articles_words_and_the_mark_the_answers() -> None:
    for text in HOSTILE:
        quote = f"😀 {text} won, said {text}."
        second = quote.rindex(text)
        page = Page(
            render_citation(citation(quote, text, answer_start=100 + second, answer_end=100 + second + len(text)))
        )
        assert page.within("blockquote") == shown(quote)
        assert page.within("mark") == shown(text)


def test_an_address_is_a_link_as_it_is_or_none() -> None:
    for text in HOSTILE:
        url = f"https://example.org/{text}"
        links = [element for element in Page("".join(render_facts(None, None, url))).elements if "href" in element]
        assert [link["href"] for link in links] == ([] if re.search(r"\s", text) else [shown(url)])
        for link in links:
            assert link["rel"] == "noopener noreferrer"


def test_the_answer_is_marked_where_it_stands_and_not_where_the_word_comes_first() -> None:
    quote = "Ann met Ann."
    rendered = render_citation(citation(quote, "Ann", answer_start=108, answer_end=111))
    assert "Ann met <mark>Ann</mark>&#46;" in rendered


def test_offsets_count_code_points() -> None:
    assert "😀 <mark>Ann</mark>" in render_citation(citation("😀 Ann", "Ann"))


def test_nothing_is_marked_where_the_answer_is_not_verbatim() -> None:
    assert "<mark>" not in render_citation(citation(answer=None))


def test_an_answer_that_is_the_whole_quote_is_marked_whole() -> None:
    assert '<blockquote dir="auto"><mark>Ann won</mark></blockquote>' in render_citation(citation("Ann won", "Ann won"))


@pytest.mark.parametrize("url", ["https://example.org/a?b=1&c=2", "http://example.org", "HTTPS://EXAMPLE.ORG/x"])
def test_a_web_address_is_a_link_of_its_own_that_tells_nothing(url: str) -> None:
    facts = render_facts(None, None, url)
    link = Page("".join(facts)).elements[0]
    assert link == {"href": url, "target": "_blank", "rel": "noopener noreferrer", "title": "On the web"}
    assert Page(facts[0]).text == "On the web"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "/home/me/a.txt", "",
     "https:", "https://a b", "\x01https://x", "//example.org", "vbscript:x", "https://x\njavascript:y", None],
)  # fmt: skip
def test_anything_else_makes_no_link(url: str | None) -> None:
    assert render_facts(None, None, url) == []
    assert "a" not in Page(render_citation(citation(url=url))).tags


def test_title_source_and_date_stand_in_one_line() -> None:
    page = Page(render_citation(citation(source="Gazette", published="2025-03-07")))
    assert page.within("figcaption") == "The race · Gazette · 7 March 2025"


def test_source_author_and_date_come_as_far_as_they_are_known() -> None:
    assert [Page(fact).text for fact in render_facts("Gazette", "2025", None, "Ann Lee")] == [
        "Gazette", "Ann Lee", "2025",
    ]  # fmt: skip
    assert render_facts("", None, "", "") == []


def test_an_article_without_a_title_is_called_untitled() -> None:
    assert title_of("  ") == "Untitled"


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
    assert readable_date(published) == shown


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
    page = Page(render_confidence(confidence))
    assert page.text == words
    assert page.attributes == [("title", f"confidence {confidence:.2f}")]


@pytest.mark.parametrize(("total", "shown"), [(0.4, "0 ms"), (78.2, "78 ms"), (999.4, "999 ms"), (1234, "1.2 s")])
def test_the_time_taken_is_shown(total: float, shown: str) -> None:
    assert shown in Page(render_answer(answer(timings_ms={"total": total}))).text


def test_an_answer_without_timings_shows_its_confidence_only() -> None:
    assert '<p class="about soft"><span title="confidence 0&#46;93">sure</span></p>' in render_answer(
        answer(timings_ms={})
    )


def test_a_short_answer_is_a_heading_and_a_long_one_is_text() -> None:
    assert 'class="said short"' in render_answer(answer("Ann", citation("Ann won.", "Ann")))
    assert 'class="said short"' in render_answer(answer("x" * 80, citation(answer=None)))
    assert 'class="said"' in render_answer(answer("x" * 81, citation(answer=None)))


def test_an_answer_does_not_change_its_size_while_it_grows() -> None:
    long = "word " * 30
    assert 'class="said"' in render_answer(answer("word", citation(long, long)))


def test_an_abstention_says_why_and_shows_what_is_nearest_opened_under_a_heading() -> None:
    near = [citation(f"Text number {number}.", "number", title=f"Title {number}") for number in range(3)]
    page = render_answer(abstention(nearest=tuple(near), reason="No number stands near."))
    assert Page(page).within("words") == "The articles do not say."
    assert Page(page).within("unsure") == "Not certain:"
    assert page.count("<figure>") == 3
    assert "<details" not in page
    order = ["The articles do not say", "No number stands near", "Not certain", "Text ", "Title 0", "Title 2"]
    assert [page.index(words) for words in order] == sorted(page.index(words) for words in order)
    assert "sure<" not in page  # no confidence, as there is no answer


def test_a_near_quote_whose_article_has_changed_says_so() -> None:
    near = (citation(), citation("Bob was second.", "Bob"))
    assert render_answer(abstention(nearest=near), changed=[1]).count("the article has changed since") == 1


def test_an_abstention_without_anything_near_has_no_heading_for_it() -> None:
    page = render_answer(abstention(passage("Far away."), reason="There is no article to look in."))
    assert "Not certain" not in Page(page).text
    assert "Far away" not in page
    assert "There is no article to look in." in Page(page).text


def test_small_talk_gets_a_reply_and_nothing_else() -> None:
    page = Page(render_answer(abstention(reply="You are welcome.")))
    assert page.within("words") == "You are welcome."
    assert "articles do not say" not in page.text
    assert "Not certain" not in page.text


def test_the_note_about_an_empty_index_quotes_its_place_for_the_shell() -> None:
    page = Page(render_how_to_add("/home/me/my articles/<b>"))
    assert "qa add --index '/home/me/my articles/<b>' FILE_OR_FOLDER_OR_URL" in page.text
    assert "b" not in page.tags


# What can be clicked


def test_a_question_can_be_edited_by_the_number_of_its_turn() -> None:
    page = Page(render_question("Who won?", 7))
    assert page.values("edit") == ["7"]
    assert page.within("question") == "Who won?"
    assert Page(render_question("Who won?")).values("edit") == []


def test_of_an_answer_in_lines_each_has_the_number_of_its_citation_behind_it() -> None:
    news = answer("3 May 2025: It opened.\n1 May 2025: It rained.", citation("It opened."), citation("It rained."))
    page = Page(render_answer(news, 4))
    assert page.values("cite") == ["4:0", "4:1", "4:0", "4:0", "4:1", "4:1"]
    assert page.within("line") == "3 May 2025: It opened.Quote 11 May 2025: It rained.Quote 2"
    assert page.within("said").count("Quote") == 2


def test_the_numbers_and_titles_of_an_answer_open_its_citations() -> None:
    page = Page(render_answer(answer("Ann; Bob", citation(), citation("Bob won.", "Bob")), 4))
    assert page.values("cite") == ["4:0", "4:1", "4:0", "4:0", "4:1", "4:1"]  # behind the answer, and at each quote
    assert page.within("words") == "Ann; Bob"
    assert page.within("said") == "Ann; BobQuote 1Quote 2"


def test_the_numbers_in_a_language_models_sentences_open_its_citations() -> None:
    text = "Ann won [2]. Bob lost [1][3] [0] [99999]."
    sentences = (
        CheckedSentence(text[:12], 0, 12, (1,), True),
        CheckedSentence(text[13:], 13, len(text), (0,), False, "no passage says so"),
    )
    page = Page(render_answer(answer(text, citation(), citation(), mode="generative", sentences=sentences), 1))
    assert page.within("words") == text
    assert page.within("said").count("Quote") == 0
    assert page.values("cite")[:2] == ["1:1", "1:0"]
    assert page.within("unsupported") == text[13:]
    assert page.text.startswith(text)


def test_a_language_models_text_between_and_behind_its_sentences_is_shown() -> None:
    text = "So:\n- Ann won.\n- Bob lost.\n"
    spans = [(6, 14), (17, 26)]
    sentences = tuple(CheckedSentence(text[start:end], start, end, (), True) for start, end in spans)
    assert Page(render_text(answer(text, mode="generative", sentences=sentences))).text == text


def test_an_answer_is_copied_asked_again_and_rated_by_the_number_of_its_turn() -> None:
    page = Page(render_answer(answer(), 12))
    assert (page.values("copy"), page.values("again"), page.values("rate")) == (["12"], ["12"], ["12:1", "12:-1"])


def test_an_answer_that_is_not_whole_yet_can_only_be_followed_to_its_articles() -> None:
    names = {element.get("name") for element in Page(render_answer(answer(), whole=False)).elements}
    assert names == {None, "cite"}


@pytest.mark.parametrize(("rating", "on"), [(0, []), (1, ["0:1"]), (-1, ["0:-1"])])
def test_the_rating_that_was_given_is_on(rating: int, on: list[str]) -> None:
    buttons = Page(render_answer(answer(), rating=rating)).elements
    assert [element["value"] for element in buttons if "on" in (element.get("class") or "").split()] == on


def test_a_citation_says_that_its_article_has_changed() -> None:
    page = Page(render_answer(answer("Ann; Bob", citation(), citation("Bob won.", "Bob")), changed=[1]))
    assert page.within("changed") == "the article has changed since"
    assert page.text.index("It rained.") < page.text.index("Bob won.") < page.text.index("the article has changed")


def test_what_was_searched_for_and_where_is_said_with_the_answer() -> None:
    about = Page(render_answer(answer(standalone_question="Who won?"), within="Gazette")).within("about")
    assert about == "sure · 78 ms · searched for: Who won? · in Gazette only"
    assert "searched" not in render_answer(answer(question=" q "))


def test_words_that_were_read_in_another_spelling_are_said_with_the_answer() -> None:
    respelt = answer(question="who is Witkof", standalone_question="who is Witkoff", corrections={"Witkof": "Witkoff"})
    assert Page(render_answer(respelt)).within("about") == "sure · 78 ms · showing results for Witkoff"
    completed = replace(respelt, standalone_question="who is Witkoff (Moscow)")
    about = Page(render_answer(completed)).within("about")
    assert about == "sure · 78 ms · showing results for Witkoff · searched for: who is Witkoff (Moscow)"
    assert "<b>" not in render_answer(replace(respelt, corrections={"b": "<b>"}))


def test_follow_ups_are_asked_by_their_own_words() -> None:
    questions = ["Why?", "Who is <Ann>?"]
    page = Page(render_follow_ups(questions))
    assert page.values("suggest") == questions
    assert [text for text, around in page.pieces if "bdi" in around] == questions
    assert render_follow_ups([]) == ""


def test_who_may_not_add_articles_is_not_told_how() -> None:
    page = Page(render_how_to_add("/home/me/index", read_only=True))
    assert "qa add" not in page.text
    assert "/home/me" not in page.text
    assert Page(render_how_to_add("/home/me/index")).values("show") == ["library"]


def test_no_date_raises_whatever_it_is() -> None:
    letters = random.Random(7)
    for _ in range(3000):
        text = "".join(letters.choice("0129-:TZ+. W٣\ud800") for _ in range(letters.randrange(30)))
        assert isinstance(readable_date(text), str)


@pytest.mark.parametrize("drawing", render._ICONS)
def test_every_drawing_has_words(drawing: str) -> None:
    page = Page(icon_button(drawing, "", "Do it"))
    assert page.within("aside") == "Do it"
    assert page.tags == ["button", "svg", "path", "span"]
