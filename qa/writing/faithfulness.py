"""Whether a sentence says only what some passages say: what a language model wrote, held against what it cites.

Names, numbers, dates and quoted words must stand there, and most of the words that mean something; the reader judges
whether a name or a number is in another's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from index import Passage
from index.split import sentence_spans
from index.words import FUNCTION_WORDS, WORD, key_of, keys, words
from qa.question.names import CALENDAR, NAME_CLAIMED, initials, names
from qa.reading.network import Pair, ReaderNetwork, TokenScores
from qa.reading.same import words_in
from qa.reading.spans import best_spans, margin_between

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
).split()
_VALUES: dict[str, float] = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: value for value, word in enumerate(_ORDINALS)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
    **{f"{word[:-1]}ieth": 10 * value for value, word in enumerate(_TENS, start=2)},
    "once": 1, "twice": 2, "thrice": 3, "dozen": 12, "couple": 2,
}  # fmt: skip
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12,
}  # fmt: skip
_UNCOUNTED = {"one", "first", "second", "once", "zero"}  # pronouns, order and time as often as numbers
_QUOTED = re.compile(r"[“\"„«]([^“”\"„«»]{3,})[”\"“»]")
_SAME_STEM = 5  # letters that two forms of a word have in common: resign, resignation
_SAME_NAME = 4  # and of a name: Italy, Italian
_NAME_ENDINGS = frozenset(["", *"y ia ian ians an ans e es ish ic a".split()])


@dataclass(frozen=True, slots=True)
class Missing:
    """What a sentence says and its passages do not. `kind`: "quote", "number", "date" or "name"."""

    kind: str
    text: str


def missing(sentence: str, evidence: Sequence[str], around: Sequence[str] = ()) -> list[Missing]:
    """The quoted words, numbers, dates and names of a sentence that stand in none of the texts, in that order.

    A name may stand in the texts `around` as well: an article says once who somebody is, and then "he".
    """
    source = "\n".join(evidence)
    found = [
        Missing("quote", quoted)
        for quoted in _QUOTED.findall(sentence)
        if _bare_words(quoted) not in _bare_words(source)
    ]
    there = {value for value, _ in numbers(source)}
    found += [
        Missing("number", text)
        for value, text in numbers(sentence)
        if value not in there and text.lower() not in _UNCOUNTED
    ]
    known = _known(source)
    known_around = known | _known("\n".join(around))
    for name in names(sentence):
        key = key_of(name)
        if key in CALENDAR:
            if key not in known:
                found.append(Missing("date", name))
        elif not all(_known_name(part, known_around) for part in key.split("-")):
            found.append(Missing("name", name))
    return found


def numbers(text: str) -> Iterator[tuple[float, str]]:
    """Each number of a text with its words: digits, "1.5 million", "twenty-three", "third".

    >>> [value for value, _ in numbers("Two of 1,500 sheep, twenty-three thousand in all, 3.5 million later")]
    [2, 1500.0, 23000.0, 3500000.0]
    """
    total = 0.0  # of the number that is being read
    words: list[str] = []
    last = ""  # "digits", "tens", "unit", "scale"
    for match in re.finditer(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\s\w-]", text):
        token = match[0].lower()
        if token[0].isdecimal():
            kind, value = "digits", _digits(token)
        elif token in _SCALES and (words or token in ("hundred", "thousand")):  # "hundreds" is no number
            kind, value = "scale", _SCALES[token]
        elif token in _VALUES:
            kind, value = "tens" if 20 <= _VALUES[token] < 100 else "unit", float(_VALUES[token])
        else:
            kind, value = "", 0.0
        if words and kind == "scale":
            total, last = total * value, "scale"
            words.append(match[0])
        elif words and kind == "unit" and last == "tens" and value < 10:
            total, last = total + value, "unit"
            words.append(match[0])
        else:
            if words:
                yield total, " ".join(words)
            total, last, words = value, kind, [match[0]] if kind else []
    if words:
        yield total, " ".join(words)


def coverage(sentence: str, evidence: str) -> float:
    """The share of a sentence's content words that stand in a text in some form, 0 to 1; 1 where it has none."""
    said, there = [word.key for word in words(sentence)], keys(evidence)
    return sum(_among(key, there) for key in said) / len(said) if said else 1.0


