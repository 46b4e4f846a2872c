"""Who holds a post is asked for: "who runs Glow now?", "who is the mayor of Tarnby?", "who took over from Aske?".

What a post is called differs between question and article ("boss", "chief executive"), so a post is what it may be
called, and where it is. English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from index.words import FUNCTION_WORDS, WORD, key_of


@dataclass(frozen=True)
class Post:
    """A post, and where; `called` and `done` are regular expressions for English text, to be matched without case.

    `called` is what the post may be called, "" where only who had it before is known; `done` what who holds it does
    ("runs", "coaches"), "" where nothing says it alone. `at` is where it is and `before` who had it before, as they are
    asked; "" where nothing and nobody is named. `past`: of then, not of now.
    """

    called: str
    done: str = ""
    at: str = ""
    before: str = ""
    past: bool = False
    is_known: bool = False  # among the posts whose other names are known

    @cached_property
    def place(self) -> frozenset[str]:
        """The words that say where it is."""
        return place_words(self.at)

    @cached_property
    def names(self) -> frozenset[str]:
        """Those of them that are written as names."""
        return place_words(re.sub(r"(?<![\w’'.-])[a-z][\w’'-]*", "", self.at))

    @cached_property
    def last(self) -> str:
        """The last of the words that say where it is, as a key, where it is a name: "Wild" of "Minnesota Wild"."""
        words = WORD.findall(self.at)
        return key_of(words[-1]) if len(words) > 1 and key_of(words[-1]) in self.place else ""

    @cached_property
    def initials(self) -> str:
        """What a place of three names or more is called for short: "UAW"; "" for others."""
        words = [word for word in WORD.findall(self.at) if word[0].isupper()]
        return "".join(word[0] for word in words) if len(words) > 2 else ""

    @property
    def searched_as(self) -> str:
        """What an article may write of it."""
        plain = [each for each in _ASIDE.sub("", self.called).split("|") if re.fullmatch(r"[\w -]+", each)]
        words = dict.fromkeys(" ".join(plain).split())
        return " ".join([self.before, self.at, self.initials, *list(words)[:_TRIED]]).strip()

    def is_called_in(self, text: str) -> bool:
        """Whether a text has a word for the post; any text, where no word for it is known."""
        return re.search(rf"\b(?:{self.called})\b", text, re.IGNORECASE) is not None

    def is_near(self, text: str, title: str = "") -> bool:
        """Whether a text names the post and where it is, or who had it, close to each other, or the latter its title.

        >>> Post("boss|ceo", at="Glow").is_near("Ida Aske, the boss of Glow, left.")
        True
        >>> Post("boss|ceo", at="Glow").is_near("Ida Aske left Glow.")
        False
        """
        if not self.called:
            return bool(place_words(self.before) & place_words(text))
        at = [match.start() for match in re.finditer(rf"\b(?:{self.called})\b", text, re.IGNORECASE)]
        if at and common(self.place, place_words(title)):
            return True
        said = (place_words(text[max(each - _NEAR, 0) : each + _NEAR]) for each in at)
        return any(not self.place or common(self.place, words) for words in said)


_ASIDE = re.compile(r"\(\?<?!(?:[^()]|\([^()]*\))*\)")  # what may not stand before or behind
_NEAR = 60  # characters
_TRIED = 6  # words for a post, the most usual: of more the place would hardly count
_ONE_COUNTRY = re.compile(r"\b(?:the )?(?:U\.S\.A?\.?|USA?|United States(?: of America)?|America[n']?s?)(?!\w| Virgin)")
_KINGDOM = re.compile(r"\b(?:the )?(?:U\.K\.?|UK|United Kingdom|Great Britain|Britain|British)(?!\w)")

_CITY = re.compile(r"\bL\.?A\b")


def place_words(text: str) -> frozenset[str]:
    """The words of a text that can say where a post is, equal where they mean the same country."""
    one = _CITY.sub("Los Angeles", _KINGDOM.sub("Britain", _ONE_COUNTRY.sub("America", text)))
    return frozenset(key_of(re.sub(r"['’]s?$", "", word)) for word in WORD.findall(one)) - FUNCTION_WORDS


def common(some: frozenset[str], others: frozenset[str]) -> set[str]:
    """Those of `some` that stand among `others`, too, in this form or another: "Ukraine", "Ukrainian"."""
    stems = {_stem(other) for other in others}
    return {one for one in some if _stem(one) in stems}


def _stem(word: str) -> str:
    return word[:5]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Posts that are called alike: how they are asked for, how they are called, what who holds them does."""

    asked: str
    called: str
    does: str = ""
    asked_by: str = ""  # "who coaches Tarnby?"


