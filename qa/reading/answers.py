"""What the reader proposes, and short answers with the places that say them: which may be right, and how surely."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from index import Passage, ScoredPassage
from qa.question.languages import ENGLISH
from qa.question.turn import Query
from qa.reading.bearing import has_left
from qa.reading.dated import days_meant
from qa.reading.network import Verdict
from qa.reading.ruled_out import asks_who_is, is_asked_about, is_denied, is_foretold, is_ruled_out
from qa.reading.same import same_answer, words_in
from qa.reading.sentences import around

NEAR = 1.5  # how far behind the best score another answer may be and still be quoted; scores are log-odds
SEVERAL = 1.2  # the same, to count as a further right answer where several are asked for


FEATURES = ("margin", "answers", "retrieval", "similarity", "fits")


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may answer: a span, or a sentence. `start, end` are offsets in the article; `text` is what stands there.

    `features` are what its score is made of:

    - "margin": the span's logits over those of "no answer here"; of a sentence, the best span's that begins in it
    - "answers": the logit of "this passage answers"
    - "retrieval": the passage's fused score, 0 to 1
    - "similarity": the cosine of question and passage, or question and sentence
    - "fits": 1 where it is of the type that is asked for, 0 where not, 0.5 where any will do
    """

    passage: int  # its place among those that are read
    start: int
    end: int
    text: str
    features: Mapping[str, float]
    score: float  # log-odds before calibration; larger is better
    verdict: Verdict | None = None  # of its passage, where a yes or no is asked for
    quote: tuple[int, int] | None = None  # of a table what is quoted with it, by offsets in the article


@dataclass(frozen=True, slots=True)
class Said:
    """One answer and every place that says it, the best first."""

    places: list[Candidate]

    @property
    def best(self) -> Candidate:
        """The best place."""
        return self.places[0]

    @property
    def score(self) -> float:
        """Log-odds that one of the places is right, taken as independent ("noisy or", Pearl, 1988)."""
        none_right = sum(-math.log1p(math.exp(min(each.score, 30.0))) for each in self.places)
        return math.log(-math.expm1(none_right)) - none_right if none_right < -1e-12 else self.best.score

    @property
    def margin(self) -> float:
        """The largest of its places."""
        return max(each.features["margin"] for each in self.places)


def share_of(these: Sequence[Said], answers: Sequence[Said]) -> float:
    """Log-odds of `these` in what the network spreads over all `answers` and "none of them".

    Each has exp(margin / 2), as a margin is the sum of two logits, and "none" 1. Training normalises a question's
    passages in the same way.
    """
    others = [each.margin / 2 for each in answers if not any(each.best in one.places for one in these)]
    return _log_sum([each.margin / 2 for each in these]) - _log_sum([0.0, *others])


def _log_sum(values: Sequence[float]) -> float:
    largest = max(values)
    return largest + math.log(sum(math.exp(value - largest) for value in values))


def not_denied(query: Query, found: Sequence[ScoredPassage], answers: Sequence[Said]) -> list[Said]:
    """Those of the answers that no article denies, and no figure that was expected, or all where each is such."""
    texts = [each.passage.text for each in found]
    denied = [
        answer
        for answer in answers[:_LOOKED_AT]
        if is_denied(query, texts, answer.best.text)
        or all(is_foretold(query, found[each.passage].passage, each.start) for each in answer.places)
    ]
    return [answer for answer in answers if answer not in denied] or list(answers)


def possible(query: Query, found: Sequence[ScoredPassage], answers: Sequence[Said]) -> list[Said]:
    """Those of the answers, the best first, that nothing rules out in one of their places.

    Nor whom the question names, though the mere "Chair" beside "Chair Ida Aske", the same answer, is nobody there.
    """
    out = [
        answer
        for answer in answers[:_LOOKED_AT]
        if is_asked_about(query, answer.best.text)
        or all(is_ruled_out(query, found[each.passage].passage, each.start, each.end) for each in answer.places)
        or (asks_who_is(query) and _is_over(query, found, answer.best))
    ]
    return [answer for answer in answers if answer not in out]


