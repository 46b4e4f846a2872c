"""What the program keeps for one open page, between one click and the next."""

from __future__ import annotations

from dataclasses import dataclass

from chat.library import Addition, Sorting
from chat.lists import SHOWN_ARTICLES
from index import Article
from qa.kept.conversations import Conversation, SavedTurn


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """The conversation that a page shows."""

    begun: bool = False  # set when the page was loaded; not so where the program was started anew under an open page
    id: str | None = None  # where it is stored; None before its first answer, and for a browser without cookies
    title: str = ""
    turns: tuple[SavedTurn, ...] = ()
    changed: frozenset[tuple[int, int]] = frozenset()  # (turn, citation), whose article is not as it was any more
    editing: int | None = None  # the turn whose question is in the text box again
    unsaved: int | None = None  # the last turn is not stored yet, and is to stand behind so many
    rating: int | None = None  # the turn whose rating may get a word
    deleted: Conversation | None = None  # can be brought back


@dataclass(frozen=True, slots=True)
class Listing:
    """How a page lists the library."""

    words: str = ""
    order: Sorting = "newest"
    shown: int = SHOWN_ARTICLES


@dataclass(frozen=True, slots=True)
class LastChange:
    """The last change of the library that a page made, which can be taken back."""

    removed: tuple[Article, ...] = ()
    added: tuple[Addition, ...] = ()
