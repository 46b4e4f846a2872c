"""Which language a question is in, and what its words ask for in languages other than English.

`tongue_of` decides for the whole program. A language has a table, `tables/<code>.yaml`, which is read when a first
question in it is asked; a question in a language without one asks for something short of no type in particular.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from index.words import FUNCTION_WORDS, SEARCH_STOP_WORDS

ENGLISH = "en"
UNSPACED = ("zh", "ja", "th")  # no space stands between words and sentences
NO_TABLE = "und"  # not English, and no language that has a table
NOUNS_CAPITALISED = ("de", NO_TABLE)  # more than names have a capital, or that is not known

_ENGLISH = FUNCTION_WORDS | SEARCH_STOP_WORDS
# The words that a language in Latin script is told by: those that most questions have. The first ones tell it alone.
_WORDS = {
    "de": "wer wen wem wessen wann wie wieso warum weshalb weswegen welche welcher welches welchen welchem wofür "
    "wovon wozu worauf woran worin wodurch worüber womit wobei danke hallo gibt wurde chronologie fasse nenne; "
    "der die das den dem des ein eine einen einem einer und ist nicht hat haben "
    "hatte sind war waren wurden wird werden von vom zum zur mit für auf im am sich auch noch bei nach aus "
    "über seit es sie er ich ihr was wo geschah passierte sagte viele gewann letzte letzten kann können "
    "hatten vor bedeutet heißt nennt lautet",
    "fr": "qui quand où combien pourquoi quel quelle quels quelles comment merci bonjour quoi résume résumez; le la "
    "les un une des du de et est sont a ont était dans en au aux sur pour par avec que ce cette il elle se ne "
    "pas été qu d l s c t y n chronologie explique signifie appelle",
    "es": "quién quiénes qué cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas gracias hola quien cuando "
    "donde cronología resume; el la los las un una de del y en es fue son por para con se ha han su lo al que "
    "hay está significa llama",
    "it": "chi cosa quale quali quando dove perché quanto quanta quanti quante grazie ciao dov riassumi cronologia; "
    "il lo la i gli le un una di del della dello dei delle e è sono ha hanno in nel nella al alla su sul sulla per "
    "con si che da dal stato stata come significa chiama",
    "pt": "quem quando onde qual quais quanto quanta quantos quantas obrigado obrigada olá quê resuma cronologia; "
    "por o a os as um uma de do da dos das e é foi são em no na nos nas para com se que ao à pelo pela foram "
    "você há como significa chama",
}
_TOLD_BY = {
    code: tuple(frozenset(part.split()) for part in (alone, f"{alone} {others}"))
    for code, (alone, others) in ((code, words.split(";")) for code, words in _WORDS.items())
}
_OTHER_WORDS = frozenset[str]().union(*(words for _, words in _TOLD_BY.values()))
_WORD = re.compile(r"[^\W\d_]+")
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_KANA, _HAN = re.compile("[\u3041-\u30ff]"), re.compile("[\u3400-\u9fff\uf900-\ufaff]")
# A script's language, unless letters stand in it that only its neighbours have.
_SCRIPTS = (
    ("ru", re.compile("[\u0400-\u04ff]"), re.compile("[іїєґўђјљњћџѓќ]", re.IGNORECASE)),
    ("ar", re.compile("[\u0600-\u06ff]"), re.compile("[پچژگکیےہھٹڈڑں]")),
)


def tongue_of(question: str) -> str:
    """The language of a question as a code of ISO 639-1: English unless its words or script say another; else "und".

    A language is told by more of its own words than of English ones, one of which asks, or by its script; where hardly
    a word is English, py3langid tells it. Of words with a capital only the first counts: the others are names.

    >>> tongue_of("Wer hat die Brücke entworfen?"), tongue_of("Who won La Liga?"), tongue_of("Ποιος κέρδισε;")
    ('de', 'en', 'und')
    """
    text = unicodedata.normalize("NFC", question)
    found = _WORD.findall(text)
    small = {word.lower() for at, word in enumerate(found) if at == 0 or word[0].islower()}
    english = len(small & _ENGLISH)
    if _is_in_another_script(text, found):
        return _by_script(text)
    scores = {code: _score(small, alone, words) for code, (alone, words) in _TOLD_BY.items()}
    best = max(scores, key=scores.__getitem__)
    near = [code for code, score in scores.items() if score == scores[best]]
    own = len(small & _ENGLISH - _TOLD_BY[best][1])
    if "¿" in text or "¡" in text:
        return "es"
    if scores[best] >= _LEAST and scores[best] > own:
        return best if len(near) == 1 else _likelier(text, near)
    asks_was = len(found) > 1 and found[0].lower() == "was" and found[1].islower()
    least = _LEAST_OF_WAS if asks_was else _LEAST_LIKELY
    if not small & _ENGLISH - _OTHER_WORDS and (told := _language_of(text, least)) not in (None, ENGLISH):
        return told if told and table_of(told) else NO_TABLE
    # Others are told from English by letters that English words do not have.
    foreign = sum(not word.isascii() for word in found if word[0].islower())
    return NO_TABLE if foreign > english else ENGLISH


def is_word_of(word: str, language: str) -> bool:
    """Whether a language is told by this word, which is then no name and not misspelt.

    >>> is_word_of("Quién", "es"), is_word_of("Queen", "es")
    (True, False)
    """
    return word.lower() in (_TOLD_BY[language][1] if language in _TOLD_BY else _ENGLISH)


def _is_in_another_script(text: str, words: list[str]) -> bool:
    """Whether most of it is, apart from names; a question that begins with a Latin word that asks is about such a name.

    >>> [_is_in_another_script(text, text.split()) for text in ("Sky Digital 是什么", "Who is Путин")]
    [True, False]
    """
    known = [word for word in words if len(word) > 1 and word.lower() in _ENGLISH | _OTHER_WORDS]
    latin = len(LATIN.findall(text))
    others = sum(map(str.isalpha, text)) - latin
    return others > max(min(latin, 2), _LETTERS * len(known)) and words[0] not in known


_LETTERS = 8  # of a script, for each Latin word that no name is made of


def _score(small: set[str], alone: frozenset[str], words: frozenset[str]) -> int:
    """How many words are of a language, one that asks twice; 0 where English has all of them."""
    return len(small & words) + (not small.isdisjoint(alone)) if small & words - _ENGLISH else 0


_LEAST = 2  # what a language has to be told by


def _likelier(text: str, near: list[str]) -> str:
    """Of languages that have as many of the words the one that the whole text is likely in, else the first."""
    told = _language_of(text, 0.0)
    return told if told in near else near[0]


_LEAST_LIKELY = 0.8  # of 2,842 English titles and questions with hardly an English word none is taken for another
_LEAST_OF_WAS = 0.3  # "Was umgibt Amsel?": before a word in small letters, of which English has hardly any here


def _language_of(text: str, least: float) -> str | None:
    """By py3langid, where it is at least so likely."""
    from index.language import language_of

    return language_of(text, least)


def _by_script(text: str) -> str:
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "zh"
    for code, script, others in _SCRIPTS:
        if script.search(text):
            return NO_TABLE if others.search(text) else code
    return NO_TABLE


Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Table:
    """What the words of one language ask for; patterns are searched for in `seen` questions.

    `yes_no` asks for a yes or a no by itself, `statement` where none of `question_words` stands beside it; neither does
    beside `either` ("or"); `joins` are those question words that join clauses as well ("when"). `polite` is what stands
    before or behind a question and says nothing of it. `latest` and `timeline` have a group "topic", `definition` a
    group "thing". `why` asks for a reason, which `reasons` are said with. `follows` is what points back to the question
    before. `small_talk` is all that such words are made of. `times` are words as the English rules know them,
    `patterns` what is replaced before these (see `qa.question.foreign_times`).
    """

    question_words: Pattern
    either: Pattern
    polite: Pattern
    yes_no: Pattern
    statement: Pattern
    sentences: Pattern
    several: Pattern
    current: Pattern
    summary: Pattern
    follows: Pattern
    types: Mapping[str, Pattern]
    latest: tuple[Pattern, ...]
    timeline: tuple[Pattern, ...]
    definition: tuple[Pattern, ...]
    why: Pattern
    reasons: Pattern
    joins: Pattern
    articles: Pattern
    small_talk: Pattern
    replies: tuple[tuple[Pattern, str], ...]
    yes: str
    no: str
    denies: Pattern
    numbers: tuple[tuple[str, ...], ...]  # one to twelve, in all their forms
    times: Mapping[str, str]
    patterns: tuple[tuple[Pattern, str], ...]
    bare_years: bool = False  # "2023" alone is a time


@cache
def table_of(language: str) -> Table | None:
    """The table of a language; None where it has none."""
    path = Path(__file__).parent / "tables" / f"{language}.yaml"
    if language in (ENGLISH, NO_TABLE) or not path.is_file():
        return None
    import yaml  # BaseLoader: "no" is a Portuguese word here, and no False

    return _table(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))


def _table(values: dict[str, Any]) -> Table:
    def whole(words: str) -> Pattern:
        """Words that stand by themselves; in scripts without spaces they stand anywhere."""
        return re.compile(
            words if _HAN.search(words) or _KANA.search(words) else rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE
        )

    single = "polite yes_no statement sentences several current summary follows denies why reasons".split()
    several = "latest timeline definition".split()
    return Table(
        **cast(Any, {name: re.compile(values[name], re.IGNORECASE) for name in single}),
        question_words=whole(values["question_words"]),
        either=whole(values["or"]),
        types={name: re.compile(pattern, re.IGNORECASE) for name, pattern in values["types"].items()},
        **cast(Any, {name: tuple(re.compile(each, re.IGNORECASE) for each in values[name]) for name in several}),
        joins=whole(values.get("joins", "(?!)")),
        articles=re.compile(
            rf"^(?:{values['articles']})(?: |(?<=['’]))" if values["articles"] else "(?!)", re.IGNORECASE
        ),
        small_talk=re.compile(rf"^\W*(?:(?:{values['small_talk']})(?:\b|(?!\w))\W*)+$", re.IGNORECASE),
        replies=tuple((re.compile(pattern, re.IGNORECASE), said) for pattern, said in values["replies"]),
        yes=values["yes"],
        no=values["no"],
        numbers=tuple(tuple(forms.split("|")) for forms in values["numbers"]),
        times=values["times"],
        patterns=tuple((re.compile(pattern, re.IGNORECASE), put) for pattern, put in values["patterns"]),
        bare_years=bool(values.get("bare_years")),
    )


def seen(text: str) -> str:
    """A question as the tables know it: composed letters, single spaces, straight digits, no vowel marks of Arabic."""
    text = _ARABIC_MARKS.sub("", unicodedata.normalize("NFC", " ".join(text.split())))
    return text if text.isascii() else "".join(str(unicodedata.decimal(each, each)) for each in text)
