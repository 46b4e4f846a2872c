"""What asking, the conversations, rating and the source share: whose conversation it is, and what the index holds."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from chat.firewall import visitor_of
from chat.lists import render_conversations
from chat.render import render_how_to_add, render_note
from chat.session import OpenConversation
from chat.words import say
from index.article_index import IndexInfo
from index.errors import IndexNotFoundError, StoreError
from index.filter import PassageFilter
from qa import ArticleQA
from qa.kept.conversations import Conversations

# In the place of a conversation's id, for the page's script: there is none yet; the page has to be loaded again.
EMPTY, RELOAD = "-", "reload"

Changes = dict[Any, Any]  # component -> its new value


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that a conversation changes."""

    box: gr.Textbox
    chat: gr.Chatbot
    conversation: gr.State
    where: gr.State
    searched: gr.Textbox
    word: gr.Textbox
    after: gr.HTML  # what can be asked next
    title: gr.Textbox
    conversations: gr.HTML
    here: gr.HTML  # the id of the conversation, for the page's script
    brand: gr.HTML
    source: gr.HTML
    export: gr.JSON
    who: gr.HTML  # who is logged in


class ChatContext:
    """One for an app, shared by its visitors, so it keeps nothing of a conversation."""

    def __init__(self, qa: ArticleQA, store: Conversations, parts: Parts, read_only: bool = False) -> None:
        """With `read_only` nobody is told how to add articles."""
        self.qa = qa
        self.store = store
        self.parts = parts
        self.read_only = read_only
        self.trouble = ""  # why no conversation can be kept

    def owner(self, request: gr.Request) -> str | None:
        """Whose conversations these are; None where none can be kept, and the chat is used without."""
        try:
            owner = visitor_of(request)
            if owner is not None:
                self.store.find(owner, "")
            self.trouble = ""
        except StoreError as error:
            logging.getLogger(__name__).warning("%s", error)
            self.trouble = str(error)
            return None
        return owner

    def current(self, conversation: OpenConversation, owner: str | None) -> OpenConversation:
        """The conversation as it is stored: another window of the same browser may have gone on with it."""
        stored = self.store.find(owner, conversation.id) if owner and conversation.id else None
        if stored is None:
            return conversation
        return replace(conversation, title=stored.title, turns=stored.turns)

    def listed(self, owner: str | None, current: str | None = None, words: str = "") -> str:
        """The list of conversations, as HTML."""
        if owner is None:
            why = self.trouble or say("no_cookie")
            return render_note(why)
        return render_conversations(self.store.list(owner, words.strip()), current, words.strip())

    def titles(self, where: PassageFilter) -> list[str]:
        """The titles of the articles in a filter, in its order; "" for one that is gone."""
        found = {article.id: article.title for article in self.qa.articles.list(where.article_ids)}
        return [found.get(article_id, "") for article_id in where.article_ids]

    def info(self) -> IndexInfo | None:
        """What the index holds; None where there is none yet."""
        try:
            return self.qa.articles.info()
        except IndexNotFoundError:
            return None

    def is_empty(self) -> bool:
        """Whether there is nothing to answer from."""
        info = self.info()
        return info is None or info.articles == 0

    def invitation(self, there: bool) -> str:
        """What stands in an empty chat, as HTML: to ask, or how to add articles where none are `there`."""
        if not there:
            return render_how_to_add(self.qa.articles.location, self.read_only)
        return render_note(say("ask_invitation"))
