"""Whether a question without a name goes on about what a conversation was about: "how long did the jury take?"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index import PassageFilter, ScoredPassage
from index.filter import NO_FILTER
from index.words import WORD
from qa.question.languages import ENGLISH
from qa.question.names import names, whole_names
from qa.question.turn import History
from qa.question.wording import query_of
from qa.retrieval.retriever import HybridRetriever, score_in

# The measurements behind these are in docs/decisions.md, "Follow-ups".
_LOOKED_AT = 5  # passages
_TURNS = 3


def on_topic(
    question: str, whole: str, history: History, retriever: HybridRetriever, where: PassageFilter = NO_FILTER
) -> str:
    """The question with the names of one before it, where the articles about these say something as like it.

    Or else `whole`, what was made of the question: where it is another, where the question names anything itself, and
    where other articles say more of it.
    """
    if not history or whole != question.strip() or names(question) or any(map(str.isdigit, question)):
        return whole
    query = query_of(question)
    about = next(filter(None, (whole_names(asked) for asked, _ in reversed(history[-_TURNS:]))), [])
    if not about or query.language != ENGLISH or query.form in ("latest", "timeline", "summary"):
        return whole
    asked = f"{question} ({', '.join(about)})"
    alone, with_names = retriever.retrieve([query, query_of(asked)], _LOOKED_AT, where)
    parts = {part.lower() for name in about for part in WORD.findall(name)}
    found = tuple(dict.fromkeys(each.passage.article_id for each in with_names if _tells_of(each, parts)))
    if not found or not alone or alone[0].passage.article_id in found:
        return whole
    [there] = retriever.retrieve([query], _LOOKED_AT, replace(where, article_ids=found))
    return asked if _nearest(there) >= _nearest(alone) else whole


def _tells_of(scored: ScoredPassage, parts: set[str]) -> bool:
    return not parts.isdisjoint(word.lower() for word in WORD.findall(f"{scored.passage.title} {scored.passage.text}"))


def _nearest(found: Sequence[ScoredPassage]) -> float:
    return max((score_in(each, "dense") for each in found), default=-1.0)
