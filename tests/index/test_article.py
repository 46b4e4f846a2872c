"""Articles and passages as values."""

from __future__ import annotations

from importlib.resources import files

from index import Article, Passage

TEXT = "The lighthouse on Skerry Point was sold on Thursday. " * 200


def test_a_long_article_is_shown_in_one_short_line() -> None:
    article = Article(id="lighthouse", text=TEXT, title="Skerry Light changes hands\nafter 140 years, says owner")
    assert repr(article) == (
        "Article(id='lighthouse', title='Skerry Light changes hands\\nafter 140 ye…', 10,600 characters)"
    )
    assert repr(Article(id="a", text="Short.")) == "Article(id='a', title='', 6 characters)"
    assert TEXT not in repr([article])


def test_a_passage_is_shown_with_its_place_and_first_words() -> None:
    passage = Passage(id="p-0", article_id="lighthouse", title="Skerry", start=0, end=53, text=TEXT[:53])
    assert repr(passage) == "Passage(id='p-0', 0:53, 'The lighthouse on Skerry Point was sold…')"


def test_articles_that_are_shown_alike_are_still_told_apart() -> None:
    one, other = (Article(id="a", text="The same length.", source=source) for source in ("x", "y"))
    assert repr(one) == repr(other)
    assert one != other


def test_the_package_says_that_it_has_types() -> None:
    assert files("index").joinpath("py.typed").is_file()
