"""Spellings that are near each other, and the passages that words like another one stand in."""

from __future__ import annotations

from pathlib import Path

import pytest

from index import Article, ArticleIndex
from index.similar import edits_between, folded, one_edit_from
from tests.fakes import WordEmbedder


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("witkof", "witkof", 0),
        ("witkof", "witkoff", 1),
        ("elno", "elon", 1),
        ("lindkvist", "lindqvist", 1),
        ("sirsky", "syrskyi", 2),
        ("anna", "hannah", 2),
        ("witkof", "rubio", 3),
        ("a", "abcdef", 3),
    ],
)
def test_edits_are_counted_up_to_the_most(one: str, other: str, edits: int) -> None:
    assert edits_between(one, other, 2) == edits_between(other, one, 2) == edits


def test_what_is_one_edit_away_is_all_that_is_counted_as_one() -> None:
    near = one_edit_from("elno")
    assert {"elon", "eln", "elnos", "lno", "elna", "melno"} <= near
    assert {edits_between("elno", word, 2) for word in near} == {1}


@pytest.mark.parametrize(
    ("word", "plain"), [("Ulvæus", "ulvaeus"), ("BJÖRN", "bjorn"), ("Łódź", "lodz"), ("Weiß", "weiss"), ("Ng", "ng")]
)
def test_words_are_compared_without_case_and_accents(word: str, plain: str) -> None:
    assert folded(word) == plain


def test_passages_with_words_like_one_are_found_by_stems_and_by_any_first_letter(tmp_path: Path) -> None:
    texts = {
        "ed": "They processed it.", "katherine": "Katherine spoke.", "hopkins": "Hopkins left.", "other": "It rained.",
        "pasteur": "Pasteurised milk.", "author": "It snowed.",
    }  # fmt: skip
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        articles.add(
            [
                Article(id=name, title="", text=text, author="Nora Whitfield" if name == "author" else None)
                for name, text in texts.items()
            ]
        )

        def found(word: str, edits: int) -> set[str]:
            return {passage.article_id for passage in articles.passages_like(word, edits)}

        assert found("procesed", 1) == {"ed"}
        assert found("catherine", 1) == {"katherine"}
        assert found("hopknis", 1) == {"hopkins"}
        assert found("whitfeild", 1) == {"author"}
        assert found("pastrised", 1) == set()
        assert found("pastuerissed", 2) == {"pasteur"}
        assert found("zebra", 1) == set()


def test_a_word_is_as_frequent_as_all_forms_of_it(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        texts = ("Björn sold it.", "BJORN is selling.", "Who sells?")
        articles.add([Article(id=str(at), title="", text=text) for at, text in enumerate(texts)])
        wanted = {"bjorn": 2, "Björns": 2, "sells": 2, "selling": 2, "Bjarne": 0, "": 0, "?": 0}
        assert articles.frequencies(list(wanted)) == wanted
        articles.remove("0")
        assert articles.frequencies(["who"]) == {"who": 1}
