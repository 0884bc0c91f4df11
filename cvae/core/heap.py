"""How the C library keeps memory that was given back to it."""

import ctypes
import sys

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
