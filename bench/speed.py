"""`python -m bench speed`: how fast passages are embedded and found, questions answered and programs started.

On an idle machine. Where there is something to compare with, it runs in the same process on the same texts, and the
ratio is what counts: sentence-transformers as it comes for embedding, and Chroma alone, over this very collection and
with the same vectors, for retrieval.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import results
from bench.datasets import SAMPLE_ARTICLES, Question, SetName, questions_of
from bench.indexes import open_index
from bench.timing import latency, process_ms
from index import ArticleIndex, Passage, SentenceTransformerEmbedder
from index.embedding.embedder import embedded_text
from index.embedding.packaged import packaged_model_folder
from qa import ArticleQA

WARM_UP = 20
QUESTIONS = 200
EMBEDDED = 512  # passages
BATCH, SINGLE = 500, 100  # questions
PASSAGES = 10_000  # of the index that is asked
_TOP_K = 10


def run(data: Path, indexes: Path) -> None:
    """Measure, write bench/results/speed-all.json, and print."""
    load = os.getloadavg()[0]
    if load >= 0.7:
        print(f"The load is {load:.1f}: these figures are not worth much. Wait for the others.", file=sys.stderr)
    questions = [question for question in questions_of("multihop", data) if question.facts]
    figures: dict[str, Any] = {"load_before": load}
    short = [question.text for question in questions_of("newsqa", data)]
    with cut_to("multihop", PASSAGES, indexes) as articles:
        info = articles.info()
        figures |= {"articles": info.articles, "passages": info.passages, "n": QUESTIONS}
        qa = ArticleQA(articles)
        parts = _parts(questions)
        print("retrieval and answers", file=sys.stderr)
        figures["retrieval"] = asdict(
            latency(lambda text: qa.search(text, _TOP_K), parts[0][:WARM_UP], parts[0][WARM_UP:])
        )
        brief = latency(lambda text: qa.search(text, _TOP_K), short[:WARM_UP], short[WARM_UP : WARM_UP + QUESTIONS])
        figures["retrieval_newsqa_questions"] = asdict(brief)
        figures["words_in_a_question"] = {"multihop": _mean_words(parts[0]), "newsqa": _mean_words(short)}
        brief = latency(qa.ask, short[-WARM_UP:], short[-WARM_UP - QUESTIONS : -WARM_UP])
        figures["answer_newsqa_questions"] = asdict(brief)
        figures["ask_batch"] = batch(qa, short[WARM_UP + QUESTIONS : -WARM_UP - QUESTIONS])
        figures["answer"] = asdict(latency(qa.ask, parts[1][:WARM_UP], parts[1][WARM_UP:]))
        passages = _some_passages(qa, parts[0])
        chroma = articles.location
    print("Chroma alone", file=sys.stderr)
    figures["chroma_alone"] = chroma_alone(Path(chroma), parts[2])
    figures["retrieval_over_chroma_alone_p50"] = figures["retrieval"]["p50_ms"] / figures["chroma_alone"]["p50_ms"]
    print("embedding", file=sys.stderr)
    figures["embedding"] = embedding(passages)
    print("adding and starting", file=sys.stderr)
    figures["adding_twice"] = adding_twice()
    figures["start_ms"] = starting(indexes)
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    path = results.write(
        "speed-all", figures, {"top_k": _TOP_K, "warm_up": WARM_UP, "index": f"multihop, cut to {PASSAGES} passages"}
    )
    print(f"\nspeed ({path.name}); {info.passages} passages, load {load:.1f}")
    print(results.table([{"figure": name, "value": value} for name, value in flat(figures)]))


def batch(qa: ArticleQA, questions: Sequence[str]) -> dict[str, Any]:
    """Milliseconds a question of BATCH asked at once, and of SINGLE others one by one, half before and half after.

    Raises ValueError where there are too few questions.
    """
    if len(questions) < BATCH + SINGLE:
        raise ValueError(f"{len(questions)} questions: {BATCH + SINGLE} are asked.")
    single, together = questions[:SINGLE], questions[SINGLE : SINGLE + BATCH]

    def ask_each(some: Sequence[str]) -> None:
        for text in some:
            qa.ask(text)

    times = [time.perf_counter()]
    for ask, some in ((ask_each, single[::2]), (qa.ask_batch, together), (ask_each, single[1::2])):
        ask(some)
        times.append(time.perf_counter())
    one, many = 1000 * (times[1] - times[0] + times[3] - times[2]) / SINGLE, 1000 * (times[2] - times[1]) / BATCH
    return {"questions": BATCH, "single_ms": one, "batch_ms": many, "ratio": one / many}


def cut_to(name: SetName, passages: int, indexes: Path) -> ArticleIndex:
    """An index with as many of a set's articles as make so many passages: a copy, of which the rest is removed."""
    folder = indexes / f"{name}-{passages}"
    if not folder.exists():
        open_index(name, indexes).close()
        shutil.copytree(indexes / name, folder)
    articles = ArticleIndex.open(folder, create=False)
    excess = articles.info().passages - passages
    going = []
    for summary in sorted(articles.list(), key=lambda summary: summary.id):
        if excess >= summary.passages:
            going.append(summary.id)
            excess -= summary.passages
    articles.remove(going)
    return articles


