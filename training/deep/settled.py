"""Yes-or-no questions made of questions that ask for a word: the answer in its place, or another of its kind.

"When did the bridge open?" with the answer 1926 becomes "Did the bridge open in 1926?", which its paragraph supports;
with another year of the paragraph it is refuted; and a question that the paragraph does not answer stays open. A claim
("The bridge was opened by a mayor.") becomes a question, too.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from training.data import Record
from training.deep.arrays import OPEN, REFUTED, SUPPORTED
from training.deep.records import Example
from training.negatives import names_in, swapped_question

# The sets whose questions are asked so.
SETTLED_SETS = frozenset(
    "squad_train_part squad11_dev squad2_dev_half shifts_new_wiki nq_swap_train qed_dev squad2_train_unanswerable "
    "squad2_train_lower_answerable squad2_dev_unanswerable_more timeqa_human_train nq_open_oracle".split()
)
_ANSWER_CHARACTERS = 60
_BE = r"is|was|are|were"
_HELPS = rf"{_BE}|did|does|do|has|have|had|can|could|will|would|should"
# What asks, the kind of answer that it asks for, and what the answer stands in.
_FRONT = re.compile(
    rf"(?:(?P<prep>in|on|at|from|to|for|with|by|of|under|during|into) )?"
    rf"(?P<wh>who|whom|when|where|how (?:many|much)(?: [\w-]+){{0,3}}?|what|(?:what|which)(?: [\w'-]+){{1,3}}?)"
    rf" (?P<help>{_HELPS}) (?P<rest>.+)",
    re.IGNORECASE,
)  # fmt: skip
_SUBJECT = re.compile(
    r"(?:who|(?:what|which) [\w'-]+) (?P<rest>[a-z]+(?:ed|[^s]s) .+|(?<=who )[a-z]+ .+)", re.IGNORECASE
)
_YEAR_OR_MONTH = re.compile(r"\d{4}s?|[A-Z][a-z]+ \d{4}|(?:the )?[a-z]+ (?:century|season)")
_CLAIM = re.compile(
    rf"(?P<subject>(?:(?!(?:who|that|which|whose|where)\b)[^\s,]+ ){{1,7}}?)"
    rf"(?P<help>{_BE}|did|does|can|could|will|would"
    r"|(?:has|have|had)(?= (?:never |also )?(?:been|[a-z]+ed|won|made|[a-z]+[^d]en)\b)) (?P<rest>.+)"
)
_NO_NAME = re.compile(r"(?:The|A|An|There|It|He|She|They|In|On|At|Some|All|One|Both) ")  # not so in a sentence
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d(?![\w.,]\d)|(?<![\w.,])\d(?![\w.,]\d)")


def settled(records: Sequence[Record], rng: random.Random) -> Iterator[Example]:
    """For each record at most one example: supported, refuted or open, about a third of each."""
    of_context: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        of_context[record.context].append(record)
    for record in records:
        if (example := _example(record, of_context[record.context], rng)) is not None:
            yield example


def _example(record: Record, beside: Sequence[Record], rng: random.Random) -> Example | None:
    verdict = rng.choice((SUPPORTED, REFUTED, OPEN))
    question = record.question
    answer = rng.choice(record.answers) if record.spans else ""
    if not record.spans or verdict == REFUTED:
        others = _others(record, beside)
        answer = rng.choice(others) if others else ""
    if not record.spans:
        verdict = OPEN
    elif verdict == OPEN:
        question = swapped_question(record, [], rng) or ""
    asked = as_yes_or_no(question, answer) if question and answer else None
    if asked is None:
        return None
    made = Record(f"{record.id}-settled", record.set, record.title, record.context, asked, record.spans)
    return Example(made, verdict)


def claimed(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Each claim asked as a question."""
    for each in examples:
        record = replace(each.record, id=f"{each.record.id}-asked", question=as_question(each.record.question, rng))
        yield replace(each, record=record)


def as_question(claim: str, rng: random.Random) -> str:
    """A claim as a question: what helps the verb in front, or words around it where nothing does.

    >>> as_question("The bridge was not widened in 1961.", random.Random(0))
    'Was the bridge not widened in 1961?'
    """
    text = claim.strip().rstrip(".")
    found = _CLAIM.fullmatch(text)
    if found is not None:
        subject = _NO_NAME.sub(lambda word: word[0].lower(), found["subject"], count=1)
        return f"{found['help'].capitalize()} {subject}{found['rest']}?"
    inner = _NO_NAME.sub(lambda word: word[0].lower(), text, count=1)
    return rng.choice(
        (f"Is it true that {inner}?", f"I heard {inner}, is that right?", f"{text}, right?", f"so {inner}?")
    )


