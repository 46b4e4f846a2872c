"""What a name looks like in English: every rule that the program has, and what each one is for.

| rule         | serves                                              | what is its own                                 |
|--------------|-----------------------------------------------------|-------------------------------------------------|
| NAME_SAID    | follow_ups, whole_names: the name around a word     | across any white space, as people type          |
| NAME_CLAIMED | faithfulness: who a written sentence is about       | across "and", too: both are asked for together  |
| NAME_TOLD    | templates: who a question that is offered is about  | strict: no part of a word, nine parts at most   |
| NAME_PAIRED  | parts: two names that one question asks about       | across one space, and no question word          |
| NAME_ALONE   | wording: "Who is NAME?" asks what somebody is       | one part of it                                  |
| names        | faithfulness, withheld, topic: words that are names | single words, but no plain one behind a stop    |
| whole_names  | follow_ups, topic: what a question is about         | some of them, without a first word that is none |
| is_name      | listing, follow_ups: whether a text can be a name   | half of its words, and no heading in capitals   |
| initials     | faithfulness: what a name is shortened to           | capitals from A to Z                            |

They match differently, so that one rule for all would change follow-ups, suggestions and checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.words import DAYS, FORMS_OF_ADDRESS, FUNCTION_WORDS, MONTHS, WORD, key_of

CALENDAR = frozenset(f"{MONTHS} {DAYS}".split())  # capitalised, and nobody's name

_CAPITALISED = r"[^\W\d_a-z][\w'’.-]*"
_NEXT = r"[^\W\d_a-z][\w'’-]*"
NAME_SAID = re.compile(rf"{_CAPITALISED}(?:\s+(?:of\s+|the\s+|de\s+|von\s+)?{_NEXT})*")
NAME_CLAIMED = rf"{_CAPITALISED}(?: (?:of |the |and |de )?{_NEXT})*"  # a part of a longer pattern there

NAME_PAIRED = (  # a part of a longer pattern there
    r"(?:(?!(?:Who|What|When|Where|Which|Whose|How|In|On|At)\b)[A-Z][\w'’.&-]*"
    r"(?: (?:(?:of|the|de|von|al) )?[A-Z0-9][\w'’.&-]*)*)"
)
NAME_ALONE = r"[A-Z][\w'’.-]*"  # a part of a longer pattern there

_PART = r"(?:[A-Z]\.(?:[A-Z]\.)*|(?:al-|el-)?[^\W\d_a-z](?:[^\W_]|[’'-])*)"
_LINK = r"(?:of (?:the )?|(?:(?:al|bin|da|de|del|den|der|di|la|le|van|von) ){1,2})?"
# Whole, however long: half a name would be another one's.
NAME_TOLD = re.compile(rf"(?<![\w’'-]){_PART}(?: {_LINK}{_PART}){{0,8}}")


def names(sentence: str) -> list[str]:
    """The words with a capital letter, but for a function word or a plain word at the beginning of a sentence."""
    found = []
    begins = True
    for match in re.finditer(rf"{WORD.pattern}|[.!?:\"“]", sentence):
        word = match[0]
        if not word[0].isalnum():
            begins = True
            continue
        plain = key_of(word)
        if (
            word[0].isupper()
            and plain not in FUNCTION_WORDS | FORMS_OF_ADDRESS
            and not (begins and not _looks_named(word))
        ):
            found.append(word)
        begins = False
    return found


def whole_names(question: str, most: int = 3) -> list[str]:
    """The names of a question, whole, the first `most` of them.

    >>> whole_names("Did Ida Brandt leave Tarnby's council?")
    ['Ida Brandt', 'Tarnby']
    """
    single, found = set(names(question)), []
    for match in NAME_SAID.finditer(question):
        parts = match[0].split()
        while parts and parts[0] not in single:  # the first word of a sentence has a capital, too
            del parts[0]
        found += [re.sub("['’]s?$", "", " ".join(parts))] if parts else []
    return list(dict.fromkeys(found))[:most]


def is_name(text: str) -> bool:
    """Whether it can be a name: at least half of its words have a capital, not all say nothing, and it is no heading.

    >>> is_name("Free Radical Design"), is_name("internal company files"), is_name("Soon"), is_name("VIVID DREAMS")
    (True, False, False, False)
    """
    words = WORD.findall(text)
    if len(words) > 1 and text.isupper() and max(map(len, words)) > _ABBREVIATION:
        return False
    capital = [word for word in words if word[0].isupper()]
    return 2 * len(capital) >= len(words) > 0 and any(
        key_of(word) not in FUNCTION_WORDS | _NO_NAMES for word in capital
    )


_ABBREVIATION = 4  # letters at most
_NO_NAMES = frozenset("soon later afterwards meanwhile using following yes no however".split())


def initials(text: str) -> Iterator[str]:
    """What the capitalised words that stand together are shortened to: "us" for United States."""
    # Possessive, from the beginning of a word: in linear time, also for a word of 100,000 letters.
    for match in re.finditer(r"\b[A-Z]\w++(?: (?:of |and |the )?[A-Z]\w++)+", text):
        yield "".join(word[0] for word in match[0].split() if word[0].isupper()).lower()


def _looks_named(word: str) -> bool:
    """A word that is a name wherever it stands: more than its first letter is a capital, or it is a date."""
    return any(letter.isupper() for letter in word[1:]) or key_of(word) in CALENDAR
