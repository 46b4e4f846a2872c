"""Words of a question that stand in no article, put as the articles spell them: "Witkof" is read as "Witkoff".

A word that an article has, in whatever form, is never changed, nor is one in quotation marks. What takes its place is a
name of the articles, or else a word that they use often.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from index import ArticleIndex, Passage
from index.similar import edits_between, folded, one_edit_from
from index.words import FUNCTION_WORDS, plain
from qa.question.languages import ENGLISH, NOUNS_CAPITALISED, is_word_of, tongue_of
from qa.question.names import names

# The measurements behind these are in docs/decisions.md, "Spelling".
_SHORT = 6  # letters: up to here one may be wrong, beyond two
_OFTEN = 5  # passages that a word which is no name must stand in
_TIMES = 20  # as frequent as another name that is as near must be the one that is meant
_MOST = 8  # unknown words: a question with more is about something else

_WORD = re.compile(r"[^\W\d_]+")
# No part of an address, a tag, a number or "didn't"; Latin script, whose names English texts spell.
_CANDIDATE = re.compile(r"(?<![\w@#/\\])(?<!\w\.)[A-Za-z\u00c0-\u024f]{4,30}(?![\w@/\\]|\.\w|['’]t\b)")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»")
_SHORTENED = ("t", "s", "re", "ve", "ll", "d")  # "dont", "theyre", as they are typed


@dataclass(frozen=True, slots=True)
class Respelt:
    """A question as it is read; `corrections` says for each word that was changed what was put in its place."""

    text: str
    corrections: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A word of a question that no article has."""

    written: str
    key: str
    beside: tuple[str, str]  # the words before and behind it, "" for none
    doubtful: bool  # may well be right: only a neighbour of the same name shows that it is not
    named: bool | None  # whether a name is asked for by its capital; None where the question does not show
    abroad: bool  # in a question that is not English: only a name is misspelt, as its other words are not known

    @property
    def edits(self) -> range:
        return range(1, 2 if len(self.key) <= _SHORT else 3)


@dataclass(slots=True)
class _Likely:
    """A word of the articles that may be meant."""

    cost: int
    forms: Counter[str] = field(default_factory=Counter)  # as it is written
    named: bool = False  # has a capital in running text
    beside: bool = False  # stands, as a part of a name, beside the same word as in the question

    @property
    def form(self) -> str:
        return max(self.forms, key=lambda form: (self.forms[form], form))

    @property
    def is_name(self) -> bool:
        """Always with a capital; one that only begins sentences is a name where it is no English word."""
        return all(form[0].isupper() for form in self.forms) and (self.named or not is_english(self.form))


