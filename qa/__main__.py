"""The command line: `qa`, also `python -m qa`. Parses, calls ArticleIndex or ArticleQA, and formats what comes back."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING, Any

from index.errors import ArticleQAError
from index.filter import is_unicode

if TYPE_CHECKING:
    from index import ArticleIndex, ArticleSummary, PassageFilter
    from index.article_index import AddProgress
    from qa.answer import Answer
    from qa.article_qa import ArticleQA
    from qa.kept.conversations import Feedback
    from qa.writing.language_model import LanguageModel

_BATCH = 16  # questions answered together: enough to share the work, few enough to see progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0 done, 1 an error, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    if options.verbose:
        import logging

        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        status: int = options.run(options)
    except ArticleQAError as exc:
        print(f"qa: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("qa: interrupted; what was reported as done is stored.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read stdout has gone
        return 0
    return status


def _everywhere() -> argparse.ArgumentParser:
    """The options that may stand before and behind a command; one parser for each, because argparse shares defaults."""
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--index",
        metavar="DIR_OR_URL",
        default=argparse.SUPPRESS,
        help="the index: a folder, or the URL of a Chroma server (environment: ARTICLE_QA_INDEX; "
        "default: in the user's data folder)",
    )
    everywhere.add_argument(
        "--model",
        default=argparse.SUPPRESS,
        help="embedding model of a new index: a folder or a name (environment: ARTICLE_QA_MODEL)",
    )
    everywhere.add_argument(
        "--verbose", action="store_true", default=argparse.SUPPRESS, help="say what is done, on stderr"
    )
    return everywhere


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qa", description="Ask questions of your own articles.", parents=[_everywhere()]
    )
    parser.set_defaults(index=None, model=None, verbose=False)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about, parents=[_everywhere()])
        sub.set_defaults(run=run)
        return sub

    add = command("add", _add, "add or update articles: files, folders, URLs")
    add.add_argument("sources", nargs="+", metavar="SOURCE")
    listing = command("list", _list, "list the articles, newest first")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    show = command("show", _show, "show one article")
    show.add_argument("id", metavar="ID")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    remove = command("remove", _remove, "remove articles")
    remove.add_argument("ids", nargs="+", metavar="ID")
    ask = command("ask", _ask, "answer a question")
    ask.add_argument("--explain", action="store_true", help="also show how each passage was found and ranked")
    search = command("search", _search, "find passages")
    search.add_argument("--top-k", type=_count, default=10, metavar="N", help="how many passages (default: 10)")
    for asking, what in ((ask, "QUESTION"), (search, "WORDS")):
        asking.add_argument("question", nargs="?", metavar=what)
        asking.add_argument("--json", action="store_true", help="as one JSON object")
        asking.add_argument(
            "--batch", metavar="FILE.jsonl", help='many, one {"id", "question"} a line ("-": stdin); one JSON line each'
        )
        asking.add_argument(
            "--article", action="append", default=[], metavar="ID", help="only this article; repeatable"
        )
        asking.add_argument(
            "--source", action="append", default=[], metavar="NAME", help="only this source; repeatable"
        )
        asking.add_argument("--from", dest="published_from", metavar="DATE", help="published on this day or later")
        asking.add_argument("--to", dest="published_to", metavar="DATE", help="published on this day or earlier")
    _add_language_model(ask)
    evaluation = command("eval", _eval, "say how well your own questions are answered, and show the worst misses")
    evaluation.add_argument(
        "file",
        metavar="FILE.jsonl",
        help='one {"question", "answer", "aliases"?, "id"?, "history"?} a line ("-": stdin); '
        'an empty "answer" where the articles do not say',
    )
    evaluation.add_argument(
        "--threshold", type=_share, metavar="X", help="confidence to answer at, 0 to 1 (default: the one of qa ask)"
    )
    evaluation.add_argument(
        "--misses", type=_count_or_none, default=10, metavar="N", help="how many misses are shown (default: 10)"
    )
    evaluation.add_argument("--json", action="store_true", help="as one JSON object, with all misses")
    feedback = command("feedback", _feedback, "print what people thought of the answers in the chat, oldest first")
    form = feedback.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object a line, with the whole answer")
    form.add_argument(
        "--questions",
        action="store_true",
        help="a question file for qa eval: an answer that was good is the right one, and to one that was bad, the word "
        'beside it is ("-": the articles do not say)',
    )
    chat = command("chat", _chat, "open the browser chat")
    chat.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    chat.add_argument("--port", type=_count, help="port (default: the first free one from 7860)")
    chat.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    serving = chat.add_argument_group("for several people", "see docs/deploy.md")
    serving.add_argument(
        "--auth",
        metavar="FILE",
        help="who may use it: a file with one name:hash a line, made by python -m chat.users, or one name:password, "
        "which others on this machine could read (environment: ARTICLE_QA_AUTH)",
    )
    serving.add_argument("--read-only", action="store_true", help="the library can be asked and not changed")
    serving.add_argument(
        "--root-path", metavar="PATH_OR_URL", default="", help="where a proxy offers it, such as /articles"
    )
    serving.add_argument(
        "--max-upload-mb", type=_count, default=100, metavar="N", help="largest file to drop, in MB (default: 100)"
    )
    _add_language_model(chat)
    info = command("info", _info, "say what the index holds and what built it")
    info.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def _add_language_model(parser: argparse.ArgumentParser) -> None:
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


def _language_model(options: argparse.Namespace) -> LanguageModel | None:
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
        pass  # a server that is away now: it is asked again for each answer, which then says so
    return model


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _count_or_none(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return share


@contextmanager
def _index(options: argparse.Namespace, create: bool = False) -> Iterator[ArticleIndex]:
    from index import ArticleIndex
    from qa.settings import index_location, index_settings

    location = index_location(options.index)
    with ArticleIndex.open(location, index_settings(options.model), create=create) as articles:
        yield articles


# Articles


def _add(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    with _index(options, create=True) as articles, tqdm(unit="source", disable=None, file=sys.stderr) as bar:

        def show(progress: AddProgress) -> None:
            bar.total = progress.sources
            bar.n = progress.sources_done
            bar.set_postfix_str(f"{progress.report.passages_embedded} passages, {progress.report}", refresh=False)
            bar.update(0)

        report = articles.add(options.sources, show)
    for result in (*report.of("skipped"), *report.of("failed")):
        print(f"{result.outcome}: {result.source}: {result.reason}", file=sys.stderr)
    print(f"{report} ({report.passages_embedded} passages embedded)")
    stored = report.added + report.updated + report.unchanged
    return 1 if report.failed and not stored else 0


def _list(options: argparse.Namespace) -> int:
    with _index(options) as articles:
        summaries = articles.list()
    for summary in summaries:
        print(_json(_summary_json(summary)) if options.json else _summary_line(summary))
    if not summaries and not options.json:
        print("No articles yet. Add some: qa add ARTICLES", file=sys.stderr)
    return 0


def _show(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    with _index(options) as articles:
        article = articles.get(options.id)
    if options.json:
        print(_json(asdict(article)))
        return 0
    about = (article.source, article.author, article.published, article.url)
    print(article.title or article.id)
    print(" · ".join(part for part in about if part))
    print()
    print(article.text)
    return 0


def _remove(options: argparse.Namespace) -> int:
    with _index(options) as articles:
        for summary in articles.remove(options.ids):
            print(f"removed {summary.id}: {summary.title}")
    return 0


def _info(options: argparse.Namespace) -> int:
    with _index(options) as articles:
        info = articles.info()
    values = {
        "location": info.location,
        "articles": info.articles,
        "passages": info.passages,
        **info.manifest.to_mapping(),
    }
    if options.json:
        print(_json(values))
    else:
        for name, value in values.items():
            print(f"{name.replace('_', ' '):15} {value}")
    return 0


# Questions


def _ask(options: argparse.Namespace) -> int:
    from qa.article_qa import ArticleQA

    _check_question(options)
    with _index(options) as articles:
        qa = ArticleQA(articles, language_model=_language_model(options))
        where = _where(options, qa)
        if options.batch:

            def answer(asked: list[dict[str, Any]]) -> list[dict[str, Any] | ArticleQAError]:
                found = qa.ask_batch([{**values, "where": where} for values in asked], return_exceptions=True)
                return [each.to_json() if not isinstance(each, ArticleQAError) else each for each in found]

            return _batch(options.batch, answer)
        result = qa.ask(options.question, where=where)
    if options.json:
        print(_json(result.to_json()))
    else:
        print(_answer_text(result))
        if options.explain:
            print(_explanation(result))
    return 0


def _search(options: argparse.Namespace) -> int:
    from qa.article_qa import ArticleQA

    _check_question(options)
    with _index(options) as articles:
        qa = ArticleQA(articles)
        where = _where(options, qa)
        if options.batch:

            def search(asked: list[dict[str, Any]]) -> list[dict[str, Any] | ArticleQAError]:
                return [_search_json_or_error(qa, values, options.top_k, where) for values in asked]

            return _batch(options.batch, search)
        values = qa.search_json(options.question, options.top_k, where)
    if options.json:
        print(_json(values))
        return 0
    for number, passage in enumerate(values["passages"], start=1):
        place = f"{passage['title'] or passage['article_id']}, characters {passage['start']}-{passage['end']}"
        print(f"{number}. {place} ({passage['score']:.2f})\n   {' '.join(passage['text'].split())}\n")
    return 0


def _search_json_or_error(
    qa: ArticleQA, asked: dict[str, Any], top_k: int, where: PassageFilter
) -> dict[str, Any] | ArticleQAError:
    try:
        return qa.search_json(asked.get("question"), top_k, where, asked.get("id"))  # type: ignore[arg-type]
    except ArticleQAError as exc:
        return exc


def _eval(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from qa.article_qa import ArticleQA
    from qa.evaluation.evaluate import evaluate
    from qa.evaluation.questions import read_questions
    from qa.evaluation.report import report
    from qa.settings import AnswerSettings

    threshold = AnswerSettings().threshold if options.threshold is None else options.threshold
    with _opened(options.file) as file:
        questions = list(read_questions(file))
    if not questions:
        raise ArticleQAError(f'{options.file} holds no question. Write one {{"question", "answer"}} a line.')
    with _index(options) as articles:
        qa = ArticleQA(articles, settings=AnswerSettings(threshold=0))
        with tqdm(total=len(questions), unit="question", disable=None, file=sys.stderr) as bar:
            evaluation = evaluate(qa, questions, threshold, bar.update)
    for bad in evaluation.skipped:
        print(f"skipped: {options.file}, line {bad.line}: {bad.reason}", file=sys.stderr)
    if not evaluation.answerable + evaluation.unanswerable:
        raise ArticleQAError(f"No line of {options.file} could be asked. Correct them and try again.")
    print(_json(evaluation.to_json()) if options.json else report(evaluation, options.misses))
    return 0


def _feedback(options: argparse.Namespace) -> int:
    from qa.kept.conversations import Conversations

    with _index(options) as articles:
        given = list(Conversations.of(articles).feedback())
    if not given:
        print("No feedback yet. Say in the chat whether an answer is good or bad: qa chat", file=sys.stderr)
    if not options.questions:
        for each in given:
            print(_json(each.to_json()) if options.json else _feedback_text(each))
        return 0
    lines = [each.gold() for each in given]
    for line in lines:
        if line is not None:
            print(_gold_json(line))
    if left_out := lines.count(None):
        print(
            f"left out: {left_out} of {len(lines)}, rated bad without a word. In the chat, write the right answer "
            'beside the rating, or "-" where the articles do not say.',
            file=sys.stderr,
        )
    return 0


def _chat(options: argparse.Namespace) -> int:
    from qa.settings import index_location

    # The chat uses this package, so it is found by its name when it is wanted, and nothing here depends on it.
    chat = importlib.import_module("app")
    chat.main(
        index_location(options.index),
        host=options.host,
        port=options.port,
        open_browser=not options.no_browser,
        model=options.model,
        language_model=_language_model(options),
        auth=options.auth,
        read_only=options.read_only,
        root_path=options.root_path,
        max_upload_mb=options.max_upload_mb,
    )
    return 0


def _check_question(options: argparse.Namespace) -> None:
    if (options.question is None) == (options.batch is None):
        print("qa: give a question, or --batch FILE.jsonl, and not both.", file=sys.stderr)
        raise SystemExit(2)


def _where(options: argparse.Namespace, qa: ArticleQA) -> PassageFilter:
    return qa.narrowed_to(options.article, options.source, options.published_from, options.published_to)


def _batch(path: str, answer: Any) -> int:
    """Answer each line of a JSONL file, in order; a line that cannot be answered gives {"id", "error"} in its place."""
    from tqdm import tqdm

    with _opened(path) as file, tqdm(unit="question", disable=None, file=sys.stderr) as bar:
        for group in _groups(file, _BATCH):
            parsed = [_asked(number, line) for number, line in group]
            answers = iter(answer([values for values in parsed if "error" not in values]))
            for values in parsed:
                result = values if "error" in values else next(answers)
                if isinstance(result, ArticleQAError):
                    result = {"id": values.get("id"), "error": str(result)}
                print(_json(result), flush=True)
            bar.update(len(group))
    return 0


def _opened(path: str) -> Any:
    if path == "-":
        return nullcontext(sys.stdin)
    try:
        return open(path, encoding="utf-8-sig", errors="replace")  # noqa: PTH123 - the caller closes it
    except OSError as exc:
        raise ArticleQAError(
            f"Cannot read {path}: {exc.strerror}. Name a JSONL file with one question a line."
        ) from exc


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
    return {name: values[name] for name in ("id", "question", "history", "standalone_question") if name in values}


def _json(values: object) -> str:
    """One line of JSON, in plain Unicode where that can be written."""
    line = json.dumps(values, ensure_ascii=False)
    return line if is_unicode(line) else json.dumps(values)


def _gold_json(values: object) -> str:
    """A line of a question file: where U+FFFD stands for itself, it must not look like text that could not be read."""
    line = _json(values)
    return json.dumps(values) if "\ufffd" in line else line


# Words for people


def _summary_json(summary: ArticleSummary) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(summary)


def _summary_line(summary: ArticleSummary) -> str:
    return f"{(summary.published or '')[:10]:10}  {summary.id}  {summary.title}  ({summary.source or 'no source'})"


def _answer_text(answer: Answer) -> str:
    took = f"{answer.timings_ms['total']:.0f} ms"
    if answer.abstained:
        titles = list(dict.fromkeys(scored.passage.title or scored.passage.article_id for scored in answer.passages))
        lines = ["The articles do not say."]
        if titles:
            lines.append(f"\nNearest: {'; '.join(titles[:3])}")
        return "\n".join([*lines, f"({took})"])
    lines = [answer.text, *([answer.note] if answer.note else [])]
    lines += [f"Not supported: {each.text} ({each.reason})" for each in answer.sentences if not each.supported]
    lines.append("")
    for number, citation in enumerate(answer.citations, start=1):
        if answer.sentences or citation.quote not in answer.text:
            lines.append(f"  {f'[{number}] ' if answer.sentences else ''}“{' '.join(citation.quote.split())}”")
        about = (citation.title or citation.article_id, citation.source, (citation.published or "")[:10], citation.url)
        place = f"characters {citation.start}-{citation.end}"
        lines.append(f"  — {', '.join(part for part in (*about, place) if part)}")
    return "\n".join([*lines, f"\nConfidence {answer.confidence:.2f} ({took})"])


def _feedback_text(feedback: Feedback) -> str:
    answer = feedback.answer
    searched = answer.standalone_question if answer.standalone_question != feedback.question else ""
    lines = [
        f"{feedback.at[:10]}  {'good' if feedback.rating > 0 else 'bad '}  {_line(feedback.question)}",
        *([f"searched for: {_line(searched)}"] if searched else []),
        _line(answer.text) or "The articles do not say.",
        *([f"“{_line(feedback.word)}”"] if feedback.word else []),
    ]
    return "\n                  ".join(lines)


def _line(text: str) -> str:
    """What somebody wrote, as one line in which nothing steers a terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", "", " ".join(text.split()))


def _explanation(answer: Answer) -> str:
    """A table of the passages in the reader's order, with rank and score in every order that they went through."""
    if not answer.trace:
        return "\nNo passage was found."
    orders = list(dict.fromkeys(order for entry in answer.trace for order in entry["ranks"]))
    rows: list[Iterable[str]] = [(*orders, "passage")]
    for scored, entry in zip(answer.passages, answer.trace, strict=True):
        ranks = [entry["ranks"].get(order) for order in orders]
        cells = [f"{rank['rank']:>3}. {rank['score']:7.3f}" if rank else "-" for rank in ranks]
        where = f"{scored.passage.title or scored.passage.article_id} [{scored.passage.start}-{scored.passage.end}]"
        rows.append((*cells, where))
    return "\n" + "\n".join("  ".join(f"{cell:<12}" for cell in row).rstrip() for row in rows)


if __name__ == "__main__":
    sys.exit(main())
