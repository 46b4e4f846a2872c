"""What is shown where no answer is given: the words that came nearest to one, each in its whole sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from index import Article, Passage, ScoredPassage
from index.split import sentence_spans
from qa.answer import Citation, cited
from qa.reading.answers import Candidate
from qa.reading.result import NearSpan
from qa.reading.sentences import sentences_of

NEAREST = 3  # quotes
_LONGEST = 1000  # characters of a sentence; where a text has no full stops, its passage's part is shown
_AROUND = 5000  # characters on both sides that are looked at for the ends of the paragraph

Find = Callable[[str], Article | None]


def nearest_spans(found: Sequence[ScoredPassage], ranked: Iterable[Candidate]) -> tuple[NearSpan, ...]:
    """The best words of each passage, in the order of the candidates, which are `ranked` best first.

    A few more than are shown, as some may stand in the same sentence.
    """
    best: dict[int, Candidate] = {}
    for each in ranked:
        best.setdefault(each.passage, each)
    return tuple(NearSpan(found[at].passage, each.start, each.end) for at, each in best.items())[: 2 * NEAREST]


def quoted(spans: Iterable[NearSpan], passages: Iterable[ScoredPassage], find: Find) -> tuple[Citation, ...]:
    """The whole sentences that hold the spans, NEAREST at most, each once; none of an article that has changed."""
    copies = {scored.passage.id: scored.copies for scored in passages}
    found = []
    for span in spans:
        article = find(span.passage.article_id)
        words = (span.start, span.end)
        citation = cited(article, span.passage, words, words, copies.get(span.passage.id, ()))
        if article is not None and citation is not None:
            found.append(_in_its_sentence(article, citation, span.passage))
    return _once(found)


def narrowed(citations: Iterable[Citation], find: Find) -> tuple[Citation, ...]:
    """Quotes of an answer that is not given after all, each cut to the sentence with the answer in it."""
    found = []
    for each in citations:
        article = find(each.article_id)
        if article is not None and article.text[each.start : each.end] == each.quote:
            found.append(_in_its_sentence(article, each))
    return _once(found)


def whole_sentence(text: str, start: int, end: int, language: str = "en") -> tuple[int, int]:
    """From where to where the sentences reach that hold a text's characters from `start` to `end`.

    Without white space around, and within one paragraph: of characters that reach over its end, those of the longest
    part count.
    """
    first, last = max(start - _AROUND, 0), min(end + _AROUND, len(text))
    borders = [first, *_paragraphs(text, first, last), last]
    begin, stop = max(pairwise(borders), key=lambda part: min(part[1], end) - max(part[0], start))
    held = [
        (begin + a, begin + b)
        for a, b in sentence_spans(text[begin:stop], language)
        if begin + a < end and start < begin + b
    ]
    a, b = held[0][0], held[-1][1]
    words = text[a:b]
    return a + len(words) - len(words.lstrip()), a + len(words.rstrip())


def _in_its_sentence(article: Article, citation: Citation, passage: Passage | None = None) -> Citation:
    """The same words of an article in their whole sentence, and no more; of a passage where that has no end."""
    words = (citation.answer_start, citation.answer_end)
    if words[0] is None or words[1] is None:
        return citation
    start, end = whole_sentence(article.text, words[0], words[1], article.written_in)
    if end - start > _LONGEST:
        held = sentences_of(passage) if passage else [(citation.start, citation.end)]
        held = [each for each in held if each[0] < words[1] and words[0] < each[1]]
        start, end = min(words[0], *(a for a, _ in held)), max(words[1], *(b for _, b in held))
    return replace(
        citation,
        start=start,
        end=end,
        quote=article.text[start:end],
        answer_start=max(words[0], start),
        answer_end=min(words[1], end),
        pages=article.pages(start, end),
    )


def _once(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """The first of them, NEAREST at most, without those that share a sentence with one before, or say the same."""
    found: list[Citation] = []
    for each in citations:
        known = any(_overlap(each, other) or each.quote.split() == other.quote.split() for other in found)
        if not known and len(found) < NEAREST:
            found.append(each)
    return tuple(found)


def _overlap(one: Citation, other: Citation) -> bool:
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end


_BLANK = re.compile(r"\n\s*\n")
_BREAK = re.compile(r"\n[ \t]*")


def _paragraphs(text: str, first: int, last: int) -> list[int]:
    """Where paragraphs begin between two characters of a text.

    Behind a blank line, and behind the end of a line where the next line's first word would still have fitted on it:
    lines that are only broken at the margin are full. One that goes on with a small letter is no beginning.
    """
    borders: list[int] = []
    blocks = [first, *(match.end() for match in _BLANK.finditer(text, first, last)), last]
    for begin, stop in pairwise(blocks):
        borders.append(begin)
        lines = [begin, *(match.end() for match in _BREAK.finditer(text, begin, stop)), stop]
        widths = [len(text[a:b].rstrip()) for a, b in pairwise(lines)]
        for at, (a, b) in enumerate(pairwise(lines[1:])):
            word = len(text[a:b].split(maxsplit=1)[0]) if text[a:b].strip() else 0
            if word and not text[a].islower() and widths[at] + 1 + word <= max(widths):
                borders.append(a)
    return borders[1:]
