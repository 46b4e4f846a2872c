"""Markdown's marks of emphasis, which are no part of what a text says."""

from __future__ import annotations

import re

# What stays as it is written: code, addresses, tags, formulas, and signs behind a backslash.
_VERBATIM = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})(?![`~])[^\n]*\n.*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)|"
    r"(?:\A|(?<=\n))[ \t]*\n(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+|"
    r"(?<!`)(?P<ticks>`{1,3})(?!`).{1,1000}?(?<!`)(?P=ticks)(?!`)|\]\([^()\n]{0,2000}\)|<[^<>\n]{1,500}>|"
    r"https?://[^\s<>*)\]]+|\$\$.{1,1000}?\$\$|\\[*_]",
    re.DOTALL | re.MULTILINE,
)
_PLACE = "\0"  # no cleaned text has one
_NO_EMPTY_LINE = r"(?!\n[ \t]*\n)"
# Three, two, one of each. A mark has a letter or sign on its inner side; on its outer side an underscore has no letter,
# an asterisk none that might be multiplied or left out: "2*3*4", "f*ck". Emphasis goes over no empty line.
_EMPHASIS = tuple(
    re.compile(
        rf"(?<![\w{mark}]){sign}(?![\s{mark}])((?:{_NO_EMPTY_LINE}(?:[^{mark}]{single}))+?)(?<![\s{mark}]){sign}(?![{after}])"
    )
    for mark, after in (("*", r"*\d"), ("_", r"\w"))
    for sign, single in (
        (rf"[{mark}]{{3}}", ""),
        (rf"[{mark}]{{2}}", rf"|[{mark}](?![{mark}])"),
        (rf"[{mark}]", ""),
    )
)


def without_emphasis(text: str) -> str:
    """The text without the marks of *emphasis* and **strong** words; those in code and lone ones stay."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return _PLACE

    bare = _VERBATIM.sub(keep, text)
    for emphasis in _EMPHASIS:
        bare = emphasis.sub(r"\1", bare)
    parts = bare.split(_PLACE)
    return "".join(part + verbatim for part, verbatim in zip(parts, [*kept, ""], strict=True))