def _bare_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", key_of(text)))


def _digits(token: str) -> float:
    groups = re.split("[.,]", token)
    if len(groups) > 1 and all(len(group) == 3 for group in groups[1:]) and "," in token:
        return float("".join(groups))
    return float(token.replace(",", ".")) if len(groups) == 2 else float("".join(groups))


def _among(word: str, words: set[str]) -> bool:
    if word in words:
        return True
    stem = word[: max(_SAME_STEM, len(word) - 3)]
    return len(word) >= _SAME_STEM and any(other.startswith(stem) for other in words)


def _known(text: str) -> set[str]:
    """The words of a text, the parts of those with a hyphen, and what its names are shortened to."""
    known = {key_of(word) for word in WORD.findall(text)}
    return known | {part for word in known for part in word.split("-")} | set(initials(text))


def _known_name(name: str, known: set[str]) -> bool:
    """Whether a name stands among words, or a form of it: Ukrainian for Ukraine, but not Downei for Downey."""
    if name in known:
        return True
    for other in known:
        shared = next(
            (at for at, (a, b) in enumerate(zip(name, other, strict=False)) if a != b), min(len(name), len(other))
        )
        rests = {name[shared:], other[shared:]}
        if shared >= _SAME_NAME and (rests <= _NAME_ENDINGS or ("" in rests and len(max(rests, key=len)) <= 2)):
            return True
    return False


# --- With the reader --------------------------------------------------------------------------------------------------

# Chosen on tests/qa/data/cited_answers.jsonl: docs/decisions.md, "Language models".
_LEAST_COVERED = 0.45  # of the content words
_FIGURE_WORDS = 3  # of an answer that is a figure, at most
_SURE, _SURER = 2.0, 3.0  # logits: the other answer's margin, and how far it is over that of what the sentence says


_Read = tuple[str, TokenScores]  # a passage's text, and what the network makes of it


def _surest(read: Sequence[_Read]) -> tuple[float, str]:
    """The margin and the words of the best answer in what was read."""
    best, words = -_NEVER, ""
    for passage, scores in read:
        for span in best_spans(scores, 1, [start for start, _ in sentence_spans(passage)]):
            if span.margin > best:
                best, words = span.margin, passage[span.start : span.end]
    return best, words


class EvidenceCheck:
    """Says what is wrong with a sentence that cites passages."""

    def __init__(self, network: ReaderNetwork) -> None:
        """Let `network` confirm numbers and names."""
        self._network = network

    def problem(self, sentence: str, passages: Sequence[Passage], around: Sequence[str] = ()) -> str:
        """Why the passages do not support the sentence, in words for a reader; "" where nothing speaks against it.

        `around`: the articles that the passages are from, where the sentence's names may stand, too. A sentence that
        cites nothing is not supported. Raises ReaderWeightsError.
        """
        if not passages:
            return "it cites no passage"
        evidence = [_with_facts(passage) for passage in passages]
        if lacking := missing(sentence, evidence, around):
            return f"what it cites does not have the {lacking[0].kind} “{lacking[0].text}”"
        if coverage(sentence, "\n".join(evidence)) < _LEAST_COVERED:
            return "what it cites says little of this"
        return self._contradicted(sentence, passages)

    def other_answer(self, question: str, text: str, passages: Sequence[Passage]) -> str:
        """What passages answer to a question for a word or two, where a text answers otherwise or not at all; else "".

        The text may say more than the answer. Raises ReaderWeightsError.
        """
        said = words_in(text) - words_in(question)
        read = self._read(question, passages)
        best, other = _surest(read)
        own = -_NEVER
        for passage, scores in read:
            for match in WORD.finditer(passage):
                if words_in(match[0]) & said:
                    own = max(own, margin_between(scores, *match.span()))
        answered = bool(words_in(other) & words_in(text)) or (said and best - own < _SURER)
        return "" if best < _SURE or answered else " ".join(other.split())

    def _read(self, question: str, passages: Sequence[Passage]) -> list[_Read]:
        pairs = [Pair(question, passage.title, passage.text) for passage in passages]
        return [(pair.passage, scores) for pair, scores in zip(pairs, self._network.score(pairs), strict=True)]

    def _contradicted(self, sentence: str, passages: Sequence[Passage]) -> str:
        """Ask for each number and name of the sentence, and see whether the passages answer with another one.

        Questions made of a claim show whether a text bears it out: QAGS (Wang et al., ACL 2020).
        """
        for said in _mentions(sentence):
            read = self._read(_asked_for(said, sentence), passages)
            best, other = _surest(read)
            own = -_NEVER
            for passage, scores in read:
                for start, end in said.places(passage):
                    own = max(own, margin_between(scores, start, end))
            if said.value is None and own == -_NEVER:  # an American envoy, say, of whom the passage only gives the name
                continue
            if best >= _SURE and best - own >= _SURER and said.differs_from(other):
                return f"what it cites seems to say “{' '.join(other.split())}”, not “{said.text}”"
        return ""


