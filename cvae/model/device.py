"""The device on which a model computes: the processor, or an accelerator."""

import os
import time
from functools import cache

import torch

from cvae.core.config import Precision
from cvae.core.errors import BadConfig

NO_MEMORY = (
    "There is not enough memory for this: give a smaller batch size or a smaller model, or, on the command line, "
    "--device cpu."
)


def use_device(name: str) -> torch.device:
    """Return the device of this name; `auto` is the accelerator where there is one.

    One thread suffices to feed an accelerator. Raises BadConfig when this machine has no such device.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((accelerator for accelerator, found in there.items() if found), "cpu")
    if not there.get(name, True):
        without = " (this PyTorch is built without it)" if name == "cuda" and not torch.backends.cuda.is_built() else ""
        raise BadConfig(f"There is no {name} device here{without}: give --device cpu, or auto for what there is.")
    if name != "cpu":
        torch.set_num_threads(1)
    return torch.device(name)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether memory ran out, on the processor or an accelerator; of a RuntimeError only the message says so."""
    said = str(error) if isinstance(error, RuntimeError) else ""
    return isinstance(error, MemoryError) or "out of memory" in said or "DefaultCPUAllocator" in said


GAIN, ROUNDS = 1.5, 10
"""The factor by which products in bfloat16 must be faster to be worth their rounding; how often each is timed."""
COMPILED = "64"
"""The number of shapes of products whose code oneDNN keeps: with its own 1,024 a long file takes 600 MB for them."""


@cache
def quick_precision() -> Precision:
    """Return bfloat16 where products are much faster on this processor with it, and otherwise float32.

    Meant for commands that convert many words: at least 99% of 202 test verbs keep all their forms, and confidences
    change in the third digit.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", COMPILED)  # read at the first product
    best = dict.fromkeys((torch.float32, torch.bfloat16), float("inf"))
    for dtype in tuple(best) * ROUNDS:
        words, weight = torch.ones(1280, 256, dtype=dtype), torch.ones(256, 1024, dtype=dtype)
        began = time.perf_counter()
        torch.mm(words, weight)
        best[dtype] = min(best[dtype], time.perf_counter() - began)
    return "bfloat16" if best[torch.float32] >= GAIN * best[torch.bfloat16] else "float32"
