"""What is said of the spans that a reader found: a short answer, or sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index import Passage, ScoredPassage
from qa.answer import ListItem, day_of
from qa.question.languages import ENGLISH, UNSPACED
from qa.question.turn import MEASURED, Query
from qa.reading.answers import (
    NEAR,
    SEVERAL,
    Candidate,
    Said,
    grouped,
    newest_of,
    not_denied,
    possible,
    published_of,
    rival_of,
    share_of,
    still_so,
)
from qa.reading.bearing import defines, fits_there, short_for
from qa.reading.counting import at_least, named_instead
from qa.reading.dated import dated, is_day_alone, is_of_the_time
from qa.reading.locale_words import joined, said_day
from qa.reading.result import AnswerSpan
from qa.reading.same import same_answer, words_in
from qa.reading.sentences import LEANS, around
from qa.reading.yes_or_no import yes_or_no
from qa.retrieval.copies import words_of

# The measurements behind these are in docs/decisions.md, "Reading".
QUOTES = 3  # of a short answer: its own, and of others that come close
SENTENCES = 3  # of a longer one, at most
COMPARED = 30  # spans, the best, among which the same answer is looked for
LISTED = 8  # of these, at most
NEAR_SENTENCE = 1.0  # the same, for a further sentence
NEAR_SAID = 2.0  # the same, where the words of somebody are asked for


@dataclass(frozen=True, slots=True)
class Composed:
    """The answer as a person would say it, and the spans that it rests on, in the order in which it says them.

    The spans' confidence is still to be set. `differs`: the text holds answers of which at most one can be right.
    `rival` is another answer that is as likely as the text, which is not told. `as_of` and `items`: see Answer.
    """

    text: str
    spans: tuple[AnswerSpan, ...]
    differs: bool = False
    rival: str = ""
    as_of: str | None = None
    items: tuple[ListItem, ...] = ()


def compose(query: Query, found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> Composed:
    """Put an answer together from all that is `wanted` of a query; of nothing, no answer."""
    if not ranked:
        return Composed("", ())
    if query.form == "short":
        return _short(query, found, ranked)
    if query.form == "yes_no" and query.current:  # "Is it still open?" is settled by the newest that comes close
        fair = [each for each in ranked if each.score >= ranked[0].score - SEVERAL]
        newest = max(fair, key=lambda each: published_of(found, each))
        ranked = [newest, *(each for each in ranked if each is not newest)]
    if query.contest is not None:
        from qa.reading.contests import untold, word_of

        if (ended := _ended(query, found, ranked)) is not None:
            return ended
        less = untold(query, ranked[0].text)
        ranked = [replace(each, score=each.score - less) for each in ranked]
    spans = _sentences(query, found, ranked)
    said = [span.text for span in spans]
    if query.form == "yes_no":
        word = yes_or_no(ranked[0].verdict, query.text, ranked[0].text, query.language)
        if query.contest is not None:
            word = word_of(query, ranked[0].text, word)
        said = [*word, *said]
    return Composed(("" if query.language in UNSPACED else " ").join(said), spans)


def wanted(query: Query, found: Sequence[ScoredPassage], candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that can be said, best first, without answers that the question names itself.

    Of a question that names a time what articles of that time say, where it comes close to the best of all.
    """
    named = [*query.besides, *filter(None, [short_for(query.thing)])]
    new = [each for each in candidates if not any(same_answer(each.text, known) for known in named)]
    ranked = sorted(new, key=lambda each: each.score, reverse=True)
    if query.period is None:
        return ranked
    inside = [each for each in ranked if is_of_the_time(query, found[each.passage])]
    return inside if inside and inside[0].score >= ranked[0].score - NEAR else ranked


# Short answers


