"""What the picture of a model is made of: its scripts, its style, and the code that it shows beside each part."""

import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from cvae.inference.conversion import decode_greedily
from cvae.model.cvae import CVAE, Encoder

FOLDER = Path(__file__).parent
SHOWN: dict[str, Callable[..., Any]] = {
    "encoder": Encoder.forward,
    "latent": CVAE.reparameterize,
    "decoder": decode_greedily,
}
"""The function of the library that does what each part of the picture shows."""


@cache
def read_script() -> str:
    """The script of model and picture: it defines `parseModel`, `Model` and `Picture`, and exports nothing."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("model.js", "picture.js"))


@cache
def read_style() -> str:
    """The style of the picture, with colours from custom properties such as `--st-text-color` and `--tense-0`."""
    return (FOLDER / "picture.css").read_text(encoding="utf-8")


@cache
def excerpts() -> dict[str, str]:
    """The source of what each part of the picture shows, by the name of the part."""
    return {part: dedent(inspect.getsource(function)) for part, function in SHOWN.items()}
