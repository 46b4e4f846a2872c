"""Whether a sentence says what is asked for, by its English words: a reason; what happened, and no plan.

A sentence about the same thing that says none of it is no answer, however much it has in common with the question;
the network, which learned from questions for a word or two, hardly tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index import Passage
from index.words import FUNCTION_WORDS, WORD, key_of
from qa.question.definitions import KIND
from qa.question.languages import ENGLISH, table_of
from qa.question.turn import Query
from qa.question.wording import fits
from qa.reading.yes_or_no import DENIES

# What it costs a sentence, in log-odds; the measurements are in docs/decisions.md, "Abstaining".
_COST = 2.0


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence, or several, by offsets in the text of an article."""

    article: str
    start: int
    end: int
    language: str = ENGLISH

    @property
    def text(self) -> str:
        """What stands there."""
        return self.article[self.start : self.end]


def shortfalls(query: Query, sentences: Sequence[Stated]) -> list[float]:
    """By how much each sentence is worse than its score, in log-odds, as it does not say what is asked for."""
    return [_COST * bool(_lacks(query, each)) for each in sentences]


def unsaid(query: Query, quotes: Sequence[Stated]) -> str:
    """Why none of these quotes, the best first, answers a query, in one sentence; "" where it is not known."""
    lacks = [_lacks(query, each) for each in quotes]
    return lacks[0] if lacks and all(lacks) else ""


def _lacks(query: Query, stated: Stated) -> str:
    if query.language != ENGLISH or stated.language != ENGLISH:
        return "" if query.form != "sentences" or _may_be_reason(query, stated) else _NO_REASON
    sentence = stated.text
    if query.speaker:
        from qa.reading.speech import is_said_by  # its patterns take 25 ms to compile

        if not is_said_by(query.speaker, stated.article, stated.start, stated.end):
            return f"No words of {query.speaker} stand near."
    if query.form == "yes_no" and is_only_planned(query.text, sentence):
        return "It is told as planned or possible, not as something that happened."
    if query.form == "yes_no" and len(WORD.findall(sentence)) < _LEAST:
        return "Only a heading stands near."
    if query.form == "yes_no" and (name := left_out(query.text, sentence, stated.article)):
        return f"What is told is not told of {name}."
    if query.form == "sentences" and asks_why(query.text) and not gives_reason(sentence):
        return _NO_REASON
    return ""


_LEAST = 3  # words of a sentence that settles a question
_NO_REASON = "No reason stands near."


def _may_be_reason(query: Query, stated: Stated) -> bool:
    """Whether no reason is asked for, or a word gives one, in languages of which these words are known."""
    asked, told = table_of(query.language), table_of(stated.language)
    asks = asks_why(query.text) if query.language == ENGLISH else asked is not None and asked.why.search(query.text)
    if not asks:
        return True
    if stated.language == ENGLISH:
        return gives_reason(stated.text)
    return told is None or told.reasons.search(stated.text) is not None


# "X is used for", "X are catalytic" say how it is, and not what.
_HOW_IT_IS = (
    r"(?: (?:[a-z]+ly|also|often|now|still|being|not|so|very|too))*"
    r" (?:[a-z]+(?:ed|ing|ic|ive|ous|able|ible|ical|ional)|made|used|seen|found|built|sold|held|sent"
    r"|shown|given|taken|lost|set|put|left|kept|born|back|out|on|in|at|to|for|with|from)\b"
)
_SAYS_WHAT = (
    rf"(?:(?:is|are|was|were)\b(?!{_HOW_IT_IS})|remains?|became|becomes|means?|meant|refers? to|describes?|denotes?"
    r"|stands for|serves as|lets|allows|helps|offers|provides)\b"
)
_CALLED = r"(?:known as|called|dubbed|named|termed|short for|referred to as|terms?|so-called)"


