"""A fragment behind a question: "why?", "when was that?", "and in May?", "and the chairman?", with what was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from index.words import FUNCTION_WORDS, key_of
from qa.question.posts import ALL_POSTS
from qa.question.times import period_in
from qa.question.wording import query_of

LEAD_IN = r"^\W*(?:(?:and|but|so|ok|okay|then|well)\b[\s,]*)*"
WH = "who|whom|whose|what|which|when|where|why|how"
BEFORE_WH = r"(?:(?:for|by|in|at|to|from|since|with|on|of|about|until)\s+)?"
AUXILIARY = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"


def about(question: str, before: str, answer: str) -> str:
    """A bare question word with what was asked before and what was answered: "Why did it sink (in May)?".

    >>> about("When was that?", "In which ports is Glow testing the boat?", "Tarnby and Brenn")
    'When is Glow testing the boat (Tarnby and Brenn)?'
    """
    word = question.rstrip(" ?.!")
    said = _ASKED_WITH.match(before) or _ASKED_FOR.match(before)
    whole = before[said.end() if said else 0 :].replace("?", "").strip(" .!")
    topic = _STRANDED.sub("", whole)
    short = _OF_THAT.sub("", word)
    if said is None or not _WORD_ALONE.fullmatch(short):
        return f"{word}: {topic}{f', {answer}' if answer else ''}?"
    if re.match(rf"(?:{AUXILIARY})\b", topic, re.IGNORECASE):
        asked = said["wh"].lower()
        if answer and asked in ("what", "whom") and not said.groupdict().get("noun"):
            return f"{short} {whole} {answer}?"
        return f"{short} {topic}{f' ({answer})' if answer and asked != 'when' else ''}?"
    return f"{short}: {f'{answer} ' if answer else ''}{topic}?"


_ASKED_FOR = re.compile(rf"{LEAD_IN}(?P<wh>{WH})\b\s*", re.IGNORECASE)
# "In which ports is Glow testing it": of what was asked no more than the word, where a thing follows that does it.
_ASKED_WITH = re.compile(
    rf"{LEAD_IN}{BEFORE_WH}(?P<wh>which|what|how (?:many|much))"
    rf"(?P<noun>(?:\s+(?!(?:{AUXILIARY})\b)[\w'’-]+){{1,4}})\s+(?=(?:{AUXILIARY})\s"
    r"(?:(?:the|a|an|h(?:is|er|e)|its?|their|she|they|we|you|this|that|these|those)\b|(?-i:[A-Z])))",
    re.IGNORECASE,
)
# "When was that", "why is it": the word alone asks the same.
_OF_THAT = re.compile(
    rf"(?:(?<=when)|(?<=where)|(?<=why)|(?<=how))(?:['’]s| (?:{AUXILIARY})) (?:that|this)(?: so| happen)?$",
    re.IGNORECASE,
)
_WORD_ALONE = re.compile(
    rf"(?:(?:and|but|so|ok|well) )*(?:(?:in|on|at|by|to|from|since|with|for) )?(?:{WH})"
    r"(?: exactly| much| many| long)?",
    re.IGNORECASE,
)
_STRANDED = re.compile(r" (?:of|for|about|with|to|from|in|at|by)$", re.IGNORECASE)  # "guilty of", without its "what"


def asked_of(before: str, other: str, among: Sequence[str] = ()) -> str:
    """What was asked before, asked of something else; news, timelines and summaries are of one topic.

    `among`: things of its kind, one of which may have been asked of.

    >>> asked_of("Who is chief executive of Glow?", "the chairman")
    'Who is the chairman of Glow?'
    """
    for each in among:
        if each != other and (match := re.search(rf"(?<!\w){re.escape(each)}(?!\w)", before, re.IGNORECASE)):
            return before[: match.start()] + other + before[match.end() :]
    query = query_of(before)
    if query.form in ("latest", "timeline", "summary") and not query.unnamed and query.text in before:
        return before.replace(query.text, re.sub(rf"^{_AT} ", "", other, flags=re.IGNORECASE))
    return _in_place(before, other) or f"{before.rstrip(' ?.!')}, {other}?"


def _in_place(before: str, other: str) -> str | None:
    """The question of before with `other` where something of its kind stood: a time, a post, or the only such name.

    >>> _in_place("Who left the board in March?", "in October")
    'Who left the board in October?'
    >>> _in_place("What was Aske's record with the Owls?", "with the foxes")
    "What was Aske's record with the foxes?"
    >>> _in_place("How old is Ruben Aske's sister in Tarnby?", "Dario Lunt's")
    "How old is Dario Lunt's sister in Tarnby?"
    """
    today = date.today()  # which days are meant does not matter here
    now = period_in(other, today)
    if now and (then := period_in(before, today)):
        return before[: then.at] + other[now.at : now.to] + before[then.to :]
    if now and (year := _YEAR_SAID.search(before)) and re.fullmatch(r"(?:in )?\d{4}", other):
        return before[: year.start()] + other[-4:] + before[year.end() :]
    if _A_POST.fullmatch(other) and len(posts := list(_A_POST.finditer(before))) == 1:
        return before[: posts[0].start()] + other + before[posts[0].end() :]
    thing = _THING.fullmatch(other)
    if now or thing is None or not (thing["name"][0].isupper() or thing["of"] or thing["at"]):
        return None
    places = [
        match
        for match in _NAMED.finditer(before)
        if key_of(match["name"].split()[0]) not in FUNCTION_WORDS
        and (not thing["at"] or (match["at"] or "").lower() == thing["at"].lower())
        and (match["of"] or not thing["of"])
    ]
    if len(places) != 1:
        return None
    start, end = places[0].span("name")
    return before[:start] + thing["name"] + before[end:]


_YEAR_SAID = re.compile(r"(?<=[(, ])(?:1[89]|20)\d\d(?=[),])")  # as follow-ups put it behind a question
_A_POST = re.compile(rf"(?:\b(?:the|its|their|a|an) )?\b{ALL_POSTS}\b", re.IGNORECASE)
_NAME = r"[A-Z][\w.&-]*(?: [A-Z0-9][\w.&-]*)*"
_AT = "(?:for|in|at|of|with|from|by|to|against|about|on)"
_NAMED = re.compile(rf"(?<![\w’'])(?:(?P<at>{_AT}) )?(?:the )?(?P<name>{_NAME})(?P<of>['’]s)?(?![\w’'])")
_THING = re.compile(rf"(?:(?P<at>{_AT}) )?(?:the )?(?P<name>{_NAME}|[^\W\d_]\w*)(?P<of>['’]s)?")
