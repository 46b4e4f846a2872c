"""Articles in, passages out: reading, splitting, embedding and storing. Knows no question.

    from index import ArticleIndex
    articles = ArticleIndex.open("var/index")
    report = articles.add("examples/articles")

Importing this package loads nothing; what is named below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.article import Article, ArticleSummary, Location, Mark, Passage, Rank, ScoredPassage
    from index.article_index import ArticleIndex, IndexInfo
    from index.checking import CheckReport, Finding
    from index.embedding.embedder import Embedder, SentenceTransformerEmbedder
    from index.errors import ArticleQAError
    from index.filter import PassageFilter
    from index.moving import ExportReport
    from index.rebuilding import RebuildProgress
    from index.report import AddProgress, AddReport, AddResult
    from index.settings import FetchSettings, IndexSettings, StoreSettings
    from index.sources import Prepared
    from index.stories import Story, Version
    from index.syncing import SyncReport

_HOME = {
    "AddProgress": "report",
    "AddReport": "report",
    "AddResult": "report",
    "Article": "article",
    "ArticleIndex": "article_index",
    "ArticleQAError": "errors",
    "ArticleSummary": "article",
    "CheckReport": "checking",
    "Embedder": "embedding.embedder",
    "ExportReport": "moving",
    "FetchSettings": "settings",
    "Finding": "checking",
    "IndexInfo": "article_index",
    "IndexSettings": "settings",
    "Location": "article",
    "Mark": "article",
    "Passage": "article",
    "PassageFilter": "filter",
    "Prepared": "sources",
    "Rank": "article",
    "RebuildProgress": "rebuilding",
    "ScoredPassage": "article",
    "SentenceTransformerEmbedder": "embedding.embedder",
    "StoreSettings": "settings",
    "Story": "stories",
    "SyncReport": "syncing",
    "Version": "stories",
}

__all__ = [
    "AddProgress",
    "AddReport",
    "AddResult",
    "Article",
    "ArticleIndex",
    "ArticleQAError",
    "ArticleSummary",
    "CheckReport",
    "Embedder",
    "ExportReport",
    "FetchSettings",
    "Finding",
    "IndexInfo",
    "IndexSettings",
    "Location",
    "Mark",
    "Passage",
    "PassageFilter",
    "Prepared",
    "Rank",
    "RebuildProgress",
    "ScoredPassage",
    "SentenceTransformerEmbedder",
    "StoreSettings",
    "Story",
    "SyncReport",
    "Version",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"index.{_HOME[name]}"), name)
