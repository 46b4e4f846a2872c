"""What happens in the library beside the chat: adding, finding, removing, and choosing what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from chat.library import Addition, Sorting, Upload, add_all, listed, put_back, remove, sources, undo
from chat.lists import index_in_words, render_additions, render_articles, render_brand, render_undo, render_where
from chat.render import TITLE, name_of, render_note
from chat.session import Listing
from chat.talk import Changes, _value
from index.errors import ArticleNotFoundError, ArticleQAError
from index.filter import NO_FILTER, PassageFilter

if TYPE_CHECKING:
    from index import ArticleSummary
    from qa import ArticleQA


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that the library changes."""

    listing: gr.State
    where: gr.State
    brand: gr.HTML
    articles: gr.HTML
    undo: gr.HTML
    additions: gr.HTML
    drop: gr.File | None
    url: gr.Textbox | None
    sources: gr.Dropdown
    published_from: gr.Textbox
    published_to: gr.Textbox
    chosen: gr.HTML  # what is asked, where that is not everything


class Shelf:
    """One for an app, shared by its visitors, so it keeps nothing of them."""

    def __init__(self, qa: ArticleQA, parts: Parts, *, read_only: bool, public_only: bool) -> None:
        """With `public_only` only addresses outside of this network can be added."""
        self.qa = qa
        self.parts = parts
        self.read_only = read_only
        self.public_only = public_only

    # What is listed

    def show(self, listing: Listing, where: PassageFilter) -> Changes:
        """The library as it is now."""
        parts = self.parts
        try:
            articles = self.qa.articles.list()
        except ArticleQAError as error:
            return {parts.articles: render_note(str(error))}
        summary = index_in_words(len(articles), sum(article.passages for article in articles))
        return self.rows(articles, listing, where) | {
            parts.brand: render_brand(TITLE, summary),
            parts.sources: _source_field(articles, where),
        }

    def rows(self, articles: Sequence[ArticleSummary], listing: Listing, where: PassageFilter) -> Changes:
        """The list alone, and what is asked."""
        found = listed(articles, listing.words, listing.order)
        titles = {article.id: article.title for article in articles}
        chosen = render_where(where, [titles.get(article_id, "") for article_id in where.article_ids])
        return {
            self.parts.listing: listing,
            self.parts.articles: render_articles(
                found, listing.shown, set(where.article_ids), listing.words.strip(), self.read_only
            ),
            self.parts.chosen: chosen,
        }

    def find(self, words: str | None, order: Sorting, listing: Listing, where: PassageFilter) -> Changes:
        """List the articles that hold some words, in an order."""
        listing = replace(listing, words=words or "", order=order, shown=Listing().shown)
        return self.rows(self.qa.articles.list(), listing, where)

    def more(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """List more of them."""
        shown = _value(event)
        listing = replace(listing, shown=int(shown) if shown.isdecimal() and len(shown) < 9 else listing.shown)
        return self.rows(self.qa.articles.list(), listing, where)

    # What is asked

    def only(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """Ask an article that was ticked, or ask it no more."""
        article_id = _value(event)
        ticked = isinstance(event._data, dict) and event._data.get("checked") is True
        ids = [each for each in where.article_ids if each != article_id]
        articles = self.qa.articles.list()
        if ticked and any(article.id == article_id for article in articles):
            ids.append(article_id)
        where = replace(where, article_ids=tuple(ids))
        return self.rows(articles, listing, where) | {self.parts.where: where}

    def narrow(
        self,
        sources: list[str] | None,
        published_from: str | None,
        published_to: str | None,
        listing: Listing,
        where: PassageFilter,
    ) -> Changes:
        """Ask only some sources, and what was published in a span of time."""
        try:
            where = PassageFilter(
                where.article_ids,
                tuple(sources or ()),
                (published_from or "").strip() or None,
                (published_to or "").strip() or None,
            )
        except ArticleQAError as error:
            return {self.parts.undo: _told(error)}
        return self.rows(self.qa.articles.list(), listing, where) | {self.parts.where: where, self.parts.undo: ""}

    def widen(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """Take away one part of what narrows the questions, or all of it."""
        kind, _, value = _value(event).partition(":")
        if kind == "all":
            where = NO_FILTER
        elif kind == "article":
            where = replace(where, article_ids=tuple(each for each in where.article_ids if each != value))
        elif kind == "source":
            where = replace(where, sources=tuple(each for each in where.sources if each != value))
        elif kind == "from":
            where = replace(where, published_from=None)
        elif kind == "to":
            where = replace(where, published_to=None)
        return self.asked(listing, where) | {self.parts.where: where}

    def asked(self, listing: Listing, where: PassageFilter) -> Changes:
        """Show what a conversation that was opened asks."""
        parts = self.parts
        articles = self.qa.articles.list()
        return self.rows(articles, listing, where) | {
            parts.sources: _source_field(articles, where),
            parts.published_from: where.published_from or "",
            parts.published_to: where.published_to or "",
        }

    # Change

    def add_files(self, paths: list[str] | None, listing: Listing, where: PassageFilter) -> Iterator[Changes]:
        """Add files that were dropped, each with its own bar."""
        things = [Upload(Path(path), _name(Path(path).name)) for path in paths or ()]
        yield from self.added(things, listing, where, self.parts.drop)

    def add_url(self, url: str | None, listing: Listing, where: PassageFilter) -> Iterator[Changes]:
        """Add a web page."""
        if url and url.strip():
            yield from self.added([url.strip()], listing, where, self.parts.url)

    def added(
        self, things: Sequence[Upload | str], listing: Listing, where: PassageFilter, field: Any
    ) -> Iterator[Changes]:
        """Add things, and show how far it is; the field that they came from is emptied."""
        if self.read_only:
            return
        additions: tuple[Addition, ...] = ()
        empty = None if field is self.parts.drop else ""
        changes: Changes = {field: empty}
        for additions in add_all(self.qa.articles, things, public_only=self.public_only):
            yield changes | {self.parts.additions: render_additions(additions)}
            changes = {}
        listing = replace(listing, added=additions, removed=())
        stored = any(addition.article_ids for addition in additions)
        yield self.show(listing, where) | {self.parts.undo: render_undo("Added.") if stored else ""}

    def remove(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """Remove an article; the page offers to bring it back."""
        if self.read_only:
            return {self.parts.listing: listing}
        try:
            removed = remove(self.qa.articles, [_value(event)])
        except ArticleNotFoundError:
            return self.show(listing, where)
        except ArticleQAError as error:
            return self.show(listing, where) | {self.parts.undo: _told(error)}
        gone = {article.id for article in removed}
        where = replace(where, article_ids=tuple(each for each in where.article_ids if each not in gone))
        titles = ", ".join(f"“{name_of(article.title)}”" for article in removed)
        changes = self.show(replace(listing, removed=removed, added=()), where)
        return changes | {
            self.parts.where: where,
            self.parts.undo: render_undo(f"Removed {titles}."),
            self.parts.additions: "",
        }

    def undo(self, listing: Listing, where: PassageFilter) -> Changes:
        """Take the last removal or addition back."""
        if self.read_only:
            return {self.parts.listing: listing}
        try:
            put_back(self.qa.articles, listing.removed)
            for addition in reversed(listing.added):
                undo(self.qa.articles, addition)
        except ArticleQAError as error:
            return self.show(listing, where) | {self.parts.undo: _told(error)}
        changes = self.show(replace(listing, removed=(), added=()), where)
        return changes | {self.parts.undo: "", self.parts.additions: ""}


def _name(name: str) -> str:
    """An uploaded file's name; Gradio leaves nothing but the suffix of one that is made of signs alone."""
    return f"file{name}" if name.startswith(".") and name.count(".") == 1 else name


def _source_field(articles: Sequence[ArticleSummary], where: PassageFilter) -> Any:
    """The sources to choose from; also those that are asked and have no article any more, so that they can go."""
    counts = dict(sources(articles))
    counts |= {source: 0 for source in where.sources if source not in counts}
    choices = [(f"{source} ({count})", source) for source, count in counts.items()]
    return gr.Dropdown(choices=choices, value=list(where.sources))


def _told(error: ArticleQAError) -> str:
    return f'<div role="alert">{render_note(str(error))}</div>'
