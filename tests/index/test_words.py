"""What counts as a word, and which words carry no meaning."""

from __future__ import annotations

import pytest

from index.words import FUNCTION_WORDS, SEARCH_STOP_WORDS, key_of, keys, search_terms, tokens, words


def test_tokens_are_lower_case_and_know_no_punctuation() -> None:
    assert tokens("The U.S.-led vote: 1,500 o\u2019clock_x, Zürich!") == [
        "the", "u", "s", "led", "vote", "1", "500", "o", "clock_x", "zürich",
    ]  # fmt: skip
    assert tokens(" ?! ") == []


def test_stop_words_are_searched_for_only_where_a_question_has_no_other_words() -> None:
    assert search_terms("Who is the one of that?") == ["one"]
    assert search_terms("who was it") == ["who", "was", "it"]
    assert search_terms("Boats, boats and BOATS; ferries") == ["boats", "ferries"]
    assert search_terms("?") == []


def test_a_word_that_carries_meaning_keeps_its_place_and_has_the_key_of_its_equals() -> None:
    text = "Amélie\u2019s boats were in St. John's"
    assert [(text[word.start : word.end], word.key) for word in words(text)] == [
        ("Amélie\u2019s", "amelie"), ("boats", "boats"), ("St", "st"), ("John's", "john"),
    ]  # fmt: skip
    assert keys(text) == {"amelie", "boats", "st", "john"}


@pytest.mark.parametrize(
    ("word", "key"),
    [("Rome's", "rome"), ("Rome\u2019s", "rome"), ("boss'", "boss"), ("É", "e"), ("AT&T", "at&t"), ("İ", "i")],
)
def test_keys_know_no_case_no_accent_and_no_possessive(word: str, key: str) -> None:
    assert key_of(word) == key


def test_every_list_is_of_tokens() -> None:
    for word in SEARCH_STOP_WORDS | FUNCTION_WORDS:
        assert tokens(word) == [word]
