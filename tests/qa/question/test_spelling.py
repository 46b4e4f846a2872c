"""Questions whose words are spelt otherwise than in the articles, over real indexes of invented articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index import Article, ArticleIndex
from qa import ArticleQA
from qa.answer import Answer
from qa.question.spelling import Respelt, Spelling
from tests.fakes import WordEmbedder

TEXTS = {
    "bakery": "Pelle Lindqvist opened a bakery in Ostrava. Every morning Mr Lindqvist sells out by nine.",
    "choir": "The choir sang songs by Björn Ulvæus. The conductor Sarah Kowalczyk was pleased with the evening.",
    "twins": "The brothers of Mads Hansen and the sisters of Anna Hanson met for the first time.",
    "envoy": "The envoy Steve Witkoff flew to Reykjavik. The talks were held in the harbour. Elon Brandt stayed away.",
    "opener": "Vandermeulen says that the ferry was late.",
} | {f"treaty {at}": f"The treaty number {at} was signed by both of the governments." for at in range(6)}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path_factory.mktemp("spelling") / "index", embedder=WordEmbedder()) as articles:
        articles.add([Article(id=name, title="", text=text) for name, text in TEXTS.items()])
        yield articles


@pytest.fixture(scope="module")
def spelling(articles: ArticleIndex) -> Spelling:
    return Spelling(articles)


@pytest.mark.parametrize(
    ("question", "corrections"),
    [
        ("where does Lindkvist work", {"Lindkvist": "Lindqvist"}),
        ("who is Steve Witkof", {"Witkof": "Witkoff"}),
        ("who is steve witcoff", {"witcoff": "Witkoff"}),
        ("where is Witkof's hotel", {"Witkof": "Witkoff"}),
        ("who wrote it, Bjorn Ulvaeus or Ulveaus", {"Ulveaus": "Ulvæus"}),
        ("what did Elno Brandt do", {"Elno": "Elon"}),
        ("who went to Reikyavik", {"Reikyavik": "Reykjavik"}),
        ("was Cowalczyk pleased", {"Cowalczyk": "Kowalczyk"}),
        ("what does Vandermeullen say", {"Vandermeullen": "Vandermeulen"}),
        ("Who is Witkof, and where does Lindkvist work?", {"Witkof": "Witkoff", "Lindkvist": "Lindqvist"}),
        ("which goverments signed it", {"goverments": "governments"}),
        ("witkof", {"witkof": "Witkoff"}),
    ],
)
def test_a_word_that_no_article_has_is_read_as_the_articles_spell_it(
    spelling: Spelling, question: str, corrections: dict[str, str]
) -> None:
    read = spelling.corrected(question)
    assert dict(read.corrections) == corrections
    for typed, meant in corrections.items():
        question = question.replace(typed, meant)
    assert read.text == question


@pytest.mark.parametrize(
    "question",
    [
        "who is Steve Witkoff",
        "who is STEVE WITKOFF",
        "who are the Witkoffs",  # another form of a word that is there
        "what did Bjorn Ulvaeus write",  # accents do not count
        "what did Bj\u00f6rn Ulv\u00e6us write",
        "what did Bjo\u0308rn write",
        "where is the barbour",  # an English word, if a rare one: it is not "harbour" misspelt
        "who is in the bakers union",
        "who is Hansan",  # Hansen and Hanson are two people
        'who is "Witkof"',
        "who is \u201cSteve Witkof\u201d",
        "who is Witk",  # two letters of four are too many
        "dont they sell out",
        "didn't it rain",
        "see witkof.example.org or @witkof",
        "what is WITKO",  # short for several words
        "what is B00king or Witkof2",
        "Wann reist der Gesandte Witkof heute ab",  # most words are unknown: another language
        "кто такой Виткоф",
        "is the weather bad",
        "",
        "?",
        "a" * 2000,
        "qzx " * 400,
    ],
)
def test_all_other_questions_stay_as_they_are(spelling: Spelling, question: str) -> None:
    assert spelling.corrected(question) == Respelt(question)


def test_of_two_names_equally_near_the_one_beside_the_same_name_is_meant(spelling: Spelling) -> None:
    assert spelling.corrected("who is Mads Hansan").corrections == {"Hansan": "Hansen"}
    assert spelling.corrected("who is anna hansan").corrections == {"hansan": "Hanson"}


def test_an_english_word_is_a_misspelt_name_only_beside_the_rest_of_that_name(spelling: Spelling) -> None:
    assert spelling.corrected("was Sara Kowalczyk pleased").corrections == {"Sara": "Sarah"}
    assert not spelling.corrected("was Sara pleased").corrections


def test_a_word_that_is_no_name_must_be_frequent(spelling: Spelling) -> None:
    assert not spelling.corrected("where is the harbuor").corrections


def test_an_article_that_is_added_brings_its_words_at_once(tmp_path: Path) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as articles:
        spelling = Spelling(articles)
        assert not spelling.corrected("who is Oskarson").corrections
        articles.add(Article(id="a", title="", text="The pilot Ada Oskarsson landed safely."))
        assert spelling.corrected("who is Oskarson").corrections == {"Oskarson": "Oskarsson"}
        articles.add(Article(id="b", title="", text="The writer Ole Oskarson did not."))
        assert not spelling.corrected("who is Oskarson").corrections


def test_a_misspelt_name_is_answered_and_the_answer_says_how_it_was_read(real_qa: ArticleQA) -> None:
    right, wrong = real_qa.ask_batch(["How much did Lindqvist pay?", "How much did Lindkvist pay?"])
    assert (wrong.text, wrong.standalone_question) == (right.text, "How much did Lindqvist pay?")
    assert wrong.question == "How much did Lindkvist pay?"
    assert wrong.to_json()["corrections"] == {"Lindkvist": "Lindqvist"}
    assert "corrections" not in right.to_json()
    assert replace(Answer.from_json(wrong.to_json()), passages=()).corrections == wrong.corrections


def test_a_question_that_is_given_as_it_is_to_be_searched_for_is_not_changed(real_qa: ArticleQA) -> None:
    answer = real_qa.ask("How much did Lindkvist pay?", standalone_question="How much did Lindkvist pay?")
    assert (answer.standalone_question, answer.corrections) == ("How much did Lindkvist pay?", {})


def test_a_misspelt_name_in_a_follow_up_is_read_as_the_articles_spell_it(real_qa: ArticleQA) -> None:
    history = [("Who bought the lighthouse on Skerry Point?", "Oskar Lindqvist")]
    answer = real_qa.ask("and what is Ingird going to run there?", history)
    assert answer.corrections == {"Ingird": "Ingrid"}
    assert "Ingrid" in answer.standalone_question
    assert "Ingird" not in answer.standalone_question


def test_passages_are_searched_for_as_the_articles_spell_the_words(real_qa: ArticleQA) -> None:
    values = real_qa.search_json("Lindkvist", 1)
    assert values["corrections"] == {"Lindkvist": "Lindqvist"}
    assert values["passages"][0]["article_id"] == "lighthouse"
    assert "corrections" not in real_qa.search_json("Lindqvist", 1)


@pytest.mark.parametrize(
    ("question", "corrections"),
    [
        ("¿Quién es Elno Brandt?", {"Elno": "Elon"}),
        ("¿Quién es el dueño de la choza?", {}),  # not "Queen", "choir"
        ("Où travaille Lindkvist ?", {"Lindkvist": "Lindqvist"}),
        ("Wer spielt im Chor?", {}),  # in German not only names have a capital
    ],
)
def test_in_other_languages_only_names_are_put_as_the_articles_spell_them(
    spelling: Spelling, question: str, corrections: dict[str, str]
) -> None:
    assert dict(spelling.corrected(question).corrections) == corrections
