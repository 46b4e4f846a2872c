"""Questions to begin with, and questions to go on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index import Article, ArticleIndex, PassageFilter, SentenceTransformerEmbedder
from qa import AnswerSettings, ArticleQA, QuestionError

SHIP = Article(
    id="ship",
    title="A ship comes home",
    source="Harbour News",
    published="2024-03-01",
    text="The ketch Marigold came home to Tarnby on Friday after two years. Its captain, Anna Vane, was met by a "
    "band.\n\nOtto Brill, a baker who had waited on the quay since dawn, had made a loaf in the shape of the ship. "
    "“Nobody may eat it,” said Brill. “It is for the museum.”\n\nThe voyage cost 40,000 crowns. The harbour master, "
    "Ida Moss, said that the ketch would stay until May, because its mast has to be mended. She was built in 1911.",
)


@pytest.fixture(scope="module")
def ship_qa(
    tmp_path_factory: pytest.TempPathFactory, real_embedder: SentenceTransformerEmbedder
) -> Iterator[ArticleQA]:
    """Answers from the one article about the ship."""
    with ArticleIndex.open(tmp_path_factory.mktemp("ship") / "index", embedder=real_embedder) as articles:
        articles.add(SHIP)
        yield ArticleQA(articles, settings=AnswerSettings(threshold=0.2))


def plain(question: str) -> str:
    return question.casefold().strip(" ?")


# Questions to begin with


def test_suggested_questions_are_answered_from_the_articles(real_articles: ArticleIndex) -> None:
    qa = ArticleQA(real_articles, settings=AnswerSettings(threshold=0))
    questions = qa.suggested_questions()
    assert 1 < len(questions) == len(set(questions)) <= 4
    for question in questions:
        answer = qa.ask(question)
        assert not answer.abstained
        quotes = " ".join(citation.quote for citation in answer.citations)
        assert any(word in quotes for word in question.strip("?").split()[2:])
    assert qa.suggested_questions(1) == questions[:1]
    assert qa.suggested_questions(0) == []


def test_what_would_be_withheld_is_not_suggested(real_articles: ArticleIndex) -> None:
    assert ArticleQA(real_articles, settings=AnswerSettings(threshold=1)).suggested_questions() == []


def test_suggestions_are_narrowed_to_the_articles_that_were_chosen(real_articles: ArticleIndex) -> None:
    qa = ArticleQA(real_articles, settings=AnswerSettings(threshold=0))
    [question] = qa.suggested_questions(where=PassageFilter(article_ids=("orchestra",)))
    assert "Charpentier" in question
    assert qa.suggested_questions(where=PassageFilter(sources=("Farm Weekly",))) == ["Who is Ruth Amsel?"]
    assert qa.suggested_questions(where=PassageFilter(published_from="2023-06", published_to="2023-06-11")) == [
        "Who is Ruth Amsel?"
    ]
    assert qa.suggested_questions(where=PassageFilter(published_from="2024-02")) == []
    assert qa.suggested_questions(where=PassageFilter(article_ids=("gone",))) == []


def test_an_empty_index_suggests_nothing(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        qa = ArticleQA(articles)
        assert qa.suggested_questions() == []
        assert qa.follow_up_questions(qa.ask("Who is Ruth Amsel?")) == []


def test_articles_without_names_suggest_nothing(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add([Article(id="a", text="it rained. it snowed."), Article(id="b", text="東京は雨だった。")])
        qa = ArticleQA(articles, settings=AnswerSettings(threshold=0))
        assert qa.suggested_questions() == []
        answer = qa.ask("what fell?")
        assert answer.citations
        assert qa.follow_up_questions(answer) == []


def test_each_article_gives_one_question_at_most(ship_qa: ArticleQA) -> None:
    assert len(ship_qa.suggested_questions()) == 1


# Questions to go on with


def test_follow_ups_are_answered_and_by_something_that_was_not_shown(ship_qa: ArticleQA) -> None:
    answer = ship_qa.ask("How much did the voyage of the Marigold cost?")
    assert not answer.abstained
    questions = ship_qa.follow_up_questions(answer)
    assert 0 < len(questions) == len({plain(question) for question in questions}) <= 3
    answers = [ship_qa.ask(question, [answer]) for question in questions]
    assert not any(each.abstained for each in answers)
    places = [each.citations[0].answer_start for each in answers]
    assert len(set(places)) == len(places)
    for start in places:
        assert start is not None
        assert not any(citation.start <= start < citation.end for citation in answer.citations)
    assert ship_qa.follow_up_questions(answer, count=1) == questions[:1]
    assert ship_qa.follow_up_questions(answer, count=0) == []


@pytest.mark.parametrize("turns", [2, pytest.param(10, marks=pytest.mark.soak)])
def test_nothing_is_offered_again_in_a_conversation(ship_qa: ArticleQA, turns: int) -> None:
    answer = ship_qa.ask("How much did the voyage of the Marigold cost?")
    history: list[Any] = []
    offered: list[str] = []
    while questions := ship_qa.follow_up_questions(answer, history):
        assert not {plain(question) for question in questions} & {plain(question) for question in offered}
        history.append(answer)
        offered.append(questions[0])
        answer = ship_qa.ask(questions[0], history)
        if len(offered) == turns:
            break
    assert 0 < len(offered) < 10


@pytest.mark.parametrize(
    "asked",
    [
        lambda question: (f"  {question.upper()}?!", "someone"),
        pytest.param(lambda question: {"question": question.lower(), "answer": ""}, marks=pytest.mark.soak),
        pytest.param(lambda question: {"role": "user", "content": question.rstrip("?")}, marks=pytest.mark.soak),
    ],
)
def test_what_was_asked_in_other_letters_is_not_offered(ship_qa: ArticleQA, asked: Any) -> None:
    answer = ship_qa.ask("How much did the voyage of the Marigold cost?")
    first = ship_qa.follow_up_questions(answer)[0]
    assert first not in ship_qa.follow_up_questions(answer, [asked(first)])


def test_behind_an_answer_that_was_withheld_they_are_about_what_is_nearest(ship_qa: ArticleQA) -> None:
    strict = ArticleQA(ship_qa.articles, settings=AnswerSettings(threshold=0.9))
    answer = strict.ask("Who is the king of Norway?")
    assert answer.abstained
    questions = ship_qa.follow_up_questions(answer)
    assert questions
    assert all(any(name in question for name in ("Vane", "Brill", "Moss")) for question in questions)


def test_follow_ups_are_narrowed_to_the_articles_that_were_chosen(real_qa: ArticleQA) -> None:
    answer = real_qa.ask("Who conducts the Lower Marsh Philharmonic?")
    elsewhere = PassageFilter(article_ids=("bees",))
    assert real_qa.follow_up_questions(answer, where=elsewhere) == []


def test_an_article_that_is_gone_leaves_fewer_follow_ups(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(SHIP)
        qa = ArticleQA(articles, settings=AnswerSettings(threshold=0.2))
        answer = qa.ask("How much did the voyage of the Marigold cost?")
        assert qa.follow_up_questions(answer)
        articles.remove("ship")
        assert qa.follow_up_questions(answer) == []


def test_a_history_that_is_none_is_an_error_that_says_so(ship_qa: ArticleQA) -> None:
    answer = ship_qa.ask("How much did the voyage of the Marigold cost?")
    with pytest.raises(QuestionError, match="conversation cannot be read"):
        ship_qa.follow_up_questions(answer, [3])


def test_a_tiny_article_is_enough_to_go_on_with_nothing(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(Article(id="tiny", text="Anna Vane, a vet, sings."))
        qa = ArticleQA(articles, settings=AnswerSettings(threshold=0))
        assert qa.suggested_questions() == ["Who is Anna Vane?"]
        assert qa.follow_up_questions(qa.ask("Who is Anna Vane?")) == []


@pytest.mark.soak
def test_hostile_text_makes_questions_of_plain_names_only(
    tmp_path: Path, real_embedder: SentenceTransformerEmbedder
) -> None:
    text = (
        "<script>alert(1)</script> <b>Anna Vane</b>, a vet, said <img src=x onerror=alert(2)>. The baker Otto Brill "
        "said [so](javascript:alert(3)). President `Ida_Moss` **Ann**, a judge, {{left}} at $(once). "
        + "Aa Bb, a vet. "
        * 50
    ) * 5
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(Article(id="hostile", title="<i>Who is</i> {x}?", text=text))
        qa = ArticleQA(articles, settings=AnswerSettings(threshold=0))
        offered = [*qa.suggested_questions(), *qa.follow_up_questions(qa.ask("Who is Otto Brill?"), count=5)]
        assert offered
        for question in offered:
            assert type(question) is str
            assert not set(question) & set("<>[](){}*_`$\n")
