"""Articles whose records are gone, put together again from their passages, which hold all but a few of their fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from index.article import Article, ArticleSummary, Passage
from index.split import version_key


def restored(orphans: Sequence[Passage], live: Iterable[ArticleSummary]) -> Iterator[tuple[Article, bool]]:
    """The articles that these passages are of and that have no record, and whether each is exactly what it was.

    Exactly: its hash is the one that the passages' ids tell, so that nothing is missing but when and where it was read.
    Otherwise its language and its marks, or its end, may be missing. An article with a gap in its text is left out.
    """
    summaries = list(live)
    known = {summary.id for summary in summaries}
    languages = [None, *sorted({summary.language for summary in summaries if summary.language})]
    versions: dict[str, dict[str, list[Passage]]] = defaultdict(lambda: defaultdict(list))
    for passage in orphans:
        if passage.article_id not in known:
            versions[passage.article_id][passage.id.rsplit("-", 1)[0] + "-"].append(passage)
    for by_key in versions.values():
        found = [each for key, passages in by_key.items() for each in _articles(key, passages, languages)]
        if found:
            yield max(found, key=lambda each: (each[1], len(each[0].text)))


def _articles(key: str, passages: list[Passage], languages: Sequence[str | None]) -> Iterator[tuple[Article, bool]]:
    """What these passages of one version may have been, and whether it was just that."""
    text = ""
    for passage in sorted(passages, key=lambda passage: passage.start):
        if passage.start > len(text) or passage.end != passage.start + len(passage.text):
            return
        text += passage.text[len(text) - passage.start :]
    first = passages[0]
    for language in languages:
        article = Article(
            first.article_id, text, first.title, first.url, first.source, first.author, first.published, None, language
        )
        yield article, version_key(article.id, article.content_hash) == key
