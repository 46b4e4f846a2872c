"""What happens to conversations as wholes: beginning, opening, finding, naming, deleting and saving them."""

from __future__ import annotations

import logging
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from chat.context import EMPTY, Changes, ChatContext
from chat.events import value_of
from chat.lists import index_in_words, render_brand, render_user
from chat.messages import aloud, ask_box, messages, searched_for, title_box
from chat.render import TITLE, button, escape, render_note
from chat.session import OpenConversation
from chat.source import holds
from chat.words import retold, say
from index.article import Article
from index.errors import ArticleQAError
from qa.kept.conversations import Conversation, SavedTurn
from qa.kept.export import to_json, to_markdown


class ConversationPanel:
    """One for an app, shared by its visitors, so it keeps nothing of a conversation."""

    def __init__(self, context: ChatContext) -> None:
        """Show and keep conversations."""
        self.context = context
        self.suggesting = threading.Lock()
        self.suggested: tuple[object, list[str]] = (None, [])

    def greet(self, last: str, request: gr.Request) -> Changes:
        """The page as it is when it is loaded: the conversation that was open last, or an empty one."""
        parts = self.context.parts
        try:
            owner = self.context.owner(request)
            info = self.context.info()
            articles, passages = (info.articles, info.passages) if info else (0, 0)
            changes: Changes = {
                parts.brand: render_brand(TITLE, index_in_words(articles, passages)),
                parts.who: render_user(request.username or ""),
            }
            stored = self.context.store.find(owner, last) if owner and last else None
            if stored is not None:
                changes |= self.opened(stored) | {parts.conversations: self.context.listed(owner, stored.id)}
                changes.pop(parts.box)  # what was typed before the page was loaded again is put back there
                return changes
            return changes | {
                parts.conversation: OpenConversation(begun=True),
                parts.here: EMPTY,
                parts.chat: gr.Chatbot(placeholder=self.context.invitation(articles > 0), examples=[]),
                parts.conversations: self.context.listed(owner),
            }
        except ArticleQAError as error:
            return {
                parts.brand: render_brand(TITLE, say("index_unreadable")),
                parts.chat: gr.Chatbot(placeholder=render_note(retold(str(error))), examples=[]),
            }

    def invite(self, conversation: OpenConversation) -> Any:
        """What an empty chat shows, with what could be asked first, which may take a while after the articles changed.

        What `greet` said is said again: while a page is being built, Gradio 6.31 loses a change of anything but a value
        now and then: docs/decisions.md, "The greeting is said twice".
        """
        if conversation.turns or not conversation.begun:
            return gr.skip()
        info = self.context.info()
        there = info is not None and info.articles > 0
        return gr.Chatbot(placeholder=self.context.invitation(there), examples=self.examples(info) if there else [])

    def examples(self, info: object) -> list[dict[str, str]]:
        """Questions to begin with; made once for an index as it is, because each is tried out on the articles."""
        with self.suggesting:
            if self.suggested[0] != info:
                try:
                    self.suggested = (info, self.context.qa.suggested_questions())
                except Exception:  # the chat is of use without them
                    logging.getLogger(__name__).exception("No questions could be suggested.")
                    self.suggested = (info, [])
        return [{"text": question} for question in self.suggested[1]]

    def fresh(self, request: gr.Request) -> Changes:
        """An empty page for a new conversation, at once; `invite` follows."""
        parts = self.context.parts
        return {
            parts.box: ask_box(value=""),
            parts.chat: gr.Chatbot(value=[], placeholder=self.context.invitation(not self.context.is_empty())),
            parts.conversation: OpenConversation(begun=True),
            parts.searched: gr.Textbox(visible=False),
            parts.word: gr.Textbox(visible=False),
            parts.after: "",
            parts.title: title_box(OpenConversation()),
            parts.here: EMPTY,
            parts.conversations: self.context.listed(self.context.owner(request)),
        }

    def open(self, event: gr.EventData, request: gr.Request) -> Changes:
        """Show a stored conversation."""
        owner = self.context.owner(request)
        stored = self.context.store.find(owner, value_of(event)) if owner else None
        if stored is None:
            note = aloud(say("conversation_gone"))
            return {self.context.parts.conversations: note + self.context.listed(owner)}
        return self.opened(stored) | {self.context.parts.conversations: self.context.listed(owner, stored.id)}

    def opened(self, stored: Conversation) -> Changes:
        """The changes that show a stored conversation, with what is asked narrowed as it was."""
        parts = self.context.parts
        conversation = OpenConversation(True, stored.id, stored.title, stored.turns, self.changed(stored.turns))
        there = {article.id for article in self.context.qa.articles.list(stored.where.article_ids)}
        kept = tuple(article_id for article_id in stored.where.article_ids if article_id in there)
        last = stored.turns[-1].answer if stored.turns else None
        return {
            parts.box: ask_box(value=""),
            parts.chat: messages(conversation),
            parts.conversation: conversation,
            parts.where: replace(stored.where, article_ids=kept),
            parts.searched: searched_for(last) if last else gr.Textbox(visible=False),
            parts.word: gr.Textbox(visible=False),
            parts.after: "",
            parts.title: title_box(conversation),
            parts.here: conversation.id or EMPTY,
        }

    def find(self, words: str | None, conversation: OpenConversation, request: gr.Request) -> str:
        """The conversations that hold some words."""
        return self.context.listed(self.context.owner(request), conversation.id, words or "")

    def rename(self, title: str | None, conversation: OpenConversation, request: gr.Request) -> Changes:
        """Give the conversation another name."""
        owner = self.context.owner(request)
        if owner and conversation.id:
            self.context.store.rename(owner, conversation.id, title or "")
            conversation = self.context.current(conversation, owner)
        return {
            self.context.parts.conversation: conversation,
            self.context.parts.title: title_box(conversation),
            self.context.parts.conversations: self.context.listed(owner, conversation.id),
        }

    def forget(self, conversation: OpenConversation, event: gr.EventData, request: gr.Request) -> Changes:
        """Delete a conversation; the page offers to bring it back."""
        owner = self.context.owner(request)
        deleted = self.context.store.delete(owner, value_of(event)) if owner else None
        if deleted is None:
            return {self.context.parts.conversations: self.context.listed(owner, conversation.id)}
        changes = self.fresh(request) if deleted.id == conversation.id else {}
        kept = replace(OpenConversation(begun=True) if changes else conversation, deleted=deleted)
        back = button("restore", "", escape(say("undo")), classes="chip")
        note = f'<p class="undo" role="status">{escape(say("was_deleted"))} {back}</p>'
        listed = self.context.listed(owner, kept.id)
        return changes | {self.context.parts.conversation: kept, self.context.parts.conversations: note + listed}

    def restore(self, conversation: OpenConversation, request: gr.Request) -> Changes:
        """Bring back the conversation that was deleted last."""
        owner = self.context.owner(request)
        if owner and conversation.deleted:
            self.context.store.restore(owner, conversation.deleted)
            conversation = replace(conversation, deleted=None)
        return {
            self.context.parts.conversation: conversation,
            self.context.parts.conversations: self.context.listed(owner, conversation.id),
        }

    def markdown(self, conversation: OpenConversation) -> Changes:
        """The conversation as a Markdown file, which the page's script hands to the browser."""
        return self.exported(conversation, "md", "text/markdown", to_markdown(_whole(conversation)))

    def json(self, conversation: OpenConversation) -> Changes:
        """The conversation as a JSON file, with its citations."""
        import json

        return self.exported(
            conversation,
            "json",
            "application/json",
            json.dumps(to_json(_whole(conversation)), ensure_ascii=False, indent=2),
        )

    def exported(self, conversation: OpenConversation, suffix: str, kind: str, text: str) -> Changes:
        """A file for the page's script."""
        if not conversation.turns:
            return {self.context.parts.export: None, self.context.parts.after: aloud(say("nothing_to_save"))}
        said = conversation.title or conversation.turns[0].question
        words = "".join(letter if unicodedata.category(letter)[0] in "LNM" else " " for letter in said).split()
        return {
            self.context.parts.export: {
                "name": f"{'-'.join(words[:8])[:60] or 'conversation'}.{suffix}",
                "type": kind,
                "text": text,
            }
        }

    def changed(self, turns: Sequence[SavedTurn]) -> frozenset[tuple[int, int]]:
        """The quotes, as (turn, quote), that do not stand in their article any more."""
        articles: dict[str, Article | None] = {}
        lost = set()
        for number, turn in enumerate(turns):
            for place, citation in enumerate(turn.answer.quotes):
                if citation.article_id not in articles:
                    articles[citation.article_id] = self.context.qa.articles.find(citation.article_id)
                article = articles[citation.article_id]
                if article is None or not holds(article, citation):
                    lost.add((number, place))
        return frozenset(lost)


def _whole(conversation: OpenConversation) -> Conversation:
    changed = conversation.turns[-1].asked_at if conversation.turns else ""
    return Conversation(
        conversation.id or "",
        conversation.title or (conversation.turns[0].question if conversation.turns else ""),
        changed,
        conversation.turns,
    )
