"""What is printed for people: nothing in an article, a name or a message steers their terminal."""

from __future__ import annotations

import argparse
import logging
import re
import sys
from typing import IO, Any

# What ends a line or a page, or parts fields, by Unicode or by ASCII: without it two words would be one.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
# Control characters but for line feed and tab, and the signs that write text in another direction than it is stored.
# The marks U+061C, U+200E and U+200F stay: Arabic and Hebrew need them, and they turn nothing but marks around.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The text without what steers a terminal; a line that ends in CR LF, CR, U+2028 or the like ends in LF.

    What is no Unicode text (half of a surrogate pair, from the name of a file) becomes U+FFFD.

    >>> harmless("red: \\x1b[31m")
    'red: [31m'
    """
    text = _BREAKS.sub("\n", text).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return _STEERING.sub("", text)


def harmless_line(text: str) -> str:
    """The same on one line, so that a title or a name does not look like a line of ours.

    >>> harmless_line("a.txt\\nqa: done")
    'a.txt qa: done'
    """
    return " ".join(harmless(text).split())


def say(text: str, file: IO[str] | None = None) -> None:
    """Print some lines for people."""
    print(harmless(text), file=file or sys.stdout)


def complain(text: str) -> None:
    """Print one line on stderr."""
    print(harmless_line(text), file=sys.stderr)


class _HarmlessFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


def log_harmlessly(verbose: bool) -> None:
    """Let warnings, or with `verbose` also what is done, go to stderr without what steers a terminal."""
    if verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(_HarmlessFormatter("%(name)s: %(message)s"))
        logging.basicConfig(level=logging.INFO, handlers=[handler])
    elif logging.lastResort is not None:  # what writes warnings where nobody has set up logging
        logging.lastResort.setFormatter(_HarmlessFormatter())


def agreed(question: str) -> bool:
    """Ask on stderr whether something is to be done, and read a line; anything but "y" and "yes" is a no."""
    print(harmless_line(question), "[y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


class Parser(argparse.ArgumentParser):
    """Also repeats what somebody named, a file called like an option among it."""

    def __init__(self, *args: Any, **given: Any) -> None:
        """See argparse. Python 3.14's colours would be printed without what makes them colours."""
        super().__init__(*args, **given)
        self.color = False

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(harmless(message), file)
