"""Our retriever for any LangChain chain. The one module that makes LangChain's Documents."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig
from pydantic import ConfigDict

from index import PassageFilter, ScoredPassage
from index.filter import NO_FILTER
from qa.question.wording import query_of
from qa.retrieval.retriever import HybridRetriever


class PassageRetriever(BaseRetriever):
    """A question in, Documents out, best first.

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
        [found] = self.hybrid.retrieve([query_of(query)], top_k, kwargs.get("where") or self.where)
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
            **({"language": passage.language} if passage.language else {}),
            "score": scored.score,
            "scorer": scored.scorer,
            "ranks": {rank.order: {"rank": rank.rank, "score": rank.score} for rank in scored.ranks},
        },
    )
