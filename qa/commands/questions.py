"""The commands that ask: ask and search, one question or a file of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from index.errors import ArticleQAError
from qa.commands.early import load_early
from qa.commands.options import (
    Command,
    add_language,
    add_language_model,
    count,
    language_model,
    opened_index,
    opened_questions,
)
from qa.commands.printing import explanation, json_line
from qa.commands.terminal import harmless_line, say

if TYPE_CHECKING:
    from index import PassageFilter
    from qa.article_qa import ArticleQA

_BATCH = 16  # questions answered together: enough to share the work, few enough to see progress

Result = dict[str, Any] | ArticleQAError  # what stands in a line of a batch's output


def _ask_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--explain", action="store_true", help="also show how each passage was found and ranked")
    parser.add_argument("--as-of", metavar="DATE", help='from which day "last week" is seen (default: today)')
    _add_question(parser, "QUESTION")
    add_language_model(parser)


def _ask(options: argparse.Namespace) -> int:
    _check_usage(options)
    networks = load_early(reader=True)
    from qa.answer_text import text_for_people
    from qa.article_qa import ArticleQA

    with opened_index(options) as articles:
        qa = ArticleQA(articles, language_model=language_model(options))
        where = _where(options, qa)
        if options.batch:
            return _batch(options.batch, lambda asked: _answers(qa, asked, where, options.as_of))
        answer = qa.ask(options.question, where=where, as_of=options.as_of)
    del networks
    if options.json:
        print(json_line(answer.to_json()))
    else:
        say(text_for_people(answer))
        if options.explain:
            say(explanation(answer))
    return 0


def _answers(qa: ArticleQA, asked: list[dict[str, Any]], where: PassageFilter, as_of: str | None) -> list[Result]:
    found = qa.ask_batch([{"as_of": as_of, **values, "where": where} for values in asked], return_exceptions=True)
    return [each if isinstance(each, ArticleQAError) else each.to_json() for each in found]


def _search_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--top-k", type=count, default=10, metavar="N", help="how many passages (default: 10)")
    _add_question(parser, "WORDS")


def _search(options: argparse.Namespace) -> int:
    _check_usage(options)
    load_early(reader=False)
    from qa.answer_text import read_as
    from qa.article_qa import ArticleQA

    with opened_index(options) as articles:
        qa = ArticleQA(articles)
        where = _where(options, qa)
        if options.batch:
            return _batch(
                options.batch, lambda asked: [_searched(qa, values, options.top_k, where) for values in asked]
            )
        values = qa.search_json(options.question, options.top_k, where)
    if options.json:
        print(json_line(values))
        return 0
    if read := read_as(values.get("corrections", {})):
        say(harmless_line(f"{read[0].upper()}{read[1:]}."))
    for number, passage in enumerate(values["passages"], start=1):
        place = f"{passage['title'] or passage['article_id']}, characters {passage['start']}-{passage['end']}"
        say(f"{number}. {harmless_line(place)} ({passage['score']:.2f})\n   {harmless_line(passage['text'])}\n")
    return 0


def _searched(qa: ArticleQA, asked: dict[str, Any], top_k: int, where: PassageFilter) -> Result:
    try:
        return qa.search_json(asked.get("question"), top_k, where, asked.get("id"))  # type: ignore[arg-type]
    except ArticleQAError as exc:
        return exc


ASK = Command("ask", "answer a question", _ask, _ask_options)
SEARCH = Command("search", "find passages", _search, _search_options)


# What both have in common


def _add_question(parser: argparse.ArgumentParser, metavar: str) -> None:
    parser.add_argument("question", nargs="?", metavar=metavar)
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.add_argument(
        "--batch", metavar="FILE.jsonl", help='many, one {"id", "question"} a line ("-": stdin); one JSON line each'
    )
    parser.add_argument("--article", action="append", default=[], metavar="ID", help="only this article; repeatable")
    parser.add_argument("--source", action="append", default=[], metavar="NAME", help="only this source; repeatable")
    add_language(parser)
    parser.add_argument("--from", dest="published_from", metavar="DATE", help="published on this day or later")
    parser.add_argument("--to", dest="published_to", metavar="DATE", help="published on this day or earlier")


def _check_usage(options: argparse.Namespace) -> None:
    if (options.question is None) == (options.batch is None):
        print("qa: give a question, or --batch FILE.jsonl, and not both.", file=sys.stderr)
        raise SystemExit(2)


def _where(options: argparse.Namespace, qa: ArticleQA) -> PassageFilter:
    return qa.narrowed_to(
        options.article, options.source, options.published_from, options.published_to, options.language
    )


def _batch(path: str, answer: Callable[[list[dict[str, Any]]], list[Result]]) -> int:
    """Answer each line of a JSONL file, in order; a line that cannot be answered gives {"id", "error"} in its place."""
    from tqdm import tqdm

    with opened_questions(path) as file, tqdm(unit="question", disable=None, file=sys.stderr) as bar:
        for group in _groups(file, _BATCH):
            parsed = [_asked(number, line) for number, line in group]
            answers = iter(answer([values for values in parsed if "error" not in values]))
            for values in parsed:
                result = values if "error" in values else next(answers)
                if isinstance(result, ArticleQAError):
                    result = {"id": values.get("id"), "error": str(result)}
                print(json_line(result), flush=True)
            bar.update(len(group))
    return 0


def _groups(file: IO[str], size: int) -> Iterator[list[tuple[int, str]]]:
    """Lines with their numbers, from 1, `size` at a time; empty ones are left out."""
    group: list[tuple[int, str]] = []
    for number, line in enumerate(file, start=1):
        if line.strip():
            group.append((number, line))
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _asked(number: int, line: str) -> dict[str, Any]:
    """The question in a line, as {"id", "question", "history"?}, or {"id", "error"}, which names the line."""
    from qa.evaluation.questions import parsed

    try:
        values = parsed(line)
    except ValueError as exc:
        return {"id": None, "error": f"line {number}: {exc}"}
    if not isinstance(values, dict) or "question" not in values:
        question_id = values.get("id") if isinstance(values, dict) else None
        return {"id": question_id, "error": f'line {number}: a line is an object like {{"id": "1", "question": "..."}}'}
    return {
        name: values[name] for name in ("id", "question", "history", "standalone_question", "as_of") if name in values
    }
