"""Formulas of a page (MathML) as one line of text: "a²+b/2" is what trafilatura would leave out."""

from __future__ import annotations

import re
from typing import Any

from index.formats.html_prune import names_of

_BETWEEN = {"mfrac": "/", "msup": "^", "msub": "_", "munder": "_", "mover": "^"}
_AROUND = re.compile(r"math|katex|mjx")  # what a wiki and the usual scripts wrap a formula in, some of it hidden
_MOST = 50  # elements in each other


def write_formulas(tree: Any) -> None:
    """Put each formula's line in the place of its element, and of what hides it or shows it once more as a picture."""
    for formula in list(tree.iter("math")):
        if formula.getparent() is None:
            continue
        place = formula
        for above in formula.iterancestors("span", "mjx-container"):
            if any(_AROUND.search(name) for name in [above.tag, *names_of(above)]):
                place = above
        text, tail = " ".join(_line(formula).split()), place.tail
        place.clear()
        place.tag, place.text, place.tail = "span", text or formula.get("alttext"), tail


def _line(element: Any, depth: int = 0) -> str:
    if not isinstance(element.tag, str) or element.tag.startswith("annotation") or depth > _MOST:
        return ""
    tag = element.tag.rpartition(":")[2]
    parts = [_line(child, depth + 1) for child in element]
    if tag in _BETWEEN and len(parts) == 2:
        return _BETWEEN[tag].join(map(_bracketed, parts))
    if tag in {"msubsup", "munderover"} and len(parts) == 3:
        return f"{_bracketed(parts[0])}_{_bracketed(parts[1])}^{_bracketed(parts[2])}"
    if tag == "msqrt":
        return f"√{_bracketed(''.join(parts))}"
    if tag == "mroot" and len(parts) == 2:
        return f"{parts[1]}√{_bracketed(parts[0])}"
    if tag == "mtr":
        return ", ".join(parts) + "; "
    own = " ".join((element.text or "").split()) if not len(element) else ""
    return own + "".join(parts)


def _bracketed(part: str) -> str:
    return part if re.fullmatch(r"\w*|\(.*\)", part) else f"({part})"
