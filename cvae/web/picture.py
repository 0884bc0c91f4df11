"""The parts of the picture of a model and of its map: scripts, style, and the code that is shown with each part."""

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from cvae.inference.decoding import decode_greedily
from cvae.model.cvae import CVAE, Encoder

FOLDER = Path(__file__).parent
SHOWN: dict[str, Callable[..., Any]] = {
    "encoder": Encoder.forward,
    "latent": CVAE.reparameterize,
    "decoder": decode_greedily,
}
"""The function of the library that does what each part of the picture shows."""


@cache
def read_script(*parts: str) -> str:
    """Read the scripts of `elements`, `model`, `picture` and `map`: all but the model's use those of `elements`.

    They define `build` and `percent`, `parseModel`, `Picture`, and `VerbMap`, which uses helpers of the picture, too.
    """
    return "\n".join((FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in parts)


@cache
def read_style(*parts: str) -> str:
    """Read the style of `picture` and `map`, whose colours are custom properties such as `--st-text-color`."""
    return "\n".join((FOLDER / f"{part}.css").read_text(encoding="utf-8") for part in parts)


@cache
def excerpts() -> dict[str, str]:
    """Return the source code of the computation that each part of the picture shows, by the name of the part."""
    return {part: dedent(inspect.getsource(function)) for part, function in SHOWN.items()}
