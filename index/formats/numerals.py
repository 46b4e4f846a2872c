"""The numbers of lists as letters, Roman numerals and Chinese ones."""

from __future__ import annotations

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_CHINESE = "〇一二三四五六七八九"


def roman(number: int) -> str:
    """A number in Roman numerals, small letters: 4 is "iv"; one that has none (0, 4000) in digits."""
    if not 0 < number < 4000:
        return str(number)
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written


def letters(number: int, repeated: bool = False) -> str:
    """A number as small letters: 3 is "c", and behind "z" comes "aa"; then "ab", or if they are repeated "bb"."""
    if number < 1:
        return str(number)
    if repeated:
        return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
    written = ""
    while number:
        number, at = divmod(number - 1, 26)
        written = chr(ord("a") + at) + written
    return written


def chinese(number: int) -> str:
    """A number below a hundred as Chinese and Japanese count: 12 is "十二"; others in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else _CHINESE[tens]) + ("十" if tens else "") + (_CHINESE[ones] if ones else "")
