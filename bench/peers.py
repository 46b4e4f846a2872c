"""`python -m bench peers`: how fast articles are indexed and passages found, by this program and by others.

On an idle machine. All get the same articles, questions and embedding model, and the processor only. Each runs in
processes of its own (bench/peer_run.py), the others with a virtual environment each, which is made where it is missing.
In each round ours runs before each of the others, and ratios are of such neighbours: what else the machine does then
falls on both.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import peer_run, results
from bench.datasets import PROJECT, SetName, articles_of, questions_of, records
from bench.timing import percentiles
from index.embedding.packaged import packaged_model_folder

QUESTIONS = 100  # of each kind
OURS = "ours"
# What pip installs for each of the others. Newer builds of torch for Linux bring gigabytes of CUDA.
_TORCH = "torch==2.13.0"
PEERS: Mapping[str, tuple[str, ...]] = {
    "langchain": (
        "langchain-chroma==1.1.0", "langchain-huggingface==1.2.3", "langchain-text-splitters==1.1.3",
        "sentence-transformers==6.2.0",
    ),
    "llama-index": (
        "llama-index-core==0.14.25", "llama-index-embeddings-huggingface==0.8.0",
        "llama-index-vector-stores-chroma==0.6.0",
    ),
    "txtai": ("txtai==9.14.0", "chonkie==1.7.0"),
    "haystack": ("haystack-ai==3.4.1", "sentence-transformers-haystack==2.0.0", "chroma-haystack==5.0.0"),
}  # fmt: skip
_PARTS = ("chromadb", "faiss-cpu", "openvino", "sentence-transformers", "torch", "transformers")  # named where there
# Nothing is looked up or reported over the internet.
_OFFLINE = {
    "ANONYMIZED_TELEMETRY": "False",  # Chroma
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


class PeerError(Exception):
    """A library could not be installed, or its process failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process measured; see bench/peer_run.py. `short`: NewsQA's questions; `long`: MultiHop-RAG's."""

    index_chars_per_s: float
    short_p50_ms: float
    short_p95_ms: float
    long_p50_ms: float
    long_p95_ms: float
    load_s: float
    peak_memory_mb: float
    passages: int
    versions: Mapping[str, str]


FIGURES = tuple(name for name in Run.__annotations__ if name != "versions")
Pairs = dict[str, list[tuple[Run, Run]]]  # of ours and the other, one a round


def run(data: Path, environments: Path, articles: int, rounds: int, names: Sequence[str]) -> bool:
    """Measure, write bench/results/peers-<articles>.json, and print. Gives whether all of `names` were measured."""
    environments = environments.resolve()
    environments.mkdir(parents=True, exist_ok=True)
    pythons, missing = _installed(names, environments)
    load = os.getloadavg()[0]
    if load >= 0.7:
        print(f"The load is {load:.1f}: these figures are not worth much. Wait for the others.", file=sys.stderr)
    with TemporaryDirectory(dir=environments) as folder:
        chosen = list(islice(_articles(data), articles))
        chars = sum(len(article["text"]) for article in chosen)
        _write(Path(folder) / "articles.jsonl", chosen)
        _write(Path(folder) / "questions.jsonl", list(_questions(data)))

        def measured(name: str) -> Run:
            return measure(name, pythons.get(name, Path(sys.executable)), Path(folder), chars)

        pairs, failed = compare(list(pythons), rounds, measured)
    missing |= failed
    peers = summary(pairs)
    figures = {"articles": len(chosen), "chars": chars, "load_before": load, "peers": peers, "missing": missing}
    settings = {"top_k": peer_run.TOP_K, "passage_chars": peer_run.PASSAGE_CHARS, "n": QUESTIONS, "rounds": rounds}
    path = results.write(f"peers-{len(chosen)}", figures, settings)
    print(f"\npeers ({path.name}); {len(chosen)} articles of {chars:,} characters, rounds: {rounds}, load {load:.1f}\n")
    print(markdown(peers))
    for name, reason in missing.items():
        print(f"{name} was not measured: {reason}")
    return not missing


def compare(names: Sequence[str], rounds: int, measured: Callable[[str], Run]) -> tuple[Pairs, dict[str, str]]:
    """Measure ours and then one of `names`, for each of them, `rounds` times; and why what failed did, by name."""
    pairs: Pairs = {name: [] for name in names}
    failed: dict[str, str] = {}
    for number in range(rounds):
        for name in names:
            if name in failed:
                continue
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            own = measured(OURS)
            try:
                pairs[name].append((own, measured(name)))
            except PeerError as exc:
                failed[name] = str(exc)
                del pairs[name]
    return pairs, failed


def measure(name: str, python: Path, data: Path, chars: int, script: Path = Path(peer_run.__file__)) -> Run:
    """One run in a new process, with new stores in the folder with the data. Raises PeerError."""
    wanted = [*(package.split("==")[0] for package in PEERS.get(name, ())), *_PARTS]
    with TemporaryDirectory(dir=data) as stores:
        output = _output([python, "-P", script, name, data, stores, packaged_model_folder(), *wanted])
    found = json.loads(output.splitlines()[-1])
    short, long = (percentiles(found["search_ms"][kind]) for kind in ("short", "long"))
    return Run(
        index_chars_per_s=chars / found["index_s"],
        short_p50_ms=short.p50_ms,
        short_p95_ms=short.p95_ms,
        long_p50_ms=long.p50_ms,
        long_p95_ms=long.p95_ms,
        load_s=found["load_s"],
        peak_memory_mb=found["peak_memory_mb"],
        passages=found["passages"],
        versions=found["versions"],
    )


def summary(pairs: Pairs) -> dict[str, dict[str, Any]]:
    """Of ours and each other: its versions, and over the rounds its figures and ours divided by them."""
    ours = [(own, own) for some in pairs.values() for own, _ in some]
    return {
        name: {
            "versions": some[0][1].versions,
            "figures": {key: _over([getattr(each, key) for _, each in some]) for key in FIGURES},
            "ours_over": {
                key: _over([getattr(own, key) / getattr(each, key) for own, each in some]) for key in FIGURES
            },
        }
        for name, some in {OURS: ours, **pairs}.items()
        if some
    }


def markdown(peers: Mapping[str, Mapping[str, Any]]) -> str:
    """A summary as a table, with the versions below. Where several runs differ, the least and most in brackets."""
    lines = [
        "| | characters a second | ours: times as fast | short questions: median, 95 % | long: median, 95 % "
        "| ready after | memory | passages |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, peer in peers.items():
        median = {key: figure["median"] for key, figure in peer["figures"].items()}
        cells = [
            name,
            _spread(peer["figures"]["index_chars_per_s"], ",.0f"),
            "" if name == OURS else _spread(peer["ours_over"]["index_chars_per_s"], ".1f"),
            *(f"{median[f'{kind}_p50_ms']:.0f}, {median[f'{kind}_p95_ms']:.0f} ms" for kind in ("short", "long")),
            f"{median['load_s']:.1f} s",
            f"{median['peak_memory_mb']:,.0f} MB",
            f"{median['passages']:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append("")
    for name, peer in peers.items():
        lines.append(f"{name}: {', '.join(' '.join(pair) for pair in sorted(peer['versions'].items()))}")
    return "\n".join(lines)


def _installed(names: Sequence[str], environments: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The Python of each library's environment, and why what cannot be installed cannot, by name."""
    pythons, missing = {}, {}
    for name in names:
        wanted = " ".join([_TORCH, *PEERS[name]])
        done = environments / name / "installed"
        python = environments / name / "bin" / "python"
        if not done.exists() or done.read_text(encoding="utf-8") != wanted:
            print(f"installing {wanted}", file=sys.stderr)
            venv.create(environments / name, clear=True, symlinks=True, with_pip=True)
            try:
                _output([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted.split()])
            except PeerError as exc:
                missing[name] = str(exc)
                continue
            done.write_text(wanted, encoding="utf-8")
        pythons[name] = python
    return pythons, missing


