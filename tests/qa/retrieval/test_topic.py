"""Questions without a name behind a conversation, over a real store with vectors of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest

from index import Article, ArticleIndex, Passage, PassageFilter, Rank, ScoredPassage
from index.filter import NO_FILTER
from qa import HybridRetriever
from qa.question.turn import History, Query
from qa.retrieval.topic import on_topic
from tests.fakes import WordEmbedder

ARTICLES = [
    Article(
        id="trial", title="Brandt guilty", text="Ida Brandt was found guilty. The jury took three hours to decide."
    ),
    Article(id="bread", title="Bread prize", text="The loaf won. A jury of bakers took a day, and to decide was hard."),
    Article(id="rain", title="Rain", text="In Tarnby it rained. The harbour was closed by the mayor for a week."),
]
TRIAL: History = (("Was Ida Brandt found guilty?", "Yes."), ("why was that?", ""))


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add(ARTICLES)
        yield index


@pytest.mark.parametrize(
    ("question", "history", "whole"),
    [
        ("Was the harbour closed by the mayor?", TRIAL, "Was the harbour closed by the mayor?"),
        ("How long did the jury take to decide?", (), "How long did the jury take to decide?"),
        ("How long did the jury of Tarnby take?", TRIAL, "How long did the jury of Tarnby take?"),
        ("How long did the jury take in 2024?", TRIAL, "How long did the jury take in 2024?"),
        ("How long did the jury take?", (("who won", "the loaf"),), "How long did the jury take?"),
        ("What is the latest on the jury?", TRIAL, "What is the latest on the jury?"),
        ("Wie lange brauchte die Jury?", TRIAL, "Wie lange brauchte die Jury?"),
    ],
)
def test_a_question_stays_as_it_is_where_it_names_something_or_other_articles_say_more(
    articles: ArticleIndex, question: str, history: History, whole: str
) -> None:
    assert on_topic(question, question, history, HybridRetriever(articles)) == whole


def test_what_the_conversation_already_completed_is_left_as_it_is(articles: ArticleIndex) -> None:
    question = "how long did she take to decide?"
    assert on_topic(question, "how long did Ida Brandt take?", TRIAL, HybridRetriever(articles)) == (
        "how long did Ida Brandt take?"
    )


class _Found:
    """A retriever that gives one passage on bread and one on the trial, with these cosines."""

    def __init__(self, alone: float, there: float) -> None:
        self._bread, self._trial = (self._passage("bread", alone), self._passage("trial", there))

    @staticmethod
    def _passage(article: str, cosine: float) -> ScoredPassage:
        text = next(each.text for each in ARTICLES if each.id == article)
        passage = Passage(article, article, "", 0, len(text), text)
        return ScoredPassage(passage, 0.5, "fused", (Rank("dense", 1, cosine),))

    def retrieve(
        self, queries: Sequence[Query], top_k: int | None, where: PassageFilter = NO_FILTER
    ) -> list[list[ScoredPassage]]:
        if where.article_ids:
            assert where.article_ids == ("trial",)
            return [[self._trial] for _ in queries]
        return [[self._trial] if "Brandt" in query.text else [self._bread, self._trial] for query in queries]


@pytest.mark.parametrize(("alone", "there", "goes_on"), [(0.5, 0.5, True), (0.5, 0.6, True), (0.5, 0.49, False)])
def test_it_goes_on_where_the_topic_is_as_like_the_question_as_anything(
    alone: float, there: float, goes_on: bool
) -> None:
    question = "How long did the jury take?"
    whole = on_topic(question, question, TRIAL, cast(HybridRetriever, _Found(alone, there)))
    assert whole == (f"{question} (Ida Brandt)" if goes_on else question)
