"""`python -m bench load`: thirty people at one chat, who all ask at once and go on asking for a minute.

Each is an HTTP client with a cookie of its own, which sends what the page sends and reads the stream that the page
reads, so that no browsers take the machine's time. The chat is a process of its own over the sample articles.
"""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import sys
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from bench import results
from bench.chat import served
from bench.datasets import questions_of
from bench.indexes import open_index
from bench.speed import flat
from bench.timing import percentiles
from qa import ArticleQA

PEOPLE = 30
SECONDS = 60.0
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Wait:
    """One question: seconds from asking until something was said to it, place or words, and until it was answered."""

    told_s: float
    answered_s: float
    first: bool  # of the thirty that came at once
    wrong: bool  # not what the same question is answered when nobody else asks


def run(data: Path, indexes: Path, seconds: float = SECONDS) -> int:
    """Measure, write bench/results/load-all.json, and print; gives how many answers were wrong or missing."""
    load = os.getloadavg()[0]
    texts = list(dict.fromkeys(question.text for question in questions_of("sample", data)))[:PEOPLE]
    with open_index("sample", indexes) as articles:
        folder = Path(articles.location)
        qa = ArticleQA(articles)
        qa.warm_up()
        started = time.perf_counter()
        expected = {text: qa.ask(text).said for text in texts}
        alone_s = (time.perf_counter() - started) / len(texts)
    with served(folder) as address:
        waits, missing = asyncio.run(_people(address, expected, seconds))
    figures: dict[str, Any] = {"load_before": load, "answer_alone_s": alone_s, "missing": missing}
    figures["wrong"] = sum(wait.wrong for wait in waits)
    for name, some in (("at_once", [wait for wait in waits if wait.first]), ("minute", waits)):
        for what, times in (("told", [w.told_s for w in some]), ("answered", [w.answered_s for w in some])):
            ms = [each * 1000 for each in times]
            figures[f"{name} {what}"] = asdict(percentiles(ms)) | {"longest_ms": max(ms)}
    path = results.write("load-all", figures, {"people": PEOPLE, "seconds": seconds, "index": "sample"})
    print(f"\nload ({path.name}); {PEOPLE} people, load {load:.1f}")
    print(results.table([{"figure": name, "value": value} for name, value in flat(figures)]))
    return int(figures["wrong"]) + missing


async def _people(address: str, expected: dict[str, str], seconds: float) -> tuple[list[Wait], int]:
    """What each of all the people waited for, and how many questions had no answer at all."""
    async with httpx.AsyncClient(base_url=address, timeout=_PATIENCE_S) as client:
        config = (await client.get("config")).json()
        asks = way_to(config, "question")
        await ask(client, asks, next(iter(expected)), {})  # the models are loaded
        until = time.monotonic() + seconds
        texts = list(expected)

        async def person(number: int) -> tuple[list[Wait], int]:
            waits: list[Wait] = []
            cookies = {"article_qa_visitor": uuid.uuid4().hex}
            while time.monotonic() < until:
                text = texts[(number + len(waits) * 7) % len(texts)]
                try:
                    told_s, answered_s, said = await ask(client, asks, text, cookies)
                except (httpx.HTTPError, ValueError) as exc:
                    print(f"Person {number} has no answer to {text!r}: {exc!r}", file=sys.stderr)
                    return waits, 1
                waits.append(Wait(told_s, answered_s, not waits, said != expected[text]))
                if waits[-1].wrong:
                    print(f"{text!r}: {said!r} in place of {expected[text]!r}", file=sys.stderr)
            return waits, 0

        everyone = await asyncio.gather(*(person(number) for number in range(PEOPLE)))
    return [wait for waits, _ in everyone for wait in waits], sum(missing for _, missing in everyone)


@dataclass(frozen=True, slots=True)
class Way:
    """How the page does something: which function, how many inputs, and the place of the chat among its outputs."""

    number: int
    inputs: int
    chat: int = -1


def way_to(config: dict[str, Any], part: str, event: str = "submit") -> Way:
    """What the page does at this event of the part with this id."""
    ids = {each["props"].get("elem_id"): each["id"] for each in config["components"]}
    for function in config["dependencies"]:
        if [ids[part], event] in [list(target) for target in function["targets"]]:
            outputs = function["outputs"]
            chat = outputs.index(ids["chat"]) if ids["chat"] in outputs else -1
            return Way(function["id"], len(function["inputs"]), chat)
    raise ValueError(f"The page has no {part} for that.")


async def ask(client: httpx.AsyncClient, asks: Way, text: str, cookies: dict[str, str]) -> tuple[float, float, str]:
    """Ask in a new conversation; seconds until something was said and until the answer was whole, and its words."""
    session = uuid.uuid4().hex
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    data = [text, *[None] * (asks.inputs - 2), ""]
    body = {"data": data, "fn_index": asks.number, "session_hash": session}
    began = time.monotonic()
    (await client.post("gradio_api/queue/join", json=body, headers=headers)).raise_for_status()
    told_s, chat = None, None
    async for message in messages(client, session, headers):
        place = message["msg"] == "estimation" and message["rank"] is not None
        if told_s is None and (place or message["msg"] == "process_generating"):
            told_s = time.monotonic() - began
        if message["msg"] in {"process_generating", "process_completed"} and message["success"]:
            chat = _grown(chat, message["output"], asks.chat)
        if message["msg"] == "process_completed":
            answered_s = time.monotonic() - began
            return told_s if told_s is not None else answered_s, answered_s, _said(chat)
    raise ValueError("The stream ended without an answer.")


async def messages(client: httpx.AsyncClient, session: str, headers: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    """What the page is told of all that was asked in a session."""
    address = f"gradio_api/queue/data?session_hash={session}"
    async with client.stream("GET", address, headers=headers) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def _grown(chat: Any, output: dict[str, Any], place: int) -> Any:
    """The chat after one more message, which holds it whole or, while it grows, what is different."""
    from gradio_client.utils import apply_diff

    values = output.get("data") or []
    if place >= len(values):
        return chat
    value = values[place]
    is_diff = isinstance(value, list) and chat is not None and all(isinstance(step, list) for step in value)
    return apply_diff(chat, value) if is_diff else value


def _said(chat: Any) -> str:
    """The words of the last answer, without its markup."""
    found = re.findall(
        r'<span class="words">(.*?)</span>(?:</p>|<button)', json.dumps(chat, ensure_ascii=False).replace('\\"', '"')
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", found[-1])).split()) if found else ""
