"""`python -m bench COMMAND`: parses, runs one command, and gives the exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.datasets import PARTS, PROJECT, SETS, DataMissingError, data_folder
from bench.indexes import DEFAULT_INDEXES, IndexMissingError
from index.errors import ArticleQAError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0 done, 1 an error or a figure that got worse, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    options.data = data_folder(options.data)
    try:
        status: int = options.run(options)
    except (ArticleQAError, DataMissingError, IndexMissingError) as exc:
        print(f"bench: {exc}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        "--data",
        type=Path,
        help=f"the data folder (environment: ARTICLE_QA_BENCH_DATA; default: {PROJECT.parent / 'shared' / 'data'})",
    )
    everywhere.add_argument(
        "--indexes", type=Path, default=DEFAULT_INDEXES, help="where the indexes are kept (default: var/bench)"
    )
    parser = argparse.ArgumentParser(prog="bench", description="Measure quality and speed.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about, parents=[everywhere])
        sub.set_defaults(run=run)
        return sub

    build = command("build", _build, "build the indexes, or bring them up to date")
    build.add_argument("sets", nargs="*", metavar="SET", help=f"which (default: all of {', '.join(SETS)})")
    for name, run, about in (
        ("retrieval", _retrieval, "how well passages are found"),
        ("answers", _answers, "how well questions are answered"),
    ):
        sub = command(name, run, about)
        sub.add_argument("--part", choices=PARTS, default="all", help='"all" reports both parts, too (default: all)')
        sub.add_argument("--sets", nargs="+", choices=SETS, help="only these data sets")
    newsroom = command("newsroom", _newsroom, "how well natural questions about the news are answered")
    newsroom.add_argument("--part", choices=PARTS, default="all", help='"all" reports both parts, too (default: all)')
    newsroom.add_argument("--show", type=int, default=0, metavar="N", help="print N questions with their answers")
    live = command("written", _written, "the newsroom's questions with a live language model, and without it")
    live.add_argument("--llm", metavar="MODEL", help="see qa ask --help")
    live.add_argument("--llm-url", metavar="URL", help="an OpenAI-compatible server")
    live.add_argument("--questions", type=int, default=60, metavar="N", help="how many (default: 60)")
    for name, run, about in (
        ("talks", _talks, "conversations of five turns about the news"),
        ("forms", _forms, "latest, when, lists, comparisons, timelines, summaries; expressions of time"),
        ("tables", _tables, "questions to rows of tables, in four formats"),
    ):
        sub = command(name, run, about)
        sub.add_argument("--part", choices=PARTS, default="all", help='"all" reports both parts, too (default: all)')
        sub.add_argument("--show", action="store_true", help="print the questions with their answers")
    _of_formats(command)
    for plain in (
        ("topics", _topics, "whether there are articles about what news or a summary is asked of"),
        ("abroad", _abroad, "natural questions in nine languages, over small papers of invented articles"),
        ("stories", _stories, "how well versions of one article are told from others on its event"),
        ("conversation", _conversation, "how well follow-up questions are understood"),
        ("evidence", _evidence, "which false sentences of a language model are marked"),
    ):
        command(*plain)
    languages = command("languages", _languages, "how well articles in other languages are found and answered from")
    languages.add_argument(
        "languages",
        nargs="*",
        metavar="LANGUAGE",
        help='ISO 639-1 codes; "en>de" asks in English over German articles (default: all that it has)',
    )
    languages.add_argument("--questions", type=int, default=0, metavar="N", help="only the first N (default: all)")
    calibrate = command("calibrate", _calibrate, "fit confidence to the parts that settings are chosen on")
    calibrate.add_argument("--write", action="store_true", help="put what was fitted into qa/weights/reader.json")
    command("plot", _plot, "draw what was measured last, for the README")
    command("speed", _speed, "how fast it is; run it on an idle machine")
    scale = command("scale", _scale, "how it is with very many passages; run it on an idle machine")
    scale.add_argument("--passages", type=int, default=100_000, metavar="N", help="at least (default: 100000)")
    peers = command("peers", _peers, "how fast it is beside other libraries, which it installs; on an idle machine")
    peers.add_argument("names", nargs="*", metavar="NAME", help="which of them (default: all; see bench/peers.py)")
    peers.add_argument("--articles", type=int, default=100, metavar="N", help="how many (default: 100; up to 3,141)")
    peers.add_argument("--rounds", type=int, default=3, metavar="N", help="how often each runs (default: 3)")
    peers.add_argument(
        "--environments",
        type=Path,
        default=PROJECT / "var" / "peers",
        metavar="DIR",
        help="where they are installed, 7 GB in all (default: var/peers)",
    )
    command("profile", _profile, "where the time goes, for docs/profile.txt")
    command("chat", _chat, "how fast the browser chat is, as a person sees it; run it on an idle machine")
    load = command("load", _load, "how long thirty people wait who all ask at once")
    load.add_argument("--seconds", type=float, default=60.0, metavar="N", help="how long they go on (default: 60)")
    memory = command("memory", _memory, "how much memory a chat takes that is asked and given files for long")
    memory.add_argument("--questions", type=int, default=5000, metavar="N", help="how many (default: 5000)")
    memory.add_argument("--articles", type=int, default=0, metavar="N", help="that the index keeps (default: all)")
    memory.add_argument("--uploads", type=int, default=500, metavar="N", help="how many files (default: 500)")
    check = command("check", _check, "compare a small part with bench/baseline.json")
    check.add_argument("--update", action="store_true", help="take what is measured as the new baseline")
    return parser


def _of_formats(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    formats = command("formats", _formats, "what is read of own articles in 21 kinds of files, which programs write")
    formats.add_argument("--show", action="store_true", help="print what was read of each file that is not all right")
    damaged = command(
        "damaged", _damaged, "what becomes of damaged files of all kinds, and of the good ones among them"
    )
    damaged.add_argument("--files", type=int, default=500, metavar="N", help="how many (default: 500)")
    damaged.add_argument("--seed", type=int, default=1, metavar="N", help="of what is drawn (default: 1)")


def _build(options: argparse.Namespace) -> int:
    from bench.indexes import build

    if unknown := [name for name in options.sets if name not in SETS]:
        print(f"bench: no data set {unknown[0]!r}; there are {', '.join(SETS)}.", file=sys.stderr)
        return 2
    for name in options.sets or SETS:
        built = build(name, options.data, options.indexes)
        print(
            f"{name}: {built.articles} articles, {built.passages} passages, {built.passages_embedded} embedded now, "
            f"{built.seconds:.0f} s",
            flush=True,
        )
    return 0


def _retrieval(options: argparse.Namespace) -> int:
    from bench import retrieval

    retrieval.run(options.sets or SETS, options.part, options.data, options.indexes)
    return 0


def _answers(options: argparse.Namespace) -> int:
    from bench import answers

    sets = [name for name in options.sets or answers.SETS if name in answers.SETS]
    return 0 if answers.run(sets, options.part, options.data, options.indexes) else 1


def _conversation(options: argparse.Namespace) -> int:
    from bench import conversation

    conversation.run(options.data, options.indexes)
    return 0


def _talks(options: argparse.Namespace) -> int:
    from bench import talks

    talks.run(options.part, options.data, options.indexes, options.show)
    return 0


def _forms(options: argparse.Namespace) -> int:
    from bench import forms

    forms.run(options.part, options.data, options.indexes, options.show)
    return 0


def _topics(options: argparse.Namespace) -> int:
    from bench import topics

    topics.run(options.indexes)
    return 0


def _formats(options: argparse.Namespace) -> int:
    from bench import formats

    formats.run(options.show)
    return 0


def _damaged(options: argparse.Namespace) -> int:
    from bench import damaged

    damaged.run(options.files, options.seed)
    return 0


def _tables(options: argparse.Namespace) -> int:
    from bench import tables

    tables.run(options.part, options.show)
    return 0


def _written(options: argparse.Namespace) -> int:
    from bench import written

    written.run(options.llm, options.llm_url, options.questions, options.indexes)
    return 0


def _newsroom(options: argparse.Namespace) -> int:
    from bench import newsroom

    return 0 if newsroom.run(options.part, options.data, options.indexes, options.show) else 1


def _abroad(_: argparse.Namespace) -> int:
    from bench import abroad

    abroad.run()
    return 0


def _languages(options: argparse.Namespace) -> int:
    from bench import languages

    if unknown := [name for name in options.languages if name not in languages.NAMES]:
        print(f"bench: no questions in {unknown[0]!r}; there are {', '.join(languages.NAMES)}.", file=sys.stderr)
        return 2
    languages.run(options.languages or list(languages.NAMES), options.data, options.indexes, options.questions)
    return 0


def _stories(options: argparse.Namespace) -> int:
    from bench import stories

    stories.run(options.data)
    return 0


def _evidence(_: argparse.Namespace) -> int:
    from bench import evidence

    evidence.run()
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from bench import calibrate

    calibrate.run(options.data, options.indexes, options.write)
    return 0


def _plot(options: argparse.Namespace) -> int:
    from bench import plot

    plot.run()
    return 0


def _speed(options: argparse.Namespace) -> int:
    from bench import speed

    speed.run(options.data, options.indexes)
    return 0


def _scale(options: argparse.Namespace) -> int:
    from bench import scale

    scale.run(options.passages, options.data, options.indexes)
    return 0


def _peers(options: argparse.Namespace) -> int:
    from bench import peers

    if unknown := [name for name in options.names if name not in peers.PEERS]:
        print(f"bench: no library {unknown[0]!r}; there are {', '.join(peers.PEERS)}.", file=sys.stderr)
        return 2
    names = options.names or list(peers.PEERS)
    return 0 if peers.run(options.data, options.environments, options.articles, options.rounds, names) else 1


def _profile(options: argparse.Namespace) -> int:
    from bench import profile

    profile.run(options.data, options.indexes)
    return 0


def _chat(options: argparse.Namespace) -> int:
    from bench import chat

    chat.run(options.data, options.indexes)
    return 0


def _load(options: argparse.Namespace) -> int:
    from bench import load

    return 1 if load.run(options.data, options.indexes, options.seconds) else 0


def _memory(options: argparse.Namespace) -> int:
    from bench import memory

    memory.run(options.data, options.indexes, options.questions, options.uploads, options.articles)
    return 0


def _check(options: argparse.Namespace) -> int:
    from bench import check

    return 0 if check.run(options.data, options.indexes, options.update) else 1


if __name__ == "__main__":
    sys.exit(main())
