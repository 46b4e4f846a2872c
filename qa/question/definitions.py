"""What a question wants to know the meaning of; English."""

from __future__ import annotations

import re

_NAME = r"[a-z]?[A-Z0-9][\w'’.&-]*"
# What a name may be followed by that says no more than the sentence that defines it: "the Hallow app".
KIND = (
    r"(?:app|application|program(?:me)?|platform|project|service|act|bill|rule|index|scheme|initiative|tool|chatbot"
    r"|movement|theory|method|challenge|protocol|feature|framework|standard|diet|drug|disease|syndrome|festival|award"
    r"|prize|cup|treaty|accord|foundation|fund|network|system|law|policy)"
)
_WHAT_IS = r"^\W*(?:(?:and|but|so|ok|please),? )?what(?:['’]?s| is| are) (?:actually |exactly )?"
# "What is a ceasefire", "What is Glow, the app?", "what is pemmican"; not "What is the price?", "what is new".
_DEFINED = re.compile(
    rf"(?:{_WHAT_IS}"
    rf"(?:an? (?P<kind>[\w-]+(?: [\w-]+){{0,3}})|(?-i:(?:the )?(?P<name>{_NAME}(?: (?:(?:of|and|for|the) )*{_NAME})*)"
    rf"(?: {KIND}(?: (?:on|at|by|from|in|of) (?:the )?{_NAME}(?: {_NAME})*)?)?))"
    r"(?:, (?:the|an?) .+| \([^()]+\)| (?:thing|stuff)\b.*)?"
    rf"|{_WHAT_IS}the (?P<called>[\w-]+) {KIND}"
    rf"|{_WHAT_IS}(?!(?:new|happening|wrong|next|going|it|this|that|he|she|they|there|known|left|missing|behind|inside"
    r"|up|his|her|their|its|my|your|our|best|worst|said|meant|being|to|for|in|on|at|the|so|not)\b)"
    r"(?P<word>[\w-]+(?: (?!\w+ing\b)[\w-]+)?)"
    r"|(?:can you )?explain (?:to me )?what (?:an? )?(?P<explained>(?:[\w-]+ ){1,4}?)(?:is|are|means?)\b.*)\W*$",
    re.IGNORECASE,
)
_MEANT = re.compile(
    rf"{_WHAT_IS}(?:(?<!are )the (?P<thing>[\w-]+(?: [\w-]+)?)|(?!(?:the|his|her|their|its|my|your|our)\b)"
    r"(?P<kinds>(?:(?!\w+ing\b)[\w-]+ ){2}\w{2,}s))\W*$",
    re.IGNORECASE,
)


def thing_defined(question: str) -> str:
    """What a question wants to know the meaning of; "" where it asks something else.

    >>> thing_defined("What is a kei car?"), thing_defined("What is Glow, the app from Tarnby?")
    ('kei car', 'Glow')
    >>> thing_defined("What is the price?"), thing_defined("What is Aske planning?")
    ('', '')
    """
    return _named(_DEFINED.match(question))


def thing_meant(question: str) -> str:
    """What a question may want to know the meaning of, if it is no price or score whose worth is asked for; else "".

    >>> thing_meant("What is the fediverse?"), thing_meant("what are market linked bonds"), thing_meant("Who is it?")
    ('fediverse', 'market linked bonds', '')
    """
    return _named(_MEANT.match(question))


def _named(match: re.Match[str] | None) -> str:
    return next((each.strip() for each in match.groups() if each), "") if match else ""
