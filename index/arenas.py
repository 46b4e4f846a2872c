"""Keeps the C library from holding on to memory: for each thread that ever was, and after a long piece of work."""

from __future__ import annotations

import ctypes
import os

_M_ARENA_MAX = -8  # of glibc's malloc.h
_LEAST = 2


def limit_arenas() -> None:
    """Have all threads of this process share as many heaps as there are cores; for programs that are ours alone.

    glibc gives threads up to eight for each core, and what is freed in one serves no other. Each article that is
    stored needs a new thread or two, for the word index. Nothing is done where there is no glibc, or where
    MALLOC_ARENA_MAX or GLIBC_TUNABLES say what the owner wants.
    """
    if not {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"} & os.environ.keys():
        _glibc("mallopt", _M_ARENA_MAX, max(_LEAST, os.cpu_count() or 1))


def give_back() -> None:
    """Give the system the memory that is free in between, of all heaps; nothing where there is no glibc."""
    _glibc("malloc_trim", 0)


def _glibc(function: str, *arguments: int) -> None:
    """Call a function of the C library; nothing where there is another library, or none by that way (Windows)."""
    try:
        getattr(ctypes.CDLL(None), function)(*arguments)
    except (AttributeError, OSError, TypeError):
        return
