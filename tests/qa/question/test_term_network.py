"""The network that says what a follow-up leaves out: what it is fed with, and what it says."""

from __future__ import annotations

import pytest

from index.words import Word, key_of, keys, words
from qa.question.term_network import MAX_TOKENS, TermNetwork, encode, load_tokenizer

HISTORY = [("Who bought the tower?", "Oskar Lindqvist's sister"), ("Why?", "")]


def test_words_carry_meaning_and_have_a_key_in_common() -> None:
    assert words("Who is Amélie’s robot?") == [Word(7, 15, "amelie"), Word(16, 21, "robot")]
    assert keys("The Lindqvists' tower, the TOWER") == {"lindqvists", "tower"}
    assert key_of("U.S.'s") == "u.s."


def test_the_latest_pair_stands_first_and_the_question_s_own_words_are_left_out() -> None:
    tokenizer = load_tokenizer()
    encoded = encode(tokenizer, "Is the tower tall?", HISTORY)
    assert [key for _, key in encoded.places] == ["bought", "oskar", "lindqvist", "sister"]
    tokens = [tokenizer.id_to_token(number) for number in encoded.ids]
    assert tokens[: encoded.history_at] == ["[CLS]", "is", "the", "tower", "tall", "?", "[SEP]"]
    assert tokens[encoded.history_at : encoded.history_at + 4] == ["why", "?", "[SEP]", "[SEP]"]
    assert all(tokens[place].startswith(key[:3]) for place, key in encoded.places)


def test_of_a_long_conversation_the_latest_is_read() -> None:
    history = [(f"What of number {number}?", "long " * 50) for number in range(40)]
    encoded = encode(load_tokenizer(), "And then?", history)
    assert len(encoded.ids) <= MAX_TOKENS
    assert "39" in {key for _, key in encoded.places}
    assert "2" not in {key for _, key in encoded.places}


@pytest.mark.parametrize("history", [[], [("", "")], [("?", "the")]])
def test_a_conversation_without_words_leaves_nothing_out(history: list[tuple[str, str]]) -> None:
    assert TermNetwork().probabilities("And then?", history) == {}


def test_the_one_who_is_meant_is_likelier_than_the_rest() -> None:
    found = TermNetwork().probabilities("How old is he?", HISTORY[:1])
    assert found["lindqvist"] > found["bought"]
    assert all(0 <= probability <= 1 for probability in found.values())
