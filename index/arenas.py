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
    if {"MALLOC_ARENA_MAX", "GLIBC_TUNABLES"} & os.environ.keys():
        return
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, max(_LEAST, os.cpu_count() or 1))
    except (AttributeError, OSError, TypeError):  # another C library; TypeError: Windows
        return


def give_back() -> None:
    """Give the system the memory that is free in between, of all heaps; nothing where there is no glibc."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
