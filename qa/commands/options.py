"""What commands have in common: how one is declared, its options, and what is opened for it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.errors import ArticleQAError
from qa.commands.terminal import Parser

if TYPE_CHECKING:
    from index import ArticleIndex, IndexSettings
    from index.storage.manifest import Manifest
    from qa.writing.language_model import LanguageModel


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what it is for, its own options, and the function that runs it and gives the exit status."""

    name: str
    about: str
    run: Callable[[argparse.Namespace], int]
    add_options: Callable[[argparse.ArgumentParser], None]


def options_of_all() -> Parser:
    """The options that may stand before and behind a command; one parser for each, because argparse shares defaults."""
    parser = Parser(add_help=False)
    parser.add_argument(
        "--index",
        metavar="DIR_OR_URL",
        default=argparse.SUPPRESS,
        help="the index: a folder, or the URL of a Chroma server (environment: ARTICLE_QA_INDEX; "
        "default: in the user's data folder)",
    )
    parser.add_argument(
        "--model",
        default=argparse.SUPPRESS,
        help="embedding model of a new index: all-MiniLM-L6-v2 (English), multilingual-e5-small, a folder or a name "
        "(default: one of these two, by its first articles; environment: ARTICLE_QA_MODEL)",
    )
    parser.add_argument("--verbose", action="store_true", default=argparse.SUPPRESS, help="say what is done, on stderr")
    return parser


def add_language_model(parser: argparse.ArgumentParser) -> None:
    """The options that `language_model` reads."""
    group = parser.add_argument_group(
        "language model", "writes the answers from the passages found; its key comes from ARTICLE_QA_LLM_KEY"
    )
    group.add_argument(
        "--llm",
        metavar="MODEL",
        help="provider:model (ollama:llama3.2, openai:..., anthropic:...), a model of --llm-url, or a folder with one "
        "(environment: ARTICLE_QA_LLM)",
    )
    group.add_argument(
        "--llm-url", metavar="URL", help="a server that speaks the OpenAI protocol (environment: ARTICLE_QA_LLM_URL)"
    )
    group.add_argument("--llm-timeout", type=float, metavar="S", help="seconds for a whole answer (default: 90)")


def add_robots(parser: argparse.ArgumentParser) -> None:
    """The option that lets an owner fetch what robots.txt asks programs to leave alone."""
    parser.add_argument(
        "--ignore-robots",
        action="store_true",
        help="fetch pages also where the robots.txt of their site asks programs not to",
    )


def add_language(parser: argparse.ArgumentParser) -> None:
    """The option that narrows to the articles in some languages."""
    parser.add_argument(
        "--language",
        action="append",
        default=[],
        metavar="CODE",
        help="only articles in this language, de for German; repeatable",
    )


def count(text: str) -> int:
    """A whole number above 0, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def count_or_none(text: str) -> int:
    """A whole number, for argparse."""
    return 0 if text == "0" else count(text)


def minutes(text: str) -> float:
    """A number of minutes above 0, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0")
    return value


def share(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def index_of(options: argparse.Namespace) -> str:
    """The index that is named."""
    from qa.settings import index_location

    return index_location(options.index)


@contextmanager
def opened_index(
    options: argparse.Namespace, create: bool = False, settings: IndexSettings | None = None
) -> Iterator[ArticleIndex]:
    """The index that is named, open for the block, with these settings or the model that is named.

    Raises StoreError and EmbeddingModelError.
    """
    from index import ArticleIndex
    from qa.settings import index_settings

    settings = settings or index_settings(options.model)
    with ArticleIndex.open(index_of(options), settings, create=create) as articles:
        yield articles


def opened_anyway(options: argparse.Namespace) -> ArticleIndex:
    """The index that is named, with the model that built it, or without one where that is gone or another one now.

    Raises StoreError.
    """
    from index import ArticleIndex
    from index.errors import EmbeddingModelError, ManifestMismatchError

    try:
        return ArticleIndex.open(index_of(options), create=False)
    except (EmbeddingModelError, ManifestMismatchError):
        return ArticleIndex.open_without_model(index_of(options))


def add_sizes(parser: argparse.ArgumentParser, of_what: str) -> None:
    """The options that `sized` reads."""
    parser.add_argument("--passage-size", type=count, metavar="N", help=f"longest passage {of_what}, in characters")
    parser.add_argument(
        "--overlap", type=count_or_none, metavar="N", help=f"longest overlap of two passages {of_what}, in characters"
    )


def sized(options: argparse.Namespace, built: Manifest | None = None) -> IndexSettings | None:
    """The model and sizes that are named, the others as `built` or by default; None where none is named.

    Raises ArticleQAError for a size that cannot be.
    """
    from pydantic import ValidationError

    from index.settings import IndexSettings
    from qa.settings import index_settings

    named = index_settings(options.model)
    given = {"model": named and named.model, "passage_chars": options.passage_size, "overlap_chars": options.overlap}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return None
    of_built = {name: getattr(built, name) for name in IndexSettings.model_fields} if built is not None else {}
    try:
        return IndexSettings(**(of_built | given))
    except ValidationError as exc:
        flags = {"passage_chars": "--passage-size", "overlap_chars": "--overlap", "model": "--model"}
        [first, *_] = exc.errors(include_input=False, include_url=False)
        raise ArticleQAError(f"{flags[str(first['loc'][0])]} cannot be so: {first['msg']}.") from exc


def opened_questions(path: str) -> Any:
    """A file of questions, or stdin for "-", to be used in a `with`. Raises ArticleQAError."""
    if path == "-":
        return nullcontext(sys.stdin)
    try:
        return open(path, encoding="utf-8-sig", errors="replace")  # noqa: PTH123 - the caller closes it
    except OSError as exc:
        raise ArticleQAError(
            f"Cannot read {path}: {exc.strerror}. Name a JSONL file with one question a line."
        ) from exc


def language_model(options: argparse.Namespace) -> LanguageModel | None:
    """The language model that is named, loaded; None where none is. Raises LanguageModelError for one that cannot be.

    A server that is away now is asked again for each answer, which then says so.
    """
    from qa.settings import generation_settings

    settings = generation_settings(options.llm, options.llm_url, options.llm_timeout)
    if settings is None:
        return None
    from qa.errors import LanguageModelError, LanguageModelSettingsError
    from qa.writing.language_model import LanguageModel

    model = LanguageModel(settings)
    try:
        model.load()
    except LanguageModelSettingsError:
        raise
    except LanguageModelError:
        pass
    return model
