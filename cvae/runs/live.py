"""A run as it is watched: its points and scores on one axis of epochs, how fast it is and how long it will take."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from cvae.runs.history import Columns
from cvae.runs.run import Run
from cvae.training.records import EpochRecord, StepRecord

SCORES = ("bleu4", "gaussian_score", "distinct", "heldout")
RECENT = 12
"""Points over which the present speed is taken."""


@dataclass(frozen=True)
class Progress:
    """How far a run is. seconds_left and words_per_second are None until there is something to tell them from."""

    epochs: int
    done: float
    step: int
    seconds: float
    words_per_second: float | None
    seconds_left: float | None

    @property
    def share(self) -> float:
        """Of the run that is done, 0 to 1."""
        return min(1.0, self.done / self.epochs)


@dataclass(frozen=True, eq=False)
class Watched:
    """What can be seen of a run now."""

    points: Sequence[StepRecord]
    history: Sequence[EpochRecord]
    progress: Progress

    @property
    def scored(self) -> list[EpochRecord]:
        """The epochs that were scored."""
        return [record for record in self.history if record.distinct is not None]

    @property
    def columns(self) -> Columns:
        """Losses and knobs at the points between epochs, scores after epochs; NaN where there is none."""
        rows = [{**asdict(point), "epoch": point.epochs} for point in self.points]
        rows += [
            {"epoch": record.epoch, "step": record.step, "seconds": record.seconds}
            | {name: getattr(record, name) for name in SCORES}
            for record in self.scored
        ]
        rows.sort(key=lambda row: row["step"])
        names = dict.fromkeys(name for row in rows for name in row if name not in ("epochs", "words"))
        return {name: np.array([_number(row.get(name)) for row in rows]) for name in names}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def watch_run(run: Run) -> Watched:
    """The run as it is now. Raises BadRun."""
    points, history = run.steps(), run.history()
    return Watched(points, history, progress_of(run.config().epochs, points))


def progress_of(epochs: int, points: Sequence[StepRecord]) -> Progress:
    """How far a run of so many epochs is, by its points."""
    if not points:
        return Progress(epochs, 0.0, 0, 0.0, None, None)
    last, recent = points[-1], points[-RECENT:]
    spent = last.seconds - recent[0].seconds
    speed = sum(point.words for point in recent[1:]) / spent if spent > 0 else None
    left = last.seconds * (epochs - last.epochs) / last.epochs if last.epochs > 0 else None
    return Progress(epochs, last.epochs, last.step, last.seconds, speed, left)


def duration(seconds: float) -> str:
    """A duration as people say it: `8 s`, `1 min 5 s`, `2 h 10 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
