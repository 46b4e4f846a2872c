"""Which articles of the word index are versions of one story, found again as articles come and go.

The groups stand in the word index, beside the revision, and change in one transaction with its passages. They say
what the sentences in it say, so that an index that is made anew from the store has the same ones.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence

import tantivy

from index.sentences import LEAST, resemblance
from index.storage.lexical_documents import schema

Groups = Sequence[Sequence[str]]  # ids of articles; each group has two at least

# Articles that are compared with one, those that share most sentences: copies of one story by the hundred are joined
# through each other, and what stands below every article of a site costs no more than this.
_COMPARED = 50


def regrouped(
    searcher: tantivy.Searcher, before: Groups, fresh: Mapping[str, Collection[str]], gone: Collection[str]
) -> Groups:
    """The groups after a change.

    `fresh` are the articles that come, with the keys of their sentences, which the searcher does not know yet; `gone`
    those that go, whose earlier sentences it knows still. One that is replaced is among both.
    """
    stale = {*fresh, *gone}
    groups = _Groups(group for group in before if stale.isdisjoint(group))
    for group in before:
        if not stale.isdisjoint(group):
            _join_again(searcher, groups, [each for each in group if each not in stale], stale)
    for article_id, keys in fresh.items():
        for other in _versions(searcher, keys, stale):
            groups.join(article_id, other)
    for one, two in _alike(fresh):
        groups.join(one, two)
    return groups.all()


def packed(groups: Groups) -> bytes:
    """The groups as they are kept."""
    return zlib.compress(json.dumps(groups).encode())


def unpacked(content: bytes) -> Groups:
    """The inverse of `packed`. Raises ValueError."""
    try:
        groups = json.loads(zlib.decompress(content))
    except zlib.error as exc:
        raise ValueError(str(exc)) from exc
    return [[str(each) for each in group] for group in groups]


def keys_of(searcher: tantivy.Searcher, article_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """By id, the keys of the sentences of these articles, of those that are there."""
    query = tantivy.Query.boolean_query(
        [
            (tantivy.Occur.Must, tantivy.Query.term_query(schema(), "note", "article", "basic")),
            (tantivy.Occur.Must, tantivy.Query.term_set_query(schema(), "article_id", list(article_ids))),
        ]
    )
    most = min(len(article_ids), searcher.num_docs)
    documents = [searcher.doc(address) for _, address in searcher.search(query, most, count=False).hits] if most else []
    return {str(each.get_first("article_id")): frozenset(each.get_all("sentence")) for each in documents}


def _versions(searcher: tantivy.Searcher, keys: Collection[str], stale: Collection[str]) -> list[str]:
    """The articles that resemble one with these sentences, _COMPARED at most, but for those that are stale."""
    # Each sentence in common adds one to the score.
    each = [tantivy.Query.term_query(schema(), "sentence", key, "basic") for key in keys]
    query = tantivy.Query.boolean_query([(tantivy.Occur.Should, tantivy.Query.const_score_query(q, 1.0)) for q in each])
    most = _COMPARED
    while True:
        hits = searcher.search(query, min(most, searcher.num_docs), count=False).hits if searcher.num_docs else []
        # The best come first, and an article with fewer of its sentences cannot resemble it enough.
        near = [(round(score), searcher.doc(address)) for score, address in hits if score >= LEAST * len(keys)]
        found = [
            article_id
            for shared, document in near
            if (article_id := str(document.get_first("article_id"))) not in stale
            and resemblance(keys, document.get_all("sentence"), shared) >= LEAST
        ]
        if found or len(near) < most:
            return found
        most *= 4


def _join_again(searcher: tantivy.Searcher, groups: _Groups, rest: Sequence[str], stale: Collection[str]) -> None:
    """Of a group that lost some, join those that still resemble each other, directly or through others."""
    keys = keys_of(searcher, rest)
    alone, reached = dict.fromkeys(keys), dict[str, None]()
    while (alone or reached) and not groups.holds(rest):
        at, _ = (alone or reached).popitem()
        for other in _versions(searcher, keys[at], stale):
            groups.join(at, other)
            if other in alone:
                reached[other] = alone.pop(other)


def _alike(fresh: Mapping[str, Collection[str]]) -> Iterable[tuple[str, str]]:
    """Pairs of these articles that resemble each other."""
    having: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_COMPARED))
    for article_id, keys in fresh.items():
        shared = Counter(other for key in keys for other in having[key])
        for other, count in shared.items():
            if count >= LEAST * len(keys) and resemblance(keys, fresh[other], count) >= LEAST:
                yield article_id, other
        for key in keys:
            having[key].append(article_id)


class _Groups:
    """Sets of articles that can be joined."""

    def __init__(self, groups: Iterable[Iterable[str]]) -> None:
        self._of = {each: group for group in map(set, groups) for each in group}

    def join(self, one: str, other: str) -> None:
        smaller, larger = sorted((self._of.setdefault(each, {each}) for each in (one, other)), key=len)
        if smaller is not larger:
            larger |= smaller
            self._of |= dict.fromkeys(smaller, larger)

    def holds(self, articles: Sequence[str]) -> bool:
        """Whether all of them are joined."""
        return not articles or self._of.get(articles[0], set()).issuperset(articles)

    def all(self) -> Groups:
        return sorted(
            sorted(group) for group in {id(group): group for group in self._of.values()}.values() if len(group) > 1
        )
