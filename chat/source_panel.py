"""What opening an article does: by a quote, and from the library."""

from __future__ import annotations

import time

import gradio as gr

from chat.context import ChatContext
from chat.events import places_of, value_of
from chat.render import render_note
from chat.session import OpenConversation
from chat.source import Marks, holds, render_gone, render_source
from chat.words import say
from index.article import Article


class SourcePanel:
    """One for an app, shared by its visitors."""

    def __init__(self, context: ChatContext) -> None:
        """Show articles of the index."""
        self.context = context

    def cite(self, conversation: OpenConversation, event: gr.EventData, request: gr.Request) -> str:
        """The article of a quote, with all that the conversation quotes from it marked, this quote above all."""
        conversation = self.context.current(conversation, self.context.owner(request))
        turn, place = places_of(event)
        if turn >= len(conversation.turns) or place >= len(conversation.turns[turn].answer.quotes):
            return _lost()
        citation = conversation.turns[turn].answer.quotes[place]
        article = self.context.qa.articles.find(citation.article_id)
        if article is None or not holds(article, citation):
            return _gone(article, citation.title, citation.quote)
        return self.article(article, conversation, citation.start)

    def whole(self, conversation: OpenConversation, event: gr.EventData, request: gr.Request) -> str:
        """An article of the library."""
        article = self.context.qa.articles.find(value_of(event))
        return (
            _lost()
            if article is None
            else self.article(article, self.context.current(conversation, self.context.owner(request)), None)
        )

    def part(self, conversation: OpenConversation, event: gr.EventData, request: gr.Request) -> str:
        """Another part of an article that is too long to show whole."""
        start, _, article_id = value_of(event).partition(":")
        article = self.context.qa.articles.find(article_id)
        if article is None or not (start.isdecimal() and len(start) < 10):
            return _lost()
        conversation = self.context.current(conversation, self.context.owner(request))
        return self.article(article, conversation, None, int(start))

    def article(
        self, article: Article, conversation: OpenConversation, current: int | None, start: int | None = None
    ) -> str:
        """An article with everything marked that the conversation quotes from it and that still stands there."""
        cited = [
            citation
            for turn in conversation.turns
            for citation in turn.answer.quotes
            if citation.article_id == article.id and holds(article, citation)
        ]
        answers = [
            (citation.answer_start, citation.answer_end)
            for citation in cited
            if citation.answer_start is not None and citation.answer_end is not None
        ]
        marks = Marks(tuple((each.start, each.end) for each in cited), tuple(answers), current)
        return _now(render_source(article, marks, start))


def _now(html: str) -> str:
    """The same HTML with a new number, so that the page scrolls to its mark also where it was shown already."""
    return f'<div id="shown-{time.monotonic_ns()}">{html}</div>'


def _gone(article: Article | None, title: str, text: str) -> str:
    return _now(render_gone(title, text, say("article_gone" if article is None else "article_other")))


def _lost() -> str:
    return _now(render_note(say("not_there")))
