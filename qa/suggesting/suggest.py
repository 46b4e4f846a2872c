"""Questions to begin with and to go on with, made from the articles and tried out before they are offered.

Where an article says who somebody is, what they said or how old they are, that becomes a question; it is offered where
the reader, over all articles, finds that very answer. Trying what was made against what it was made from:
round-trip consistency (Alberti et al., ACL 2019).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any, Literal, Protocol

from index import Article, ArticleIndex, ArticleSummary, PassageFilter
from index.filter import day_number
from index.words import DAYS, MONTHS, WORD
from qa.answer import Answer
from qa.errors import QuestionError
from qa.question.turn import Question, history_of
from qa.question.wording import query_of
from qa.reading.same import same_answer
from qa.settings import AnswerSettings
from qa.suggesting.templates import Template, askable

# Chosen by judging the questions made of 10 sample and 30 NewsQA articles.
_SURER = 0.05  # confidence above what an answer needs: trying reads fewer passages than asking
_SURE = 0.6  # that of an answer to a question that was made from no place in particular
_TRIED = 8  # follow-ups, at most
_TRIED_OF_ARTICLE = 3  # questions to begin with, at most
_ARTICLES = 3  # looked at for each question that is wanted
_NEAREST = 3  # passages, behind an answer that was withheld
_CHARS = 12_000  # of an article are looked at, from its beginning or around a quote


class Asker(Protocol):
    """What tries the questions out: an ArticleQA without a language model, best one that reads few passages."""

    articles: ArticleIndex
    settings: AnswerSettings

    def ask_batch(self, questions: Sequence[Question]) -> list[Answer]:
        """See ArticleQA."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Some words of an article, by their characters in it."""

    article_id: str
    start: int
    end: int

    def overlaps(self, other: _Place) -> bool:
        return self.article_id == other.article_id and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class _Made:
    """A question, and the places that may answer it, at least one; `about` is the name that is asked about.

    `says` is what stands at each place. One of template "back" is a follow-up in conversation form, and its place is
    the quote that it points back to.
    """

    question: str
    template: Template | Literal["back"]
    about: str
    places: tuple[_Place, ...]
    says: tuple[str, ...] = ()


def suggested_questions(qa: Asker, count: int, where: PassageFilter) -> list[str]:
    """Up to `count` questions that are answered with confidence, from as many articles; in no two the same name.

    `where` narrows the articles that the questions are made and answered from.
    """
    waiting = [_best_first(_made_from(article)) for article in _articles(qa, count, where)]
    chosen: list[_Made] = []
    templates: Counter[str] = Counter()  # of what was tried: not the same is asked of every article
    for _ in range(_TRIED_OF_ARTICLE):
        left = list(range(len(waiting)))
        while left and len(chosen) < count:
            batch: dict[int, _Made] = {}
            while left and len(batch) < count - len(chosen):
                at = left.pop(0)
                taken = {each.about for each in (*chosen, *batch.values())}
                if able := [each for each in waiting[at] if each.about not in taken]:
                    batch[at] = min(able, key=lambda each: templates[each.template])
                    waiting[at].remove(batch[at])
                    templates[batch[at].template] += 1
            answers = qa.ask_batch([{"question": each.question, "where": where} for each in batch.values()])
            for (at, each), answer in zip(batch.items(), answers, strict=True):
                if _is_answered(each, answer, qa.settings.threshold):
                    chosen.append(each)
                    waiting[at] = []
    return [each.question for each in chosen[:count]]


def follow_up_questions(
    qa: Asker, answer: Answer, history: Sequence[Any], where: PassageFilter, count: int
) -> list[str]:
    """Up to `count` short questions that a reader of the answer may ask next and that the articles answer.

    None was asked before in the conversation, each is answered by something else, and none
    by words that were quoted already. Behind an answer that was withheld they are about the nearest passages' articles.
    Raises QuestionError for a history that is none, and StoreError.
    """
    if count < 1:
        return []
    talk = [*history, answer]
    try:
        turns = history_of(talk)
    except ValueError as exc:
        raise QuestionError(f"The conversation cannot be read: {exc}.") from exc
    before = {_folded(question) for turn in talk for question in _asked_in(turn)}
    shown = [place for turn in talk for place in _quoted_in(turn)]
    said = [text for _, text in turns if text]
    made = [each for each in _going_on(qa, answer, shown) if _folded(each.question) not in before][:_TRIED]
    chosen: list[str] = []
    while made and len(chosen) < count:
        wanted = count - len(chosen)
        batch, made = made[:wanted], made[wanted:]
        replies = qa.ask_batch([{"question": each.question, "history": talk, "where": where} for each in batch])
        for each, reply in zip(batch, replies, strict=True):
            if not _is_answered(each, reply, qa.settings.threshold):
                continue
            best = _answer_places(reply)[0]
            short = query_of(reply.standalone_question).form == "short"
            if any(best.overlaps(place) for place in shown) or (
                short and any(same_answer(reply.text, text) for text in said)
            ):
                continue
            chosen.append(each.question)
            shown.append(best)
            said.append(reply.text)
    return chosen[:count]


# Whether a question is answered


def _is_answered(made: _Made, answer: Answer, threshold: float) -> bool:
    """Whether an answer is a sure one, from where it should be; `threshold` is the confidence that an answer needs."""
    if answer.abstained or answer.confidence < threshold + _SURER:
        return False
    places = _answer_places(answer)
    if made.template == "back":
        says = _SAYS_WHEN_OR_WHY[made.question]
        is_near = places[0].article_id == made.places[0].article_id
        return answer.confidence >= _SURE and is_near and bool(says.search(answer.text))
    if query_of(made.question).form == "short":
        places = places[:1]
        if any(same_answer(answer.text, text) for text in made.says):  # elsewhere, in the same words
            return True
    return any(place.overlaps(other) for place in places for other in made.places)


