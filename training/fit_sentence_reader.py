"""Fits the weights of the sentence reader on open question sets: `python -m training.fit_sentence_reader --data DIR`.

Articles are the paragraphs of one title put together. A third of the titles is left out of the index, so that their
questions are ones that nothing answers; SQuAD 2.0's own unanswerable questions are the hard ones of that kind. One row
for each sentence of the passages retrieved for a question; the label says whether the sentence holds the answer.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import Article, ArticleIndex, SentenceTransformerEmbedder
from index.embed import Progress
from index.engines import Vectors
from qa.evidence import FEATURES
from qa.reader import SentenceReader
from qa.retriever import HybridRetriever
from qa.settings import RetrievalSettings

SETS = ("squad2_dev_half", "shifts_new_wiki")


class RememberingEmbedder:
    """An Embedder that keeps every vector: the same sentences come back for many questions."""

    def __init__(self, inner: SentenceTransformerEmbedder) -> None:
        """Wrap `inner`."""
        self._inner = inner
        self.name, self.fingerprint = inner.name, inner.fingerprint
        self._known: dict[str, Vectors] = {}

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See Embedder."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._inner.embed_passages(new, progress), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else self._inner.embed_passages([])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        return self._inner.embed_queries(texts)


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the title that it is about, and where its answers are in that title's text; none, no answer."""

    question: str
    title: str
    answers: tuple[tuple[int, int], ...]


def read_set(path: Path) -> tuple[dict[str, str], list[Example]]:
    """The text of each title, and the examples with offsets into it."""
    texts: dict[str, str] = {}
    starts: dict[tuple[str, str], int] = {}
    examples = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            title, context = record["title"].replace("_", " "), record["context"]
            if (title, context) not in starts:
                text = texts.get(title, "")
                starts[title, context] = len(text) + (2 if text else 0)
                texts[title] = f"{text}\n\n{context}" if text else context
            at = starts[title, context]
            spans = tuple((at + a["start"], at + a["start"] + len(a["text"])) for a in record["answers"])
            examples.append(Example(record["question"].strip(), title, spans))
    return texts, examples


def rows(
    reader: SentenceReader, retriever: HybridRetriever, examples: Sequence[Example], indexed: set[str]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_], bool]]:
    """For each example the features of its sentences, which of them hold the answer, and whether it has one."""
    for at in range(0, len(examples), 50):
        batch = examples[at : at + 50]
        questions = [example.question for example in batch]
        found = retriever.retrieve(questions)
        for example, passages, (sentences, values) in zip(
            batch, found, reader.examine(questions, passages=found), strict=True
        ):
            answerable = example.title in indexed and bool(example.answers)
            right = [
                answerable
                and passages[sentence.passage].passage.article_id == example.title
                and any(sentence.start <= start and end <= sentence.end for start, end in example.answers)
                for sentence in sentences
            ]
            yield values, np.array(right, dtype=bool), answerable
        print(f"\r{at + len(batch)} of {len(examples)} questions", end="", file=sys.stderr)
    print(file=sys.stderr)


def main() -> None:
    """Fit and write the weights; calibration is kept as it is in the file, see training/calibrate.py."""
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds reader/")
    parser.add_argument("--questions", type=int, default=4000, help="how many questions, drawn with a fixed seed")
    parser.add_argument("--out", type=Path, default=Path("qa/sentence_reader.json"))
    arguments = parser.parse_args()

    embedder = RememberingEmbedder(SentenceTransformerEmbedder())
    texts: dict[str, str] = {}
    examples: list[Example] = []
    for name in SETS:
        more, questions = read_set(arguments.data / "reader" / f"{name}.jsonl.gz")
        texts |= more
        examples += questions
    indexed = {title for title in texts if int(hashlib.sha256(title.encode()).hexdigest(), 16) % 3}
    random.Random(1).shuffle(examples)
    examples = examples[: arguments.questions]
    with tempfile.TemporaryDirectory() as folder, ArticleIndex.open(folder, embedder=embedder) as articles:
        articles.add(Article(id=title, title=title, text=texts[title]) for title in sorted(indexed))
        retriever = HybridRetriever(articles, RetrievalSettings(top_k=8))
        groups = list(rows(SentenceReader(articles), retriever, examples, indexed))
    split = len(groups) * 3 // 4
    train, held = groups[:split], groups[split:]
    model = LogisticRegression(C=1.0, max_iter=2000)
    model.fit(
        np.concatenate([values for values, _, _ in train if len(values)]),
        np.concatenate([right for _, right, _ in train]),
    )
    top = [(model.decision_function(values), right, answerable) for values, right, answerable in held if len(values)]
    found = [bool(right[scores.argmax()]) for scores, right, answerable in top if answerable]
    reachable = [bool(right.any()) for _, right, answerable in top if answerable]
    best = np.array([scores.max() for scores, _, _ in top])
    order = best.argsort()
    answerable = np.array([answerable for _, _, answerable in top])
    ranks = np.empty(len(best))
    ranks[order] = np.arange(len(best))
    positives = answerable.sum()
    auc = (ranks[answerable].sum() - positives * (positives - 1) / 2) / (positives * (len(best) - positives))
    weights = dict(zip(FEATURES, (round(float(weight), 4) for weight in model.coef_[0]), strict=True))
    held_out = {
        "questions": len(top),
        "answerable": int(positives),
        "answer_in_a_retrieved_sentence": round(float(np.mean(reachable)), 3),
        "best_sentence_holds_the_answer": round(float(np.mean(found)), 3),
        "auc_answerable": round(float(auc), 3),
    }
    print(json.dumps({"weights": weights, "held_out": held_out}, indent=2))
    old = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    new = {
        "weights": weights,
        "bias": round(float(model.intercept_[0]), 4),
        "slope": old.get("slope", 1.0),
        "offset": old.get("offset", 0.0),
        "fitted_on": list(SETS),
        "held_out": held_out,
    }
    arguments.out.write_text(json.dumps(new, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
