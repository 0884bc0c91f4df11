"""Sharing work among threads: the words of a batch in training, and chunks of words in conversion.

Two threads that work on halves of a batch keep two cores busier than two threads inside each matrix product.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

Gradients = tuple[Tensor | None, ...]


class Threads:
    """A pool of `count` threads, or the calling thread alone when `count` is 1."""

    def __init__(self, count: int = 1, pool: ThreadPoolExecutor | None = None):
        self.count, self._pool = count, pool

    def map(self, work: Callable[..., Any], *arguments: Sequence[Any]) -> list[Any]:
        """Return the results of `work`, in order, for each of the arguments."""
        return list(self._pool.map(work, *arguments) if self._pool else map(work, *arguments))


@contextmanager
def open_threads() -> Iterator[Threads]:
    """Open as many threads as torch uses now; inside, each of torch's own operations uses one."""
    count = torch.get_num_threads()
    if count == 1:
        yield Threads()
        return
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield Threads(count, pool)
    finally:
        torch.set_num_threads(count)


def map_chunks(work: Callable[[Any], Any], chunks: Sequence[Any]) -> list[Any]:
    """Return the results of `work`, in order; two or more chunks are shared out among threads."""
    if len(chunks) < 2:
        return [work(chunk) for chunk in chunks]
    with open_threads() as threads:
        return threads.map(work, chunks)


def gradients(model: nn.Module, loss: Tensor) -> Gradients:
    """Return d loss / d parameter for each parameter of the model; None where the loss does not depend on it."""
    return torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)


def add_gradients(model: nn.Module, shares: Sequence[Gradients]) -> None:
    """Make the sum over the shares the gradient of each parameter.

    Each has a tensor of its own: autograd gives the two biases of a recurrence the same one, which clipping would then
    scale twice.
    """
    for parameter, *parts in zip(model.parameters(), *shares, strict=True):
        found = [part for part in parts if part is not None]
        if len(found) == 1:
            found = [found[0].clone()]  # a sum is a new tensor anyway
        parameter.grad = sum(found[1:], start=found[0]) if found else None