def _output(command: Sequence[str | Path]) -> str:
    """What a process prints. Raises PeerError with the last line of its complaint where it fails."""
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **_OFFLINE}, cwd=PROJECT
    )
    if done.returncode:
        raise PeerError(next(reversed(done.stderr.strip().splitlines()), f"exit status {done.returncode}"))
    return done.stdout


def _articles(data: Path) -> Iterator[dict[str, str]]:
    """3,141 news articles, the longest first: MultiHop-RAG's, NewsQA's, the BBC's."""
    for article in chain(articles_of("multihop", data), articles_of("newsqa", data)):
        yield {"id": article.id, "title": article.title, "text": article.text}
    for record in records(data / "haystack" / "bbc_news.jsonl.gz"):
        yield {"id": record["id"], "title": record["title"], "text": record["text"]}


def _questions(data: Path) -> Iterator[dict[str, str]]:
    """Different ones: some remember what they were asked."""
    kinds: dict[str, SetName] = {"short": "newsqa", "long": "multihop"}
    for kind, name in kinds.items():
        texts = dict.fromkeys(question.text for question in questions_of(name, data))
        for text in islice(texts, peer_run.WARM_UP + QUESTIONS):
            yield {"kind": kind, "text": text}


def _write(path: Path, lines: Sequence[Mapping[str, str]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _over(rounds: Sequence[float]) -> dict[str, Any]:
    return {"median": statistics.median(rounds), "least": min(rounds), "most": max(rounds), "rounds": rounds}


def _spread(figure: Mapping[str, Any], form: str) -> str:
    median, least, most = (format(figure[key], form) for key in ("median", "least", "most"))
    return median if least == most else f"{median} ({least}–{most})"
