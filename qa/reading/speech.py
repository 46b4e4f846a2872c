"""Who says what an article tells: whether a sentence has the words of somebody, quoted or reported; English.

"What did Aske say about the port?" is not answered by what others say of Aske, nor by what Aske does.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.split import sentence_spans
from index.words import FUNCTION_WORDS, WORD, key_of

_LONGEST = 1000  # characters of a sentence in which a speaker is looked for
_OPENING = 500  # characters of an article that say whom it is about
_LED = 4  # sentences behind a colon that it leads to
_BEFORE = 6  # words before a name that say what somebody is
_BACK, _AHEAD = 12, 6  # sentences before a quotation, and of it, in which its speaker is looked for
_OPEN, _CLOSE = "“", "”"
_SAYS = (
    r"(?:sa(?:y|ys|id|ying)|t(?:ell|ells|old|elling)|wr(?:ites?|ote|iting)|add(?:s|ed|ing)|th(?:inks?|ought)"
    r"|argu(?:es?|ed|ing)|claim(?:s|ed|ing)?|insist(?:s|ed|ing)?|admit(?:s|ted|ting)?|acknowledg(?:es?|ed|ing)"
    r"|explain(?:s|ed|ing)?|warn(?:s|ed|ing)?|not(?:es?|ed|ing)|st(?:ates?|ated|ressed|resses)|respond(?:s|ed|ing)?"
    r"|repl(?:y|ies|ied|ying)|react(?:s|ed|ing)?|answer(?:s|ed)?|ask(?:s|ed|ing)?|comment(?:s|ed|ing)?|report(?:s|ed)"
    r"|confirm(?:s|ed|ing)?|announc(?:es?|ed|ing)|declar(?:es?|ed|ing)|suggest(?:s|ed|ing)?|believ(?:es?|ed|ing)"
    r"|reckon(?:s|ed)?|f(?:eels?|elt)|prais(?:es?|ed|ing)|critici[sz](?:es?|ed|ing)|den(?:y|ies|ied|ying)"
    r"|call(?:s|ed|ing)|describ(?:es?|ed|ing)|predict(?:s|ed|ing)?|promis(?:es?|ed|ing)|vow(?:s|ed|ing)?"
    r"|pledg(?:es?|ed|ing)|urg(?:es?|ed|ing)|hop(?:es?|ed|ing)|jok(?:es?|ed|ing)|recall(?:s|ed|ing)?|post(?:s|ed|ing)?"
    r"|tweet(?:s|ed|ing)?|reveal(?:s|ed|ing)?|hint(?:s|ed|ing)?|apologi[sz](?:es?|ed|ing)|welcom(?:es?|ed|ing)"
    r"|condemn(?:s|ed|ing)?|compar(?:es?|ed|ing)|testif(?:ies|ied|ying)|continu(?:es?|ed)|conced(?:es?|ed|ing)"
    r"|express(?:es|ed|ing)?|observ(?:es?|ed)|reflect(?:s|ed|ing)?|remark(?:s|ed)?|refus(?:es?|ed)|reiterat(?:es?|ed)"
    r"|emphasi[sz](?:es?|ed)|point(?:s|ed) out|dismiss(?:es|ed)|reject(?:s|ed)|agree[sd]?|disagree[sd]?|quipped|spoke"
    r"|considers?|wants?|wanted|likes?|liked|loves?|loved|hates?|hated|was (?:asked|quoted|happy|pleased|sad))"
)
_SAYS_BEHIND = (
    r"(?:sa(?:ys|id)|wr(?:ites|ote)|add(?:s|ed)|argue[sd]|explain(?:s|ed)|recall(?:s|ed)|reflect(?:s|ed)|ask(?:s|ed)"
    r"|quipped|continue[sd]|joke[sd]|insist(?:s|ed)|admit(?:s|ted)|warn(?:s|ed)|note[sd]|claim(?:s|ed)|told)"
)
_STATEMENT = (
    r"(?:statements?|comments?|response|reply|reaction|post|tweet|letter|interview|speech|email|testimony|view)"
)
_NAME = r"(?:[^\W\d_a-z][\w'’.-]*(?: (?:(?:of|de|von|van|al|bin) )?[^\W\d_a-z][\w'’-]*){0,5})"
_ADVERB = (
    r"(?:(?:has|had|have|is|was|also|later|then|previously|recently|once|still|now|already|again|even|just|never|often"
    r"|[a-z]+ly|to)\s+)*"
)
_ASIDE = r"(?:\s*(?:,|[(–—]|--?)[^,()–—]{0,120}(?:,|[)–—]|--?)|[’']s \w+)?"
_ROLE = (
    r"(?:\s+(?:spokes(?:man|woman|person|people)|boss|chief|officials?|executives?|lawyers?|attorneys?|representatives?"
    r"|coach|manager|captain|director|minister|founder|president|government|police))?"
)
_SUBJECT = rf"(?P<name>{_NAME}){_ROLE}{_ASIDE}\s+{_ADVERB}"
_NO_SPEAKER = r"(?!Photo|Picture|Image|Credit|Source|Related|Read|More|Note|Update|Getty|By\b)"
_PEOPLE = (
    r"(?:(?!(?:prior|after|later|earlier|over|under|never|ever|however|together|rather|or|for|nor)\b)"
    r"[a-z-]+(?:er|or|ist|man|ward|back)|coach|boss|chief|head|president|star|captain|chairwoman)"
)
_NO_PEOPLE = rf"(?! {_PEOPLE}\b)"  # "the former Denmark forward"
_SPEAKERS = tuple(
    re.compile(each)
    for each in (
        rf"{_SUBJECT}{_SAYS}\b",
        # "..., says the founder of Glow, Ida Aske"; what is quoted before is cut out here
        rf"(?:^|[,?!]|\s)\s*{_SAYS_BEHIND}\s+(?:[a-z][\w’'-]*,?\s+){{0,6}}?(?:{_NAME} (?:[a-z-]+ )?{_PEOPLE} )?"
        rf"(?P<name>{_NAME})(?![\w’'-]| [^\W\d_a-z]){_NO_PEOPLE}",
        rf"[Aa]c?cording to\s+(?:[a-z][\w’'-]*,?\s+){{0,6}}?(?P<name>{_NAME})",
        rf"{_SUBJECT}(?:gave|issued|released|shared|made|sent)\s+(?:[\w’'-]+\s+){{0,4}}{_STATEMENT}\b",
        rf"(?P<name>{_NAME})(?:’s|'s)?{_ROLE}\s+{_STATEMENT}\b",
        rf"^\W*{_NO_SPEAKER}(?P<name>{_NAME}):",
    )
)
_SAYING = re.compile(rf"\b{_SAYS}\b|\b[Aa]ccording to\b|\b{_STATEMENT}\b")
_BETWEEN_DASHES = re.compile(r"\s[—–-]{1,2}\s[^—–]{1,160}\s[—–-]{1,2}(?=\s)")
# Where nobody is named: "she said", "the singer said", "in his letter".
_GOES_ON = re.compile(
    rf"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|I|[Ww]e|[Tt]he(?: [a-z][\w-]*){{1,4}}){_ASIDE}\s+{_ADVERB}{_SAYS}\b"
    rf"|\b[Aa]ccording to\b|\b(?:[Hh]is|[Hh]er|[Tt]heir|[Tt]he|an?) (?:[a-z-]+ )?{_STATEMENT}\b"
)
_CALLED = re.compile(rf"(?P<name>{_NAME}), (?P<aside>[^,.;:]{{2,80}})[,.]")  # "Ida Aske, the boss of Glow,"
_TITLE = re.compile(r"C[A-Z]O|AG|GM|MP|PM|VP|Chair\w*|President|Secretary|Minister|Director|Coach|Captain|Manager")
_OF = re.compile(r"\s(?:of|from|at)\s")  # "Ida Aske of Glow"
_QUOTED = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSE}]*(?:{_CLOSE}|$)|^[^{_OPEN}{_CLOSE}]*{_CLOSE}")


@dataclass(frozen=True, slots=True)
class _Known:
    """By which words somebody is known: all of `role`, or any of `names`."""

    role: frozenset[str]
    names: frozenset[str]

    def is_in(self, text: str) -> bool:
        """Whether they are named."""
        keys = _keys(text)
        return bool(keys & self.names) or (bool(self.role) and self.role <= keys)


@dataclass(frozen=True, slots=True)
class _Sentence:
    start: int
    end: int
    own: str  # without what is quoted
    leads: bool  # to what follows, by a colon
    quotes: bool
    open: bool  # a quotation goes on behind it


def is_said_by(speaker: str, text: str, start: int, end: int) -> bool:
    """Whether what stands at `start` to `end` of a text is quoted or reported as said by somebody.

    Who says it is looked for in the sentence, to the end of its quotation, and before it.

    >>> text = "The port is full. Ida Aske said that it would grow. “It takes years,” she added."
    >>> is_said_by("Ida Aske", text, 0, 17), is_said_by("Ida Aske", text, 18, 51), is_said_by("Aske", text, 52, 80)
    (False, True, True)
    """
    sentences = _sentences(text)
    first = max(bisect_right(sentences, start, key=lambda each: each.start) - 1, 0)
    last = max(bisect_left(sentences, end, key=lambda each: each.start), first + 1)
    known = _known(speaker, text)
    return any(_is_said(sentences, at, known, text[:_OPENING]) for at in range(first, min(last, len(sentences))))


def _is_said(sentences: Sequence[_Sentence], at: int, known: _Known, opening: str) -> bool:
    told = _speaker_of(sentences[at], known)
    if told is not None:
        return told
    led = next((each for each in sentences[max(at - _LED, 0) : at][::-1] if each.leads), None)
    if led is not None and _speaker_of(led, known):
        return True
    if not sentences[at].quotes and not _GOES_ON.search(sentences[at].own):
        return False
    ahead = at
    while sentences[ahead].open and ahead + 1 < min(at + _AHEAD, len(sentences)):
        ahead += 1  # where a quotation ends who speaks is told
        if (told := _speaker_of(sentences[ahead], known)) is not None:
            return told
    for before in reversed(sentences[max(at - _BACK, 0) : at]):
        if (told := _speaker_of(before, known)) is not None:
            return told
        if known.is_in(before.own):
            return True
    return sentences[at].quotes and known.is_in(opening)  # an interview, where only the first words name who speaks


def _speaker_of(sentence: _Sentence, known: _Known) -> bool | None:
    """Whether a sentence names them as who speaks; None where it names nobody."""
    short = _BETWEEN_DASHES.sub(",", sentence.own)  # "Aske, who has two sons — one with Ida — said"
    found = _named_in(short)
    if not found and short != sentence.own:
        found = _named_in(sentence.own)
    for match in found:
        before = re.split(r"[,;:()–—]\s", match.string[: match.start()])[-1]
        if known.is_in(" ".join([*before.split()[-_BEFORE:], match[0]])):
            return True
    if not found and known.role and known.is_in(sentence.own) and _SAYING.search(sentence.own):
        return True
    return False if found else None


def _named_in(own: str) -> list[re.Match[str]]:
    return [match for each in _SPEAKERS for match in each.finditer(own) if _keys(match["name"])]


@lru_cache(8)  # of one article many sentences are asked
def _sentences(text: str) -> tuple[_Sentence, ...]:
    text = _curled(text)
    found, inside = [], False
    for start, end in sentence_spans(text):
        said = text[start:end]
        began, inside = inside, _goes_on(said, inside)
        whole = f"{_OPEN}{said}" if began else said
        own = _QUOTED.sub(" ", whole)[:_LONGEST]
        found.append(
            _Sentence(start, end, own, said.rstrip().endswith(":"), began or _OPEN in said or _CLOSE in said, inside)
        )
    return tuple(found)


def _goes_on(text: str, inside: bool) -> bool:
    for sign in text:
        inside = sign == _OPEN or (inside and sign not in (_CLOSE, "\n"))
    return inside


def _curled(text: str) -> str:
    """Straight quotation marks as those that open and close."""
    return re.sub(r'(?<![^\s(\[—–-])"', _OPEN, text).replace('"', _CLOSE)


@lru_cache(8)
def _known(speaker: str, text: str) -> _Known:
    """What somebody is known by: the last word of a name, or the words of what they are, with whom a text calls so."""
    who = _OF.split(speaker)[0]
    words = [word for word in WORD.findall(who) if key_of(word) not in FUNCTION_WORDS]
    names = [word for word in words if word[0].isupper() and not _TITLE.fullmatch(word)]
    typed = " ".join(words).title()  # "ida aske"
    if words and (words[-1] in names or typed in text):
        return _Known(frozenset(), frozenset([key_of(words[-1])]))
    role = frozenset(map(key_of, words))
    called = [match["name"] for match in _CALLED.finditer(text) if role <= _keys(match["aside"])]
    if words:
        behind = r"\s+".join(map(re.escape, words))
        called += [match[1] for match in re.finditer(rf"(?i:{behind})\s+({_NAME})", text)]
    return _Known(role, frozenset(key_of(each.split()[-1]) for each in called))


def _keys(text: str) -> frozenset[str]:
    return frozenset(key_of(word) for word in WORD.findall(text)) - FUNCTION_WORDS