def _answer_places(answer: Answer) -> list[_Place]:
    return [
        _Place(
            each.article_id,
            each.start if each.answer_start is None else each.answer_start,
            each.end if each.answer_end is None else each.answer_end,
        )
        for each in answer.citations
    ]


# Which articles


def _articles(qa: Asker, count: int, where: PassageFilter) -> Iterator[Article]:
    """The newest of each source in turn."""
    by_source: dict[str | None, list[ArticleSummary]] = {}
    for summary in qa.articles.list():
        if _is_within(summary, where):
            by_source.setdefault(summary.source, []).append(summary)
    turns = [each for each in chain.from_iterable(zip_longest(*by_source.values())) if each is not None]
    for summary in turns[: _ARTICLES * max(count, 0)]:
        if (article := qa.articles.find(summary.id)) is not None:
            yield article


def _is_within(summary: ArticleSummary, where: PassageFilter) -> bool:
    """Whether a filter lets an article through, as a search would."""
    day = day_number(summary.published)
    first = day_number(where.published_from)
    last = day_number(where.published_to, last=True)
    return (
        (not where.article_ids or summary.id in where.article_ids)
        and (not where.sources or summary.source in where.sources)
        and (not where.languages or summary.known_language in where.languages)
        and (first is None or (day is not None and day >= first))
        and (last is None or (day is not None and day <= last))
    )


# What is asked behind an answer


def _going_on(qa: Asker, answer: Answer, shown: Sequence[_Place]) -> list[_Made]:
    """What may be asked next, best first: what stands near the quote, by different templates, then "When was that?"."""
    if answer.citations:
        places = [_Place(each.article_id, each.start, each.end) for each in answer.citations[:1]]
    else:
        passages = {each.passage.article_id: each.passage for each in reversed(answer.passages[:_NEAREST])}
        places = [_Place(each.article_id, each.start, each.end) for each in reversed(passages.values())]
    near: list[_Made] = []
    for place in places:
        article = qa.articles.find(place.article_id)
        if article is not None:
            quote = article.text[place.start : place.end]
            made = [each for each in _made_from(article, place.start) if not _all_shown(each, shown)]
            near += _varied(sorted(made, key=lambda each: _distance(each, place, answer.text + quote)))
    return near + [_Made(question, "back", "", tuple(places)) for question in _pointing_back(answer)]


def _all_shown(made: _Made, shown: Sequence[_Place]) -> bool:
    return all(any(place.overlaps(other) for other in shown) for place in made.places)


def _distance(made: _Made, place: _Place, said: str) -> int:
    """How far a question leads away, in characters; not at all where its name was `said`."""
    if made.about.split()[-1] in said:
        return 0
    return min(abs(each.start - place.start) for each in made.places)


def _varied(made: Sequence[_Made]) -> Iterator[_Made]:
    """The same in an order in which each template comes once before any comes again; no name comes again at once."""
    left = list(made)
    templates: Counter[str] = Counter()
    names: Counter[str] = Counter()
    while left:
        best = min(left, key=lambda each: templates[each.template] + names[each.about])
        left.remove(best)
        templates[best.template] += 1
        names[best.about] += 1
        yield best


# "Why?" is answered by the same sentence again more often than by a reason, so that one must be given in so many words.
_SAYS_WHEN_OR_WHY = {
    "When was that?": re.compile(rf"\d|\b(?:{'|'.join([*MONTHS.split(), *DAYS.split()])})\b", re.IGNORECASE),
    "Why?": re.compile(r"\b(?:because|in order to|so that|due to|owing to|the reason)\b", re.IGNORECASE),
}


def _pointing_back(answer: Answer) -> list[str]:
    """Follow-ups in conversation form, behind a short answer that is no time."""
    wanted = query_of(answer.standalone_question)
    if answer.abstained or wanted.form != "short":
        return []
    is_time = wanted.answer_type == "time"
    return [each for each in _SAYS_WHEN_OR_WHY if not (is_time and query_of(each).answer_type == "time")]


def _folded(question: str) -> str:
    return " ".join(WORD.findall(question.casefold()))


def _asked_in(turn: Any) -> list[str]:
    """A turn's question as it was asked, and as it stands alone."""
    if isinstance(turn, Answer):
        return [turn.question, turn.standalone_question]
    if isinstance(turn, dict):
        return [str(turn[name]) for name in ("question", "standalone_question", "content") if turn.get(name)]
    return [str(turn[0])]


def _quoted_in(turn: Any) -> list[_Place]:
    """The places that a turn's answer showed, where it is known."""
    if isinstance(turn, Answer):
        return [_Place(each.article_id, each.start, each.end) for each in turn.citations]
    if isinstance(turn, dict):
        return [_Place(each["article_id"], each["start"], each["end"]) for each in turn.get("citations", ())]
    return []


def _best_first(made: Sequence[_Made]) -> list[_Made]:
    """Those about the name that most can be asked of first; the sort is stable."""
    names = Counter(each.about for each in made)
    return sorted(made, key=lambda each: -names[each.about])


def _made_from(article: Article, around: int = 0) -> list[_Made]:
    """Questions that an article answers, in the order of its sentences; `around`: the place of it that is looked at."""
    first = max(around - _CHARS // 2, 0)
    text = article.text[first : first + _CHARS]
    return [
        _Made(
            each.question,
            each.template,
            each.about,
            tuple(_Place(article.id, first + start, first + end) for start, end in each.places),
            tuple(text[start:end] for start, end in each.places),
        )
        for each in askable(text)
    ]
