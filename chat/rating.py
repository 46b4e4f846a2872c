"""What rating an answer does, and the word about it that may follow."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from chat.context import RELOAD, Changes, ChatContext
from chat.events import is_lost, turn_at, value_of
from chat.messages import aloud, messages
from chat.session import OpenConversation
from chat.words import say


class Rating:
    """One for an app, shared by its visitors."""

    def __init__(self, context: ChatContext) -> None:
        """Rate answers of stored conversations."""
        self.context = context

    def rate(self, conversation: OpenConversation, here: str, event: gr.EventData, request: gr.Request) -> Changes:
        """Store whether an answer is good; a second click takes it back. Then a word about it may follow."""
        if is_lost(conversation, here):
            return {self.context.parts.here: RELOAD}
        owner = self.context.owner(request)
        conversation = self.context.current(conversation, owner)
        place, _, value = value_of(event).partition(":")
        turn, rating = turn_at(place, conversation), {"1": 1, "-1": -1}.get(value)
        if turn is None or rating is None or owner is None or conversation.id is None:
            return {self.context.parts.conversation: conversation}
        if conversation.turns[turn].rating == rating:
            rating = 0
        self.context.store.rate(owner, conversation.id, turn, rating)
        conversation = replace(self.context.current(conversation, owner), rating=turn if rating else None)
        asked = say("what_is_right" if rating < 0 else "what_is_good")
        field = gr.Textbox(value="", label=asked, placeholder=asked, visible=bool(rating))
        return {
            self.context.parts.conversation: conversation,
            self.context.parts.chat: messages(conversation),
            self.context.parts.word: field,
        }

    def say(self, word: str, conversation: OpenConversation, request: gr.Request) -> Changes:
        """Store the word about the answer that was rated last."""
        owner = self.context.owner(request)
        conversation = self.context.current(conversation, owner)
        if (
            owner
            and conversation.id
            and conversation.rating is not None
            and conversation.rating < len(conversation.turns)
        ):
            self.context.store.rate(
                owner,
                conversation.id,
                conversation.rating,
                conversation.turns[conversation.rating].rating,
                word.strip(),
            )
        return {
            self.context.parts.conversation: replace(conversation, rating=None),
            self.context.parts.word: gr.Textbox(visible=False),
            self.context.parts.after: aloud(say("thank_you")),
        }
