"""Questions and searches as LangChain tools, for a language model that decides itself what to look up.

What the model reads is the content; the artifact beside it is the whole Answer, or the passages that were found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index import ScoredPassage
from index.errors import ArticleQAError
from qa.answer import NOT_SAID, Answer
from qa.answer_text import one_line, place_for_a_model, text_for_a_model
from qa.article_qa import ArticleQA

Found = TypeVar("Found")


class _Where(BaseModel):
    model_config = ConfigDict(extra="forbid")

    article_ids: list[str] | None = Field(None, description="Only these articles, by their ids.")
    sources: list[str] | None = Field(None, description="Only articles of these sources, by their exact names.")
    published_from: str | None = Field(
        None, description="Only articles published on this day or later, such as 2025-03-13 or 2025-03."
    )
    published_to: str | None = Field(
        None, description="Only articles published on this day or earlier, written in the same way."
    )
    languages: list[str] | None = Field(
        None, description="Only articles in these languages, by their codes of ISO 639-1, such as en or de."
    )


class _Question(BaseModel):
    question: str = Field(description="One whole question, in plain English, that can be understood by itself.")


class _Words(BaseModel):
    words: str = Field(description="What to look for: a question, a sentence or a few words.")
    top_k: int = Field(10, ge=1, description="How many passages at most.")


# The fields of the base that is named last come first in what a model is told.
class _Asking(_Where, _Question):
    pass


class _Searching(_Where, _Words):
    pass


def answer_tool(qa: ArticleQA) -> BaseTool:
    """A tool named "ask_articles": a question in, the answer and its numbered quotes out; the artifact is the Answer.

    What cannot be asked becomes content too, one line, so that the model can try again.
    """

    def ask(question: str, config: RunnableConfig, **where: Any) -> tuple[str, Answer]:
        answer = _told(lambda: qa.ask(question, where=qa.narrowed_to(**where), config=config))
        return text_for_a_model(answer), answer

    return _tool(
        "ask_articles",
        "Answer one question from the user's own articles. Gives the answer with numbered quotes, the exact words that "
        f'it rests on, or "{NOT_SAID}" Ask about who, where, when, how many, why, how or what happened.',
        ask,
        _Asking,
    )


def search_tool(qa: ArticleQA) -> BaseTool:
    """A tool named "search_articles": words in, numbered passages out; the artifact is a tuple of ScoredPassage.

    What cannot be looked for becomes content too, one line, so that the model can try again.
    """

    def search(words: str, top_k: int, **where: Any) -> tuple[str, tuple[ScoredPassage, ...]]:
        passages = _told(lambda: qa.search(words, top_k, qa.narrowed_to(**where)))
        return _passages_text(passages), passages

    return _tool(
        "search_articles",
        "Find the passages of the user's own articles that fit some words best, by meaning and by words. Use it to "
        "read what the articles say about a subject.",
        search,
        _Searching,
    )


def _tool(name: str, description: str, function: Callable[..., Any], arguments: type[BaseModel]) -> BaseTool:
    return StructuredTool(
        name=name,
        description=description,
        func=function,
        args_schema=arguments,
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=_one_line,
    )


def _told(work: Callable[[], Found]) -> Found:
    try:
        return work()
    except ArticleQAError as exc:
        raise ToolException(str(exc)) from exc


def _one_line(error: Any) -> str:
    """What is wrong with a tool's arguments."""
    assert isinstance(error, ValidationError)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False))


def _passages_text(passages: tuple[ScoredPassage, ...]) -> str:
    if not passages:
        return "No passage was found."
    return "\n".join(
        f"[{number}] {one_line(scored.passage.text)}\n    {place_for_a_model(scored.passage)}"
        for number, scored in enumerate(passages, start=1)
    )
