"""Inputs found by following the branches of the readers: `python -m tests.reliability.fuzz tables|models [SECONDS]`.

Needs atheris 3.0.0 (`pip install atheris==3.0.0`), which is not among the requirements. Ends with an error at the first
input for which anything but a sentence is raised.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cvae"]):
    from cvae.core.config import ModelConfig
    from cvae.core.errors import TenseLabError
    from cvae.data.paradigms import parse_paradigms
    from cvae.data.tables import decode_text
    from cvae.data.user_table import read_user_table
    from cvae.data.vocabulary import Vocabulary
    from cvae.data.word_table import read_words
    from cvae.model.checkpoint import load_checkpoint
from tests.app import save_untrained
from tests.reliability.models import evil
from tests.reliability.tables import tables

SMALL = ModelConfig(embedding=4, hidden=16, latent=2)


def read_as_table(content: bytes) -> None:
    """Read the input in all three ways."""
    for read in (
        lambda: read_user_table(content),
        lambda: read_words(decode_text(content, "This file")),
        lambda: parse_paradigms(decode_text(content, "This file")),
    ):
        try:
            read()
        except TenseLabError as error:
            assert str(error)


def read_as_model(content: bytes) -> None:
    """Read the input from a file, as the app does."""
    PATH.write_bytes(content)
    try:
        load_checkpoint(PATH)
    except TenseLabError as error:
        assert str(error)


def seeds(what: str) -> list[bytes]:
    """Return the inputs with which the search begins."""
    if what == "tables":
        return [content for content in tables(60, 0) if len(content) < 10_000]
    save_untrained(PATH, Vocabulary("abc", ("x", "y")), 0, config=SMALL)
    content = PATH.read_bytes()
    return [content, *(each for each in evil(content) if len(each) < 20_000)]


FOLDER = tempfile.TemporaryDirectory()
PATH = Path(FOLDER.name) / "model.safetensors"

if __name__ == "__main__":
    what, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    corpus = Path(FOLDER.name) / "corpus"
    corpus.mkdir()
    for i, content in enumerate(seeds(what)):
        (corpus / str(i)).write_bytes(content)
    options = [sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-max_len=20000", "-print_final_stats=1"]
    atheris.Setup(options, read_as_table if what == "tables" else read_as_model)
    atheris.Fuzz()