def answers_in(query: Query, found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> list[Said]:
    """The answers that the best candidates give, best first, each with one witness of every copy."""
    return grouped(query, found, _without_copies(found, ranked[:COMPARED]))


def _short(query: Query, found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> Composed:
    answers = not_denied(query, found, answers_in(query, found, ranked))
    if query.several:  # who is asked about is none of them, nor is a day one of the clubs
        asked = words_in(query.text)
        answers = [answer for answer in answers if not words_in(answer.best.text) <= asked] or answers
        if query.answer_type != "time" and not _ASKS_WHEN.search(query.text):
            answers = [answer for answer in answers if not is_day_alone(answer.best.text)] or answers
    answers, able, less = _able(query, found, answers)
    near = [answer for answer in able if answer.score >= able[0].score - NEAR]
    if query.current and not query.several and not query.post:
        # What was so before does not make it less sure, nor does what many older articles say.
        near = still_so(query, found, able)
        answers = [answer for answer in answers if answer not in near]
        near = [newest_of(found, near)]
    if thing := query.thing:
        defining = [each for each in near if defines(thing, *_text_around(found, each.best, query.language))]
        less += _UNDEFINED * (not defining and query.answer_type == "definition" and query.language == ENGLISH)
        near, answers = defining or near, defining or answers  # no other sentence is another answer
    told, differs = near[:1], False
    if query.several:
        best = max(answer.best.score for answer in able)
        told = [answer for answer in able if answer.best.score >= best - SEVERAL][:LISTED]
    elif other := _other_figure(query, found, near):
        # The newer report first; ISO 8601 sorts as text, and an article without a date comes last.
        told = sorted((near[0], other), key=lambda answer: published_of(found, answer.best), reverse=True)
        differs = True
    named = [] if query.several else named_instead(query, told[0].best.text)
    of_type = fits_there(query, found[told[0].best.passage].passage, told[0].best.start, told[0].best.end)
    less += _UNFIT * (not named and of_type is False)
    share = share_of(told, answers) - math.log(len(told)) / 2 - less  # a list is hardly surer than the best of it
    rival = rival_of(query, told, answers)
    if query.answer_type == "definition":
        told = [Said([_whole_sentence(found[told[0].best.passage].passage, told[0].best, query.language)])]
    # Each that is told gets a quote before any gets its second one.
    order = [(answer, answer.best) for answer in told]
    order += [(answer, each) for answer in told for each in answer.places[1:]]
    order += [(answer, each) for answer in near if answer not in told for each in answer.places]
    spans: list[AnswerSpan] = []
    for answer, each in order:
        # What is quoted beside it is no surer than what is told. No passage answers all of a question with clauses.
        score = share if answer in told else min(share, share_of([answer], answers))
        score = min(answer.score, told[0].score) if query.clauses else score
        span = _quoted(found[each.passage].passage, each, score, query.language)
        if len(spans) < max(QUOTES, len(told)) and not any(overlap(span, other) for other in spans):
            spans.append(span)
    held = [answer for answer in told if any(_holds(span, answer.best) for span in spans)]
    said = joined([*dict.fromkeys(_said(query, found, answer.best) for answer in held)], query.language)
    items = _items(found, [answer.best.text for answer in held] if query.several else named, held)
    day = None if items else _current_day(query, found[told[0].best.passage].passage)
    said = at_least(named) if named else said
    return Composed(said, tuple(spans), differs, rival, day.isoformat() if day else None, items)


def _able(query: Query, found: Sequence[ScoredPassage], answers: list[Said]) -> tuple[list[Said], list[Said], float]:
    """All answers, and those of them that may be told, both the best first, and how much less sure these are."""
    able, less = possible(query, found, answers), 0.0
    if query.post:
        from qa.reading.holders import who_holds  # its patterns take a while to compile

        known = answers
        answers, less = who_holds(query, found, answers)
        able = [each for each in answers if each in able or each not in known]
    elif query.contest and query.contest.asks in ("score", "winner"):
        from qa.reading.contests import score_told, winner_told

        if query.contest.asks == "winner":
            less = winner_told(found, able or answers)
        else:
            answers, less = score_told(query, found, answers)
            able = answers
    return answers, able or answers, less + _UNFIT * (not able)


def _items(found: Sequence[ScoredPassage], names: Sequence[str], told: Sequence[Said]) -> tuple[ListItem, ...]:
    """Each name once, with how many of the articles that were read give it."""
    places = [(each.text, found[each.passage].passage.article_id) for answer in told for each in answer.places]
    among = {name: {article for text, article in places if same_answer(name, text)} for name in names}
    return tuple(ListItem(name, len(articles)) for name, articles in among.items())


_UNFIT = 2.0  # log-odds: the same, for an answer of another type than is asked for
_UNDEFINED = 3.0  # log-odds: what a sentence about a thing is less sure by where it does not say what the thing is
_ASKS_WHEN = re.compile(r"\b(?:when|days?|dates?|months?|years?|seasons?|holidays?)\b", re.IGNORECASE)


def _without_copies(found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> list[Candidate]:
    """One place of each answer in each sentence: what an agency wrote and several articles print has one witness.

    Versions of one story are one witness of what they say with the same words, whatever stands around these.
    """
    kept: dict[tuple[str, str], Candidate] = {}
    first: dict[tuple[str, str], str] = {}  # the article that is heard, by what it says and its story
    for each in ranked:
        scored = found[each.passage]
        article_id, answer = scored.passage.article_id, words_of(each.text)
        if scored.story and first.setdefault((answer, scored.story), article_id) != article_id:
            continue
        sentence = words_of(_whole_sentence(scored.passage, each).text)
        kept.setdefault((answer, sentence) if sentence else (str(each.passage), str(each.start)), each)
    return list(kept.values())


def _said(query: Query, found: Sequence[ScoredPassage], each: Candidate) -> str:
    """The words of the article, where it matters with its date: what a time means, and when something was so."""
    passage = found[each.passage].passage
    if query.answer_type == "time":
        return dated(each.text, _whole_sentence(passage, each, query.language).text, passage.published, query.language)
    day = _current_day(query, passage)
    if day is None:
        return each.text
    return f"{each.text} ({'as of ' * (query.language == ENGLISH)}{said_day(day, query.language)})"


def _current_day(query: Query, passage: Passage) -> date | None:
    """The day of which an answer has to be said to be, where what is so now is asked for."""
    return day_of(passage.published) if query.current and query.answer_type != "time" else None


def _other_figure(query: Query, found: Sequence[ScoredPassage], near: Sequence[Said]) -> Said | None:
    """A second figure or date for what another article puts differently: nearly as good, and of the same thing.

    Of the same thing: the sentences around both share at least half of their words, apart from the figures.
    """
    if query.answer_type not in MEASURED or not any(map(str.isdigit, near[0].best.text)):
        return None
    one = found[near[0].best.passage].passage
    words = words_in(_whole_sentence(one, near[0].best).text) - words_in(near[0].best.text)
    for answer in near[1:]:
        two = found[answer.best.passage].passage
        others = words_in(_whole_sentence(two, answer.best).text) - words_in(answer.best.text)
        if (
            one.article_id != two.article_id
            and any(map(str.isdigit, answer.best.text))
            and words & others
            and len(words & others) >= _SHARED_WORDS * min(len(words), len(others))
        ):
            return answer
    return None


_SHARED_WORDS = 0.5


def _quoted(passage: Passage, each: Candidate, score: float, language: str = "en") -> AnswerSpan:
    """A short answer with the sentences that hold it, and their neighbours in the passage; of a table with its row."""
    if each.quote:
        return _span(passage, each.quote, (each.start, each.end), score)
    quote = around(passage, each.start, each.end, language, beside=1)
    return _span(passage, quote, (each.start, each.end), score)


def overlap(one: AnswerSpan, other: AnswerSpan) -> bool:
    """Whether the quotes of two spans share characters of an article."""
    return one.passage.article_id == other.passage.article_id and one.start < other.end and other.start < one.end


def _holds(span: AnswerSpan, each: Candidate) -> bool:
    return each.text in span.passage.text[span.start - span.passage.start : span.end - span.passage.start]


# Longer answers


def _sentences(query: Query, found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> tuple[AnswerSpan, ...]:
    """The best sentences, in reading order; of a question with yes or no the best one only."""
    most = 1 if query.form == "yes_no" else SENTENCES
    once = _without_copies(found, ranked[:COMPARED])
    near = NEAR_SAID if query.speaker else NEAR_SENTENCE
    chosen = [each for each in once[:most] if each.score >= ranked[0].score - near]
    chosen += [behind for each in chosen if (behind := _led_to(each, ranked)) is not None and behind not in chosen]
    for each in list(chosen):
        if len(chosen) < SENTENCES and LEANS.match(each.text):
            before = [one for one in ranked if one.passage == each.passage and one.end <= each.start]
            if before and (nearest := max(before, key=lambda one: one.end)) not in chosen:
                chosen.append(nearest)
    articles = list(dict.fromkeys(found[each.passage].passage.article_id for each in chosen))
    chosen.sort(key=lambda each: (articles.index(found[each.passage].passage.article_id), each.start))
    spans: list[AnswerSpan] = []
    for each in chosen:
        sentence = (each.start, each.end)
        span = _span(found[each.passage].passage, sentence, sentence, each.score)
        if not any(overlap(span, other) for other in spans):
            spans.append(span)
    return tuple(spans)


def _ended(query: Query, found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> Composed | None:
    """The sentence that tells how a game ended, where that is asked for and one tells it."""
    from qa.reading.contests import outcome_told

    told, word = outcome_told(query, found)
    if told is None:
        return None
    score = max(ranked[0].score, _AN_END) if word else ranked[0].score
    span = _span(found[told.passage].passage, told.sentence, told.sentence, score)
    return Composed(" ".join([*word, span.text]), (span,))


_AN_END = 0.0  # log-odds: a sentence that says which side won is no less sure


def _led_to(each: Candidate, ranked: Sequence[Candidate]) -> Candidate | None:
    """The sentence that a colon at the end of another leads to."""
    if not each.text.endswith(":"):
        return None
    behind = [one for one in ranked if one.passage == each.passage and one.start >= each.end]
    return min(behind, key=lambda one: one.start, default=None)


def _span(passage: Passage, quote: tuple[int, int], answer: tuple[int, int], score: float) -> AnswerSpan:
    """By offsets in the article; `answer` is what is marked in the quote. Its confidence is still to be set."""
    text = passage.text[answer[0] - passage.start : answer[1] - passage.start]
    return AnswerSpan(text, passage, *quote, *answer, score=score, confidence=0.0)


def _text_around(found: Sequence[ScoredPassage], each: Candidate, language: str) -> tuple[str, str]:
    """The sentence, and the language that it is in."""
    passage = found[each.passage].passage
    return _whole_sentence(passage, each, language).text, passage.language or language


def _whole_sentence(passage: Passage, each: Candidate, language: str = ENGLISH) -> Candidate:
    """The sentence that a short answer stands in, or the lines that are quoted of a table."""
    start, end = each.quote or around(passage, each.start, each.end, language)
    return replace(each, start=start, end=end, text=passage.text[start - passage.start : end - passage.start])
