"""Questions in, answers out: retrieval, reading and the chain. Knows no Gradio.

    from index import ArticleIndex
    from qa import ArticleQA
    qa = ArticleQA(ArticleIndex.open("var/index"))
    print(qa.ask("who is travelling to Moscow").text)

Importing this package loads nothing; what is named below is loaded when it is first used. `qa.__version__` is the
version that is installed.
"""

from importlib import import_module
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING, Any

# By its path: its name may be hidden, too.
run_path(str(Path(__file__).resolve().parents[1] / "index" / "shadowing.py"))["check_not_shadowed"]("index")

if TYPE_CHECKING:
    __version__: str

    from qa.answer import Answer, Citation
    from qa.article_qa import ArticleQA
    from qa.errors import QuestionError, ReaderWeightsError
    from qa.kept.conversations import Conversation, Conversations, Feedback, SavedTurn
    from qa.reading.reader import JointReader, Reader
    from qa.reading.result import AnswerSpan, Reading
    from qa.retrieval.retriever import HybridRetriever
    from qa.runnables.tools import answer_tool, search_tool
    from qa.settings import AnswerSettings, RetrievalSettings

_HOME = {
    "Answer": "answer",
    "AnswerSettings": "settings",
    "AnswerSpan": "reading.result",
    "ArticleQA": "article_qa",
    "Citation": "answer",
    "Conversation": "kept.conversations",
    "Conversations": "kept.conversations",
    "Feedback": "kept.conversations",
    "HybridRetriever": "retrieval.retriever",
    "JointReader": "reading.reader",
    "QuestionError": "errors",
    "Reader": "reading.reader",
    "Reading": "reading.result",
    "ReaderWeightsError": "errors",
    "RetrievalSettings": "settings",
    "SavedTurn": "kept.conversations",
    "answer_tool": "runnables.tools",
    "search_tool": "runnables.tools",
}

__all__ = [
    "Answer",
    "AnswerSettings",
    "AnswerSpan",
    "ArticleQA",
    "Citation",
    "Conversation",
    "Conversations",
    "Feedback",
    "HybridRetriever",
    "JointReader",
    "QuestionError",
    "Reader",
    "ReaderWeightsError",
    "Reading",
    "RetrievalSettings",
    "SavedTurn",
    "answer_tool",
    "search_tool",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"qa.{_HOME[name]}"), name)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("article-qa")
    except PackageNotFoundError as exc:
        raise AttributeError("qa.__version__ is not known: article-qa is not installed. pip install -e .") from exc
