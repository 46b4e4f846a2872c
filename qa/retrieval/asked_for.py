"""Which articles somebody else asks for, checked: nothing found where nothing can be would look like an answer."""

from __future__ import annotations

from collections.abc import Sequence

from index import ArticleIndex, PassageFilter
from index.errors import ArticleQAError

_NAMED = 8  # of those that there are, in an error


def narrowed(
    articles: ArticleIndex,
    article_ids: Sequence[str] | None,
    sources: Sequence[str] | None,
    published: tuple[str | None, str | None],
    languages: Sequence[str] | None,
) -> PassageFilter:
    """The filter of ArticleQA.narrowed_to; `published`: the first and the last day.

    Raises ArticleNotFoundError for an article that is not there, and ArticleQAError for what is no filter, or for a
    source or a language that no article has.
    """
    for name, values in (("article_ids", article_ids), ("sources", sources), ("languages", languages)):
        listed = values is None or isinstance(values, list | tuple)
        if not listed or not all(isinstance(value, str) for value in values or ()):
            raise ArticleQAError(f'{name} is a list of texts, like ["..."], not {values!r}.')
    for day_given in published:
        if day_given is not None and not isinstance(day_given, str):
            raise ArticleQAError(f'{day_given!r} is not a date. Write it like "2025-03-13".')
    ids, names, codes = (tuple(each or ()) for each in (article_ids, sources, languages))
    where = PassageFilter(ids, names, *published, codes)
    for article_id in where.article_ids:
        articles.get(article_id)
    if where.sources or where.languages:
        _check_there(articles, where)
    return where


def _check_there(articles: ArticleIndex, where: PassageFilter) -> None:
    """Raise ArticleQAError for what no article has; all are listed, to name what there is, only then."""
    sources = [name for name in where.sources if not articles.count(PassageFilter(sources=(name,)))]
    languages = [code for code in where.languages if not articles.count(PassageFilter(languages=(code,)))]
    summaries = articles.list() if sources or languages else ()
    there = {"source": {each.source for each in summaries}, "language": {each.known_language for each in summaries}}
    for kind, missing in (("source", sources), ("language", languages)):
        if summaries and missing:
            known = sorted(filter(None, there[kind]))
            more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
            shown = f"There are {', '.join(known[:_NAMED])}{more}." if known else "None of them names one."
            raise ArticleQAError(f"No article has the {kind} {' or '.join(missing)}. {shown}")
