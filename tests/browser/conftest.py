"""A Chromium, the chat served on a free port, and a small index with the real models behind it."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import app
from index import Article, ArticleIndex, ArticleSummary, SentenceTransformerEmbedder, Story
from index.article import Passage, ScoredPassage
from index.filter import NO_FILTER, PassageFilter
from qa import ArticleQA
from qa.answer import Answer, Citation
from qa.kept.conversations import Conversations
from qa.reading.reader import JointReader

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

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
PATIENCE_MS = 30_000


# For every module here that opens windows.
MARKS = [
    pytest.mark.browser,
    # Gradio 6.31 makes an event loop for each of its locks and closes none, nor the socket that tries a taken port.
    pytest.mark.filterwarnings("ignore:unclosed event loop:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

# Each window costs seconds. `make test` runs these, of each kind what a person meets first, and `make soak` the rest.
FIRST = set(
    """
test_a_question_is_answered_with_the_quote_and_the_answer_marked_in_it
test_what_the_articles_do_not_say_is_said_with_the_reason_and_the_nearest_quotes_opened
test_nothing_is_asked_of_another_machine test_the_browser_refuses_to_ask_another_machine
test_an_empty_index_says_how_to_add_articles_also_when_asked
test_a_question_that_cannot_be_asked_comes_back_with_the_reason_and_the_chat_goes_on
test_a_point_of_the_timeline_opens_the_article_at_its_sentence
test_the_answer_grows_and_what_is_typed_meanwhile_stays
test_an_answer_that_a_language_model_writes_can_be_stopped_and_the_chat_goes_on
test_a_port_that_is_taken_is_an_error_that_says_what_to_do test_in_a_conversation
test_files_are_dropped_asked_quoted_narrowed_asked_on_saved_and_found_again_another_day
test_axe_finds_nothing_serious_in_any_state_of_the_page[light]
test_a_keyboard_alone_leads_from_the_box_to_an_answer_to_its_article_and_back
test_a_chat_that_is_started_reaches_this_machine_only_and_ends_with_ctrl_c
test_a_folder_that_is_no_index_is_one_line_on_stderr test_without_the_password_nobody_sees_anything
test_two_visitors_do_not_see_each_other test_a_tick_stays_with_its_article_when_others_are_listed_again
test_the_page_speaks_the_language_of_the_browser_and_answers_in_it[ar]
test_an_arabic_page_is_mirrored_and_nothing_lies_over_anything[360]
""".split()
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the rest of the tests in this folder to `make soak`."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not {item.name, getattr(item, "originalname", "")} & FIRST:
            item.add_marker(pytest.mark.soak)


def chromium_path() -> str:
    """Where the machine's Chromium is; without one the test is skipped, but fails where CI is set."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        reason = "no Chromium on this machine"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return executable