class Spelling:
    """Puts words of questions as the articles of an index spell them. Thread-safe."""

    def __init__(self, articles: ArticleIndex) -> None:
        """Use the words of `articles`."""
        self._articles = articles

    def corrected(self, question: str) -> Respelt:
        """The question as it is read; as it is, where the articles have all its words. Raises StoreError."""
        text = unicodedata.normalize("NFC", plain(question))
        quoted = [match.span() for match in _QUOTED.finditer(text)]
        language = tongue_of(text)
        asked = [
            match
            for match in _CANDIDATE.finditer(text)
            if _may_be_wrong(match[0], text)
            and not is_word_of(match[0], language)
            and not any(start <= match.start() < end for start, end in quoted)
        ]
        often = self._articles.frequencies([match[0] for match in asked]) if asked else {}
        unknown = [match for match in asked if not often[match[0]]]
        if not 0 < len(unknown) <= _MOST:
            return Respelt(question)
        # Where only names have a capital, one that no article has is a name that is misspelt, in any language.
        is_foreign = language in NOUNS_CAPITALISED or (language == ENGLISH and self._is_foreign(text))
        places: dict[int, tuple[str, str]] = {}
        for match in unknown:
            if (meant := self._meant(_asked(text, match, is_foreign, language))) is not None:
                places[match.start()] = (match[0], meant)
        if not places:
            return Respelt(question)
        read = _CANDIDATE.sub(lambda match: places.get(match.start(), ("", match[0]))[1], text)
        return Respelt(read, dict(places.values()))

    def _is_foreign(self, text: str) -> bool:
        """Whether so many words are neither in the articles nor English that it is another language, not misspelt."""
        asked = [word for word in _WORD.findall(text) if len(word) > 1]
        often = self._articles.frequencies(asked)
        strange = [word for word in asked if not often[word] and not is_english(word)]
        return len(strange) > max(1, len(asked) // 4)

    def _meant(self, asked: _Asked) -> str | None:
        """What a word of the question is read as; None: as it is."""
        if asked.doubtful and not any(self._articles.frequencies(asked.beside).values()):
            return None
        for edits in asked.edits:
            likely = _likely(asked, edits, self._articles.passages_like(asked.key, edits))
            often = self._articles.frequencies([each.form for each in likely])
            able = [
                each
                for each in likely
                if (each.is_name and (each.beside or (not asked.doubtful and (not asked.abroad or asked.named))))
                or (not asked.doubtful and not asked.abroad and often[each.form] >= _OFTEN)
            ]
            if able:
                return _best(able, often, asked)
        return None


def is_english(word: str) -> bool:
    """Whether a word is in a list of 82,000 English words."""
    return word.lower() in _english()


@cache
def _english() -> frozenset[str]:
    """Read when a first word is not in the articles: 30 ms, 8 MB."""
    listed = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    return frozenset(line.partition(" ")[0] for line in listed.splitlines())


def _may_be_wrong(word: str, text: str) -> bool:
    key = word.lower()
    if key in FUNCTION_WORDS or any(key.endswith(end) and key[: -len(end)] in FUNCTION_WORDS for end in _SHORTENED):
        return False
    return not (word.isupper() and not text.isupper())  # short for several words


def _asked(text: str, match: re.Match[str], is_foreign: bool, language: str) -> _Asked:
    begins = not text[: match.start()].strip(" \"'“¿¡")
    has_capitals = any(letter.isupper() for letter in text[1:]) and not text.isupper()
    named = match[0][0].isupper() if has_capitals and not begins else None
    doubtful = is_foreign or (language == ENGLISH and is_english(match[0]))
    return _Asked(match[0], folded(match[0]), _neighbours(text, match), doubtful, named, language != ENGLISH)


def _neighbours(text: str, match: re.Match[str]) -> tuple[str, str]:
    """The words before and behind one, where nothing but space is between; "" for none and for a function word."""
    before = re.search(r"([^\W\d_]{2,})[ -]+$", text[: match.start()])
    behind = re.match(r"[ -]+([^\W\d_]{2,})", text[match.end() :])
    first, last = (folded(each[1]) if each else "" for each in (before, behind))
    return "" if first in FUNCTION_WORDS else first, "" if last in FUNCTION_WORDS else last


def _likely(asked: _Asked, edits: int, passages: Sequence[Passage]) -> list[_Likely]:
    """The words in these passages that cost at most `edits`, and the English ones that are one letter away.

    Another first letter costs one more: it is seldom wrong.
    """
    found: dict[str, _Likely] = {}
    for passage in passages:
        named = {part for name in names(passage.text) for part in _WORD.findall(name)}
        for text in (passage.text, passage.title, passage.author or "", passage.source or ""):
            written = _WORD.findall(text)
            for at, form in enumerate(written):
                key = folded(form)
                cost = edits_between(asked.key, key, edits) + (key[:1] != asked.key[:1])
                if cost > edits:
                    continue
                each = found.setdefault(key, _Likely(cost))
                each.forms[form] += 1
                each.named |= form in named
                each.beside |= _is_beside(asked, written, at)
    for key in () if asked.abroad else one_edit_from(asked.key) - found.keys():
        if key[:1] == asked.key[:1] and is_english(key):
            found[key] = _Likely(1, Counter([key]))
    return list(found.values())


def _is_beside(asked: _Asked, written: Sequence[str], at: int) -> bool:
    """Whether a word of a text is part of a name with the neighbour of the word that was asked."""
    around = (written[at - 1] if at else "", written[at + 1] if at + 1 < len(written) else "")
    return written[at][0].isupper() and any(
        wanted and there[:1].isupper() and folded(there) == wanted
        for there, wanted in zip(around, asked.beside, strict=True)
    )


def _best(able: Sequence[_Likely], often: Mapping[str, int], asked: _Asked) -> str | None:
    """The nearest of these, one that a neighbour confirms first; None for two names that are so, neither of them rare.

    Of a name and another word that of the kind that was asked for, or the more frequent.
    """

    def rank(each: _Likely) -> tuple[bool, int, bool]:
        return not each.beside, each.cost, asked.named is not None and each.is_name != asked.named

    first = min(map(rank, able))
    equal = [each for each in able if rank(each) == first]
    best = max(equal, key=lambda each: (often[each.form], each.form))
    if best.is_name:
        key = folded(best.form).removesuffix("s")
        others = [often[each.form] for each in equal if each.is_name and folded(each.form).removesuffix("s") != key]
        return best.form if _TIMES * max(others, default=0) <= often[best.form] else None
    form = best.form.lower()
    return form.capitalize() if asked.written[0].isupper() else form
