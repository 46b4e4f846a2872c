"""`python -m bench chat`: how fast the browser chat is, as a person sees it: in Chromium, from key press to words.

On an idle machine. The chat is a process of its own, started as `qa chat` is, over an index of 10,000 passages; the
browser runs on the same machine, so its work is in every figure.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import results
from bench.datasets import PROJECT, DataMissingError, questions_of
from bench.speed import PASSAGES, cut_to, flat
from bench.timing import latency, percentiles
from qa import ArticleQA

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

QUESTIONS = 50
WARM_UP = 5
PAINTS = 5
STARTS = 2
VISITORS = 20
SECONDS = 60.0
PAUSE_MS = 1500  # in which a person would read, and the program tries out what to offer next
_PATIENCE_MS = 60_000
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]

# Waits for the next answer that has words, from the moment of the next Enter; in milliseconds.
_CLOCK = """() => {
    const answers = document.querySelectorAll("#chat .answer").length;
    window.firstWords = new Promise(resolve => document.addEventListener("keydown", event => {
        if (event.key !== "Enter") return;
        const began = performance.now();
        const watch = new MutationObserver(() => {
            const all = document.querySelectorAll("#chat .answer .words");
            if (all.length <= answers || !all[all.length - 1].textContent) return;
            watch.disconnect();
            resolve(performance.now() - began);
        });
        watch.observe(document.querySelector("#chat"), {childList: true, subtree: true, characterData: true});
    }, {once: true, capture: true}));
}"""


def run(data: Path, indexes: Path) -> None:
    """Measure, write bench/results/chat-all.json, and print."""
    load = os.getloadavg()[0]
    if load >= 0.7:
        print(f"The load is {load:.1f}: these figures are not worth much. Wait for the others.", file=sys.stderr)
    questions = list(dict.fromkeys(question.text for question in questions_of("newsqa", data)))
    with cut_to("multihop", PASSAGES, indexes) as articles:
        info = articles.info()
        folder = Path(articles.location)
        asked = questions[: WARM_UP + QUESTIONS]
        alone = latency(ArticleQA(articles).ask, asked[:WARM_UP], asked[WARM_UP:])
    figures: dict[str, Any] = {"load_before": load, "articles": info.articles, "passages": info.passages}
    figures["answer_without_the_page"] = asdict(alone)  # what of the rest is the program's own work
    figures |= asyncio.run(_measured(folder, questions))
    path = results.write(
        "chat-all",
        figures,
        {"visitors": VISITORS, "seconds": SECONDS, "index": f"multihop, cut to {PASSAGES} passages"},
    )
    print(f"\nchat ({path.name}); {info.passages} passages, load {load:.1f}")
    print(results.table([{"figure": name, "value": value} for name, value in flat(figures)]))


async def _measured(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    async with _chromium() as browser:
        print("starting", file=sys.stderr)
        starts = [await _start_s(browser, folder) for _ in range(STARTS)]
        figures["start_to_address_s"] = statistics.median(reached for reached, _ in starts)
        figures["start_to_usable_page_s"] = statistics.median(usable for _, usable in starts)
        _tell(figures)
        with served(folder) as address:
            print("first paint", file=sys.stderr)
            figures["first_paint"] = await _paint(browser, address)
            _tell(figures)
            print("answers", file=sys.stderr)
            figures["enter_to_first_words"] = await _answers(browser, address, questions)
            _tell(figures)
            print(f"{VISITORS} visitors", file=sys.stderr)
            figures["visitors"] = await _visitors(browser, address, questions[::-1])
    return figures


def _tell(figures: dict[str, Any]) -> None:
    """What is known so far: the rest takes minutes, and may fail on a machine that is too small for it."""
    print("\n".join(f"  {name}: {value}" for name, value in flat(figures)), file=sys.stderr)


async def _start_s(browser: Browser, folder: Path) -> tuple[float, float]:
    """Seconds from the start of the process until it gives its address, and until its page can be used."""
    context = await browser.new_context()
    page = await context.new_page()
    started = time.perf_counter()
    with served(folder) as address:
        reached = time.perf_counter() - started
        await _open(page, address)
        usable = time.perf_counter() - started
    await context.close()
    return reached, usable


async def _paint(browser: Browser, address: str) -> dict[str, Any]:
    """Of browsers that were never here before: first paint, and until the page can be used."""
    painted, usable = [], []
    for _ in range(PAINTS):
        context = await browser.new_context()
        page = await context.new_page()
        started = time.perf_counter()
        await _open(page, address)
        usable.append((time.perf_counter() - started) * 1000)
        painted.append(
            await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 1e9")
        )
        await context.close()
    return {"first_contentful_paint": asdict(percentiles(painted)), "usable": asdict(percentiles(usable))}


async def _answers(browser: Browser, address: str, questions: Sequence[str]) -> dict[str, Any]:
    """One visitor, each question in a conversation of its own."""
    context = await browser.new_context()
    page = await context.new_page()
    await _open(page, address)
    times = []
    for number, question in enumerate(questions[: WARM_UP + QUESTIONS]):
        waited = await _ask(page, question)
        if number >= WARM_UP:
            times.append(waited)
        await page.wait_for_timeout(PAUSE_MS)
        await page.locator("#fresh").click()
        await page.locator("#chat .placeholder-content").wait_for()
    await context.close()
    return asdict(percentiles(times))


async def _visitors(browser: Browser, address: str, questions: Sequence[str]) -> dict[str, Any]:
    """Many visitors, each in a browser of its own, who ask one question after the other in one conversation."""
    contexts = [await browser.new_context() for _ in range(VISITORS)]
    pages = [await context.new_page() for context in contexts]
    await asyncio.gather(*(_open(page, address) for page in pages))
    until = time.monotonic() + SECONDS

    async def visit(number: int) -> tuple[list[float], int, int]:
        page, asked, times = pages[number], list[str](), list[float]()
        for question in questions[number::VISITORS]:
            if time.monotonic() >= until:
                break
            asked.append(question)
            try:
                times.append(await asyncio.wait_for(_ask(page, question), _PATIENCE_MS / 1000))
            except TimeoutError:
                print(f"Visitor {number} has no answer to {question!r}:", await _seen(page), file=sys.stderr)
                break
        errors = await page.locator("#chat .bot-row .note, .toast-body.error").count()
        foreign = [text for text in await page.locator("#chat .question").all_text_contents() if text not in asked]
        lost = len(asked) - await page.locator("#chat .question").count()
        unanswered = len(asked) - len(times)
        return times, errors + abs(lost) + unanswered, len(foreign)

    visits = await asyncio.gather(*(visit(number) for number in range(VISITORS)))
    for context in contexts:
        await context.close()
    times = [waited for times, _, _ in visits for waited in times]
    return {
        "enter_to_first_words": asdict(percentiles(times)),
        "questions_per_s": len(times) / SECONDS,
        "errors": sum(errors for _, errors, _ in visits),
        "foreign_questions_seen": sum(foreign for _, _, foreign in visits),
    }


async def _seen(page: Page) -> tuple[str, str]:
    """The end of the conversation that a page shows, and what stands in its text box."""
    return (await page.locator("#chat").inner_text())[-300:], await page.locator("#question textarea").input_value()


async def _ask(page: Page, question: str) -> float:
    """Milliseconds from Enter to the first words of the answer; comes back when the whole of it is there."""
    answers = await page.locator("#chat .acts").count()
    box = page.locator("#question textarea")
    await box.fill(question)
    await page.evaluate(_CLOCK)
    await box.press("Enter")
    waited: float = await page.evaluate("window.firstWords")
    await page.locator("#chat .acts").nth(answers).wait_for()
    return waited


async def _open(page: Page, address: str) -> None:
    """Load the page and wait until a question can be typed, and the program knows of it."""
    page.set_default_timeout(_PATIENCE_MS)
    await page.goto(address)
    await page.locator("#question textarea").wait_for()
    await page.wait_for_function("() => document.querySelector('#here .prose')?.textContent")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The chat over an index in a process of its own; gives its address."""
    with started(folder) as (_, address):
        yield address


@contextmanager
def started(folder: Path) -> Iterator[tuple[int, str]]:
    """The same; gives the number of the process, too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "--index", str(folder), "chat", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError("The chat did not start; see above.")
            yield process.pid, f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def chromium_path() -> str:
    """The browser of this machine. Raises DataMissingError where it has none."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        raise DataMissingError("There is no Chromium on this machine. Install one to measure this.")
    return executable


@asynccontextmanager
async def _chromium() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=_ARGUMENTS)
        yield browser
        await browser.close()
