"""Answers and what they rest on, for tests of how they are shown."""

from __future__ import annotations

from typing import Any

from index.article import Passage, ScoredPassage
from qa.answer import Answer, Citation


def citation(quote: str = "It rained. Ann won the race.", answer: str | None = "Ann", **changes: Any) -> Citation:
    start = 100
    found = quote.find(answer) if answer is not None else -1
    values: dict[str, Any] = {
        "article_id": "a", "title": "The race", "url": None, "source": None, "published": None,
        "start": start, "end": start + len(quote), "quote": quote,
        "answer_start": None if answer is None else start + found,
        "answer_end": None if answer is None else start + found + len(answer),
    }  # fmt: skip
    return Citation(**(values | changes))


def answer(text: str = "Ann", *citations: Citation, **changes: Any) -> Answer:
    values: dict[str, Any] = {
        "question": "q", "standalone_question": "q", "text": text, "abstained": False, "confidence": 0.93,
        "mode": "extractive", "citations": citations or (citation(),), "timings_ms": {"total": 78.2},
    }  # fmt: skip
    return Answer(**(values | changes))


def passage(text: str, **changes: Any) -> ScoredPassage:
    values: dict[str, Any] = {
        "id": "p", "article_id": "a", "title": "The race", "start": 0, "end": len(text), "text": text,
    }  # fmt: skip
    return ScoredPassage(Passage(**(values | changes)), 0.5, "reader")


def abstention(*passages: ScoredPassage, **changes: Any) -> Answer:
    values: dict[str, Any] = {"abstained": True, "citations": (), "passages": passages, "confidence": 0.2}
    return answer("", **(values | changes))
