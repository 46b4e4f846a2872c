"""A question that asks for two things at once: two questions, or one about two names; English.

Each part is asked by itself, so that each is answered with its own quote, or not at all.
"""

from __future__ import annotations

import re

from qa.question.names import NAME_PAIRED

_ASKS = r"(?:who|whom|whose|what|which|when|where|how (?:many|much|old|long|far|big|tall|often|high))\b"
_BEFORE = r"(?:(?:in|on|at|for|from|to|by|with|since) )?"
_TWO_QUESTIONS = re.compile(
    rf"(?P<one>{_BEFORE}{_ASKS}.+?)(?:,? and (?:also )?|; |\? (?:and )?)(?P<two>{_BEFORE}{_ASKS}[^?]*)\W*$",
    re.IGNORECASE,
)
_ASKED = re.compile(rf"{_BEFORE}{_ASKS}(?P<rest>.*)", re.IGNORECASE)
# "and when?", "and in what year?" leave unsaid what is meant.
_UNSAID = re.compile(rf"{_BEFORE}(?:who|when|where|(?:what|which|how many|how much)(?: \w+)?)", re.IGNORECASE)
# "How many votes did A and how many did B get in May?", "how much did A pay for it, and how much did B pay?": what one
# of them says holds for both. With a form of "be" only a number is not whole: "what is A, and what is B made of?"
_OF_WHOM = re.compile(
    rf"(?P<asks>(?i:{_BEFORE}(?:{_ASKS}(?P<noun>(?: [\w'’-]+)*?) (?:did|do|does|has|have|had|will|would|can|could)"
    rf"|how (?:many|much)(?P<being>(?: [\w'’-]+)*?) (?:is|are|was|were))))"
    rf" (?P<who>{NAME_PAIRED}|[\w'’-]+)(?P<rest>(?: .+)?)"
)
_COUNTED = re.compile(r"how (?:many|much)\b", re.IGNORECASE)
_OWNED = re.compile(r"['’]s(?P<owned> .+)")
_PRONOUN = re.compile(r"\b(?:he|she|it|they)\b", re.IGNORECASE)

_PAIR = rf"{NAME_PAIRED} and (?:the )?{NAME_PAIRED}"
_NAMES = re.compile(rf"(?P<one>{NAME_PAIRED}) and (?:the )?(?P<two>{NAME_PAIRED})")
# "What did A pay for X and B for Y?"
_IN_TURN = re.compile(
    rf"(?P<head>.*?\b)(?P<a>{NAME_PAIRED})(?P<link> (?:.* )?(?P<prep>for|at|in|to|on|from|with) )(?P<x>{NAME_PAIRED})"
    rf" and (?P<b>{NAME_PAIRED}) (?P=prep) (?P<y>{NAME_PAIRED})(?P<tail>.*)"
)
# What two do with each other is one thing.
_ABOUT_BOTH = re.compile(
    rf"\b(?:between|both) (?:the )?{_PAIR}|\b(?:each other|together|jointly|their|marr\w+|weddings?|divorce\w*"
    r"|separat\w+|split|meet|met|merge\w*|play(?:ed)?|fight|fought|faced?|agree\w*|row|deal|talks|war)\b"
)
# Nor are two names asked about that say when it was, or which: "before Peru and Chile", "the Peru and Chile matches".
_BESIDE = re.compile(r"\b(?:before|after|during|since|until|against|besides|except) (?:the )?$", re.IGNORECASE)
_OF_BOTH = re.compile(r" [a-z]+s\b")
# "The alliance that A and B started", without "that", is of both.
_A_THING, _GOES_ON = re.compile(r"\b(?:the|an?) (?:[a-z][\w-]* ){1,3}$"), re.compile(" [a-z]")
_OF_EACH = re.compile(rf"^\W*{_BEFORE}{_ASKS}", re.IGNORECASE)

Part = tuple[str, str]  # what to call it, and the question


def parts_of(question: str) -> tuple[Part, ...]:
    """The two parts of a question, or none where it has only one.

    >>> parts_of("When did Anna and Ben retire?")
    (('Anna', 'When did Anna retire?'), ('Ben', 'When did Ben retire?'))
    >>> parts_of("Who founded Beeper, and in what year?")
    (('Who founded Beeper', 'Who founded Beeper?'), ('in what year', 'in what year founded Beeper?'))
    """
    text = " ".join(question.split()).rstrip("?!. ")
    if (found := _TWO_QUESTIONS.match(text)) is not None:
        return _two_questions(found["one"].strip(" ,"), found["two"].strip())
    if _OF_EACH.match(text) is None or _ABOUT_BOTH.search(text):
        return ()
    if (found := _IN_TURN.fullmatch(text)) is not None:
        head, link, tail = found["head"], found["link"], found["tail"]
        labels = (f"{found['a']}{link}{found['x']}", f"{found['b']}{link}{found['y']}")
        return tuple((label.strip(), f"{head}{label}{tail}?") for label in labels)
    pairs = list(_NAMES.finditer(text))
    if len(pairs) != 1 or text[: pairs[0].start()].endswith(", "):  # more than two
        return ()
    [pair] = pairs
    before, behind = text[: pair.start()], text[pair.end() :]
    of_both = before.endswith(" the ") and _OF_BOTH.match(behind)
    if _BESIDE.search(before) or of_both or (_A_THING.search(before) and _GOES_ON.match(behind)):
        return ()
    return tuple((name, f"{before}{name}{behind}?") for name in (pair["one"], pair["two"]))


def _two_questions(one: str, two: str) -> tuple[Part, ...]:
    asked = _ASKED.match(one)
    if asked is None or len(one.split()) < 3:  # "who and when"
        return ()
    if (found := _shared(one, two)) is not None:
        return found
    whole = two
    if _UNSAID.fullmatch(two):
        whole = f"{two}{asked['rest']}"
    elif _PRONOUN.search(two) and (names := re.findall(rf"(?<!^){_PAIR}|(?<!^){NAME_PAIRED}", one)):
        whole = _PRONOUN.sub(lambda _: names[-1], two, count=1)
    return ((one, f"{one}?"), (two, f"{whole}?"))


def _shared(one: str, two: str) -> tuple[Part, ...] | None:
    """The parts where one of two questions leaves to the other what it asks; None where each is whole."""
    if (owned := _OWNED.search(one)) is not None and re.search(r"\w['’]s$", two):
        return ((one, f"{one}?"), (two, f"{two}{owned['owned']}?"))
    a, b = _OF_WHOM.fullmatch(one), _OF_WHOM.fullmatch(two)
    if a is None or b is None:
        return None
    asks, noun = b["asks"], a["noun"] or a["being"]
    if noun and not (b["noun"] or b["being"]):
        asks = _COUNTED.sub(lambda counted: f"{counted[0]}{noun}", asks)
    of_a, of_b = (_completed(mine["rest"], other["rest"]) for mine, other in ((a, b), (b, a)))
    if (asks, of_a, of_b) == (b["asks"], a["rest"], b["rest"]):
        return None
    return ((a["who"], f"{a['asks']} {a['who']}{of_a}?"), (b["who"], f"{asks} {b['who']}{of_b}?"))


def _completed(rest: str, other: str) -> str:
    """What is asked of one, which may say nothing of it or the verb alone, by what is asked of the other."""
    return other if not rest or (rest.count(" ") == 1 and other.startswith(f"{rest} ")) else rest