def _mean_words(questions: Sequence[str]) -> float:
    return sum(len(question.split()) for question in questions) / len(questions)


def chroma_alone(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Embed a question with the same model, and have Chroma give the nearest passages with their documents.

    Over the collection of an index that this process has closed, with an embedder that has not seen the questions.
    """
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(store_folder(folder)), settings=Settings(anonymized_telemetry=False))
    collection = max(
        (client.get_collection(c.name, embedding_function=None) for c in client.list_collections()), key=_count
    )
    embedder = SentenceTransformerEmbedder()

    def query(text: str) -> object:
        return collection.query(
            query_embeddings=embedder.embed_queries([text]),
            n_results=_TOP_K,
            include=["documents", "metadatas", "distances"],
        )

    return {**asdict(latency(query, questions[:WARM_UP], questions[WARM_UP:])), "passages": _count(collection)}


def store_folder(folder: Path) -> Path:
    """Where the index in `folder` keeps its Chroma store: in another place after it was mended."""
    state = folder / "state.json"  # written with the first change
    return folder / (json.loads(state.read_text(encoding="utf-8"))["store"] if state.exists() else "chroma")


def embedding(passages: Sequence[Passage]) -> dict[str, Any]:
    """Passages a second, ours and by sentence-transformers' `encode` as it comes, over the same texts."""
    from sentence_transformers import SentenceTransformer

    texts = [embedded_text(passage) for passage in passages]
    ours = SentenceTransformerEmbedder()
    stock = SentenceTransformer(str(packaged_model_folder()), device="cpu")
    fewer = texts[: len(texts) // 2]
    seconds = {}
    for name, embed, some in (("ours", ours.embed_passages, texts), ("stock", stock.encode, fewer)):
        embed(texts[:32])
        started = time.perf_counter()
        embed(some)
        seconds[name] = (time.perf_counter() - started) / len(some)
    return {
        "passages": len(texts),
        "mean_chars": sum(map(len, texts)) / len(texts),
        "passages_per_s": 1 / seconds["ours"],
        "stock_passages_per_s": 1 / seconds["stock"],
        "ratio": seconds["stock"] / seconds["ours"],
    }


def adding_twice() -> dict[str, Any]:
    """The sample articles added to a new index, and once more, which embeds none."""
    with tempfile.TemporaryDirectory() as folder, ArticleIndex.open(folder) as articles:
        figures: dict[str, Any] = {}
        for time_ in ("first", "second"):
            started = time.perf_counter()
            report = articles.add(SAMPLE_ARTICLES)
            figures[f"{time_}_s"] = time.perf_counter() - started
            figures[f"{time_}_embedded"] = report.passages_embedded
    return figures


def starting(indexes: Path) -> dict[str, float]:
    """Milliseconds of fresh processes: bare Python, the imports, `qa --help`, and one question to the samples."""
    ask = ["-m", "qa", "--index", str(indexes / "sample"), "ask", "Who is travelling to Moscow?"]
    return {
        "python": process_ms(["-c", "pass"]),
        "import_index_qa": process_ms(["-c", "import index, qa"]),
        "import_ArticleQA": process_ms(["-c", "from index import ArticleIndex; from qa import ArticleQA"]),
        "qa_help": process_ms(["-m", "qa", "--help"]),
        "qa_ask_cold": process_ms(ask),
    }


def _parts(questions: Sequence[Question]) -> list[list[str]]:
    """Three lists of different questions: the embedder remembers those that it has seen."""
    texts = list(dict.fromkeys(question.text for question in questions))
    size = WARM_UP + QUESTIONS
    return [texts[at * size : (at + 1) * size] for at in range(3)]


def _some_passages(qa: ArticleQA, questions: Sequence[str]) -> list[Passage]:
    """EMBEDDED different passages, those found for some questions."""
    found: dict[str, Passage] = {}
    for text in questions:
        found |= {scored.passage.id: scored.passage for scored in qa.search(text, 50)}
        if len(found) >= EMBEDDED:
            break
    return list(found.values())[:EMBEDDED]


def _count(collection: Any) -> int:
    return int(collection.count())


def flat(figures: dict[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """The figures of figures, each with the names above it."""
    return [
        pair
        for key, value in figures.items()
        for pair in (flat(value, f"{above}{key} ") if isinstance(value, dict) else [(above + key, value)])
    ]
