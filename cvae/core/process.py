"""Processes that start at once: forked from a server in which everything is imported (multiprocessing's forkserver)."""

import ctypes
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from types import ModuleType


def forking(preloaded: Sequence[str]) -> ForkServerContext:
    """The context whose server, should it not be running yet, will import these modules first."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preloaded))
    return context


@contextmanager
def hidden_main() -> Iterator[None]:
    """Hide the main script: multiprocessing would run it again in each process, and under Streamlit that is a page."""
    main, bare = sys.modules["__main__"], ModuleType("__main__")
    sys.modules["__main__"] = bare
    try:
        yield
    finally:
        if sys.modules["__main__"] is bare:
            sys.modules["__main__"] = main


ARENA_MAX, MMAP_THRESHOLD = -8, -3  # M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h


ARENAS = 2


LARGE = 128 * 1024


def return_large_blocks() -> None:
    """From now on blocks of 128 KB or more go back to the system when they are freed; does nothing without glibc.

    Left alone, glibc raises that limit to 32 MB and gives threads up to eight heaps a core. Streamlit runs each script
    in a thread of its own: the gaps between what lives on in those heaps were more than half of them.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(MMAP_THRESHOLD, LARGE)
        set_option(ARENA_MAX, ARENAS)
