"""An article's text, cut into passages on paragraph and sentence borders, with exact offsets."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import sentencex

from index.article import Article, Passage

Span = tuple[int, int]
# A line of a table with the white space behind it: "a | b", "|a|b|" or cells between tabs, of which there are two.
_ROW = re.compile(r"(?:[ ]*\|[^\n]*\|[ \r]*(?=\n|\Z)|[^\n]*(?:\S +\| +\S|\t[^\n]*\t)[^\n]*)\s*")
_SENTENCES = re.compile(r"[^\W\d_]{3}[.!?]\W{0,2}\s+\W{0,2}[^\W\d_]")  # the border of two of them
# Where sentencex ends a sentence that goes on: before German months, behind Japanese quotes.
_GOES_ON = {
    "de": re.compile(
        r"^.{0,3}\d\.\s(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember)\b",
        re.DOTALL,
    ),
    "ja": re.compile(r"^.{0,3}[。！？][」』](?:と|って)", re.DOTALL),
}
_LIST_NUMBER = re.compile(r"\(?(?:\d{1,3}|[^\W\d_]|[ivxlIVXL]{1,6})[.)][ \t]+")
_LONGEST_ROW = 2  # times the limit; a longer row is cut like a long sentence
_PARAGRAPH_END = re.compile(r"\n\s*\n")


def sentence_spans(text: str, language: str = "en") -> list[Span]:
    """Cut `text` into sentences; the spans tile it: each starts where the one before it ends.

    A sentence keeps the white space behind it. Empty text gives an empty list. `language` is an ISO 639-1 code;
    sentencex falls back to related languages, and in the end to English, for one that it does not know.
    """
    # sentencex leaves out some line breaks between its blocks, so only where sentences start is taken from it.
    starts = [
        boundary["start_index"]
        for boundary in sentencex.get_sentence_boundaries(language, text)
        if not boundary["text"].isspace()
    ]
    if language in _GOES_ON:
        starts = [
            start
            for start in starts
            if not start or not _GOES_ON[language].search(text[max(start - 4, 0) : start + 12])
        ]
    if not text:
        return []
    spans = list(pairwise([0, *starts[1:], len(text)]))
    # The number of a list's item, which begins its line, is no sentence.
    numbers = {
        end
        for start, end in spans[:-1]
        if _LIST_NUMBER.fullmatch(text, start, end) and (not start or text[start - 1] == "\n")
    }
    return list(pairwise(sorted({0, len(text), *(start for start, _ in spans)} - numbers)))


def split_spans(text: str, passage_chars: int, overlap_chars: int = 0, language: str = "en") -> list[Span]:
    """Cut `text` into spans of about `passage_chars` characters that start and end on sentence borders.

    Sentences are gathered until the next would pass the limit; a paragraph border in the last third of the limit is
    preferred. A sentence longer than the limit is cut at white space, or at the limit where there is none. With
    `overlap_chars`, a span starts with the last whole sentences of the one before it, up to that many characters.
    A table's row, which is a line with "|" or tabs between its cells, counts as a sentence, unless it is longer than
    twice the limit, or stands alone and has sentences. One with "|" stays whole up to twice the limit.
    """
    rows = _rows(text, _LONGEST_ROW * passage_chars)
    units = [
        piece
        for span in _with_whole_rows(sentence_spans(text, language), rows)
        for piece in _bounded(
            text, span, passage_chars * (_LONGEST_ROW if span[0] in rows and "|" in text[slice(*span)] else 1)
        )
    ]
    return list(_pack(text, units, passage_chars, overlap_chars))


def split_article(article: Article, passage_chars: int, overlap_chars: int = 0) -> list[Passage]:
    """Cut an article into passages. An article of white space only gives none."""
    if not article.text.strip():
        return []
    key = version_key(article.id, article.content_hash)
    spans = split_spans(article.text, passage_chars, overlap_chars, article.written_in)
    return [
        Passage(
            id=f"{key}{start}",
            article_id=article.id,
            title=article.title,
            start=start,
            end=end,
            text=article.text[start:end],
            url=article.url,
            source=article.source,
            author=article.author,
            published=article.published,
            language=article.known_language,
        )
        for start, end in spans
    ]


def version_key(article_id: str, content_hash: str) -> str:
    """What the ids of all passages of one version of an article begin with; the passage's start follows."""
    return f"{hashlib.sha256(article_id.encode()).hexdigest()[:16]}-{content_hash[:16]}-"


def _rows(text: str, longest: int) -> dict[int, int]:
    """Where each row of a table starts and ends; prose that has such signs by chance is none."""
    rows: dict[int, int] = {}
    if "|" not in text and "\t" not in text:
        return rows
    at = 0
    while at < len(text):
        end = text.find("\n", at) + 1 or len(text)
        if (row := _ROW.match(text, at)) and not text[at:end].isspace():
            end = row.end()
            rows[at] = end
        at = end
    ends = set(rows.values())
    return {
        start: end
        for start, end in rows.items()
        if len(text[start:end].rstrip()) <= longest
        and (end in rows or start in ends or not _SENTENCES.search(text, start, end))
    }


def _with_whole_rows(sentences: Sequence[Span], rows: dict[int, int]) -> list[Span]:
    """Spans that tile the same text: each row is one, and what lies between rows is cut as before."""
    if not rows:
        return list(sentences)
    borders = {border for row in rows.items() for border in row}
    ends = iter(sorted(rows.items()))
    row = next(ends, None)
    for start, _ in sentences:
        while row is not None and row[1] <= start:
            row = next(ends, None)
        if row is None or not row[0] < start < row[1]:
            borders.add(start)
    borders |= {0, sentences[-1][1]}
    return list(pairwise(sorted(borders)))


def _bounded(text: str, span: Span, limit: int) -> Iterator[Span]:
    start, end = span
    while end - start > limit:
        cut = max(text.rfind(" ", start, start + limit), text.rfind("\n", start, start + limit)) + 1
        if cut <= start:
            cut = start + limit
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _pack(text: str, units: Sequence[Span], limit: int, overlap: int) -> Iterator[Span]:
    first = 0
    new = 0  # the first unit that no span holds yet
    while first < len(units):
        last = first
        while last + 1 < len(units) and units[last + 1][1] - units[first][0] <= limit:
            last += 1
        if last + 1 < len(units):
            last = _paragraph_end(text, units[new : last + 1], units[first][0] + limit * 2 // 3, new)
        yield units[first][0], units[last][1]
        if last + 1 == len(units):
            return
        following = new = last + 1
        while following - 1 > first and units[last][1] - units[following - 1][0] <= overlap:
            following -= 1
        # An overlap that leaves no room for the next sentence would give a span inside the one before.
        while following <= last and units[last + 1][1] - units[following][0] > limit:
            following += 1
        first = following


def _paragraph_end(text: str, units: Sequence[Span], least: int, number: int) -> int:
    """The number of the last of `units` that closes a paragraph and ends at `least` or behind; otherwise the last.

    `number` is that of the first of them.
    """
    for at in range(len(units) - 1, -1, -1):
        start, end = units[at]
        if end < least:
            break
        if _PARAGRAPH_END.search(text, max(start, end - 12), end):
            return number + at
    return number + len(units) - 1
