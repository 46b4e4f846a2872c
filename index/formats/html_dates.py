"""When a page was published: what it says in its metadata, near its headline, or in its address."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from index.formats.dates import dates_in, parse_published
from index.formats.html_blocks import words_of
from index.formats.html_prune import names_of

# Where pages say when they were published, most trusted first. htmldate, which trafilatura asks, is not: it gives days
# without times, and takes any date in the text where nothing else is there; no date is better than a wrong one.
_META = (
    "//meta[@property='article:published_time' or @property='og:article:published_time']/@content",
    "//*[@itemprop='datePublished']/@content | //*[@itemprop='datePublished']/@datetime",
)
_MORE_META = (
    "//meta[@name='date' or @name='dc.date' or @name='DC.date' or @name='dcterms.created' or @name='dc.date.issued' or "
    "@name='dcterms.issued' or @name='DC.date.issued' or @name='pubdate' or @name='publish-date' or "
    "@name='publication_date' or @name='parsely-pub-date' or @name='sailthru.date' or "
    "@name='citation_publication_date' or @name='citation_date']/@content",
    "//time[@pubdate]/@datetime",
)
_TIMES = "//time[not(ancestor::nav or ancestor::aside or ancestor::footer)]"
_WIKI = (
    "//*[@id='mw-content-text'] | //meta[@name='generator' and starts-with(@content, 'MediaWiki')] | "
    "//body[contains(concat(' ', @class, ' '), ' mediawiki ')]"
)
_JSON = "//script[@type='application/ld+json']/text()"
_PARTS_OF_PAGE = ("comment", "review", "videoobject", "imageobject", "product", "event", "itemlist", "person")
_CHANGED = re.compile(
    r"updated?|modified|revised|edited|last change|aktualisiert|geändert|stand|bearbeitet|mise? à jour|modifié|"
    r"actualizado|modificado|aggiornato|modificato|aggiornamento",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"publi|posted|written|date\b|datum|dateline|byline|pub-?date|veröffentlicht|erschienen|fecha|pubbli|meta",
    re.IGNORECASE,
)
_IN_ADDRESS = re.compile(r"(?:^|[/_-])((?:19|20)\d\d)[/_-](0?[1-9]|1[0-2])[/_-](0?[1-9]|[12]\d|3[01])(?=$|[/_-])")
_BYLINE_CHARS = 160  # a line that says when and by whom is shorter; sentences with a date in them are mostly longer
_BYLINE_WORDS = 12  # besides the date
_MOST_TIMES = 20  # of a page; the one of its publication is among the first
_DAY_CHARS = 25  # a line of nothing but a day, or with a first name
_YEAR = 4  # characters: of a page that is no day of publication
_AFTER, _BEFORE = 8, 3  # lines behind and before the headline that are looked at


def published_of(tree: Any, headline: Any | None, url: str | None) -> str | None:
    """When the page was published, ISO 8601, or None where it does not say so clearly.

    Of a wiki's page it is when it was last changed: what its metadata calls published is the day it was begun.
    """
    if tree.xpath(_WIKI):
        return _first_past(value for value in _in_json(tree, "dateModified"))
    told = (
        _first_past(value for path in _META for value in tree.xpath(path))
        or _first_past(_in_json(tree, "datePublished"))
        or _first_past(value for path in _MORE_META for value in tree.xpath(path))
    )
    if told:
        return _where_it_was_written(told, tree, headline, url)
    return _shown(tree, headline) or _in_address(url)


def _where_it_was_written(told: str, tree: Any, headline: Any | None, url: str | None) -> str:
    """A time of UTC or of no zone, or the day that the page shows: in Bogotá it is still the day before.

    Where the page shows none, midnight in Central Europe, in a language of there, is meant as that day.
    """
    if not _OF_UTC.search(told):
        return told
    moment = datetime.fromisoformat(told)
    beside = {(moment + timedelta(days=days)).date().isoformat() for days in (-1, 1)}
    language = (tree.get("lang") or "").lower()
    for shown in (_near(headline, language), _in_address(url)):
        if shown is not None:
            day = shown[:10]
            return day if day in beside else told
    if _MIDNIGHT.search(told) and language[:2] in _OF_CENTRAL_EUROPE:
        return (moment + timedelta(hours=2)).date().isoformat()
    return told


_OF_UTC = re.compile(r"T[\d:.]+(?:Z|[+-]00:?00)?$")
_MIDNIGHT = re.compile(r"T2[23]:00(?::00(?:\.0+)?)?\D")
_OF_CENTRAL_EUROPE = frozenset("cs da de fr hr hu it nb nl no pl sk sl sv".split())


def _first_past(values: Any) -> str | None:
    """The first value that is a day or a month, and none to come: that is an event's."""
    latest = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    parsed = (parse_published(value) for value in values)
    return next((day for day in parsed if day and len(day) > _YEAR and day[:10] <= latest), None)


