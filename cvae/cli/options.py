"""The parts that several commands share: options, examples on help pages, and printing to stdout."""

import json
import unicodedata
from typing import Any

import click

from cvae.core.settings import DEFAULT_MODEL, PROGRAM

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
engine_option = click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
address_option = click.option("--address", help="Address of the Ray cluster, or auto (default: start one).")
jobs_option = click.option("--jobs", type=click.IntRange(1), help="Parallel processes (default: one per core).")
DEVICES = click.Choice(["auto", "cpu", "cuda", "mps"])
device_option = click.option("--device", type=DEVICES, default="cpu", show_default=True, help="Where to compute.")
checkpoint_option = click.option(
    "--checkpoint", default=DEFAULT_MODEL, show_default=True,
    help="A name in the checkpoints folder, a file, or the folder of a run.",
)  # fmt: skip


def example_calls(*calls: str) -> str:
    """Return the end of a help page: example calls that can be copied."""
    return "\b\nExamples:\n" + "\n".join(f"  {PROGRAM} {call}" for call in calls)


def print_json(document: Any) -> None:
    """Print one JSON document on stdout, with all words composed (NFC)."""
    echo(json.dumps(document, ensure_ascii=False))


def echo(text: str) -> None:
    """Print a line on stdout, with all words composed (NFC)."""
    click.echo(unicodedata.normalize("NFC", text))
