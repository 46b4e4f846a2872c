"""What the page says, in the language of the browser that shows it. The words stand in assets/words, a file a language.

A browser names its language with each request (Accept-Language), which is that of `navigator.language`, by which Gradio
and the page's script choose theirs. What is not there in it is English.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from index.language import primary_subtag

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de", "fr", "es", "zh", "ar")
FROM_RIGHT_TO_LEFT = ("ar",)
_FOLDER = Path(__file__).parent / "assets" / "words"
_NAME = re.compile(r"\{(\w+)\}")


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """All that the page says in a language: a text by its key, or the forms of one that counts something."""
    import yaml

    words: dict[str, Any] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return words


def language() -> str:
    """The language of the page that this is done for; English outside of a request."""
    gradio = sys.modules.get("gradio.context")  # nothing is done for a page before it is imported
    request = gradio.LocalContext.request.get(None) if gradio is not None else None
    return language_in(request.headers.get("accept-language", "") if request is not None else "")


def language_in(accepted: str) -> str:
    """The language of an Accept-Language header: the first in it where we have its words, else English.

    >>> language_in("de-AT,de;q=0.9,en;q=0.8"), language_in("it,de;q=0.9"), language_in("")
    ('de', 'en', 'en')
    """
    code = primary_subtag(accepted)
    return code if code in LANGUAGES else ENGLISH


def say(key: str, **values: object) -> str:
    """A text, with values in the places of their names."""
    return _filled(str(words_of(language())[key]), {name: str(value) for name, value in values.items()})


def say_html(key: str, escape: Callable[[str], str], **html: str) -> str:
    """The same as HTML, where the values are HTML already."""
    parts = re.split(_NAME, str(words_of(language())[key]))
    return "".join(html[part] if place % 2 else escape(part) for place, part in enumerate(parts))


def count(key: str, number: int) -> str:
    """A number of things, in the form that the language has for so many."""
    from babel import Locale

    here = language()
    form = Locale(here).plural_form(number)
    return _filled(words_of(here)[key][form], {"n": said_number(number)})


def retold(text: str, here: str | None = None) -> str:
    """A sentence that another part of the program says in English, in the page's language or `here`; else as it is.

    Known are those whose keys begin with "told_".
    """
    here = here or language()
    if here == ENGLISH:
        return text
    for key, pattern in _told().items():
        if match := pattern.fullmatch(text):
            return _filled(str(words_of(here)[key]), match.groupdict())
    return text


@cache
def _told() -> dict[str, re.Pattern[str]]:
    """What each such sentence looks like in English."""
    return {
        key: re.compile(
            "".join(
                f"(?P<{part}>.+)" if place % 2 else re.escape(part)
                for place, part in enumerate(re.split(_NAME, str(text)))
            ),
            re.DOTALL,
        )
        for key, text in words_of(ENGLISH).items()
        if key.startswith("told_")
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: values[match[1]], text)


def said_number(number: float, places: int = 0) -> str:
    """A number as the language writes it, with so many decimal places."""
    from babel.numbers import format_decimal

    decimals = f".{'0' * places}" if places else ""
    return str(format_decimal(number, f"#,##0{decimals}", locale=language()))


def said_date(moment: datetime, days: bool = True, short: bool = False) -> str:
    """A day as the language writes it, `short` for "7 Mar 2025", or its month without the day."""
    from babel.dates import format_date, format_skeleton

    here = "en_GB" if language() == ENGLISH else language()  # "7 March 2025"
    return str(
        format_date(moment, "medium" if short else "long", locale=here)
        if days
        else format_skeleton("yMMMM", moment, locale=here)
    )


def said_time(date: str, short: bool = False) -> str:
    """An ISO 8601 day, month or year as the language writes it, `short` for "7 Mar 2025" and "Mar 2025"."""
    from babel.dates import format_skeleton

    if len(date) > len("2025-03"):
        return said_date(datetime.fromisoformat(date), short=short)
    parts = "y" if len(date) == len("2025") else "yMMM" if short else "yMMMM"
    return str(format_skeleton(parts, datetime.fromisoformat(f"{date}-01-01"[: len("2025-01-01")]), locale=language()))


def said_language(code: str) -> str:
    """What a language is called in the page's; its code where that has no name."""
    from babel import Locale

    return str(Locale(language()).languages.get(code, code))


def for_the_script() -> dict[str, dict[str, str]]:
    """What the page's script says, by language: the keys that begin with "js_"."""
    return {each: {key: text for key, text in words_of(each).items() if key.startswith("js_")} for each in LANGUAGES}


def for_gradio() -> dict[str, dict[str, str]]:
    """What Gradio's components say, by language."""
    return {each: {key: text for key, text in words_of(each).items() if isinstance(text, str)} for each in LANGUAGES}
