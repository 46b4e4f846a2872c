"""What the reader sees of a passage: its text, and a table's rows as sentences of column names and cells.

    Boat | Skipper | Built                     Results of the regatta:
    Petrel | Ana Silva | 1958        ->        Boat: Heron; Skipper: Ida Brandt; Built: 1961.
    Heron | Ida Brandt | 1961

Rows are left out where others hold more of what a question names, so that no cell is answered from another row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from index import Article, Passage
from index.split import sentence_spans
from index.tables import Row, Span, Table, tables_in
from index.words import FORMS_OF_ADDRESS, FUNCTION_WORDS, key_of
from qa.reading.network import TokenScores


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of a view that stand in the article from `at` on.

    `quote`: of a cell what is quoted of the table for it, its row at least, by offsets in the article.
    """

    start: int
    end: int
    at: int
    quote: Span | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of an article, by offsets in it, and of a table what is quoted with them."""

    start: int
    end: int
    quote: Span | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What is read of a passage, and where its parts stand in the article; what is in no part is said of the others.

    `borders`: where the view's sentences and cells begin; no answer goes across one. `rows`: where each row stands in
    the view and in the article.
    """

    text: str
    parts: tuple[Part, ...]
    borders: tuple[int, ...]
    rows: tuple[tuple[Span, Place], ...] = ()
    has_rows: bool = False  # the passage has, even where none of them is read
    language: str = "en"  # whose rules cut sentences

    def inside(self, scores: TokenScores) -> TokenScores:
        """The scores of what may be a short answer: the names of columns are none."""
        if not self.has_rows:
            return scores
        stands = np.array([any(part.start <= at < part.end for part in self.parts) for at, _ in scores.offsets], bool)
        lowest = np.float32(-np.inf)
        return replace(scores, start=np.where(stands, scores.start, lowest), end=np.where(stands, scores.end, lowest))

    def place(self, start: int, end: int) -> Place:
        """Where characters of the view stand in the article, of several parts in the first; a short cell is whole."""
        part = next(part for part in self.parts if start < part.end)
        start, end = max(start, part.start), min(end, part.end)
        if part.quote and part.end - part.start <= _SHORT_CELL:
            start, end = part.start, part.end
        return Place(part.at + start - part.start, part.at + end - part.start, part.quote)

    def sentences(self) -> list[tuple[Span, Place]]:
        """The sentences and rows that hold a letter or a digit: their characters in the view, and their place."""
        found = list(self.rows)
        for part in self.parts:
            if not part.quote:
                inside = sentence_spans(self.text[part.start : part.end], self.language)
                spans = ((part.start + start, part.start + end) for start, end in inside)
                found += [(span, self.place(*span)) for span in _bare(self.text, spans)]
        return sorted(found, key=lambda each: each[0])


def view_of(question: str, passage: Passage, article: Callable[[str], Article | None], language: str = "en") -> View:
    """What is read of a passage to answer a question in a language; `article` finds one by id."""
    if "|" not in passage.text and "\t" not in passage.text:
        return _as_it_is(passage, language)
    whole = article(passage.article_id)
    if whole is None or whole.text[passage.start : passage.end] != passage.text:
        return _as_it_is(passage, language)
    tables = [
        (table, words, rows)
        for table, words in _known(whole.text)
        if (rows := [row for row in table.rows if passage.start <= row.start and row.end <= passage.end])
    ]
    if not tables:
        return _as_it_is(passage, language)
    writer = _Writer(whole.text, language)
    asked = asked_in(question)
    at = passage.start
    for table, words, rows in tables:
        begins = table.header.start if table.header and table.header.start >= at else rows[0].start
        writer.prose(at, begins)
        kept = rows_for(asked, whole, table, words)
        if table.caption and table.caption[0] < passage.start and any(row in kept for row in rows):
            writer.said(_after(whole.text[slice(*table.caption)]))
        for row in rows:
            if row in kept:
                near = table.header and table.header.start >= passage.start and row.end - table.header.start <= _QUOTE
                writer.row(
                    table.header, row, (table.header.start if table.header and near else row.start, row.end), asked
                )
        at = rows[-1].end
    writer.prose(at, passage.end)
    parts, borders, kept_rows = tuple(writer.parts), tuple(writer.borders), tuple(writer.rows)
    return View("".join(writer.text), parts, borders, kept_rows, has_rows=True, language=language)


