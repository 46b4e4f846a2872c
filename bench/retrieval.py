"""`python -m bench retrieval`: how well passages are found, by each kind of search alone, by RRF, and by ours.

The four rankings order the same candidates of the same index, so that gains are measured in one run: dense, BM25 and
RRF from the scores of `ArticleIndex.search`, ours from `ArticleQA.search`; "read" is ours in the order that the reader
gives to the passages that it read, the others behind them. Before this project stock parts with
900-character passages gave, for hit@4 / hit@10 / MRR@10, by BM25 .648 / .732 / .530 (NewsQA, with both halves' 638
articles) and .421 / .597 / .593 (MultiHop).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import results
from bench.datasets import PARTS, Part, Question, SetName, questions_of
from bench.indexes import open_index
from bench.metrics import documents, hit, mean, ndcg, recall, reciprocal_rank
from index import ArticleIndex, Passage
from index.article_index import Candidates
from qa import ArticleQA, RetrievalSettings

DEPTH = 60  # passages: more than 10,000 characters of them at the default length
DOCUMENT_DEPTH = 100  # SciFact counts articles: enough passages for 20 of them
RRF_K = 60
METHODS = ("dense", "bm25", "rrf", "ours", "read")


@dataclass(frozen=True, slots=True)
class Ranked:
    """One question with the measures of each method's ranking."""

    question: Question
    measures: dict[str, dict[str, float]]  # method -> measure -> value


def run(sets: Sequence[SetName], part: Part, data: Path, indexes: Path) -> None:
    """Measure, write bench/results/retrieval-<part>.json, and print; "all" writes the two parts as well."""
    ranked: dict[SetName, list[Ranked]] = {}
    passages: dict[SetName, int] = {}
    for name in sets:
        questions = [question for question in questions_of(name, data, part) if question.facts or question.relevant]
        if questions:
            with open_index(name, indexes) as articles:
                passages[name] = articles.info().passages
                ranked[name] = list(_progress(name, len(questions), rank(articles, questions)))
    for wanted in PARTS if part == "all" else (part,):
        rows = [row for name in ranked for row in summary(name, ranked[name], wanted)]
        settings = {"depth": DEPTH, "document_depth": DOCUMENT_DEPTH, "rrf_k": RRF_K, "passages": passages}
        path = results.write(f"retrieval-{wanted}", {"part": wanted, "rows": rows}, settings)
        print(f"\nretrieval, part {wanted} ({path.name})")
        for name in ranked:
            print(results.table([row for row in rows if row["set"] == name]))


def rank(articles: ArticleIndex, questions: Sequence[Question]) -> Iterator[Ranked]:
    """The measures of each question, in order."""
    qa = ArticleQA(articles)
    known: dict[str, Passage] = {}
    for question in questions:
        depth = DOCUMENT_DEPTH if question.relevant else DEPTH
        ours = [scored.passage for scored in qa.search(question.text, top_k=depth)]
        known |= {passage.id: passage for passage in ours}
        vectors = articles.embedder.embed_queries([question.text])
        candidates = articles.search(vectors, [question.text], max(RetrievalSettings().candidates, depth))[0]
        orders = {method: order[:depth] for method, order in orders_of(candidates).items()}
        missing = [key for order in orders.values() for key in order if key not in known]
        known |= articles.passages(missing)
        rankings = {method: [known[key] for key in order] for method, order in orders.items()} | {"ours": ours}
        read = ours if question.relevant else [scored.passage for scored in qa.ask(question.text).passages]
        taken = {passage.id for passage in read}
        rankings["read"] = read + [passage for passage in ours if passage.id not in taken]
        yield Ranked(question, {method: measures(rankings[method], question) for method in METHODS})


def orders_of(candidates: Candidates) -> dict[str, list[str]]:
    """The candidates' ids, best first, by cosine, by BM25 (those that share a word) and by RRF of the two."""
    scores = candidates.scores
    dense = sorted(scores, key=lambda key: scores[key][0], reverse=True)
    bm25 = sorted((key for key in scores if scores[key][1] > 0), key=lambda key: scores[key][1], reverse=True)
    return {"dense": dense, "bm25": bm25, "rrf": reciprocal_rank_fusion([dense, bm25])}


def reciprocal_rank_fusion(rankings: Sequence[Sequence[str]], k: int = RRF_K) -> list[str]:
    """Ids by the sum of 1 / (k + rank), best first, rank from 1 (Cormack et al., SIGIR 2009).

    >>> reciprocal_rank_fusion([["a", "b"], ["b", "c"]])
    ['b', 'a', 'c']
    """
    fused: dict[str, float] = {}
    for ranking in rankings:
        for position, key in enumerate(ranking, start=1):
            fused[key] = fused.get(key, 0.0) + 1 / (k + position)
    return sorted(fused, key=fused.__getitem__, reverse=True)


def measures(ranking: Sequence[Passage], question: Question) -> dict[str, float]:
    """What is measured of one ranking: by passages, or by articles where those are judged (SciFact)."""
    if question.relevant:
        found = documents(ranking)
        return {
            "ndcg@10": ndcg(found, dict.fromkeys(question.relevant, 1.0)),
            "recall@10": recall(found, question.relevant, 10),
            "recall@20": recall(found, question.relevant, 20),
        }
    return {
        "hit@4": hit(ranking, question.facts, 4),
        "hit@10": hit(ranking, question.facts, 10),
        "mrr@10": reciprocal_rank(ranking, question.facts),
    }


def summary(name: SetName, ranked: Sequence[Ranked], part: Part) -> list[dict[str, str | int | float]]:
    """One row for each method: the means over the questions of a part; none where it has no questions."""
    counts: Callable[[Question], bool] = (
        (lambda _: part != "choose") if name == "scifact" else (lambda question: question.in_part(part))
    )
    inside = [entry for entry in ranked if counts(entry.question)]
    if not inside:
        return []
    return [
        {"set": name, "n": len(inside), "method": method}
        | {key: mean([entry.measures[method][key] for entry in inside]) for key in inside[0].measures[method]}
        for method in METHODS
    ]


def _progress(name: str, total: int, ranked: Iterator[Ranked]) -> Iterator[Ranked]:
    for done, entry in enumerate(ranked, start=1):
        if done % 20 == 0 or done == total:
            print(f"\r{name}: {done} of {total} questions", end="", file=sys.stderr)
        yield entry
    print(file=sys.stderr)
