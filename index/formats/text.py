"""Plain text and Markdown, with what their front matter, their first lines and their names say of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from index.article import Article, Mark
from index.formats.build import Metadata, build_article
from index.formats.byline import head_of, is_byline
from index.formats.charset import decode
from index.formats.clean import clean_text
from index.formats.front_matter import split_front_matter
from index.formats.identity import dated_name
from index.formats.limits import MAX_TEXT_BYTES
from index.formats.markdown import without_emphasis
from index.formats.origin import Origin, SourceFailure

MAX_BYTES = MAX_TEXT_BYTES

_MARKDOWN = {".md", ".markdown"}
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")

_UNDERLINE = re.compile(r"={3,}[ \t]*|-{3,}[ \t]*")
_TITLE_LINE = re.compile(r" {0,3}[^\W_][^|\n]{1,200}")  # no item of a list, no table, no quotation
_HEADLINE = re.compile(r""" {0,3}["“„«‘']?[^\W_][^|\t\n]{1,200}""")
_NO_HEADLINE = re.compile(  # a list's item, a greeting
    r"(?:\d{1,3}|[a-zA-Z])[.)]\s|(?:dear|to whom it may|sehr geehrte|liebe[rs]?|ch[eè]re?s?|estimad[oa]s?|querid[oa]s?|"
    r"gentile|car[oaie]|уважаем\w+|дорог\w+)\b|"
    r"(?:hi|hello|hey|hallo|good (?:morning|afternoon|evening|day)|guten \w+|bonjour|hola|buongiorno|ciao)\b"
    r"(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_NO_END_OF_TITLE = ".,;:…!。，；："
_SENTENCE_END = re.compile(r"""[.!?…。！？]["'”’»)\]」』]*$""")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")  # Japanese and Chinese have no spaces between words
_HEAD_CHARS, _TITLE_CHARS, _TITLE_WORDS = 4000, 120, 14
_LEAST_UNSPACED = 4  # letters
_LEAST_BELOW = 100  # characters of a paragraph that need not be a sentence


def read(stream: BinaryIO, origin: Origin) -> Iterator[Article | SourceFailure]:
    """Read one article. The text is the file's but for front matter, line ends, blank lines at both ends and emphasis.

    Front matter that is no YAML is read line by line, and is a failure beside the article that says so.
    """
    meta, text, complaint = split_front_matter(clean_text(decode(stream.read(), origin.charset)))
    if complaint:
        yield SourceFailure(f"{origin.name}, front matter", complaint)
    text = re.sub(r"\A(?:[ \t]*\n)+", "", text).rstrip()
    if origin.suffix in _MARKDOWN:
        text = without_emphasis(text)
    headings = list(_headings(text))
    first = next((heading.label for level, heading in headings if level == 1), None)
    head = head_of(text, meta.get("language"))
    day, named = dated_name(origin.stem)
    said = Metadata(
        title=meta.get("title") or first or head.title or _title_line(text) or named,
        url=meta.get("url") or head.url,
        source=meta.get("source") or head.source,
        author=meta.get("author") or head.author,
        published=meta.get("published") or head.published or day,
        language=meta.get("language"),
    )
    yield build_article(origin, text, said, tuple(mark for _, mark in headings))


def _title_line(text: str) -> str | None:
    """The first line where it is set apart from longer sentences below it, and is no sentence, item or greeting."""
    first, _, rest = text[:_HEAD_CHARS].partition("\n")
    line, below = first.strip(), re.split(r"\n[ \t]*\n", rest.strip("\n"))[:2]  # of which the first may be a subtitle
    if not re.match(r"[ \t]*\n", rest) or not _HEADLINE.fullmatch(first) or line[-1] in _NO_END_OF_TITLE:
        return None
    words = len(line.split())
    is_long_enough = words > 1 or (bool(_UNSPACED.match(line)) and len(line) >= _LEAST_UNSPACED)
    is_short = len(line) <= _TITLE_CHARS and words <= _TITLE_WORDS
    is_followed = any(len(each) > 2 * len(line) and _is_text(each.strip()) for each in below)
    if not (is_long_enough and is_short and is_followed) or line[0].islower():
        return None
    return None if _NO_HEADLINE.match(line) or is_byline(line) else line


def _is_text(paragraph: str) -> bool:
    return bool(_SENTENCE_END.search(paragraph)) or len(paragraph.partition("\n")[0]) >= _LEAST_BELOW


def _headings(text: str) -> Iterator[tuple[int, Mark]]:
    """Markdown's headings outside of code fences, with their level: `#`, or underlined with = or -."""
    offset, fence = 0, ""
    above: tuple[int, str] | None = None  # a line that may be underlined: it begins a paragraph
    blank = True
    for line in text.split("\n"):
        if mark := _FENCE.match(line):
            if not fence:
                fence = mark[1]
            elif mark[1].startswith(fence):
                fence = ""
        elif not fence and (heading := _HEADING.match(line)) and (label := _label(heading[2])):
            yield len(heading[1]), Mark(offset, "section", label)
        elif not fence and above and _UNDERLINE.fullmatch(line):
            yield 1 if line[0] == "=" else 2, Mark(above[0], "section", above[1])
        starts = blank and not fence and _TITLE_LINE.fullmatch(line)
        above = (offset, line.strip()) if starts else None
        blank = not line.strip()
        offset += len(line) + 1


def _label(words: str) -> str:
    """The words of a heading without the `#` that may close it."""
    words = words.rstrip(" \t")
    bare = words.rstrip("#")
    return bare.rstrip(" \t") if bare.endswith((" ", "\t")) else words
