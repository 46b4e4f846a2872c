"""Questions that a text answers, made by templates: who and what is what, and who said something.

English only. Whether a question is answered, and by what, is not known here: qa.suggesting.suggest tries each one out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from index.split import sentence_spans
from index.words import FORMS_OF_ADDRESS, FUNCTION_WORDS, key_of
from qa.question.names import CALENDAR, NAME_TOLD

Template = Literal["who", "what", "old", "based", "said"]

_MAX_SENTENCE = 400  # characters: what is longer is a table or a list more often than a sentence
_MAX_NAME = 60  # characters


@dataclass(frozen=True, slots=True)
class Askable:
    """A question, and the places of the text that answer it, by characters; `about` is the name that is asked about."""

    question: str
    template: Template
    about: str
    places: tuple[tuple[int, int], ...]


def askable(text: str) -> list[Askable]:
    """Questions that the sentences of a text answer, in their order; one that several answer comes once."""
    people = _people(text)
    found: dict[str, Askable] = {}
    for start, end in sentence_spans(text):
        if end - start > _MAX_SENTENCE or _CREDIT.search(text, start, end):
            continue
        for template, question, about, (first, last) in _of_sentence(text[start:end], people):
            before = found[question].places if question in found else ()
            found[question] = Askable(question, template, about, (*before, (start + first, start + last)))
    return list(found.values())


_ROLES = frozenset(
    "actor actress activist adviser advisor agent ambassador analyst anchor apprentice archaeologist architect artist "
    "astronaut astronomer astrophysicist athlete attorney author baker banker biologist bishop bookseller boxer "
    "broker builder businessman businesswoman campaigner candidate captain cardinal carpenter chair chairman "
    "chairwoman champion chancellor chef chemist chief climatologist coach co-founder columnist commander "
    "commissioner composer conductor congressman congresswoman conservator constable consul coordinator coroner "
    "correspondent councillor creator critic curator dancer daughter dean dentist deputy designer detective diplomat "
    "director doctor driver ecologist economist editor engineer envoy epidemiologist executive expert farmer father "
    "filmmaker fisherman founder friend gardener general geologist goalkeeper golfer governor guard guitarist head "
    "historian host hydrologist inspector inventor investigator journalist judge justice king lawmaker lawyer leader "
    "lecturer librarian lieutenant manager mayor mechanic meteorologist minister model mother musician neighbour "
    "neighbor neurologist novelist nurse officer official painter pastor philosopher photographer physicist pilot "
    "planner player poet politician pope premier president priest prince practitioner princess principal producer "
    "professor programmer prosecutor psychologist pupil queen rapper rector referee reporter representative "
    "researcher resident runner sailor scholar schoolgirl schoolboy scientist secretary senator sergeant sheriff "
    "singer skipper soldier son spokesman spokesperson spokeswoman star statistician student surgeon survivor swimmer "
    "teacher technician trader trainer treasurer tutor vet veteran victim volcanologist volunteer widow wife husband "
    "brother sister winner witness worker writer zoologist".split()
)

_TITLES = _ROLES | FORMS_OF_ADDRESS | frozenset("sen rep gov gen sgt lt col capt rev former us u.s".split())
_NOT_A_PERSON = frozenset(
    "academy administration agency airlines airport army association authority avenue award bank bay beach board "
    "bridge building bureau capital castle centre center church city club college commission committee company "
    "conference congress council country county court cup department district east federation festival force forces "
    "foundation fund games gallery government group gulf harbour harbor hall hospital hotel house inc industries "
    "institute island islands isle lab laboratory lake league library light ltd ministry mission mount mountain "
    "museum news north northern ocean olympics open orchestra organisation organization park parliament party "
    "peninsula philharmonic point police port post prize province region republic research river road rovers school "
    "sea senate series service society south southern square stadium state states station street studios team "
    "television theatre times tower town trial trust tv union united university valley village war west western world "
    "york zoo".split()
)

_THINGS = frozenset(
    "agency album app archipelago association band bank book brand broadcaster business campaign centre center charity "
    "church city clinic club college company conference country disease drug facility festival film firm foundation "
    "group hospital hotel institute island lab laboratory lake magazine manufacturer maker market militia mine mission "
    "mountain movement museum neighborhood neighbourhood network newspaper novel opera organisation organization park "
    "party peninsula plant port prison product programme program project province publisher region restaurant retailer "
    "river satellite school ship software song spacecraft species start-up startup state studio suburb supplier team "
    "telescope tool town university village virus volcano website weapon".split()
)

_SAYING = "(?:said|says|told|warned|announced|argued|added|explained|claimed|wrote|insisted)"
_SAYS, _SAID = re.compile(rf" {_SAYING}\b"), re.compile(rf"\b{_SAYING} $")
_IN = re.compile(r"\b(?:in|near) $")
_CREDIT = re.compile(r"\bcontributed to this|\b[Rr]eporting by\b")
_AGE = re.compile(r",? \(?([1-9]\d)(?=[,.;)])")
_BASED = re.compile(r",? (?:which |that )?(?:is |was )?based in ([A-Z][\w ]{2,30})")
_ROLE_BEFORE = re.compile(r"([\w-]+),? $")
_APPOSITION = re.compile(r", ([^,.;:()“”\"\n]{3,90})(?=[,.;])")
# What somebody or something is, up to what says more of it.
_HEAD = re.compile(
    r"(?:(?:an?|the|its|their|his|her) )?([\w’'-]+(?: (?!(?:of|for|at|in|to|with|on|from|by|and|who|that|which|where|"
    r"near|about|behind)\b)[\w’'-]+){0,5})"
)
_ARTICLES = ("a ", "an ", "the ")


def _people(text: str) -> dict[str, str]:
    """The full names of a text's people by their last names, where a last name is one person's."""
    found: dict[str, set[str]] = {}
    for match in NAME_TOLD.finditer(text):
        _, name = _without_title(match[0])
        if _may_be_person(name):
            found.setdefault(name.split()[-1], set()).add(name)
    return {last: names.pop() for last, names in found.items() if len(names) == 1}


def _without_title(run: str) -> tuple[str, str]:
    """What stands before a name that is no part of it, role or form of address, and the name without possessive."""
    words = re.sub("['’]s?$", "", run).split()
    known = [at for at, word in enumerate(words) if key_of(word).rstrip(".") in _TITLES]
    at = max((at + 1 for at in known if len(words) - at > 2 or at == 0), default=0)
    if at and words[at : at + 1] == ["of"]:  # Secretary of State
        at += 2
    while at < len(words) and (key_of(words[at]) in FUNCTION_WORDS or words[at].islower()):
        at += 1
    return " ".join(words[:at]), " ".join(words[at:])


def _may_be_person(name: str) -> bool:
    words = name.split()
    return (
        2 <= len(words) <= 6
        and " of " not in name
        and not any(key_of(word) in _NOT_A_PERSON | CALENDAR | FUNCTION_WORDS for word in words)
        and not any(re.search("[’']s|^[A-Z]{3,}$", word) for word in words)
    )


def _is_name(name: str) -> bool:
    return len(name) > 2 and not any(
        key_of(word) in CALENDAR | FUNCTION_WORDS - {"of", "the"} or (word.isupper() and len(word) > 5)
        for word in name.split()
    )


def _of_sentence(sentence: str, people: Mapping[str, str]) -> Iterator[tuple[Template, str, str, tuple[int, int]]]:
    """Template, question, whom it is about, and which characters of the sentence answer it."""
    for run in NAME_TOLD.finditer(sentence):
        title, name = _without_title(run[0])
        if f"{title} {name}".strip() != run[0] or not 0 < len(name) <= _MAX_NAME:
            continue
        before, after = sentence[: run.start()], sentence[run.end() :]
        if before.endswith("& ") or re.match(r" (?:&|[a-z]+-[A-Z])", after):  # a part of a longer name
            continue
        last = name.split()[-1]
        is_person = _may_be_person(name) and people.get(last) == name and not _IN.search(before)
        may_be_thing = not title and _is_name(name)
        place = run.end()
        if is_person and title and key_of(title.split()[-1]) in _ROLES:
            yield "who", f"Who is {name}?", name, (run.start(), run.start() + len(title))
        elif is_person and (role := _ROLE_BEFORE.search(before)) and key_of(role[1]) in _ROLES:
            if not (role[0].endswith(", ") and _SAYS.match(after)):  # "her husband, Ann Lee said"
                yield "who", f"Who is {name}?", name, role.span(1)
        elif (apposition := _APPOSITION.match(after)) and (head := _HEAD.match(apposition[1])):
            words = head[1].split()
            if is_person and key_of(words[-1]) in _ROLES:
                yield "who", f"Who is {name}?", name, (place + 2, place + apposition.end(1))
            elif may_be_thing and key_of(words[-1]) in _THINGS and head[0].startswith(_ARTICLES):
                yield "what", f"What is {name}?", name, (place + 2, place + apposition.end(1))
        if is_person and (age := _AGE.match(after)):
            yield "old", f"How old is {name}?", name, (place + age.start(1), place + age.end(1))
        if may_be_thing and (site := _BASED.match(after)):
            yield "based", f"Where is {name} based?", name, (place + site.start(1), place + site.end(1))
        speaker = people.get(last, "")
        if speaker.endswith(name) and (_SAYS.match(after) or _SAID.search(before)):
            yield "said", f"What did {speaker} say?", speaker, (0, len(sentence))
