"""Where passages tell of somebody and a post, by English words: "Glow's boss Ida Aske", "Wim Roe was named coach"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from index import Passage
from index.words import DAYS, MONTHS, WORD, key_of
from qa.question.posts import Post, common, place_words
from qa.reading.sentences import sentences_of

State = Literal["holds", "comes", "returns", "left", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Holder:
    """A place where a passage tells of somebody and the post that is asked for; by offsets in the article.

    `state`: they hold it; come to it, or returned to it; have left it; or hold it elsewhere. `sure`: the words of the
    post name where it is ("Glow's boss"), or the sentence does and can mean no other; else the sentence before or the
    title names it. `interim`: for the time being. `day`: when that was published, ISO 8601.
    """

    passage: int  # its place among those that are read
    start: int
    end: int
    text: str
    state: State
    sure: bool
    interim: bool
    day: str
    sentence: tuple[int, int]

    @property
    def key(self) -> str:
        """What the names of one person have in common."""
        return family_name(self.text)


def family_name(name: str) -> str:
    """The last word of a name, as a key."""
    words = [word for word in WORD.findall(name) if word not in _SUFFIXES]
    return key_of(words[-1]) if words else ""


def told_of(post: Post, at: int, passage: Passage, in_article: bool) -> Iterator[Holder]:
    """Every place in a passage that tells of somebody and the post, in whatever state.

    `in_article`: somewhere its article names the place whole, as it does not each time: "Minnesota Wild", "the Wild".
    """

    def names(text: str) -> bool:
        return names_place(text, post, in_article)

    said_of = [post.called, post.done, *WORD.findall(post.before)[-1:], *(["[’']s"] if _is_coach(post) else [])]
    telling = re.compile(rf"(?:\b|(?=[’']))(?:{'|'.join(filter(None, said_of))})", re.IGNORECASE)
    before = ["", ""]
    for start, end in sentences_of(passage):
        sentence = passage.text[start - passage.start : end - passage.start]
        near = " ".join([passage.title, *before[-2:]])
        before.append(sentence)
        if not telling.search(sentence) or not names(f"{near} {sentence}"):
            continue
        for pattern, comes in _patterns(post):
            for match, name in _matches(pattern, sentence, post):
                beside = _beside(match)
                if _DEPUTY.search(beside) or _is_no_subject(match):
                    continue
                until = sentence[: match.end()]
                state = _state(match, beside, post, comes, in_article)
                inside = state in ("comes", "returns") or bool(common(post.place, place_words(beside)))
                sure = names(beside) or (inside and names(until))
                sure = sure or (bool(_ITS.search(beside)) and names(f"{near} {until}"))
                yield Holder(
                    at,
                    start + name[0],
                    start + name[1],
                    sentence[name[0] : name[1]],
                    state,
                    sure=bool(post.at or post.before) and sure,
                    interim=bool(_INTERIM.search(f"{beside} {match[0]}")),
                    day=passage.published or "",
                    sentence=(at, start),
                )


def _is_coach(post: Post) -> bool:
    return "coach" in post.called.split("|")


def _matches(pattern: re.Pattern[str], sentence: str, post: Post) -> Iterator[tuple[re.Match[str], tuple[int, int]]]:
    """Where a pattern matches with somebody's name, and where that stands; what is nobody's may begin another match."""
    at = 0
    while match := pattern.search(sentence, at):
        name = _name_in(match, post)
        at = match.end() if name else match.end("name")
        if name:
            yield match, name


def _beside(match: re.Match[str]) -> str:
    """What stands beside the words for the post: before them and behind."""
    said = match.groupdict()
    beside = " ".join(filter(None, [said.get("before"), said.get("of")]))
    if "lead" in said:
        lead = _behind_a_stop(match.string[: match.start()])
        beside = f"{' '.join(lead.split()[-_LEAD:])} {beside}"
    return beside


def _is_no_subject(match: re.Match[str]) -> bool:
    begins = match.start() == match.start("name")
    return begins and _NO_SUBJECT.search(match.string[: match.start()]) is not None


def _state(match: re.Match[str], beside: str, post: Post, comes: bool, in_article: bool) -> State:
    if _is_elsewhere(beside, post, in_article):
        return "elsewhere"
    if _FORMER.search(beside) or _LEAVES.match(match.string, match.end()):
        return "left"
    if comes or _COMES.search(beside):
        return "returns" if _BACK.search(match[0]) else "comes"
    return "holds"


_LEAD = 4  # words before a post that may say where it is
_SUFFIXES = ("III", "II", "Jr", "Sr")
_N = (
    r"(?:[A-ZÀ-Þ][\w'’.-]*"
    r"(?: (?:(?:de|van|von|der|den|al|bin|da|di|del|la|le|ten) ){0,2}(?!I\b)[A-ZÀ-Þ][\w'’.-]*){0,4})"
)
_FORMER = re.compile(
    r"\b(?:former\w*|ex|one-?time|then|late|previous\w*|outgoing|departing|oust\w+|fir(?:ed|ing)|sack\w+|reliev\w+"
    r"|step\w* (?:down|aside)|resign\w*|quit\w*|le(?:ft|aves?|aving)|depart\w*|dismiss\w*|remov\w+|replaced|retir\w+"
    r"|spent|tenure|stint|spell|used to)\b",
    re.IGNORECASE,
)
_DEPUTY = re.compile(
    r"\b(?:deputy|vice|assistants?|associate|co-|shadow|would-be|candidates?|predecessor|successor|like|not|never|rival"
    r"|fake|self-styled|potential|possible|fictional|record|career)\b",
    re.IGNORECASE,
)
_INTERIM = re.compile(r"\b(?:interim|acting|caretaker|temporary)\b", re.IGNORECASE)
_BACK = re.compile(r"\b(?:return\w*|reinstat\w+|back as|re-?appointed|rehired|comes? back|came back)\b")
_COMES = re.compile(
    r"\b(?:new|next|incoming|named|appointed|hired|elected|t(?:akes?|ook|aking) over|becom\w+|became|will be)\b",
    re.IGNORECASE,
)
# "its new boss", "the club's boss", and of what is told before: "the company's board".
_ITS = re.compile(r"\b(?:[Ii]ts|[Tt]heir|[Tt]he [a-z]+['’]s)(?: [\w-]+)? ?$")
_LEAVES = re.compile(
    r"(?:['’]s)? (?:tenure|departure|exit|resignation|dismissal|sacking|firing|time)\b"
    r"|[^.;:]{0,40}?\b(?:step\w* (?:down|aside)|resign\w*|quits?|le(?:ft|aves?|aving)"
    r"|(?:was|were|been) (?:fired|sacked|dismissed|ousted|replaced))\b"
)
_JOB = (
    r"(?:(?:has|had|have) been|is|was|(?:will|would|to) (?:be|become)|becom(?:es?|ing)|became|remain(?:s|ed)"
    r"|serv(?:es|ed|ing)|stays|work(?:s|ed))"
)
_NAMED = (
    r"(?:nam(?:ed|ing|es)|appoint(?:ed|ing|s)?|hir(?:ed?|ing)|elect(?:ed|s|ing)?|pick(?:ed|s|ing)?|chose|chosen|choosing"
    r"|tapp(?:ed|ing)|promot(?:ed|ing|es)|made|install(?:ed|ing|s)?|select(?:ed|ing|s)?|confirm(?:ed|ing|s)?"
    r"|announc(?:ed|ing|es)|unveil(?:ed|ing|s)?|recruit(?:ed|ing)?|brought in|bring in|poach(?:ed|ing)?)"
)
_GONE = (
    r"(?:replac(?:e[sd]?|ing)|succeed(?:s|ed|ing)?|t(?:akes?|ook|aking|aken) (?:over|the (?:reins|helm)) (?:from|for))"
)
_WILL = r"(?:(?:has|have|had|will|would|is|was|to|set|be|been|being|who|chosen|named|hired|appointed|duly)\s)*"
_SUCCESSOR = "(?:successor|replacement)"
_WORDS = r"(?:(?!(?:and|but|that|said|says)\b)[\w’'.&$-]+,? ){0,6}?"
_OF = r"(?: (?:of|at|for|in) (?P<of>(?:the )?[\w’'.& -]{2,40}))?"
_ASIDE = r"(?:, [^,.;]{1,90},|,)?"
# "Glow boss Ida Aske": behind the post stands whose it is; "Ida Aske, Glow's boss": before it.
_NO_NAME_BEHIND = r"(?! (?:and )?[A-ZÀ-Þ]\w+ [A-ZÀ-Þ])(?!,? [A-ZÀ-Þ][\w-]+(?: [A-ZÀ-Þ]\w+)? (?:said|says|told))"


@lru_cache(8)
def _patterns(post: Post) -> tuple[tuple[re.Pattern[str], bool], ...]:
    """What says who holds a post, and whether it says that they came to it."""
    role = rf"(?i:\b(?:{post.called})\b)" if post.called else "(?!)"
    last = rf"{role}{_NO_NAME_BEHIND}{_OF}"
    made = [
        (
            rf"(?P<lead>{role})[\])]?(?: and (?!that\b)(?:[\w-]+ ){{0,3}}?[\w-]+)?"
            rf"(?:[,:](?= {_N} [A-ZÀ-Þ]))? (?P<name>{_N})"
            r"(?: (?:of|at) (?P<of>[^,.;:()]{2,50}))?",
            False,
        ),
        (rf"(?P<lead>{role}) (?:of|at|for) (?P<of>[^,.;:()]{{2,50}}), (?P<name>{_N} {_N}),", False),
        (rf"(?P<name>{_N})(?:, \d\d)?(?:,| \(| —| –) (?P<before>{_WORDS}(?:[\w-]+ and )?){last}", False),
        (rf"(?P<name>{_N}){_ASIDE} {_JOB} (?P<before>(?:as )?{_WORDS}){last}", False),
        (
            rf"(?P<lead>\b{_NAMED}) (?:\w+ )?(?:[a-z]\w+ )?(?P<name>{_N})(?:,[^,]{{0,80}},)?"
            rf"(?P<before> (?:as |to )?{_WORDS}){last}",
            True,
        ),
        (
            rf"(?P<name>{_N})(?![\w’'-]| [A-ZÀ-Þ])(?P<before>(?:(?!{_NAMED} (?:\w+ )?[A-Z])[^.;:]){{0,60}}?"
            rf"\b(?:as|becom(?:e|es|ing)|became)\b {_WORDS}){last}",
            True,
        ),
        (
            rf"{role}[^.;]{{0,90}}?\bwith (?P<name>{_N} {_N})"
            r" (?:(?:set )?to (?:take|step)|taking|stepping) (?:over|in)",
            True,
        ),
        (rf"\b{_NAMED} (?:[\w-]+ ){{0,6}}?(?P<name>{_N} {_N}) (?:as|to be) [A-Z]\w+['’]s? {_SUCCESSOR}", True),
    ]
    if post.done:
        made += [
            (rf"(?P<name>{_N})(?:,[^,]{{0,60}},|,)?(?: who)? (?i:{post.done})\b(?P<of>(?: [\w’'.&-]+){{1,6}})", False),
            (rf"(?P<before>[^.;]{{0,60}})\b(?i:{post.done}) by (?:[a-z]\w+,? ){{0,2}}(?P<name>{_N})", False),
        ]
    if _is_coach(post):  # "Ida Aske's men"
        made += [(rf"(?P<name>{_N} {_N})['’]s (?P<of>men|women|side|team|squad|[A-ZÀ-Þ]\w+)\b", False)]
    if before := WORD.findall(post.before)[-1:]:
        gone = rf"(?i:\b{re.escape(before[0])})\b"
        plain = r"(?:[a-z][\w-]* ){0,4}"
        made += [
            (rf"\b[Rr]eplac(?:e|es|ed|ing) [^.;]{{0,60}}?{gone} with {plain}(?P<name>{_N})", True),
            (rf"(?P<name>{_N})(?:,[^,]{{0,80}},)? {_WILL}{_GONE} {plain}(?:[A-Z]\w+ ){{0,2}}{gone}{_OF}", True),
            (rf"{gone}[^.;]{{0,60}}?\b(?:replaced|succeeded) by {plain}(?P<name>{_N})", True),
            (rf"{gone}[^.;]{{0,60}}?\bwith {plain}(?P<name>{_N}) (?:replac|succeed|taking|stepp)ing", True),
        ]
    return tuple((re.compile(each), comes) for each, comes in made)


def _behind_a_stop(text: str) -> str:
    """What stands behind the last comma or the like."""
    return _STOP.split(_IN_BRACKETS.sub("", text))[-1]


_IN_BRACKETS = re.compile(r"\([^()]*\) ?")
_STOP = re.compile(
    r"[,;:()–—]|\b(?:and(?! [A-Z])|that|said|says|with|by|from|while|as|but|told|when|to|since|after|before|under|for"
    r"|in|on|at|against)\b"
)
_CALENDAR = "|".join(f"{MONTHS} {DAYS}".title().split())
# With a capital and no name: how sentences begin, and forms of address.
_NO_NAME = re.compile(
    r"(?:The|But|And|His|Her|Their|Its|It|He|She|They|We|I|In|On|At|As|When|While|After|Before|If|This|That|These|Those"
    r"|There|A|An|For|From|With|By|Of|To|Under|Since|However|Meanwhile|Now|Then|So|Our|My|Who|What|Why|How|Where|Yes|No"
    r"|Today|Yesterday|Tomorrow|Last|Next|Former|New|Interim|Mr|Mrs|Ms|Dr|Sir|Lord|Rep|Sen|M\.?D|Ph\.?D|Radiologist"
    r"|President|Coach|Head|Manager|Chief|C[A-Z]O|Minister|Prime|Secretary|Judge|Justice|Executive|Chair\w*|Attorney"
    rf"|General|Captain|Owner|Founder|Director|Editor|{_CALENDAR})\.?"
)


def _name_in(match: re.Match[str], post: Post) -> tuple[int, int] | None:
    """Where in the sentence the name stands, without titles before it; None where it is no person's."""
    start, end = match.span("name")
    words = [(each.start(), each.end(), each[0]) for each in re.finditer(r"\S+", match.string[start:end])]
    titles = [at for at, word in enumerate(words) if _NO_NAME.fullmatch(word[2].strip(".,’'"))]
    words = words[titles[-1] + 1 :] if titles else words
    if not words:
        return None
    first, last = start + words[0][0], start + words[-1][1]
    if len(words) == 1 and not titles and (given := _GIVEN_NAME.search(match.string[:first])):
        first = given.start() if not _NO_NAME.fullmatch(given[1]) else first  # the match began within the name
    text = re.sub(r"['’]s?$|[.,]+$", "", match.string[first:last])
    keys = place_words(text)
    if not keys or common(keys, post.place) or text.isupper():
        return None
    return first, first + len(text)


