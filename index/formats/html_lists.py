"""The numbers of a page's lists, which a browser shows and the page does not hold: written into the items."""

from __future__ import annotations

import re
from typing import Any

from index.formats.html_blocks import BLOCKS, LISTS
from index.formats.html_prune import names_of
from index.formats.numerals import chinese, letters, roman

# What a list calls its numbers: `type`, or the style "list-style-type".
_FORMS = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_BULLETS = {"none", "disc", "circle", "square"}
_STYLE = re.compile(r"(?:^|;)\s*list-style(?:-type)?\s*:([^;]*)", re.IGNORECASE)
_WITHOUT_NUMBERS = re.compile(r"crumb|pagination|pager|^nav|menu|comment|carousel|slide|gallery|tabs?$")
_MOST_DIGITS = 9


def number_items(body: Any) -> None:
    """Write its number before each item of each <ol>: "3. Mix". Lists that show bullets or nothing become <ul>.

    In the cells of tables, which become one line each, the items' order is told by semicolons.
    """
    for ordered in list(body.iter("ol")):
        if next(ordered.iterancestors("td", "th"), None) is not None:
            continue
        form = _form(ordered)
        if form in _BULLETS or any(_WITHOUT_NUMBERS.search(name) for name in names_of(ordered)):
            ordered.tag = "ul"
            continue
        items = list(ordered.iterchildren("li"))
        step = -1 if "reversed" in ordered.attrib else 1
        number = _number(ordered.get("start"), len(items) if step < 0 else 1)
        for item in items:
            number = _number(item.get("value"), number)
            _write(item, _spelt(number, form))
            number += step


def _form(ordered: Any) -> str:
    style = _STYLE.search(ordered.get("style") or "")
    said = (style[1] if style else ordered.get("type") or "").split()
    return next((_FORMS.get(word, word.lower()) for word in said), "decimal")


def _number(value: str | None, usual: int) -> int:
    match = re.fullmatch(rf"\s*(-?[0-9]{{1,{_MOST_DIGITS}}})\s*", value or "")
    return int(match[1]) if match else usual


def _spelt(number: int, form: str) -> str:
    if form in {"lower-alpha", "lower-latin"}:
        return letters(number)
    if form in {"upper-alpha", "upper-latin"}:
        return letters(number).upper()
    if form in {"lower-roman", "upper-roman"}:
        return roman(number) if form == "lower-roman" else roman(number).upper()
    if form in {"cjk-ideographic", "simp-chinese-informal", "trad-chinese-informal", "japanese-informal"}:
        return chinese(number)
    return f"{number:02}" if form == "decimal-leading-zero" else str(number)


def _write(item: Any, number: str) -> None:
    """Put the number before the item's own words, in its first paragraph; no item of nothing but a list has any."""
    place = item
    while not (place.text or "").strip() and len(place) and place[0].tag in BLOCKS - LISTS - {"table"}:
        place = place[0]
    if not (place.text or "").strip() and (not len(place) or place[0].tag in LISTS):
        return
    begin = next((text.strip() for text in place.itertext() if text.strip()), "")
    # One that stands there was written by hand, in a list that hides its own.
    if begin and not re.match(rf"[(\[]?{re.escape(number)}[.)\]:、]", begin):
        place.text = f"{number}. {(place.text or '').lstrip()}"
