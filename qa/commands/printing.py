"""What commands print, as text: lines of JSON, and lines for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from index.filter import is_unicode
from qa.answer_text import day
from qa.commands.terminal import harmless_line

if TYPE_CHECKING:
    from index import ArticleSummary, Story
    from index.article import Article, Location
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
    return f"{day(summary.published):10}  {article_line(summary)}"


def version_line(summary: ArticleSummary) -> str:
    """Another version of the story of the article in the line before, in `qa list`."""
    return f"{'':10}  also in {day(summary.published):10}  {article_line(summary)}"


def also_in_json(summary: ArticleSummary, story: Story | None) -> dict[str, object]:
    """What an article's JSON has more where it is a version of a story: the other ones, the oldest first."""
    others = [each for each in story.versions if each.id != summary.id] if story else []
    named = [{"article_id": each.id, "title": each.title, "published": each.published} for each in others]
    return {"also_in": named} if named else {}


def said_language(article: Article) -> str:
    """The language of an article in `qa show`, and whether it is the program that says so; "" where it is not known."""
    return article.language or (f"{article.guessed_language} (as it seems)" if article.guessed_language else "")


def article_line(summary: ArticleSummary) -> str:
    """An article on one line: its id, its title, its source and language, and where it was read."""
    about = ", ".join(each for each in (summary.source or "no source", summary.known_language) if each)
    parts = (summary.id, summary.title, f"({about})", *_addresses(summary.locations))
    return "  ".join(map(harmless_line, parts))


def _addresses(locations: Sequence[Location]) -> list[str]:
    return [location.address for location in locations]


def location_line(location: Location) -> str:
    """Where an article was read, in `qa show`."""
    modified = f", modified {_moment(location.modified_at)}" if location.modified_at else ""
    return f"{location.address}{modified}, read {_moment(location.read_at)}, SHA-256 {location.sha256}"


def _moment(iso: str) -> str:
    """A time to the second, as this machine's clock shows it."""
    return datetime.fromisoformat(iso).astimezone().isoformat(" ", "seconds")


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
