"""The source view: an article as readable text, with what was cited from it marked. Knows no Gradio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chat.render import button, escape, icon_button, in_a_row, render_facts, render_language, render_note, title_of
from chat.words import count, said_number, say
from index.article import Article
from qa.answer import Citation

# Of a longer article the part around the current mark: what a browser lays out in a moment.
SHOWN_CHARS = 200_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marks:
    """What to mark in an article, in characters of its text: quotes, answers in them, and the quote to begin at."""

    quotes: tuple[Span, ...] = ()
    answers: tuple[Span, ...] = ()
    current: int | None = None  # where the current quote starts


def render_source(article: Article, marks: Marks, start: int | None = None) -> str:
    """The article, as HTML; with `start` its part from that character on, else the part around the current mark.

    Without a current mark none is stronger than the others, and the article is shown from its beginning.
    The text of the element of class "text" is that part of the article's text, character by character.
    """
    begin, end = _part(len(article.text), marks.current if start is None else None, start)
    quotes = [(first, last) for first, last in merged(marks.quotes) if first < end and last > begin]
    now = next(
        (number for number, (_, last) in enumerate(quotes) if marks.current is not None and marks.current < last), None
    )
    facts = render_facts(article.source, article.published, article.url, article.author)
    facts += render_language(article.known_language)
    place = _place(article, begin if now is None else quotes[now][0])
    # The text begins at once: a line end there would show.
    return (
        f'<article><header><h2 dir="auto" tabindex="-1">{title_of(article.title)}</h2>'
        f'<p class="soft facts">{in_a_row([*facts, place] if place else facts)}</p>'
        f"{_walk(len(quotes), now)}</header>"
        f"{_further(article, begin, 'earlier')}"
        f'<div class="text" dir="auto">{_marked(article.text, (begin, end), quotes, merged(marks.answers), now)}</div>'
        f"{_further(article, end, 'later')}</article>"
    )


def render_gone(title: str, quote: str, why: str) -> str:
    """What is shown where a quote stands in its article no more: why, and the quote as it was."""
    return (
        f'<article><header><h2 dir="auto" tabindex="-1">{title_of(title)}</h2></header>{render_note(why)}'
        f'<blockquote class="text" dir="auto">{escape(quote)}</blockquote></article>'
    )


def holds(article: Article, citation: Citation) -> bool:
    """Whether a quote stands in its article as it did."""
    return article.text[citation.start : citation.end] == citation.quote


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, with those that overlap as one.

    >>> merged([(5, 9), (0, 3), (2, 4)])
    [(0, 4), (5, 9)]
    """
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def _part(length: int, current: int | None, start: int | None) -> Span:
    if length <= SHOWN_CHARS:
        return 0, length
    begin = start if start is not None else (current or 0) - SHOWN_CHARS // 2
    begin = min(max(begin, 0), length - SHOWN_CHARS)
    return begin, begin + SHOWN_CHARS


def _further(article: Article, border: int, which: str) -> str:
    """A button for the rest of an article that is too long to show; "" at its beginning and end."""
    left = border if which == "earlier" else len(article.text) - border
    if left <= 0:
        return ""
    start = max(border - SHOWN_CHARS, 0) if which == "earlier" else border
    shown = say(f"show_{which}", characters=count("characters", left))
    return button("part", f"{start}:{article.id}", escape(shown), classes="chip part")


def _walk(marks: int, now: int | None) -> str:
    """Where one is among the marks, with buttons that the page's script handles."""
    if not marks:
        return ""
    place = said_number(marks)
    if now is not None:
        place = say("place_of", number=said_number(now + 1), count=place)
    words = f'<span class="place">{escape(place)}</span>'
    back, on = icon_button("back", "", say("previous_quote")), icon_button("on", "", say("next_quote"))
    return f'<div class="walk soft">{back}{words}{on}<span> {escape(count("quotes", marks))}</span></div>'


def _place(article: Article, offset: int) -> str:
    """The page or section that a character is on, as HTML; "" where the article has none."""
    before = [mark for mark in article.marks if mark.offset <= offset]
    if not before:
        return ""
    last = max(before, key=lambda mark: mark.offset)
    return f"<bdi>{escape(say('page', number=last.label) if last.kind == 'page' else last.label)}</bdi>"


def _marked(text: str, part: Span, quotes: Sequence[Span], answers: Sequence[Span], now: int | None) -> str:
    """A part of a text, quotes and the answers in them marked, the current quote by its class."""
    begin, end = part
    shown, at = "", begin
    for number, (first, last) in enumerate(quotes):
        first, last = max(first, begin), min(last, end)
        if first >= last:
            continue
        inner, inside = "", first
        for answer_first, answer_last in answers:
            answer_first, answer_last = max(answer_first, first), min(answer_last, last)
            if answer_first < answer_last:
                inner += f"{escape(text[inside:answer_first])}<b>{escape(text[answer_first:answer_last])}</b>"
                inside = answer_last
        kind = "now" if number == now else ""
        shown += f'{escape(text[at:first])}<mark class="{kind}">{inner}{escape(text[inside:last])}</mark>'
        at = last
    return shown + escape(text[at:end])
