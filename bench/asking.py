"""Questions asked as a user would, at threshold 0, and what came of each: the rows that bench counts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.datasets import Question, SetName
from bench.metrics import contains_any, exact_match, f1
from index import Article, ArticleIndex, ScoredPassage
from qa import Answer, AnswerSettings, ArticleQA, Citation, Reader, Reading
from qa.question.turn import Curve, Form, Query, curve_of
from qa.question.wording import query_of, understood
from qa.reading.joined import asked_at_once

BATCH = 16


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question that had to be answered."""

    set: SetName
    id: str
    key: str  # see Question
    kind: str
    answerable: bool
    score: float | None  # of the best AnswerSpan; None where nothing was found to answer with
    confidence: float
    right: bool  # a citation's quote holds a gold answer; NewsQA: of the right article; MultiHop: the text may, too
    right_first: bool  # the same of the first citation alone
    right_text: bool  # the answer's text holds a gold answer
    right_article: bool  # the first citation is of an article that answers
    correct: bool  # the answer's text is right, see `says`; what confidence is the probability of
    form: Form  # of the question
    curve: Curve  # that makes its confidence
    quoted_chars: int  # of all quotes together
    em: float
    f1: float
    citations: int
    failures: tuple[str, ...]  # citations that do not stand in their article


class RecordingReader:
    """A Reader that keeps what another one read, by question: an Answer has the confidence, but not the score."""

    def __init__(self, inner: Reader) -> None:
        """Read with `inner`."""
        self._inner = inner
        self.mode = inner.mode
        self.readings: dict[str, Reading] = {}

    def read(self, queries: Sequence[Query], passages: Sequence[Sequence[ScoredPassage]]) -> list[Reading]:
        """See Reader."""
        readings = self._inner.read(queries, passages)
        self.readings.update(zip((query.text for query in queries), readings, strict=True))
        return readings


def collect(
    name: SetName, articles: ArticleIndex, questions: Sequence[Question], reader: Reader | None = None
) -> Iterator[Outcome]:
    """Ask every question with the threshold at 0, in order; every citation is compared with its stored article."""
    qa = ArticleQA(articles, reader, settings=AnswerSettings(threshold=0))
    qa.reader = recording = RecordingReader(qa.reader)
    stored: dict[str, Article] = {}
    for at in range(0, len(questions), BATCH):
        batch = questions[at : at + BATCH]
        for question, answer in zip(batch, qa.ask_batch([question.text for question in batch]), strict=True):
            for citation in answer.citations:
                if citation.article_id not in stored:
                    stored[citation.article_id] = articles.get(citation.article_id)
            read = asked_at_once(understood(answer.standalone_question))
            scores = [span.score for query in read for span in recording.readings[query.text].spans]
            yield outcome(name, question, answer, max(scores, default=None), stored)
        recording.readings.clear()
        print(f"\r{name}: {at + len(batch)} of {len(questions)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)


def outcome(
    name: SetName, question: Question, answer: Answer, score: float | None, stored: dict[str, Article]
) -> Outcome:
    """Judge one answer; `stored` holds the articles that it cites, by id."""
    wanted = {fact.article for fact in question.facts}
    in_quotes = [
        contains_any(citation.quote, question.answers) and (name != "newsqa" or citation.article_id in wanted)
        for citation in answer.citations
    ]
    in_text = contains_any(answer.text, question.answers)
    query = query_of(question.text)
    return Outcome(
        set=name,
        id=question.id,
        key=question.key,
        kind=question.kind,
        answerable=bool(question.answers),
        score=score,
        confidence=answer.confidence,
        right=any(in_quotes) or (name == "multihop" and in_text),
        right_first=any(in_quotes[:1]),
        right_text=in_text,
        right_article=any(
            citation.article_id in wanted or citation.title in wanted for citation in answer.citations[:1]
        ),
        correct=says(answer.text, question.answers),
        form=query.form,
        curve=curve_of(query),
        quoted_chars=sum(len(citation.quote) for citation in answer.citations),
        em=exact_match(answer.text, question.answers),
        f1=f1(answer.text, question.answers),
        citations=len(answer.citations),
        failures=failures_of(answer, stored),
    )


def says(text: str, golds: Sequence[str]) -> bool:
    """Whether a text is a right answer: it holds a gold answer whole, or F1 (SQuAD) with one is a half or more."""
    return bool(golds) and (contains_any(text, golds) or f1(text, golds) >= 0.5)


def failures_of(answer: Answer, stored: Mapping[str, Article]) -> tuple[str, ...]:
    """What is wrong with the citations of an answer; `stored` holds the articles that it cites, by id."""
    problems = (problem_of(citation, stored[citation.article_id]) for citation in answer.citations)
    return tuple(problem for problem in problems if problem)


def problem_of(citation: Citation, article: Article) -> str:
    """What is wrong with a citation, held against the stored article; empty where nothing is."""
    place = f"{citation.article_id}[{citation.start}:{citation.end}]"
    if article.text[citation.start : citation.end] != citation.quote or not citation.quote:
        return f"{place}: the quote does not stand there"
    if (citation.answer_start is None) != (citation.answer_end is None):
        return f"{place}: one of the answer's offsets is missing"
    if citation.answer_start is not None and citation.answer_end is not None:
        inside = citation.start <= citation.answer_start < citation.answer_end <= citation.end
        if not inside:
            return f"{place}: the answer at {citation.answer_start}:{citation.answer_end} is outside"
    return ""
