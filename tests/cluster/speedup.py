"""How much faster two workers of a Ray on this machine are than one: `python -m tests.cluster.speedup`.

Four runs of the experiments' small model for some epochs each. Starting Ray is not timed; starting the trials'
processes is, as it is a part of every sweep.
"""

import tempfile
import time
from functools import partial
from pathlib import Path

from cvae.cluster.ray import cluster
from cvae.cluster.sweep import run_ray
from cvae.experiments.grid import Grid, make_grid
from cvae.experiments.sweep import Place, sweep

SEEDS, EPOCHS = 4, 16


def make(seeds: int, epochs: int) -> Grid:
    """Make this number of runs that differ in their seed."""
    base = {"file": "small.toml", "epochs": epochs}
    return make_grid({"seeds": list(range(seeds)), "base": base}, "speedup", Path(__file__).parent)


def seconds(grid: Grid, out: Path, jobs: int) -> float:
    """Return how long a sweep with this number of workers takes."""
    began = time.monotonic()
    outcomes = sweep([grid], Place(out), partial(run_ray, jobs=jobs))
    assert all(outcome.status == "finished" for outcome in outcomes), outcomes
    return time.monotonic() - began


def main() -> None:
    """Print both times and their ratio."""
    with tempfile.TemporaryDirectory() as folder, cluster(None, 2):
        seconds(make(2, 1), Path(folder) / "warm", 2)
        one, two = (seconds(make(SEEDS, EPOCHS), Path(folder) / f"{jobs}", jobs) for jobs in (1, 2))
    print(f"{SEEDS} runs of {EPOCHS} epochs: one worker {one:.1f} s, two workers {two:.1f} s, {one / two:.2f} x")


if __name__ == "__main__":
    main()
