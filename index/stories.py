"""Copies and agency versions of one story: articles that share much of their sentences.

Two articles resemble each other as far as the sets of their sentences do: those that both have, divided by those that
either has (Broder, "On the resemblance and containment of documents", 1997). How the bounds were found is in
docs/decisions.md, "Stories".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.article import ArticleSummary
from index.words import plain

if TYPE_CHECKING:
    from index.storage.connection import View

LEAST = 0.3  # resemblance of two versions
FEW = 3  # with fewer sentences in common than this, all have to be the same
_SHORTEST = 20  # bytes of a sentence's words; "he said" stands in all articles, and 7 Chinese characters say as much

# A full stop with what closes behind it and white space, one of East Asia, a blank line, a dash, as behind a place and
# an agency. Abbreviations end sentences, too: they do so in both versions, and what is left is too short, or counts.
_END = re.compile("[.!?\u2026\u061f\u06d4\u0964][^\\w\\s]*\\s|[\u3002\uff01\uff1f]|\n\\s*\n|\\s[-\u2013\u2014]+\\s")
_WORD = re.compile(r"\w+")


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
    sentences: frozenset[str]  # see sentence_keys


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


def sentence_keys(text: str) -> frozenset[str]:
    """What stands for the sentences of a text: equal for those with the same words, whatever their case and marks.

    A text of short sentences alone counts as one; one without words has none.

    >>> sentence_keys("“The ship sails on Monday,” she said. Oh!") == sentence_keys("The ship sails on Monday she said")
    True
    """
    return frozenset(sentences_by_key(text))


def sentences_by_key(text: str) -> dict[str, str]:
    """The words of each sentence, in lower case, by its key."""
    sentences = [*_sentences(text)]
    long = [each for each in sentences if len(each.encode("utf-8", "surrogatepass")) >= _SHORTEST]
    return {_key(words): words for words in long or [" ".join(sentences)] if words}


def _key(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def keys_at(text: str, start: int, end: int) -> frozenset[str]:
    """The keys of the sentences of a text that its characters from `start` to `end` stand in; none of short ones."""
    return sentence_keys(text) - sentence_keys(text[:start]) - sentence_keys(text[end:])


def resemblance(one: Collection[str], other: Collection[str], shared: int) -> float:
    """Of two articles with these sentences, `shared` of them in common: from 0 to 1. 0 where too few are in common."""
    either = len(one) + len(other) - shared
    if shared == 0 or (shared < FEW and shared < either):
        return 0.0
    return shared / either


def _sentences(text: str) -> Iterator[str]:
    for sentence in _END.split(plain(text).casefold()):
        if words := " ".join(_WORD.findall(sentence)):
            yield words
