"""The words of a Word paragraph, its equations in one line, and the numbers of lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from index.formats.clean import raised
from index.formats.numerals import chinese, letters, roman
from index.formats.symbols import shown_as

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CHARACTERS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_LEFT_OUT = {f"{W}{name}" for name in ("pPr", "rPr", "del", "moveFrom", "txbxContent", "rt")} | {FALLBACK}
_HEX = re.compile("[0-9A-Fa-f]{1,5}")
_PRIVATE = re.compile("[\uf020-\uf0ff]")
_SMALLEST = 2  # half points: so small nobody reads letters
# What stands between the parts of an equation's element, each of which is put in brackets where it is more than a word.
_BETWEEN = {f"{_M}f": "/", f"{_M}sSup": "^", f"{_M}sSub": "_", f"{_M}sPre": ""}
_PARTS = {f"{_M}{name}" for name in ("e", "num", "den", "sub", "sup", "deg", "lim", "fName")}


def text_of(element: Any) -> str:
    """The words in an element, tracked changes accepted; text boxes, and what is hidden or struck out, are left out."""
    parts = []
    for child in element:
        if child.tag == f"{W}r" and (properties := child.find(f"{W}rPr")) is not None:
            if not any(_is_on(properties, name) for name in ("vanish", "strike", "dstrike")) and _is_seen(child):
                words = _in_its_font(text_of(child), properties)
                parts.append(raised(words) if _value(properties, "vertAlign") == "superscript" else words)
            continue
        if child.tag in {f"{W}t", f"{_M}t"}:
            parts.append(child.text or "")
        elif child.tag in _CHARACTERS:
            parts.append(_CHARACTERS[child.tag])
        elif child.tag == f"{W}sym":
            number = child.get(f"{W}char", "")
            parts.append(shown_as(child.get(f"{W}font", ""), int(number, 16)) if _HEX.fullmatch(number) else "")
        elif isinstance(child.tag, str) and child.tag.startswith(_M):
            parts.append(_equation(child))
        elif child.tag not in _LEFT_OUT:
            parts.append(text_of(child))
    return "".join(parts)


def _is_seen(run: Any) -> bool:
    """Whether a run has letters of some size, and none that are white on white paper."""
    properties = run.find(f"{W}rPr")
    size = _value(properties, "sz")
    if size.isascii() and size.isdigit() and int(size) <= _SMALLEST:
        return False
    if _value(properties, "color").upper() != "FFFFFF":
        return True
    above = [run, *run.iterancestors()]  # what may have a colour of its own: tables, boxes, shaded text and pages
    if any(each.tag in {f"{W}tbl", f"{W}txbxContent"} for each in above):
        return True
    said = [each for element in above[:2] for each in element.iterchildren(f"{W}rPr", f"{W}pPr")]
    shaded = any(
        each.find(f"{W}{name}") is not None for each in said for name in ("shd", "highlight", "pStyle", "rStyle")
    )
    return shaded or above[-1].find(f"{W}background") is not None


def _in_its_font(words: str, properties: Any) -> str:
    """What letters of Symbol and Wingdings show, where Word has them as numbers."""
    if not _PRIVATE.search(words):
        return words
    fonts = properties.find(f"{W}rFonts")
    font = fonts.get(f"{W}ascii", "") if fonts is not None else ""
    return _PRIVATE.sub(lambda found: shown_as(font, ord(found[0])), words)


def _is_on(properties: Any, name: str) -> bool:
    found = properties.find(f"{W}{name}")
    return found is not None and found.get(f"{W}val", "1") not in {"0", "false", "off"}


def _equation(element: Any) -> str:
    tag = element.tag.removeprefix(_M)
    if tag == "t":
        return element.text or ""
    if tag.endswith("Pr"):
        return ""
    parts = [text_of(part) for part in element if part.tag in _PARTS]
    if element.tag in _BETWEEN:
        return _BETWEEN[element.tag].join(map(_bracketed, parts))
    if tag == "sSubSup" and len(parts) == 3:
        return f"{_bracketed(parts[0])}_{_bracketed(parts[1])}^{_bracketed(parts[2])}"
    if tag in {"limLow", "limUpp"} and len(parts) == 2:
        return ("_" if tag == "limLow" else "^").join([parts[0], _bracketed(parts[1])]) + " "
    if tag == "func":
        return " ".join(map(str.strip, parts))
    if tag == "rad":
        degree, base = parts if len(parts) == 2 else ("", "".join(parts))
        return f"{degree.strip()}√{_bracketed(base)}"
    if tag == "d":
        begin, end = (_property(element, name, bracket) for name, bracket in (("begChr", "("), ("endChr", ")")))
        return f"{begin}{_property(element, 'sepChr', '|').join(parts)}{end}"
    if tag == "nary" and len(parts) == 3:
        limits = "".join(mark + _bracketed(part) for mark, part in zip("_^", parts, strict=False) if part)
        return f"{_property(element, 'chr', '∫')}{limits} {parts[2]}"
    if tag in {"m", "eqArr"}:
        return "; ".join(text_of(row) for row in element if not row.tag.endswith("Pr"))
    if tag == "mr":
        return ", ".join(parts)
    return text_of(element)


def _bracketed(part: str) -> str:
    return part if re.fullmatch(r"\w*|\(.*\)", part) else f"({part})"


def _property(element: Any, name: str, usual: str) -> str:
    found = next(element.iter(f"{_M}{name}"), None)
    return usual if found is None else found.get(f"{_M}val", "")


class ListNumbers:
    """Counts the items of all lists of a document; to be asked for each paragraph once, in order."""

    def __init__(self, numbering: Any, styles: Any) -> None:
        """Take the definitions: the roots of numbering.xml (None: there are no lists) and styles.xml."""
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}  # list -> level -> format, text, start
        self._list_of: dict[str, str] = {}  # lists that are numbered together have one count
        self._counts: dict[str, dict[int, int]] = {}
        self._styles = {each.get(f"{W}styleId"): each for each in styles.iter(f"{W}style")}
        if numbering is not None:
            kinds = {each.get(f"{W}abstractNumId"): each for each in numbering.iter(f"{W}abstractNum")}
            # A list may be made by a style of lists, whose levels stand in another definition.
            by_style = {_value(each, "styleLink"): each for each in kinds.values()}
            for each in numbering.iter(f"{W}num"):
                number, kind = each.get(f"{W}numId"), _value(each, "abstractNumId")
                linked = _value(kinds.get(kind), "numStyleLink")
                levels = dict(_levels(by_style.get(linked, kinds.get(kind)) if linked else kinds.get(kind)))
                overridden = dict(_overridden(each, levels))
                self._levels[number] = levels | overridden
                self._list_of[number] = f"own {number}" if overridden else kind

    def before(self, paragraph: Any) -> str:
        """What stands before the paragraph: "2.1 ", "- " for a bullet; empty where it is no item."""
        properties = paragraph.find(f"{W}pPr")
        number, level = _place(properties) or self._place_of_style(_value(properties, "pStyle"))
        levels = self._levels.get(number, {})
        if level not in levels:
            return ""
        form, text, start = levels[level]
        if form in {"bullet", "none"}:
            return "- " if form == "bullet" else ""
        counts = self._counts.setdefault(self._list_of[number], {})
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [each for each in counts if each > level]:
            del counts[deeper]
        for above in range(level):
            counts.setdefault(above, levels[above][2] if above in levels else 1)
        return re.sub(r"%([1-9])", lambda match: self._counted(levels, counts, int(match[1]) - 1), text) + " "

    def _place_of_style(self, name: str) -> tuple[str, int]:
        """The list and the level of a style, or of the one that it is based on."""
        seen = set()
        while name in self._styles and name not in seen:
            seen.add(name)
            style = self._styles[name]
            if place := _place(style.find(f"{W}pPr")):
                return place
            name = _value(style, "basedOn")
        return "0", 0

    @staticmethod
    def _counted(levels: dict[int, tuple[str, str, int]], counts: dict[int, int], level: int) -> str:
        return _spelt(counts.get(level, 1), levels[level][0] if level in levels else "decimal")


def _levels(kind: Any) -> Iterator[tuple[int, tuple[str, str, int]]]:
    for level in kind.iter(f"{W}lvl") if kind is not None else ():
        start = _value(level, "start")
        given = (_value(level, "numFmt") or "decimal", _value(level, "lvlText"), int(start) if start.isdigit() else 1)
        yield int(level.get(f"{W}ilvl", "0")), given


def _overridden(number: Any, levels: dict[int, tuple[str, str, int]]) -> Iterator[tuple[int, tuple[str, str, int]]]:
    """The levels that a list has otherwise than its definition: made anew, or begun with another number."""
    for override in number.iter(f"{W}lvlOverride"):
        at, start = int(override.get(f"{W}ilvl", "0")), _value(override, "startOverride")
        form, text, first = dict(_levels(override)).get(at) or levels.get(at, ("decimal", f"%{at + 1}.", 1))
        yield at, (form, text, int(start) if start.isdigit() else first)


def _place(properties: Any) -> tuple[str, int] | None:
    """The list and the level that a paragraph or a style says it is in."""
    found = properties.find(f"{W}numPr") if properties is not None else None
    if found is None or not _value(found, "numId"):
        return None
    level = _value(found, "ilvl")
    return _value(found, "numId"), int(level) if level.isdigit() else 0


def _value(element: Any, name: str) -> str:
    found = element.find(f"{W}{name}") if element is not None else None
    return (found.get(f"{W}val") or "") if found is not None else ""


def _spelt(number: int, form: str) -> str:
    if form.endswith("Letter"):
        spelt = letters(number, repeated=True)
    elif form.endswith("Roman"):
        spelt = roman(number)
    elif form.startswith(("chineseCounting", "japaneseCounting", "ideographDigital", "taiwaneseCounting")):
        spelt = chinese(number)
    else:
        spelt = f"{number:02}" if form == "decimalZero" else str(number)
    return spelt.upper() if form.startswith("upper") else spelt