def defines(thing: str, sentence: str, language: str = ENGLISH) -> bool:
    """Whether a sentence says what a thing is: what it is called by, or what stands behind it.

    >>> defines("kei car", "A kei car is a small one."), defines("Glow", "Glow, an app, was sold.")
    (True, True)
    >>> defines("Miyake event", "The storm, known as a Miyake Event, came."), defines("Glow", "Aske left Glow in May.")
    (True, False)
    """
    if language != ENGLISH:
        name = re.escape(thing)
        return re.search(_ABROAD.replace("NAME", name), sentence, re.IGNORECASE) is not None
    short = f"|(?-i:{short_for(thing)})" if short_for(thing) else ""
    name = rf"\b(?:{re.escape(thing)}{short})s?[\"”)]*"
    patterns = (
        rf"{name} (?:would|can)\b",
        rf"{name}(?: (?!and\b|or\b)[\w’'-]+){{0,2}} {_SAYS_WHAT}",
        rf"{name}(?: {KIND})?(?:,| [(–—-]|:) ?(?:an?|the|which|or|one|who)\b",
        rf"{name}, (?:for|since|once|long|still|now|also) (?:[\w’'-]+ ){{0,4}}(?:an?|the) ",
        rf"{_CALLED} (?:(?:an?|the) )?[\"“‘]?{name}",
        rf"\b(?:an?|the|its|their|his|her) (?:[\w’'-]+ ){{0,4}}[\w’'-]+, (?:the )?{name}, ",  # "a boat, the Eel,"
    )
    return any(re.search(each, sentence, re.IGNORECASE) for each in patterns)


def short_for(thing: str) -> str:
    """What a thing of three words or more is called for short; "" for others.

    >>> short_for("market linked bonds"), short_for("kei car")
    ('MLB', '')
    """
    words = WORD.findall(thing)
    return "".join(word[0].upper() for word in words) if len(words) > 2 else ""


# "X ist ein ...", "X, un queso", "X — это", "X是", "Xとは", "所谓X", "el llamado X"
_ABROAD = (
    r"NAME[\"”“»」』)]*\s?(?:[,，(（:：—–]|- |是|とは|は"
    r"|(?:ist|sind|es|son|est|sont|è|sono|é|são|это|bezeichnet|bedeutet|significa|désigne|signifie|هو|هي)\b)"
    r"|(?:(?:so)?genannte?\w*|llamad[oa]s?|appelée?s?|dite?s?|chiamat[oaie]|chamad[oa]s?|называем\w+|所谓|いわゆる|という)"
    r"[\s:]*[\"“„«「]?NAME"
)


def fits_there(query: Query, passage: Passage, start: int, end: int) -> bool | None:
    """Whether what stands there can be of the type that is asked for; money by a sign or word beside it, too."""
    beside = (2, 12) if query.answer_type == "money" else (0, 0)  # characters, for "$" and "euros"
    said = passage.text[max(start - passage.start - beside[0], 0) : end - passage.start + beside[1]]
    if query.answer_type == "time" and _POSTED.search(passage.text[: start - passage.start]):
        return False
    if query.answer_type == "number" and _COUNTED.search(query.text) and _PRICE.search(said):
        return False
    if query.answer_type == "person" and query.language == ENGLISH:
        if _REPORTS.search(said):
            return False
        if _NAMELESS.fullmatch(said.strip()):
            return None
    return fits(query.answer_type, said, query.language)


