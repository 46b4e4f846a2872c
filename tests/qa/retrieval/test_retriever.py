"""Fusion by a worked example, and the hybrid retriever over a real store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex, IndexSettings, Passage, PassageFilter, Rank, ScoredPassage
from index.settings import PACKAGED_MODEL
from qa import HybridRetriever, RetrievalSettings
from qa.question.turn import Query
from qa.question.wording import query_of, understood
from qa.retrieval.retriever import fuse, joined, ranked_again
from tests.fakes import WordEmbedder


def queries(*questions: str) -> list[Query]:
    """A query of each question."""
    return [query_of(question) for question in questions]


ARTICLES = [
    Article(
        id="ferry", title="Ferries", text="The ferry carries forty cars. " * 5, source="Post", published="2025-03-01"
    ),
    Article(id="train", title="Trains", text="The train carries coal. " * 5, source="Times", published="2024-01-01"),
    Article(id="plane", title="Planes", text="The plane carries mail. Mail is heavy. " * 3, source="Post"),
]


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    settings = IndexSettings(passage_chars=100)
    with ArticleIndex.open(tmp_path / "index", settings, embedder=WordEmbedder()) as index:
        index.add(ARTICLES)
        yield index


def test_fusion_adds_both_scores_scaled_to_the_range_of_the_candidates() -> None:
    # Cosine 0.2-0.8 and BM25 0-10 become 0-1: a = 0.25 * 1 + 0.75 * 0.2, b = 0.25 * 0.5 + 0.75 * 1, c = 0, d = 0.375.
    fused = fuse({"a": (0.8, 2.0), "b": (0.5, 10.0), "c": (0.2, 0.0), "d": (0.2, 5.0)}, dense_weight=0.25)
    assert [key for key, _ in fused] == ["b", "a", "d", "c"]
    scores = {key: {rank.order: rank.score for rank in ranks} for key, ranks in fused}
    assert {key: score["fused"] for key, score in scores.items()} == pytest.approx(
        {"a": 0.4, "b": 0.875, "c": 0.0, "d": 0.375}
    )
    assert scores["b"]["dense"] == 0.5
    assert scores["b"]["lexical"] == 10.0


def test_fusion_keeps_the_rank_of_each_candidate_in_every_order() -> None:
    fused = dict(fuse({"a": (0.8, 2.0), "b": (0.5, 10.0), "c": (0.2, 0.0)}, dense_weight=0.25))
    ranks = {key: [(rank.order, rank.rank) for rank in ranks] for key, ranks in fused.items()}
    assert ranks == {
        "a": [("dense", 1), ("lexical", 2), ("fused", 2)],
        "b": [("dense", 2), ("lexical", 1), ("fused", 1)],
        "c": [("dense", 3), ("lexical", 3), ("fused", 3)],
    }


@pytest.mark.parametrize(("weight", "first"), [(0.0, "lexical"), (1.0, "dense")])
def test_a_weight_at_either_end_gives_one_order_alone(weight: float, first: str) -> None:
    assert fuse({"dense": (0.9, 0.0), "lexical": (0.1, 5.0)}, weight)[0][0] == first


@pytest.mark.parametrize("scores", [{}, {"a": (0.5, 3.0)}, {"a": (-1.0, 0.0)}, {"a": (0.5, 1.0), "b": (0.5, 1.0)}])
def test_fusion_of_nothing_one_or_equals_stays_between_0_and_1_and_in_order(
    scores: dict[str, tuple[float, float]],
) -> None:
    fused = fuse(scores, 0.35)
    assert [key for key, _ in fused] == list(scores)
    assert all(0 <= ranks[-1].score <= 1 for _, ranks in fused)


# A question with clauses

LONG = (
    "How many cars does the ferry that the Post wrote about carry in a day, and which sort of coal is it that "
    "the train carries?"
)


def ranking(**fused: float) -> list[tuple[str, tuple[Rank, ...]]]:
    return [
        (key, (Rank("dense", at, at / 10), Rank("fused", at, score)))
        for at, (key, score) in enumerate(fused.items(), start=1)
    ]


def test_a_passage_counts_as_the_mean_of_the_question_and_its_best_clause() -> None:
    passages = {key: Passage(key, f"article {key}", "", 0, 1, "x") for key in "abcd"}
    lists = [ranking(a=1.0, b=0.4), ranking(c=0.9, b=0.2), ranking(d=0.7, b=0.8)]
    found = dict(joined(lists, passages))
    assert list(found) == ["b", "a", "c", "d"]
    assert {key: ranks[-1].score for key, ranks in found.items()} == pytest.approx(
        {"b": 0.6, "a": 0.5, "c": 0.45, "d": 0.35}
    )
    assert [ranks[-1].rank for ranks in found.values()] == [1, 2, 3, 4]
    # The other orders are the question's, or else the clause's that found it.
    assert {key: ranks[0].rank for key, ranks in found.items()} == {"a": 1, "b": 2, "c": 1, "d": 1}


def test_each_better_passage_of_an_article_costs_the_next_one_a_little() -> None:
    passages = {key: Passage(key, "one" if key in "abc" else "two", "", 0, 1, "x") for key in "abcd"}
    lists = [ranking(a=0.9, b=0.88, c=0.87, d=0.86), ranking(a=0.9, b=0.88, c=0.87, d=0.86)]
    scores = {key: ranks[-1].score for key, ranks in joined(lists, passages)}
    assert scores == pytest.approx({"a": 0.9, "b": 0.86, "c": 0.83, "d": 0.86})
    assert list(scores)[-1] == "c"


def test_a_passage_that_was_removed_since_it_was_found_is_left_out_of_the_joined_ranking() -> None:
    passages = {"a": Passage("a", "one", "", 0, 1, "x")}
    assert [key for key, _ in joined([ranking(a=0.9, b=0.8), ranking(c=0.8)], passages)] == ["a"]


def test_a_long_question_finds_what_each_of_its_clauses_is_about(articles: ArticleIndex) -> None:
    assert len(query_of(LONG).clauses) == 2
    [found] = HybridRetriever(articles).retrieve(queries(LONG))
    assert {scored.passage.article_id for scored in found[:2]} == {"ferry", "train"}
    scores = [scored.score for scored in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({scored.passage.id for scored in found}) == len(found)
    for position, scored in enumerate(found, start=1):
        assert [rank.order for rank in scored.ranks] == ["dense", "lexical", "fused"]
        assert (scored.ranks[-1].rank, scored.ranks[-1].score) == (position, scored.score)
    assert HybridRetriever(articles).retrieve(queries("the train", LONG, "the plane"))[1] == found
    assert HybridRetriever(articles).retrieve(queries(LONG), 2)[0] == found[:2]


def test_passages_come_best_first_with_their_ranks_in_every_order(articles: ArticleIndex) -> None:
    [found] = HybridRetriever(articles).retrieve(queries("how many cars does the ferry carry"))
    assert found[0].passage.article_id == "ferry"
    assert [scored.score for scored in found] == sorted((scored.score for scored in found), reverse=True)
    for position, scored in enumerate(found, start=1):
        assert scored.scorer == "fused"
        assert 0 <= scored.score <= 1
        assert [rank.order for rank in scored.ranks] == ["dense", "lexical", "fused"]
        assert scored.ranks[-1] == Rank("fused", position, scored.score)
    for at in range(3):
        places = sorted(scored.ranks[at].rank for scored in found)
        assert places == list(range(1, len(found) + 1))  # fewer passages than candidates, so all are here


@pytest.mark.parametrize(
    ("question", "weight"), [("Which car?", 0.4), ("1931?", 0.4), ("Hà Nội ở đâu", 0.4), ("Где паром?", 0.04)]
)
def test_meaning_counts_little_where_the_packaged_network_does_not_read_the_letters(
    articles: ArticleIndex, monkeypatch: pytest.MonkeyPatch, question: str, weight: float
) -> None:
    retriever = HybridRetriever(articles, RetrievalSettings(dense_weight=0.4))
    assert retriever._dense_weight(query_of(question)) == 0.4  # another network may read anything
    monkeypatch.setattr(articles.embedder, "name", PACKAGED_MODEL)
    assert retriever._dense_weight(query_of(question)) == pytest.approx(weight)


def test_no_more_passages_than_asked_for_come_back(articles: ArticleIndex) -> None:
    retriever = HybridRetriever(articles, RetrievalSettings(top_k=2))
    assert [len(found) for found in retriever.retrieve(queries("carries", "mail"))] == [2, 2]
    assert len(retriever.retrieve(queries("carries"), top_k=1)[0]) == 1


def test_fewer_passages_than_asked_for_all_come_back(articles: ArticleIndex) -> None:
    [found] = HybridRetriever(articles).retrieve(queries("carries"), top_k=200)
    assert len(found) == articles.info().passages
    [more] = HybridRetriever(articles, RetrievalSettings(candidates=1)).retrieve(queries("carries"), top_k=200)
    assert len(more) == len(found)


def test_filters_hold_for_every_passage(articles: ArticleIndex) -> None:
    retriever = HybridRetriever(articles)
    for where, expected in [
        (PassageFilter(article_ids=("plane",)), {"plane"}),
        (PassageFilter(sources=("Post",)), {"ferry", "plane"}),
        (PassageFilter(published_to="2024"), {"train"}),
        (PassageFilter(sources=("Nobody",)), set()),
    ]:
        [found] = retriever.retrieve(queries("what carries cars, coal and mail"), top_k=100, where=where)
        assert {scored.passage.article_id for scored in found} == expected


def test_a_batch_gives_what_single_questions_give(articles: ArticleIndex) -> None:
    retriever = HybridRetriever(articles)
    questions = ["ferry", "coal", "zzz", "?"]
    singles = [retriever.retrieve(queries(question))[0] for question in questions]
    for single, together in zip(singles, retriever.retrieve(queries(*questions)), strict=True):
        assert [scored.passage for scored in single] == [scored.passage for scored in together]
    assert retriever.retrieve([]) == []


def test_an_index_without_articles_gives_no_passages(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "empty", embedder=WordEmbedder()) as empty:
        assert HybridRetriever(empty).retrieve(queries("anything", "else")) == [[], []]


def test_a_new_order_adds_its_rank_and_keeps_the_old_ones() -> None:
    def scored(name: str, rank: int) -> ScoredPassage:
        return ScoredPassage(Passage(name, "a", "", 0, 1, name), 0.5, "fused", (Rank("fused", rank, 0.5),))

    first, second = ranked_again([scored("x", 1), scored("y", 2)], [0.1, 0.9], "judge")
    assert (first.passage.id, first.score, first.scorer) == ("y", 0.9, "judge")
    assert first.ranks == (Rank("fused", 2, 0.5), Rank("judge", 1, 0.9))
    assert second == replace(
        scored("x", 1), score=0.1, scorer="judge", ranks=(Rank("fused", 1, 0.5), Rank("judge", 2, 0.1))
    )


def test_with_the_real_model_a_paraphrase_and_a_rare_word_both_find_their_article(real_articles: ArticleIndex) -> None:
    found = HybridRetriever(real_articles).retrieve(queries("physician purchased a beacon", "Pipsqueak", "Charpentier"))
    assert [passages[0].passage.article_id for passages in found] == ["lighthouse", "robot", "orchestra"]


def test_a_question_that_names_a_time_gets_articles_of_that_time_in_turns_with_the_best(tmp_path: Path) -> None:
    days = [f"2024-{month:02}-15" for month in range(1, 13)]
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add([Article(id=day, text=f"The rate is {at} percent.", published=day) for at, day in enumerate(days)])
        hybrid = HybridRetriever(index, RetrievalSettings(top_k=4))
        asked = understood("what was the rate in March 2024?")
        [found] = hybrid.retrieve([asked])
        assert "2024-03-15" in [scored.passage.published for scored in found[:2]]
        [best_of_all] = hybrid.retrieve([asked], 1)
        assert best_of_all[0].passage == found[0].passage
        assert len(found) == len({scored.passage.id for scored in found}) == 4
        [later] = hybrid.retrieve([asked], where=PassageFilter(published_from="2024-06"))
        assert {scored.passage.published for scored in later}.isdisjoint(days[:5])


def test_a_time_of_which_there_are_no_articles_changes_nothing(articles: ArticleIndex) -> None:
    hybrid = HybridRetriever(articles)
    [found] = hybrid.retrieve([understood("what did the ferry carry in 1992?")])
    [plain] = hybrid.retrieve([replace(understood("what did the ferry carry in 1992?"), period=None)])
    assert found == plain


def test_of_copies_that_of_the_time_asked_for_is_read(tmp_path: Path) -> None:
    text = "Anna Vane led the talks at Karsund."
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add(
            [Article(id=day, text=text, title=f"Talks {day}", published=day) for day in ("2024-06-05", "2024-03-05")]
        )
        for month, day in (("March", "2024-03-05"), ("June", "2024-06-05")):
            [found] = HybridRetriever(index).retrieve([understood(f"who led the talks in {month} 2024?")])
            assert [scored.passage.published for scored in found] == [day]
            assert len(found[0].copies) == 1
