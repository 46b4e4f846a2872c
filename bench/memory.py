"""`python -m bench memory`: how the memory of a chat grows that is asked thousands of questions and given files.

Like `python -m bench load`, which speaks as the page does: each question in a new conversation of a new visitor, each
file an article that replaces one of twenty, so that the index stays as large as it was.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
import uuid
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx

from bench import results
from bench.chat import started
from bench.datasets import questions_of
from bench.indexes import open_index
from bench.load import ask, messages, way_to
from bench.speed import flat
from index import ArticleIndex

WARM_UP = 200  # questions and files each: the samples' once, as the networks keep buffers for each length of text
_FILES = 20
_STEPS = 10  # so often the memory is read
_PATIENCE_S = 300.0


def run(data: Path, indexes: Path, questions: int, uploads: int, articles: int = 0) -> None:
    """Measure, write bench/results/memory-all.json, and print.

    `articles`: how many the index keeps, 0: all; a question over a few has less to read.
    """
    texts = list(dict.fromkeys(question.text for question in questions_of("sample", data)))
    with tempfile.TemporaryDirectory() as folder:
        with open_index("sample", indexes) as samples:
            source = samples.location
        index = Path(shutil.copytree(source, Path(folder) / "index"))
        if articles:
            with ArticleIndex.open(index, create=False) as kept:
                kept.remove([summary.id for summary in kept.list()[articles:]])
        with started(index) as (process, address):
            measured = asyncio.run(_used(address, process, texts, questions, uploads))
    figures = measured | {"growth_mb": measured["mb"][-1] - measured["mb"][0]}
    settings = {"questions": questions, "uploads": uploads, "index": "sample", "articles": articles or "all"}
    path = results.write("memory-all", figures, settings)
    print(f"\nmemory ({path.name}); {questions} questions, {uploads} uploads")
    print(results.table([{"figure": name, "value": value} for name, value in flat(figures)]))


async def _used(address: str, process: int, texts: list[str], questions: int, uploads: int) -> dict[str, Any]:
    """Resident memory in MB after the warm-up, and then after each tenth of the work."""
    async with httpx.AsyncClient(base_url=address, timeout=_PATIENCE_S) as client:
        config = (await client.get("config")).json()
        asking, adding = way_to(config, "question"), way_to(config, "drop", "upload")
        numbers = iter(range(10**9))
        endless = cycle(texts)

        async def some(of_questions: int, of_files: int) -> None:
            for _ in range(of_questions):
                await ask(client, asking, next(endless), {"article_qa_visitor": uuid.uuid4().hex})
            for _ in range(of_files):
                await _add(client, adding.number, adding.inputs, next(numbers))

        await some(0, WARM_UP)  # the files first: with them there are other lengths of text to read
        await some(WARM_UP, 0)
        used, began = [resident_mb(process)], time.monotonic()
        print(f"{used[0]:.0f} MB after the warm-up", file=sys.stderr, flush=True)
        for _ in range(_STEPS):
            await some(questions // _STEPS, uploads // _STEPS)
            used.append(resident_mb(process))
            print(f"{used[-1]:.0f} MB after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        return {"mb": used, "seconds": time.monotonic() - began}


async def _add(client: httpx.AsyncClient, function: int, inputs: int, number: int) -> None:
    name, text = f"note-{number % _FILES}.txt", f"A note\n\nNote {number} says that the ferry {number} is late. " * 4
    files = {"files": (name, text.encode(), "text/plain")}
    [path] = (await client.post("gradio_api/upload", files=files)).raise_for_status().json()
    session = uuid.uuid4().hex
    file = {"path": path, "orig_name": name, "size": len(text), "meta": {"_type": "gradio.FileData"}}
    body = {"data": [[file], *[None] * (inputs - 1)], "fn_index": function, "session_hash": session}
    (await client.post("gradio_api/queue/join", json=body)).raise_for_status()
    async for message in messages(client, session, {}):
        if message["msg"] == "process_completed":
            if not message["success"] or "failed" in json.dumps(message["output"]):
                raise ValueError(f"{name} was not added: {json.dumps(message)[:500]}")
            return
    raise ValueError(f"{name} was not added: the stream ended.")


def resident_mb(process: int) -> float:
    """How much memory of this machine a process has now. On Linux."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(process)
