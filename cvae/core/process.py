"""Starting processes quickly from a fork server, and returning memory to the system."""

import ctypes
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from types import ModuleType


def forking(preloaded: Sequence[str]) -> ForkServerContext:
    """Return the context of multiprocessing whose fork server imports these modules when it starts."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preloaded))
    return context


@contextmanager
def hidden_main() -> Iterator[None]:
    """Hide the main script, a page under Streamlit, from multiprocessing, which would run it again in each process."""
    main, bare = sys.modules["__main__"], ModuleType("__main__")
    sys.modules["__main__"] = bare
    try:
        yield
    finally:
        if sys.modules["__main__"] is bare:
            sys.modules["__main__"] = main


ARENA_MAX, MMAP_THRESHOLD = -8, -3  # M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h
ARENAS, LARGE = 2, 128 * 1024


def return_large_blocks() -> None:
    """Return blocks of 128 KB or more to the system as soon as they are freed. Without glibc this does nothing.

    By default, glibc raises that limit to 32 MB and gives threads up to eight heaps per core. Streamlit runs each
    script in a thread of its own, and more than half of those heaps were gaps between blocks that were still in use.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if set_option:
        set_option(MMAP_THRESHOLD, LARGE)
        set_option(ARENA_MAX, ARENAS)
