"""Makes the pictures of the chat again, over the sample articles: .venv/bin/python docs/pictures.py."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent))

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SHORT = ("Who is travelling to Moscow?", "And when will he go?")
LONG = ("Who won the lake open?", "Why was the rash on three hospital wards traced to a laundry pump?")
SIZES = {"wide": (1440, 900), "tablet": (768, 1024), "phone": (360, 740)}
COLOURS = 128  # so that each picture is small


def main() -> None:
    """Write docs/*.png and docs/pictures/*.png."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))))
    with chat() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, size, dark in (("chat", "wide", False), ("chat-dark", "wide", True), ("chat-phone", "phone", False)):
            page = asked(browser, address, size, dark, SHORT[:1])
            if size == "wide":
                opened(page)
            keep(page, DOCS / f"{name}.png")
        page = asked(browser, address, "wide", False, SHORT[:1])
        page.get_by_role("tab", name="Library").click()
        page.locator("#articles input[type=checkbox]").nth(1).check()
        page.locator("#where .chip").wait_for()
        keep(page, DOCS / "library.png")
        for size in SIZES:
            for dark, questions in ((False, SHORT), (True, LONG)):
                page = asked(browser, address, size, dark, questions)
                if dark:
                    opened(page)
                keep(page, DOCS / "pictures" / f"{size}-{'dark-long' if dark else 'light-short'}.png")
        browser.close()


@contextmanager
def chat() -> Iterator[str]:
    """The address of a chat over the sample articles, in an index of its own."""
    import app
    from index import ArticleIndex
    from qa import ArticleQA

    with tempfile.TemporaryDirectory() as folder, ArticleIndex.open(Path(folder) / "index") as articles:
        articles.add(DOCS.parent / "examples" / "articles")
        qa = ArticleQA(articles)
        qa.warm_up()
        served = app.build_app(qa)
        yield app.launch(served)
        served.close(verbose=False)


def asked(browser: Browser, address: str, size: str, dark: bool, questions: tuple[str, ...]) -> Page:
    """A new visitor's window in which questions were asked, and answered."""
    width, height = SIZES[size]
    scheme = "dark" if dark else "light"
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(120_000)
    page.goto(address)
    page.locator("#chat .placeholder-content .note").wait_for()
    for number, question in enumerate(questions):
        page.locator("#question textarea").fill(question)
        page.locator("#question textarea").press("Enter")
        page.locator("#chat .acts").nth(number).wait_for()
    page.locator("#after .chip").first.wait_for()
    return page


def opened(page: Page) -> None:
    """Open the newest answer's first quote beside the chat."""
    page.locator("#chat .bot-row").last.locator("figcaption button.open").first.click()
    page.locator("#source mark.now").wait_for()


def keep(page: Page, path: Path) -> None:
    """Write what the window shows, with few colours."""
    from PIL import Image

    page.mouse.move(0, 0)
    page.wait_for_timeout(800)
    path.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    page.close()


if __name__ == "__main__":
    main()
