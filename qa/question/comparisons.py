"""A question that compares two things: what is asked of each of them; English.

"Which opened bigger, A or B?" asks how big each opened: with both figures beside each other the answer is seen, and a
passage that compares them is not needed.
"""

from __future__ import annotations

import re

_HOW = {
    "big": "bigger larger smaller",
    "old": "older younger",
    "long": "longer shorter",
    "tall": "taller",
    "high": "higher lower",
    "fast": "faster slower quicker",
    "heavy": "heavier lighter",
    "far": "further farther",
    "expensive": "cheaper dearer",
    "rich": "richer poorer",
    "strong": "stronger weaker",
    "warm": "warmer hotter colder cooler",
    "much": "more less",
    "many": "fewer",
}
_BY_WORD = {each: f"how {how}" for how, words in _HOW.items() for each in words.split()}
_BY_WORD |= dict.fromkeys("first earlier sooner later last".split(), "when")
_COMPARED = rf"(?P<comp>(?:more|less) (?:often|expensive|frequently)|{'|'.join(_BY_WORD)})"
_AUX = r"(?P<aux>do|does|did|has|have|had|can|will|(?P<being>is|are|was|were))"
_THING = r"(?:(?!\b(?:or|than|and)\b)[^,;?])+?"
_A_OR_B = rf"{_COMPARED}(?P<rest>(?: [^,;?]+)?)(?:[,:]| -) (?P<a>{_THING}),? or (?P<b>{_THING})"
# "Which film opened bigger, A's or B's?", "who cost more at the auction, A or B?"
_WHICH = re.compile(
    rf"(?:who|(?P<whose>whose)|what|which)(?: (?P<kind>(?:[\w'’-]+ ){{0,3}}?[\w'’-]+))??(?: of (?:the )?two)?"
    rf" (?P<verb>[\w'’]+) (?:the )?{_A_OR_B}",
    re.IGNORECASE,
)
# "Which was going to cost the firm more, A or B?", "who was paid more, A or B?"
_WHICH_DID = re.compile(
    rf"(?:who|what|which)(?: of (?:the )?two)? {_AUX} (?P<verb>[\w'’ -]+?) {_A_OR_B}", re.IGNORECASE
)
# "Are A or B more often ill?", "did A or B make more money?"
_EITHER = re.compile(
    rf"{_AUX} (?P<a>{_THING}) or (?P<b>{_THING})(?(being)| (?P<verb>\w+)) {_COMPARED}(?P<rest>(?: .+)?)", re.IGNORECASE
)
# "Did A make more money than B?", "is A bigger than B?"
_THAN = re.compile(
    rf"{_AUX} (?P<a>{_THING})(?(being)| (?P<verb>\w+)) {_COMPARED}"
    rf"(?P<rest>(?: (?!than\b)[\w'’-]+){{0,4}}) than (?P<b>{_THING})",
    re.IGNORECASE,
)
# "What were the scores in games 3 and 4?"
_NUMBERED = re.compile(r"(?P<head>.+ )(?P<noun>[a-z]+)s (?P<a>\d+) and (?P<b>\d+)(?P<rest>.*)", re.IGNORECASE)
_PLURAL = re.compile(r"^(what|which) were the ([a-z]{2,}[^s\W])s\b", re.IGNORECASE)
# What is no second thing: "than the old one", "more than a million", "than ever".
_NOTHING = re.compile(
    r"\b(?:ones?|it|there|he|she|they|that|those|them|this|ever|before|usual|expected|hundred|thousand|million|half"
    r"|two|three|four|five|ten|a dozen|once|twice)\b|(?:^|, )\d",
    re.IGNORECASE,
)
_NOW = re.compile(r"(?:,? (?:now|today|nowadays|currently|these days|at the moment|right now))?[?!. ]*$", re.IGNORECASE)
_COSTS = {"is": "does", "are": "do", "was": "did", "were": "did"}
_IS = re.compile(r"^(what|who|which)['’]s\b", re.IGNORECASE)
_PRICED = ("cheaper", "dearer", "less expensive", "more expensive")
_BORDER = re.compile(r" (?=(?:at|in|into|on|onto|for|from|to|by|with|during|since|over|as|this|last)\b)", re.IGNORECASE)
_POSSESSIVE = r"['’]s$"
_RELATION = re.compile(r"(?:at|in|on|for|from|to|by|with|during|since|of|over|per|as|this|last)\b", re.IGNORECASE)


def compared(question: str) -> tuple[tuple[str, str], ...]:
    """What is asked of each of two things, with what to call it; none where a question does not compare two.

    >>> compared("Which film opened bigger, Ara's or Bel's?")
    (("Ara's", "how big opened Ara's film?"), ("Bel's", "how big opened Bel's film?"))
    >>> compared("Did Ara make more money than Bel?")
    (('Ara', 'how much money did Ara make?'), ('Bel', 'how much money did Bel make?'))
    """
    text = _IS.sub(r"\1 is", _NOW.sub("", " ".join(question.split())))
    if (found := _NUMBERED.fullmatch(text)) is not None:
        head = _PLURAL.sub(r"\1 was the \2", found["head"])
        return tuple(
            (f"{found['noun']} {each}", f"{head}{found['noun']} {each}{found['rest']}?")
            for each in (found["a"], found["b"])
        )
    for pattern in (_WHICH_DID, _WHICH, _EITHER, _THAN):
        if (found := pattern.fullmatch(text)) is not None and not _NOTHING.search(f"{found['a']}, {found['b']}"):
            return tuple((each, f"{_asked_of(each, found.groupdict())}?") for each in (found["a"], found["b"]))
    return ()


def _asked_of(thing: str, found: dict[str, str | None]) -> str:
    """The question of one of them: its measure, what is counted, and then as the question says it."""
    word, rest = (found["comp"] or "").lower(), (found["rest"] or "").strip()
    how = _BY_WORD.get(word) or f"how {word.split()[-1]}"
    verb, aux = found.get("verb"), (found.get("aux") or "").lower()
    if (kind := found.get("kind")) and (found.get("whose") or re.search(_POSSESSIVE, thing)):
        thing = f"{re.sub(_POSSESSIVE, '', thing)}'s {kind}"
    counted = ""
    if word in _PRICED and (was := aux or (verb or "").lower()) in _COSTS:
        return f"how much {_COSTS[was]} {thing} cost {rest}".strip()
    if how == "how much" and rest and not _RELATION.match(rest):
        counted, *behind = _BORDER.split(rest, maxsplit=1)
        rest = " ".join(behind)
        how = "how many" if counted.endswith("s") or counted == "people" else how
    said = [how, counted, aux, thing, verb] if aux else [how, counted, verb, thing]
    return " ".join(part for part in (*said, rest) if part)
