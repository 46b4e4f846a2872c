"""From a question to passages: search by meaning and by words, fused into one ranking.

A long question is searched for as a whole and clause by clause.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np

from index import ArticleIndex, Passage, PassageFilter, Rank, ScoredPassage
from index.embedding.engines import Vectors
from index.filter import NO_FILTER
from index.settings import MULTILINGUAL_MODEL, PACKAGED_MODEL
from qa.question.turn import Query
from qa.retrieval.copies import first_of, without_copies, words_of
from qa.settings import RetrievalSettings


class HybridRetriever:
    """Finds passages in an ArticleIndex; no LangChain here, qa.runnables.passage_retriever wraps it."""

    def __init__(self, articles: ArticleIndex, settings: RetrievalSettings | None = None) -> None:
        """Search `articles`."""
        self.articles = articles
        self.settings = settings or RetrievalSettings()

    def retrieve(
        self, queries: Sequence[Query], top_k: int | None = None, where: PassageFilter = NO_FILTER
    ) -> list[list[ScoredPassage]]:
        """For each query the best passages by fused score, best first; scorer "fused", in [0, 1].

        Each carries its rank and score among the candidates in the orders "dense", "lexical" and "fused"; of a query
        with clauses the first two are those of the whole question, or of the clause that alone found it. Passages with
        the same words count as one; where copies have taken the places of others, these are searched for deeper. What
        newer versions of a story say else comes in addition, but for a `top_k` that is given.
        """
        wanted = self.settings.top_k if top_k is None else top_k
        most = [self._most(query, wanted, top_k is None) for query in queries]
        timed = [query.period is not None and not query.clauses and not where.has_dates for query in queries]
        others = [at for at, has_time in enumerate(timed) if not has_time]
        found = iter(self._distinct([queries[at] for at in others], [most[at] for at in others], wanted, where))
        found_for = [
            self._of_the_time(query, count, where) if has_time else next(found)
            for query, count, has_time in zip(queries, most, timed, strict=True)
        ]
        if top_k is None:
            found_for = [self._with_telling(*each, where) for each in zip(queries, found_for, strict=True)]
        return [each[:top_k] for each in found_for]

    def _with_telling(self, query: Query, found: list[ScoredPassage], where: PassageFilter) -> list[ScoredPassage]:
        """And where who holds a post or how a game ended is asked for, passages that tell it in other words."""
        asked = query.post or query.contest
        if asked is None:
            return found
        named = replace(query, text=asked.searched_as, post=None, contest=None, period=None, clauses=())
        others = self._distinct([named], [_MAY_TELL], _MAY_TELL, where)[0]
        known = {scored.passage.id for scored in found}
        new = (each for each in others if each.passage.id not in known)
        near = [each for each in new if asked.is_near(each.passage.text, each.passage.title)]
        return [*found, *near[:_TELLING]]

    def _distinct(
        self, queries: Sequence[Query], most: Sequence[int], wanted: int, where: PassageFilter
    ) -> list[list[ScoredPassage]]:
        """For each query its best passages without copies, searched for deeper where copies have taken places."""
        depth = max(self.settings.candidates, wanted)
        found = self._found(queries, most, depth, where)
        while depth < _DEEPEST and (
            short := [
                at
                for at, each in enumerate(found)
                if sum(not s.repeated for s in each) < most[at] and any(s.copies or s.repeated for s in each)
            ]
        ):
            depth *= _DEEPER
            again = self._found([queries[at] for at in short], [most[at] for at in short], depth, where)
            if all(len(each) == len(found[at]) for at, each in zip(short, again, strict=True)):
                break  # there is no more
            for at, each in zip(short, again, strict=True):
                found[at] = each
        return found

    def _of_the_time(self, query: Query, count: int, where: PassageFilter) -> list[ScoredPassage]:
        """The passages of a query that names a time: the best of all and the best of that time in turns.

        Their scores are those among the candidates of both searches together.
        """
        assert query.period is not None
        begins, ends = query.period.reported
        # From the month's first day on, as an article may have a month only.
        narrowed = replace(where, published_from=begins and begins[:7], published_to=ends)
        vector, depth = self._embedded([query]), max(self.settings.candidates, count)
        whole, then = (self.articles.search(vector, [query.text], depth, each)[0].scores for each in (where, narrowed))
        ranking = fuse({**whole, **then}, self._dense_weight(query))
        best = self._best(ranking, count, {})
        inside = [
            scored
            for scored in self._best([each for each in ranking if each[0] in then], 2 * count, {})
            if query.period.is_told_on(scored.passage.published)
        ]
        of_the_time = {scored.passage.id for scored in inside}
        in_turns = [each for pair in zip_longest(best, inside) for each in pair if each is not None]
        place = {words_of(scored.passage.text): at for at, scored in reversed(list(enumerate(in_turns)))}
        # Of copies that of the time is read, in the place of the best.
        in_turns.sort(key=lambda scored: (place[words_of(scored.passage.text)], scored.passage.id not in of_the_time))
        return first_of(self._once(in_turns, {scored.passage.article_id for scored in inside}), count)

    def _most(self, query: Query, wanted: int, by_default: bool) -> int:
        """How many passages a query gets."""
        return max(wanted, _OF_A_TOPIC) if by_default and query.form in ("latest", "timeline") else wanted

    def _dense_weight(self, query: Query) -> float:
        """The weight of meaning; the network for English reads Latin letters, and for others its vectors are chance.

        That of the network for many languages is larger, as words do not find what is in another language.
        """
        if self.articles.embedder.name == MULTILINGUAL_MODEL:
            return min(self.settings.dense_weight * _ACROSS_LANGUAGES, 1.0)
        if self.articles.embedder.name != PACKAGED_MODEL:
            return self.settings.dense_weight
        letters = sum(letter.isalpha() for letter in query.text)
        read = len(_LATIN.findall(query.text)) / letters if letters else 1.0
        return self.settings.dense_weight * max(read, _LEAST_READ)

    def _found(
        self, queries: Sequence[Query], most: Sequence[int], depth: int, where: PassageFilter
    ) -> list[list[ScoredPassage]]:
        """For each query its best passages of `depth` candidates of each kind of search, without copies."""
        parts = [[query.text, *query.clauses] for query in queries]
        texts = [text for each in parts for text in each]
        found = iter(self.articles.search(self._embedded(queries), texts, depth, where))
        weights = [self._dense_weight(query) for query in queries]
        fused = [[fuse(next(found).scores, weight) for _ in each] for each, weight in zip(parts, weights, strict=True)]
        heads = [
            [ranking[: max(count, _OF_CLAUSES) if lists[1:] else count] for ranking in lists]
            for lists, count in zip(fused, most, strict=True)
        ]
        passages = self.articles.passages([key for lists in heads for ranking in lists for key, _ in ranking])
        return [
            self._best(joined(head, passages) if head[1:] else lists[0], count, passages)
            for lists, head, count in zip(fused, heads, most, strict=True)
        ]

    def _best(
        self, ranking: Sequence[tuple[str, tuple[Rank, ...]]], count: int, passages: dict[str, Passage]
    ) -> list[ScoredPassage]:
        """The first `count` of a ranking, copies left out; `passages` are those that were fetched, and get more."""
        found: list[ScoredPassage] = []
        for at in range(0, len(ranking), count):
            part = ranking[at : at + count]
            if missing := [key for key, _ in part if key not in passages]:
                passages |= self.articles.passages(missing)
            found += [
                ScoredPassage(passages[key], ranks[-1].score, "fused", ranks)
                for key, ranks in part
                if key in passages  # one that was removed since it was found
            ]
            found = self._once(found)
            if sum(not scored.repeated for scored in found) >= count:
                break
        return first_of(found, count)

    def _once(self, found: Sequence[ScoredPassage], before: Collection[str] = ()) -> list[ScoredPassage]:
        """Each text once, and of each story one version, of the articles `before` if any, and what only others say."""
        return without_copies(found, self.articles.versions({scored.passage.article_id for scored in found}), before)

    def _embedded(self, queries: Sequence[Query]) -> Vectors:
        """A row for each query's text and clauses; texts embedded together share an int8 scale, so clauses wait."""
        whole = self.articles.embedder.embed_queries([query.text for query in queries])
        rows = []
        for at, query in enumerate(queries):
            rows.append(whole[at : at + 1])
            if query.clauses:
                rows.append(self.articles.embedder.embed_queries(query.clauses))
        return np.concatenate(rows) if rows else whole


