"""Starting processes quickly from a fork server, handling signals, and returning memory to the system."""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import spawn
from multiprocessing.context import ForkServerContext, SpawnContext
from typing import Any

NICENESS = 10


def can_fork() -> bool:
    """Return whether processes can be forked from a server that has imported everything, which Windows cannot."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def process_context(preloaded: Sequence[str]) -> ForkServerContext | SpawnContext:
    """Return a context whose fork server imports these modules when it starts, or one that spawns processes."""
    if not can_fork():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preloaded))
    return context


def start_fork_server(preloaded: Sequence[str]) -> None:
    """Start the fork server without waiting for it, where there is one, so that the first process starts at once.

    SIGINT is blocked in it, because Ctrl+C would end its imports with a traceback, and thus in the processes that it
    forks, until they call `handle_signals`.
    """
    if can_fork():
        from multiprocessing import forkserver, resource_tracker

        process_context(preloaded)
        resource_tracker.ensure_running()  # the fork server would start it otherwise, which unblocks SIGINT
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def handle_signals(handler: Callable[[int, Any], None] | signal.Handlers, *names: str) -> None:
    """Have a handler called at the signals of these names that this operating system has, blocked or not.

    A signal that is ignored stays so, as SIGHUP does under nohup.
    """
    for name in names:
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)
            if can_fork():  # see `start_fork_server`
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})


def lower_priority() -> None:
    """Let other processes have the processor first. This does nothing on Windows, which has no niceness."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def missing_here() -> str:
    """Say in a sentence what this operating system cannot do for runs; an empty string where nothing is missing."""
    parts = []
    if not can_fork():
        parts.append("each run takes some seconds to start")
    if not hasattr(os, "nice"):
        parts.append("a run has the same priority as the pages, which then answer more slowly")
    return f"On this operating system {', and '.join(parts)}." if parts else ""


@contextmanager
def hidden_main() -> Iterator[None]:
    """Hide the main script, a page under Streamlit, from multiprocessing, which would run it again in each process.

    It is taken out of what a new process is told: each visitor's thread sets `sys.modules["__main__"]` anew meanwhile.
    """
    prepare = spawn.get_preparation_data

    def prepare_without_main(name: str) -> dict[str, Any]:
        return {key: value for key, value in prepare(name).items() if not key.startswith("init_main")}

    spawn.get_preparation_data = prepare_without_main
    try:
        yield
    finally:
        spawn.get_preparation_data = prepare


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
