"""The command line: `qa`, also `python -m qa`. Parses, and runs a command; what each one does is in qa.commands."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from index.arenas import limit_arenas
from index.errors import ArticleQAError
from qa.commands.articles import ADD, INFO, LIST, SHOW
from qa.commands.chat import CHAT
from qa.commands.evaluation import EVAL, FEEDBACK
from qa.commands.moving import EXPORT, IMPORT
from qa.commands.options import options_of_all
from qa.commands.questions import ASK, SEARCH
from qa.commands.removing import REMOVE
from qa.commands.syncing import SOURCES, SYNC
from qa.commands.terminal import Parser, complain, log_harmlessly
from qa.commands.upkeep import CHECK, REBUILD

# As --help lists them.
COMMANDS = (
    *(ADD, SYNC, SOURCES, LIST, SHOW, REMOVE, ASK, SEARCH, EVAL, FEEDBACK, CHAT, INFO),
    *(EXPORT, IMPORT, REBUILD, CHECK),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status: 0 done, 1 an error, 2 wrong usage, 3 not confirmed, 130 interrupted."""
    options = _parser().parse_args(arguments)
    log_harmlessly(options.verbose)
    limit_arenas()
    try:
        status: int = options.run(options)
    except ArticleQAError as exc:
        complain(f"qa: {exc}")
        return 1
    except KeyboardInterrupt:
        print("qa: interrupted; what was reported as done is stored.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read stdout has gone
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="qa", description="Ask questions of your own articles.", parents=[options_of_all()])
    parser.add_argument("--version", action=_Version, nargs=0, help="show the program's version and exit")
    parser.set_defaults(index=None, model=None, verbose=False)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        each = commands.add_parser(
            command.name, help=command.about, description=command.about, parents=[options_of_all()]
        )
        command.add_options(each)
        each.set_defaults(run=command.run)
    return parser


class _Version(argparse.Action):
    """Print the version, which is only read from the package's metadata when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        import qa

        print(f"qa {qa.__version__}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
