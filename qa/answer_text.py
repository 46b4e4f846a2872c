"""An answer as plain text: for a person at a terminal, and for a language model that called a tool.

Both are put together from the same pieces, which other renderers use, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from qa.answer import NOT_CERTAIN, Answer, CheckedSentence, Citation


class Place(Protocol):
    """Some words of an article: a citation or a passage."""

    @property
    def article_id(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str | None: ...  # noqa: D102
    @property
    def source(self) -> str | None: ...  # noqa: D102
    @property
    def published(self) -> str | None: ...  # noqa: D102
    @property
    def start(self) -> int: ...  # noqa: D102
    @property
    def end(self) -> int: ...  # noqa: D102


def text_for_people(answer: Answer) -> str:
    """The lines that `qa ask` prints: the answer, what has to be said with it, its quotes, confidence and time."""
    took = f"{answer.timings_ms['total']:.0f} ms"
    typed = " and ".join(f'"{word}"' for word in answer.corrections)
    return f"{_read_as(answer, f' As typed: write {typed}, in quotation marks.')}{_lines(answer, took)}"


def _lines(answer: Answer, took: str) -> str:
    if answer.abstained:
        lines = [answer.said, *([answer.reason] if answer.reason else [])]
        lines += ["", NOT_CERTAIN] if answer.nearest else []
        for citation in answer.nearest:
            lines += [f"  {_guess(citation)}“{one_line(citation.quote)}”", f"  — {_place_for_people(citation)}"]
        return "\n".join([*lines, f"\n({joined(took, time_asked_for(answer))})"])
    lines = [answer.text, *([answer.note] if answer.note else [])]
    lines += [f"Not supported: {each.text} ({each.reason})" for each in unsupported(answer)]
    lines.append("")
    for number, citation in enumerate(answer.citations, start=1):
        if answer.sentences or citation.quote not in answer.text:
            lines.append(f"  {f'[{number}] ' if answer.sentences else ''}“{one_line(citation.quote)}”")
        lines.append(f"  — {_place_for_people(citation)}")
    return "\n".join([*lines, f"\nConfidence {answer.confidence:.2f} ({joined(took, time_asked_for(answer))})"])


def text_for_a_model(answer: Answer) -> str:
    """What a tool's caller reads: the answer and its numbered quotes, each on one line with its place below it."""
    if answer.abstained:
        lines = [f"{_read_as(answer)}{answer.said}", *([one_line(answer.reason)] if answer.reason else [])]
        lines += ["", NOT_CERTAIN] if answer.nearest else []
        for citation in answer.nearest:
            lines.append(f"- {_guess(citation)}“{one_line(citation.quote)}”\n    {place_for_a_model(citation)}")
        return "\n".join(lines)
    lines = [f"{_read_as(answer)}{answer.text}", *([answer.note] if answer.note else [])]
    lines += [f"The quotes do not support this: {one_line(each.text)}" for each in unsupported(answer)]
    lines.append("")
    for number, citation in enumerate(answer.citations, start=1):
        lines.append(f"[{number}] “{one_line(citation.quote)}”\n    {place_for_a_model(citation)}")
    return "\n".join([*lines, "", f"Confidence {answer.confidence:.2f}"])


def time_asked_for(answer: Answer) -> str:
    """Which articles came first because the question names a time, in a few words; "" where it names none.

    >>> time_asked_for(Answer("", "", "", True, 0.0, "extractive", period=("2025-03-01", None)))
    'articles from 2025-03-01 first'
    """
    begins, ends = answer.period or (None, None)
    parts = [f"from {day(begins)}" if begins else "", f"until {day(ends)}" if ends else ""]
    return f"articles {' '.join(filter(None, parts))} first" if begins or ends else ""


def read_as(corrections: Mapping[str, str]) -> str:
    """Which words were read as the articles spell them, in a few words; "" for none.

    >>> read_as({"Witkof": "Witkoff", "Moskow": "Moscow"})
    'showing results for Witkoff, Moscow'
    """
    return f"showing results for {', '.join(dict.fromkeys(corrections.values()))}" if corrections else ""


