"""Pages that a browser printed to PDF."""

from pathlib import Path

import pytest

from tests.index.formats.reading import read
from tests.index.formats.test_pdf_pages import PROSE, lines, pdf_of, placed

CHROMIUM = (
    [(24, 784, "{day}"), (240, 784, "Old pier painted")],
    [(24, 12, "{address}"), (560, 12, "{page}/2")],
)
FIREFOX = (
    [(24, 784, "Old pier painted"), (380, 784, "{address}")],
    [(24, 12, "{page} of 2"), (480, 12, "{day}")],
)


def printed(pair: tuple[list[tuple[int, int, str]], ...], day: str, address: str, page: int, *, first: bool) -> bytes:
    marks = placed(*((x, y, text.format(day=day, address=address, page=page)) for part in pair for x, y, text in part))
    text = lines(*PROSE).replace(b"60 780 Td", b"60 700 Td")
    return marks + b" " + text if first else text + b" " + marks


@pytest.mark.parametrize("pair", [CHROMIUM, FIREFOX])
@pytest.mark.parametrize("address", ["file:///home/ida/pier.html", "https://example.com/news/pier?page=1"])
@pytest.mark.parametrize("day", ["11/29/25, 7:38 PM", "29.11.2025, 19:38", "2025-11-29, 19:38"])
@pytest.mark.parametrize(("first", "pages"), [(True, 1), (False, 1), (True, 2), (False, 2)])
def test_what_a_browser_prints_beside_the_text_is_left_out(
    tmp_path: Path, *, pair: tuple[list[tuple[int, int, str]], ...], address: str, day: str, first: bool, pages: int
) -> None:
    content = pdf_of([printed(pair, day, address, page, first=first) for page in range(1, pages + 1)])
    article = read(tmp_path / "a.pdf", content)
    assert " ".join(article.text.split()) == " ".join(PROSE * pages)
    assert article.published is None


def test_an_address_and_a_day_that_no_browser_printed_stay(tmp_path: Path) -> None:
    own = ["11/29/25, 7:38 PM Doors open", *PROSE, "https://example.com/pier"]
    text = read(tmp_path / "a.pdf", pdf_of([lines(*own)])).text
    assert "7:38 PM Doors open" in text
    assert "https://example.com/pier" in text
