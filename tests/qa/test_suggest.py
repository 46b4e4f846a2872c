"""Questions to begin with."""

from __future__ import annotations

from pathlib import Path

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from qa import AnswerSettings, ArticleQA


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


def test_an_empty_index_suggests_nothing(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        assert ArticleQA(articles).suggested_questions() == []


def test_articles_without_names_suggest_nothing(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add([Article(id="a", text="it rained. it snowed."), Article(id="b", text="東京は雨だった。")])
        assert ArticleQA(articles).suggested_questions() == []


def test_each_article_gives_one_question_at_most(tmp_path: Path, real_embedder: SentenceTransformerEmbedder) -> None:
    text = "Anna Vane, a sailor, said it was cold. Otto Brill, a baker, said bread was dear. Ida Moss, a vet, agreed."
    with ArticleIndex.open(tmp_path / "index", embedder=real_embedder) as articles:
        articles.add(Article(id="a", text=text))
        questions = ArticleQA(articles).suggested_questions()
        assert len(questions) <= 1
        assert all(any(name in question for name in ("Anna Vane", "Otto Brill", "Ida Moss")) for question in questions)
