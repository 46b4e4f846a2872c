"""What is said of a sentence in numbers."""

from __future__ import annotations

import math

import pytest
from qa.evidence import gives_kind, question_of, shared_words, stem, stems

COUNTS = {"ferry": 2, "carry": 50, "cars": 10}


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many cars fit on it?", "number"), ("What was the price of the ferry?", "number"),
        ("which percentage agreed", "number"), ("When did it sail?", "time"), ("In what year was it built?", "time"),
        ("Where does it land?", "place"), ("which city did they visit", "place"), ("WHO steers it?", "person"),
        ("Which president spoke?", "person"), ("Why was it late?", "reason"), ("What caused the delay?", "reason"),
        ("How does it float?", "other"), ("Tell me about ferries", "other"), ("", "other"), ("somewhere", "other"),
    ],
)  # fmt: skip
def test_a_question_asks_for_a_kind_of_answer(question: str, kind: str) -> None:
    assert question_of(question, {}, 10).kind == kind


def test_a_word_weighs_more_the_rarer_it_is_and_always_something() -> None:
    weights = question_of("Does the ferry carry cars?", COUNTS, 50).weights
    assert weights[stem("ferry")] > weights[stem("cars")] > weights[stem("carry")] > 0
    assert weights[stem("ferry")] == pytest.approx(math.log(1 + 48.5 / 2.5))


def test_stems_join_inflections() -> None:
    assert stems("Carrying ships, SHIPPING!") == stems("carried ship")
    assert stems("") == stems("?!") == frozenset()


@pytest.mark.parametrize(
    ("question", "sentence", "gives"),
    [
        ("How many cars fit?", "It holds forty cars.", True), ("How many cars fit?", "It holds many cars.", False),
        ("How many of the 40 cars fit?", "All the 40 cars fit.", False),  # nothing new
        ("When did it sail?", "It sailed on Tuesday.", True), ("When did it sail?", "It sailed.", False),
        ("Where did it land?", "It landed at Oslo.", True), ("Where did it land?", "It landed well.", False),
        ("Who steers it?", "It is steered by Anna Vane.", True), ("Who steers it?", "Somebody steers.", False),
        ("Why was it late?", "It was late because of fog.", True), ("Why was it late?", "It was late.", False),
        ("How does it float?", "Well.", None),
    ],
)  # fmt: skip
def test_a_sentence_gives_the_kind_of_answer_or_not(question: str, sentence: str, gives: bool | None) -> None:
    assert gives_kind(question_of(question, {}, 10), sentence, stems(sentence)) is gives


def shares(question: str, *texts: str, sentences: tuple[str, ...] = ()) -> list[float]:
    taken_apart = question_of(question, {}, 100)
    return shared_words(taken_apart, [stems(text) for text in sentences], [stems(text) for text in texts])


def test_the_share_of_the_questions_words_is_0_to_1_in_any_inflection() -> None:
    assert shares("ferry fog", "Ferries in fogs.", "The ferry.", "It was late.") == pytest.approx([1, 0.5, 0])
    assert shares("ferry fog") == []


def test_a_word_that_most_sentences_hold_tells_little() -> None:
    sentences = ("The ferry came.", "The ferry left.", "The ferry is old.", "Fog rose.")
    with_ferry, with_fog = shares("ferry fog", "ferry", "fog", sentences=sentences)
    assert 0 < with_ferry < 0.25
    assert with_ferry + with_fog == pytest.approx(1)


@pytest.mark.parametrize(
    "question", ["", "?", "who", "👩‍👩‍👧", "İ ß e\u0301", "_", "a" * 3000, "\x00", "Ü-Boot's 3.5-fold"]
)
def test_odd_questions_share_something_between_nothing_and_all(question: str) -> None:
    sentence = "Whatever the 3 ferries did."
    assert all(0 <= share <= 1 for share in shares(question, sentence, question, "", sentences=(sentence,)))
    gives_kind(question_of(question, {}, 0), sentence, stems(sentence))