_COUNTED = re.compile(
    r"\bhow (?:many (?!dollars|euros|pounds|cents|pence|rupees|yen|yuan|francs)|old|tall|far|deep|heavy|fast|wide)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(r"[$€£¥₹₽₩₪] ?\d")
# Many of whom none is named: who they are is told, if at all, by a name elsewhere.
_NAMELESS = re.compile(
    r"(?:[Tt]he )?(?:[A-Z][\w.]*[ -])+(?:and [A-Z]\w+ )?(?:officials?|authorities|diplomats?|leaders|lawmakers|sources"
    r"|experts|scientists|researchers|analysts|executives|reporters|journalists|negotiators|envoys?|lawyers)"
)
# Who told of it, and of whom: a sentence's beginning, and nobody's name.
_REPORTS = re.compile(r"\b(?:told|said|says|announced|confirmed|claimed|added|wrote)\b(?: \w+){0,3} that\b")
_POSTED = re.compile(r"\(@\w+\) $")  # before the day of a post, on which nothing that it tells happened


def has_left(name: str, text: str) -> bool:
    """Whether an English text says of a person that the post is no longer theirs, and not that they are back.

    >>> has_left("Ida Aske", "The port replaced Ida Aske with Wim Roe."), has_left("Wim Roe", "Wim Roe replaced Aske.")
    (True, False)
    >>> has_left("Ida Aske", "Aske, who ran it for ten years, was dismissed."), has_left("Roe", "Roe was named.")
    (True, False)
    >>> has_left("Ida Aske", "Aske was dismissed in May. In June Aske returned.")
    False
    """
    said = rf"(?:{re.escape(name)}|{re.escape(name.rsplit(maxsplit=1)[-1])})" if name.strip() else "(?!)"
    patterns = (rf"\b(?:{_LEFT_BY})\s+{_GAP}{said}\b", rf"\b{said}(?:,[^,]*,)?\s+(?:{_LEAVES})\b")
    return any(re.search(each, text) for each in patterns) and not re.search(rf"\b{said}\b[^.]*?\b{_BACK}", text)


_BACK = r"(?:return(?:s|ed|ing)?|reinstat|rehir|back (?:as|at|in|to|into)\b|reappoint|reelect|re-elect)"
_LEFT_BY = (
    r"[Rr]eplac(?:e|es|ed|ing)|[Ss]ucceed(?:s|ed|ing)?|(?:take|takes|took|taking|taken) over from|[Ff]ormer"
    r"|ex-|[Oo]utgoing|[Pp]redecessor|[Rr]elieved|[Ff]ired?|[Ff]iring|[Ss]ack(?:s|ed|ing)?|[Dd]ismiss(?:ed|es|ing)?"
    r"|[Oo]ust(?:s|ed|ing)?|parted (?:ways|company) with|(?:departure|resignation|dismissal|sacking|exit) of"
)
# What they are called, no verb, and another one who went with them.
_NO_TITLE = r"(?:with|by|as|to|for|who|after|and|\w+ed|met|told|said|saw|beat|led|won)\b"
_GAP = rf"(?:(?!{_NO_TITLE})[a-z][\w’'-]*\s+){{0,4}}"
_GAP = rf"{_GAP}(?:[A-Z]\w+\s+[A-Z]\w+\s+and\s+{_GAP})?"
_LEAVES = (
    r"(?:(?:has|have|had) )?(?:resigned|quit|departed|(?:stepped|stepping|steps) (?:down|aside)"
    r"|left (?:the|his|her|as))"
    r"|(?:(?:has|have|had|was|were|is|been|being|got) )+(?:fired|sacked|dismissed|ousted|axed|removed|replaced"
    r"|relieved|succeeded by|out as)"
)
_ASKS_WHY = re.compile(
    r"\bwhy\b|\bhow come\b|\bfor (?:what|which) reason\b|\bwhat(?:['’]s| is| was| are| were)? "
    r"(?:the (?:\w+ )?reasons?|behind|caus(?:es|ed|ing)|led|prompted|made|drove|forced|kept)\b",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:because|caus(?:e[sd]?|ing)|due to|owing to|thanks to|on account of|reasons?|explain\w*|attribut\w+|amid"
    r"|hence|(?:which|that)(?:['’]s| is| was) why|blam(?:e[sd]?|ing)|as a (?:result|consequence)|driven by|fuell?ed"
    r"|sparked|result(?:s|ed|ing) (?:in|from)|(?:led|leads?|leading) to|prompt(?:s|ed|ing)|forc(?:e[sd]|ing)|trigger\w*"
    r"|stem\w* from|so that|so as to|so \w+ that|in order to|in an? (?:effort|attempt|bid|move) to|therefore"
    r"|consequen\w+|in (?:response|protest|reaction)|for fear|fear(?:s|ed|ing)|cit(?:ed|ing)|as an? \W?\w+"
    r"|an? (?:\w+ )?sign (?:that|of)|hop(?:e[sd]?|ing) (?:to|that)|want(?:s|ed)? (?:to|him|her|them)"
    r"|(?:meant|designed|intended) to|(?:after|since) (?:\w+ ){1,5}(?:had|have|has)"
    r"|to (?:avoid|prevent|protect|stop)|(?:after|for|by|without|over|from) (?:not |\w+ly )?(?!\w*thing\b)\w{2,}ing"
    r"|after (?:it|the)? ?(?:emerged|emerging))\b",
    re.IGNORECASE,
)


def asks_why(question: str) -> bool:
    """Whether an English question asks for a reason.

    >>> asks_why("How come it sank?"), asks_why("What led to the strike?"), asks_why("How did it sink?")
    (True, True, False)
    """
    return _ASKS_WHY.search(question) is not None


def gives_reason(sentence: str) -> bool:
    """Whether an English sentence has words that give one.

    >>> gives_reason("It sank because the hull was torn."), gives_reason("It sank on Friday.")
    (True, False)
    """
    return _REASON.search(sentence) is not None


_ASKS_OF_PAST = re.compile(r"(?:^|[,.;:!–—]\s)\W*(?:(?:and|but|so) )?(?:did|has|have|had|was|were)\b", re.IGNORECASE)
# Small letters only: May and Will are names.
_CUE = re.compile(
    r"(?<![\w’'-])(?:could|may|might|should|would|will|wants? to|wanted to|set to|ready to|willing to|about to"
    r"|going to(?! (?:the\b|[^a-z]))|likely|perhaps"
    r"|hop(?:es|ed|ing)|possibl[ey]|expect(?:s|ed|ing)?|(?:plan|schedul|consider|intend|threaten|propos|rumou?r|seek"
    r"|search)\w*|sought|potential(?:ly)?)(?![\w’'])"
)
_CLAUSE_BORDER = re.compile(
    r"[,;:()–—]\s|\s+(?=(?:and|but|who|which|that|as|while|when|after|before|because|since|though|saying)\s)"
)


def is_only_planned(question: str, sentence: str) -> bool:
    """Whether a sentence says as planned, possible or wanted what an English question asks of the past.

    Looked at is the clause that shares most words with the question, names aside, all of it where none does.

    >>> is_only_planned("Did Aske sue the port?", "Aske, who left in May, said she planned to sue the port.")
    True
    >>> is_only_planned("Did Aske sue the port?", "Aske sued the port, which will answer in May.")
    False
    """
    if not _ASKS_OF_PAST.search(question) or _CUE.search(question):  # plans may be what it asks about
        return False
    clauses = [each for each in _CLAUSE_BORDER.split(sentence) if each.strip()]
    asked = _plain(question)
    shared = [len(asked & _plain(each)) for each in clauses]
    if not any(shared):
        clauses, shared = [sentence], [0]
    nearest = [each for each, count in zip(clauses, shared, strict=True) if count == max(shared)]
    return any(map(_CUE.search, nearest)) and not any(map(DENIES.search, nearest))


def left_out(question: str, sentence: str, article: str) -> str:
    """Who or what an English question is about by a name, where a sentence has neither the name nor a pronoun; else "".

    `article` says what is a name in a question in small letters.

    >>> left_out("is glow open on Sunday?", "All ferries sail on Sunday.", "Glow is a club.")
    'Glow'
    >>> left_out("Is Ida Aske late?", "Aske was late.", ""), left_out("Is Aske late?", "She was late.", "")
    ('', '')
    """
    match = _SUBJECT.match(question)
    if match is None:
        return ""
    words = [word if word[0].isupper() else word.capitalize() for word in WORD.findall(match["subject"])]
    names = [word for word in words if word in match["subject"] or re.search(rf"\b{word}\b", article)]
    if not names or len(names) < len(words) or _POINTS_BACK.search(sentence):
        return ""
    told = {key_of(word) for word in WORD.findall(sentence)}
    return "" if any(key_of(name) in told for name in names) else " ".join(names)


_SUBJECT = re.compile(
    r"^\W*(?:(?:and|but|so) )?(?:is|are|was|were|did|does|do|has|have|had|will|can|could)(?:n['’]?t)? "
    r"(?P<subject>(?-i:[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*)|(?!(?:it|there|he|she|they|we|you|i|this|that|any\w*|some\w*"
    r"|no\w*|every\w*|the|an?|his|her|their|its|my|your|our)\b)[\w-]+)",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:he|she|they|it|him|her|them|his|hers|their|its|who|we|us|our|i|my|me|both|this|that|these|those)\b"
    r"|\b[Tt]he (?:company|firm|team|club|group|country|government|pair|couple|singer|actor|actress|player|band)\b",
    re.IGNORECASE,
)


def _plain(text: str) -> set[str]:
    """The words that say something, but for those with a capital letter."""
    return {key_of(word) for word in WORD.findall(text) if word[0].islower()} - FUNCTION_WORDS
