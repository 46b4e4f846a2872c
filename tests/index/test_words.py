"""What counts as a word, and which words carry no meaning."""

from __future__ import annotations

import pytest

from index.words import FUNCTION_WORDS, SEARCH_STOP_WORDS, key_of, keys, words


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


def test_every_list_is_of_words_in_lower_case() -> None:
    for word in SEARCH_STOP_WORDS | FUNCTION_WORDS:
        assert word.isalpha()
        assert word == word.lower()
