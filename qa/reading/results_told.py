"""How a game ended, by English sentences that tell of a result: "Tarnby beat Pell 2-1", "a 2-1 defeat to Tarnby".

The network takes any score near the sides: that at half-time, of another game, of a season. Results are told in one of
a few ways, by which they are found here in all passages that were found; that of the game counts of which a sentence,
and what stands around it, has the most words of the question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index import Passage, ScoredPassage
from index.words import DAYS, MONTHS, WORD, key_of, keys, short_or_long
from qa.question.contests import LEAST, Contest, is_said
from qa.question.turn import Query
from qa.reading.dated import is_of_the_time
from qa.reading.sentences import around, sentences_of

Span = tuple[int, int]  # offsets in the article


@dataclass(frozen=True, slots=True)
class Result:
    """A sentence of a passage that tells how a game ended, and its last score, where it says so."""

    passage: int  # its place among those that are read
    sentence: Span
    score: Span | None
    fits: float  # how much of the question it says, 0 to 1


def results_of(query: Query, found: Sequence[ScoredPassage]) -> list[Result]:
    """The results of the contest that a query asks for, that which fits best first; none where none fits."""
    assert query.contest is not None
    contest = query.contest
    worth = _worth(contest, found)
    timely = [is_of_the_time(query, scored) for scored in found]
    results = []
    for at, scored in enumerate(found):
        if scored.passage.language not in (None, "en") or not all(
            stage.search(f"{scored.passage.title} {scored.passage.text}") for stage in contest.stages
        ):
            continue
        late = _OTHER_TIME * (any(timely) and not timely[at])
        for sentence, scores in _results(scored.passage, between_two=bool(contest.other)):
            fits = _fit(contest, worth, scored.passage, sentence) - late
            if fits >= _FITS and not contest.is_another(text_of(scored.passage, sentence)):
                results.append(Result(at, sentence, _nearest(worth, scored.passage, scores), fits))
    return sorted(
        results, key=lambda each: (each.fits, *_in_doubt(contest, found[each.passage].passage, each)), reverse=True
    )


def _nearest(worth: Mapping[str, float], passage: Passage, scores: Sequence[Span]) -> Span | None:
    """Of the scores of a sentence that beside which the most of the question stands, the first of equal ones."""

    def said_beside(score: Span) -> float:
        start, end = score[0] - passage.start, score[1] - passage.start
        words = keys(passage.text[max(start - _BESIDE, 0) : end + _BESIDE])
        return sum(value for word, value in worth.items() if is_said(word, words))

    return max(scores, key=said_beside, default=None)


def _in_doubt(contest: Contest, passage: Passage, told: Result) -> tuple[bool, int]:
    """Of results that fit alike that with the sides in the question's order, and of one game the last: the highest."""
    asked = [key_of(word) for word in WORD.findall(contest.text)]
    asked = asked[::-1] if _AWAY.search(contest.text) else asked
    said = [key_of(word) for word in WORD.findall(text_of(passage, told.sentence))]
    places = [
        at for word in said for at, key in enumerate(asked) if key in contest.words and is_said(key, frozenset([word]))
    ]
    return places == sorted(places), sum(map(int, figures(text_of(passage, told.score)))) if told.score else 0


_AWAY = re.compile(r"\b(?:at|away|visit\w*|went to|trip|took .+ to)\b", re.IGNORECASE)  # at home is who stands first


def text_of(passage: Passage, span: Span) -> str:
    """What stands there."""
    return passage.text[span[0] - passage.start : span[1] - passage.start]


def whether(contest: Contest, sentence: str) -> bool | None:
    """Whether the side won, or lost, that is asked for, by one sentence; None where it does not say so."""
    side, other = (_named(contest, name) for name in (contest.side, contest.other))
    for pattern, first_won in _TOLD:
        if match := pattern.search(sentence):
            parts = [keys(sentence[: match.start()]), keys(sentence[match.end() :][:_BESIDE])]
            at = [any(is_said(word, words) for word in side) for words in parts]
            against = [not other or any(is_said(word, words) for word in other) for words in parts]
            if at[0] != at[1] and against[at[0]]:  # the other one on the other side
                return (at[0] == first_won) != (_LOST.search(contest.text) is not None)
    return None


def is_of_that_game(contest: Contest, sentence: str) -> bool:
    """Whether a sentence names more of the contest than the side, and so tells of no other game of that side."""
    return any(is_said(word, keys(sentence)) for word in contest.words - _named(contest, contest.side))