def _as_it_is(passage: Passage, language: str) -> View:
    starts = tuple(start for start, _ in sentence_spans(passage.text, language))
    return View(passage.text, (Part(0, len(passage.text), passage.start),), starts, language=language)


EMPTY = "none"  # what is read where a cell is empty
_SHORT_CELL = 60  # characters; of a longer one a part may be the answer
_QUOTE = 300  # characters from a table's header to the end of a row that are quoted together


class _Writer:
    """Writes a view of an article's text."""

    def __init__(self, text: str, language: str) -> None:
        self._article, self._language = text, language
        self.text: list[str] = []
        self.parts: list[Part] = []
        self.borders: list[int] = []
        self.rows: list[tuple[Span, Place]] = []
        self._length = 0

    def said(self, text: str) -> None:
        """Words that are no answer."""
        self.borders.append(self._length)
        self._write(text)

    def prose(self, start: int, end: int) -> None:
        """A part of the article as it stands there."""
        text = self._article[start:end]
        if text.strip():
            self.borders += [self._length + first for first, _ in sentence_spans(text, self._language)]
            self.parts.append(Part(self._length, self._length + len(text), start))
            self._write(text if text[-1].isspace() else f"{text}\n")

    def row(self, header: Row | None, row: Row, quote: Span, asked: Asked) -> None:
        """A row as a sentence: each cell behind the name of its column."""
        if row.section:
            self.said(_after(self._article[slice(*row.section)], " "))
        names = _texts(self._article, header) if header else []
        begins = self._length
        shown, answering = cells_for(asked, names, _texts(self._article, row))
        for column in shown:
            cell = row.cells[column]
            if column != shown[0]:
                self._write(": " if header is None and len(row.cells) == 2 else "; ")
            if column < len(names) and names[column]:
                self.said(_after(names[column], " "))
            self.borders.append(self._length)
            if column in answering:
                self.parts.append(Part(self._length, self._length + cell[1] - cell[0], cell[0], quote))
            self._write(self._article[slice(*cell)] or EMPTY)
        self.rows.append(((begins, self._length), Place(row.start, row.end, (row.start, row.end))))
        self.said(".\n")

    def _write(self, text: str) -> None:
        self.text.append(text)
        self._length += len(text)