def fuse(scores: Mapping[str, tuple[float, float]], dense_weight: float) -> list[tuple[str, tuple[Rank, ...]]]:
    """Order candidates by the weighted sum of both scores, each scaled to [0, 1] over the candidates, best first.

    `scores` holds (cosine, BM25) by passage id; equal sums keep their order in `scores`. Scaling by minimum and maximum
    is "Min-max normalisation" with a convex combination in Bruch et al., "An Analysis of Fusion Functions for Hybrid
    Retrieval", ACM TOIS 2023; over the union of both lists, with true scores for all.

    >>> [key for key, _ in fuse({"a": (0.9, 0.0), "b": (0.5, 8.0), "c": (0.1, 0.0)}, dense_weight=0.4)]
    ['b', 'a', 'c']
    """
    if not scores:
        return []
    dense = {key: cosine for key, (cosine, _) in scores.items()}
    lexical = {key: bm25 for key, (_, bm25) in scores.items()}
    scaled_dense, scaled_lexical = _scaled(dense), _scaled(lexical)
    fused = {key: dense_weight * scaled_dense[key] + (1 - dense_weight) * scaled_lexical[key] for key in scores}
    orders = {"dense": dense, "lexical": lexical, "fused": fused}
    ranks: dict[str, list[Rank]] = {key: [] for key in scores}
    for order, by_key in orders.items():
        for position, key in enumerate(sorted(by_key, key=by_key.__getitem__, reverse=True), start=1):
            ranks[key].append(Rank(order, position, by_key[key]))
    best_first = sorted(fused, key=fused.__getitem__, reverse=True)
    return [(key, tuple(ranks[key])) for key in best_first]


