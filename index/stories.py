"""Stories: copies and versions of one article, such as papers print of an agency's; see index.sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.article import ArticleSummary

if TYPE_CHECKING:
    from index.storage.connection import View


@dataclass(frozen=True, slots=True)
class Story:
    """One story with its versions, two at least: the oldest first, those without a date last."""

    versions: tuple[ArticleSummary, ...]

    @property
    def oldest(self) -> ArticleSummary:
        """The version that was published first; one without a date where none has one."""
        return self.versions[0]

    @property
    def newest(self) -> ArticleSummary:
        """The version that was published last; one without a date where none has one."""
        return max(self.versions, key=lambda each: each.published or "")


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of an article that is a version of a story."""

    story: tuple[str, ...]  # the ids of all versions, this one among them
    sentences: frozenset[str]  # see index.sentences.sentence_keys


def stories_of(view: View) -> list[Story]:
    """See `ArticleIndex.stories`."""
    groups = view.words.stories()
    there = view.store.summaries([article_id for group in groups for article_id in group]) if groups else {}
    found = [Story(_oldest_first(there[each] for each in group if each in there)) for group in groups]
    found = [story for story in found if len(story.versions) > 1]
    return sorted(found, key=lambda story: story.newest.published or "", reverse=True)


def by_story(articles: Sequence[ArticleSummary], stories: Iterable[Story]) -> list[list[ArticleSummary]]:
    """The articles in their order, those of one story together in the place of its first."""
    story = {each.id: at for at, found in enumerate(stories) for each in found.versions}
    groups: dict[int | str, list[ArticleSummary]] = {}
    for article in articles:
        groups.setdefault(story.get(article.id, article.id), []).append(article)
    return list(groups.values())


def versions_of(view: View, article_ids: Collection[str]) -> dict[str, Version]:
    """See `ArticleIndex.versions`."""
    groups = [group for group in view.words.stories() if not set(article_ids).isdisjoint(group)]
    story = {each: tuple(group) for group in groups for each in group if each in article_ids}
    return (
        {each: Version(story[each], keys) for each, keys in view.words.sentences(list(story)).items()} if story else {}
    )


def _oldest_first(versions: Iterable[ArticleSummary]) -> tuple[ArticleSummary, ...]:
    return tuple(
        sorted(versions, key=lambda each: (not each.published, each.published or each.retrieved_at or "", each.id))
    )
