"""Which of the two embedding networks a new index takes, by its first articles; and what is said where it has one.

The one for English where all articles whose language is known are English, the one for a hundred languages otherwise:
docs/decisions.md, "Languages".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from index.article import Article, ArticleSummary
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL

LOOKED_AT = 64  # articles: those that are read before the first are embedded, or as many of them
_NAMED = 3  # languages


def choice_for(
    first: Sequence[Article], there: Callable[[], Sequence[ArticleSummary]], rebuilds: bool
) -> tuple[str | None, str]:
    """The model that an index of PACKAGED_MODEL should take instead, if any, and a line to be told, or "".

    `first` are the first articles of an addition, and `there` gives those that the index holds. One that does not
    rebuild, as it is on a server, keeps its model.
    """
    others = others_than_english(first[:LOOKED_AT])
    before = there()
    if before:
        return None, _hint(others, rebuilds) if others and not others_than_english(before) else ""
    if not others:
        return None, (
            f"The index takes the embedding model {PACKAGED_MODEL}, as its first articles are in English. For "
            f"others, name one for the first: qa --model {MULTILINGUAL_MODEL} add ARTICLES"
        )
    if not rebuilds:
        return None, _hint(others, rebuilds)
    return MULTILINGUAL_MODEL, (
        f"The index takes the embedding model {MULTILINGUAL_MODEL}, as its first articles are not all in English: "
        f"{_listed(others)}. To choose yourself, name one for the first: qa --model MODEL add ARTICLES"
    )


def others_than_english(articles: Iterable[Article | ArticleSummary]) -> list[str]:
    """The other languages that they are in, that of most of them first."""
    counts = Counter(each.known_language for each in articles)
    return [code for code, _ in counts.most_common() if code is not None and code != "en"]


def _hint(others: Sequence[str], rebuilds: bool) -> str:
    """What is said, once, where an index with the model for English gets its first articles in other languages."""
    how = f"qa --model {MULTILINGUAL_MODEL} rebuild"
    if not rebuilds:
        how = f"build an index on another server, qa --model {MULTILINGUAL_MODEL} --index URL add ARTICLES"
    return (
        f"The first articles that are not in English ({_listed(others)}) are found by their words alone, as the "
        f"index's embedding model, {PACKAGED_MODEL}, reads English. To have them found by meaning, too: {how}"
    )


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes[:_NAMED]) + (", …" if len(codes) > _NAMED else "")
