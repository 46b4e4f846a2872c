"""Front matter: what a text file says of itself at its start, between lines of "---" (YAML) or "+++" (TOML), as JSON,
or in pandoc's three lines that begin with "%".

The names are those that Jekyll, Hugo, Zola, Eleventy, Astro, Pelican, Obsidian and their clippers of web pages write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date

from index.formats.dates import parse_published
from index.formats.identity import is_url

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.{0,16384}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.{0,16384}?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_PERCENTS = re.compile(r"%[ \t]*([^\n]*)\n%[ \t]*([^\n]*)\n%[ \t]*([^\n]*)(?:\n|\Z)")
_JSON_CHARS = 16384
# What a field is called, the likeliest first; in small letters, without "-", "_" and blanks.
_NAMES = {
    "title": ("title", "headline"),
    "source": ("source", "publisher", "publication", "site", "sitename", "newspaper"),
    "author": ("author", "authors", "byline", "by", "creator"),
    # Jekyll and others have `published: true` for a text that is no draft: what is no date is passed over.
    "published": (
        "published", "publisheddate", "publishedat", "publishedon", "datepublished", "publishdate", "pubdate",
        "pubdatetime", "publicationdate", "date",
    ),
    "url": ("url", "link", "canonicalurl", "sourceurl", "originalurl"),
    "language": ("language", "lang", "locale"),
}  # fmt: skip
_KEYS = {name for names in _NAMES.values() for name in names}
_LINKED = re.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]")  # Obsidian: "[[Ida Storm]]", "[[People/Ida|Ida Storm]]"
_KEY_LINE = re.compile(r"([^\W\d][\w .-]{0,60}?)[ \t]*:(?:[ \t]+(.*))?")
_ITEM_LINE = re.compile(r"[ \t]*-[ \t]+(.*)")
_NEVER_CLOSED = re.compile(r"\[[^\]]*|\{[^}]*")
_BLOCK_SIGN = re.compile(r"[|>][+-]?")


def split_front_matter(text: str) -> tuple[dict[str, str], str, str]:
    """The values of the keys that are known, the text after it, and what is wrong with it, or "".

    Where it is no valid YAML each line of it is read as "key: rest of the line". What is not plainly front matter stays
    in the text, so that nothing is lost.
    """
    for read in (_in_yaml, _in_toml, _in_json, _in_percents):  # no two begin alike
        if (found := read(text)) is not None:
            said, end, complaint = found
            return said, text[end:], complaint
    return {}, text, ""


_Found = tuple[dict[str, str], int, str]  # what is said, where the text goes on, and what is wrong


def _in_yaml(text: str) -> _Found | None:
    match = _FRONT_MATTER.match(text)
    if not match:
        return None
    import yaml

    complaint = ""
    try:
        # BaseLoader makes no values but strings: `title: No` and `published: 2025-03-11` stay as they were written.
        values = yaml.load(match[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as exc:
        values = _by_lines(match[1])
        complaint = _complaint(exc)
    if not isinstance(values, dict) or not _KEYS & {_plain(key) for key in values}:
        return None
    return _said(values), match.end(), complaint


def _in_toml(text: str) -> _Found | None:
    match = _TOML.match(text)
    if not match:
        return None
    import tomllib

    try:
        values = tomllib.loads(match[1])
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    tables = [values[name] for name in ("extra", "taxonomies", "params") if isinstance(values.get(name), dict)]
    for table in tables:  # Zola and Hugo keep there what they do not know themselves
        values = table | values
    said = _said(values)
    return (said, match.end(), "") if said else None


def _in_json(text: str) -> _Found | None:
    """Hugo's third way: an object at the start, and a text behind it."""
    if not text.startswith("{"):
        return None
    try:
        values, end = json.JSONDecoder().raw_decode(text[:_JSON_CHARS])
    except (ValueError, RecursionError):
        return None
    said = _said(values)
    is_front = "\n" in text[:end] and re.match(r"[ \t]*\n", text[end:]) and text[end:].strip()
    return (said, end, "") if said and is_front else None


def _in_percents(text: str) -> _Found | None:
    match = _PERCENTS.match(text)
    if not match or not parse_published(match[3].strip()):
        return None
    authors = ", ".join(filter(None, map(str.strip, match[2].split(";"))))
    said = {"title": match[1].strip(), "author": authors, "published": match[3].strip()}
    return {field: line for field, line in said.items() if line}, match.end(), ""


def _said(values: dict[str, object]) -> dict[str, str]:
    """The fields by their own names, each the first of its names that says something, or a date."""
    named = {_plain(key): value for key, value in reversed(values.items())}  # the first of two that are one
    said = {}
    for field, names in _NAMES.items():
        lines = [line for name in names if (line := _scalar(named.get(name)))]
        if field == "published":
            lines = [line for line in lines if parse_published(line)] or lines
        if lines:
            said[field] = lines[0]
    if is_url(said.get("source", "")):  # where clippers of web pages write the address
        said.setdefault("url", said.pop("source"))
    return said


def _plain(key: object) -> str:
    return re.sub(r"[-_ ]", "", key.casefold()) if isinstance(key, str) else ""


def _by_lines(front: str) -> dict[str, object]:
    """Each key with the rest of its line and what is indented or listed below; nothing where there are other lines."""
    values: dict[str, object] = {}
    key = ""
    for line in front.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if match := _KEY_LINE.fullmatch(line.rstrip()):
            key, rest = match[1], (match[2] or "").strip()
            if _NEVER_CLOSED.fullmatch(rest):  # its value goes on below, in a way that only YAML could tell
                return {}
            values[key] = "" if _BLOCK_SIGN.fullmatch(rest) else _value(rest)
        elif key and (item := _ITEM_LINE.fullmatch(line.rstrip())):
            listed = values[key]
            values[key] = [*(listed if isinstance(listed, list) else []), _value(item[1])]
        elif key and line[0] in " \t":
            if isinstance(values[key], str):
                values[key] = f"{values[key]} {line.strip()}".strip()
        else:
            return {}
    return values


def _value(rest: str) -> object:
    """What one line holds: a quoted text or a list as YAML reads it, all else as it stands."""
    import yaml

    if not rest.startswith(("'", '"', "[")):  # " #5" in a title is no comment here
        return rest
    try:
        value = yaml.load(rest, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError):
        return rest
    return value if isinstance(value, str | list) else rest


def _complaint(exc: Exception) -> str:
    import yaml

    mark = exc.problem_mark if isinstance(exc, yaml.MarkedYAMLError) else None
    where = f" at its line {mark.line + 1}" if mark else ""
    return (
        f"no valid YAML{where}; it was read line by line. "
        "Put a value with a colon or a special character at its start in quotes."
    )


def _scalar(value: object) -> str | None:
    """One value as a line; of several, and of objects with a name, their names."""
    return ", ".join(dict.fromkeys(_lines(value))) or None


def _lines(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, date):  # a datetime is one
        yield value.isoformat()
    elif isinstance(value, str) and value not in {"~", "null", ""}:
        yield _LINKED.sub(r"\1", value)
    elif isinstance(value, list) and depth == 0:
        for each in value:
            yield from _lines(each, 1)
    elif isinstance(value, dict) and isinstance(value.get("name"), str):
        yield value["name"]
