"""Front matter: what a text file says of itself at its start, between two lines of "---" in YAML, of "+++" in TOML."""

from __future__ import annotations

import re
from datetime import date

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.{0,16384}?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\n(.{0,16384}?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEYS = {"title", "source", "author", "published", "date", "url", "language"}
_KEY_LINE = re.compile(r"([^\W\d][\w .-]{0,60}?)[ \t]*:(?:[ \t]+(.*))?")
_ITEM_LINE = re.compile(r"[ \t]*-[ \t]+(.*)")
_NEVER_CLOSED = re.compile(r"\[[^\]]*|\{[^}]*")
_BLOCK_SIGN = re.compile(r"[|>][+-]?")


def split_front_matter(text: str) -> tuple[dict[str, str], str, str]:
    """The values of the keys that are known, the text after it, and what is wrong with it, or "".

    Where it is no valid YAML each line of it is read as "key: rest of the line". What is not plainly front matter stays
    in the text, so that nothing is lost.
    """
    match = _FRONT_MATTER.match(text)
    if not match:
        return _in_toml(text)
    import yaml

    complaint = ""
    try:
        # BaseLoader makes no values but strings: `title: No` and `published: 2025-03-11` stay as they were written.
        values = yaml.load(match[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as exc:
        values = _by_lines(match[1])
        complaint = _complaint(exc)
    if not isinstance(values, dict) or not _KEYS & {key for key in values if isinstance(key, str)}:
        return {}, text, ""
    return {key: line for key in _KEYS if (line := _scalar(values.get(key)))}, text[match.end() :], complaint


def _in_toml(text: str) -> tuple[dict[str, str], str, str]:
    import tomllib

    match = _TOML.match(text)
    try:
        values = tomllib.loads(match[1]) if match else {}
    except (tomllib.TOMLDecodeError, RecursionError):
        values = {}
    said = {key: line for key in _KEYS if (line := _scalar(_as_written(values.get(key))))}
    return (said, text[match.end() :], "") if match and said else ({}, text, "")


def _as_written(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date


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
    if isinstance(value, list):  # several authors
        return ", ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) and value not in {"~", "null"} else None
