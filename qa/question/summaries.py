"""Whether a question asks for a summary, and of what: of an article, or of all that there is about something."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SummaryAsked:
    """What is to be summed up. `topic` is "" where no article and nothing is named; `several`: not one article."""

    topic: str
    several: bool


def summary_asked(question: str) -> SummaryAsked | None:
    """What a question asks to be summed up; None where it asks for something else.

    >>> summary_asked("Can you sum up the Guardian article on the new bridge, please?")
    SummaryAsked(topic='the new bridge', several=False)
    >>> summary_asked("Sum up the news on Tarnby Rovers")
    SummaryAsked(topic='Tarnby Rovers', several=True)
    """
    plain = " ".join(question.split())
    if left_out := _LEFT_OUT.search(plain):  # a follow-up: "Sum it up (the strike at Tarnby)"
        asked = summary_asked(plain[: left_out.start()])
        return asked and SummaryAsked(f"{asked.topic} {left_out[1]}".strip(), asked.several or not asked.topic)
    plain = _LEADING.sub("", plain).strip(_AROUND)
    for pattern in _ASKED:
        if match := pattern.fullmatch(plain):
            return _of(match["what"] or "")
    return None


def _of(what: str) -> SummaryAsked:
    what = _SAYING.sub("", _IN_SHORT.sub("", _OF.sub("", what.strip(_AROUND)))).strip(_AROUND)
    if article := _ARTICLE.fullmatch(what):
        # "The golf ball article" is named by what it is about, "the Guardian article on golf balls" by its paper.
        topic = article["topic"] or _PLAIN.sub("", article["before"] or "")
        return SummaryAsked(topic.strip(_AROUND), several=article["one"] is None)
    return SummaryAsked("" if _NOTHING.fullmatch(what) else what, several=True)


_AROUND = " \t\n?!.,:;\"'“”‘’()"
_LEFT_OUT = re.compile(r"[?.!]*\s+\(([^()]+)\)\W*$")
_KIND = r"(?:article|story|report|piece|text|page|post|interview|essay|column|feature|review|document|paper)"
_MANY = rf"(?:{_KIND}s|stories|news|coverage|reporting|stuff)"
_SHORT = (
    r"(?:in (?:short|brief|a nutshell|(?:a few|one|two|three|four|five) (?:words?|lines?|sentences?))"
    r"|briefly|quickly|shortly|for me|please)"
)
_NO_QUESTION = r"(?!(?:who|what|when|where|why|how|which|is|are|was|were|do|does|did|can)\b)"
_SUMMARY = (
    r"(?:summary|summing[- ]up|overview|gist|recap|synopsis|outline|digest|run-?down|tl;?dr|bottom line|essence"
    r"|main points?|key points?|key facts|highlights)"
)
_LEADING = re.compile(
    r"^\W*(?:(?:so|and|but|ok|okay|well|please|hey|hi|hello|now|then)\b[\s,]*)*"
    r"(?:(?:can|could|would|will) (?:you|i|we) (?:please )?|please |i(?:['’]d| would) like |i (?:want|need) )?"
    r"(?:(?:to )?(?:have|get|see|read|write|make) )?(?:(?:give|tell|show) (?:me|us) )?(?:please )?",
    re.IGNORECASE,
)
_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "summarise X", "sum X up", "recap X"
        rf"(?:{_SHORT} )?(?:summari[sz]e|sum up|recap|condense|tl;?dr|boil down)\b:?(?: {_SHORT})?:?(?P<what>.*)",
        r"sum (?P<what>.+) up",
        # "a short summary of X", "the gist of X", "what is the gist of X"
        rf"(?:what(?:['’]?s| is| are|re) )?(?:an? |the |your |some )?(?:[a-z-]+ ){{0,2}}?{_SUMMARY}"
        rf"(?: please)?(?:(?: of| on| about| for| from|:)(?P<what>.*))?",
        # "in short: X", "X in a few sentences"
        rf"{_SHORT}[:,] (?P<what>{_NO_QUESTION}.+)",
        rf"(?P<what>{_NO_QUESTION}.+?)[,:]? (?:in (?:short|brief|a nutshell|(?:a few|two|three|four|five)"
        r" (?:words|lines|sentences)))",
        # "what does the article about X say", "what the piece on X says"
        rf"(?:{_SHORT} )?what (?:do|does|did|is|are|was) (?P<what>(?:the|this|that|these|those)\b.*\b{_KIND}s?\b.*?)"
        rf" (?:say|report|tell(?: us)?|saying|about)(?:,? {_SHORT})?",
        rf"(?:{_SHORT} )?what (?P<what>(?:the|this|that|these|those)\b.*\b{_KIND}s?\b.*?) (?:says?|reports?|is about)",
        # "tell me more about X", "what do the articles say about X", "what is known about X"
        rf"(?:(?:more|something|what you (?:know|have)|what there is) )?about (?P<what>{_NO_QUESTION}[^,]+)",
        rf"what (?:do|does|did) (?:you|we|the|my|these|your) ?(?:{_MANY}|{_KIND})?"
        r" (?:know|say|have|report|tell(?: us| me)?) (?:about|on) (?P<what>[^,]+)",
        r"what(?:['’]?s| is| has been) (?:known|reported|written) (?:about|on|of) (?P<what>[^,]+)",
        # "what kind of a year did X have"
        r"what (?:kind|sort) of (?:an? )?(?:year|season|month|week|spring|summer|autumn|winter|time) (?:did|has|had)"
        r" (?P<what>.+?) (?:have|had)(?: (?:in|during|this|last) .*)?",
        # "what is the article on X about"
        rf"what(?:['’]s| is) (?P<what>(?:the|this|that)\b.*\b{_KIND}\b.*?) (?:all )?about",
    )
)
_IN_SHORT = re.compile(rf"^{_SHORT}\b[\s:,]*|[\s:,]*\b{_SHORT}$", re.IGNORECASE)
_OF = re.compile(r"^(?:of|on|about|for)\b", re.IGNORECASE)
_SAYING = re.compile(
    r"^(?:(?:all |everything )?(?:that |what )?(?:is |was )?(?:said|known|written|reported|there is)|everything)"
    r" (?:about|on|of) ",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    rf"(?:(?:the|this|that|these|those|an?|all|any|my|our) )?(?P<before>(?:[\w’'&.-]+ ){{0,5}}?)(?:(?P<one>{_KIND})\b"
    rf"|{_MANY}\b)(?: (?:(?:by|from|in) (?:[\w’'&.-]+ ){{1,4}}?)?(?:about|on|of|regarding|concerning|that|which|where"
    rf"|who|with|in|from)\b(?P<topic>.*)|\W*)",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"\b(?:the|this|that|these|those|an?|main|whole|full|entire|first|second|last|latest|recent|newest|two|three|four|five"
    r"|new)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(?:this|that|it|them|these|those|everything|all(?: of (?:it|them|this))?|the day|today)?", re.IGNORECASE
)
