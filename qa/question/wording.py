"""What the wording of a question asks for: the form of its answer, its type, one or several, of now or of then.

English here; what a question in another language asks for stands in the table of that language.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from index.words import DAYS, MONTHS
from qa.question.comparisons import compared
from qa.question.contests import contest_asked
from qa.question.definitions import thing_defined, thing_meant
from qa.question.languages import ENGLISH, tongue_of
from qa.question.names import NAME_ALONE
from qa.question.parts import parts_of
from qa.question.plainly import claim_asked, plainly
from qa.question.posts import post_asked
from qa.question.speakers import speaker_asked
from qa.question.summaries import summary_asked
from qa.question.times import period_in
from qa.question.turn import AnswerType, Form, Part, Query
from qa.question.yes_no import asks_yes_or_no


def understood(question: str, as_of: date | None = None) -> Query:
    """The query of a question; of "Which article says: who won?" that of "who won?", for its article.

    `as_of`: the day from which "last week" is seen; None, today.
    """
    inner = article_asked(question)
    query = query_of(question) if inner is None else replace(query_of(inner), for_article=True)
    today = as_of or date.today()
    period = None if query.small_talk else period_in(question, today, query.language)
    is_one = query.form not in ("short", "yes_no") or inner is not None or query.language != ENGLISH
    both = () if is_one else compared(question)
    parts = both or (() if is_one or query.form != "short" or query.clauses else parts_of(question))
    return replace(
        query,
        period=period if period and period.has_begun_by(today) else None,
        parts=tuple(Part(label, replace(understood(part, as_of), parts=())) for label, part in parts),
        compares=bool(both),
    )


def query_of(question: str) -> Query:
    """The query of these very words.

    >>> query_of("Which two teams won, besides Tarnby?").besides
    ('Tarnby',)
    """
    if (language := tongue_of(question)) != ENGLISH:
        from qa.question.foreign_wording import foreign_query

        return foreign_query(question, language)
    asked = plainly(question)
    if claim := claim_asked(asked):
        return replace(query_of(f"Is it true that {claim}?"), text=f"{claim}?")
    if summary := summary_asked(asked):
        text = summary.topic or question
        return Query(text, "summary", several=summary.several, unnamed=not summary.topic)
    if topic := _topic_asked(asked):
        return Query(topic[1], topic[0])
    if thing := thing_defined(asked):
        return Query(question, answer_type="definition", thing=thing)
    thing, post = thing_meant(asked), post_asked(asked)
    speaker = speaker_asked(asked)
    form = _form_of(asked, speaker)
    answer_type: AnswerType = next(
        (each for each, pattern in _ANSWER_TYPES if re.search(pattern, asked, re.IGNORECASE)), "other"
    )
    besides = _BESIDES.search(asked)
    known = tuple(part for part in re.split(r"\s*;\s*", besides[1]) if part) if besides else ()
    several = bool(_SEVERAL.search(asked)) and not thing
    post = post if form == "short" and not several and answer_type in ("person", "role", "other") else None
    contest = contest_asked(asked) if not (post or several or speaker) else None
    answer_type = "person" if post else "score" if contest and contest.asks == "score" else answer_type
    form = "short" if answer_type == "score" else form
    return Query(
        question,
        form,
        answer_type,
        several=several,
        besides=known,
        clauses=_clauses(question),
        current=_is_current(asked),
        small_talk=is_small_talk(question),
        speaker=speaker if form == "sentences" else "",
        thing=thing if (form, answer_type) == ("short", "other") else "",
        post=post,
        contest=contest,
    )


def _form_of(asked: str, speaker: str) -> Form:
    """The form of the answer, but for topics; `speaker`: whose words are asked for."""
    if asks_yes_or_no(asked):
        return "yes_no"
    return "sentences" if speaker or re.search(_SENTENCES, asked, re.IGNORECASE) else "short"


def _topic_asked(asked: str) -> tuple[Form, str] | None:
    """Whether news or a timeline is asked for, and about what; no topic holds a question of its own."""
    plain = _LEADING.sub("", asked)
    for form, pattern in _ABOUT_TOPIC:
        if match := re.search(pattern, plain, re.IGNORECASE):
            # A year or month behind "in" is when it was, not what it was.
            topic = _WHEN.sub("", match["topic"].strip(' \n\t?!.,:;"()'))
            return (form, topic) if topic and not _NO_TOPIC.search(topic) else None
    return None


def _is_current(asked: str) -> bool:
    """Whether what is so now is asked for; "Now" and "Still" with a capital stand in names."""
    match = _CURRENT.search(asked if asked != asked.upper() else asked.lower())
    return match is not None and not _PAST.search(asked)


def article_asked(question: str) -> str | None:
    """The question whose article is asked for, in "Which article says: who won?"; None for any other question.

    >>> article_asked("which article says that Tarnby won?")
    'Tarnby won?'
    """
    match = _ARTICLE_SAYS.match(question)
    return question[match.end() :] if match else None


def is_small_talk(text: str) -> bool:
    """Whether nothing is asked for, as in "thanks", or with a sign that is no word and no question mark."""
    if not any(map(str.isalnum, text)):
        return bool(text.strip()) and "?" not in text
    if (language := tongue_of(text)) != ENGLISH:
        from qa.question.foreign_wording import is_foreign_small_talk

        return is_foreign_small_talk(text, language) or _SMALL_TALK.match(text) is not None
    return _SMALL_TALK.match(text) is not None


def fits(answer_type: AnswerType, answer: str, language: str = ENGLISH) -> bool | None:
    """Whether a short answer can be of that type; None where any text can."""
    if language != ENGLISH:
        from qa.question.foreign_wording import foreign_fits

        return foreign_fits(answer_type, answer, language)
    pattern = _GIVES.get(answer_type)
    return None if pattern is None else pattern.search(answer) is not None


# The words that say so

NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion "
    "dozen half third quarter once twice first second"
)
_MEASURE = "many much old long far tall big large high fast often wide deep heavy hot cold likely quickly"
_QUANTITY = (
    "number amount price cost age share size score rate total sum distance length height width speed temperature"
)
_PERIOD = "year date day month time century decade season week"
_SITE = "city town country place state village region continent island street venue building airport port harbour river"
_SOMEONE = (
    "person man woman author actor actress player coach president minister scientist singer artist official doctor "
    "company team organisation organization"
)
_AUXILIARY = "is are was were do does did has have had can could will would should may might must isn't aren't didn't"
_PAST_VERBS = (
    "won took got went came saw had lost left beat said sold bought ran gave found held led became began broke paid "
    "made met fell rose grew drew signed"
)
_SAYING = "say said says think thinks tell told warn promise demand ask argue explain announce mean"


def _any_of(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


# What stands before a request, and says nothing of it.
_LEADING = re.compile(
    r"^\W*(?:(?:so|and|but|ok|okay|well|please|hey|hi|hello)\b[\s,]*)*"
    r"(?:(?:(?:can|could|would|will) you (?:please )?|please )?(?:give|tell|show) (?:me|us) |do you (?:know|have) "
    r"|is there |are there |has there been |have there been |any(?=thing new))?",
    re.IGNORECASE,
)
_MONTH = rf"(?:{'|'.join(MONTHS.split())})"
_IN_TIME = rf"(?:in|of|during) (?:(?:19|20)\d\d|{_MONTH}(?:,? (?:and|to) {_MONTH})?(?:,? (?:19|20)\d\d)?)"
_WHEN = re.compile(f",? {_IN_TIME}$", re.IGNORECASE)
_STEPS = r"(?:step by step|month by month|week by week|day by day|from start to finish)"
_AFFAIR = (  # what goes on for a while
    r"(?:row|scandal|saga|feud|dispute|crisis|case|trial|affair|drama|controversy|fight|battle|strike|takeover|merger"
    r"|investigation|inquiry|campaign|crackdown|collapse|standoff|negotiations|talks|lawsuit)"
)
_OF = "(?:on|about|with|in|from|for|regarding|concerning)"
# What is asked for about a topic.
_ABOUT_TOPIC: tuple[tuple[Form, str], ...] = (
    (
        "timeline",
        r"^(?:(?:what(?:['’]?s| is) )?(?:an? |the ))?(?:short |brief |full )?"
        r"(?:timeline|chronology|history|(?:chain|sequence|course) of events)(?: (?:of|for|about|in|on))?"
        r" (?P<topic>.+?)(?:,? please)?\W*$",
    ),
    (
        "timeline",
        rf"^everything (?:about|on|that happened (?:to|with|at|in)) (?P<topic>.+?)(?:,? {_STEPS}\W*)?$",
    ),
    (
        "timeline",
        rf"^what (?:all )?happened (?:to|with|at|in|between|around) (?P<topic>.+?)(?:,? {_STEPS}|(?<= ){_IN_TIME})\W*$",
    ),
    (
        "timeline",
        rf"^(?!how\b)(?P<topic>.+?),? {_STEPS}\W*$",
    ),
    (
        "timeline",
        r"^how did (?P<topic>.+?) (?:unfold|play out|come about|develop(?=\W*$| over)|go, from start to \w+)\b.*$",
    ),
    (
        "timeline",
        r"^how (?:did|has) (?P<topic>.+?) (?:go|gone)(?: (?:in|during) .*\d|,? \w+ by \w+| over the \w+)?\W*$",
    ),
    (
        "timeline",
        r"^how did (?P<topic>.+?) (?:begin|start|end|go|develop),? and what (?:came|happened|followed)\b.*$",
    ),
    (
        "timeline",
        rf"^what (?:all )?happened (?:to|with|at|in|during|between|around) (?P<topic>.*\b{_AFFAIR}\b.*?)\W*$",
    ),
    ("timeline", r"^who \w+ (?:what )?(?:and )?when (?:in|at|during) (?P<topic>.+?)\W*$"),
    ("timeline", r"^(?P<topic>.+?)[,:]? how did (?:it|that|they|things) (?:go|unfold|play out|end|develop)\W*$"),
    (
        "timeline",
        r"^what (?:all )?(?:has )?happened (?:to|with|at|in|between|around) (?P<topic>.+?),?"
        r" (?:over the (?:years|months|weeks|days)|(?:from|since) .+|so far|up to now|until now)\W*$",
    ),
    ("latest", r"^how(?:['’]s| is| are| have) (?P<topic>.+?) (?:doing|going|getting on|faring|got on)\b.*$"),
    (
        "latest",
        r"^(?:what(?:['’]?s| is| are) )?(?:an? |the |any |some )?(?:(?:latest|newest|most recent|recent|new) )?"
        rf"(?:news|developments?|updates?|(?<=latest )state|(?<=latest )status) (?:{_OF}|of) (?P<topic>.+)$",
    ),
    (
        "latest",
        rf"^(?:what(?:['’]?s| is) )?(?:the |any ?thing |thing )?(?:latest|newest|new) {_OF} (?P<topic>.+)$",
    ),
    ("latest", r"^(?:where|how) do (?:things|we|matters) stand (?:with|on|in|at) (?P<topic>.+)$"),
    ("latest", r"^what(?:['’]?s| is) (?:happening|going on|new|up) (?:with|at|in|about|to|around) (?P<topic>.+)$"),
    (
        "latest",
        r"^(?:what(?:['’]?s| is) )?(?:the |any )?(?:latest|newest|news|updates?|new)\W*\((?P<topic>[^()]+)\)\W*$",
    ),
    (
        "latest",
        r"^(?:the )?(?:latest |newest |recent )?(?P<topic>(?:\S+ ){0,4}\S+?)[,:]?"
        r" (?-i:latest|latest news|news|updates?)\W*$",
    ),
)
_NO_TOPIC = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|called|named|tell|name|explain|describe)\b"
    r"|^(?:any|no|good|great|bad|more|please|it|that|this|on|the|fake)$|^(?:is|are|was|were|do|does|did|has|have)\b",
    re.IGNORECASE,
)
_CURRENT = re.compile(
    r"\b(?:now|latest|newest|most recent|[Cc]urrently|[Cc]urrent|these days|nowadays|at the moment|at present|still"
    r"|so far)\b"
)
_PAST = re.compile(r"\b(?:did|was|were|had)\b|\b(?:19|20)\d\d\b", re.IGNORECASE)
_SMALL_TALK = re.compile(
    r"\W*(?:(?:hi|hello|hey|thanks?(?: you)?|thx|ok(?:ay)?|cool|great|good|nice|fine|perfect|wow|oh|ah|hm+|lol|sure"
    r"|alright|got it|i see|bye|goodbye|right|so much|very much|a lot|good (?:morning|afternoon|evening|night)"
    r"|how are you(?: doing)?|what['’]?s up|what can you do|help"
    r"|cheers|many thanks|thank u|ty|for (?:your|the|all|this)(?: your| the)? (?:help|answers?|time|info|information)"
    r"|indeed|danke(?: schön)?|merci|gracias|grazie|obrigad[oa]|hallo|hola|bonjour|ciao|greetings|you there"
    r"|see you(?: later| soon)?|later|have a (?:nice|good|great) (?:day|evening|weekend|one)|you['’]?(?: a)?re welcome"
    r"|(?:nice|good|great) (?:work|job|one|stuff)|awesome|excellent|amazing|brilliant|wonderful|haha|no worries|sorry"
    r"|(?:that |this |it )?(?:helps|helped)|(?:that |this |it )(?:was|is) (?:so |very |really )?helpful"
    r"|(?:very |really )?helpful|good to know|i understand|understood|yes|yep|yeah|no|nope|never mind|please"
    r"|(?:that|this|it)['’]?s? (?:is )?(?:so |very |really )?(?:all|sad|bad|good|great|nice|funny|terrible|interesting)"
    r"|who are you|there|then|for now|for that|well done)\b\W*)+$",
    re.IGNORECASE,
)

# What has no short answer.
_SENTENCES = (
    rf"\bwhy\b|\bhow come\b|\bwhat happen(?:ed|s)\b|\bhow\b(?! {_any_of(_MEASURE)}\b)"
    rf"|\bwhat (?:do|does|did|has|have) .+ {_any_of(_SAYING)}"
    r"(?: (?:about|of|on|to|in|by|for|when|after|regarding)\b.*)?\W*$"
    r"|\bwhat (?:can|could|should|do) (?:i|we|you|people|one) do\b"
    r"|\bwhat (?:caused|made|led|is known)\b|\bwhat (?:is|was|were|are) the (?:reason|cause)s?\b"
    r"|^\W*(?:explain|describe|tell me|what about)\b"
)

_ANSWER_TYPES: tuple[tuple[AnswerType, str], ...] = (
    (
        "money",
        rf"\bhow much (?:money\b|{_any_of(_AUXILIARY)} .*\b(?:cost|pa(?:y|id)|earn|rais|ma[kd]e|los[et]|fined?|spen[dt]"
        r"|s[eo]l[ld]|b(?:uy|ought)|charge|worth|owe|won|win|donate|invest)\w*)"
        r"|\bwhat(?:['’]s| is| was| are| were) (?:\w+ ){0,3}(?:salary|fine|budget|wages?|rent)\b",
    ),
    ("number", rf"\bhow {_any_of(_MEASURE)}\b"),
    ("number", rf"\b(?:what|which) (?:(?:is|was|are|were) the )?(?:percent\w*|{_any_of(_QUANTITY)})\b"),
    (
        "number",
        r"\bwhat(?:['’]s| (?:do|does|did|will|would|could|has|have|is|are|was|were)\b).*\b(?:costs?|worth|weighs?"
        r"|earns?|earned|pay(?! for\W*$)|paid(?! for\W*$))\b",
    ),
    (
        "time",
        rf"^\W*(?:(?:and|but|so|since|until|from|by|exactly|ok),? )*when\b|\bwhen (?:exactly )?{_any_of(_AUXILIARY)}\b"
        rf"|\bwhen\W*$|\b(?:what|which) {_any_of(_PERIOD)}\b|\bhow (?:recently|soon)\b",
    ),
    ("place", rf"\bwhere\b|\b(?:what|which) {_any_of(_SITE)}\b"),
    ("role", rf"^\W*(?:(?:and|but|so),? )?who(?:['’]s| is| was| are| were) (?-i:{NAME_ALONE}(?: {NAME_ALONE})*)\W*$"),
    (
        "person",
        rf"\b(?:who|whom|whose)\b|\b(?:what|which) {_any_of(_SOMEONE)}\b|\bname\b(?! (?:all|the|some|two|three|four))",
    ),
)
_NOUN = rf"(?!{_any_of(_AUXILIARY)}\b)[\w'’-]+"
_NOUNS = rf"(?:people|men|women|children|(?!(?:{_any_of(_AUXILIARY)}|series|news)\b)[^\W_]+[^siu\W]s)\b"
_SEVERAL = re.compile(
    r"\bwho (?:are|were|else|all)\b|\bwhat (?:are|were)\b(?!.*\w{2}ing\b)"
    r"|\blist\b(?! (?:on|at|as|their|its|his|her|itself)\b)"
    rf"|\b(?:in|on|at|from|for|to|with|by|of|against) (?:which|what) (?:{_NOUN} ){{0,3}}?{_NOUNS}"
    r"|\bwho (?:is|sits|has been) (?:on|in|among) .*\b(?:boards?|committee|panel|team|squad|jury|cabinet|list|cast)\b"
    rf"|\bwhich (?:{_NOUN} ){{1,2}}{_NOUNS} (?!(?:do|are|were|have)\b)[a-z]+(?<!s)(?<!ed)"
    r" (?:with|in|for|against|at|on|to)\b"
    r"|\bwho has (?!been\b)[a-z]+(?:ed|en|[^s]t|[^s]d) .+ since\b"
    r"|\bwho (?:\w+ ){1,2}they\b|\bwho has .+ been (?:married|engaged|linked|compared) to\b|\bwho (?:all )?shared\b"
    r"|\b(?:which|what) (?:(?!(?:of|in|on|did|do|does|the|is|was|can|could|will|would|should|has|have|had)\b)"
    r"[\w'’-]+ ){0,4}(?!series|news)[^\W_]+[^siu\W]s (?:did|do|are|were|could|can|will|would|should|must|have|had)\b"
    rf"|\bwhich (?:{_NOUN} ){{1,4}}{_NOUNS} (?:\w+[^e\W]ed|{_any_of(_PAST_VERBS)})\b"
    r"|\b(?:which|what) (?:[\w'’-]+ ){0,2}[^\W_]+[^siu\W]s (?:of|in|on|for|from) (?:(?!(?:is|was|does|has|did)\b)"
    r"[\w'’-]+ ){1,5}?(?:are|were|have)\b"
    rf"|\bwhich (?:(?:two|three|four|other|well[ -]known|famous) )?(?:\w+ )??{_NOUNS} (?:are|were)\b"
    rf"|\bwhich (?:(?:two|three|four|other) )?{_NOUNS}(?! (?:is|was|has|does)\b)"
    r"|\bwhat (?:two|three|four|other) \w+[^siu\W]s\b|\ball (?:of )?(?:the (?:[\w-]+ )?[\w-]+[^siu\W]s|them)\W*$"
    r"|\bname (?:all|some|two|three|four|the (?:two|three|four|[\w-]+[^siu\W]s))\b",
    re.IGNORECASE,
)
_BESIDES = re.compile(r"[,\s]\s*(?:besides|apart from|other than|except(?: for)?)\s+([^?]+?)\s*\??$", re.IGNORECASE)
_ARTICLE_SAYS = re.compile(
    r"\W*(?:(?:in )?(?:which|what) (?:article|story|report)s? (?:says?|tells?|reports?|states?|mentions?)"
    r"(?: that\b)?|where (?:can|do|could) (?:i|we) (?:read|find (?:more|something|out)) (?:more )?(?:about|on|of))"
    r":?\s+(?=\w)",
    re.IGNORECASE,
)
_GIVES = {
    "score": re.compile(r"(?<![\d,.-])\d{1,3} ?[-–] ?\d{1,3}(?![\d,.]*\d|-)|\bnil\b|\bgoalless\b"),
    "number": re.compile(  # "29th" and "2 am" are none
        rf"^(?!\W*(?:the )?\d+(?:st|nd|rd|th)\W*$|.*\d ?[ap]\.?m\b).*?"
        rf"(?:\d|\b{_any_of(NUMBERS)}s?\b|\b(?:no|none|several|few)\b)",
        re.IGNORECASE | re.DOTALL,
    ),
    "money": re.compile(
        r"[$€£¥₹₽₩₪%]|\b(?<![a-z]-)(?:(?:dollar|euro|pound|cent|rupee|krone|franc|shekel)s?|pence|yen|yuan|kronor|nis|usd|eur|gbp"
        r"|(?:mill|bill|trill)ions?|thousands?|percent|per cent|free|nothing)\b|\d ?(?:m|k|bn?|mn|tn)\b",
        re.IGNORECASE,
    ),
    "time": re.compile(  # "78" and "at the age of 78" are none
        rf"^(?!\W*\d{{1,2}}\W*$|.*\bage[ds]? (?:of )?\d).*\d|"
        rf"\b(?:{_any_of(MONTHS)}|{_any_of(DAYS)}|{_any_of(NUMBERS)}|yesterday|today|tomorrow|tonight|now|after|"
        r"before|since|until|during|when|while|last|next|ago|later|soon|recent\w*|(?:mid)?(?:morning|afternoon|evening|"
        r"day|night|noon|week|weekend|month|year|centur(?:y|ie)|decade|hour|minute|spring|summer|autumn|fall|winter)s?)\b",
        re.IGNORECASE,
    ),
    "person": re.compile(r"^(?!.* vs?\. ).*(?:[A-Z]|[^\x00-\x7f])", re.DOTALL),  # "Roe v. Wade" is nobody
    "role": re.compile(r"(?<![\w’'])(?!the\b)[a-z]{3,}|[^\x00-\x7f]"),  # more than another name
}

# Where a long question goes on with something else.
_BORDER = re.compile(r"[,;?]\s+|\s+(?=(?:and|but|while|whereas|yet)\s)", re.IGNORECASE)
_LONG, _CLAUSE = 20, 6  # words: a question of more is made of several parts; a part has at least this many


def _clauses(question: str) -> tuple[str, ...]:
    """The parts of a long question.

    >>> _clauses("Who left the firm that makes a chat bot and was called a liar by the board, as two papers reported?")
    ('Who left the firm that makes a chat bot', 'and was called a liar by the board as two papers reported')
    """
    if len(question.split()) <= _LONG:
        return ()
    parts: list[str] = []
    for part in _BORDER.split(question.strip(" \n,;?")):
        if parts and min(len(parts[-1].split()), len(part.split())) < _CLAUSE:
            parts[-1] += f" {part}"
        else:
            parts.append(part)
    return tuple(parts) if len(parts) > 1 else ()
