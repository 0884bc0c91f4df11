"""The device on which a model computes: the processor, or an accelerator."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

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


@contextmanager
def quick_products() -> Iterator[None]:
    """Round the factors of matrix products to bfloat16 where this processor is then much faster, as with AMX.

    Sums and weights stay in float32. The setting affects the whole process, and is meant for commands that convert many
    words: their forms stay the same, and confidences change in the third digit.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", COMPILED)  # read at the first product
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    if bfloat16_gain() >= GAIN:
        matmul.fp32_precision = "bf16"
    try:
        yield
    finally:
        matmul.fp32_precision = before


@cache
def bfloat16_gain() -> float:
    """Measure how many times as fast a product of the size of a bulk conversion is in bfloat16 as in float32."""
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before, words, weight = matmul.fp32_precision, torch.ones(1280, 256), torch.ones(256, 1024)
    best = dict.fromkeys(("ieee", "bf16"), float("inf"))
    try:
        for precision in tuple(best) * ROUNDS:
            matmul.fp32_precision = precision
            began = time.perf_counter()
            torch.mm(words, weight)
            best[precision] = min(best[precision], time.perf_counter() - began)
    finally:
        matmul.fp32_precision = before
    return best["ieee"] / best["bf16"]
