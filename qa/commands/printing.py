"""What commands print, as text: lines of JSON, and lines for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from index.filter import is_unicode
from qa.answer_text import day
from qa.commands.terminal import complain, harmless_line

if TYPE_CHECKING:
    from index import AddProgress, AddReport, ArticleSummary
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
    parts = (summary.id, summary.title, f"({summary.source or 'no source'})")
    return "  ".join([f"{day(summary.published):10}", *map(harmless_line, parts)])


def adding_shown(bar: Any) -> Callable[[AddProgress], None]:
    """What shows the progress of `ArticleIndex.add` in a bar of tqdm."""

    def show(progress: AddProgress) -> None:
        bar.total = max(progress.sources, bar.total or 0)
        bar.n = progress.sources_done
        bar.set_postfix_str(f"{progress.report.passages_embedded} passages, {progress.report}", refresh=False)
        bar.update(0)

    return show


def added_said(report: AddReport) -> int:
    """Say what came of adding; gives the exit status, 1 where all failed."""
    for result in (*report.of("skipped"), *report.of("failed")):
        complain(f"{result.outcome}: {result.source}: {result.reason}")
    print(f"{report} ({report.passages_embedded} passages embedded)")
    stored = report.added + report.updated + report.unchanged
    return 1 if report.failed and not stored else 0


def feedback_lines(feedback: Feedback) -> str:
    """What somebody thought of an answer, in `qa feedback`."""
    answer = feedback.answer
    searched = answer.standalone_question if answer.standalone_question != feedback.question else ""
    lines = [
        f"{day(feedback.at)}  {'good' if feedback.rating > 0 else 'bad '}  {harmless_line(feedback.question)}",
        *([f"searched for: {harmless_line(searched)}"] if searched else []),
        harmless_line(answer.said),
        *([f"“{harmless_line(feedback.word)}”"] if feedback.word else []),
    ]
    return "\n                  ".join(lines)


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
