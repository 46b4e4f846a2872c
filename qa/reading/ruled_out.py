"""What cannot be the short answer where it stands, however well it fits: what is denied, or said of somebody else.

A sentence near the right one often holds something of the same kind: the figure that it corrects, the deputy of who is
asked about, its writer. Such an answer is not told where there is another one, and hardly ever where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from index import Passage
from index.words import WORD
from qa.answer import day_of
from qa.question.languages import ENGLISH
from qa.question.times import meant
from qa.question.turn import Query
from qa.reading.dated import lies_ahead
from qa.reading.opposites import both_ways, turns_round
from qa.reading.sentences import around


def is_ruled_out(query: Query, passage: Passage, start: int, end: int) -> bool:
    """Whether what stands at `start` to `end` of the article cannot be what is asked for."""
    if query.answer_type == "person" and _is_byline(query.text, passage, start, end):
        return True
    begin, finish = around(passage, start, end, query.language)
    sentence = passage.text[begin - passage.start : finish - passage.start]
    if _is_of_another_year(query, passage, sentence):
        return True
    if query.language != ENGLISH or (passage.language or ENGLISH) != ENGLISH:
        return False
    answer = passage.text[start - passage.start : end - passage.start]
    before = passage.text[begin - passage.start : start - passage.start]
    behind = passage.text[end - passage.start : finish - passage.start]
    if query.answer_type == "time" and _is_on_the_other_side(query.text, answer, sentence, passage.published):
        return True
    if (
        _is_still_expected(query, behind)
        or _is_unknown(query.text, sentence)
        or turns_round(query.text, sentence, _OPPOSITES)
    ):
        return True
    if query.contest is not None and query.contest.asks == "winner":
        from qa.reading.results_told import cannot_have_won  # its patterns take a while to compile

        if cannot_have_won(query.contest, answer, before):
            return True
    return query.answer_type == "person" and (
        _is_named(query.text, answer)
        or _is_known_as(query.text, passage.text, answer)
        or _is_deputy(query.text, before, behind)
    )


def is_asked_about(query: Query, answer: str) -> bool:
    """Whether an answer names a person whom the English question names itself, and so asks for somebody else."""
    return query.language == ENGLISH and query.answer_type == "person" and _is_named(query.text, answer)


def is_denied(query: Query, texts: Iterable[str], answer: str) -> bool:
    """Whether one of these English texts says that it is not this figure or name: "670,000 euros, not 760,000"."""
    figure = _FIGURE.search(answer)
    key = figure[0] if figure else answer
    if query.language != ENGLISH or len(key) < _TELLING or _ASKS_DENIED.search(query.text):
        return False
    denied = re.compile(rf"{_NOT}(?: {_BETWEEN})?,? [$£€]?{re.escape(key)}(?![\w,.]*\d)")
    return any(key in text and denied.search(text) for text in texts)


def is_foretold(query: Query, passage: Passage, start: int) -> bool:
    """Whether a figure is one that somebody expected, in English: "a predicted 40 million"."""
    if query.language != ENGLISH or not _asks_for_a_figure(query):
        return False
    before = passage.text[max(start - passage.start - _BEFORE, 0) : start - passage.start]
    return _FORETOLD.search(before) is not None


def _is_still_expected(query: Query, behind: str) -> bool:
    """Whether a figure that is asked for as a fact has yet to come: "40 people are expected"."""
    return _asks_for_a_figure(query) and _EXPECTED.match(behind) is not None


def _asks_for_a_figure(query: Query) -> bool:
    """Whether a figure is asked for as a fact, and not what somebody expects."""
    return query.answer_type in ("number", "money") and not _FORETELLS.search(query.text)


def asks_who_is(query: Query) -> bool:
    """Whether an English question asks who somebody is, today: not who has left."""
    return query.language == ENGLISH and query.answer_type == "person" and _WHO_IS.match(query.text) is not None


_FIGURE = re.compile(r"\d[\d.,]*\d|\d")
_NOT = r"\b(?:not|instead of|rather than|other than)"
_BETWEEN = r"(?!(?:until|till|before|only|just|merely|simply|even|least)\b)[a-z]+"  # "not until 1863" says that it was
_BEFORE = 40  # characters
_TELLING = 3  # characters: "not 30" may be about anything
_ASKS_DENIED = re.compile(r"\b(?:not|never|instead|rather|wrong\w*|false\w*)\b|n['’]t\b", re.IGNORECASE)
_NOT_KNOWN = re.compile(
    r"\b(?:is|was|are|were|remains?)(?: (?:still|yet))? (?:not(?: yet)? (?:known|clear|disclosed)|unknown|unclear)\b"
    r"|\b(?:nobody|no one) knows\b|\b(?:did not|didn['’]t|declined to|refused to) (?:say|name|disclose)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\b(?:who|whom|what|which|when|where|how)\b", re.IGNORECASE)
# What a sentence turns round: "when did it end?", "it began on Monday".
_OPPOSITES = both_ways(
    (
        (r"beg[aiu]n(?:s|ning)?|start(?:s|ed|ing)?", r"end(?:s|ed|ing)?|finish(?:es|ed)?"),
        (r"open(?:s|ed|ing)?", r"clos(?:es?|ed|ing)|shut(?:s|ting)?"),
        (r"cheap(?:er|est)", r"(?:most|more) expensive|dear(?:er|est)"),
        (r"highest|most", r"lowest|least|fewest"),
        (r"largest|biggest", r"smallest"),
        (r"oldest", r"youngest|newest"),
        (r"r[io]se[sn]?|increased?", r"fell|fall(?:s|en)?|drop(?:s|ped)?|decreased?"),
        (r"arriv(?:es?|ed)", r"depart(?:s|ed)?"),
    )
)
_WHO_IS = re.compile(r"^\W*(?:(?:and|so|but) )?who(?:['’]s| is| are) (?!\w+ing\b)", re.IGNORECASE)
_BYLINE = re.compile(
    r"^\W*(?:(?:by|von|par|por|di|da|door|av|text|words|story|author|autor|report(?:ing|ed by)?)\b:?\s+)"
    r"(?-i:[^\W\d_a-z][\w’'.-]*(?:\s+(?:(?:and|und|et|y|e|de|van|von)\s+)?[^\W\d_a-z][\w’'.-]*){0,6})\s*(?:,.{0,40})?$",
    re.IGNORECASE,
)
_ASKS_WRITER = re.compile(
    r"\b(?:wrote|writ\w+|authors?|reporters?|journalists?|articles?|bylines?|schrieb|geschrieben|autor\w*|escribi\w+|écrit"
    r"|scritt\w+|escreveu)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\w.,/-])(?:1[5-9]|20)\d\d(?:[-–/](\d\d))?(?![\w/-]|[.,]\d)")
_FROM_A_YEAR = re.compile(
    r"\b(?:before|after|since|until|till|by|from|than|between)(?: \w+)? (?:1[5-9]|20)\d\d", re.IGNORECASE
)
_KNOWN_AS = re.compile(
    r"(?P<who>(?-i:[A-Z])[^.!?\n]{2,60}?)\b(?:(?:better |also |formerly |previously )?known (?:online |simply )?as"
    r"|a\.?k\.?a\.?|nicknamed|dubbed|who (?:goes|streams|posts|performs|tweets) (?:by|as))(?: the name| the)? [“\"‘']?"
    r"(?P<as>(?-i:[A-Z])[\w’'-]*(?: (?-i:[A-Z\d])[\w’'-]*){0,3})",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(
    r"\bwho(?:['’]s| is| was) (?:\S+\s*){1,4}$|\b(?:real|full|actual|birth) name\b|\bbehind\b", re.IGNORECASE
)
_DEPUTY = r"(?:deputy|vice|former|ex|acting|assistant|outgoing|shadow|co)[- ]"
_OFFICE = re.compile(
    r"\b[Ww]ho(?:['’]s| is| was| are| were) (?:the |\w+['’]s )?(?:current |new |present )?(?P<office>[a-z]{4,})\b"
)
_FAMILY = re.compile(
    r"['’]s?\b|\b(?:wife|husband|spouse|son|daughter|brother|sister|father|mother|parents?|family|married|marry"
    r"|child\w*)\b"
)


_WILL_BE = re.compile(
    r"\bwhen (?:exactly )?(?:will\b|(?:is|are) .*\b(?:going to|due|set to|scheduled|expected|supposed to)\b)",
    re.IGNORECASE,
)
_WAS = re.compile(
    r"\bwhen (?:exactly )?(?:did|was|were|had)\b(?!.*\b(?:supposed|meant|due|going|scheduled)\b)", re.IGNORECASE
)
_FORETELLS = re.compile(
    r"\b(?:predict\w*|project\w*|forecast\w*|rumou?red|expect\w*|will|would|going to|hope\w*|anticipat\w*)\b",
    re.IGNORECASE,
)
_EXPECTED = re.compile(
    r"(?: [\w’'-]+){0,3} (?:is|are) (?:expected|predicted|forecast|projected|anticipated|hoped for)\b", re.IGNORECASE
)
_FORETOLD = re.compile(r"\b(?:predicted|projected|forecast(?:ed)?|rumou?red)(?: [\w$€£]+){0,2}\W*$", re.IGNORECASE)


def _is_on_the_other_side(question: str, answer: str, sentence: str, published: str | None) -> bool:
    """Whether a time lies before the article's day where it is asked of what will be, or behind it of what was."""
    day, will_be = day_of(published), _WILL_BE.search(question) is not None
    if day is None or not (will_be or _WAS.search(question)):
        return False
    ahead = lies_ahead(answer, sentence)  # an article that grows tells of days behind its own in the past tense
    period = meant(answer, day, ahead=ahead)
    if period is None:
        return False
    if will_be:
        return period.end is not None and period.end <= day and not ahead
    return ahead and period.start is not None and period.start > day


