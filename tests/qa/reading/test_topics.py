"""Which passages are about a topic, and how surely any article is."""

from __future__ import annotations

import pytest

from index import Passage, Rank, ScoredPassage
from qa.reading.topics import Topic, confidence_in, is_sentence


def passage(text: str, title: str = "", dense: float = 0.5) -> ScoredPassage:
    inside = Passage(text[:9], text[:9], title, 0, len(text), text)
    return ScoredPassage(inside, 1.0, "fused", (Rank("dense", 1, dense),))


TOPIC = Topic.of("the Tarnby council", "en")


def test_a_passage_without_the_topic_s_name_is_not_about_it() -> None:
    assert TOPIC.is_of(passage("Tarnby has a new school."))
    assert TOPIC.is_of(passage("It has a new school.", title="Tarnby"))
    assert not TOPIC.is_of(passage("The council of Lenn met."))


def test_one_of_four_names_may_be_missing() -> None:
    topic = Topic.of("Anna Vane in Tarnby and Lenn", "en")
    assert topic.is_of(passage("Anna Vane came to Tarnby."))
    assert not topic.is_of(passage("Anna Vane was late."))


def test_that_it_is_an_affair_says_nothing_of_what_it_is_about() -> None:
    assert Topic.of("the lamp affair", "en").words == Topic.of("the lamp", "en").words
    assert Topic.of("the affair", "en").words


def test_without_names_half_of_the_words_are_enough() -> None:
    topic = Topic.of("the price of fresh eggs", "en")
    assert topic.is_of(passage("The price of bread and eggs rose."))
    assert not topic.is_of(passage("Bread was dear."))


def test_where_nearness_was_measured_it_decides() -> None:
    about = [
        passage("Tarnby is a town.", dense=0.4),
        passage("A council met.", dense=0.9),
        passage("Tarnby grows.", dense=0.7),
    ]
    assert confidence_in(TOPIC, about, lambda cosine: cosine) == 0.7
    assert confidence_in(TOPIC, [], lambda cosine: cosine) == 0.0


def test_what_has_the_whole_name_is_about_it_where_nothing_else_is_named() -> None:
    name, more = Topic.of("the Quill Prize", "en"), Topic.of("the Quill Prize scandal", "en")
    told = [passage("A novel won the Quill Prize.", dense=0.1)]
    assert confidence_in(name, told, lambda cosine: cosine) == 0.5
    assert confidence_in(name, [passage("A novel won a Prize.", dense=0.1)], lambda cosine: cosine) < 0.2
    assert confidence_in(more, told, lambda cosine: cosine) == 0.1


@pytest.mark.parametrize(
    ("passages", "confidence"),
    [
        ([passage("A school.", title="The Tarnby council"), passage("Tarnby.")], 0.85),
        ([passage("The Tarnby council met."), passage("Again the Tarnby council met.")], 0.45),
        ([passage("Tarnby is a town.", title="A town")], 0.3),
        ([], 0.3),
    ],
)
def test_otherwise_its_words_do(passages: list[ScoredPassage], confidence: float) -> None:
    assert confidence_in(TOPIC, passages, None) == pytest.approx(confidence)
    abroad = Topic.of("the Tarnby council", "de")
    assert confidence_in(abroad, passages, lambda cosine: 1 / 0) <= 0.85


@pytest.mark.parametrize(
    "text", ["Tarnby bridge opens", "By Anna Vane.", "Read all of it at http://example.com/bridge now."]
)
def test_headings_bylines_and_links_are_no_sentences(text: str) -> None:
    assert not is_sentence(text)
    assert is_sentence("The bridge of Tarnby was opened by the mayor.")
