"""What the tests with a real Ray share."""

import os
from pathlib import Path

import pytest

from cvae.experiments.grid import make_grid
from tests.conftest import FOUR_VERBS


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


def processes(found):
    """Return the ids of the other processes whose folder in /proc fits this description."""
    ids = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and found(folder):
                ids.append(int(folder.name))
        except OSError:  # it has ended meanwhile
            continue
    return ids


def training_in(folder):
    """The processes that hold a run folder."""
    return processes(lambda process: any(link.readlink() == folder / ".lock" for link in (process / "fd").iterdir()))


def converting():
    """The workers of Ray Data that convert."""
    return processes(lambda process: b"ray::MapWorker" in (process / "cmdline").read_bytes())
