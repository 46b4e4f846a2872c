"""`python -m bench conversation`: follow-up questions, by whether the right passage and the right answer are found.

CANARD: the words that a human's rewrite adds to a question, and those that ours adds, on the dialogs that the network
was not trained on.
MTRAG (Katsis et al., TACL 2025; tasks by humans): all contexts of all tasks are one pool of articles; recall@5 of a
turn's own contexts. Ours is compared with the raw last question and with the whole conversation as one query. NewsQA:
questions that stand alone, asked behind another article's, must lose nothing. Samples: examples/conversations.jsonl,
each turn asked with the program's own earlier answers.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import results
from bench.asking import says
from bench.canard import added_words, dialogs
from bench.datasets import PROJECT, Question, questions_of, records
from bench.indexes import build_from, open_index
from bench.metrics import hit, mean, recall
from index import Article, ArticleIndex
from index.words import keys
from qa import Answer, ArticleQA
from qa.question.follow_ups import FollowUps, points_back
from qa.question.turn import History

CONVERSATIONS = PROJECT / "examples" / "conversations.jsonl"
DEPTH = 60  # passages, enough for five contexts
RECALL_AT = 5


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question of a conversation, what came before it, and the ids of the contexts that answer it."""

    question: str
    history: History
    contexts: frozenset[str]


def run(data: Path, indexes: Path) -> None:
    """Measure, write bench/results/conversation.json, and print."""
    figures: dict[str, Any] = {
        "canard": canard(data),
        "mtrag": mtrag(data, indexes),
        "new_topic": new_topic(data, indexes),
        "samples": samples(indexes),
    }
    path = results.write("conversation", figures, {"depth": DEPTH, "recall_at": RECALL_AT})
    print(f"\nconversation ({path.name})")
    print(results.table([figures["canard"]]))
    print(results.table(figures["mtrag"]["rows"]))
    print(f"standalone question: {figures['mtrag']['standalone_ms_p50']:.1f} ms (median)")
    print(results.table(figures["new_topic"]))
    samples_of = figures["samples"]
    print(f"samples: {samples_of['right']} of {samples_of['turns']} turns right")
    for miss in samples_of["misses"]:
        print(f"  {miss['id']}: {miss['question']} -> {miss['standalone_question']} -> {miss['answer']!r}")


def canard(data: Path) -> dict[str, float]:
    """Of the content words that the rewrites add, those that ours has; of those that ours adds, the wrong ones."""
    follow_ups = FollowUps()
    return asdict(
        added_words(
            (keys(question), keys(follow_ups.standalone(question, dialog.pairs[:number])), keys(rewrite))
            for dialog in dialogs(data)
            if dialog.reported
            for number, (question, rewrite) in dialog.turns.items()
        )
    )


# MTRAG


