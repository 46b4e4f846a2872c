"""The source view, without a browser: the article's own text, and the right words of it marked."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from chat import source
from chat.source import Marks, Span, merged, render_gone, render_source
from index.article import Article, Mark
from tests.hostile import HOSTILE, shown
from tests.markup import Page, assert_text_stays_text

TEXT = "😀 Ann won the race. It rained.\r\n\r\nBob was second, said Ann. 👩‍👩‍👧 End."


def article(text: str = TEXT, **changes: object) -> Article:
    return Article(id="a", text=text, **{"title": "The race", **changes})  # type: ignore[arg-type]


def span(words: str, text: str = TEXT) -> Span:
    return text.index(words), text.index(words) + len(words)


def shown_with(*quotes: Span, answers: tuple[Span, ...] = (), current: int | None = None, text: str = TEXT) -> Page:
    return Page(render_source(article(text), Marks(quotes, answers, current)))


def marked(page: Page, name: str) -> list[str]:
    """The text of each element of a name, in their order; neighbours of one name are told apart by `page.marks`."""
    return [text for text, around in page.pieces if name in around]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_stays_text_wherever_it_stands(text: str) -> None:
    def everywhere(text: str) -> str:
        made = Article(
            "a", f"A {text} b {text}", text, f"x {text}", text, text, text, marks=(Mark(0, "section", text),)
        )
        quote = (2, 2 + len(text))
        return render_source(made, Marks((quote,), (quote,), 2))

    page = assert_text_stays_text(everywhere, text)
    assert page.within("text") == shown(f"A {text} b {text}")
    assert page.within("mark") == page.within("b") == shown(text)
    assert page.within("h2") == shown(text)
    assert_text_stays_text(lambda text: render_gone(text, text, f"{text} has changed since."), text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_part_of_a_long_article_is_asked_for_by_its_id(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SHOWN_CHARS", 10)
    page = assert_text_stays_text(lambda text: render_source(Article(text, "0123456789" * 3), Marks(), 10), text)
    assert page.values("part") == [f"0:{shown(text)}", f"20:{shown(text)}"]


def test_an_article_without_marks_is_its_text() -> None:
    page = shown_with()
    assert page.within("text") == TEXT
    assert "mark" not in page.tags
    assert page.within("walk") == ""


def test_an_empty_article_is_shown() -> None:
    page = shown_with((0, 5), text="")
    assert page.within("text") == ""
    assert "mark" not in page.tags


def test_quotes_are_marked_and_the_answers_in_them() -> None:
    page = shown_with(span("Ann won the race."), span("Bob was second"), answers=(span("Ann"), span("Bob")))
    assert page.within("text") == TEXT
    assert page.within("mark") == "Ann won the race.Bob was second"
    assert marked(page, "b") == ["Ann", "Bob"]
    assert page.tags.count("mark") == 2


@pytest.mark.parametrize(
    ("current", "now", "place"),
    [
        (None, "", "3"),
        (span("Ann won")[0], "Ann won the race.", "1 of 3"),
        (span("It rained.")[0], "It rained.", "2 of 3"),
        (span("Bob")[0], "Bob was second, said Ann.", "3 of 3"),
        (span("second")[0], "Bob was second, said Ann.", "3 of 3"),  # in the middle of what became one with another
    ],
)
def test_the_current_quote_is_the_stronger_one(current: int | None, now: str, place: str) -> None:
    quotes = (span("It rained."), span("second, said Ann."), span("Ann won the race."), span("Bob was second"))
    page = shown_with(*quotes, current=current)
    assert page.within("now") == now
    assert page.within("place") == place
    assert page.within("text") == TEXT


def test_quotes_that_touch_are_two_marks() -> None:
    page = shown_with((2, 5), (5, 9), current=5)
    assert [text for text, around in page.pieces if "mark" in around] == [TEXT[2:5], TEXT[5:9]]
    assert page.within("now") == TEXT[5:9]
    assert page.within("text") == TEXT


def test_quotes_that_overlap_are_one_mark() -> None:
    page = shown_with((2, 9), (5, 12), (2, 9), (4, 6), current=5)
    assert page.tags.count("mark") == 1
    assert page.within("now") == TEXT[2:12]


def test_an_answer_across_two_quotes_is_marked_in_both_and_not_between() -> None:
    page = shown_with((2, 5), (7, 12), answers=((3, 9),))
    assert marked(page, "b") == [TEXT[3:5], TEXT[7:9]]
    assert page.within("text") == TEXT


def test_an_answer_outside_of_every_quote_is_not_marked() -> None:
    assert "b" not in shown_with((2, 5), answers=((5, 9), (0, 2))).tags


def test_one_quote_is_no_plural() -> None:
    assert shown_with((2, 5), current=2).within("walk") == "Previous quote1 of 1Next quote quote"
    assert shown_with((2, 5), (7, 9)).within("walk") == "Previous quote2Next quote quotes"


def test_what_is_known_of_the_article_stands_over_it() -> None:
    known = {"source": "Gazette", "author": "Ann Lee", "published": "2025-03-07", "url": "https://example.org/a"}
    page = Page(render_source(article(**known), Marks()))
    assert page.within("header") == "The raceGazette · Ann Lee · 7 March 2025 · On the web"
    assert ("href", "https://example.org/a") in page.attributes
    assert Page(render_source(article(title=" "), Marks())).within("header") == "Untitled"


@pytest.mark.parametrize(
    ("current", "place"), [(0, ""), (3, "page 1"), (9, "page 1"), (10, "page 2"), (30, "Weather"), (40, "Weather")]
)
def test_the_page_or_section_of_the_current_quote_is_named(current: int, place: str) -> None:
    marks = (Mark(10, "page", "2"), Mark(3, "page", "1"), Mark(30, "section", "Weather"))
    page = Page(render_source(article(marks=marks), Marks(((current, current + 2),), (), current)))
    assert page.within("header").startswith(f"The race{place}Previous")


@pytest.mark.parametrize("seed", range(300))
def test_any_spans_mark_these_characters_and_change_none(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    length = chance.choice([0, 1, 7, 40, 90])
    text = "".join(chance.choice("ab <&\n\r\t\"'$`{}\\\0\ud83d😀👩\u200d\u202eש\u0301") for _ in range(length))

    def spans(most: int) -> tuple[Span, ...]:
        return tuple(
            (chance.randrange(-5, length + 6), chance.randrange(-5, length + 6)) for _ in range(chance.randrange(most))
        )

    quotes, answers = spans(6), spans(8)
    current = chance.choice([None, *[start for start, _ in quotes]])
    start = chance.choice([None, None, 0, length // 2, length, length * 9, -3])
    monkeypatch.setattr(source, "SHOWN_CHARS", chance.choice([13, 30, 10**6]))
    page = Page(render_source(article(text), Marks(quotes, answers, current), start))

    pieces = [(letter, around) for piece, around in page.pieces if "text" in around for letter in piece]
    begin, end = source._part(length, current if start is None else None, start)
    assert "".join(letter for letter, _ in pieces) == shown(text[begin:end])
    assert end - begin == min(length, source.SHOWN_CHARS)
    quoted = {place for first, last in quotes for place in range(first, last)}
    answering = {place for first, last in answers for place in range(first, last)} & quoted
    assert {place for place, (_, around) in enumerate(pieces, begin) if "mark" in around} == quoted & set(
        range(begin, end)
    )
    assert {place for place, (_, around) in enumerate(pieces, begin) if "b" in around} == answering & set(
        range(begin, end)
    )
    now = {place for place, (_, around) in enumerate(pieces, begin) if "now" in around}
    assert page.attributes.count(("class", "now")) <= 1
    if start is None and current in quoted and 0 <= current < length:
        assert current in now
    elif current is None:
        assert not now


@pytest.mark.parametrize("seed", range(100))
def test_merged_spans_cover_the_same_and_are_apart(seed: int) -> None:
    chance = random.Random(seed)
    spans = [(chance.randrange(-3, 30), chance.randrange(-3, 30)) for _ in range(chance.randrange(9))]
    found = merged(spans)
    assert {at for first, last in found for at in range(first, last)} == {
        at for first, last in spans for at in range(first, last)
    }
    assert all(first < last for first, last in found)
    assert all(last <= first for (_, last), (first, _) in pairwise(found))
    assert all(any(one <= first and last <= other for one, other in found) for first, last in spans if first < last)


# Long articles

LONG = "".join(f"{number:>9} " for number in range(60))


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SHOWN_CHARS", 200)


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("current", [0, 150, 300, 455, 590])
def test_the_part_around_the_current_quote_is_shown(current: int) -> None:
    page = shown_with((current, current + 10), (0, 10), (590, 600), current=current, text=LONG)
    assert page.within("now") == LONG[current : current + 10]
    assert len(page.within("text")) == 200
    assert page.within("text") in LONG


@pytest.mark.usefixtures("short_parts")
def test_the_parts_lead_to_one_another_and_leave_nothing_out() -> None:
    def part(start: int | None) -> Page:
        return Page(render_source(article(LONG), Marks(), start))

    page, text = part(None), ""
    assert page.within("part") == "Show the later part (400 characters)"
    assert page.values("part") == ["200:a"]
    while page.within("part").count("later"):
        text += page.within("text")
        page = part(int(str(page.values("part")[-1]).partition(":")[0]))
    assert text + page.within("text") == LONG
    assert page.within("part") == "Show the earlier part (400 characters)"
    assert page.values("part") == ["200:a"]
    assert part(200).values("part") == ["0:a", "400:a"]
    assert part(200).within("text") == LONG[200:400]


@pytest.mark.usefixtures("short_parts")
@pytest.mark.parametrize("start", [-1, 0, 1, 199, 399, 400, 401, 10**9])
def test_any_beginning_of_a_part_shows_a_whole_one(start: int) -> None:
    text = Page(render_source(article(LONG), Marks(((390, 410),), (), None), start)).within("text")
    begin = min(max(start, 0), 400)
    assert text == LONG[begin : begin + 200]


@pytest.mark.usefixtures("short_parts")
def test_a_quote_across_the_end_of_a_part_is_marked_as_far_as_it_is_shown() -> None:
    page = Page(render_source(article(LONG), Marks(((190, 220),), ((195, 205),)), 200))
    assert page.within("mark") == LONG[200:220]
    assert page.within("b") == LONG[200:205]
    assert page.within("text") == LONG[200:400]


# What is there no more


def test_a_quote_that_is_gone_is_shown_as_it_was() -> None:
    page = Page(render_gone("", "Ann won.\r\nBob lost.", "This article has changed since."))
    assert page.within("h2") == "Untitled"
    assert page.within("text") == "Ann won.\r\nBob lost."
    assert page.within("note") == "This article has changed since."
