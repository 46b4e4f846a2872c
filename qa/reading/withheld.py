"""An answer that is not given: what came nearest to it, and why it is withheld, told from what is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from index import ScoredPassage
from index.words import WORD, key_of, keys
from qa.answer import Answer, Citation
from qa.question.languages import LATIN, NOUNS_CAPITALISED
from qa.question.names import CALENDAR, initials, names
from qa.question.small_talk import reply_to
from qa.question.times import Period
from qa.question.turn import MEASURED, Query
from qa.question.wording import fits
from qa.reading.bearing import Stated, unsaid
from qa.reading.dated import is_of_the_time
from qa.reading.nearest import Find, quoted
from qa.reading.result import NearSpan, Reading

_FAR = 0.1  # confidence below which nothing is about a question of which also no word was found
_TOGETHER = 0.5  # of the threshold: two answers with so much confidence each would have reached it as one
_NOT_ABOUT = "Nothing that was found is clearly about it."
_NAMES = 3  # names that are told


def withheld(answer: Answer, query: Query, reading: Reading, find: Find, threshold: float) -> Answer:
    """The same answer, which has no text, with what came nearest and why it is withheld, or a reply to small talk."""
    if query.small_talk:
        return replace(answer, reply=reply_to(answer.question, query.language))
    spans = reading.nearest or [
        NearSpan(
            each.passage,
            each.start if each.answer_start is None else each.answer_start,
            each.end if each.answer_end is None else each.answer_end,
        )
        for each in reading.spans  # a reader that does not say what is near
    ]
    find = cache(find)  # an article is asked for its quotes, and for why they do not answer
    nearest = quoted(spans, reading.passages, find)
    if query.for_article:
        nearest = tuple(replace(each, answer_start=None, answer_end=None) for each in nearest)
    stated = [_stated(query, each, find) for each in nearest]
    return replace(answer, nearest=nearest, reason=_reason(query, reading, stated, answer.confidence, threshold))


def _stated(query: Query, quoted: Citation, find: Find) -> Stated:
    """A quote by itself, or where it matters who speaks in its article."""
    article = find(quoted.article_id)
    language = (article and article.known_language) or query.language
    if article and query.speaker:
        return Stated(article.text, quoted.start, quoted.end, language)
    return Stated(quoted.quote, 0, len(quoted.quote), language)


def _reason(query: Query, reading: Reading, nearest: Sequence[Stated], confidence: float, threshold: float) -> str:
    """The first of these that is so, in one sentence."""
    passages = reading.passages
    if not passages:
        return "There is no article to look in."
    if reading.spans and confidence >= threshold:
        return "An article was changed while the question was answered."
    if (
        (time := query.period)
        and not query.clauses
        and not any(is_of_the_time(query, each) or _tells_of(time, each) for each in passages)
    ):
        return "Nothing was published in the time that was asked for."
    if query.language not in NOUNS_CAPITALISED and (missing := _missing_names(query.text, passages)):
        return f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} nowhere in what was found."
    if query.form in ("latest", "timeline", "summary"):
        return _NOT_ABOUT
    if reading.rival and confidence >= _TOGETHER * threshold:
        return f"Two answers are equally likely: {_line(reading.spans[0].text)} and {_line(reading.rival)}."
    measured = query.form == "short" and query.answer_type in MEASURED
    if measured and nearest and all(fits(query.answer_type, each.text, query.language) is False for each in nearest):
        return f"No {'sum of money' if query.answer_type == 'money' else query.answer_type} stands near."
    if why := unsaid(query, nearest):
        return why
    if confidence < _FAR and not keys(query.text) & _keys(passages):
        return _NOT_ABOUT
    if not reading.spans:
        return "Nothing that was found answers it."
    share = f"only {100 * confidence:.0f} %" if confidence >= 0.01 else "less than 1 %"
    return f"The best guess is {share} sure."


def _tells_of(period: Period, scored: ScoredPassage) -> bool:
    """Whether a passage names a year of the time that is asked for, as a history does."""
    years = {str(day.year) for day in (period.start, period.end) if day is not None}
    return any(year in scored.passage.text for year in years)


def _missing_names(question: str, passages: Sequence[ScoredPassage]) -> list[str]:
    """The names of a question of which no passage has a word that begins alike; none where all words are capitalised.

    Each as it is written, those that stand together as one.
    """
    words = WORD.findall(question)
    text = " ".join(each.passage.text for each in passages)
    if 2 * len(LATIN.findall(text)) < sum(map(str.isalpha, text)) and LATIN.search(question):
        return []  # how a name is written in another script is not known
    if len(words) > 1 and all(word[0].isupper() or not word[0].isalpha() for word in words):
        return []
    texts = [
        f"{each.passage.title} {each.passage.source or ''} {each.passage.author or ''} {each.passage.text}"
        for each in passages
    ]
    known = {key for text in texts for key in _all_keys(text)}
    short = {each for text in texts for each in initials(text)}
    missing = [
        word
        for word in names(question)
        if key_of(word) not in CALENDAR and key_of(word) not in short and not _stands(key_of(word), known)
    ]
    found: list[str] = []
    for word in dict.fromkeys(missing):
        if found and f"{found[-1]} {word}" in question:
            found[-1] += f" {word}"
        else:
            found.append(word)
    return [f"“{each}”" for each in found[:_NAMES]]


# What a country is called besides, where the names do not begin alike.
_ALSO = {
    each: frozenset(group.split())
    for group in (
        "uk britain british england english", "us usa america american americans", "eu europe european brussels",
        "france french", "spain spanish", "netherlands holland dutch", "switzerland swiss", "denmark danish",
        "ireland irish", "poland polish", "wales welsh", "uae emirates emirati", "philippines filipino",
    )
    for each in group.split()
}  # fmt: skip


def _stands(name: str, known: set[str]) -> bool:
    name = name.replace(".", "")
    if "-" in name:
        return all(_stands(part, known) for part in name.split("-"))
    if not known.isdisjoint(_ALSO.get(name, ())):
        return True
    beginning = name[: max(4, len(name) // 2 + 1)]
    return any(word.startswith(beginning) for word in known) if len(name) > 4 else name in known


def _all_keys(text: str) -> set[str]:
    plain = re.sub(r"\b(?:[A-Z]\.){2,}", lambda match: match[0].replace(".", ""), text)  # "U.K."
    return {key_of(word) for word in re.findall(r"[^\W_]+(?:['’]s\b)?", plain)}


def _keys(passages: Sequence[ScoredPassage]) -> set[str]:
    return {key for each in passages for key in keys(f"{each.passage.title} {each.passage.text}")}


def _line(text: str) -> str:
    return " ".join(text.split())
