"""A Chromium, the chat served on a free port, and a small index with the real models behind it."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import app
from index import Article, ArticleIndex
from index.article import Passage, ScoredPassage
from qa import ArticleQA
from qa.answer import Answer, Citation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _absent(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Collect what Gradio leaves unclosed before the next module, whose tests do not allow for it."""
    yield
    asyncio.set_event_loop(None)
    gc.collect()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the test is skipped, but fails where CI is set.

    For one module only: until it ends, Playwright's event loop runs in this thread, where `asyncio.run` then fails.
    """
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        _absent("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """One browser window of its own, with what it asked of the network and what its console complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def type(self, question: str) -> None:
        self.page.locator("#question textarea").fill(question)

    def ask(self, question: str) -> None:
        """Send with Enter and wait until the whole answer is there."""
        answers = self.page.locator("#chat .answer").count()
        self.type(question)
        self.page.locator("#question textarea").press("Enter")
        self.page.locator("#chat .answer .about").nth(answers).wait_for()
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is being answered."""
        self.page.wait_for_function("() => !document.querySelector('#chat .bot-row:last-child .note')")

    def text(self, selector: str) -> str:
        """What the last element that fits holds, exactly."""
        return self.page.locator(selector).last.text_content() or ""


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The windows of a module share a cache, so that Gradio's many files are loaded once."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext) -> Iterator[Callable[..., Visitor]]:
    """Open an address in a window of its own, and wait for the page."""
    pages = []

    def open_page(address: str, width: int = 1280, height: int = 720) -> Visitor:
        pages.append(context.new_page())
        pages[-1].set_viewport_size({"width": width, "height": height})
        visitor = Visitor(pages[-1])
        pages[-1].on("request", lambda request: visitor.requests.append(request.url))
        pages[-1].on("pageerror", lambda error: visitor.errors.append(str(error)))
        pages[-1].goto(address)
        pages[-1].locator("#chat .placeholder-content .note").wait_for()
        return visitor

    yield open_page
    for page in pages:
        page.close()


class _Changing:
    """Passes everything on to the core of the test that runs."""

    now: Any
    language_model = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[_Changing, str]]:
    core = _Changing()
    chat = app.build_app(core)  # type: ignore[arg-type]
    yield core, app.launch(chat, port=free_port())
    chat.close(verbose=False)


@pytest.fixture
def serve(served: tuple[_Changing, str]) -> Callable[[Any], str]:
    """Let the chat answer from an ArticleQA, or from what stands in for it, and give the chat's address."""

    def start(qa: Any) -> str:
        served[0].now = qa
        return served[1]

    return start


@pytest.fixture
def serve_anew() -> Iterator[Callable[[Any], str]]:
    """The same with a chat of its own, which has answered nothing yet."""
    chats = []

    def start(qa: Any) -> str:
        chats.append(app.build_app(qa))
        return app.launch(chats[-1], port=free_port())

    yield start
    while chats:
        chats.pop().close(verbose=False)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


# The real core: an index on disk, the real models.


ARTICLES = (
    Article(
        id="race", title="Lee wins the harbour race", url="https://example.org/race?year=2025&day=2",
        source="Harbour Gazette", published="2025-03-02T18:00:00+01:00",
        text="It rained all day in Port Elswick. Marian Lee won the harbour race on Sunday, four minutes ahead of "
        "Tomas Brandt. About 900 runners took part. The next race will be held in May.",
    ),
    Article(
        id="museum", title="Heron mask goes home", source="/home/me/articles/mask.txt", published="2024-11",
        text="The museum at Harrow Bridge has returned the heron mask to the village of Oru. Its director, Paul "
        "Renner, called the decision overdue. The mask was carved in 1871.",
    ),
    Article(
        id="ferry", title="Ferries go electric", source="Harbour Gazette",
        text="Brightwater Ferries has ordered six electric ships. The first ship will enter service in 2027. The "
        "ships are being built in Gdansk and cost 41 million euros each.",
    ),
)  # fmt: skip


@pytest.fixture(scope="session")
def articles_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of three articles, made with the real embedding model."""
    folder = tmp_path_factory.mktemp("chat") / "index"
    with ArticleIndex.open(folder) as articles:
        articles.add(ARTICLES)
    return folder


@pytest.fixture(scope="session")
def real_qa(articles_folder: Path) -> Iterator[ArticleQA]:
    with ArticleIndex.open(articles_folder) as articles:
        qa = ArticleQA(articles)
        qa.warm_up()
        yield qa


# A stand-in for the core, for what the real one does not do when asked: odd texts, delays, failures.


class FakeQA:
    """Answers every question through `reply`; keeps what it was asked."""

    language_model = None

    def __init__(
        self,
        reply: Callable[[str], Answer | Iterable[Answer]] | None = None,
        articles: int = 3,
        suggested: Sequence[str] = (),
    ) -> None:
        self.reply = reply or (lambda question: fake_answer(question, f"Echo: {question}"))
        self.count, self.suggested = articles, list(suggested)
        self.asked: list[tuple[str, list[tuple[str, str]]]] = []
        self.articles = SimpleNamespace(
            location="/home/me/my articles", info=lambda: SimpleNamespace(articles=self.count, of=self)
        )

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer:
        return list(self.stream(question, history))[-1]

    def stream(
        self, question: str, history: Sequence[tuple[str, str]] = (), standalone_question: str | None = None
    ) -> Iterator[Answer]:
        self.asked.append((standalone_question or question, list(history)))
        reply = self.reply(question)
        yield from [reply] if isinstance(reply, Answer) else reply

    def warm_up(self) -> None:
        pass

    def suggested_questions(self, count: int = 4) -> list[str]:
        return self.suggested


def fake_answer(
    question: str,
    text: str = "Ann Lee",
    quote: str = "It rained all day. Ann Lee won the race on Sunday.",
    **changes: Any,
) -> Answer:
    """An answer with one citation; `changes` are of the citation."""
    start = quote.find(text)
    values: dict[str, Any] = {
        "article_id": "race", "title": "The race", "url": None, "source": None, "published": None,
        "start": 7, "end": 7 + len(quote), "quote": quote,
        "answer_start": 7 + start if start >= 0 else None,
        "answer_end": 7 + start + len(text) if start >= 0 else None,
    }  # fmt: skip
    citation = Citation(**(values | changes))
    return Answer(question, question, text, False, 0.93, "extractive", (citation,), timings_ms={"total": 78.2})


def fake_abstention(question: str, *texts: str) -> Answer:
    passages = tuple(
        ScoredPassage(Passage(str(number), "race", "The race", 0, len(text), text), 0.1, "reader")
        for number, text in enumerate(texts)
    )
    return Answer(question, question, "", True, 0.2, "extractive", passages=passages, timings_ms={"total": 78.2})


@pytest.fixture
def fake() -> SimpleNamespace:
    """The stand-in, and what it may answer."""
    return SimpleNamespace(QA=FakeQA, answer=fake_answer, abstention=fake_abstention)
