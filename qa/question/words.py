"""The words of a text that carry its meaning: see index.words, where all rules for words stand."""

from index.words import DAYS, FORMS_OF_ADDRESS, FUNCTION_WORDS, MONTHS, WORD, Word, key_of, keys, words

__all__ = ["DAYS", "FORMS_OF_ADDRESS", "FUNCTION_WORDS", "MONTHS", "WORD", "Word", "key_of", "keys", "words"]