_DEPARTMENTS = (
    "tech technology finance financial operations operating policy music legal security safety product design marketing"
    " sporting technical creative art arts communications casting medical research football game program programme"
    " vice sales revenue people deputy staff police fire campaign"
)
_NO_DEPARTMENT = "".join(rf"(?<!{each} )" for each in _DEPARTMENTS.split())
_BOSS = rf"boss|chief executive officer|managing director|{_NO_DEPARTMENT}chief(?! \w+ officer| of staff)"
_CHIEF = rf"chief executive|ceo|{_BOSS}"
_COACH = r"head coach|coach|(?<!general )manager|boss"
_CHAIR = r"chair|chairman|chairwoman|chairperson"
_HEAD = (
    rf"chief executive|ceo|head(?! of (?-i:[a-z]|[A-Z]{{2}}))|president|{_BOSS}|leader|executive director"
    rf"|{_NO_DEPARTMENT}director|prime minister|premier|director[ -]general|secretary[ -]general|administrator"
)
_KINDS = (
    _Kind(r"chief executive(?: officer)?|ceo|managing director", _CHIEF),
    _Kind(
        r"(?:big )?boss|head|chief|leader",
        rf"{_HEAD}|{_COACH}|{_CHAIR}",
        r"(?:runs|is running|ran|leads|is leading|led|heads|is heading|headed"
        r"|(?:is |are )?tak(?:es?|ing|en) the (?:reins|helm) (?:of|at))",
        r"(?:runs|leads|heads(?: up)?"
        r"|is (?:now )?(?:running|leading|heading(?: up)?|in charge (?:of|at)|at the helm of)"
        r"|(?:is taking|takes|took|has taken|will take) (?:over|charge) (?:at|of))",
    ),
    _Kind(
        r"(?:head )?coach|manager|trainer|gaffer",
        _COACH,
        r"(?:coach(?:es|ed)|manag(?:es|ed))",
        r"(?:(?:coaches|trains|manages)|(?:is|will be) (?:now )?(?:coaching|managing))",
    ),
    _Kind(_CHAIR, _CHAIR, r"chair(?:s|ed)", r"(?:chairs|is (?:now )?chairing)(?: the board of)?"),
    _Kind(
        r"finance (?:chief|boss|director)|cfo|chief financial officer",
        r"finance chief|finance director|cfo|chief financial officer",
    ),
    _Kind(
        r"tech(?:nology)? (?:chief|boss)|cto|chief technology officer",
        r"tech(?:nology)? chief|cto|chief technology officer",
    ),
    _Kind(r"coo|chief operating officer|operations chief", r"coo|chief operating officer|operations chief"),
    _Kind(
        r"general counsel|top lawyer|legal chief|chief legal officer", r"general counsel|top lawyer|chief legal officer"
    ),
    _Kind(
        r"(?:\w+ )?(?:lawyer|attorney|barrister)",
        r"lawyer|attorney(?! general)|counsel|barrister",
        r"represent(?:s|ed)",
        r"(?:represents|represented|defended|is representing|is defending)",
    ),
    _Kind(r"captain|skipper", "captain|skipper", "captain(?:s|ed)", "(?:captains|skippers|is captaining)"),
    _Kind(r"general manager|gm", r"general manager|gm"),
    _Kind(
        r"(?:majority |co-?)?owner|proprietor",
        r"owner|(?:majority |co-?)owner|proprietor",
        r"(?:owns|owned)",
        r"(?:owns|is the owner of)",
    ),
    _Kind(
        r"(?:co-?)?founder|creator",
        r"founder|co-?founder|creator",
        r"(?:(?:co-?)?founded|started|created|set up)",
        r"(?:(?:co-?)?founded|started|created|set up)",
    ),
    _Kind(r"prime minister|pm|premier", r"prime minister|premier|pm"),
    _Kind(
        r"finance minister|chancellor of the exchequer",
        r"finance minister|minister of finance|finance secretary|treasury secretary|chancellor",
    ),
    _Kind(r"editor(?:[ -]in[ -]chief)?", r"editor|editor[ -]in[ -]chief", r"edit(?:s|ed)", "edits"),
    _Kind(r"attorney general|ag", r"attorney general|ag"),
    _Kind(
        r"(?:chief of police|police chief|police commissioner|top cop|sheriff)",
        r"police chief|chief of police|police commissioner|sheriff",
    ),
    _Kind(r"judge|justice", r"judge|justice", r"presid(?:es|ed)", r"(?:presides|presided|is presiding) over"),
    _Kind(r"ref(?:eree)?", r"referee", r"refereed", r"(?:reffed|refereed)"),
    _Kind(
        r"host|presenter",
        r"host|presenter|dungeon master",
        r"(?:hosts|hosted|presents)",
        r"(?:hosts|hosted|presents|is hosting)",
    ),
    _Kind(r"spokes(?:man|woman|person)", r"spokesman|spokeswoman|spokesperson", r"speaks for", r"speaks for"),
    _Kind(
        r"(?:film )?director|filmmaker", r"director|filmmaker", r"direct(?:s|ed)", r"(?:directs|directed|is directing)"
    ),
)
_OF_ALL = next(kind for kind in _KINDS if "leader" in kind.asked)
_OTHERS = (
    "president|vice president|mayor|governor|minister|secretary|chancellor|commissioner|ambassador|envoy|king|queen"
    "|pope|speaker|treasurer|host|presenter|designer|producer|showrunner|conductor|curator"
)

