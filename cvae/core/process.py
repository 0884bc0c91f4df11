"""Processes that start at once: forked from a server in which everything is imported (multiprocessing's forkserver)."""

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
