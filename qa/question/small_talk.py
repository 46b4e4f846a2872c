"""What is said to words that ask for nothing: "thanks", "hello"."""

from __future__ import annotations

import re

# The first that fits.
_REPLIES = (
    (r"\b(?:thanks?|thank|thx|ty|cheers|grateful|danke|merci|gracias|grazie|obrigad[oa])\b", "You are welcome."),
    (r"\b(?:bye|goodbye|see you|good night|have a (?:nice|good|great))\b", "Goodbye."),
    (
        r"\b(?:who|what) (?:are|can|do) you\b|^\W*help\b",
        "I look for answers in your articles, and show the exact words that they rest on.",
    ),
    (r"\b(?:sorry|my bad)\b", "Never mind."),
    (
        r"\b(?:hi|hello|hey|greetings|hallo|hola|bonjour|ciao|good (?:morning|afternoon|evening)|how are you)\b",
        "Hello. What would you like to know from the articles?",
    ),
)
_ELSE = "All right. Ask when you want to know something from the articles."


def reply_to(text: str, language: str = "en") -> str:
    """A short friendly line, in the language of what was said where that has a table, else in English.

    >>> reply_to("Thank you so much!"), reply_to("ok")
    ('You are welcome.', 'All right. Ask when you want to know something from the articles.')
    """
    if language != "en":
        from qa.question.foreign_wording import foreign_reply

        if reply := foreign_reply(text, language):
            return reply
    return next((reply for pattern, reply in _REPLIES if re.search(pattern, text, re.IGNORECASE)), _ELSE)
