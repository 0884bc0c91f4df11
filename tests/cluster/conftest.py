"""What the tests with a real Ray share."""

from pathlib import Path

import pytest

from cvae.experiments.grid import make_grid
from tests.conftest import FOUR_VERBS
from tests.processes import holders, processes


@pytest.fixture(scope="session")
def grid(tmp_path_factory):
    """Write a grid of four short runs, without the scores on held-out English verbs, which take longest."""
    data = tmp_path_factory.mktemp("data") / "four.txt"
    data.write_text(f"# tenses: base third progressive past\n{FOUR_VERBS}")
    base = {
        "data": str(data), "epochs": 60, "evaluate_every": 60, "batch_size": 4, "draws": 5,
        "model": {"embedding": 8, "hidden": 16, "latent": 2},
    }  # fmt: skip
    return make_grid({"seeds": [0, 1], "base": base, "values": {"kl.maximum": [0, 0.1]}}, "tiny", Path())


def training_in(folder):
    """The processes that hold a run folder."""
    return holders(folder / ".lock")


def converting():
    """The workers of Ray Data that convert."""
    return set(processes(lambda process: b"ray::MapWorker" in (process / "cmdline").read_bytes()))
