"""What programs can call of the running chat: `/ask` and `/search`, over HTTP and as MCP tools."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import gradio as gr

from chat.settings import too_many
from index.errors import ArticleQAError

if TYPE_CHECKING:
    from qa import ArticleQA

CALLS_AT_ONCE = 4  # more wait


class Told(gr.Error):  # type: ignore[misc]
    """An error as its one line; Gradio's own would stand in quotation marks."""

    def __str__(self) -> str:
        """The line."""
        return str(self.message)


class Api:
    """The names, types and docstrings of its methods are what a program or a language model is told.

    An argument has one line, because Gradio reads no further.
    """

    def __init__(self, qa: ArticleQA, max_waiting: Callable[[], int]) -> None:
        """Answer from `qa`, while no more calls than `max_waiting` gives wait for others."""
        self.qa = qa
        self.max_waiting = max_waiting

    @cached_property
    def calls(self) -> anyio.CapacityLimiter:
        """Who waits for it takes no thread, of which the page needs some. Made where a loop runs."""
        return anyio.CapacityLimiter(CALLS_AT_ONCE)

    async def ask(  # noqa: PLR0917 - Gradio passes all of them by their places
        self,
        question: str,
        history: list[list[str]] | list[dict[str, Any]] | None = None,
        article_ids: list[str] | None = None,
        sources: list[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        languages: list[str] | None = None,
    ) -> dict[str, Any]:
        """Answer one question from the user's own collection of articles, with exact quotes.

        Use it for what an article may say: who, where, when, how many, why, how, what happened. Every answer comes with
        the words that it rests on, and where the articles do not say, "abstained" is true and "answer" is empty.
        Ask one whole question in plain English. To get passages without an answer, use search.

        The result has "answer", "abstained", "confidence" (0 to 1), "note" (that articles differ, or null), "citations"
        (each a "quote", which is the article's text from "start" to "end" in characters, with "article_id", "title",
        "url", "source" and "published") and "passages" (what was read, best first). Where "abstained" is true, "reason"
        says why, and "nearest" has quotes like those of "citations" that came nearest and are not certain.

        Args:
            question: The question, up to 2,000 characters.
            history: Earlier turns, oldest first: [question, answer] pairs or {"role", "content"} messages.
            article_ids: Answer from these articles only, by "article_id". Without it, from all.
            sources: Answer from articles of these sources only, by exact name, such as a newspaper's.
            published_from: Only articles published on this day or later, such as "2025-03-13" or "2025-03".
            published_to: Only articles published on this day or earlier, written in the same way.
            languages: Only articles in these languages, by their codes of ISO 639-1, such as "en" or "de".

        """
        return await self.called(
            lambda: self.qa.ask(
                question,
                history or (),
                self.qa.narrowed_to(article_ids, sources, published_from, published_to, languages),
            ).to_json()
        )

    async def search(  # noqa: PLR0917
        self,
        words: str,
        top_k: int = 10,
        article_ids: list[str] | None = None,
        sources: list[str] | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        languages: list[str] | None = None,
    ) -> dict[str, Any]:
        """Find the passages of the user's own articles that fit some words best, by meaning and by words.

        Use it to read what the articles say about a subject, or where ask gave no answer. The result has "passages",
        best first: each a "text", which is the article's text from "start" to "end" in characters, with "article_id",
        "title" and "score" (0 to 1, larger is better).

        Args:
            words: What to look for: a question, a sentence or a few words, up to 2,000 characters.
            top_k: How many passages at most, a whole number above 0.
            article_ids: Look in these articles only, by "article_id". Without it, in all.
            sources: Look in articles of these sources only, by exact name, such as a newspaper's.
            published_from: Only articles published on this day or later, such as "2025-03-13" or "2025-03".
            published_to: Only articles published on this day or earlier, written in the same way.
            languages: Only articles in these languages, by their codes of ISO 639-1, such as "en" or "de".

        """
        return await self.called(
            lambda: self.qa.search_json(
                words, top_k, self.qa.narrowed_to(article_ids, sources, published_from, published_to, languages)
            )
        )

    async def called(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do what a program asked for, as soon as few others are at it; refused where too many wait."""
        waiting = self.calls.statistics().tasks_waiting
        if waiting >= self.max_waiting():
            raise Told(too_many(waiting), print_exception=False)
        try:
            return await anyio.to_thread.run_sync(work, limiter=self.calls)
        except ArticleQAError as error:
            raise Told(str(error), print_exception=False) from error