_OFFICES = r"(?:defen[cs]e|finance|foreign|home|prime) (?:minister|secretary)"


def kind_called(role: str) -> tuple[str, str]:
    """What a post that is called so may be called, and what who holds it does; see Post."""
    some = [each for each in _KINDS if each is not _OF_ALL]
    called = next((each for each in some if re.fullmatch(each.called, role, re.IGNORECASE)), None)
    return (called.called, called.does) if called else (re.escape(role), "")


ALL_POSTS = rf"(?:{'|'.join(kind.called for kind in _KINDS)}|{_OTHERS}|{_OFFICES})"

_NOW = r"(?:now|currently|these days|nowadays|at the moment|at present|today|right now|presently)"
_FIRST = r"^\W*(?:(?:and|so|but|ok),? )?"
_WHOEVER = rf"{_FIRST}(?:who|what(?:['’]?s| is| was) the name of the (?:man|woman|person|guy) (?:who|that))"
_WHO = (
    rf"{_FIRST}(?:who(?: is| are| will be| (?P<past>was|were))(?: going to be)?(?: {_NOW})?"
    r"|what(?:['’]?s| is| was) the name of|name)"
)
_NEW = r"(?:(?-i:current|new|newest|present|latest|next|incoming|temporary|interim|acting|permanent) )*"
_KNOWN = rf"(?P<role>(?:(?:deputy|vice|assistant|shadow) )?(?:{'|'.join(kind.asked for kind in _KINDS)}|{_OTHERS}))"
_ANY = (
    r"(?P<role>(?!(?:the|a|an|\w+ing|man|woman|person|guy|one|people|name|most|best|first|last|former|ex)\b)(?-i:[a-z])[\w’'-]+"
    r"(?: (?!of\b|at\b|for\b|in\b)[\w’'-]+){0,3}?(?<!s))"
)
_AT = r"(?:of|at|for|in|with|on|over)"
_LATER = r"(?:,? (?:now that|after|once|since|when|following|because|if|until|before) .+)?"
_END = rf"(?:,? (?:{_NOW}|again|then|next (?:season|year)))*\W*$"
_CAME = (
    r"(?:(?:will )?be(?:come|comes|came)|is becoming|(?:has |is |will )?tak(?:es?|en|ing) over as|took over as"
    r"|got the job (?:of|as)|(?:was|is|has been|is being|will be|got) (?:named|appointed|hired|made|picked|chosen"
    r"|elected|promoted)(?: as| to)?"
    r"|step(?:s|ped) in as|serves as|is serving as|works as|is acting as|acts as|is to be)"
)
_REPLACES = (
    r"(?:(?:has |is |was |will )?(?:replac(?:e|ed|es|ing)|succeed(?:s|ed|ing)?|chosen to replace|named to replace)"
    r"|(?:took|takes|is taking|will take|has taken) (?:over|charge) (?:from|for))"
)
_PICKS = r"(?:named?|appoint(?:ed)?|hired?|pick(?:ed)?|chosen?|choose|made?|get|got)"
_OWN = r"(?:the|its|their|his|her|a|an|[\w’' -]+['’]s?)"
_ENDS = rf"{_LATER}{_END}"
_HERE = rf"(?: {_AT} (?P<of>.+?))?"
_THERE = r"(?:(?P<at>[^,;?]+?)['’]s? )?"
_FROM = r"(?: from (?P<before>.+?))?"
# Of a post that is known its place may stand before it: "the Tarnby coach".
_ASKED_BEFORE = (
    rf"{_WHOEVER} {_REPLACES} (?P<before>[^,;?]+?) as (?:the )?{_NEW}(?P<at>[^,;?]+?) {_NEW}{_KNOWN}{_ENDS}",
    rf"{_WHO} (?:the )?{_NEW}(?P<at>[^,;]+?) {_NEW}{_KNOWN}{_ENDS}",
    rf"{_WHOEVER} {_CAME} (?:the )?{_NEW}(?P<at>[^,;]+?) {_NEW}{_KNOWN}{_FROM}{_ENDS}",
)
_REPLACED = rf"{_WHOEVER} {_REPLACES} (?P<before>[^,;?]+?)(?: {_AT} (?P<at>.+?))?{_ENDS}"


