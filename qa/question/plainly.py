"""What a question asks, without what stands around it: "Do you know who won?" asks who won; English."""

from __future__ import annotations

import re

_KNOWN = r"(?:(?:do|can|could|would|will) you (?:know|say|tell me|please tell me|find out)|tell me)"
_NEWS = r"(?:(?:is|are) there )?any (?:news|updates?|word|info|information|idea|clues?|details?|decision)"
_BEFORE = re.compile(
    rf"^\W*(?:please,? )?(?:{_KNOWN},? |{_NEWS}(?: yet)?(?: (?:on|about|of|as to|regarding))? )"
    r"(?=(?:wh(?:o|ose|om|at|ich|en|ere|y|ether)|how|if)(?:['’]?s)?\b)",
    re.IGNORECASE,
)
# "If it sinks who pays?" asks who pays.
_WHETHER = re.compile(
    r"^\W*(?:whether|if) (?!.*\b(?:wh(?:o|ose|om|at|ich|en|ere|y)|how)\b)(?:or not )?"
    r"(?P<claim>[^,]+?)(?:,? or not)?\W*$",
    re.IGNORECASE,
)
# "Whats on?" as it is typed
_TYPED = re.compile(
    r"^(?P<before>\W*(?:(?:so|and|but|ok|hey|hi),? )?)(?P<word>what|who|where|how|when)s(?= )", re.IGNORECASE
)


def plainly(question: str) -> str:
    """The same question without courtesies, with the apostrophe that is left out.

    >>> plainly("Do you know who won?"), plainly("whats the price"), plainly("any news on when it starts?")
    ('who won?', "what's the price", 'when it starts?')
    """
    asked = _BEFORE.sub("", " ".join(question.split()))
    return _TYPED.sub(r"\g<before>\g<word>'s", asked)


def claim_asked(asked: str) -> str:
    """What may be so, in "any news on whether it sank?", once that is asked `plainly`; "" where more is asked.

    >>> claim_asked("whether the ferry sank?"), claim_asked("when did it sink?")
    ('the ferry sank', '')
    """
    match = _WHETHER.match(asked)
    return match["claim"] if match else ""