def _in_json(tree: Any, name: str) -> Iterator[str]:
    for script in tree.xpath(_JSON):
        try:
            found = json.loads(script, strict=False)
        except (ValueError, RecursionError):
            yield from re.findall(rf'"{name}"\s*:\s*"([^"]+)"', script)
            continue
        yield from _dates_of(found, name)


def _dates_of(node: Any, name: str) -> Iterator[str]:
    waiting = deque([node])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            kind = str(node.get("@type", "")).lower()
            if any(part in kind for part in _PARTS_OF_PAGE):
                continue
            if isinstance(node.get(name), str):
                yield node[name]
            waiting += [value for value in node.values() if isinstance(value, dict | list)]


def _shown(tree: Any, headline: Any | None) -> str | None:
    """The day beside the headline, with its time where a <time> has one for that day; else the first <time>."""
    times = tree.xpath(_TIMES)[:_MOST_TIMES]
    values = [time.get("datetime") for time in times if not _is_change(time) and not _is_told(time)]
    day = _near(headline, (tree.get("lang") or "").lower())
    if day is None:
        return _first_past(values)
    return _first_past(value for value in values if (value or "").startswith(day)) or day


def _is_change(time: Any) -> bool:
    names = f"{time.get('class') or ''} {time.get('itemprop') or ''}"
    return bool(_CHANGED.search(names) or "dateModified" in names) and "published" not in names


def _is_told(time: Any) -> bool:
    """Whether a <time> stands in the text, behind a paragraph, without a word that it is the day of publication."""
    line = next(time.iterancestors("p", "li", "td", "dd", "blockquote"), None)
    if line is None or _PUBLISHED.search(" ".join((words_of(line), *names_of(time), *names_of(line)))):
        return False
    before = islice(line.itersiblings("p", preceding=True), _AFTER)
    return any(len(words_of(each)) > _BYLINE_CHARS / 2 for each in before)


def _near(headline: Any | None, language: str) -> str | None:
    """The one day that a short line beside the headline names; nothing where lines name several."""
    if headline is None:
        return None
    for element in _lines_near(headline):
        line = words_of(element)
        if len(line) > _BYLINE_CHARS:
            continue
        parts = re.split(r"\s[|·•]\s|\s{2,}|;|, (?=(?:last )?updated|aktualisiert|mis|modifi|actuali|aggiorna)", line)
        told = [day for part in parts if not _CHANGED.search(part) for day in dates_in(part, language)]
        if not told and not _CHANGED.search(line):  # "three days ago"
            told = [
                time.get("datetime") for time in element.iter("time") if time.get("datetime") and not _is_told(time)
            ]
        if len(told) == 1 and len(line.split()) <= _BYLINE_WORDS + 3:
            return _first_past(told)
    return None


def _lines_near(headline: Any) -> Iterator[Any]:
    """The lines behind the headline up to a long one (only days behind two paragraphs), then those before it."""
    seen: list[Any] = []
    paragraphs = 0
    for count, element in enumerate(_leaves(headline.xpath("following::*[normalize-space(text())]"), seen)):
        line = words_of(element)
        paragraphs += len(line) > _BYLINE_CHARS / 2
        if count >= _AFTER or element.tag in {"h1", "h2", "h3"} or len(line) > 2 * _BYLINE_CHARS:
            break
        if paragraphs > 1 and len(line) > _DAY_CHARS:
            continue
        yield element
    before = headline.xpath("preceding::*[normalize-space(text())]")[-4 * _BEFORE :]
    for count, element in enumerate(_leaves(reversed(before), seen)):
        if count >= _BEFORE or element.tag in {"h1", "h2", "h3"}:
            break
        yield element


def _leaves(elements: Any, seen: list[Any]) -> Iterator[Any]:
    """Lines among elements: the outermost that has text of its own, scripts and what is in the margins left out."""
    for element in elements:
        above = list(element.iterancestors())
        if element.tag in {"script", "style", "time", "option", "noscript"} and element.tag != "time":
            continue
        if any(place.tag in {"nav", "aside", "footer", "script", "style", "head"} for place in above):
            continue
        if not any(place in seen for place in above):
            seen.append(element)
            yield element


def _in_address(url: str | None) -> str | None:
    """The day in an address like /2023/11/05/."""
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return None
    match = _IN_ADDRESS.search(path)
    return _first_past(["-".join(match.groups())]) if match else None