def _others(record: Record, beside: Sequence[Record]) -> list[str]:
    """What answers another question of the same kind, or is another number or name in the paragraph; not the answer."""
    kind = kind_of(record.question)
    found = [each.answers[0] for each in beside if each.spans and kind_of(each.question) == kind]
    if kind in ("when", "how many"):
        years = kind == "when"
        found += [
            each
            for each in _NUMBER.findall(record.context)
            if (re.fullmatch(r"1\d{3}|20\d\d", each) is not None) == years
        ]
    elif kind == "who":
        found += names_in(record.context)
    words = {word for answer in record.answers for word in answer.lower().split()}
    asked = record.question.lower()
    return [each for each in found if not set(each.lower().split()) & words and each.lower() not in asked]


def kind_of(question: str) -> str:
    """ "when", "where", "who", "how many", or the noun that "what" and "which" ask for, or "what"."""
    found = re.search(r"\b(when|where|who|whom|how many|how much|what|which)\b(?: ([\w'-]+))?", question, re.IGNORECASE)
    if found is None:
        return ""
    kind, noun = found[1].lower(), (found[2] or "").lower()
    if kind in ("what", "which"):
        kind = "when" if noun in ("year", "month", "day", "date", "century", "decade") else "what"
        return kind if kind == "when" or re.fullmatch(_HELPS, noun) else noun
    return {"whom": "who", "how much": "how many"}.get(kind, kind)


def as_yes_or_no(question: str, answer: str) -> str | None:
    """The question with the answer in the place of what asks; None where its form is another.

    >>> as_yes_or_no("When did the bridge open?", "1926")
    'Did the bridge open in 1926?'
    >>> as_yes_or_no("Who was the first mayor of Amsel?", "Ida Brandt")
    'Was Ida Brandt the first mayor of Amsel?'
    >>> as_yes_or_no("How many boats did the harbour hold in May?", "40")
    'Did the harbour hold 40 boats in May?'
    """
    if not 0 < len(answer) <= _ANSWER_CHARACTERS:
        return None
    text = re.sub(r"\s+", " ", question).strip().rstrip("?").strip()
    answer = re.sub(r"^(?:The|A|An) ", lambda article: article[0].lower(), answer.strip(" .,;"))
    if (found := _FRONT.fullmatch(text)) is not None:
        return _sentence(_turned(found, answer))
    if (found := _SUBJECT.fullmatch(text)) is not None and found["rest"].split()[0].lower() not in ("else", "of", "in"):
        return _sentence(f"was it {answer} {'who' if text[:3].lower() == 'who' else 'that'} {found['rest']}")
    return None


def _turned(found: re.Match[str], answer: str) -> str | None:
    wh, helps, rest = found["wh"].lower(), found["help"].lower(), found["rest"]
    if wh in ("when", "where"):
        starts = re.match(r"(?:in|on|at|from|to|since|after|before|during|by|near|between|around)\b", answer)
        place = (
            answer if starts else f"{'on' if wh == 'when' and not _YEAR_OR_MONTH.fullmatch(answer) else 'in'} {answer}"
        )
        return f"{helps} {rest} {place}"
    if found["prep"]:
        return f"{helps} {rest} {found['prep'].lower()} {answer}"
    if wh.startswith("how"):
        noun = wh.split(" ", 2)[2:]
        what = answer if not noun or noun[0] in answer.lower() else f"{answer} {noun[0]}"
    else:
        what = answer
    if re.fullmatch(_BE, helps):
        if re.match(r"[a-z]+(?:ed|en)\b|there\b|in\b|on\b|at\b|the\b|a\b|an\b", rest):
            return f"{helps} {what} {rest}" if not rest.startswith("there") else f"{helps} there {what}{rest[5:]}"
        return None if wh.startswith("how") else f"{helps} {what} {rest}"
    tail = re.search(r" (?:in|on|at|during|after|before|by|since|until|from|as|for|with|to) (?=[^?]*$)", rest)
    words = rest.split()
    if helps in ("has", "have", "had", "can", "could", "will", "would", "should") and wh in ("who", "what"):
        subject = re.match(r"(?:been|[a-z]+ed|be|[a-z]+)\b", rest)
        if subject and not re.match(r"(?:the|a|an|his|her|its|their|he|she|it|they|we|you|i)\b", rest):
            return f"{helps} {what} {rest}"
    if len(words) > 30:
        return None
    if tail is not None and tail.start() > 0:
        return f"{helps} {rest[: tail.start()]} {what}{rest[tail.start() :]}"
    return f"{helps} {rest} {what}"


def _sentence(text: str | None) -> str | None:
    return f"{text[0].upper()}{text[1:]}?" if text else None
