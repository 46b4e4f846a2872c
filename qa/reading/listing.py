"""What is proposed where several answers are asked for: one by one, of one kind, with the lists that articles have."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index import ScoredPassage
from index.tables import Row, Table, tables_in
from qa.question.languages import ENGLISH, NOUNS_CAPITALISED
from qa.question.names import is_name
from qa.question.turn import MEASURED, Query
from qa.question.wording import NUMBERS
from qa.reading.answers import SEVERAL, Candidate
from qa.reading.enumerations import counted_out, enumerations, listed, listed_abroad
from qa.reading.same import same_answer
from qa.reading.tables import asked_in, compared_words

# The measurements behind these are in docs/decisions.md, "Times, news and timelines".
_LEAST, _SHARE = 2, 0.5  # of a list's things, how many and what part must be proposed for it to be taken whole
_UNREAD = -20.0  # the margin of what the network did not propose: it makes an answer no surer
_OF_A_KIND = 12  # candidates, the best, whose kind decides
_COUNTS = frozenset(NUMBERS.split())
_NO_CAPITALS = (*NOUNS_CAPITALISED, "zh", "ja", "ar")  # where a capital is no sign of a name


def itemised(query: Query, found: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, best first, for a question with several answers: "A, B and C" are three.

    Things of another kind than most of the best are left out: names among names. A list of three things or more that
    stands in a passage, of which half are among the best candidates, is taken whole, and a table's column; in English.
    """
    if query.answer_type in MEASURED or not ranked:
        return list(ranked)
    single = [one for each in ranked for one in _taken_apart(found, each, query.language)]
    best = single[:_OF_A_KIND]
    near = [each for each in best if each.score >= single[0].score - SEVERAL]
    if query.language not in _NO_CAPITALS and (_are_names(best) or _are_names(near)):
        single = [each for each in single if is_name(each.text)]
    if query.language != ENGLISH:
        return single
    counts = _COUNTS | compared_words(query.text)
    single = [each for each in single if not compared_words(each.text) <= counts] or single  # no "three scientists"
    near = [each for each in single if each.score >= single[0].score - SEVERAL]
    others = [*_completing(found, near), *_column(query, found, near)]
    return sorted([*single, *others], key=lambda each: each.score, reverse=True)


def _are_names(candidates: Sequence[Candidate]) -> bool:
    return 2 * sum(is_name(each.text) for each in candidates) > len(candidates)


def _taken_apart(found: Sequence[ScoredPassage], each: Candidate, language: str) -> list[Candidate]:
    """The things that a candidate lists from its first word to its last, or itself."""
    passage = found[each.passage].passage
    begin, language = each.start - passage.start, passage.language or language
    items = listed(each.text) if language == ENGLISH else listed_abroad(each.text, language)
    if not items and (behind := counted_out(passage.text, begin + len(each.text))):
        begin, items = 0, behind
    if each.quote or not items:
        return [each]
    part = _with_margin(each, each.features["margin"] - 2 * math.log(len(items)))  # as sure as the whole
    return [_at(found, part, begin + a, begin + b) for a, b in items]


def _completing(found: Sequence[ScoredPassage], near: Sequence[Candidate]) -> Iterator[Candidate]:
    """What the lists name besides, as good as the least of those that are proposed."""
    for at, scored in enumerate(found):
        text = scored.passage.text
        for items in enumerations(text):
            known = {item: [one for one in near if same_answer(one.text, text[slice(*item)])] for item in items}
            proposed = [max(each.score for each in ones) for ones in known.values() if ones]
            if len(items) > _LEAST and len(proposed) >= max(_LEAST, _SHARE * len(items)):
                least = min((one for ones in known.values() for one in ones), key=lambda one: one.score)
                like = _with_margin(replace(least, passage=at, quote=None, score=min(proposed)), _UNREAD)
                yield from (_at(found, like, *item) for item, ones in known.items() if not ones)


def _column(query: Query, found: Sequence[ScoredPassage], near: Sequence[Candidate]) -> Iterator[Candidate]:
    """The other cells of a table's column, as good as the one that is proposed.

    Of rows of which the question says as much as of that one's, and where it says nothing of any, of a column that it
    names.
    """
    asked = asked_in(query.text).words
    for each in (one for one in near if one.quote):
        passage = found[each.passage].passage
        table, row, column = _cell_at(passage.text, each.start - passage.start)
        if table is None or row is None or table.header is None or column >= len(table.header.cells):
            continue
        headed = compared_words(passage.text, table.header.cells[column : column + 1])
        said = asked - compared_words(passage.text, table.header.cells) - compared_words(passage.title)
        least = len(said & compared_words(passage.text, row.cells))
        for other in table.rows if least or headed & asked else ():
            start, end = other.cells[column] if column < len(other.cells) else (0, 0)
            if other is not row and start < end and len(said & compared_words(passage.text, other.cells)) >= least:
                quote = (passage.start + other.start, passage.start + other.end)
                yield replace(_at(found, _with_margin(each, _UNREAD), start, end), quote=quote)


def _cell_at(text: str, at: int) -> tuple[Table | None, Row | None, int]:
    """The table, row and column of a cell; none where it stands in no table of this text."""
    for table in tables_in(text):
        for row in table.rows:
            for column, (start, end) in enumerate(row.cells):
                if start <= at < end:
                    return table, row, column
    return None, None, 0


def _with_margin(each: Candidate, margin: float) -> Candidate:
    return replace(each, features={**each.features, "margin": margin})


def _at(found: Sequence[ScoredPassage], each: Candidate, start: int, end: int) -> Candidate:
    """The candidate at another place of its passage, by the passage's characters."""
    passage = found[each.passage].passage
    return replace(each, start=passage.start + start, end=passage.start + end, text=passage.text[start:end])
