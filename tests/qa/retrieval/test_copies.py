"""Passages with the same words count once."""

from __future__ import annotations

from pathlib import Path

from index import Article, ArticleIndex, Passage, Rank, ScoredPassage
from qa import ArticleQA
from qa.retrieval.copies import without_copies

STORY = """The ferry Halcyon was bought by Anna Vane on Monday. She paid four million crowns for it.
The harbour master said that the ship would sail again in May.
"""
TOWNS = ("Kestrel Flats", "Karsund", "Odda")


def scored(article: str, text: str, score: float, start: int = 0) -> ScoredPassage:
    each = Passage(f"{article}-{start}", article, f"About {article}", start, start + len(text), text)
    return ScoredPassage(each, score, "fused", (Rank("fused", 1, score),))


def test_one_passage_of_each_text_is_kept_with_its_copies() -> None:
    found = [
        scored("a", "“It rained,” she said.", 0.9),
        scored("b", "It snowed.", 0.8),
        scored("c", "It rained, she said", 0.7),
        scored("d", "It rained, he said.", 0.6),
    ]
    kept = without_copies(found)
    assert [each.passage.article_id for each in kept] == ["a", "b", "d"]
    assert [[copy.article_id for copy in each.copies] for each in kept] == [["c"], [], []]
    assert without_copies(kept) == kept


def test_copies_of_copies_are_kept_when_two_lists_become_one() -> None:
    [first] = without_copies([scored("b", "It rained.", 0.9), scored("c", "It rained.", 0.8)])
    [kept] = without_copies([scored("a", "It rained.", 1.0), first, scored("c", "It rained.", 0.1)])
    assert [copy.article_id for copy in kept.copies] == ["b", "c"]


def test_the_same_words_twice_in_one_article_are_one_passage_without_copies() -> None:
    [kept] = without_copies([scored("a", "It rained.", 0.9), scored("a", "It rained.", 0.5, start=100)])
    assert kept == scored("a", "It rained.", 0.9)


def test_passages_without_words_are_not_copies_of_each_other() -> None:
    assert len(without_copies([scored("a", "—", 0.9), scored("b", "...", 0.5)])) == 2


def test_copies_change_neither_the_answer_nor_how_sure_it_is_and_are_named_beside_the_quote(tmp_path: Path) -> None:
    answers = []
    for copies in (1, 4, 12):
        with ArticleIndex.open(tmp_path / str(copies)) as articles:
            articles.add([Article(f"a{at}", STORY, "The ferry Halcyon is sold") for at in range(copies)])
            articles.add([Article(town, f"In {town} it rained for three days.", town) for town in TOWNS])
            answers.append(ArticleQA(articles).ask("Who bought the ferry Halcyon?"))
    assert [answer.text for answer in answers] == ["Anna Vane"] * 3
    assert max(answer.confidence for answer in answers) - min(answer.confidence for answer in answers) < 0.02
    assert [len(answer.citations) for answer in answers] == [1, 1, 1]
    assert [len(answer.citations[0].also_in) for answer in answers] == [0, 3, 11]
    assert answers[1].to_json()["citations"][0]["also_in"][0]["title"] == "The ferry Halcyon is sold"
