"""A conversation as Gradio's messages, and the fields around it as they are meant to be."""

from __future__ import annotations

from typing import Any

import gradio as gr

from chat.render import escape, render_answer, render_question
from chat.session import OpenConversation
from chat.words import say
from qa.answer import Answer


def messages(
    conversation: OpenConversation, question: str | None = None, shown: str | None = None
) -> list[dict[str, str]]:
    """A conversation as Gradio's messages, with a question that is being answered at its end."""
    told = [
        exchange(
            turn.question,
            render_answer(
                turn.answer,
                number,
                rating=turn.rating,
                within=turn.within,
                changed=[place for where, place in conversation.changed if where == number],
            ),
            number,
        )
        for number, turn in enumerate(conversation.turns)
    ]
    return [message for each in (*told, exchange(question, shown)) for message in each]


def exchange(question: str | None, shown: str | None, number: int | None = None) -> list[dict[str, str]]:
    """A question, which can be edited where its number is known, and what is shown for it; without what is None."""
    asked = render_question(question, number) if question is not None else None
    said = (("user", asked), ("assistant", shown))
    return [{"role": role, "content": content} for role, content in said if content is not None]


def ask_box(**changes: Any) -> Any:
    """The text box as it is while nothing is being written, with changes to what is in it."""
    return gr.Textbox(submit_btn=say("ask"), stop_btn=False, **changes)


def title_box(conversation: OpenConversation) -> Any:
    """The field with the conversation's name; there to be changed once the conversation is stored."""
    return gr.Textbox(value=conversation.title, interactive=conversation.id is not None)


def searched_for(answer: Answer) -> Any:
    """The field with what was searched for, shown where that is not the question itself."""
    standalone = answer.standalone_question
    return gr.Textbox(value=standalone, visible=standalone != answer.question.strip())


def aloud(text: str) -> str:
    """A line beside the text box, which a screen reader says."""
    return f'<p class="next soft" role="status">{escape(text)}</p>'
