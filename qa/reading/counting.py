"""How many there are where no article gives the number, but one names them: at least so many, and which."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.question.turn import Query
from qa.question.wording import fits
from qa.reading.enumerations import listed

_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)


def named_instead(query: Query, answer: str) -> list[str]:
    """The things that an answer lists where a number of them is asked for in English; none where it gives one.

    >>> asked = Query("How many countries were studied?", answer_type="number")
    >>> named_instead(asked, "the US, Brazil and Peru"), named_instead(asked, "three"), named_instead(asked, "Peru")
    (['US', 'Brazil', 'Peru'], [], [])
    """
    if query.answer_type != "number" or not _HOW_MANY.search(query.text) or fits("number", answer) is not False:
        return []
    return list(dict.fromkeys(answer[start:end] for start, end in listed(answer)))


def at_least(names: Sequence[str]) -> str:
    """What is said of them; how many there are besides is not known."""
    return f"At least {len(names)} named here: {'; '.join(names)}"
