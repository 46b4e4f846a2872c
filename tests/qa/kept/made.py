"""Answers and turns to keep. Processes that save them import this and nothing heavy."""

from __future__ import annotations

from typing import Any

from index.article import Passage, ScoredPassage
from qa.answer import Answer, Citation
from qa.kept.conversations import SavedTurn

ARTICLE = "🎻🎻 Cafe\u0301 Ame\u0301lie opened.\r\n\r\nThe owner, Zoë 👩‍👩‍👧 Lind, sells e\u0301clairs.\0 Good."
QUOTE = "The owner, Zoë 👩‍👩‍👧 Lind, sells e\u0301clairs.\0"


def citation(**changes: Any) -> Citation:
    start, name = ARTICLE.index(QUOTE), ARTICLE.index("Zoë")
    values: dict[str, Any] = {
        "article_id": "café", "title": "A café opens", "url": "https://example.org/café?a=1&b=2",
        "source": "Coast Post", "published": "2023-05-04T08:30:00+01:00", "start": start, "end": start + len(QUOTE),
        "quote": QUOTE, "answer_start": name, "answer_end": name + len("Zoë 👩‍👩‍👧 Lind"),
    }  # fmt: skip
    return Citation(**(values | changes))


def answer(question: str, text: str = "Zoë 👩‍👩‍👧 Lind", passages: int = 2, **changes: Any) -> Answer:
    found = tuple(
        ScoredPassage(
            Passage(f"p-{at}", "café", "A café opens", at, at + 4, ARTICLE[at : at + 4]), 1 / (at + 1), "reader"
        )
        for at in range(passages)
    )
    values: dict[str, Any] = {
        "question": question, "standalone_question": question, "text": text, "abstained": not text, "confidence": 0.75,
        "mode": "extractive", "citations": (citation(),) if text else (), "passages": found,
        "timings_ms": {"total": 7.5},
    }  # fmt: skip
    return Answer(**(values | changes))


def turn(
    question: str, text: str = "Zoë 👩‍👩‍👧 Lind", asked_at: str = "2025-03-13T09:00:00+00:00", **more: Any
) -> SavedTurn:
    return SavedTurn(question, answer(question, text, **more), asked_at)
