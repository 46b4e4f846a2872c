"""Why an answer is withheld, and what is shown in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from index import Article, Passage, ScoredPassage
from qa.answer import Answer
from qa.question.wording import understood
from qa.reading.result import AnswerSpan, NearSpan, Reading
from qa.reading.withheld import withheld

TEXT = "The ferry to Amsel was sold on Monday. Anna Vane steers it, as her father did."
FERRY = Article("ferry", TEXT, "Ferries sail", published="2025-03-10")
PASSAGE = Passage("p", "ferry", "Ferries sail", 0, len(TEXT), TEXT, published="2025-03-10")
SURE = "The best guess is only 20 % sure."


def span(words: str, confidence: float = 0.2) -> AnswerSpan:
    start = TEXT.index(words)
    return AnswerSpan(words, PASSAGE, 0, len(TEXT), start, start + len(words), 0.0, confidence)


def asked(question: str, *words: str, confidence: float = 0.2, rival: str = "", **changes: Any) -> Answer:
    """The answer to a question that is withheld; `words` are what the reader found."""
    query = understood(question, date(2025, 3, 20))
    spans = tuple(span(each, confidence) for each in words)
    near = tuple(NearSpan(PASSAGE, TEXT.index(each), TEXT.index(each) + len(each)) for each in words)
    reading = Reading(spans, (ScoredPassage(PASSAGE, 0.5, "fused"),), nearest=near, rival=rival)
    answer = Answer(question, question, "", True, confidence if spans else 0.0, "extractive")
    return withheld(answer, query, replace(reading, **changes), {"ferry": FERRY}.get, 0.35)


@pytest.mark.parametrize(
    ("question", "words", "more", "reason"),
    [
        ("Who steers the ferry?", ["Anna Vane"], {}, SURE),
        ("Who steers the ferry?", ["Anna Vane"], {"confidence": 0.004}, "The best guess is less than 1 % sure."),
        ("Who steers the ferry?", [], {}, "Nothing that was found answers it."),
        ("Why was the ferry sold?", ["The ferry to Amsel was sold on Monday."], {}, "No reason stands near."),
        ("Who steers the ferry?", [], {"passages": ()}, "There is no article to look in."),
        (
            "Who steers the ferry?",
            ["Anna Vane"],
            {"confidence": 0.9},
            "An article was changed while the question was answered.",
        ),
        (
            "Who steers the ferry?",
            ["Anna Vane"],
            {"rival": "her\nfather"},
            "Two answers are equally likely: Anna Vane and her father.",
        ),
        (
            "Who steers the ferry?",
            ["Anna Vane"],
            {"rival": "her father", "confidence": 0.1},
            "The best guess is only 10 % sure.",
        ),
        (
            "Who steered the ferry in May 2024?",
            ["Anna Vane"],
            {},
            "Nothing was published in the time that was asked for.",
        ),
        ("Who steered the ferry in March 2025?", ["Anna Vane"], {}, SURE),
        ("How many people does the ferry carry?", ["Anna Vane"], {}, "No number stands near."),
        ("When was the ferry sold?", ["Anna Vane"], {}, "No time stands near."),
        ("When was the ferry sold?", ["Monday"], {}, SURE),
        ("Who steers the ferry to Port Oriel?", ["Anna Vane"], {}, "“Port Oriel” is nowhere in what was found."),
        ("Does Jon own the Oriel?", ["Anna Vane"], {}, "“Jon” and “Oriel” are nowhere in what was found."),
        ("Who steers the ferry to Amsel's harbour?", ["Anna Vane"], {}, SURE),
        ("Who steers Amselian boats?", ["Anna Vane"], {}, SURE),  # begins alike
        ("Who sold it in March?", ["Anna Vane"], {}, SURE),  # a month is no name
        ("Who steers the Amsel-Vane ferry?", ["Anna Vane"], {}, SURE),
        ("Who steers the Amsel-Oriel ferry?", ["Anna Vane"], {}, "“Amsel-Oriel” is nowhere in what was found."),
        ("Who steers a ferry in the U.K.?", ["Anna Vane"], {}, "“U.K” is nowhere in what was found."),
        ("Who Steers The Boats Of Oriel?", ["Anna Vane"], {}, SURE),  # a title's capitals say nothing
        ("latest news about whales", ["Anna Vane"], {}, "Nothing that was found is clearly about it."),
        ("summarise the article about whales", ["Anna Vane"], {}, "Nothing that was found is clearly about it."),
        ("qwer asdf zxcv", ["Anna Vane"], {"confidence": 0.03}, "Nothing that was found is clearly about it."),
        ("qwer ferry zxcv", ["Anna Vane"], {"confidence": 0.03}, "The best guess is only 3 % sure."),
    ],
)  # fmt: skip
def test_the_reason_is_what_is_known(question: str, words: list[str], more: dict[str, Any], reason: str) -> None:
    answer = asked(question, *words, **more)
    assert answer.reason == reason
    assert (answer.abstained, answer.text, answer.citations, answer.reply) == (True, "", (), "")


def test_what_came_nearest_is_quoted_with_its_words_marked() -> None:
    [citation] = asked("Who steers the ferry?", "Anna Vane").nearest
    assert citation.quote == "Anna Vane steers it, as her father did." == TEXT[citation.start : citation.end]
    assert TEXT[citation.answer_start : citation.answer_end] == "Anna Vane"
    assert (citation.title, citation.published) == ("Ferries sail", "2025-03-10")


def test_of_a_reader_that_does_not_say_what_is_near_its_answers_are_shown() -> None:
    [citation] = asked("Who steers the ferry?", "Anna Vane", nearest=()).nearest
    assert TEXT[citation.answer_start : citation.answer_end] == "Anna Vane"


def test_where_an_article_is_asked_for_no_words_are_marked() -> None:
    [citation] = asked("Which article says who steers the ferry?", "Anna Vane").nearest
    assert (citation.answer_start, citation.answer_end) == (None, None)


@pytest.mark.parametrize("text", ["thanks", "hello", "👍"])
def test_small_talk_has_a_reply_and_neither_a_reason_nor_quotes(text: str) -> None:
    answer = asked(text, passages=())
    assert answer.reply.endswith((".", "?"))
    assert answer.said == answer.reply
    assert (answer.abstained, answer.text, answer.reason, answer.nearest) == (True, "", "", ())


@pytest.mark.parametrize(("speaker", "reason"), [("Anna Vane", SURE), ("Bo Lind", "No words of Bo Lind stand near.")])
def test_whose_words_are_near_is_told_from_the_whole_article(speaker: str, reason: str) -> None:
    text = "Anna Vane steers the ferry, and Bo Lind paints it. Anna Vane says that it is old. “It leaks,” she added."
    passage = Passage("p", "ferry", "Ferries sail", 0, len(text), text)
    words = "“It leaks,” she added."
    near = NearSpan(passage, text.index(words), len(text))
    found = AnswerSpan(words, passage, 0, len(text), near.start, near.end, 0.0, 0.2)
    reading = Reading((found,), (ScoredPassage(passage, 0.5, "fused"),), nearest=(near,))
    question = f"What did {speaker} say about the ferry?"
    answer = Answer(question, question, "", True, 0.2, "extractive")
    article = Article("ferry", text, "Ferries sail")
    answer = withheld(answer, understood(question), reading, {"ferry": article}.get, 0.35)
    assert (answer.reason, [each.quote for each in answer.nearest]) == (reason, [words])


def test_a_country_is_known_by_its_other_names() -> None:
    text = "The U.K. ferry was sold to a French firm on Monday."
    passage = Passage("p", "ferry", "Ferries sail", 0, len(text), text)
    reading = Reading((), (ScoredPassage(passage, 0.5, "fused"),))
    reasons = []
    for question in ("Did Britain sell it to France?", "Did Spain sell it to Denmark?"):
        answer = Answer(question, question, "", True, 0.0, "extractive")
        reasons.append(withheld(answer, understood(question), reading, dict[str, Article]().get, 0.35).reason)
    assert reasons == [
        "Nothing that was found is clearly about it.",
        "“Spain” and “Denmark” are nowhere in what was found.",
    ]
