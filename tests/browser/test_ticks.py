"""What is ticked in the library is what is asked, after whatever a visitor does there, and in whatever order."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chat.library import Sorting, listed
from index import Article, ArticleIndex
from tests.browser.conftest import MARKS
from tests.fakes import WordEmbedder

pytestmark = MARKS

Serve = Callable[..., str]
Visit = Callable[..., Any]
Fake = Any

NAMES = ("Alpha", "Beta", "Gamma", "Delta", "Beacon", "Alpine")
WORDS = ("a", "be", "al", "ta", "gazette", "zebra")
ORDERS: dict[str, Sorting] = {"Newest": "newest", "Title": "title", "Source": "source"}
STEPS = 8

# Titles that are listed, those whose box is ticked (as the browser has it, not as it was sent), and the chips.
SHOWN = """() => {
    const texts = selector => [...document.querySelectorAll(selector)].map(one => one.textContent);
    const ticked = [...document.querySelectorAll("#articles input:checked")];
    return {
        listed: texts("#articles button[name=open]"),
        ticked: ticked.map(box => box.closest(".row").querySelector("button[name=open]").textContent),
        chips: texts("#where button[name=widen] bdi").sort(),
    };
}"""


@pytest.fixture
def articles(tmp_path: Path) -> Iterator[ArticleIndex]:
    with ArticleIndex.open(tmp_path / "index", embedder=WordEmbedder()) as index:
        index.add(
            Article(
                name.lower(), f"{name} hums.", name, source=("Gazette", "Post")[number % 2],
                published=f"2025-01-{number + 1:02}",
            )
            for number, name in enumerate(NAMES)
        )  # fmt: skip
        yield index


class Library:
    """The library beside the chat, and what should be seen of it after each step."""

    def __init__(self, visitor: Any, qa: Any, told: str = "") -> None:
        self.visitor, self.page, self.qa, self.told = visitor, visitor.page, qa, told
        self.steps: list[str] = []
        self.words = ""
        self.order = "Newest"
        self.ticked: list[str] = []  # titles
        self.added = 0
        self.asked = 0
        visitor.shelf("Library")

    def titles(self) -> list[str]:
        """The titles that should be listed."""
        there = self.qa.articles.list()
        return [article.title for article in listed(there, self.words, ORDERS[self.order])]

    def find(self, words: str) -> None:
        self.words = words
        self.page.locator("#find input, #find textarea").fill(words)

    def sort(self, order: str) -> None:
        self.order = order
        self.page.locator("#order input").click()
        self.page.get_by_role("option", name=order).click()

    def tick(self, *titles: str) -> None:
        """Click the boxes of some articles, one at once after the other."""
        for title in titles:
            self.page.get_by_role("checkbox", name=f"Ask only this article: {title}", exact=True).click()
            self.ticked = sorted({*self.ticked} ^ {title})

    def widen(self, title: str) -> None:
        """Take a title away above the question."""
        self.page.locator("#where button[name=widen]", has_text=title).click()
        self.ticked.remove(title)

    def remove(self, title: str) -> None:
        self.page.get_by_role("button", name=f"Remove {title}", exact=True).click()
        self.page.locator("#undo", has_text=f"Removed “{title}”.").wait_for()
        self.ticked = [one for one in self.ticked if one != title]

    def add(self) -> None:
        self.added += 1
        text = (
            f"---\ntitle: Beetle {self.added}\nsource: Gazette\npublished: 2025-02-{self.added:02}\n---\nBeetles hum."
        )
        uploaded = {"name": f"{self.added}.md", "mimeType": "text/markdown", "buffer": text.encode()}
        self.page.locator("#drop input[type=file]").set_input_files([uploaded])
        self.page.locator("#additions .done bdi", has_text=f"{self.added}.md").wait_for()
        self.page.locator("#undo", has_text="Added.").wait_for()

    def undo(self) -> None:
        self.page.locator("#undo button").click()
        self.page.wait_for_function("() => !document.querySelector('#undo button')")
        there = {article.title for article in self.qa.articles.list()}
        self.ticked = [title for title in self.ticked if title in there]

    def check(self, ask: bool = True) -> None:
        """What is listed, ticked and said above the question is what should be, and it is what is asked."""
        from playwright.sync_api import TimeoutError

        listed = self.titles()
        wanted = {
            "listed": listed,
            "ticked": [title for title in listed if title in self.ticked],
            "chips": sorted(self.ticked),  # two clicks at once may come in any order
        }
        try:
            self.page.wait_for_function(
                f"wanted => JSON.stringify(({SHOWN})()) === JSON.stringify(wanted)", arg=wanted, timeout=10_000
            )
        except TimeoutError:
            pytest.fail(f"{self.said()}\nshown:  {self.page.evaluate(SHOWN)}\nwanted: {wanted}")
        if ask:
            self.asked += 1
            self.visitor.ask(f"What hums, for the {self.asked}th time?")
            ids = {article.title: article.id for article in self.qa.articles.list()}
            assert sorted(self.qa.where[-1].article_ids) == sorted(ids[title] for title in self.ticked), self.said()

    def said(self) -> str:
        return "\n".join([self.told, *self.steps])

    def step(self, chance: random.Random) -> None:
        """Do something that can be done now."""
        rows = self.titles()
        removal = self.page.locator("#undo button").count() > 0
        steps: list[tuple[str, Callable[[], None]]] = []
        words, order = chance.choice(["", *WORDS]), chance.choice(list(ORDERS))
        steps.append((f"find {words!r}", lambda: self.find(words)))
        steps.append((f"sort by {order}", lambda: self.sort(order)))
        steps.append(("add", self.add))
        if rows:
            some = chance.sample(rows, min(len(rows), chance.randint(1, 2)))
            steps += [(f"tick {some}", lambda: self.tick(*some))] * 3
            steps.append((f"remove {some[0]}", lambda: self.remove(some[0])))
        if self.ticked:
            gone = chance.choice(self.ticked)
            steps.append((f"widen {gone}", lambda: self.widen(gone)))
        if removal:
            steps.append(("undo", self.undo))
        said, act = chance.choice(steps)
        self.steps.append(said)
        act()


def in_any_order(serve: Serve, visit: Visit, qa: Any, seed: int) -> None:
    library = Library(visit(serve(qa)), qa, f"seed {seed}")
    chance = random.Random(seed)
    library.check(ask=False)
    for _ in range(STEPS):
        library.step(chance)
        library.check()
    assert library.visitor.errors == []


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.soak)])
def test_what_is_ticked_is_asked_after_whatever_is_done(
    serve: Serve, visit: Visit, fake: Fake, articles: ArticleIndex, seed: int
) -> None:
    in_any_order(serve, visit, fake.QA(articles=articles), seed)


@pytest.mark.parametrize("seed", range(100, 200))
def test_what_is_ticked_is_asked_after_whatever_is_done_a_hundred_times(
    serve: Serve, visit: Visit, fake: Fake, articles: ArticleIndex, seed: int
) -> None:
    in_any_order(serve, visit, fake.QA(articles=articles), seed)


def test_a_tick_stays_with_its_article_when_others_are_listed_again(
    serve: Serve, visit: Visit, fake: Fake, articles: ArticleIndex
) -> None:
    qa = fake.QA(articles=articles)
    library = Library(visit(serve(qa)), qa)
    library.find("Beta")
    library.check(ask=False)
    library.tick("Beta")
    library.find("")
    library.check()
    library.find("Beta")
    library.check(ask=False)
    library.remove("Beta")
    library.find("")
    library.check()


def test_boxes_ticked_at_once_after_one_another_are_all_asked(
    serve: Serve, visit: Visit, fake: Fake, articles: ArticleIndex
) -> None:
    qa = fake.QA(articles=articles)
    library = Library(visit(serve(qa)), qa)
    library.check(ask=False)
    library.page.evaluate("() => document.querySelectorAll('#articles input').forEach(box => box.click())")
    library.ticked = library.titles()
    library.check()


def test_a_question_sent_right_after_a_tick_is_asked_of_what_is_ticked(
    serve: Serve, visit: Visit, fake: Fake, articles: ArticleIndex
) -> None:
    qa = fake.QA(articles=articles)
    library = Library(visit(serve(qa)), qa)
    library.check(ask=False)
    library.visitor.type("What hums?")
    library.page.evaluate("""() => {
        document.querySelector("#articles input[value=beta]").click();
        document.querySelector("#question .submit-button").click();
    }""")
    library.page.locator("#chat .acts").wait_for()
    assert qa.where[-1].article_ids == ("beta",)


def test_what_is_found_and_ticked_while_something_is_added_stays_when_it_is_there(
    serve: Serve, visit: Visit, fake: Fake, tmp_path: Path
) -> None:
    class Slow(WordEmbedder):
        """Waits with a text that says so until it may go on."""

        go_on = threading.Event()

        def embed_passages(self, texts: Any, progress: Any = None) -> Any:
            if any("wait" in text for text in texts):
                assert self.go_on.wait(30)
            return super().embed_passages(texts, progress)

    with ArticleIndex.open(tmp_path / "slow", embedder=Slow()) as articles:
        articles.add(Article(name.lower(), f"{name} hums.", name) for name in NAMES)
        qa = fake.QA(articles=articles)
        library = Library(visit(serve(qa)), qa)
        library.check(ask=False)
        uploaded = {"name": "beehive.txt", "mimeType": "text/plain", "buffer": b"These bees wait."}
        library.page.locator("#drop input[type=file]").set_input_files([uploaded])
        library.page.locator("#additions .reading").wait_for()
        library.find("be")
        library.check(ask=False)
        library.tick("Beta")
        library.check()
        Slow.go_on.set()
        library.page.locator("#additions .done").wait_for()
        library.page.locator("#undo", has_text="Added.").wait_for()
        library.check()