def _read_as(answer: Answer, more: str = "") -> str:
    read = one_line(read_as(answer.corrections))
    return f"{read[0].upper()}{read[1:]}.{more}\n" if read else ""


def is_only_respelt(answer: Answer) -> bool:
    """Whether what was searched for differs from the question by corrections alone."""
    text = answer.question.strip()
    for word, meant in answer.corrections.items():
        text = text.replace(word, meant)
    return text == answer.standalone_question


def also_in(citation: Citation, most: int = 1) -> str:
    """Which other articles have the same words, in a few words; "" where none has.

    With the days of the oldest and the newest version of the story, where these are not the same.
    """
    titles = [one_line(each.title or each.article_id) for each in citation.also_in]
    more = f" and {len(titles) - most} more" if len(titles) > most else ""
    dates = [each.published for each in citation.also_in if each.published]
    days = sorted(filter(None, {*map(day, dates), day(citation.published) if dates else ""}))
    span = f" (from {days[0]} to {days[-1]})" if len(days) > 1 else ""
    return f"also in {', '.join(titles[:most])}{more}{span}" if titles else ""


def place_for_a_model(place: Place) -> str:
    """Where a citation or a passage stands, with the article's id, by which a tool can be narrowed to it."""
    pages = on_pages(place) if isinstance(place, Citation) else ""
    about = (place.title, place.source or "", day(place.published), pages, f"article {place.article_id}")
    return joined(*map(one_line, about), characters(place))


# The pieces


def differing(answers: Sequence[str], citations: Sequence[Citation]) -> str:
    """Which article says what, where the first two are answers of which at most one can be right."""
    said = [
        f"{answer} ({joined(each.source or each.title or each.article_id, day(each.published))})"
        for answer, each in zip(answers[:2], citations[:2], strict=True)
    ]
    return f"The articles differ: {'; '.join(said)}."


def parts(citation: Citation) -> tuple[str, str, str]:
    """A quote as what stands before the answer in it, the answer, and what stands behind; without one, all before."""
    if citation.answer_start is None or citation.answer_end is None:
        return citation.quote, "", ""
    start, end = citation.answer_start - citation.start, citation.answer_end - citation.start
    return citation.quote[:start], citation.quote[start:end], citation.quote[end:]


def _guess(citation: Citation) -> str:
    """The words of a quote that may answer, to stand before it; "" where they are all of it."""
    words = one_line(parts(citation)[1])
    return f"{words.rstrip('.')}? " if words and words != one_line(citation.quote) else ""


def _place_for_people(citation: Citation) -> str:
    about = (citation.title or citation.article_id, citation.source, day(citation.published), citation.url)
    return joined(*about, on_pages(citation), characters(citation), also_in(citation))


def unsupported(answer: Answer) -> list[CheckedSentence]:
    """The sentences of a language model that what they cite does not support."""
    return [sentence for sentence in answer.sentences if not sentence.supported]


def on_pages(citation: Citation) -> str:
    """On which page of a PDF a quote stands, or from which to which; "" where its article has none."""
    if len(citation.pages) < 2:
        return f"page {citation.pages[0]}" if citation.pages else ""
    return f"pages {citation.pages[0]}-{citation.pages[-1]}"


def characters(place: Place) -> str:
    """Where a citation or a passage stands in its article, by offsets."""
    return f"characters {place.start}-{place.end}"


def day(published: str | None) -> str:
    """An ISO 8601 date as far as its day, "" for none."""
    return (published or "")[:10]


def joined(*parts: str | None) -> str:
    """What there is of some facts, with commas."""
    return ", ".join(part for part in parts if part)


def one_line(text: str) -> str:
    """On one line, so that nothing in an article looks like a number or a place of ours."""
    return " ".join(text.split())
