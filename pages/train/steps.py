"""Steps of a guided experiment, which tick themselves off from the records of its runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cvae.runs.history import Watched
from cvae.training.records import EpochRecord

Runs = Sequence[Watched]
LOW = 0.05
"""The KL weight that saves the collapsed run."""


@dataclass(frozen=True)
class Step:
    """Something to do or to see, and how the records of the runs tell that it has happened."""

    text: str
    done: Callable[[Runs], bool]


def best(run: Watched, column: str) -> float:
    """The largest value of a score so far; 0 where there is none."""
    return max((getattr(record, column) or 0.0 for record in run.scored), default=0.0)


def after_rescue(run: Watched) -> list[EpochRecord]:
    """The scored epochs after the first one that was trained with a KL weight of at most LOW."""
    low = next((record.epoch for record in run.history if record.beta <= LOW), None)
    return [] if low is None else [record for record in run.scored if record.epoch > low]


def finished(runs: Runs) -> bool:
    """Whether all runs are at their end."""
    return all(run.progress.share >= 1 for run in runs)


BEGUN = Step("Start. The first points are there.", lambda runs: all(run.points for run in runs))
ENDED = Step("Wait for the end.", finished)
