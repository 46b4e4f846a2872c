"""Passages with the same words count once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from index import Article, ArticleIndex, Passage, Rank, ScoredPassage, Version
from index.sentences import sentence_keys
from qa import ArticleQA
from qa.answer_text import also_in
from qa.retrieval.copies import first_of, is_repeated, without_copies

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


# Versions of a story

REPORT = [
    "The ferry Halcyon was bought by Anna Vane on Monday.",
    "She paid four million crowns for it.",
    "The harbour master said that the ship would sail again in May.",
    "Two hundred people had come to see the old ferry off.",
    "Its last captain, Per Lund, rang the bell a final time.",
    "The crew will be offered work on the new electric ships.",
    "Passengers have to take the bus over the bridge until then.",
    "A café on the quay has already put up a picture of the ship.",
]
VERSIONS = (  # as other papers print it
    [f"(Agency) {REPORT[0]}", *REPORT[1:7]],
    [REPORT[0], *REPORT[2:], "Readers have sent us their own pictures."],
    [*REPORT[4:], *REPORT[:3]],
)


def version(name: str, sentences: Sequence[str], published: str | None = None) -> Article:
    return Article(name, " ".join(sentences), f"Ferry sold, {name}", source=name, published=published)


def known_as(*articles: Article) -> dict[str, Version]:
    story = tuple(sorted(each.id for each in articles))
    return {each.id: Version(story, sentence_keys(each.text)) for each in articles}


def test_of_a_story_the_oldest_version_is_read_and_of_others_what_only_they_say() -> None:
    old = version("old", REPORT, "2025-03-01")
    new = version("new", [*REPORT[:3], "Ms Vane says that she paid five million."], "2025-03-02")
    other = "It rained on the island of Odda for three days."
    found = [
        scored("new", " ".join(REPORT[1:3]), 0.9),
        scored("new", " ".join([REPORT[2], "Ms Vane says that she paid five million."]), 0.8),
        scored("else", other, 0.7),
        scored("old", " ".join(REPORT[:3]), 0.6),
    ]
    dates = {"old": "2025-03-01", "new": "2025-03-02", "else": None}
    passages = [replace(each.passage, published=dates[each.passage.article_id]) for each in found]
    dated = [replace(each, passage=passage) for each, passage in zip(found, passages, strict=True)]
    kept = without_copies(dated, known_as(old, new))
    assert [each.passage.text for each in kept] == [found[1].passage.text, other, found[3].passage.text]
    assert [[copy.article_id for copy in each.copies] for each in kept] == [[], [], ["new"]]
    assert [each.story for each in kept] == ["new", "", "new"]
    assert [each.repeated for each in kept] == [sentence_keys(REPORT[2]), frozenset(), frozenset()]
    says = kept[0].passage.text
    assert is_repeated(kept[0], 0, 10)
    assert not is_repeated(kept[0], says.index("five"), says.index("five") + 4)
    assert first_of(kept, 1) == kept[:2]


def test_a_version_of_which_nothing_else_was_found_is_read() -> None:
    old, new = version("old", REPORT), version("new", REPORT[1:])
    found = [scored("new", REPORT[5], 0.9), scored("old", REPORT[0], 0.5)]
    assert [each.passage for each in without_copies(found, known_as(old, new))] == [each.passage for each in found]


def test_versions_change_neither_the_answer_nor_how_sure_it_is_and_are_named_once(tmp_path: Path) -> None:
    answers = []
    for several in (0, 1, 3):
        with ArticleIndex.open(tmp_path / str(several)) as articles:
            articles.add(version("Gazette", REPORT, "2025-03-01"))
            for at, sentences in enumerate(VERSIONS[:several]):
                articles.add(version(f"paper {at}", sentences, f"2025-03-0{at + 2}"))
            articles.add([Article(town, f"In {town} it rained for three days.", town) for town in TOWNS])
            assert [len(story.versions) for story in articles.stories()] == ([several + 1] if several else [])
            answers.append(ArticleQA(articles).ask("Who bought the ferry Halcyon?"))
    assert [answer.text for answer in answers] == ["Anna Vane"] * 3
    assert max(answer.confidence for answer in answers) - min(answer.confidence for answer in answers) < 0.05
    assert [[each.article_id for each in answer.citations] for answer in answers] == [["Gazette"]] * 3
    [cited] = answers[2].citations
    # Of "paper 0" the sentence has another beginning.
    assert [(each.article_id, each.published) for each in cited.also_in] == [
        ("paper 1", "2025-03-03"),
        ("paper 2", "2025-03-04"),
    ]
    assert also_in(cited) == "also in Ferry sold, paper 1 and 1 more (from 2025-03-01 to 2025-03-04)"
    assert answers[2].to_json()["citations"][0]["also_in"][0] == {
        "article_id": "paper 1",
        "title": "Ferry sold, paper 1",
        "published": "2025-03-03",
    }


def test_another_figure_in_a_newer_version_is_not_hidden(tmp_path: Path) -> None:
    corrected = [REPORT[0], "She paid five million crowns for it.", *REPORT[2:]]
    with ArticleIndex.open(tmp_path) as articles:
        articles.add([version("Gazette", REPORT, "2025-03-01"), version("Courier", corrected, "2025-03-02")])
        assert len(articles.stories()) == 1
        answer = ArticleQA(articles).ask("How much did Anna Vane pay for the ferry?")
    said = answer.text + "".join(each.quote for each in answer.citations)
    assert "four million" in said
    assert "five million" in said
