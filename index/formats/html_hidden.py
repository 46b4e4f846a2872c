"""What of a page a browser does not show, by its attributes, its styles and its own style sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# Names of classes that style sheets hide, each alone; "hidden" beside a class that shows it again on wide screens
# ("md:block", "d-md-flex") is seen.
_HIDING = {"hidden", "is-hidden", "d-none", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text",
           "screen-reader-only", "element-invisible"}  # fmt: skip
_SHOWN_AGAIN = re.compile(r".+(?::|-)(?:block|flex|grid|inline|inline-block|inline-flex|table|contents)$")
_HIDING_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|"
    r"(?:left|right|top|text-indent)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*[01]|"
    r"clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*scale\(\s*0\s*\))",
    re.IGNORECASE,
)
_NO_SIZE = re.compile(r"(?:^|;)\s*font-size\s*:\s*0+(?:px|pt|em|rem|%)?\s*(?:!\s*important\s*)?(?:;|$)", re.IGNORECASE)
# Not where it moves too: then a script lets it come in when it is scrolled to.
_FADED = re.compile(r"(?:^|;)\s*opacity\s*:\s*0+(?:\.0+)?%?\s*(?:!\s*important\s*)?(?:;|$)", re.IGNORECASE)
_MOVING = re.compile(r"transform|transition|animation|will-change|translate", re.IGNORECASE)
_COLOURS = re.compile(r"(?:^|;)\s*(color|background(?:-color)?)\s*:\s*([\w#]+)\s*(?=;|$)", re.IGNORECASE)
_SHOWING_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:(?!\s*none)|visibility\s*:\s*visible)", re.IGNORECASE)
_STYLE_CHARS = 500_000  # of a page's style sheets; the largest of real pages have less
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)  # "\Z", or each of many beginnings would look for an end
_NAMES = re.compile(r"[.#][\w-]+")
_ONE_NAME = re.compile(r"[a-z0-9]*[.#][\w-]+", re.IGNORECASE)


def is_hidden(element: Any, names: frozenset[str]) -> bool:
    """Whether a browser would not show an element; `names` are those that the page's style sheets hide."""
    if element.tag in {"html", "body", "head", "script", "meta", "link", "title"}:
        return False
    if element.tag == "dialog" and "open" not in element.attrib:
        return True
    if "hidden" in element.attrib and (element.get("hidden") or "").lower() != "until-found":
        return True
    if (element.get("aria-hidden") or "").lower() == "true":
        return True
    if (style := element.get("style")) and (
        _HIDING_STYLE.search(style)
        or (_FADED.search(style) and not _MOVING.search(style))
        or _is_without_size(element, style)
        or _is_in_its_own_colour(style)
    ):
        return True
    classes = (element.get("class") or "").split()
    if names and any(name in names for name in _selectors_of(element, classes)):
        return True
    classes = [name.lower() for name in classes]
    return not _HIDING.isdisjoint(classes) and not any(_SHOWN_AGAIN.match(name) for name in classes)


def names_hidden_by(tree: Any) -> frozenset[str]:
    """The selectors (".x", "#x", "p.x") that the page's own style sheets hide, and no rule of theirs shows again.

    What a rule shows again, in whatever state of the page, may be seen: a part behind a tab, a menu on wide screens.
    """
    css = "\n".join(style.text or "" for style in tree.iter("style"))[:_STYLE_CHARS]
    hidden: set[str] = set()
    shown: set[str] = set()
    for selectors, declarations, is_always in _rules(_COMMENT.sub(" ", css)):
        if _SHOWING_STYLE.search(declarations):
            shown.update(_NAMES.findall(selectors))
        elif is_always and _HIDING_STYLE.search(declarations):
            hidden.update(each for each in map(str.strip, selectors.split(",")) if _ONE_NAME.fullmatch(each))
    return frozenset(each for each in hidden if shown.isdisjoint(_NAMES.findall(each)))


def _rules(css: str) -> Iterator[tuple[str, str, bool]]:
    """Each rule: its selectors, its declarations, and whether it always counts, since it is in no @media."""
    around: list[tuple[str, list[str]]] = []
    pieces = iter(re.split(r"([{};])", css))
    for text, sign in zip(pieces, pieces, strict=False):
        if sign == "{":
            around.append((text, []))
        elif around:
            around[-1][1].append(text.strip())
        if sign == "}" and around:
            selectors, declarations = around.pop()
            yield selectors, ";".join(declarations), not around


def _selectors_of(element: Any, classes: list[str]) -> Iterator[str]:
    names = [f".{name}" for name in classes]
    if identifier := element.get("id"):
        names.append(f"#{identifier}")
    for name in names:
        yield name
        yield f"{element.tag}{name}"


def _is_in_its_own_colour(style: str) -> bool:
    colours = {name.lower(): value.lower() for name, value in _COLOURS.findall(style)}
    return colours.get("color", "") in {colours.get("background"), colours.get("background-color")}


def _is_without_size(element: Any, style: str) -> bool:
    """Whether its letters have no size, and no part of it gives them one again, as letters' tables do."""
    return bool(_NO_SIZE.search(style)) and not any(
        "font-size" in (part.get("style") or "") for part in element.iterdescendants()
    )
