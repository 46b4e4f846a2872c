"""What names and addresses say: what a person can be shown of them, a title, the readable part of an id."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

from index.formats.clean import one_line

_SLUG_CHARS = 60
_NAME_CHARS = 200  # of a name that is shown; no file system here takes one of more than 255 bytes
# They turn around what is read after them: a name with one may look as if it ended in another suffix.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


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
    """A file's name as a title: hyphens and underscores are spaces, the first letter is a capital.

    >>> title_from_name("a_village-writes")
    'A village writes'
    """
    words = " ".join(re.sub(r"[-_]+", " ", name).split())
    return words[:1].upper() + words[1:]


def slug(name: str) -> str:
    """The readable part of an id: words in small letters with hyphens between them, at most 60 characters."""
    # NFKC: macOS hands out decomposed names. Letters of every script stay, so that the id is readable to its owner.
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", name).casefold())
    return "-".join(words)[:_SLUG_CHARS].rstrip("-") or "article"