# The measurements behind these are in docs/decisions.md, "Reading".
_DEEPER, _DEEPEST = 4, 2000  # times as many candidates where copies take places, and as many as are searched for
_OF_A_TOPIC = 80  # passages that may tell of what is new, or of what happened
_MAY_TELL, _TELLING = 120, 10  # passages that may tell of a post or game, and that are read of those that do
_LATIN = re.compile("[A-Za-z\u00aa\u00ba-\u02af\u1e00-\u1eff]")
_LEAST_READ = 0.1  # of the weight of meaning: it then orders what words find alike
_ACROSS_LANGUAGES = 1.5  # times the weight: see docs/decisions.md, "Languages"
_OF_CLAUSES = 60  # passages of a question and of each clause that are joined, at least
_SAME_ARTICLE = 0.02  # what each better passage of an article costs the next: a long question is about several


def joined(
    rankings: Sequence[Sequence[tuple[str, tuple[Rank, ...]]]], passages: Mapping[str, Passage]
) -> list[tuple[str, tuple[Rank, ...]]]:
    """One ranking of those of a question and its clauses, the question's first; each as `fuse` gives it.

    A passage's score is the mean of its fused score for the question and the best one for a clause, 0 where it is not
    among the first, less a little for each better passage of its article.
    """
    whole, *parts = ({key: orders for key, orders in ranking if key in passages} for ranking in rankings)
    best: dict[str, tuple[Rank, ...]] = {}
    for part in parts:
        best |= {key: each for key, each in part.items() if key not in best or each[-1].score > best[key][-1].score}
    ranks = whole | best | whole  # the question's first
    scores = {key: sum(each[key][-1].score for each in (whole, best) if key in each) / 2 for key in ranks}
    better: Counter[str] = Counter()
    for key in sorted(scores, key=scores.__getitem__, reverse=True):
        article = passages[key].article_id
        scores[key] = max(scores[key] - _SAME_ARTICLE * better[article], 0.0)
        better[article] += 1
    best_first = sorted(scores, key=scores.__getitem__, reverse=True)
    return [
        (key, (*ranks[key][:-1], Rank("fused", position, scores[key])))
        for position, key in enumerate(best_first, start=1)
    ]


def score_in(scored: ScoredPassage, order: str) -> float:
    """The score that a passage has in one of its orders ("dense", "lexical", "fused"); 0 where it is not in it."""
    return next((rank.score for rank in scored.ranks if rank.order == order), 0.0)


def ranked_again(passages: Sequence[ScoredPassage], scores: Sequence[float], scorer: str) -> list[ScoredPassage]:
    """The same passages in the order of other scores, best first, with that rank added to each."""
    order = sorted(range(len(passages)), key=scores.__getitem__, reverse=True)
    return [
        replace(
            passages[at],
            score=scores[at],
            scorer=scorer,
            ranks=(*passages[at].ranks, Rank(scorer, position, scores[at])),
        )
        for position, at in enumerate(order, start=1)
    ]


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    low, high = min(scores.values()), max(scores.values())
    span = high - low
    return {key: (score - low) / span if span > 0 else float(score > 0) for key, score in scores.items()}
