"""The steps of the chain one after the other without LangChain, which takes as long to import as an answer takes.

Who has LangChain loaded, or asks for its tracing by an environment variable, sees the steps as its Runnables.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Function = Callable[[list[Any]], list[Any]]  # as many outputs as inputs; an exception stands for an input that failed


def is_watched() -> bool:
    """Whether LangChain's callbacks or tracing may be listening."""
    return "langchain_core" in sys.modules or any(name.startswith(("LANGCHAIN_", "LANGSMITH_")) for name in os.environ)


def outputs_of(value: Any, steps: Iterable[Function], last: Callable[[Any], Iterator[Any]] | None) -> Iterator[Any]:
    """What `steps` make of one input, and `last`, if there is one, of that; raises the exception of one that failed."""
    for step in steps:
        [value] = step([value])
        if isinstance(value, Exception):
            raise value
    if last is None:
        yield value
    else:
        yield from last(value)


def last_of(values: Iterator[Any]) -> Any:
    """The last of some values. Raises ValueError where there is none."""
    nothing = object()
    last: Any = nothing
    for last in values:  # noqa: B007 - the last is what is wanted
        pass
    if last is nothing:
        raise ValueError("A step gave no output.")
    return last