_LOOKED_AT = 12  # answers, the best: those behind them are hardly ever told


def rival_of(query: Query, told: Sequence[Said], answers: Sequence[Said]) -> str:
    """Of the answers that are not told the best one, where it is as likely as the only one that is; else ""."""
    others = [answer for answer in answers if answer not in told]
    if not others or len(told) > 1 or query.clauses:
        return ""
    other = max(others, key=lambda answer: answer.margin)
    return other.best.text if abs(share_of([other], answers) - share_of(told, answers)) <= _AS_LIKELY else ""


_AS_LIKELY = 0.2  # log-odds: five points of a hundred, where they are most


def grouped(query: Query, found: Sequence[ScoredPassage], candidates: Sequence[Candidate]) -> list[Said]:
    """Each answer once, with all the places that say it; the best first."""
    answers: list[Said] = []
    days = {id(each): _days(query, found[each.passage].passage, each) for each in candidates}
    for each in candidates:
        same = next((one for one in answers if _is_same(query, one.best, each, days)), None)
        if same is None:
            answers.append(Said([each]))
        else:
            same.places.append(each)
    return sorted(answers, key=lambda answer: answer.score, reverse=True)


_Days = tuple[date, date] | None  # the first and the last one that are meant


def _is_same(query: Query, one: Candidate, other: Candidate, days: Mapping[int, _Days]) -> bool:
    """Whether two answers say the same; what somebody is ("the envoy to Moscow", "the American envoy") by one word.

    "Friday" and "Oct. 20" are the same day or not by their articles' dates, whatever their words.
    """
    shared = query.answer_type == "role" and not words_in(one.text).isdisjoint(words_in(other.text))
    if shared or (mine := days[id(one)]) is None or (others := days[id(other)]) is None:
        return shared or same_answer(one.text, other.text)
    apart = mine[1] < others[0] or others[1] < mine[0]
    return mine == others or (not apart and same_answer(one.text, other.text))


def _days(query: Query, passage: Passage, each: Candidate) -> _Days:
    if query.answer_type != "time":
        return None
    start, end = around(passage, each.start, each.end, query.language)
    sentence = passage.text[start - passage.start : end - passage.start]
    return days_meant(each.text, sentence, passage.published, passage.language or query.language)


def newest_of(found: Sequence[ScoredPassage], near: Sequence[Said]) -> Said:
    """Of several answers that of the newest article, with the places that are as good as its best, newest first."""

    def day_of_place(each: Candidate) -> str:
        return published_of(found, each)

    fair = [[each for each in answer.places if each.score >= answer.best.score - NEAR] for answer in near]
    places = max(fair, key=lambda places: max(map(day_of_place, places)))
    return Said(sorted(places, key=day_of_place, reverse=True))


def still_so(query: Query, found: Sequence[ScoredPassage], answers: Sequence[Said]) -> list[Said]:
    """Of those who have not left the best, and those near it, in their order; the last answer where all have."""
    near: list[Said] = []
    for answer in sorted(answers, key=lambda answer: answer.best.score, reverse=True):
        if near and answer.best.score < near[0].best.score - SEVERAL:
            break
        if not _is_over(query, found, answer.best):  # takes two milliseconds: the far ones need not be asked
            near.append(answer)
    return [answer for answer in answers if answer in near] or [*answers[-1:]]


def _is_over(query: Query, found: Sequence[ScoredPassage], each: Candidate) -> bool:
    """Whether who is named has left the post, by what is not older."""
    told = [at.passage.text for at in found if (at.passage.published or "") >= published_of(found, each)]
    return query.language == ENGLISH and has_left(each.text, "\n".join(told))


def published_of(found: Sequence[ScoredPassage], each: Candidate) -> str:
    """When the article of a place was published, ISO 8601; "" where it is not known."""
    return found[each.passage].passage.published or ""
