"""Whose words a question asks for: "what did Ida Aske say about the port?", "Aske on why it closed"; English."""

from __future__ import annotations

import re

_WHO = r"(?P<who>(?:(?!\b(?:he|she|they|it|you|we|i|people|critics|experts|articles?)\b)[^,?;]){2,60}?)"
_DOES = r"(?:do|does|did|has|have|had)"
_VIEWS = "response reaction reply view opinion take stance thoughts? comment verdict explanation argument answer"
_ASKS = tuple(
    re.compile(each, re.IGNORECASE)
    for each in (
        rf"\bwhat (?:else )?{_DOES} {_WHO} (?:\w+ly )?(?:say|said|think|thought|tell|told|argued?|claim(?:ed)?"
        r"|believed?|write|written|warn(?:ed)?|feel|felt|make of|mean by|suggest(?:ed)?)\b(?! to do\b)",
        rf"\bhow {_DOES} {_WHO} (?:\w+ly )?(?:react|respond|reply|feel|describe|explain|comment|justif[yi]"
        r"|answer)(?:e?d)?\b",
        rf"\bwhat(?:['’]s| is| was| were| are) {_WHO}['’]s? (?:\w+ )?(?:{'|'.join(_VIEWS.split())})s?\b",
        r"^\W*(?P<who>(?-i:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+)(?: of (?-i:[A-Z][\w’'-]+))?) on"
        r" (?:why|how|what|whether|where|the|his|her|their|being)\b",
    )
)


def speaker_asked(question: str) -> str:
    """Whose words an English question asks for; "" where it asks for nobody's.

    >>> speaker_asked("what did the boss of Glow say about Aske?"), speaker_asked("Ida Aske on why it sank")
    ('the boss of Glow', 'Ida Aske')
    >>> speaker_asked("What did Aske build?"), speaker_asked("How did Aske react to the strike?")
    ('', 'Aske')
    """
    found = next((match for each in _ASKS if (match := each.search(question)) is not None), None)
    return found["who"].strip() if found else ""
