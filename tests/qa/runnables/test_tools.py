"""The LangChain tools: what a language model reads, and what stands behind it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from index import ArticleIndex
from qa import Answer, ArticleQA, answer_tool, search_tool

LEAKS = "How many leaks did the robot find?"
UNRELATED = "When was the Treaty of Westphalia signed?"


class Scripted(ArticleQA):
    """Gives one answer, whatever is asked."""

    said: Answer

    def ask(self, *_: Any, **__: Any) -> Answer:
        return self.said


NOTHING = "The articles do not say.\nThere is no article to look in."


def called(tool: BaseTool, **arguments: Any) -> ToolMessage:
    """As an agent calls a tool."""
    message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": arguments})
    assert isinstance(message, ToolMessage)
    return message


def same(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


def test_a_model_reads_the_answer_and_numbered_quotes_and_the_answer_is_the_artifact(real_qa: ArticleQA) -> None:
    message = called(answer_tool(real_qa), question=LEAKS)
    answer = real_qa.ask(LEAKS)
    assert same(message.artifact) == same(answer)
    [citation] = answer.citations
    assert str(message.content).splitlines() == [
        answer.text,
        "",
        f"[1] “{' '.join(citation.quote.split())}”",
        f"    Robot finds leaks in old water pipes, article robot, characters {citation.start}-{citation.end}",
        "",
        f"Confidence {answer.confidence:.2f}",
    ]


def test_source_and_day_are_said_where_they_are_known(real_qa: ArticleQA) -> None:
    content = called(answer_tool(real_qa), question="Who bought the lighthouse?").content
    assert "    Skerry Light changes hands after 140 years, Coast Post, 2023-05-04, article lighthouse, " in content


def test_where_the_articles_do_not_say_the_nearest_quotes_are_given_as_not_certain(real_qa: ArticleQA) -> None:
    message = called(answer_tool(real_qa), question=UNRELATED)
    first, reason, *_, heading = str(message.content).split("\n- ")[0].splitlines()
    assert (first, heading) == ("The articles do not say.", "Not certain:")
    assert reason == message.artifact.reason
    assert str(message.content).count("\n- ") == len(message.artifact.nearest) == 3
    assert message.artifact.abstained


def test_where_there_is_nothing_near_nothing_is_named(real_qa: ArticleQA) -> None:
    where = {"published_to": "1900"}
    assert called(answer_tool(real_qa), question=LEAKS, **where).content == NOTHING
    assert called(search_tool(real_qa), words=LEAKS, **where).content == "No passage was found."


def test_a_source_that_no_article_has_is_said_with_those_that_there_are(real_qa: ArticleQA) -> None:
    said = "No article has the source Nobody. There are Coast Post, Farm Weekly."
    assert called(answer_tool(real_qa), question=LEAKS, sources=["Nobody"]).content == said
    assert called(search_tool(real_qa), words=LEAKS, sources=["Nobody"]).content == said


def test_what_has_to_be_said_with_an_answer_is_said(real_articles: ArticleIndex, real_qa: ArticleQA) -> None:
    scripted = Scripted(real_articles)
    scripted.said = replace(real_qa.ask(LEAKS), note="The articles differ: 23 (a); 24 (b).")
    assert "The articles differ: 23 (a); 24 (b)." in called(answer_tool(scripted), question="x").content


def test_a_model_reads_numbered_passages_and_the_passages_are_the_artifact(real_qa: ArticleQA) -> None:
    message = called(search_tool(real_qa), words="leaks in pipes", top_k=2)
    assert message.artifact == real_qa.search("leaks in pipes", 2)
    lines = str(message.content).splitlines()
    assert len(lines) == 4
    first = message.artifact[0].passage
    assert lines[0] == f"[1] {' '.join(first.text.split())}"
    assert lines[1].endswith(f"article robot, characters {first.start}-{first.end}")
    assert lines[2].startswith("[2] ")


def test_filters_narrow_what_is_read(real_qa: ArticleQA) -> None:
    found = called(search_tool(real_qa), words="the year", sources=["Coast Post"], published_to="2023").artifact
    assert {scored.passage.article_id for scored in found} == {"lighthouse"}
    assert called(answer_tool(real_qa), question=LEAKS, article_ids=["bees"]).artifact.abstained
    found = called(search_tool(real_qa), words="the year", languages=["en"]).artifact
    assert {scored.passage.article_id for scored in found} == {"lighthouse", "bees", "orchestra", "robot"}


def test_without_a_call_the_content_alone_comes_back(real_qa: ArticleQA) -> None:
    content = answer_tool(real_qa).invoke({"question": LEAKS})
    assert content == called(answer_tool(real_qa), question=LEAKS).content


def test_both_work_in_an_event_loop(real_qa: ArticleQA) -> None:
    async def both() -> tuple[str, str]:
        answered, found = await asyncio.gather(
            answer_tool(real_qa).ainvoke({"question": LEAKS}), search_tool(real_qa).ainvoke({"words": LEAKS})
        )
        return answered, found

    answered, found = asyncio.run(both())
    assert answered.startswith("23")
    assert found.startswith("[1] ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"question": " "}, "The question is empty. Ask something, for example: what happened in March?"),
        ({"question": "x", "published_from": "soon"}, "'soon' is not a date. Write it like 2025-03-13."),
        ({}, "question: Field required"),
        ({"question": "x", "author": "Ann"}, "author: Extra inputs are not permitted"),
    ],
)
def test_an_error_is_one_line_that_the_model_reads(real_qa: ArticleQA, arguments: dict[str, str], said: str) -> None:
    message = called(answer_tool(real_qa), **arguments)
    assert (message.status, message.content, message.artifact) == ("error", said, None)


def test_an_article_that_is_not_there_is_an_error(real_qa: ArticleQA) -> None:
    message = called(search_tool(real_qa), words="x", article_ids=["gone"])
    assert message.status == "error"
    assert str(message.content).startswith("No article 'gone' in ")
    assert (
        called(search_tool(real_qa), words="x", top_k=0).content == "top_k: Input should be greater than or equal to 1"
    )


def test_other_errors_are_not_hidden(real_articles: ArticleIndex) -> None:
    with pytest.raises(AttributeError):
        called(answer_tool(Scripted(real_articles)), question="x")


def test_a_model_is_told_every_argument_the_question_first(real_qa: ArticleQA) -> None:
    for tool, first in ((answer_tool(real_qa), "question"), (search_tool(real_qa), "words")):
        told = convert_to_openai_tool(tool)["function"]
        assert told["name"] == tool.name
        assert next(iter(told["parameters"]["properties"])) == first
        assert told["parameters"]["required"] == [first]
        assert all(values["description"] for values in told["parameters"]["properties"].values())


def test_the_chain_reports_to_the_call(real_qa: ArticleQA) -> None:
    from langchain_core.callbacks import BaseCallbackHandler

    class Watching(BaseCallbackHandler):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def on_tool_start(self, *_: Any, **__: Any) -> None:
            self.seen.append("tool")

        def on_chain_start(self, *_: Any, **values: Any) -> None:
            self.seen.append(values["name"])

    watching = Watching()
    config: RunnableConfig = {"callbacks": [watching]}
    answer_tool(real_qa).invoke({"question": LEAKS}, config)
    assert watching.seen[:2] == ["tool", "article_qa"]
