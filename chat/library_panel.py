"""What happens in the library beside the chat: adding, finding, removing, and choosing what is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from chat.context import Changes
from chat.events import value_of
from chat.library import Addition, Sorting, Upload, add_all, listed, put_back, remove, sources, undo
from chat.lists import index_in_words, render_additions, render_articles, render_brand, render_undo, render_where
from chat.rebuilding import RebuildForLanguages, render_advice, render_rebuild
from chat.render import TITLE, name_of, render_note
from chat.session import LastChange, Listing
from chat.words import retold, said_language, say
from index.errors import ArticleNotFoundError, ArticleQAError
from index.filter import NO_FILTER, PassageFilter, is_unicode
from index.stories import by_story

if TYPE_CHECKING:
    from index import ArticleSummary
    from qa import ArticleQA

# Draws something of the articles that there are and of what is asked.
Drawing = Callable[["Sequence[ArticleSummary]", PassageFilter], Changes]


@dataclass(frozen=True, slots=True)
class LibraryParts:
    """The components that the library changes."""

    listing: gr.State
    where: gr.State
    last: gr.State  # LastChange
    brand: gr.HTML
    articles: gr.HTML
    undo: gr.HTML
    additions: gr.HTML
    rebuild: gr.HTML
    drop: gr.File | None
    url: gr.Textbox | None
    sources: gr.Dropdown
    languages: gr.Dropdown
    published_from: gr.Textbox
    published_to: gr.Textbox
    chosen: gr.HTML  # what is asked, where that is not everything


class LibraryPanel:
    """One for an app, shared by its visitors, so it keeps nothing of them.

    What changes `where` or draws the list takes both from the page's state and ends in `drawn`, and the page does one
    of these after the other, so that the list shows what is asked. What changes the articles, which may take long,
    draws nothing: `show` follows it.
    """

    def __init__(self, qa: ArticleQA, parts: LibraryParts, *, read_only: bool, public_only: bool) -> None:
        """With `public_only` only addresses outside of this network can be added."""
        self.qa = qa
        self.parts = parts
        self.read_only = read_only
        self.public_only = public_only
        self.rebuilding = RebuildForLanguages(qa)

    # What is listed

    def show(self, listing: Listing, where: PassageFilter) -> Changes:
        """The library as it is now."""
        return self.drawn(listing, where, self.index_changes)

    def find(self, words: str | None, order: Sorting, listing: Listing, where: PassageFilter) -> Changes:
        """List the articles that hold some words, in an order."""
        return self.drawn(replace(listing, words=words or "", order=order, shown=Listing().shown), where)

    def more(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """List more of them."""
        shown = value_of(event)
        listing = replace(listing, shown=int(shown) if shown.isdecimal() and len(shown) < 9 else listing.shown)
        return self.drawn(listing, where)

    def drawn(self, listing: Listing, where: PassageFilter, *others: Drawing) -> Changes:
        """The list, with those ticked that are asked, and what is asked; what is not there any more is not.

        `others` are drawn of the same articles. An error of the store stands in the place of the list.
        """
        parts = self.parts
        try:
            articles, stories = self.qa.articles.list(), self.qa.articles.stories()
        except ArticleQAError as error:
            return {parts.articles: render_note(retold(str(error)))}
        titles = {article.id: article.title for article in articles}
        where = replace(where, article_ids=tuple(each for each in where.article_ids if each in titles))
        found = by_story(listed(articles, listing.words, listing.order), stories)
        changes: Changes = {
            parts.listing: listing,
            parts.where: where,
            parts.articles: render_articles(
                found, listing.shown, set(where.article_ids), listing.words.strip(), self.read_only
            ),
            parts.chosen: render_where(where, [titles[article_id] for article_id in where.article_ids]),
        }
        for other in others:
            changes |= other(articles, where)
        return changes

    def index_changes(self, articles: Sequence[ArticleSummary], where: PassageFilter) -> Changes:
        """What there is, said beside the list and offered to be asked."""
        summary = index_in_words(len(articles), sum(article.passages for article in articles))
        return {
            self.parts.brand: render_brand(TITLE, summary),
            self.parts.sources: _source_field(articles, where),
            self.parts.languages: _language_field(articles, where),
            **self.rebuild_changes(articles, where),
        }

    def rebuild_changes(self, articles: Sequence[ArticleSummary], _: PassageFilter) -> Changes:
        """Whether the index should be rebuilt, for those who may; who watches a rebuild goes on to see it."""
        if self.read_only or self.rebuilding.runs:
            return {self.parts.rebuild: gr.skip()}
        return {self.parts.rebuild: render_advice(self.rebuilding.languages(articles))}

    def filter_changes(self, articles: Sequence[ArticleSummary], where: PassageFilter) -> Changes:
        """The fields that narrow what is asked, as they are."""
        return {
            self.parts.sources: _source_field(articles, where),
            self.parts.languages: _language_field(articles, where),
            self.parts.published_from: where.published_from or "",
            self.parts.published_to: where.published_to or "",
        }

    # What is asked

    def only(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """Ask an article that was ticked, or ask it no more."""
        article_id = value_of(event)
        ticked = isinstance(event._data, dict) and event._data.get("checked") is True
        ids = [each for each in where.article_ids if each != article_id]
        if ticked and is_unicode(article_id):  # no article has an id that is not
            ids.append(article_id)
        return self.drawn(listing, replace(where, article_ids=tuple(ids)))

    def narrow(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        sources: list[str] | None,
        languages: list[str] | None,
        published_from: str | None,
        published_to: str | None,
        listing: Listing,
        where: PassageFilter,
    ) -> Changes:
        """Ask only some sources and languages, and what was published in a span of time."""
        try:
            where = PassageFilter(
                where.article_ids,
                tuple(sources or ()),
                (published_from or "").strip() or None,
                (published_to or "").strip() or None,
                tuple(languages or ()),
            )
        except ArticleQAError as error:
            return {self.parts.undo: _told(error)}
        return self.drawn(listing, where) | {self.parts.undo: ""}

    def widen(self, listing: Listing, where: PassageFilter, event: gr.EventData) -> Changes:
        """Take away one part of what narrows the questions, or all of it."""
        kind, _, value = value_of(event).partition(":")
        if kind == "all":
            where = NO_FILTER
        elif kind == "article":
            where = replace(where, article_ids=tuple(each for each in where.article_ids if each != value))
        elif kind == "source":
            where = replace(where, sources=tuple(each for each in where.sources if each != value))
        elif kind == "language":
            where = replace(where, languages=tuple(each for each in where.languages if each != value))
        elif kind == "from":
            where = replace(where, published_from=None)
        elif kind == "to":
            where = replace(where, published_to=None)
        return self.asked(listing, where)

    def asked(self, listing: Listing, where: PassageFilter) -> Changes:
        """Show what a conversation that was opened asks."""
        return self.drawn(listing, where, self.filter_changes, self.rebuild_changes)

    # Change

    def add_files(self, paths: list[str] | None) -> Iterator[Changes]:
        """Add files that were dropped, each with its own bar."""
        things = [Upload(Path(path), _name(Path(path).name)) for path in paths or ()]
        yield from self.added(things, self.parts.drop)

    def add_url(self, url: str | None) -> Iterator[Changes]:
        """Add a web page."""
        if url and url.strip():
            yield from self.added([url.strip()], self.parts.url)

    def added(self, things: Sequence[Upload | str], field: Any) -> Iterator[Changes]:
        """Add things, and show how far it is; the field that they came from is emptied."""
        if self.read_only:
            return
        additions: tuple[Addition, ...] = ()
        empty = None if field is self.parts.drop else ""
        changes: Changes = {field: empty}
        for additions in add_all(self.qa.articles, things, public_only=self.public_only):
            yield changes | {self.parts.additions: render_additions(additions)}
            changes = {}
        stored = any(addition.article_ids for addition in additions)
        yield {
            self.parts.last: LastChange(added=additions),
            self.parts.undo: render_undo(say("was_added")) if stored else "",
        }

    def remove(self, event: gr.EventData) -> Changes:
        """Remove an article; the page offers to bring it back."""
        if self.read_only:
            return {self.parts.undo: gr.skip()}
        try:
            removed = remove(self.qa.articles, [value_of(event)])
        except ArticleNotFoundError:
            return {self.parts.undo: gr.skip()}
        except ArticleQAError as error:
            return {self.parts.undo: _told(error)}
        titles = ", ".join(f"“{name_of(article.title)}”" for article in removed)
        return {
            self.parts.last: LastChange(removed=removed),
            self.parts.undo: render_undo(say("was_removed", titles=titles)),
            self.parts.additions: "",
        }

    def rebuild(self) -> Iterator[Changes]:
        """Make the index anew by the network for many languages, and show how far it is."""
        if self.read_only:
            return
        try:
            if self.rebuilding.runs or self.rebuilding.languages(self.qa.articles.list()):
                for share in self.rebuilding.run():
                    yield {self.parts.rebuild: render_rebuild(share)}
        except ArticleQAError as error:
            yield {self.parts.undo: _told(error)}

    def undo(self, last: LastChange) -> Changes:
        """Take the last removal or addition back."""
        if self.read_only:
            return {self.parts.undo: gr.skip()}
        try:
            put_back(self.qa.articles, last.removed)
            for addition in reversed(last.added):
                undo(self.qa.articles, addition)
        except ArticleQAError as error:
            return {self.parts.undo: _told(error)}
        return {self.parts.last: LastChange(), self.parts.undo: "", self.parts.additions: ""}


def _name(name: str) -> str:
    """An uploaded file's name; Gradio leaves nothing but the suffix of one that is made of signs alone."""
    return f"file{name}" if name.startswith(".") and name.count(".") == 1 else name


def _source_field(articles: Sequence[ArticleSummary], where: PassageFilter) -> Any:
    """The sources to choose from; also those that are asked and have no article any more, so that they can go."""
    counts = dict(sources(articles))
    counts |= {source: 0 for source in where.sources if source not in counts}
    choices = [(f"{source} ({count})", source) for source, count in counts.items()]
    return gr.Dropdown(choices=choices, value=list(where.sources))


def _language_field(articles: Sequence[ArticleSummary], where: PassageFilter) -> Any:
    """The languages to choose from, most articles first; there for nobody whose articles are all in one."""
    counts = Counter(article.known_language for article in articles if article.known_language)
    codes = sorted({*counts, *where.languages}, key=lambda code: (-counts[code], code))
    choices = [(f"{said_language(code)} ({counts[code]})", code) for code in codes]
    return gr.Dropdown(choices=choices, value=list(where.languages), visible=len(codes) > 1)


def _told(error: ArticleQAError) -> str:
    return f'<div role="alert">{render_note(retold(str(error)))}</div>'