def _named(contest: Contest, text: str) -> frozenset[str]:
    return frozenset(map(key_of, WORD.findall(text)[:_OF_A_NAME])) & contest.words


_OF_A_NAME = 4  # words


def only_may_be(sentence: str) -> bool:
    """Whether a sentence tells no result, but what may be one."""
    return _MAY_BE.search(sentence) is not None or _ENDING.search(sentence) is None


_LOST = re.compile(r"\bdid .+ lose\b", re.IGNORECASE)


def cannot_have_won(contest: Contest, answer: str, before: str) -> bool:
    """Whether an answer to who won is neither of the sides, or was beaten by the words before it in its sentence."""
    sides = contest.sides[0] | contest.sides[1] if all(contest.sides) else frozenset()
    return _BEATEN.search(before) is not None or (
        bool(sides) and not any(is_said(side, keys(answer)) for side in sides)
    )


def tells_a_result(passage: Passage, start: int, end: int) -> bool:
    """Whether the sentence around an answer tells who won, and not who may win."""
    sentence = text_of(passage, around(passage, start, end))
    won = _RESULT.search(sentence) or _PRIZE.search(sentence)
    return won is not None and "?" not in sentence and _GUESSED.search(sentence) is None


def figures(text: str) -> list[str]:
    """The two numbers of a score, the smaller first."""
    return sorted(re.findall(r"\d+", text), key=int)


_FITS = 0.6
_OTHER_TIME = 0.25
_BOTH_SIDES = 0.65  # what a sentence says of the question, at least, that names both
_INSIDE = 0.3  # of the question the sentence itself has to say so much
_IN_THE_TITLE, _BEFORE = 0.6, 0.4  # what a word counts that stands there, and not in the sentence


def _worth(contest: Contest, found: Sequence[ScoredPassage]) -> dict[str, float]:
    """What each word of the question counts: more where fewer passages have it, nothing where none has."""
    texts = [keys(f"{scored.passage.title} {scored.passage.text}") for scored in found]
    having = {word: sum(is_said(word, text) for text in texts) for word in contest.words}
    worth = {word: math.log(1 + len(texts) / number) for word, number in having.items() if number}
    return {word: each / sum(worth.values()) for word, each in worth.items()}


def _fit(contest: Contest, worth: Mapping[str, float], passage: Passage, sentence: Span) -> float:
    """How much of the question a sentence says, 0 to 1; what stands before it or in the title counts less.

    Of two sides that the question names it, or the title, has to name both.
    """
    at, to = sentence[0] - passage.start, sentence[1] - passage.start
    texts = (passage.text[at:to], passage.title, passage.text[max(at - _NEAR, 0) : at])
    fits, left = 0.0, set(worth)
    for text, counts in zip(map(keys, texts), (1.0, _IN_THE_TITLE, _BEFORE), strict=True):
        said = {word for word in left if is_said(word, text)}
        if counts == 1.0 and sum(worth[word] for word in said) < _INSIDE:
            return 0.0
        fits += counts * sum(worth[word] for word in said)
        left -= said
    if len(worth) - len(left) < LEAST:
        return 0.0
    if all(contest.sides):
        named = keys(f"{passage.title} {passage.text[at:to]}")
        if not all(any(is_said(word, named) for word in side) for side in contest.sides):
            return 0.0
        fits = max(fits, _BOTH_SIDES)
    return fits


_NEAR = 200  # characters


def _results(passage: Passage, *, between_two: bool) -> Iterator[tuple[Span, list[Span]]]:
    """Each sentence, or row of a table, that tells a result, with the scores that may be the last ones of games.

    Without a score what somebody did to another ("dominated") tells one only of two who are known to have met.
    """
    for start, end in sentences_of(passage):
        sentence = text_of(passage, (start, end))
        if _GUESSED.search(sentence) or _PAST.search(sentence):
            continue
        rows = [row for row in _ROW.finditer(sentence) if not _is_of_a_minute(passage.text, start - passage.start, row)]
        if rows:
            yield from (((start + row.start(), start + row.end()), [_at(start, row)]) for row in rows)
        elif final := _FINAL.match(sentence):
            yield (start, end), [_at(start, final)]
        elif _RESULT.search(sentence):
            scores = [match for match in _SCORE.finditer(sentence) if not _is_interim(sentence, match)]
            clearly = _CLEARLY.search(sentence) or (between_two and any(told.search(sentence) for told, _ in _TOLD))
            if scores or (clearly and not (_MAY_BE.search(sentence) or _GOAL.search(sentence))):
                yield (start, end), [_at(start, match) for match in scores]