@pytest.fixture(scope="package", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Collect what Gradio leaves unclosed before the next package, whose tests do not allow for it."""
    yield
    asyncio.set_event_loop(None)
    gc.collect()


@pytest.fixture(scope="package")
def browser(nothing_left_behind: None) -> Iterator[Browser]:
    """A headless Chromium.

    For this package only: until it ends, Playwright's event loop runs in this thread, where `asyncio.run` then fails.
    """
    executable = chromium_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Visitor:
    """A window of a browser, with what it asked of the network and what its console complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Visitor:
        """Begin to note what a window does."""
        visitor = cls(page)
        page.on("request", lambda request: visitor.requests.append(request.url))
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.on("console", visitor.hear)
        return visitor

    def hear(self, message: Any) -> None:
        """Note what the browser refused because of the page's policy."""
        if "Content Security Policy" in message.text:
            self.errors.append(message.text)

    def goes_to(self, address: str) -> None:
        """Open an address and wait for the page: what can be asked first, or the conversation that was open last."""
        from playwright.sync_api import TimeoutError

        self.page.goto(address)
        try:
            self.page.locator("#chat .placeholder-content .note, #chat .acts").first.wait_for()
        except TimeoutError:
            asked = [url for url in self.requests if "/gradio_api/" in url]
            pytest.fail("\n".join(["The page is not ready.", self.page.content()[-20000:], *asked, *self.errors]))

    def type(self, question: str) -> None:
        self.page.locator("#question textarea").fill(question)

    def send(self, question: str) -> None:
        """Send with Enter."""
        self.type(question)
        self.page.locator("#question textarea").press("Enter")

    def ask(self, question: str) -> None:
        """Send with Enter and wait until the whole answer is there."""
        answers = self.page.locator("#chat .acts").count()
        self.send(question)
        self.page.locator("#chat .acts").nth(answers).wait_for()
        self.settled()

    def settled(self) -> None:
        """Wait until nothing is being answered."""
        self.page.wait_for_function("() => !document.querySelector('#chat .bot-row:last-child .note')")

    def questions(self) -> list[str]:
        """All questions of the conversation that is shown."""
        return self.page.locator("#chat .question").all_text_contents()

    def paste(self) -> str:
        """What is on the clipboard, by way of the text box."""
        self.type("")
        self.page.locator("#question textarea").press("Control+v")
        return self.page.locator("#question textarea").input_value()

    def text(self, selector: str) -> str:
        """What the last element that fits holds, exactly."""
        return self.page.locator(selector).last.text_content() or ""

    def shelf(self, name: str) -> None:
        """Turn to "Chats" or "Library"."""
        self.page.get_by_role("tab", name=name).click()

    def one(self, selector: str, **having: Any) -> Locator:
        """The element that fits, once it is seen."""
        found = self.page.locator(selector, **having)
        found.first.wait_for()
        return found.first


class _Contexts:
    """The browsers of several people. Each keeps its cache, so that Gradio's many files are loaded once."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.all: list[BrowserContext] = []

    def __getitem__(self, number: int) -> BrowserContext:
        while number >= len(self.all):
            self.all.append(self.browser.new_context())
            self.all[-1].set_default_timeout(PATIENCE_MS)
        return self.all[number]


@pytest.fixture(scope="package")
def contexts(browser: Browser) -> Iterator[_Contexts]:
    contexts = _Contexts(browser)
    yield contexts
    for context in contexts.all:
        context.close()


@pytest.fixture
def visit(contexts: _Contexts) -> Iterator[Callable[..., Visitor]]:
    """Open an address and wait for the page: each time in another browser, or in a window `beside` another visitor's.

    With `waits=False` it does not wait for the page to be ready.
    """
    windows: list[Page] = []
    browsers = 0

    def open_page(
        address: str, width: int = 1280, height: int = 720, *, beside: Visitor | None = None, waits: bool = True
    ) -> Visitor:
        nonlocal browsers
        context = beside.page.context if beside else contexts[browsers]
        browsers += beside is None
        windows.append(context.new_page())
        windows[-1].set_viewport_size({"width": width, "height": height})
        visitor = Visitor.of(windows[-1])
        if waits:
            visitor.goes_to(address)
        else:
            visitor.page.goto(address)
        return visitor

    yield open_page
    for window in windows:
        if not window.is_closed():
            window.evaluate("() => { try { localStorage.clear(); } catch { /* a page that was not reached */ } }")
            window.close()
    for number in range(browsers):
        contexts[number].clear_cookies()
        contexts[number].clear_permissions()


@pytest.fixture
def start_browser(browser: Browser) -> Iterator[Callable[[Path], Visitor]]:
    """Start a browser of its own, which keeps what it knows in a folder; closing its page's context ends it."""
    started: list[BrowserContext] = []

    def start(profile: Path) -> Visitor:
        started.append(
            browser.browser_type.launch_persistent_context(
                profile, executable_path=chromium_path(), headless=True, args=ARGUMENTS
            )
        )
        started[-1].set_default_timeout(PATIENCE_MS)
        return Visitor.of(started[-1].pages[0])

    yield start
    for context in started:
        context.close()


class _Changing:
    """Passes everything on to the core of the test that runs."""

    now: Any
    language_model = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory, nothing_left_behind: None) -> Iterator[tuple[_Changing, str]]:
    core = _Changing()
    kept = Conversations(tmp_path_factory.mktemp("conversations") / "conversations.sqlite")
    chat = app.build_app(core, conversations=kept)  # type: ignore[arg-type]
    yield core, app.launch(chat, port=free_port())
    chat.close(verbose=False)