def _asked(role: str) -> tuple[str, ...]:
    """How who holds a post of this pattern may be asked for."""
    return (
        rf"{_WHO} (?:the )?{_NEW}{role} {_AT} (?P<at>.+?){_ENDS}",
        rf"{_WHO} (?:the )?(?P<at>[^,;]+?)['’]s? {_NEW}{role}{_ENDS}",
        rf"{_WHOEVER} {_CAME} (?:the )?{_THERE}{_NEW}{role}{_HERE}{_FROM}{_ENDS}",
        rf"{_WHOEVER} (?:did|has|have) (?P<at>.+?) {_PICKS} (?:as|to be) (?:{_OWN} )?{_NEW}{role}{_HERE}{_ENDS}",
        rf"{_WHOEVER} {_REPLACES} (?P<before>[^,;?]+?) as (?:the )?{_NEW}{_THERE}{role}{_HERE}{_ENDS}",
    )


@cache
def _forms() -> list[re.Pattern[str]]:
    """Compiled when somebody is asked for, as that takes a while."""
    made = (*_asked(_KNOWN), *_ASKED_BEFORE, *_asked(_ANY), _REPLACED)
    return [re.compile(each, re.IGNORECASE) for each in made]


@cache
def _doing() -> list[tuple[_Kind, re.Pattern[str]]]:
    return [
        (
            kind,
            re.compile(rf"{_WHOEVER} (?:now |currently )?{kind.asked_by} (?:the )?(?P<at>.+?){_ENDS}", re.IGNORECASE),
        )
        for kind in _KINDS
        if kind.asked_by
    ]


_ASKS_WHO = re.compile(rf"{_FIRST}(?:who|what(?:['’]?s| is| was) the name|name)\b", re.IGNORECASE)
# Of a department, of two places, or of what was named before.
_INNER = re.compile(r"\band\b.*\b(?:at|of|for)\b|\bor\b|^(?:this|that|it|them|us|you)\b")
_OF_A_DEPARTMENT = re.compile(r"\b(?:at|for|in) ")
_FIELD = re.compile(r"(?P<field>(?-i:[a-z]+)) (?:of|in|for|at) (?P<at>.+)")
_OF_A_FIELD = "minister|secretary|commissioner"
_WHEN = re.compile(r"\b(?:when|after|once|before) \w+ \w", re.IGNORECASE)
_TYPED = re.compile(r"(?<=\bwho)['’]?s(?= )", re.IGNORECASE)


def post_asked(question: str) -> Post | None:
    """The post of which an English question asks who holds it; None where it asks for something else.

    >>> post_asked("who coaches Tarnby now?").at, post_asked("Who is the mayor of Kestrel Flats?").called
    ('Tarnby', 'mayor')
    >>> post_asked("Who won the race?"), post_asked("Who is Ida Aske?")
    (None, None)
    """
    if not _ASKS_WHO.match(question):
        return None
    question = _TYPED.sub(" is", question)
    for kind, pattern in _doing():
        if match := pattern.match(question):
            return _post(kind, match["at"])
    match = next((match for pattern in _forms() if (match := pattern.match(question))), None)
    if match is None:
        return None
    asked = {name: value or "" for name, value in match.groupdict().items()}
    role, before = asked.get("role", ""), asked.get("before", "")
    at = f"{asked.get('at', '')} {asked.get('of', '')}".strip()
    if not place_words(at) and not before and _WHEN.search(question):  # where, only that clause says
        return None
    unknown = _Kind("", re.escape(role).replace(r"\ ", " "))
    kind = next((each for each in _KINDS if re.fullmatch(each.asked, role, re.IGNORECASE)), unknown)
    return _post(kind, at, before, bool(asked.get("past")))


def _post(kind: _Kind, at: str, before: str = "", past: bool = False) -> Post | None:
    """None where one of a department is asked for, who may be called anything, or several."""
    is_known = bool(kind.asked) or re.search(rf"(?:{_OTHERS})$", kind.called, re.IGNORECASE) is not None
    if (match := _FIELD.match(at)) and re.fullmatch(_OF_A_FIELD, kind.called):  # "minister of health in Tarnia"
        field = match["field"]
        kind = _Kind(kind.asked, f"{field} {kind.called}|{kind.called} (?:of|for) {field}")
        at = match["at"]
    if _INNER.search(at) or (kind is _OF_ALL and _OF_A_DEPARTMENT.search(at)):
        return None
    return Post(kind.called, kind.does, at, before, past, is_known)
