"""Summaries: of the article that is named, of several about a topic, of those that are ticked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import Article, ArticleIndex, PassageFilter
from index.embedding.embedder import SentenceTransformerEmbedder
from qa import Answer, ArticleQA

GROUNDED = Article(
    "grounded",
    "The ferry Ara ran aground off Holm early on Sunday with 80 people on board. Nobody was hurt. Sign up for our "
    "newsletter to get the news of the sound every day. The radar had failed an hour before, the master of the ferry "
    "said. Who will pay for the repairs? Divers found a crack of two metres in the hull of the Ara. The crew will be "
    "heard by the harbour court on Friday.",
    title="Ferry Ara runs aground",
    published="2025-03-02",
)
REPAIRED = Article(
    "repaired",
    "The ferry Ara is back in service after ten weeks in the dock at Holm. The repairs of the ferry cost 2.1 million "
    "crowns. The owner has bought a new radar for each of its ferries.",
    title="Ferry Ara sails again",
    published="2025-05-12",
)
EGGS = Article(
    "eggs",
    "Eggs cost a third more than a year ago. A mild winter brought bird flu to the farms of the valley. Bakers say "
    "that they will not raise their prices before the summer.",
    title="Eggs are dear",
    published="2025-04-01",
)
MILK = Article(
    "milk",
    "The dairy Amsel will pay 4 million crowns over its spoilt milk. Its head Ida Vane steps down and pleads guilty. "
    "Otto Brill, who has led its cheese works, follows her. The dairy takes part of the blame for the illness of 60 "
    "children. An overseer stays at the dairy for three years. The dairy Amsel pays 4 million crowns over spoilt milk.",
    title="Dairy Amsel to pay 4 million crowns over spoilt milk, and its head Ida Vane to step down and plead guilty",
    published="2025-04-09",
)
OTHERS = tuple(
    Article(f"other-{number}", f"The council of Lenn met for the {number}th time. It spoke about drains.", title="Lenn")
    for number in range(4, 8)
)


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder) -> Iterator[ArticleQA]:
    with ArticleIndex.open(tmp_path_factory.mktemp("summary") / "index", embedder=real_embedder) as articles:
        articles.add([GROUNDED, REPAIRED, EGGS, MILK, *OTHERS])
        yield ArticleQA(articles)


def assert_exact(qa: ArticleQA, answer: Answer) -> None:
    for citation in answer.citations:
        assert qa.articles.get(citation.article_id).text[citation.start : citation.end] == citation.quote
        assert " ".join(citation.quote.split()) in answer.text


def test_an_article_that_is_named_is_summed_up_in_the_order_of_its_sentences(qa: ArticleQA) -> None:
    answer = qa.ask("Summarise the article about the price of eggs")
    assert_exact(qa, answer)
    assert answer.text == EGGS.text
    assert [citation.article_id for citation in answer.citations] == ["eggs"] * 3


def test_under_a_title_that_says_it_all_what_the_sentences_say_is_told_and_nothing_twice(qa: ArticleQA) -> None:
    answer = qa.ask("Sum up the article about the dairy's guilty plea")
    assert_exact(qa, answer)
    assert [citation.article_id for citation in answer.citations] == ["milk"] * 5
    assert answer.text.count("4 million crowns") == 1


def test_questions_and_advertisements_are_no_part_of_a_summary(qa: ArticleQA) -> None:
    answer = qa.ask("Summarise the article about the ferry that ran aground")
    assert_exact(qa, answer)
    assert answer.text.startswith("The ferry Ara ran aground off Holm")
    assert "newsletter" not in answer.text
    assert "Who will pay" not in answer.text


def test_the_news_on_a_topic_are_of_several_articles_newest_first_with_their_days(qa: ArticleQA) -> None:
    answer = qa.ask("Sum up the news on the ferry Ara")
    assert_exact(qa, answer)
    first, second = answer.text.split("\n")
    assert first.startswith("12 May 2025: The ferry Ara is back in service")
    assert second.startswith("2 March 2025: The ferry Ara ran aground")


def test_nothing_is_summed_up_about_what_no_article_is_about(qa: ArticleQA) -> None:
    answer = qa.ask("Summarise the article about the coronation of the queen")
    assert answer.abstained


def test_what_is_ticked_is_summed_up_without_being_named(qa: ArticleQA) -> None:
    answer = qa.ask("What is this article about?", where=PassageFilter(article_ids=("eggs",)))
    assert_exact(qa, answer)
    assert {citation.article_id for citation in answer.citations} == {"eggs"}
    both = qa.ask("Sum them up", where=PassageFilter(article_ids=("eggs", "repaired")))
    assert_exact(qa, both)
    assert {citation.article_id for citation in both.citations} == {"eggs", "repaired"}


def test_it_is_not_known_which_of_many_articles_is_meant(qa: ArticleQA) -> None:
    assert qa.ask("What is this article about?").abstained


def test_the_only_article_is_meant(
    tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder
) -> None:
    with ArticleIndex.open(tmp_path_factory.mktemp("one") / "index", embedder=real_embedder) as articles:
        articles.add([EGGS])
        answer = ArticleQA(articles).ask("tl;dr")
    assert answer.text == EGGS.text