def _is_unknown(question: str, sentence: str) -> bool:
    """Whether a sentence says that it is not known, or not told, "who it was", where that is asked."""
    asked = _ASKED.search(question)
    return (
        asked is not None and _NOT_KNOWN.search(sentence) is not None and asked[0].lower() in sentence.lower().split()
    )


def _is_byline(question: str, passage: Passage, start: int, end: int) -> bool:
    """Whether who is named has only written the article."""
    at = passage.text.rfind("\n", 0, start - passage.start) + 1
    to = passage.text.find("\n", end - passage.start)
    line = passage.text[at : to if to >= 0 else len(passage.text)]
    return _BYLINE.match(line) is not None and _ASKS_WRITER.search(question) is None


def _is_of_another_year(query: Query, passage: Passage, sentence: str) -> bool:
    """Whether a sentence tells of other years than the question, in an article of neither that year nor the next."""
    if query.answer_type == "time" or _FROM_A_YEAR.search(query.text):
        return False
    asked = _years(query.text)
    told = _years(sentence) if asked else set()
    day = day_of(passage.published)
    reported = {str(day.year), str(day.year - 1)} if day else set()
    return bool(told) and not asked & (told | reported)


def _years(text: str) -> set[str]:
    """The years of a text; of "2022-23" both."""
    found = set()
    for match in _YEAR.finditer(text):
        found |= {match[0][:4]} | ({match[0][:2] + match[1]} if match[1] else set())
    return found