def _at(start: int, match: re.Match[str]) -> Span:
    return start + match.start("score"), start + match.end("score")


# A score, and what stands around it
_S = r"(?:(?:[0-7]-[0-7](?:,| and)? ){1,4}[0-7]-[0-7]|\d{1,3} ?[-–] ?\d{1,3})"  # of tennis all sets
_AFTER = r"(?: (?:on penalties|after extra time|on aggregate))?"
_SCORE = re.compile(rf"(?<![\d,.$£€/-])(?P<score>{_S}{_AFTER})(?![\d/%]|[-–.,]\d|-\w|(?:st|nd|rd|th)\b)")
_NO_DAY = rf"(?!(?i:{'|'.join(short_or_long(f'{MONTHS} {DAYS}'))})\b)"
_SIDE = rf"[A-ZÀ-Þ][\w'’.&-]*(?: {_NO_DAY}(?-i:[A-ZÀ-Þ])[\w'’.&-]*){{0,3}}"
_FINAL = re.compile(  # "Final: Tarnby 21, Pell 20"
    rf"^\W*(?:final|ft|full[- ]time)(?: score)?\W+(?P<score>(?-i:{_SIDE}) \d{{1,3}}, (?-i:{_SIDE}) \d{{1,3}}|{_S})",
    re.IGNORECASE,
)
_ROW = re.compile(rf"{_SIDE}(?: \(\w+\))? (?P<score>{_S}) {_SIDE}")


