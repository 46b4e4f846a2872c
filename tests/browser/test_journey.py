"""One visit from beginning to end, as a person would make it, with the real models."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.conftest import MARKS, Visitor, free_port
from tests.browser.test_conversations import lists, saved
from tests.browser.test_library import added, brand, chips, rows
from tests.browser.test_source import is_seen

pytestmark = MARKS

FILLER = " ".join(
    f"Entry {number}: the wind came from the west and the tide stood at {number} feet." for number in range(80)
)
FILES = {
    "lantern.md": "---\ntitle: Cracks in the Lantern Bridge\nsource: Valley Times\npublished: 2025-04-01\n---\n"
    f"{FILLER}\n\nThe engineer Ida Marsh found cracks in the Lantern Bridge on Tuesday. She had been called because a "
    f"driver felt the road shake. The bridge will stay closed until August.\n\n{FILLER}\n",
    "wolves.html": "<html><head><title>Wolves on Mount Tarn</title></head><body><article><h1>Wolves on Mount Tarn</h1>"
    "<p>The ranger Piet Olsen saw five wolves on Mount Tarn last night. It is the first time in eighty years that a "
    "pack has come so far south, and the farmers of the valley have been told to keep their sheep in.</p></article>"
    "</body></html>",
    "choir.json": json.dumps(
        {
            "title": "A choir of 300 sings in the dry dock", "source": "Harbour Gazette", "published": "2025-05-11",
            "text": "Three hundred singers filled the dry dock of Port Elswick. The conductor, Hanna Feld, had waited "
            "nine years for the evening.",
        }
    ),
}  # fmt: skip
# Hands files to the page as a drop from the desktop does.
DROP = """([selector, files]) => {
    const data = new DataTransfer();
    for (const [name, content] of files) {
        data.items.add(new File([Uint8Array.from(atob(content), letter => letter.charCodeAt(0))], name));
    }
    const zone = document.querySelector(selector);
    for (const kind of ["dragenter", "dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
    }
}"""


def test_files_are_dropped_asked_quoted_narrowed_asked_on_saved_and_found_again_another_day(  # noqa: PLR0915
    serve_anew: Any, start_browser: Callable[[Path], Visitor], open_qa: Any, tmp_path: Path
) -> None:
    folder, port = tmp_path / "index", free_port()
    qa = open_qa(folder)
    address = serve_anew(qa, port=port)
    visitor = start_browser(tmp_path / "profile")
    visitor.goes_to(address)
    brand(visitor, "No articles yet")

    # Drop three files and wait.
    visitor.page.get_by_role("button", name="Add some in the library").click()
    visitor.one("#drop")
    files = [[name, base64.b64encode(text.encode()).decode()] for name, text in FILES.items()]
    visitor.page.evaluate(DROP, ["#drop button", files])
    added(visitor, 3)
    assert [state for _, state, _ in rows(visitor)] == ["done"] * 3
    brand(visitor, "3 articles")

    # Ask, open the citation, see the marked words.
    visitor.ask("Who found cracks in the Lantern Bridge?")
    assert "Ida Marsh" in visitor.text("#chat .words")
    quote = visitor.text("#chat blockquote")
    visitor.page.locator("#chat figcaption button.open").click()
    assert visitor.one("#source mark.now").text_content() == quote
    assert visitor.text("#source mark b") == visitor.text("#chat .words")
    assert is_seen(visitor)
    [article] = [qa.articles.get(each.id) for each in qa.articles.list() if each.title.startswith("Cracks")]
    assert visitor.text("#source .text") == article.text

    # Narrow by source.
    visitor.page.locator("#narrow button", has_text="Ask only some").click()
    visitor.page.locator("#sources input").click()
    visitor.page.get_by_role("option", name="Valley Times (1)").click()
    chips(visitor, "Valley Times")
    visitor.page.keyboard.press("Escape")
    visitor.ask("Who is the conductor of the choir?")
    assert "in Valley Times only" in visitor.text("#chat .about")
    assert "Hanna Feld" not in visitor.text("#chat .words")

    # Ask a follow-up of all of them.
    visitor.page.locator("#where button[name=widen]").click()
    chips(visitor)
    visitor.ask("Who saw wolves on Mount Tarn?")
    visitor.ask("How many did he see?")
    assert "searched for: " in visitor.text("#chat .about")
    assert visitor.text("#chat .words") == "five"

    # Save it.
    visitor.shelf("Chats")
    name, text = saved(visitor, "#as-markdown")
    assert name == "Who-found-cracks-in-the-Lantern-Bridge.md"
    assert all(words in text for words in ("Ida Marsh", "Piet Olsen", "five"))

    # Close the browser, start the program anew, and come back.
    asked, said = visitor.questions(), visitor.page.locator("#chat .words").all_text_contents()
    visitor.page.context.close()
    serve_anew.stop()
    qa.articles.close()
    assert serve_anew(open_qa(folder), port=port) == address
    again = start_browser(tmp_path / "profile")
    again.goes_to(address)
    assert again.questions() == asked
    assert again.page.locator("#chat .words").all_text_contents() == said
    lists(again, asked[0])
    brand(again, "3 articles")
    again.page.locator("#chat figcaption button.open").first.click()
    assert again.one("#source mark.now").text_content() == quote
    assert is_seen(again)

    requests = [urlsplit(url) for url in (*visitor.requests, *again.requests)]
    assert {url.netloc for url in requests if url.scheme in {"http", "https"}} == {urlsplit(address).netloc}
    assert visitor.errors == again.errors == []