def _asked_for(said: _Mention, sentence: str) -> str:
    """A question for the mention, made of the clause that it stands in: what the rest says may be in its place."""
    borders = [(0, 0), *((match.start(), match.end()) for match in _CLAUSES.finditer(sentence))]
    start = max(end for _, end in borders if end <= said.start)
    end = min((begin for begin, _ in borders if begin >= said.end), default=len(sentence))
    return f"{sentence[start : said.start]}{said.asked_by}{sentence[said.end : end]}".strip(" .,;:!") + "?"


_CLAUSES = re.compile(
    r"[,;:]\s+(?:(?:and|but|while|whereas|although|which|who|that)\s+)?"
    r"|\s+(?:and|but|while|whereas|although|though|that|which|who|whom|whose)\s+",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"(?:an|ish|ese|ic)$")
_NEVER = 1e9


@dataclass(frozen=True, slots=True)
class _Mention:
    """A number or a name in a sentence, by its characters."""

    start: int
    end: int
    text: str
    asked_by: str  # the question word in its place
    value: float | None  # of a number

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text has the same number, in figures or words, or the same name, by characters."""
        if self.value is None:
            yield from (match.span() for match in re.finditer(rf"\b{re.escape(self.text)}\b", text))
            return
        for match in re.finditer(rf"\b{re.escape(self.text)}\b|\d+(?:[.,]\d+)*|[^\W\d_]+", text):
            if self.value in {value for value, _ in numbers(match[0])}:
                yield match.span()

    def differs_from(self, other: str) -> bool:
        """Whether another text is of the same kind, number or name, and says another one."""
        said = WORD.findall(other)
        if self.value is not None:
            values = {value for value, _ in numbers(other)}
            return len(said) <= _FIGURE_WORDS and bool(values) and self.value not in values
        known = {key_of(word) for word in said}
        named = bool(said) and all(word[0].isupper() for word in said if key_of(word) not in FUNCTION_WORDS)
        return named and other[:1].isupper() and not any(_known_name(key_of(w), known) for w in WORD.findall(self.text))


_WHERE = "(?:to|in|at|from|near|into|towards)"


def _mentions(sentence: str) -> Iterator[_Mention]:
    for value, text in numbers(sentence):
        at = sentence.find(text)
        if at >= 0 and text.lower() not in _UNCOUNTED:
            yield _Mention(at, at + len(text), text, "how many", value)
    named = {name for name in names(sentence) if key_of(name) not in CALENDAR}
    for match in re.finditer(rf"(?P<where>\b{_WHERE}\s+)?(?P<name>{NAME_CLAIMED})", sentence):
        text = match["name"].rstrip(".")
        if named & set(WORD.findall(text)) and not _ADJECTIVE.search(text):
            end = match.start("name") + len(text)
            yield _Mention(match.start(), end, text, "where" if match["where"] else "who", None)


def _with_facts(passage: Passage) -> str:
    """The passage with its title, source and date, which an answer may name, too."""
    published = passage.published or ""
    spelled = ""
    if match := re.match(r"(\d{4})-(\d{2})-(\d{2})", published):
        spelled = f"{date(*map(int, match.groups())):%A %B} {int(match[3])} {match[1]}"
    return "\n".join(filter(None, [passage.title, passage.source, spelled, passage.text]))