def _bare(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """The spans without white space around, those that have a letter or a digit."""
    for start, end in spans:
        part = text[start:end]
        if any(map(str.isalnum, part)):
            start += len(part) - len(part.lstrip())
            yield start, start + len(part.strip())


def _after(words: str, end: str = "\n") -> str:
    return words.rstrip(" :") + ":" + end


def _texts(text: str, row: Row) -> list[str]:
    return [text[start:end] for start, end in row.cells]


# Which rows and cells may answer

_WORD = re.compile(r"\d+(?:[.,:/]\d+)*[^\W_]*|[^\W_]+(?:['’.][^\W\d_]+)*")
_EXTREME = re.compile(
    r"\b(?:most|least|fewest|first|last|best|worst|more|less|fewer|(?:high|low|old|young|new|larg|small|bigg|long|short"
    r"|fast|slow|great|cheap|tall|earli|lat|deep|heavi|light|strong|weak|wid|narrow)(?:est|er))\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\bhow many\b|\b(?:number|total|sum|average) of\b|\bin total\b|\baltogether\b", re.IGNORECASE)
_TITLES = frozenset(  # before a name; a table may have it without
    "captain coach colonel councillor doctor general governor judge king lieutenant major mayor minister president "
    "prince princess professor queen senator sergeant".split()
)
_SHARE = 0.5  # of the weight of the row that holds most of the question's words
_OF_CONTEXT = 0.5  # what a word of the title or the caption weighs beside others


@lru_cache(maxsize=64)
def _known(text: str) -> tuple[tuple[Table, tuple[frozenset[str], ...]], ...]:
    """The tables of a text, with the words of each row."""
    return tuple(
        (table, tuple(frozenset(_keys(text[row.start : row.end])) for row in table.rows)) for table in tables_in(text)
    )


def rows_for(asked: Asked, article: Article, table: Table, rows: Sequence[frozenset[str]]) -> frozenset[Row]:
    """The rows of a table that a question may be answered from; `rows` has the words of each.

    Of rows that share words with the question those that no other surpasses: it has all of these and more, or words
    that weigh twice as much (idf within the table). Where no row shares one, all of them; but none where the question
    has names or numbers, and no row has more than half of one and the article none as a whole. Where rows would have
    to be counted or compared only one that is alone.
    """
    text = article.text
    headed = _keys(text[table.header.start : table.header.end]) if table.header else set()
    context = _keys(article.title) | (_keys(text[slice(*table.caption)]) if table.caption else set())
    names = {said: left for said, name in asked.names.items() if (left := name - headed - context)}
    held = any(2 * len(name & keys) > len(name) for name in names.values() for keys in rows)
    if names and not held and not any(said in text.casefold() for said in names):
        return frozenset()
    found = [keys & asked.words - headed for keys in rows]
    weight = {
        key: math.log(len(rows) / sum(key in each for each in found)) * (_OF_CONTEXT if key in context else 1)
        for key in set().union(*found)
    }
    weights = [sum(weight[key] for key in each) for each in found]
    least = _SHARE * max(weights)
    kept = frozenset(
        row
        for row, each, own in zip(table.rows, found, weights, strict=True)
        if own >= least and not any(each < other for other in found)
    )
    alone = len(kept) == 1 or (table.header is None and len(table.rows[0].cells) == 2)
    return kept if alone or not _over_rows(asked.question, headed) else frozenset()


def cells_for(asked: Asked, header: Sequence[str], cells: Sequence[str]) -> tuple[list[int], set[int]]:
    """The columns of a row that are read, and those of them that may answer: not what the question says itself.

    Where it names columns, only these and what it says of the row; of several those that no other surpasses, as "Last
    bus" does "First bus" for "the last bus".
    """
    keys = [_keys(cell) for cell in cells]
    said = {at for at, each in enumerate(keys) if 2 * len(each & asked.words) > len(each)}
    filled = {at for at, each in enumerate(keys) if each}
    named = {at: _keys(name) & asked.words for at, name in enumerate(header[: len(cells)])}
    best = {at for at, each in named.items() if each and not any(each < other for other in named.values())} - said
    if best and said:
        return sorted(best | said), best & filled
    return list(range(len(cells))), (best or set(range(len(cells))) - said) & filled


def _over_rows(question: str, headed: set[str]) -> bool:
    """Whether rows have to be counted or compared; "first" in the name of a column does not ask for that."""
    extremes = {_key(word) for word in _EXTREME.findall(question)}
    return bool(extremes - headed) or _COUNTED.search(question) is not None


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a question that carry its meaning; of each name and number in it the words, by what is said."""

    question: str
    words: frozenset[str]
    names: Mapping[str, frozenset[str]]


def asked_in(question: str) -> Asked:
    """The words of a question that rows are compared with. Its first word has a capital for another reason."""
    words: set[str] = set()
    names: list[tuple[int, int, set[str]]] = []
    text = question.lower() if question.isupper() else question
    for match in _WORD.finditer(text):
        word, key = match[0], _key(match[0])
        begins = not text[: match.start()].strip(" \"'“‘")
        if key_of(word) in FORMS_OF_ADDRESS:
            continue
        if word[0].isdigit() or (word[0].isupper() and not begins and key not in _TITLES):
            start, keys = match.start(), {key}
            if names and start <= names[-1][1] + 1:
                start, keys = names[-1][0], names.pop()[2] | keys
            names.append((start, match.end(), keys))
            words.add(key)
        elif key_of(word) not in FUNCTION_WORDS:
            words.add(key)
    said = {text[start:end].casefold(): frozenset(keys) for start, end, keys in names}
    return Asked(question, frozenset(words), said)


def compared_words(text: str, spans: Iterable[Span] | None = None) -> frozenset[str]:
    """What the words of a text, or of some of its cells, are compared by with those of a question."""
    cells = [text] if spans is None else [text[start:end] for start, end in spans]
    return frozenset(key for cell in cells for key in _keys(cell))


def _keys(text: str) -> set[str]:
    return {_key(word) for word in _WORD.findall(text)}


def _key(word: str) -> str:
    """What equal words have in common: no accents, no possessive, no "s" of a plural, no comma in a number."""
    if word[0].isdigit():
        return word.replace(",", "").lower()
    key = key_of(word)
    return key[:-1] if len(key) > 3 and key.endswith("s") and not key.endswith("ss") else key