def mtrag(data: Path, indexes: Path) -> dict[str, Any]:
    """Recall of the raw question, the whole conversation and ours; and how long the standalone question takes."""
    contexts, turns = read_mtrag(data / "conversation" / "mtrag_un_human.jsonl.gz")
    build_from("mtrag", contexts, indexes / "mtrag")
    follow_ups = FollowUps()
    follow_ups.load()
    took_ms: list[float] = []

    def ours(turn: Turn) -> str:
        started = time.perf_counter()
        question = follow_ups.standalone(turn.question, turn.history)
        if turn.history:
            took_ms.append((time.perf_counter() - started) * 1000)
        return question

    ways: dict[str, Callable[[Turn], str]] = {
        "last question as it is": lambda turn: turn.question,
        "whole conversation": lambda turn: " ".join([*(t for pair in turn.history for t in pair), turn.question]),
        "standalone question": ours,
    }
    with ArticleIndex.open(indexes / "mtrag", create=False) as articles:
        qa = ArticleQA(articles)
        rows = []
        for name, way in ways.items():
            print(f"mtrag: {name}", file=sys.stderr)
            recalls = [_recall(qa, way(turn), turn.contexts) for turn in turns]
            later = [each for each, turn in zip(recalls, turns, strict=True) if turn.history]
            rows.append({"query": name, "turns": len(turns), "recall@5": mean(recalls), "later turns": mean(later)})
    return {"rows": rows, "contexts": len(contexts), "standalone_ms_p50": sorted(took_ms)[len(took_ms) // 2]}


def read_mtrag(path: Path) -> tuple[list[Article], list[Turn]]:
    """All contexts as articles, and the tasks that have some. Raises DataMissingError."""
    contexts: dict[str, Article] = {}
    turns = []
    for record in records(path):
        own = {context["document_id"]: context["text"] for context in record["contexts"]}
        contexts |= {key: Article(id=key, title="", text=text) for key, text in own.items() if key not in contexts}
        if own:
            *earlier, last = record["input"]
            turns.append(Turn(last["text"], _pairs(earlier), frozenset(own)))
    return list(contexts.values()), turns


def _pairs(messages: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for message in messages:
        if message["speaker"] == "user":
            pairs.append((message["text"], ""))
        elif pairs:
            pairs[-1] = (pairs[-1][0], message["text"])
    return pairs


def _recall(qa: ArticleQA, query: str, contexts: frozenset[str]) -> float:
    found = qa.search(query[: qa.settings.max_question_chars], top_k=DEPTH)
    ranking = list(dict.fromkeys(scored.passage.article_id for scored in found))
    return recall(ranking, contexts, RECALL_AT)


# A new topic


def new_topic(data: Path, indexes: Path) -> list[dict[str, Any]]:
    """hit@4 of NewsQA's reporting questions, alone and behind two questions on another article with their answers.

    Those with a word that points back ("What did he say?") do not stand alone, and anybody would take them for
    follow-ups; therefore the others are counted apart.
    """
    questions = questions_of("newsqa", data, "report")
    whole = [not points_back(question.text) for question in questions]
    with open_index("newsqa", indexes) as articles:
        qa = ArticleQA(articles)
        alone: list[float] = []
        behind: list[float] = []
        changed: list[bool] = []
        for at, question in enumerate(questions):
            asked = qa.follow_ups.standalone(question.text, _other_topic(questions, at))
            changed.append(asked != question.text.strip())
            alone.append(_hit(qa, question.text, question))
            behind.append(_hit(qa, asked, question) if changed[-1] else alone[-1])
            print(f"\rnewsqa: {at + 1} of {len(questions)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)
    return [
        {
            "questions": name,
            "n": sum(kept),
            "hit@4 alone": mean([value for value, keep in zip(alone, kept, strict=True) if keep]),
            "hit@4 behind another topic": mean([value for value, keep in zip(behind, kept, strict=True) if keep]),
            "changed": mean([float(value) for value, keep in zip(changed, kept, strict=True) if keep]),
        }
        for name, kept in (("without a word that points back", whole), ("all", [True] * len(questions)))
    ]


def _other_topic(questions: Sequence[Question], at: int) -> list[tuple[str, str]]:
    """Two questions on one article from the other half of the list."""
    first = (at + len(questions) // 2) % len(questions)
    same = [other for other in questions if other.key == questions[first].key]
    return [(other.text, other.answers[0]) for other in same[:2]]


def _hit(qa: ArticleQA, query: str, question: Question) -> float:
    return hit([scored.passage for scored in qa.search(query, top_k=DEPTH)], question.facts, 4)


# Samples


def samples(indexes: Path) -> dict[str, Any]:
    """How many turns of the sample conversations are answered rightly, or rightly not at all."""
    right, misses, turns = 0, [], 0
    with open_index("sample", indexes) as articles:
        qa = ArticleQA(articles)
        for line in CONVERSATIONS.read_text(encoding="utf-8").splitlines():
            conversation = json.loads(line)
            history: list[Answer] = []
            for number, turn in enumerate(conversation["turns"], start=1):
                answer = qa.ask(turn["question"], history)
                history.append(answer)
                turns += 1
                golds = [turn["answer"], *turn["aliases"]] if turn["answer"] else []
                good = says(answer.text, golds) if golds and not answer.abstained else answer.abstained and not golds
                right += good
                if not good:
                    misses.append(
                        {
                            "id": f"{conversation['id']}-{number}",
                            "question": turn["question"],
                            "standalone_question": answer.standalone_question,
                            "answer": answer.text,
                        }
                    )
    return {"turns": turns, "right": right, "misses": misses}