def _is_of_a_minute(text: str, at: int, row: re.Match[str]) -> bool:
    """Whether a score between two names was that of a minute: "45 mins: GOAL – Tarnby 0-1 Pell"."""
    return _MINUTE.search(text[max(at + row.start() - _BESIDE, 0) : at + row.end() + _BESIDE // 2]) is not None


_BESIDE = 60  # characters
_MINUTE = re.compile(r"\b\d+(?:st|nd|rd|th)? ?(?:mins?\b|minutes?\b|['’])|\bgoal\b|!", re.IGNORECASE)


def _is_interim(sentence: str, score: re.Match[str]) -> bool:
    """Whether a score was followed by others, or is of a season: "2-1 up", "GOAL! 1-1", "(8-4)"."""
    before, behind = sentence[: score.start()], sentence[score.end() :]
    if _ENDED.match(behind):
        return False
    return _FOLLOWED.search(before) is not None or _FOLLOWING.match(behind) is not None


_ENDED = re.compile(
    r"^ (?:(?!before|after|in|at|to|with|from)[a-z-]+ ){0,3}?"
    r"(?:win|victory|defeat|loss|draw|triumph|success|thrashing|hammering|beating|drubbing|rout|upset|thriller|result"
    r"|final|lead to win)\b",
    re.IGNORECASE,
)
_LED = (
    r"up|down|ahead|lead|led|leads|leading|trail\w*|behind|advantage|run|half[- ]time|interval|break|quarter|minutes?"
    r"|mins?"
)
_FOLLOWED = re.compile(
    rf"\b(?:{_LED}|went|goal|equali[sz]\w+|level(?:led)?|made it|make it|record|season|are|were|started|improved?|fell"
    r"|falling|drop\w*|\d+(?:st|nd|rd|th) [a-z]+)"
    r"(?:[!:]| (?:by|at|to|of|a|an|the|it|him|his|them|(?-i:[A-Z])[\w’'-]+|\S+ (?:up|down|in front)))*\W*$|\($",
    re.IGNORECASE,
)
_FOLLOWING = re.compile(
    rf"^\W{{0,3}}(?:{_LED}|deficit|record|start\w*|in front|after (?:\d|the (?:first|opening))|in the (?:first|opening"
    r"|second)|at (?:the )?(?:break|half|interval)|and \d|this season|on the (?:season|year)|overall"
    r"|in (?:conference|league))\b|^!|^\)",
    re.IGNORECASE,
)


# Who won

_VERBS = (
    r"(?:beat|beats|beating|beaten|defeat(?:s|ed|ing)?|thrash(?:es|ed|ing)?|edg(?:es?|ed|ing)(?: past| out)?|s[aiu]nk"
    r"|down(?:ed|s|ing)|hammer(?:s|ed|ing)?|overc[ao]me|outlast(?:s|ed)?|stun(?:s|ned|ning)?|upset|topp(?:les?|ed)"
    r"|rout(?:s|ed|ing)?|crush(?:es|ed|ing)?|knock(?:s|ed|ing)? out|eliminat(?:es?|ed|ing)|outclass(?:es|ed)?"
    r"|trounc(?:es?|ed|ing)|dispatch(?:es|ed)|s[ae]w off|bl(?:ew|ow(?:s|ing)?) out|pump(?:ed|s)|dominat(?:ed|es|ing)"
    r"|outscored?|outpoint(?:s|ed)?|stopp(?:ed|ing)|conquer(?:s|ed)|shock(?:s|ed)|humbl(?:es?|ed)"
    r"|swe(?:ep|pt)(?: past)?)"
)
_WIN = r"(?:win|wins|won|victory|victories|triumph|success|rout|upset|comeback|romp|walkover|shutout)"
_LOSS = r"(?:loss|losses|defeat|defeats|lost|los(?:e|es|ing)|fell|f[ae]ll(?:s|ing)?|went down|succumb(?:s|ed))"
_ENDS = rf"{_VERBS}|{_WIN}|{_LOSS}|drew|draw|drawn|tied?|prevail(?:ed|s)"
_ENDING = re.compile(rf"\b(?:{_ENDS}|winners?|(?:re-?)?elected|crowned)\b", re.IGNORECASE)
_RESULT = re.compile(
    rf"\b(?:{_ENDS}|claim(?:ed|s)?|held|thrashing|hammering|thumping|drubbing|champions?|crowned|shared)\b",
    re.IGNORECASE,
)
_PRIZE = re.compile(
    r"\b(?:awarded|took|taken|honou?red|prizes?|awards?|winners?|gold|stopped|knocked|named|elected|T?KO)\b",
    re.IGNORECASE,
)
_TOLD = tuple(  # and whether who stands before it won
    (re.compile(pattern), first_won)
    for pattern, first_won in (
        (rf"\b(?:was|were|been|being|be) (?:\w+ )?{_VERBS}\b(?= (?:\S+ ){{0,4}}by\b)", False),
        (rf"\b(?:{_LOSS}|defeats?)\b(?=,? (?:\S+ ){{0,2}}(?:to|by|against|at)\b)", False),
        (rf"\b(?:{_WIN}|defeat)\b(?=,? (?:\S+ ){{0,2}}(?:over|of|against|at|versus)\b)", True),
        (rf"\b{_VERBS}\b", True),
    )
)
_CLEARLY = re.compile(  # also without a score: what shocked or stopped somebody may be no game
    r"\b(?:beat(?:s|ing|en)?|defeat(?:s|ed|ing)?|thrash\w*|trounc\w+"
    r"|(?:lost|loses?|losing|fell) (?:\S+ ){0,2}?(?:to|against)"
    r"|(?:win|wins|victory|triumph) (?:over|against)|won by|dr[ae]w(?:n|s)? (?:with|against)|knock(?:ed|s|ing)? out)\b",
    re.IGNORECASE,
)
_BEATEN = re.compile(
    rf"\b(?:(?<!was )(?<!were )(?<!been ){_VERBS}|(?:{_WIN}|defeat)(?: \S+){{0,3}}? (?:over|of|against)|against|past"
    r"|versus|vs\.?) (?:(?:the|a|an|then|his|her|their|world|champions?|hosts|[\w-]+) ){0,3}$",
    re.IGNORECASE,
)
# What may be, what somebody expects, and games before the one that is told of.
_MAY_BE = re.compile(
    r"\b(?:will|would|could|should|must|may|might|can|if|need\w*|hop\w+|look\w* to|aim\w*|expect\w*)\b"
)
_GOAL = re.compile(r"\b(?:goal|equali[sz]\w+|opener|header|penalty|took the lead|first half)\b", re.IGNORECASE)
_GUESSED = re.compile(r"\b(?:guess\w*|predict\w*|odds|favou?red|bett?ing|bets?|spread|tips?)\b", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:most recent|last (?:season|year|time|meeting)|previous(?:ly)?|history|head[- ]to[- ]head|all[- ]time"
    r"|years? ago|(?:won|lost) (?:\w+|\d+) (?:of|straight|in a row|consecutive|games|matches|times))\b",
    re.IGNORECASE,
)
