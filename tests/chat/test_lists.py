"""The lists beside the chat, without a browser: conversations, articles, what is being added, what is asked."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.library import Addition
from chat.lists import (
    SHOWN_ARTICLES,
    readable_moment,
    render_additions,
    render_articles,
    render_brand,
    render_conversations,
    render_undo,
    render_where,
    where_in_words,
)
from index.article import ArticleSummary
from index.filter import NO_FILTER, PassageFilter, is_unicode
from qa.kept.conversations import ConversationSummary
from tests.hostile import HOSTILE
from tests.markup import Page, assert_text_stays_text


def summary(article_id: str = "a", title: str = "The race", passages: int = 3, **changes: Any) -> ArticleSummary:
    values: dict[str, Any] = dict.fromkeys(["url", "source", "author", "published", "retrieved_at", "language"])
    values |= {"id": article_id, "title": title, "content_hash": "", "characters": 1, "passages": passages}
    return ArticleSummary(**(values | changes))


def conversation(conversation_id: str = "c", title: str = "Who won?", turns: int = 2) -> ConversationSummary:
    return ConversationSummary(conversation_id, title, "2020-03-07T12:00:00+00:00", turns)


def everywhere(text: str) -> ArticleSummary:
    return summary(text, text, source=text, published=text, url=f"x {text}")


# Every place that text comes from.
PLACES: dict[str, Callable[[str], str]] = {
    "brand": lambda text: render_brand(text, text),
    "conversations": lambda text: render_conversations([conversation(text, text), conversation()], text),
    "no such conversation": lambda text: render_conversations([], None, text),
    "when it changed": lambda text: render_conversations([ConversationSummary("c", "t", text, 1)], "c"),
    "articles": lambda text: render_articles([[everywhere(text), summary("v")], [summary()]], 50, {text}),
    "articles, read only": lambda text: render_articles([[everywhere(text)]], 50, (), text, read_only=True),
    "no such article": lambda text: render_articles([], 50, (), text),
    "additions": lambda text: render_additions([
        Addition(text, "waiting"), Addition(text, "reading", 0.5, text), Addition(text, "done", 1.0, text, (text,)),
        Addition(text, "failed", 0.1, text),
    ]),
    "undo": render_undo,
    "where": lambda text: render_where(PassageFilter((text, "b"), (text, "Gazette")), [text, "The race"]),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_text_stays_text_wherever_it_stands(place: str) -> None:
    for text in HOSTILE:
        if place != "where" or is_unicode(text):
            assert_text_stays_text(PLACES[place], text)


def test_the_program_and_its_index_are_named() -> None:
    page = Page(render_brand("Article QA", "2 articles"))
    assert (page.within("h1"), page.within("p")) == ("Article QA", "2 articles")


# Conversations


def test_conversations_are_opened_and_deleted_by_their_ids() -> None:
    page = Page(render_conversations([conversation("c-1"), conversation("c-2", "Why?", 1)], "c-2"))
    assert page.values("talk") == page.values("forget") == ["c-1", "c-2"]
    assert page.text == ("Who won?7 March 2020 · 2 questionsDelete Who won?Why?7 March 2020 · 1 questionDelete Why?")
    assert [element.get("aria-current") for element in page.elements if element.get("class") == "row"] == [None, "true"]


def test_without_conversations_there_is_a_word_about_it() -> None:
    assert Page(render_conversations([], None)).text == "Your conversations will be listed here."
    assert Page(render_conversations([], "c", "bees")).text == "No conversation with “bees”."


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(0), "today"),
        (timedelta(hours=11), "today"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=2), "5 March 2025"),
        (timedelta(days=365), "7 March 2024"),
        (-timedelta(days=1), "8 March 2025"),  # another machine's clock
    ],
)
def test_a_moment_is_dated_as_a_person_would(ago: timedelta, said: str) -> None:
    noon = datetime(2025, 3, 7, 12).astimezone()  # in this machine's zone
    assert readable_moment((noon - ago).astimezone(UTC).isoformat(), noon) == said


def test_a_moment_that_is_none_stays_as_it_is() -> None:
    for text in ("", "soon", "2025-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٥-٠٣-٠٧"):
        assert readable_moment(text) == text


# Articles


def test_articles_are_opened_ticked_and_removed_by_their_ids() -> None:
    articles = [
        summary("a-1", source="Gazette", published="2025-03"),
        summary("a-2", "", 1, url="https://example.org/x"),
    ]
    page = Page(render_articles([[each] for each in articles], 50, {"a-2", "a-9"}))
    assert page.values("open") == page.values("only") == page.values("remove") == ["a-1", "a-2"]
    boxes = [element for element in page.elements if element.get("type") == "checkbox"]
    assert [box["value"] for box in boxes if "checked" in box] == ["a-2"]
    assert "The raceGazette · March 2025 · 3 passages" in page.text
    assert ("href", "https://example.org/x") in page.attributes


def test_versions_of_a_story_stand_below_its_first_one_and_are_opened_ticked_and_removed_alone() -> None:
    story = [summary("a-1"), summary("a-2", "The run", source="Courier"), summary("a-3", "A race")]
    page = Page(render_articles([story, [summary("b")]], 50, ()))
    assert page.values("open") == page.values("only") == ["a-1", "a-2", "a-3", "b"]
    assert page.values("remove") == ["a-2", "a-3", "a-1", "b"]  # the first one's stands behind its others
    assert "3 passagesalso in 2 articlesThe runCourier" in page.text
    assert not any(name == "open" for name, _ in page.attributes)
    page = Page(render_articles([story], 50, {"a-3"}))
    assert any(name == "open" for name, _ in page.attributes)  # what is asked is seen


def test_an_article_without_a_title_is_untitled_wherever_it_is_named() -> None:
    page = Page(render_articles([[summary("a-1", " ")]], 50, ()))
    assert page.text == "Untitled3 passagesRemove Untitled"
    assert [value for name, value in page.attributes if name in {"title", "aria-label"}] == [
        "Ask only this article: Untitled", "Ask only this article: Untitled", "Remove Untitled",
    ]  # fmt: skip


def test_a_library_that_can_only_be_read_has_nothing_to_remove() -> None:
    page = Page(render_articles([[summary()]], 50, (), read_only=True))
    assert page.values("remove") == []
    assert page.values("only") == page.values("open") == ["a"]


def test_a_long_list_is_shown_in_steps() -> None:
    articles = [summary(f"a-{number}") for number in range(SHOWN_ARTICLES * 2 + 1200)]
    page = Page(render_articles([[each] for each in articles], SHOWN_ARTICLES, ()))
    assert len(page.values("open")) == SHOWN_ARTICLES
    assert page.values("more") == [str(SHOWN_ARTICLES * 2)]
    assert page.text.endswith("Show more (1,250 left)")
    assert Page(render_articles([[each] for each in articles], len(articles), ())).values("more") == []


def test_an_empty_list_says_why() -> None:
    assert Page(render_articles([], 50, ())).text == "No articles yet."
    assert Page(render_articles([], 50, (), "bees")).text == "No article with “bees”."


# What is being added


def test_what_is_being_added_has_a_bar_until_it_is_done() -> None:
    additions = [
        Addition("a.txt", "waiting"),
        Addition("b.pdf", "reading", 0.25),
        Addition("c.md", "done", 1.0, "added, 2 passages", ("c",)),
        Addition("d.doc", "failed", 0.5, "not a kind of file that can be read"),
    ]
    page = Page(render_additions(additions))
    bars = [element for element in page.elements if "max" in element]
    assert [(bar["aria-label"], bar["value"]) for bar in bars] == [("a.txt", "0.000"), ("b.pdf", "0.250")]
    assert page.text == "a.txtb.pdfc.mdadded, 2 passagesd.docnot a kind of file that can be read"
    kinds = [element.get("class") for element in page.elements if "row" in (element.get("class") or "").split()]
    assert kinds == ["row waiting", "row reading", "row done", "row failed"]
    assert render_additions([]) == ""


def test_what_was_removed_can_be_brought_back() -> None:
    page = Page(render_undo("Removed “<b>”."))
    assert page.text == "Removed “<b>”. Undo"
    assert page.values("undo") == [""]


# What is asked


def test_nothing_is_said_where_everything_is_asked() -> None:
    assert render_where(NO_FILTER, []) == where_in_words(NO_FILTER, []) == ""


def test_each_part_of_what_is_asked_can_be_taken_away() -> None:
    where = PassageFilter(("a:1", "a-2"), ("Gazette",), "2025-03", "2025-03-31")
    page = Page(render_where(where, ["The race", ""]))
    assert page.values("widen") == ["article:a:1", "article:a-2", "source:Gazette", "from:", "to:", "all:"]
    assert [text for text, around in page.pieces if "bdi" in around] == [
        "The race", "Untitled", "Gazette", "from March 2025", "until 31 March 2025",
    ]  # fmt: skip


def test_one_part_needs_no_button_for_all() -> None:
    assert Page(render_where(PassageFilter(sources=("Gazette",)), [])).values("widen") == ["source:Gazette"]


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        (["A"], "A"),
        (["A", " "], "A, Untitled"),
        (["", "B"], "Untitled, B"),
        (["A", "B", "C"], "A, 2 more articles"),
        ([str(number) for number in range(40)], "0, 39 more articles"),
    ],
)
def test_many_articles_are_said_in_a_few_words(titles: list[str], said: str) -> None:
    where = PassageFilter(tuple(map(str, range(len(titles)))), ("Gazette",), published_to="2025")
    assert where_in_words(where, titles) == f"{said}, Gazette, until 2025"


def test_a_moment_never_raises() -> None:
    letters = random.Random(3)
    for _ in range(3000):
        text = "".join(letters.choice("0129-:TZ+. W٣\ud800") for _ in range(letters.randrange(34)))
        assert isinstance(readable_moment(text), str)
