"""What names and addresses say: what a person can be shown of them, a title, the readable part of an id."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

from index.formats.clean import one_line
from index.formats.dates import parse_published

_ISO_DAY = r"(?<!\d)(\d{4}-[01]\d-[0-3]\d)(?!\d)"
_SLUG_CHARS = 60
_NAME_CHARS = 200  # of a name that is shown; no file system here takes one of more than 255 bytes
# They turn around what is read after them: a name with one may look as if it ended in another suffix.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|fév|avr|juin|juil|aoû|déc|ene|abr|ago|dic|"
    r"gen|mag|giu|lug|set|ott)[^\W\d_]*"
)
# What stands around a name in a byline, taken away one after the other.
_AROUND_NAMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?:all posts by|view all posts by|posts? by|written by|posted by|published by|edited by|by|escrito por|"
        r"geschrieben von|beitrag von|ein beitrag von):?\s+(?=\S)",
        rf"(?:^|[\s,|·•(–—-]+)(?:on |am |le |el |il )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?"
        rf"{_MONTH}\.? \d{{1,2}}\b.*$",
        rf"(?:^|[\s,|·•(–—-]+)(?:on |am |le |el |il )?\d{{1,2}}(?:\.|st|nd|rd|th|er|º)? (?:de )?{_MONTH}\b.*$",
        r"(?:^|[\s,|·•(–—-]+)(?:on |am |le |el |il )?(?:\d{1,2}[./-]){2}\d{2,4}\b.*$",
        r"[\s,|·•(–—-]+(?:19|20)\d\d(?:-\d\d){0,2}\b.*$",
        r"\s+(?:published|posted|updated|veröffentlicht|aktualisiert|publié|publicado|pubblicato)\b.*$",
    )
)
# What is left of a date that was cut off behind a name of two words at least: "Nancy Friday" is one.
_DATE_LEFT = re.compile(
    r"(\S+\s.*?\S)[\s,|·•(–—-]+(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|"
    r"mittwoch|sonnabend|(?:lun|mar|mercre|jeu|vendre|same)di|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|"
    r"domingo|(?:lune|marte|mercole|giove|vener)dì|on|am|le|el|il)",
    re.IGNORECASE,
)
# What stands before names too, and is one of its own: "Di Wu", "Par Nyberg", "Von Miller".
_BEFORE_NAMES = re.compile(r"(?:von|par|por|di|autore?|auteur|author|text|interview)(:)?\s+(?=\S)", re.IGNORECASE)
_MAIL_AND_NAME = re.compile(r"^\S+@\S+ \(([^()]+)\)$|\s*[<(\[]\S+@\S+\.\w+[>)\]]$")  # "ida@elm.example (Ida Storm)"
_NEXT_NAME = re.compile(r"[,;/&]|\s(?:and|und|et|y|e)\s")
_NO_NAME = re.compile(
    r"[(\[]?(?:user(?:[ -]?name)?|(?:your |full )?name|author|autore?|auteur|admin(?:istrator)?|anonym(?:ous|e|us|o)?|"
    r"anónimo|unknown(?: author)?|no author|none|null|undefined|guest|gast|publisher|editor|webmaster|wordpressadmin|"
    r"(?:last )?(?:published|posted|updated|modified)|root|test|follow|date|datum|staff|n/?a)[)\]]?",
    re.IGNORECASE,
)


def is_url(source: str | Path) -> bool:
    """Whether this is a web address, http:// or https://."""
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))


def uploaded_name(name: str) -> str:
    """The name that a file was handed over under as it can be shown: its last part, one line, not too long.

    >>> uploaded_name("../../etc/passwd.txt")
    'passwd.txt'
    """
    # A browser on Windows may send a whole path.
    last = re.split(r"[/\\]", _DIRECTION.sub("", name))[-1]
    shown = one_line(last) or "file without a name"
    if len(shown) > _NAME_CHARS:
        shown = f"{shown[: _NAME_CHARS - 21]}…{shown[-20:]}"
    return shown


def name_in_url(url: str) -> str:
    """The last part of a URL's path without its suffix, or the host where the path is empty."""
    try:
        return Path(unquote(urlsplit(url).path)).stem or host_of(url)
    except ValueError:  # "http://[": no address, but the name of a record all the same
        return ""


def host_of(url: str) -> str:
    """The host of a URL without "www."; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def title_from_name(name: str) -> str:
    """A file's name as a title: hyphens and underscores are spaces, but in a date, the first letter is a capital.

    >>> title_from_name("2025-05-03_a_village-writes")
    '2025-05-03 a village writes'
    """
    words = " ".join(re.sub(rf"{_ISO_DAY}|[-_]+", lambda found: found[1] or " ", name).split())
    return words[:1].upper() + words[1:]


def dated_name(stem: str) -> tuple[str | None, str | None]:
    """The day that a post's name begins with, as Jekyll and diaries have it, and the title behind it, if any.

    >>> dated_name("2025-05-03-a-village-writes")
    ('2025-05-03', 'A village writes')
    """
    match = re.fullmatch(rf"{_ISO_DAY}(?:[-_ ]+(\S.*))?", stem)
    day = parse_published(match[1]) if match else None
    if match is None or day is None or day > date.today().isoformat():
        return None, None
    return day, title_from_name(match[2]) if match[2] else None


def slug(name: str) -> str:
    """The readable part of an id: words in small letters with hyphens between them, at most 60 characters."""
    # NFKC: macOS hands out decomposed names. Letters of every script stay, so that the id is readable to its owner.
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold())
    return "-".join(words)[:_SLUG_CHARS].rstrip("-") or "article"


def author_name(said: str) -> str | None:
    """A name out of what a page says of its author: no "By", no date behind it; None for what is no name.

    >>> author_name("By Ida Storm March 4, 2021")
    'Ida Storm'
    """
    name = " ".join(said[:_NAME_CHARS].split())
    name = _MAIL_AND_NAME.sub(r"\1", name) if "@" in name else name
    for pattern in _AROUND_NAMES:
        name = pattern.sub("", name).strip(" ,|·•–—-:(")
    if left := _DATE_LEFT.fullmatch(name):
        name = left[1]
    before = _BEFORE_NAMES.match(name)
    if before and (before[1] or _is_full_name(name[before.end() :])):
        name = name[before.end() :]
    return None if not re.search(r"[^\W\d_]{2}", name) or _NO_NAME.fullmatch(name) or is_url(name) else name


def _is_full_name(words: str) -> bool:
    """Whether the first of these names has two words that begin with a capital letter."""
    first: str = _NEXT_NAME.split(words, maxsplit=1)[0]
    return sum(word[:1].isupper() for word in first.split()) >= 2