# Before what is no subject: the club of one who was named coach elsewhere, and who was named.
_NO_SUBJECT = re.compile(rf"\b(?:in|at|of|from|with|to|against|over|between|like|than|and|{_NAMED}(?: \w+)?) $")
_CAPITAL = re.compile(r"(?<![\w’'.-])[A-ZÀ-Þ][\w’'.-]*")
_GIVEN_NAME = re.compile(r"(?<![\w’'.-])([A-ZÀ-Þ][\w'’-]*) $")


def _is_elsewhere(beside: str, post: Post, in_article: bool) -> bool:
    """Whether what stands beside a post names another place than is asked for, or only some of its words."""
    said = [word for word in _CAPITAL.findall(beside) if not _NO_NAME.fullmatch(word)]
    named = place_words(" ".join(said))
    others = named - common(named, post.place)
    if not others or not post.at:
        return False
    return not names_place(beside, post, in_article) or any(
        _is_longer(run[0], post) for run in _RUN.finditer(beside) if run
    )


def _is_longer(name: str, post: Post) -> bool:
    """Whether a name has the place's in its middle: "Green Apple Services" is not Apple."""
    words = [word for word in name.split() if not _NO_NAME.fullmatch(word)]
    within = [bool(common(place_words(word), post.place)) for word in words]
    return any(within) and not within[0] and not within[-1]


_RUN = re.compile(r"[A-ZÀ-Þ][\w’'.-]*(?: [A-ZÀ-Þ][\w’'.-]*)+")


# What says little of where a post is, as an article may call it otherwise.
_SOME = frozenset(
    map(key_of, "team club company firm board side national football soccer group party league government".split())
)


def names_place(text: str, post: Post, in_article: bool = False) -> bool:
    """Whether a text names where a post is: each of one or two names, two thirds of more, and a third of plain words.

    Where the article names it whole ("Minnesota Wild", "the choir of Tarnby") the last name or plain word is enough.
    """
    if post.initials and re.search(rf"\b{post.initials}\b", text):
        return True
    plain = post.place - _SOME - post.names
    said = common(post.place - _SOME, place_words(text))
    names = post.names - _SOME
    if len(names & said) >= _most(len(names)) and len(plain & said) >= (len(plain) / 3 if names else _most(len(plain))):
        return True
    return in_article and bool(post.last in said or (plain and plain <= said))


_FEW = 2  # names or words of which each must stand


def _most(number: int) -> float:
    return number if number <= _FEW else 2 * number / 3