@pytest.fixture
def serve(served: tuple[_Changing, str]) -> Callable[[Any], str]:
    """Let the chat answer from an ArticleQA, or from what stands in for it, and give the chat's address.

    One chat for all tests; its conversations are in a file of its own.
    """

    def start(qa: Any) -> str:
        served[0].now = qa
        return served[1]

    return start


class Server:
    """Chats of a test's own, which have answered nothing yet and keep conversations with their index.

    Those of a stand-in, which has none, are kept in `folder`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chats: list[Any] = []

    def __call__(self, qa: Any, *, port: int | None = None, launch: dict[str, Any] | None = None, **made: Any) -> str:
        """Serve one more, and give its address; `made` is for `build_app`, `launch` for `launch`."""
        if not isinstance(qa.articles, ArticleIndex):
            made = {"conversations": Conversations(self.folder / "conversations.sqlite")} | made
        self.chats.append(app.build_app(qa, **made))
        return app.launch(self.chats[-1], port=port or free_port(), **(launch or {}))

    def stop(self) -> None:
        """End all of them."""
        while self.chats:
            self.chats.pop().close(verbose=False)


@pytest.fixture
def serve_anew(tmp_path: Path) -> Iterator[Server]:
    """The same with a chat of its own, which has answered nothing yet."""
    server = Server(tmp_path)
    yield server
    server.stop()


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
    """A folder with an index of three articles, made with the real embedding model. For reading only."""
    folder = tmp_path_factory.mktemp("chat") / "index"
    with ArticleIndex.open(folder) as articles:
        articles.add(ARTICLES)
    return folder


@pytest.fixture(scope="session")
def real_qa(articles_folder: Path, real_embedder: SentenceTransformerEmbedder) -> Iterator[ArticleQA]:
    with ArticleIndex.open(articles_folder, embedder=real_embedder) as articles:
        qa = ArticleQA(articles)
        qa.warm_up()
        yield qa


@pytest.fixture
def own_folder(articles_folder: Path, tmp_path: Path) -> Path:
    """A copy of the index that a test may change."""
    return Path(shutil.copytree(articles_folder, tmp_path / "index"))


@pytest.fixture
def open_qa(real_qa: ArticleQA, real_embedder: SentenceTransformerEmbedder) -> Iterator[Callable[..., ArticleQA]]:
    """Open an index with the real models, which are loaded once for all; `close` of its articles ends it earlier."""
    opened: list[ArticleIndex] = []

    def start(folder: Path, **settings: Any) -> ArticleQA:
        opened.append(ArticleIndex.open(folder, embedder=real_embedder))
        qa = ArticleQA(opened[-1], JointReader(opened[-1], real_qa.reader.network), **settings)  # type: ignore[attr-defined]
        qa.follow_ups = real_qa.follow_ups
        return qa

    yield start
    for articles in opened:
        articles.close()


@pytest.fixture
def own_qa(own_folder: Path, open_qa: Callable[..., ArticleQA]) -> ArticleQA:
    """Answers, with the real models, from an index that a test may change."""
    return open_qa(own_folder)


# A stand-in for the core, for what the real one does not do when asked: odd texts, delays, failures.


class _Library:
    """Some articles that can be listed, opened and cited, and not changed."""

    location = "/home/me/my articles"

    def __init__(self, articles: Sequence[Article]) -> None:
        self.stored = list(articles)

    def list(self, article_ids: Iterable[str] | None = None) -> Sequence[ArticleSummary]:
        wanted = None if article_ids is None else set(article_ids)
        return [
            ArticleSummary(
                each.id, each.title, each.url, each.source, each.author, each.published, each.retrieved_at,
                each.language, each.content_hash, len(each.text), 1,
            )
            for each in self.stored
            if wanted is None or each.id in wanted
        ]  # fmt: skip

    def stories(self) -> Sequence[Story]:
        return []

    def find(self, article_id: str) -> Article | None:
        return next((each for each in self.stored if each.id == article_id), None)

    def info(self) -> SimpleNamespace:
        return SimpleNamespace(location=self.location, articles=len(self.stored), passages=len(self.stored), of=self)


class FakeQA:
    """Answers every question through `reply`; keeps what it was asked, and of which articles.

    `articles` are those of its library, or how many there are, or an index. Questions to begin with are `suggested`,
    and `next` can be asked behind an answer.
    """

    language_model = None

    def __init__(
        self,
        reply: Callable[[str], Answer | Iterable[Answer]] | None = None,
        articles: int | Sequence[Article] | ArticleIndex = 3,
        suggested: Sequence[str] = (),
        next: Sequence[str] = (),
    ) -> None:
        self.reply = reply or (lambda question: fake_answer(question, f"Echo: {question}"))
        self.suggested, self.next = list(suggested), list(next)
        self.asked: list[tuple[str, list[tuple[str, str]]]] = []
        self.where: list[PassageFilter] = []
        self.articles: Any = articles
        if not isinstance(articles, ArticleIndex):
            self.articles = _Library(fake_articles(articles) if isinstance(articles, int) else articles)

    def with_language_model(self, language_model: object) -> FakeQA:
        return self

    def ask(self, question: str, history: Sequence[tuple[str, str]] = (), where: PassageFilter = NO_FILTER) -> Answer:
        return list(self.stream(question, history, where))[-1]

    def stream(
        self,
        question: str,
        history: Sequence[tuple[str, str]] = (),
        where: PassageFilter = NO_FILTER,
        standalone_question: str | None = None,
    ) -> Iterator[Answer]:
        self.asked.append((standalone_question or question, list(history)))
        self.where.append(where)
        reply = self.reply(question)
        yield from [reply] if isinstance(reply, Answer) else reply

    def warm_up(self) -> None:
        pass

    def suggested_questions(self, count: int = 4, where: PassageFilter = NO_FILTER) -> list[str]:
        return self.suggested

    def follow_up_questions(
        self, answer: Answer, history: Sequence[Answer] = (), where: PassageFilter = NO_FILTER, count: int = 3
    ) -> list[str]:
        return self.next


def fake_articles(count: int) -> list[Article]:
    """The article that `fake_answer` cites, and others."""
    race = Article("race", "Once: It rained all day. Ann Lee won the race on Sunday.", "The race")
    return [race, *(Article(f"a{number}", "Bees hum.", f"Article {number}") for number in range(1, count))][:count]


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
        "start": 6, "end": 6 + len(quote), "quote": quote,
        "answer_start": 6 + start if start >= 0 else None,
        "answer_end": 6 + start + len(text) if start >= 0 else None,
    }  # fmt: skip
    citation = Citation(**(values | changes))
    return Answer(question, question, text, False, 0.93, "extractive", (citation,), timings_ms={"total": 78.2})


def fake_abstention(question: str, *texts: str) -> Answer:
    passages = tuple(
        ScoredPassage(Passage(str(number), "race", "The race", 0, len(text), text), 0.1, "reader")
        for number, text in enumerate(texts)
    )
    near = tuple(
        Citation("race", "The race", None, "Gazette", "2025-03-02", 0, len(text), text, 0, text.index(" "))
        for text in texts
    )
    answer = Answer(question, question, "", True, 0.2, "extractive", passages=passages, timings_ms={"total": 78.2})
    return replace(answer, nearest=near, reason="The best guess is only 20 % sure." if near else "")


@pytest.fixture
def fake() -> SimpleNamespace:
    """The stand-in, and what it may answer."""
    return SimpleNamespace(QA=FakeQA, answer=fake_answer, abstention=fake_abstention, articles=fake_articles)
