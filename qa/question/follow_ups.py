"""A follow-up question as it would be asked alone: "and when did he go there?" names whom and where.

A network (term_network.py) says which words of the conversation the question leaves out; rules do what single words
cannot: "Why?", "Who else?", "the second one", "in which article?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.words import FORMS_OF_ADDRESS, FUNCTION_WORDS, WORD, Word, key_of, keys, words
from qa.question.foreign_follow_ups import foreign_standalone, foreign_tongue
from qa.question.fragments import AUXILIARY, BEFORE_WH, LEAD_IN, WH, about, asked_of
from qa.question.names import NAME_SAID, is_name, whole_names
from qa.question.term_network import TermNetwork
from qa.question.turn import History
from qa.question.wording import article_asked, query_of

# The measurements behind these are in docs/decisions.md, "Follow-ups".
THRESHOLD = 0.4  # probability from which a word is taken over, where the question has a word that points back
WHOLE_THRESHOLD = 0.9  # and where it has none
_KNOWN_AGAIN = 2  # words by which a question is known again
TURNS = 6  # of the conversation, the latest, are looked at

_BARE = re.compile(rf"{LEAD_IN}{BEFORE_WH}(?:{WH})\b", re.IGNORECASE)
_INSTEAD = re.compile(
    rf"{LEAD_IN}(?:(?:what|how) about|and|or|but|no,? i (?:meant?|was asking about))\s+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ELSE = re.compile(
    r"\b(?:who|what|where|which|whom|any(?:one|body|thing)|some(?:one|body|thing))(?:'s)?\s+else\b", re.IGNORECASE
)
_ARTICLE = re.compile(
    rf"{LEAD_IN}(?:(?:in|from)\s+)?(?:which|what)\s+(?:article|story|report|source)s?"
    r"(?:\s+(?:says?|said|is|was|does|do)\b(?:\s+(?:that|this|it|so|say|from|in))*)?\W*$"
    rf"|{LEAD_IN}where (?:does|did) (?:it|that|this) (?:say|stand|come from)(?: (?:that|this|so))?\W*$"
    rf"|{LEAD_IN}(?:what(?:'s| is) (?:the|your) )?source\W*$",
    re.IGNORECASE,
)
_ORDINALS = {"first": 0, "former": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "latter": -1, "other": 1}
_NTH = re.compile(
    rf"\bthe\s+({'|'.join(_ORDINALS)})\b"
    r"(?:\s+one\b|(?!\s+(?!(?:did|does|do|is|was|has|had|will|be|of them|from|there)\b)\w))",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(
    r"\bthat (?:one|guy|man|woman|lady|person|player|company|firm|club|team|place|city|town|country)\b(?!['’])",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s*;\s*|,?\s+and\s+|\s*,\s+")
# What stands for a thing as "it" does: "who runs the company?", but "the company that made it", "the club's board".
_THE_THING = (
    r"the (?:company|firm|business|start-?up|club|team|place|app|band|school)\b"
    r"(?!['’]| (?:that|which|who|whose|where|behind|of|called|named|in|at|from|for|with|to|\w+ed|\w+ing)\b)"
)
_PRONOUN = re.compile(
    rf"\b(?:(?P<person>he|she|him|his|her)|(?P<thing>it|its|{_THE_THING})|(?P<several>they|them|their))\b",
    re.IGNORECASE,
)
_PERSON = re.compile(r"\b(?:he|she|him|her)\b", re.IGNORECASE)
_POLITE = re.compile(
    r"^\W*(?:(?:ok|okay|thanks|thank you|hi|hello|great|good|fine|i see)\b[\s,.!]+)+(?=\w)", re.IGNORECASE
)
_POINTS_BACK = re.compile(
    r"\b(?:he|she|they|it|him|them|his|its|their|theirs|her|hers|there|this|that|these|those|else|others?|another|ones?|"
    rf"same|such|both|either|{_THE_THING})\b|^\W*(?:and|but|so|what about|how about)\b",
    re.IGNORECASE,
)
# What follows "what about" is no other thing to ask the same of, where it asks itself or points back.
_POINTS_ON = re.compile(rf"\b(?:(?:{WH})s?|{AUXILIARY}|one|ones|that|this|these|those|it|them)\b", re.IGNORECASE)
_MAX_ANSWER = 12  # words: a longer answer is not repeated in a question


class FollowUps:
    """Makes questions stand alone. Thread-safe; loads its weights when a first follow-up is asked."""

    def __init__(self, network: TermNetwork | None = None) -> None:
        """Use the network that ships with the program unless another is given."""
        self._network = network or TermNetwork()

    def load(self) -> None:
        """Load the weights now. Raises ReaderWeightsError."""
        self._network.load()

    def standalone(self, question: str, history: History) -> str:
        """The question with what it leaves out; as it is, without space around, where it leaves nothing out.

        `history` holds (question, answer) pairs, oldest first; an answer is "" where the articles did not say.
        """
        question = question.strip()
        # Which article said something is no topic of its own.
        turns = [(asked.strip(), answer) for asked, answer in history if asked.strip() and not _is_of_article(asked)]
        if not turns:
            return question
        asked, answer = turns[-1]
        if language := foreign_tongue(question, asked):
            return foreign_standalone(question, self.standalone(asked, turns[:-1]), _short(answer), language)
        return self._completed(_POLITE.sub("", question) or question, turns[-TURNS:])

    def _completed(self, question: str, history: History) -> str:
        asked, answer = history[-1][0], _short(history[-1][1])
        if _ARTICLE.match(question):
            return f"Which article says: {self.standalone(asked, history[:-1])}"
        if _is_bare(question):
            before = self.standalone(asked, history[:-1])
            return (
                _besides(before, _given(question, history))
                if _ELSE.search(question)
                else about(question, before, answer)
            )
        if (that := _THAT_ONE.search(question)) and is_name(answer) and len(_PARTS.split(answer)) == 1:
            question = question[: that.start()] + answer + question[that.end() :]
        among: list[str] = []
        if nth := _nth(question, history):
            question, among = nth
        if (instead := _INSTEAD.match(question)) and not _POINTS_ON.search(instead["rest"]):
            return asked_of(self.standalone(asked, history[:-1]), instead["rest"].rstrip(" ?.!"), among)
        phrases = self._left_out(question, history)
        if not phrases and _is_of_a_pronoun(question):
            phrases = self._names_before(question, history)
        if _ELSE.search(question):
            given = _given(question, history)
            if not _PRONOUN.search(question):  # whoever was named last is not wanted again; "with him" may mean him
                phrases = [phrase for phrase in phrases if not keys(phrase) <= keys(given)]
            return _besides(_with(question, phrases, history), given)
        return _with(question, phrases, history)

    def _names_before(self, question: str, history: History) -> list[str]:
        """The names of the latest question, as it is asked alone, and else of its answer; for "he" what may be one."""
        asked, answer = history[-1]
        found = whole_names(self.standalone(asked, history[:-1])) or whole_names(_short(answer))
        if _PERSON.search(question):
            found = [name for name in found if " " in name and _is_never_a_place(name, history)]
        return found

    def _left_out(self, question: str, history: History) -> list[str]:
        """The phrases of the conversation that the question leaves out, in the order in which they were said.

        None, where it says all that the question before said: it is asked again, and not about its answer.
        """
        before, back = keys(history[-1][0]), points_back(question)
        if len(before) >= _KNOWN_AGAIN and before <= keys(question) and not back:
            return []
        probabilities = self._network.probabilities(question, history)
        threshold = THRESHOLD if back else WHOLE_THRESHOLD
        chosen = {key for key, probability in probabilities.items() if probability > threshold}
        said = [text for pair in history for text in pair]
        found: list[str] = []
        # Longest first, so that "Steve Witkoff" makes "Witkoff" needless.
        phrases = [phrase for text in said for phrase in _phrases(text, chosen)]
        for phrase in sorted(phrases, key=lambda phrase: len(keys(phrase)), reverse=True):
            if not keys(phrase) <= {key for other in found for key in keys(other)}:
                found.append(phrase)
        return sorted(found, key=phrases.index)


def points_back(question: str) -> bool:
    """Whether a question cannot stand alone: "he", "there" or "another" in it, "And ...", next to no words."""
    return bool(_POINTS_BACK.search(question)) or len(words(question)) <= 1


def _is_of_a_pronoun(question: str) -> bool:
    """Whether a question begins with a pronoun, behind what helps to ask: "was he born", not "did the club lose it".

    "The company" is one wherever it stands, where nothing is named.
    """
    pronoun = _PRONOUN.search(question)
    if pronoun is None or pronoun[0].lower() in ("his", "its", "their"):
        return False
    before = WORD.findall(question[: pronoun.start()])
    is_first = all(key_of(word) in FUNCTION_WORDS for word in before)
    return is_first or (pronoun[0].lower().startswith("the ") and not whole_names(question))


def _is_of_article(question: str) -> bool:
    return bool(_ARTICLE.match(question)) or article_asked(question) is not None


def _given(question: str, history: History) -> str:
    """What is not wanted again by "who else" and "what else": who, and what, was answered last; "" for none."""
    answers = [
        (query_of(asked).answer_type == "person", _short(answer)) for asked, answer in reversed(history) if answer
    ]
    latest_is_person, latest = answers[0] if answers else (False, "")
    if _ELSE_A_THING.search(question):
        return "" if latest_is_person else latest
    return next((answer for is_person, answer in answers if is_person), latest if is_name(latest) else "")


_ELSE_A_THING = re.compile(r"\b(?:what|which|where|anything|something)(?:'s)?\s+else\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Phrase:
    start: int
    end: int


def _phrases(text: str, chosen: set[str]) -> list[str]:
    """Chosen words that stand together in a text, words that link two of them included; a name is taken whole."""
    taken = [word for word in words(text) if word.key in chosen]
    found: list[_Phrase] = []
    for word in taken:
        start, end = _whole_name(text, word)
        between = text[found[-1].end : start] if found and start >= found[-1].end else None
        if found and start < found[-1].end:
            found[-1] = _Phrase(found[-1].start, max(end, found[-1].end))
        elif between is not None and _is_joint(between):
            found[-1] = _Phrase(found[-1].start, end)
        else:
            found.append(_Phrase(start, end))
    return [re.sub("['’]s?$", "", " ".join(text[each.start : each.end].split())) for each in found]


def _is_joint(between: str) -> bool:
    """Whether what stands between two words lets them be one phrase: space, or one or two words that link."""
    inside = between.split()
    return len(inside) <= 2 and all(key_of(word) in _LINKS for word in inside) and between[:1].isspace()


_LINKS = frozenset("a an and at by de for from in of on the to van von with".split())


def _whole_name(text: str, word: Word) -> tuple[int, int]:
    """The word, or the run of capitalised words that it stands in, without a function word at its beginning."""
    for match in NAME_SAID.finditer(text):
        if match.start() <= word.start < match.end():
            inside = [found for found in words(match[0]) if found.key not in FORMS_OF_ADDRESS]
            while len(inside) > 1 and inside[0].key in _OPENERS and inside[0].end <= word.start - match.start():
                del inside[0]
            if inside:
                return match.start() + inside[0].start, max(match.start() + inside[-1].end, word.end)
    return word.start, word.end


# What begins a sentence before a name: "Though Beeper Mini is back".
_OPENERS = frozenset(
    "though although however while despite since because unless until whether according meanwhile moreover instead "
    "also even still yet then thus therefore perhaps maybe like unlike today yesterday last earlier later".split()
)


def _with(question: str, phrases: Sequence[str], history: History) -> str:
    """The question with the phrases in it: a name takes the place of its pronoun, all else stands behind.

    "He" and "she" are who was named last of those who were answers to "who" or whose names may be a person's, of two in
    one turn the answer, and never an answer to something else; "it" is none of the persons, and "they" the only other
    name. A pronoun behind a name in the question itself may mean that one.
    """
    pronouns = sorted(_PRONOUN.finditer(question), key=lambda match: match.lastgroup != "person")  # a stable sort
    pronoun = pronouns[0] if pronouns else None
    if pronoun is None or _OF_THEM.search(question) or re.search(r"\s[A-Z]\w", question[: pronoun.start()]):
        return _behind(question, phrases)
    names = [phrase for phrase in phrases if phrase[:1].isupper()]
    answers = [(keys(answer), _is_person(asked, answer)) for asked, answer in reversed(history) if answer]
    persons = [said for said, is_person in answers if is_person]
    others = [said for said, is_person in answers if not is_person]
    kind = pronoun.lastgroup
    if kind == "person":
        latest = _short(history[-1][1])
        if latest and keys(latest) in persons and latest not in names:
            names = [*names, latest]
        able = [
            n
            for n in names
            if keys(n) in persons
            or (keys(n) not in others and (len(names) == 1 or " " in n) and _is_never_a_place(n, history))
        ]
        meant = sorted(able, key=lambda n: (_turns_ago(n, history), keys(n) not in persons))[:1]
    else:
        phrases = [n for n in phrases if kind != "thing" or keys(n) not in persons]
        names = [n for n in names if keys(n) not in persons or (kind == "several" and len(_PARTS.split(n)) > 1)]
        if not names and kind == "several":  # who has an answer to "who", as the firm that was asked about
            names = _others_asked_about(history, persons)[:1]
            phrases = [*phrases, *names]
        meant = names if len(names) == 1 and names[0] in phrases else []
        if kind == "several" and pronoun[0].lower() != "their":
            things = [n for n in phrases if n[:1].islower() and _PLURAL.search(n)]
            meant = things if len(things) == 1 else meant
    if not meant:
        return _behind(question, phrases)
    before, after = question[: pronoun.start()], question[pronoun.end() :]
    word = pronoun[0].lower()
    possessive = word in ("his", "its", "their") or (word == "her" and _HERS.match(after))
    return _behind(
        f"{before}{meant[0]}{_OWN if possessive else ''}{after}", [phrase for phrase in phrases if phrase != meant[0]]
    )


_OF_THEM = re.compile(r"\bof (?:them|these|those)\b", re.IGNORECASE)  # of what was listed


def _others_asked_about(history: History, persons: Sequence[set[str]]) -> list[str]:
    """The names of the latest question that has some, but for those of persons."""
    asked = ([n for n in whole_names(each) if not any(keys(n) <= one for one in persons)] for each, _ in history[::-1])
    return next(filter(None, asked), [])


def _is_person(asked: str, answer: str) -> bool:
    """Whether an answer says who; a whole name also where "which senator" was asked, or "which" of a "she"."""
    of_person = query_of(asked).answer_type == "person"
    return of_person or (bool(_WHICH_PERSON.search(asked)) and bool(_WHOLE_NAME.fullmatch(answer.strip(" ."))))


_WHICH_PERSON = re.compile(
    r"\b(?:which|what) (?:[\w-]+ )?(?!(?:paper|tower|river|number|quarter|letter|order|offer|power|chapter|center)\b)"
    r"(?:\w{2,}(?:ist|or|er|ian)|\w*(?:man|general|chief|friend|wife|husband|son|daughter|sister|star)|attorney|ceo|mp)\b"
    r"|\b(?:which|what)\b.*\b(?:he|she|his|her|him)\b",
    re.IGNORECASE,
)
_WHOLE_NAME = re.compile(r"(?:[A-Z][\w'’.-]*\s+){1,3}[A-Z][\w'’-]*")


def _turns_ago(name: str, history: History) -> int:
    ago = (ago for ago, pair in enumerate(reversed(history)) if any(keys(name) <= keys(text) for text in pair))
    return next(ago, len(history))


def _behind(question: str, phrases: Sequence[str]) -> str:
    return f"{question} ({', '.join(phrases)})" if phrases else question


def _is_never_a_place(name: str, history: History) -> bool:
    """Whether a name never stands behind "the", "at" or "to", as places and events do."""
    text = " ".join(part for pair in history for part in pair)
    return not re.search(rf"\b(?:the|at|in|to|from|near)\s+(?:\w+\s+)?{re.escape(name)}", text, re.IGNORECASE)


_OWN = "'s"
_PLURAL = re.compile(r"\b\w{2,}[^\Wsiu]s\b")
_HERS = re.compile(r"\s+(?!(?:in|on|at|to|for|with|from|by|and|or|when|after|before)\b)\w")


def _besides(question: str, answer: str) -> str:
    """A question for further answers than one that was given."""
    return f"{question.rstrip(' ?.!')}, besides {answer}?" if answer else question


def _is_bare(question: str) -> bool:
    """A question word and no more that means something: "Why was that?", "how much?", "Who else?"."""
    return bool(_BARE.match(question)) and {key_of(word) for word in WORD.findall(question)} <= _EMPTY_WORDS


_EMPTY_WORDS = frozenset(
    f"{WH} {AUXILIARY} and but so ok okay then well for by in at to from since with on of about until he she it they "
    "them him her that this there else much many long far old exactly so not didn't wasn't isn't".replace(
        "|", " "
    ).split()
)


def _nth(question: str, history: History) -> tuple[str, list[str]] | None:
    """The question with "the second one" put as the second thing that the latest answer with several names, and all."""
    match = _NTH.search(question)
    if match is None:
        return None
    for _, answer in reversed(history):
        parts = [part for part in _PARTS.split(_AS_OF.sub("", answer).strip(" .")) if part]
        if len(parts) < 2 or not (";" in answer or all(part[0].isupper() or part[0].isdigit() for part in parts)):
            continue
        at = _ORDINALS[match[1].lower()]
        return (question[: match.start()] + parts[at] + question[match.end() :], parts) if at < len(parts) else None
    return None


def _short(answer: str) -> str:
    """An answer without "Yes." and "(as of 3 May 2025)", or nothing where it is too long to stand in a question."""
    answer = _BESIDE_IT.sub("", " ".join(answer.split())).strip(" .")
    return answer if len(WORD.findall(answer)) <= _MAX_ANSWER else ""


_AS_OF = re.compile(r" \(as of [^()]*\)")
_BESIDE_IT = re.compile(rf"{_AS_OF.pattern}|^(?:Yes|No)\.(?: |$)")
