"""The sentence reader with the real model: which sentence it takes, and where it stands."""

from __future__ import annotations

import random

import pytest

from index import Article, ArticleIndex, Passage, ScoredPassage
from index.split import split_article
from qa import HybridRetriever, SentenceReader
from qa.answer import Reading
from qa.reader import _confidence, sentences_of


@pytest.fixture(scope="module")
def reader(real_articles: ArticleIndex) -> SentenceReader:
    return SentenceReader(real_articles)


def read(reader: SentenceReader, articles: ArticleIndex, *questions: str) -> list[Reading]:
    return reader.read(questions, HybridRetriever(articles).retrieve(questions))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Why will Mr Lindqvist live in the tower?", "asthma"),
        ("Who will run the hostel in the cottage?", "Ingrid"),
        ("How long did the echo last?", "four seconds"),
        ("When does the hall open again?", "September"),
        ("What does the vet Ruth Amsel blame?", "frost in April"),
        ("How many litres of water do repaired leaks save?", "two million litres"),
    ],
)
def test_the_sentence_that_answers_comes_first(
    reader: SentenceReader, real_articles: ArticleIndex, question: str, words: str
) -> None:
    [reading] = read(reader, real_articles, question)
    assert words in reading.spans[0].text


def test_an_answer_is_a_whole_sentence_in_its_quote_and_its_offsets_are_those_in_the_article(
    reader: SentenceReader, real_articles: ArticleIndex
) -> None:
    questions = ("How long did the echo last?", "What did the conductor say?", "Why are the bees dying?", "robot")
    for reading in read(reader, real_articles, *questions):
        assert reading.spans
        for span in reading.spans:
            text = real_articles.get(span.passage.article_id).text
            assert text[span.answer_start : span.answer_end] == span.text == span.text.strip() != ""
            assert span.answer_start is not None
            assert span.answer_end is not None
            assert span.passage.start <= span.start <= span.answer_start
            assert span.answer_end <= span.end <= span.passage.end
            quote = text[span.start : span.end]
            assert quote == quote.strip()
        quotes = [(span.passage.article_id, span.answer_start) for span in reading.spans]
        assert len(set(quotes)) == len(quotes)


def test_spans_are_best_first_and_the_larger_score_is_the_larger_probability(
    reader: SentenceReader, real_articles: ArticleIndex
) -> None:
    for reading in read(reader, real_articles, "Who bought the lighthouse?", "zzz", "What is the capital of Mongolia?"):
        scores = [span.score for span in reading.spans]
        confidences = [span.confidence for span in reading.spans]
        assert scores == sorted(scores, reverse=True)
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 <= confidence <= 1 for confidence in confidences)


def test_a_question_that_the_articles_answer_has_the_larger_probability(
    reader: SentenceReader, real_articles: ArticleIndex
) -> None:
    answered, unrelated = read(reader, real_articles, "When does the hall open again?", "When was Westphalia signed?")
    assert answered.spans[0].confidence > unrelated.spans[0].confidence + 0.2


def test_the_passages_come_back_in_the_readers_order_with_its_rank(
    reader: SentenceReader, real_articles: ArticleIndex
) -> None:
    question = "How long did the echo last?"
    [passages] = HybridRetriever(real_articles).retrieve([question])
    [reading] = reader.read([question], [passages])
    assert {scored.passage.id for scored in reading.passages} == {scored.passage.id for scored in passages}
    assert reading.passages[0].passage == reading.spans[0].passage
    scores = [scored.score for scored in reading.passages]
    assert scores == sorted(scores, reverse=True)
    for position, scored in enumerate(reading.passages, start=1):
        assert scored.scorer == "sentence"
        assert [rank.order for rank in scored.ranks] == ["dense", "lexical", "fused", "sentence"]
        assert scored.ranks[-1].rank == position


def test_without_passages_or_questions_there_is_nothing_to_read(reader: SentenceReader) -> None:
    assert reader.read([], []) == []
    assert reader.read(["Who?"], [[]]) == [Reading((), ())]


def test_passages_without_a_word_give_no_answer_and_are_kept(reader: SentenceReader) -> None:
    dots = ScoredPassage(Passage("p", "a", "", 0, 5, " ... "), 0.1, "fused")
    [reading] = reader.read(["Who?"], [[dots]])
    assert reading.spans == ()
    assert [scored.passage for scored in reading.passages] == [dots.passage]


def test_a_batch_gives_what_single_questions_give(reader: SentenceReader, real_articles: ArticleIndex) -> None:
    questions = ("How long did the echo last?", "robot", "When does the hall open again?")
    for question, together in zip(questions, read(reader, real_articles, *questions), strict=True):
        [alone] = read(reader, real_articles, question)
        assert [span.text for span in alone.spans] == [span.text for span in together.spans]
        assert [s.confidence for s in alone.spans] == pytest.approx([s.confidence for s in together.spans], abs=1e-4)


def test_a_sentence_in_two_overlapping_passages_is_read_once() -> None:
    text = "".join(f"This is sentence number {number:02} of twenty. " for number in range(20))
    passages = [Passage("p", "a", "", 0, 114, text[:114]), Passage("q", "a", "", 76, 190, text[76:190])]
    sentences = sentences_of(passages)
    assert [(sentence.start, sentence.end) for sentence in sentences] == [(at * 38, at * 38 + 37) for at in range(5)]
    assert [sentence.passage for sentence in sentences] == [0, 0, 0, 1, 1]
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in sentences)


def test_sentences_of_odd_texts_point_into_their_article() -> None:
    rng = random.Random(5)
    pieces = [
        "Who came? ",
        "\r\n\r\n",
        "e\u0301a. ",
        "👩‍👩‍👧 ",
        "\u2028",
        "\xa0",
        "東京は雨だ。",
        "x" * 120,
        "...",
        " ",
        "Dr. Ito left. ",
    ]
    for _ in range(100):
        article = Article(id="a", text="".join(rng.choice(pieces) for _ in range(30)))
        for sentence in sentences_of(split_article(article, 100)):
            assert article.text[sentence.start : sentence.end] == sentence.text
            assert sentence.text == sentence.text.strip() != ""


def test_the_probability_grows_with_the_score_and_is_never_outside_of_0_and_1() -> None:
    confidences = [_confidence(score) for score in (-1e6, -700.0, -1.0, 0.0, 0.5, 1.0, 1.5, 3.0, 700.0, 1e6)]
    assert confidences == sorted(confidences)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert len(set(confidences)) > 5
