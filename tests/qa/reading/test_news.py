"""What is new about something, and what happened to it: dated sentences of several articles, in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import Article, ArticleIndex
from index.embedding.embedder import SentenceTransformerEmbedder
from qa import Answer, ArticleQA

STORIES = (
    Article(
        "opened",
        "The Tarnby bridge opened to traffic on Monday after two years of work. Ferries stopped on the same day. The "
        "mayor cut a ribbon in front of four hundred people.",
        title="Tarnby bridge opens",
        published="2025-03-03",
    ),
    Article(
        "cracks",
        "Engineers found cracks in two pillars of the Tarnby bridge, the council said. Lorries may no longer cross it.",
        title="Cracks in the Tarnby bridge",
        published="2025-05-12",
    ),
    Article(
        "closed",
        "The Tarnby bridge was closed to all traffic on Tuesday. Repairs will take until October, the council said.",
        title="Tarnby bridge closed",
        published="2025-06-10",
    ),
    Article(
        "copy",
        "The Tarnby bridge was closed to all traffic on Tuesday. Repairs will take until October, the council said.",
        title="Tarnby bridge closed",
        published="2025-06-09",
    ),
    Article(
        "lamp",
        "The Quillholm lighthouse got a new lamp on Friday, which a boat brought in four crates. In 1987 the Quillholm "
        "lighthouse lost its keeper, and a machine has lit it since. The council had bought the lighthouse back in "
        "March, for one crown.",
        title="A new lamp for the Quillholm lighthouse",
        published="2025-06-23",
    ),
    Article(
        "bees",
        "Beekeepers in the valley lost half of their colonies over the winter. A mite is blamed for it.",
        title="Bees are dying",
        published="2025-06-20",
    ),
)


@pytest.fixture(scope="module")
def qa(tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder) -> Iterator[ArticleQA]:
    with ArticleIndex.open(tmp_path_factory.mktemp("news") / "index", embedder=real_embedder) as articles:
        articles.add(STORIES)
        yield ArticleQA(articles)


def assert_quoted(qa: ArticleQA, answer: Answer) -> None:
    """Each line is a date and a quote, and the quote stands in its article."""
    lines = answer.text.split("\n")
    assert len(lines) == len(answer.citations)
    for line, citation in zip(lines, answer.citations, strict=True):
        assert line.endswith(f": {citation.quote}")
        assert qa.articles.get(citation.article_id).text[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize("question", ["What's the latest on the Tarnby bridge?", "Tarnby bridge news"])
def test_what_is_new_comes_newest_first_each_story_once(qa: ArticleQA, question: str) -> None:
    answer = qa.ask(question)
    assert_quoted(qa, answer)
    dates = [citation.published or "" for citation in answer.citations]
    assert dates == sorted(dates, reverse=True)
    assert answer.text.startswith("9 June 2025: The Tarnby bridge was closed to all traffic on Tuesday.")
    assert answer.text.count("closed to all traffic") == 1
    assert "Beekeepers" not in answer.text


def test_what_happened_comes_oldest_first(qa: ArticleQA) -> None:
    answer = qa.ask("Timeline of the Tarnby bridge")
    assert_quoted(qa, answer)
    dates = [citation.published or "" for citation in answer.citations]
    assert dates == sorted(dates)
    assert {"2025-03-03", "2025-05-12"} <= set(dates)


def test_what_an_article_tells_of_earlier_times_has_these(qa: ArticleQA) -> None:
    answer = qa.ask("Timeline of the Quillholm lighthouse")
    assert_quoted(qa, answer)
    times = [line.split(":")[0] for line in answer.text.split("\n")]
    assert times == ["1987", "March 2025", "20 June 2025"]
    assert [event.date for event in answer.events] == ["1987", "2025-03", "2025-06-20"]
    assert [event.text for event in answer.events] == [citation.quote for citation in answer.citations]
    news = qa.ask("Latest on the Quillholm lighthouse")
    assert {line.split(":")[0] for line in news.text.split("\n")} == {"23 June 2025"}


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("any news about the mayor's ribbon", "The mayor cut a ribbon in front of four hundred people."),
        ("Latest on lorries on the Tarnby bridge", "Lorries may no longer cross it."),
        ("Latest on the Quillholm lighthouse's keeper", "In 1987 the Quillholm lighthouse lost its keeper"),
    ],
)
def test_a_detail_is_told_by_the_sentence_that_tells_of_it_and_its_like(
    qa: ArticleQA, question: str, told: str
) -> None:
    answer = qa.ask(question)
    assert_quoted(qa, answer)
    assert told in answer.text
    assert len(answer.citations) <= 2


@pytest.mark.parametrize(
    "question",
    [
        "Latest news about Kestrel Flats?",
        "Timeline of the Brennick trial",
        "Latest on the Tarnby strike",
        "Latest on the mayor's resignation",
        "any news about a plane crash at Tarnby",
        pytest.param(
            "any news about a ferry crash at Tarnby",
            marks=pytest.mark.xfail(strict=True, reason="told with .68, as ferries stopped there: decisions, Reading"),
        ),
    ],
)
def test_nothing_is_told_of_what_no_article_names(qa: ArticleQA, question: str) -> None:
    answer = qa.ask(question)
    assert answer.abstained
    assert answer.confidence < qa.settings.threshold
