"""What is no question is replied to."""

from __future__ import annotations

import pytest

from qa.question.small_talk import reply_to
from qa.question.wording import is_small_talk

HELLO = "Hello. What would you like to know from the articles?"
OURS = "I look for answers in your articles, and show the exact words that they rest on."
ELSE = "All right. Ask when you want to know something from the articles."


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        *((text, "You are welcome.") for text in ("thanks", "Thank you so much!", "ok, thanks for your help", "merci")),
        *((text, HELLO) for text in ("hello", "Hi there!", "Good morning", "how are you doing?", "hola")),
        *((text, "Goodbye.") for text in ("bye", "Good night", "see you later", "have a nice day")),
        *((text, OURS) for text in ("who are you?", "What can you do?", "help")),
        *((text, ELSE) for text in ("ok", "that helps", "Good to know.", "yes", "👍", ":)", "nice work")),
        ("sorry", "Never mind."),
    ],
)  # fmt: skip
def test_small_talk_is_known_and_replied_to(text: str, reply: str) -> None:
    assert is_small_talk(text)
    assert reply_to(text) == reply


@pytest.mark.parametrize(
    "text",
    [
        "Hello Kitty", "Thanks to whom did they win?", "???", "why?", "What help did they get?", "Is there help?",
        "help for farmers", "No Time to Die", "What's up with the ferries?", "Who said sorry?", "Amazing Grace", "1812",
        "later years", "Is it good?",
    ],
)  # fmt: skip
def test_what_asks_for_something_is_no_small_talk(text: str) -> None:
    assert not is_small_talk(text)
