"""What the letters of the fonts Symbol and Wingdings show, which are numbers of their own and no Unicode."""

from __future__ import annotations

_PRIVATE = 0xF000  # Word adds it to the number
_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"  # from 0x41, as Adobe's Symbol has them
# From 0xA1 on, "\0" for what has no letter of its own.
_SIGNS = "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…\0\0↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑\0\0\0\0\0\0\0\0\0\0\0〉∫"
_SYMBOL = (
    {0x41 + at: letter for at, letter in enumerate(_GREEK)}
    | {0x61 + at: letter for at, letter in enumerate("αβχδεφγηιϕκλμνοπθρστυϖωξψζ")}
    | {0xA1 + at: letter for at, letter in enumerate(_SIGNS) if letter != "\0"}
)
_WINGDINGS = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x76: "❖", 0xA7: "▪", 0xA8: "□", 0xD8: "➢", 0xDF: "←", 0xE0: "→",
    0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xF0: "⇨", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip


def shown_as(font: str, number: int) -> str:
    """The letter that a font shows for a number; "" where it is none of the two, or has no letter for it.

    >>> shown_as("Symbol", 0xF06D), shown_as("Wingdings", 0xE0)
    ('μ', '→')
    """
    number = number - _PRIVATE if number >= _PRIVATE else number
    if font.casefold() == "symbol":
        return _SYMBOL.get(number, chr(number) if 0x20 <= number < 0x7F else "")
    return _WINGDINGS.get(number, "") if font.casefold() == "wingdings" else ""
