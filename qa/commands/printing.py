"""What commands print, as text: lines of JSON, and lines for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.filter import is_unicode
from qa.answer import NOT_SAID
from qa.answer_text import day, one_line

if TYPE_CHECKING:
    from index import ArticleSummary
    from qa.answer import Answer
    from qa.kept.conversations import Feedback


def json_line(values: object) -> str:
    """One line of JSON, in plain Unicode where that can be written."""
    line = json.dumps(values, ensure_ascii=False)
    return line if is_unicode(line) else json.dumps(values)


def question_line(values: object) -> str:
    """A line of a question file: where U+FFFD stands for itself, it must not look like text that could not be read."""
    line = json_line(values)
    return json.dumps(values) if "\ufffd" in line else line


def summary_line(summary: ArticleSummary) -> str:
    """An article in `qa list`."""
    return f"{day(summary.published):10}  {summary.id}  {summary.title}  ({summary.source or 'no source'})"


def feedback_lines(feedback: Feedback) -> str:
    """What somebody thought of an answer, in `qa feedback`."""
    answer = feedback.answer
    searched = answer.standalone_question if answer.standalone_question != feedback.question else ""
    lines = [
        f"{day(feedback.at)}  {'good' if feedback.rating > 0 else 'bad '}  {_harmless(feedback.question)}",
        *([f"searched for: {_harmless(searched)}"] if searched else []),
        _harmless(answer.text) or NOT_SAID,
        *([f"“{_harmless(feedback.word)}”"] if feedback.word else []),
    ]
    return "\n                  ".join(lines)


def _harmless(text: str) -> str:
    """What somebody wrote, as one line in which nothing steers a terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", one_line(text))


def explanation(answer: Answer) -> str:
    """A table of the passages in the reader's order, with rank and score in every order that they went through."""
    if not answer.trace:
        return "\nNo passage was found."
    orders = list(dict.fromkeys(order for entry in answer.trace for order in entry["ranks"]))
    rows: list[Iterable[str]] = [(*orders, "passage")]
    for scored, entry in zip(answer.passages, answer.trace, strict=True):
        ranks = [entry["ranks"].get(order) for order in orders]
        cells = [f"{rank['rank']:>3}. {rank['score']:7.3f}" if rank else "-" for rank in ranks]
        where = f"{scored.passage.title or scored.passage.article_id} [{scored.passage.start}-{scored.passage.end}]"
        rows.append((*cells, where))
    return "\n" + "\n".join("  ".join(f"{cell:<12}" for cell in row).rstrip() for row in rows)
