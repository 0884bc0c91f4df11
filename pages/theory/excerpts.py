"""Lines of this library's own source, read when they are shown, so that they are never out of date."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from cvae.core.settings import ROOT
from cvae.data import vocabulary
from cvae.model import cvae, objective
from cvae.training import schedules
from pages.theory import worlds


@dataclass(frozen=True)
class Excerpt:
    """Code and where it stands: `cvae/model/objective.py, line 21`."""

    code: str
    place: str


EXCERPTS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "elbo": (objective.negative_elbo, "", ""),
    "kl": (objective.kl_divergence, "", ""),
    "reconstruction": (objective.reconstruction_loss, "", ""),
    "reparameterize": (cvae.CVAE.reparameterize, "", ""),
    "parts of z": (cvae.Decoder.start, "parts = ", "states = "),
    "ids": (vocabulary.Vocabulary.encode, "return", "return"),
    "heads": (cvae.Encoder.forward, "mean = torch.cat", "return"),
    "spell": (cvae.CVAE.decode_freely, "", ""),
    "shift": (cvae.shift_right, "", ""),
    "forcing": (cvae.CVAE.forward, "forced = ", "logits[forced]"),
    "kl weight": (schedules.kl_weight, "", ""),
    "forcing ratio": (schedules.teacher_forcing_ratio, "", ""),
    "free bits": (worlds.free_bits, "", ""),
    "kept": (worlds.kept_nats, "", ""),
    "bound": (worlds.bound, "", ""),
}
"""Name -> a function, and words in the first and in the last line to be shown; the whole function without them."""


@cache
def excerpt(name: str) -> Excerpt:
    """The lines of that name. Raises LookupError when the function has no such lines any more."""
    function, first, last = EXCERPTS[name]
    lines, start = inspect.getsourcelines(function)
    if not first:
        return Excerpt(_without_docstring("".join(lines)), _place(function, start, start + len(lines) - 1))
    begin = _find(lines, first, 0)
    end = _find(lines, last, begin)
    return Excerpt(dedent("".join(lines[begin : end + 1])).rstrip(), _place(function, start + begin, start + end))


def _find(lines: list[str], words: str, after: int) -> int:
    found = [i for i, line in enumerate(lines) if i >= after and line.strip().startswith(words)]
    if not found:
        raise LookupError(f"No line begins with {words!r}.")
    return found[0]


def _without_docstring(source: str) -> str:
    lines = dedent(source).rstrip().splitlines()
    function = ast.parse("\n".join(lines)).body[0]
    assert isinstance(function, ast.FunctionDef)
    if ast.get_docstring(function) is not None:
        text = function.body[0]
        del lines[text.lineno - 1 : text.end_lineno]
    return "\n".join(lines)


def _place(function: Callable[..., Any], first: int, last: int) -> str:
    path = Path(inspect.getfile(function)).relative_to(ROOT).as_posix()
    return f"{path}, line {first}" if first == last else f"{path}, lines {first}–{last}"
