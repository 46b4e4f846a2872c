"""What a browser sends with a click, which may be anything, as values that can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.session import OpenConversation

if TYPE_CHECKING:
    import gradio as gr


def value_of(event: gr.EventData) -> str:
    """The value of the button that was clicked; "" where a browser sent something else."""
    data = event._data
    value = data.get("value") if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""


def turn_of(event: gr.EventData, conversation: OpenConversation) -> int | None:
    """The turn that a button names; None for anything else."""
    return turn_at(value_of(event), conversation)


def turn_at(text: str, conversation: OpenConversation) -> int | None:
    """A number of a turn that is there; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 9 and int(text) < len(conversation.turns) else None


def places_of(event: gr.EventData) -> tuple[int, int]:
    """Turn and place, as in "3:0"; places that are nowhere for anything else."""
    turn, _, place = value_of(event).partition(":")
    if not (turn.isdecimal() and place.isdecimal() and len(turn) < 9 and len(place) < 9):
        return 10**9, 10**9
    return int(turn), int(place)


def is_lost(conversation: OpenConversation, here: str) -> bool:
    """Whether the page shows what the program knows nothing of: it was started anew, or the page slept for too long."""
    return bool(here) and not conversation.begun
