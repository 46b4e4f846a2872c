"""What a text is found by: its words in the way of its language, and pieces of scripts without spaces between words.

| script                               | is found by                                                                 |
|--------------------------------------|-----------------------------------------------------------------------------|
| Chinese, Japanese, Korean            | overlapping pairs of characters; Chinese characters and kanji also one by one |
| Thai, Lao, Khmer, Burmese            | overlapping pieces of four letters, and pairs, for words that are shorter   |
| others, in a language with a stemmer | stems (Snowball), then without accents                                      |
| others                               | overlapping pieces of four letters without accents; shorter words whole     |

Letters are compared as they are seen: wide as narrow ones, composed as decomposed ones, digits of any script, Arabic
and Hebrew without vowel marks. Figures: docs/decisions.md, "Languages".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import tantivy

from index.words import SEARCH_STOP_WORDS, plain

if TYPE_CHECKING:
    from Stemmer import Stemmer

DEFAULT_LANGUAGE = "en"  # of a text of which the language is not clear
_LONGEST_WORD = 256  # bytes
_PIECE = 4  # letters
# Snowball's stemmers by code of ISO 639-1; Malay is stemmed as Indonesian, Croatian and Bosnian as Serbian.
_STEMMERS = {
    "ar": "arabic", "bs": "serbian", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hr": "serbian", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ms": "indonesian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip
_DOTLESS = ("az", "tr")  # languages in which "I" is the capital of "ı"

_IDEOGRAPHS = r"\p{Han}\p{Hiragana}\p{Katakana}ー々〆"
_ALPHABETS = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# By the rules of Rust's regular expressions, which know scripts.
_RUNS = rf"[{_IDEOGRAPHS}]+|\p{{Hangul}}+|[{_ALPHABETS}]+|[\w&&[^_{_IDEOGRAPHS}\p{{Hangul}}{_ALPHABETS}]]+"
_IN_PAIRS = re.compile(
    "[\u1100-\u11ff\u2e80-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff"
    "\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
_IN_PIECES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f]")
_ALONE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# Vowel marks of Arabic and Hebrew, the Arabic line that makes a word longer, joiners, the dot under letters of Hindi.
_MARKS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u093c\u200c\u200d]"
)
_ARABIC = str.maketrans("أإآٱىیېکةۀہ", "اااايييكههه")  # letters that are written for each other
_WITH_ACCENTS = re.compile("[A-Za-z\u00aa-\u052f\u1c80-\u1c8f\u1d00-\u1fff\u2c60-\u2c7f\ua720-\ua7ff]")


def terms_of(text: str, language: str) -> list[str]:
    """What a text is found by, in order; `language` is a code of ISO 639-1.

    >>> terms_of("Der Flughafen öffnet.", "de"), terms_of("東京2024", "ja")
    (['der', 'flughaf', 'offn'], ['東京', '東', '京', '2024'])
    """
    return [term for word in _runs(text) for term in _terms(word, language)]


def question_terms(question: str, languages: Sequence[str]) -> dict[str, list[str]]:
    """What is searched for among texts in `languages`, by language: a question's words in the way of each of them.

    The question's own language comes first: that of which it has most stop words, of equal ones the first. Its terms
    may be found in any text, and are left out of the others', which stand for their own language's texts alone. Stop
    words of the question's language are left out, unless there are no other words.

    >>> question_terms("Who sold the lighthouses?", ["en"])
    {'en': ['sold', 'lighthous']}
    >>> question_terms("Wer kaufte die Häuser?", ["en", "de"])
    {'de': ['kauft', 'haus'], 'en': ['hauser']}
    """
    if not languages:
        return {}
    words = list(dict.fromkeys(part for word in _runs(question) for part in _parts(word)))
    lower = [word.lower() for word in words]
    own = max(languages, key=lambda language: sum(word in _stop_words(language) for word in lower))
    kept = [word for word, small in zip(words, lower, strict=True) if small not in _stop_words(own)] or words
    found: dict[str, list[str]] = {}
    for language in (own, *(each for each in languages if each != own)):
        terms = dict.fromkeys(term for word in kept for term in _asked(word, language))
        found[language] = [term for term in terms if language == own or term not in found[own]]
    return {language: terms for language, terms in found.items() if terms}


def _runs(text: str) -> list[str]:
    """The words of a text, or what is written without spaces between signs; letters as they are seen."""
    seen = _MARKS.sub("", unicodedata.normalize("NFKC", plain(text)))
    runs: list[str] = _tokenizer().analyze(seen)
    return runs


@cache
def _tokenizer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_RUNS)).build()


def _terms(run: str, language: str) -> Sequence[str]:
    """What a run of a text is found by."""
    if _IN_PAIRS.match(run):
        return [*_pieces(run, 2), *(_ALONE.findall(run) if len(run) > 1 else ())]
    if _IN_PIECES.match(run):
        return [*_pieces(run, _PIECE), *(_pieces(run, 2) if len(run) > 2 else ())]
    return _word(run, language)


def _parts(run: str) -> Sequence[str]:
    """The parts of a run of a question that are stop words or none: a word, or the pieces that it is found by."""
    if _IN_PAIRS.match(run):
        return _terms(run, "")
    if _IN_PIECES.match(run):
        return _pieces(run, _PIECE if len(run) >= _PIECE else 2)
    return [run]


def _asked(part: str, language: str) -> Iterator[str]:
    """A part of a question in the way of a language, also as if it had been typed without accents."""
    if _IN_PAIRS.match(part) or _IN_PIECES.match(part):
        yield part
        return
    yield from _word(part, language)
    if language in _STEMMERS:
        yield from _word(_without_accents(part), language)


def _pieces(run: str, size: int) -> list[str]:
    return [run[at : at + size] for at in range(max(len(run) - size, 0) + 1)]


@lru_cache(maxsize=50_000)
def _word(word: str, language: str) -> Sequence[str]:
    """A word of a script with spaces: its stem, or its pieces where the language has no stemmer; none of a long one."""
    if len(word.encode()) > _LONGEST_WORD:
        return ()
    if language in _DOTLESS:
        word = word.replace("I", "ı").replace("İ", "i")
    word = word.lower()
    if word.isdecimal():
        return (_without_accents(word),)
    stemmer = _stemmer(language)
    if stemmer is None:
        return _pieces(_without_accents(word), _PIECE)
    if language == "en":  # its stemmer knows no accents, and the names in English articles have some
        word = _without_accents(word)
    return (_without_accents(stemmer.stemWord(word)),)


@cache
def _stemmer(language: str) -> Stemmer | None:
    from Stemmer import Stemmer

    return Stemmer(_STEMMERS[language]) if language in _STEMMERS else None


def _without_accents(word: str) -> str:
    """A word as one types it in a hurry: Latin, Greek and Cyrillic letters without accents, digits as 0 to 9."""
    if word.isascii():
        return word
    word = word.translate(_ARABIC)
    if _WITH_ACCENTS.match(word):
        word = "".join(each for each in unicodedata.normalize("NFD", word) if not unicodedata.combining(each))
        [word] = _to_ascii().analyze(word) or [word]
    return "".join(str(unicodedata.decimal(each, each)) for each in word)


@cache
def _to_ascii() -> tantivy.TextAnalyzer:
    """ß to ss, ø to o, ı to i and the like."""
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw()).filter(tantivy.Filter.ascii_fold()).build()


@cache
def _stop_words(language: str) -> frozenset[str]:
    """Words of a language that find nothing, in lower case; of scripts without spaces those of two characters."""
    if language == "en":
        return SEARCH_STOP_WORDS
    from stopwordsiso import stopwords

    return frozenset(unicodedata.normalize("NFKC", word).lower() for word in stopwords(language))
