"""What a piece of HTML shows, and what it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

from tests.hostile import shown

VOID = {"input"}
# What the chat's own HTML is made of. Nothing that can run, load or send anything is in it.
TAGS = set(
    "a article aside b bdi blockquote button code details div em figcaption figure h1 h2 header input li mark p path "
    "progress span summary svg u ul".split()
)
ATTRIBUTES = set(
    "aria-current aria-label checked class d dir height href max name rel role tabindex target title type value "
    "viewbox width".split()
)


class Page(HTMLParser):
    """The text that a piece of HTML shows, its tags and its attributes. What is not closed as it was opened fails."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[tuple[str, tuple[str, ...]]] = []  # text, and the names and classes of what it stands in
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.elements: list[dict[str, str | None]] = []  # the attributes of each tag
        self._open: list[tuple[str, tuple[str, ...]]] = []
        self.feed(markup)
        self.close()
        assert not self._open, f"{self._open} is not closed"

    @property
    def text(self) -> str:
        return "".join(piece for piece, _ in self.pieces)

    def within(self, name: str) -> str:
        """The text in all elements of a tag or a class."""
        return "".join(piece for piece, around in self.pieces if name in around)

    def values(self, name: str) -> list[str | None]:
        """The values of all buttons and boxes of a name."""
        return [element["value"] for element in self.elements if element.get("name") == name]

    def handle_data(self, data: str) -> None:
        self.pieces.append((data, tuple(name for _, names in self._open for name in names)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.elements.append(dict(attrs))
        assert len(dict(attrs)) == len(attrs), f"{tag} says something twice"
        if tag not in VOID:
            self._open.append((tag, (tag, *(dict(attrs).get("class") or "").split())))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"{tag} closes {opened}"

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def assert_text_stays_text(render: Callable[[str], str], text: str) -> Page:
    """Fail unless a text changes nothing on a page but the text; gives the page.

    It is compared with the page of a harmless text that is as long, so that every place in it must show exactly this
    text, once, and every value must be exactly this text.
    """
    harmless = "\ue000" * len(text)
    made = render(text)
    page, plain = Page(made), Page(render(harmless))
    assert harmless in plain.text + "".join(value or "" for _, value in plain.attributes), "the text is nowhere"
    assert page.tags == plain.tags
    assert page.text == plain.text.replace(harmless, shown(text))
    assert page.attributes == [
        (name, value and value.replace(harmless, shown(text))) for name, value in plain.attributes
    ]
    assert set(page.tags) <= TAGS
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    # Nothing for a template, Markdown or LaTeX, nor what a browser reads as something else, such as the end of a line.
    assert not re.search(r"[$`{}@\\*|~\[\]\t\n\r\0\ud800-\udfff]", made)
    return page
