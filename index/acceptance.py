"""What an Article must be like to be stored, whoever made it, and how it is completed."""

from __future__ import annotations

from dataclasses import replace

from index.article import Article
from index.filter import is_date, is_unicode
from index.formats.clean import one_line
from index.formats.limits import MAX_ARTICLE_CHARS, too_long
from index.language import language_of
from index.locations import problem_of_locations


def problem_of(article: Article) -> str:
    """Why an Article cannot be stored; empty where it can."""
    if not article.id or not isinstance(article.id, str):
        return "an article needs an id that is a text and not empty"
    if not isinstance(article.text, str) or not article.text.strip():
        return "there is no text in it"
    if len(article.text) > MAX_ARTICLE_CHARS:
        return too_long(article.text)
    if not all(is_unicode(mark.label) for mark in article.marks):
        return "the name of a section holds half of a surrogate pair, which is no Unicode text"
    for name in ("id", "text", "title", "url", "source", "author", "published", "retrieved_at", "language"):
        value = getattr(article, name)
        if value is None and name not in ("id", "text", "title"):
            continue
        if not isinstance(value, str):
            return f"its {name} is {type(value).__name__}, not text"
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            return f"its {name} holds half of a surrogate pair at character {exc.start}, which is no Unicode text"
    if article.published is not None and not is_date(article.published):
        return f"its published is {article.published!r}, which is no date. Write it like 2025-03-13, or leave it out."
    return problem_of_locations(article.locations)


def completed(article: Article) -> Article:
    """An article as it is stored: what it says of itself on one line, and its language, where it does not say it."""
    article = _on_one_line(article)
    return article if article.language else replace(article, guessed_language=language_of(article.text))


def _on_one_line(article: Article) -> Article:
    """An Article from Python with its title, URL, source and author as files have them: one line, single spaces."""
    lines = {name: one_line(getattr(article, name)) for name in ("url", "source", "author")}
    lines["title"] = one_line(article.title) or ""
    if all(getattr(article, name) == line for name, line in lines.items()):
        return article
    return replace(article, **lines)  # type: ignore[arg-type]
