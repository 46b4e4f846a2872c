"""Articles and passages as values."""

from __future__ import annotations

from importlib.resources import files

from index import Article, Passage
from index.article import Mark

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


def test_an_article_knows_the_pages_of_its_characters() -> None:
    marks = (Mark(0, "page", "1"), Mark(4, "section", "Rain"), Mark(10, "page", "2"), Mark(20, "page", "4"))
    article = Article("a", "x" * 30, marks=marks)
    assert [article.pages(*span) for span in [(0, 10), (9, 11), (10, 20), (12, 30), (29, 30)]] == [
        ("1",), ("1", "2"), ("2",), ("2", "4"), ("4",),
    ]  # fmt: skip
    assert Article("a", "x" * 30, marks=(Mark(4, "section", "Rain"),)).pages(0, 30) == ()


def test_articles_that_are_shown_alike_are_still_told_apart() -> None:
    one, other = (Article(id="a", text="The same length.", source=source) for source in ("x", "y"))
    assert repr(one) == repr(other)
    assert one != other


def test_the_package_says_that_it_has_types() -> None:
    assert files("index").joinpath("py.typed").is_file()
