"""Versions of one story are found when they are added, and what is known of them follows what is in the store."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from index import Article, ArticleIndex, Story
from index.sentences import LEAST, resemblance, sentence_keys
from index.storage.story_groups import packed, unpacked
from index.stories import by_story
from tests.fakes import WordEmbedder
from tests.index.worker import SETTINGS

PLACES = ("Odda", "Karsund", "Vik", "Tarnby", "Elswick", "Osterlo")
SENTENCES = [
    f"The {who} of {place} was seen at the harbour on a cold morning in March."
    for place in PLACES
    for who in ("mayor", "vet", "baker", "ferry", "choir")
]


def article(name: str, sentences: Sequence[int], more: str = "", **about: str) -> Article:
    return Article(name, " ".join([*(SENTENCES[at] for at in sentences), more]), f"About {name}", **about)


def opened(folder: Path) -> ArticleIndex:
    return ArticleIndex.open(folder, SETTINGS, embedder=WordEmbedder())


def ids(stories: Sequence[Story]) -> list[list[str]]:
    return [[version.id for version in story.versions] for story in stories]


FIRST = article("first", range(10), published="2025-03-01")
AGENCY = article("agency", range(1, 9), "(Agency) The paper has more on its inner pages today.", published="2025-03-02")
OTHER = article("other", range(20, 30), published="2025-03-03")


def test_a_version_is_told_by_the_sentences_that_both_have() -> None:
    one, two = sentence_keys(FIRST.text), sentence_keys(AGENCY.text)
    assert (len(one), len(two), len(one & two)) == (10, 9, 8)
    assert resemblance(one, two, 8) == pytest.approx(8 / 11)
    assert resemblance(one, sentence_keys(OTHER.text), 0) == 0


def test_adding_says_which_articles_are_versions_of_those_before_them(tmp_path: Path) -> None:
    late = article("late", range(2, 10), published="2025-03-05")
    with opened(tmp_path / "one") as articles:
        assert articles.add([FIRST, OTHER]).versions == {}
        assert articles.add([AGENCY, late]).versions == {"agency": ("first",), "late": ("agency", "first")}
        assert articles.add([AGENCY, OTHER]).versions == {}  # unchanged
        changed = replace(AGENCY, text=f"{AGENCY.text} It rained.")
        assert articles.add(changed).versions == {"agency": ("first", "late")}
        assert articles.add(replace(changed, text=OTHER.text + " It snowed.")).versions == {"agency": ("other",)}


def test_two_sentences_in_common_make_no_story_but_where_there_are_no_others() -> None:
    assert resemblance("ab", "abc", 2) == 0
    assert resemblance("ab", "ab", 2) == 1
    assert resemblance("abc", "abcd", 3) == 0.75


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("“The ship sails on Monday,” she said. It rained.", '"The ship sails on Monday", she said.\n\nIt rained.'),
        ("The ship sails on Monday. All tickets are sold.", "THE SHIP SAILS ON MONDAY!\nAll tickets are sold"),
        ("船は月曜日に出航します。切符は全部売り切れました。", "切符は全部売り切れました。 船は月曜日に出航します。"),
        ("It rained.", "it rained"),
        ("The ship sails on Monday.", "KARSUND (Agency) \u2014 The ship sails on Monday."),
    ],
)
def test_marks_case_line_ends_and_order_make_no_other_sentences(one: str, other: str) -> None:
    assert sentence_keys(one) == sentence_keys(other) != frozenset()


def test_another_figure_makes_another_sentence_and_a_text_without_words_has_none() -> None:
    assert sentence_keys("Nine people were hurt in the storm.") != sentence_keys("Ten people were hurt in the storm.")
    assert sentence_keys(" — \n…") == frozenset()


def test_versions_are_one_story_with_the_oldest_and_the_newest_known_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    with opened(tmp_path) as articles:
        articles.add([AGENCY, OTHER])
        assert articles.stories() == []
        articles.add(FIRST)
        [story] = articles.stories()
        assert ids([story]) == [["first", "agency"]]
        assert (story.oldest.id, story.newest.id) == ("first", "agency")
        assert [each.id for each in articles.list()] == ["other", "agency", "first"]
        assert articles.get("agency") == AGENCY
        assert articles.versions(["agency", "other"])["agency"].story == ("agency", "first")
        assert list(articles.versions(["agency", "other"])) == ["agency"]
        assert [[each.id for each in group] for group in by_story(articles.list(), articles.stories())] == [
            ["other"],
            ["agency", "first"],
        ]


def test_versions_without_a_date_come_last_and_are_neither_oldest_nor_newest(tmp_path: Path) -> None:
    with opened(tmp_path) as articles:
        articles.add([FIRST, AGENCY, article("undated", range(10))])
        [story] = articles.stories()
        assert ids([story]) == [["first", "agency", "undated"]]
        assert (story.oldest.id, story.newest.id) == ("first", "agency")


def test_a_replaced_or_removed_version_leaves_its_story(tmp_path: Path) -> None:
    with opened(tmp_path) as articles:
        articles.add([FIRST, AGENCY])
        articles.add(replace(AGENCY, text=OTHER.text))
        assert articles.stories() == []
        articles.add([AGENCY, OTHER])
        assert ids(articles.stories()) == [["first", "agency"]]
        articles.remove("first")
        assert articles.stories() == []


def test_a_story_falls_apart_when_what_joined_its_parts_is_removed(tmp_path: Path) -> None:
    ends, middle = [article("a", range(10)), article("c", range(10, 20))], article("b", range(4, 16))
    with opened(tmp_path) as articles:
        articles.add([*ends, middle])
        assert ids(articles.stories()) == [["a", "b", "c"]]
        articles.remove("b")
        assert articles.stories() == []


def test_many_copies_are_one_story_and_stay_one_when_some_are_removed(tmp_path: Path) -> None:
    with opened(tmp_path) as articles:
        articles.add([replace(FIRST, id=f"copy-{at:03}") for at in range(110)])
        assert [len(story.versions) for story in articles.stories()] == [110]
        articles.remove([f"copy-{at:03}" for at in range(60)])
        assert [len(story.versions) for story in articles.stories()] == [50]


def test_what_stands_below_every_article_of_a_site_makes_no_story(tmp_path: Path) -> None:
    below = " ".join(SENTENCES[27:30])
    with opened(tmp_path) as articles:
        articles.add([article(f"n{at}", range(5 * at, 5 * at + 5), below) for at in range(5)])
        # Three of eleven sentences of two articles that come to eight each.
        assert articles.stories() == []


def test_groups_follow_any_changes_as_an_index_made_anew_has_them(tmp_path: Path) -> None:
    drawn = random.Random(7)
    with opened(tmp_path) as articles:
        for _ in range(15):
            there = [each.id for each in articles.list()]
            if there and drawn.random() < 0.4:
                articles.remove(drawn.sample(there, min(len(there), drawn.randint(1, 3))))
            else:
                start = drawn.randrange(20)
                name = f"n{drawn.randrange(14)}"
                articles.add([article(name, range(start, start + drawn.randint(5, 10))), article(f"{name}x", range(8))])
        kept = ids(articles.stories())
        expected = _components(articles)
        assert kept
        assert sorted(map(sorted, kept)) == expected
    shutil.rmtree(tmp_path / "words")
    with opened(tmp_path) as articles:
        assert ids(articles.stories()) == kept
        articles.rebuild()
        assert ids(articles.stories()) == kept
        assert articles.check().findings == []


def _components(articles: ArticleIndex) -> list[list[str]]:
    """The same by comparing all with all."""
    keys = {each.id: sentence_keys(articles.get(each.id).text) for each in articles.list()}
    groups = [{each} for each in keys]
    for (one, here), (other, there) in combinations(keys.items(), 2):
        if resemblance(here, there, len(here & there)) >= LEAST:
            joined = [group for group in groups if one in group or other in group]
            groups = [group for group in groups if group not in joined] + [set[str]().union(*joined)]
    return sorted(sorted(group) for group in groups if len(group) > 1)


def test_an_article_of_which_the_word_index_lost_its_first_passage_is_told_again_by_all_its_sentences(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as articles:
        articles.add([FIRST, AGENCY])
        with articles._connection.reading() as view:
            passages = sorted(view.words.passage_ids(), key=lambda each: int(each.rsplit("-", 1)[1]))
            view.words.update([], passages[:2], "another")
            assert view.words.stories() == []
        articles._connection._words_revision = None
        assert ids(articles.stories()) == [["first", "agency"]]
        assert articles.versions(["first"])["first"].sentences == sentence_keys(FIRST.text)


def test_groups_are_kept_as_they_are() -> None:
    assert unpacked(packed([["a", "b"], ["ä", "\ud800"]])) == [["a", "b"], ["ä", "\ud800"]]
    for damaged in (b"", b"x", packed([["a", "b"]])[:-3]):
        with pytest.raises(ValueError):  # noqa: PT011  which makes the word index anew
            unpacked(damaged)
