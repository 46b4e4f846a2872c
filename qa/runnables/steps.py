"""The chain as LangChain Runnables. The one module that converts to and from LangChain's types.

    question, history -> standalone_question -> retriever -> reader -> Answer

Each step handles a batch at once; one question is a batch of one. A question that cannot be asked fails alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableSerializable
from pydantic import ConfigDict

from index import Passage, PassageFilter, Rank, ScoredPassage
from index.filter import NO_FILTER
from qa.answer import Answer
from qa.question.question_type import article_asked
from qa.retrieval.retriever import HybridRetriever

History = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What flows through the chain: a question, and what the steps so far made of it."""

    question: str
    history: History = ()  # (question, answer) pairs, oldest first
    where: PassageFilter = NO_FILTER
    id: str | None = None
    standalone_question: str = ""  # given by the user, or what the first step makes of question and history
    passages: tuple[ScoredPassage, ...] = ()
    standalone_ms: float = 0.0
    retrieve_ms: float = 0.0

    @property
    def query(self) -> str:
        """What is searched for and read with: the standalone question, without "which article says"."""
        return article_asked(self.standalone_question) or self.standalone_question


class Step(Runnable[Any, Any]):
    """One step of the chain: a function over a batch, as a Runnable with a name.

    The function gets the inputs and a config for each, whose callbacks report to this step's run. It gives as many
    outputs, in order; an exception among them stands for the input that failed.
    """

    def __init__(self, name: str, function: Callable[[list[Any], list[RunnableConfig]], list[Any]]) -> None:
        """Name the step."""
        self.name = name
        self._function = function

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Run it for one input."""
        return self.batch([input], config, **kwargs)[0]

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any | None,
    ) -> list[Any]:
        """Run it for several inputs at once."""

        def run(values: list[Any], run_manager: Any, config: list[RunnableConfig]) -> list[Any]:
            return self._function(values, config)

        return self._batch_with_config(run, inputs, config, return_exceptions=return_exceptions, **kwargs)


class StreamingStep(Step):
    """A step whose outputs grow: invoked it gives the last one, streamed all of them."""

    def __init__(self, name: str, stream: Callable[[Any], Iterator[Any]]) -> None:
        """Name the step; `stream` gives the outputs for one input, at least one, the last of them whole."""
        super().__init__(name, lambda inputs, _: [last_of(stream(each)) for each in inputs])
        self._outputs = stream

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """All outputs for one input."""
        yield from self._transform_stream_with_config(
            iter([input]), lambda inputs: (output for each in inputs for output in self._outputs(each)), config
        )

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any | None
    ) -> Iterator[Any]:
        """The same as the step behind others in a chain, whose own output comes in one piece."""
        for each in input:
            yield from self.stream(each, config, **kwargs)


def last_of(values: Iterator[Any]) -> Any:
    """The last of some values. Raises ValueError where there is none."""
    nothing = object()
    last: Any = nothing
    for last in values:  # noqa: B007 - the last is what is wanted
        pass
    if last is nothing:
        raise ValueError("A step gave no output.")
    return last


class PassageRetriever(BaseRetriever):
    """Our retriever for any LangChain chain: a question in, Documents out, best first.

    A Document holds a passage; its metadata article_id, title, start, end, url, source, author, published, score,
    scorer and ranks (order -> rank and score). `score` is the fused score, 0 to 1, larger is better.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    hybrid: HybridRetriever
    top_k: int | None = None
    where: PassageFilter = NO_FILTER

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **kwargs: Any
    ) -> list[Document]:
        """See BaseRetriever; `top_k` and `where` may be given with the call."""
        top_k = kwargs.get("top_k") or self.top_k
        [found] = self.hybrid.retrieve([query], top_k, kwargs.get("where") or self.where)
        return [to_document(scored) for scored in found]

    def batch(
        self,
        inputs: list[str],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any | None,
    ) -> list[list[Document]]:
        """Embed the questions together, which is faster; they are remembered for the single searches."""
        self.hybrid.articles.embedder.embed_queries(inputs)
        return super().batch(inputs, config, return_exceptions=return_exceptions, **kwargs)


def retrieval(retriever: PassageRetriever) -> Step:
    """The step that gives each turn its passages, through the retriever's own `batch`."""

    def run(turns: list[Turn], configs: list[RunnableConfig]) -> list[Turn]:
        found: list[Turn] = list(turns)
        groups: dict[PassageFilter, list[int]] = {}
        for at, turn in enumerate(turns):
            groups.setdefault(turn.where, []).append(at)
        for where, places in groups.items():
            started = time.perf_counter()
            documents = retriever.batch([turns[at].query for at in places], [configs[at] for at in places], where=where)
            share_ms = (time.perf_counter() - started) * 1000 / len(places)
            for at, group in zip(places, documents, strict=True):
                passages = tuple(from_document(document) for document in group)
                found[at] = replace(turns[at], passages=passages, retrieve_ms=share_ms)
        return found

    return Step("retrieval", run)


def to_document(scored: ScoredPassage) -> Document:
    """A passage as LangChain's Document."""
    passage = scored.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "article_id": passage.article_id,
            "title": passage.title,
            "start": passage.start,
            "end": passage.end,
            "url": passage.url,
            "source": passage.source,
            "author": passage.author,
            "published": passage.published,
            "score": scored.score,
            "scorer": scored.scorer,
            "ranks": {rank.order: {"rank": rank.rank, "score": rank.score} for rank in scored.ranks},
        },
    )


def from_document(document: Document) -> ScoredPassage:
    """The passage in a Document that `to_document` made."""
    values = document.metadata
    passage = Passage(
        id=str(document.id),
        text=document.page_content,
        **{name: values[name] for name in Passage.__dataclass_fields__ if name not in ("id", "text")},
    )
    ranks = tuple(Rank(order, rank["rank"], rank["score"]) for order, rank in values["ranks"].items())
    return ScoredPassage(passage, values["score"], values["scorer"], ranks)


def sequence(*steps: Step) -> RunnableSerializable[Any, Any]:
    """The steps one after the other, as one Runnable named "article_qa"."""
    from langchain_core.runnables import RunnableSequence

    return RunnableSequence(*steps, name="article_qa")


def history_of(values: object) -> History:
    """Earlier turns: (question, answer) pairs, Answers, their JSON, or {"role", "content"} messages. Raises ValueError.

    An Answer counts with its standalone question.
    """
    if values is None:
        return ()
    if not isinstance(values, list | tuple):
        raise ValueError(f"it is {type(values).__name__}, not a list")
    pairs: list[tuple[str, str]] = []
    for value in values:
        if isinstance(value, Answer):
            pairs.append((value.standalone_question, value.text))
        elif isinstance(value, dict) and {"question", "answer"} <= value.keys():
            pairs.append((str(value.get("standalone_question") or value["question"]), str(value["answer"] or "")))
        elif isinstance(value, dict) and {"role", "content"} <= value.keys():
            if value["role"] == "user":
                pairs.append((str(value["content"]), ""))
            elif pairs:
                pairs[-1] = (pairs[-1][0], str(value["content"]))
        elif isinstance(value, list | tuple) and len(value) == 2:
            pairs.append((str(value[0]), str(value[1])))
        else:
            raise ValueError('it holds something else than (question, answer) pairs or {"role", "content"} messages')
    return tuple(pairs)