def _is_named(question: str, answer: str) -> bool:
    """Whether the question names that person itself; of one family with another first name is another person."""
    words = WORD.findall(answer)
    if not words or not words[-1][0].isupper() or _FAMILY.search(question):
        return False
    asked = WORD.findall(question)
    places = [at for at, word in enumerate(asked) if word == words[-1]]
    if len(words) == 1:
        return bool(places)
    return any(at == 0 or not asked[at - 1][0].isupper() or asked[at - 1] in words for at in places)


def _is_known_as(question: str, text: str, answer: str) -> bool:
    """Whether a text says that this is who the question names: "Paul Voss, also known as Ice Captain"."""
    words = WORD.findall(answer)
    if not words or _ASKS_NAME.search(question):
        return False
    asked = {word.casefold() for word in WORD.findall(question)}
    return any(
        words[-1] in WORD.findall(match["who"]) and {word.casefold() for word in WORD.findall(match["as"])} <= asked
        for match in _KNOWN_AS.finditer(text)
    )


def _is_deputy(question: str, before: str, behind: str) -> bool:
    """Whether beside a name stands the office that is asked for, of a deputy or of somebody who had it."""
    match = _OFFICE.search(question)
    if match is None or re.search(_DEPUTY, question, re.IGNORECASE):
        return False
    of_deputy = rf"{_DEPUTY}{re.escape(match['office'])}\b"
    return bool(
        re.search(rf"{of_deputy}(?: [\w’'-]+){{0,2}}\W*$", before, re.IGNORECASE)
        or re.match(rf",? (?:the |an? |is |was |\w+['’]s )*{of_deputy}", behind, re.IGNORECASE)
    )
