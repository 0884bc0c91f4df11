"""How far a run is, measured from its points and records, and how long it will still take."""

from collections.abc import Sequence
from dataclasses import dataclass

from cvae.core.config import TrainConfig
from cvae.training.records import EpochRecord, StepRecord

RECENT = 12
"""The number of latest points over which the speed is measured."""
LATEST = 10.0
"""Seconds: the rest of a run is forecast from its last quarter so far, but from at least this much and one epoch."""


@dataclass(frozen=True)
class Progress:
    """The progress of a run. words_per_second is None before the first points, seconds_left before the second scores.

    measuring: whether the scores of an epoch are being taken, during which there are no points.
    """

    epochs: int
    done: float
    step: int
    seconds: float
    words_per_second: float | None
    seconds_left: float | None
    measuring: bool

    @property
    def share(self) -> float:
        """The share of the run that is done, from 0 to 1."""
        return min(1.0, self.done / self.epochs)


def progress_of(config: TrainConfig, points: Sequence[StepRecord], history: Sequence[EpochRecord]) -> Progress:
    """Measure from its points and records how far a run is."""
    epochs = config.epochs
    if not points:
        return Progress(epochs, 0.0, 0, 0.0, None, None, False)
    last, recent = points[-1], points[-RECENT:]
    spent = last.seconds - recent[0].seconds
    speed = sum(point.words for point in recent[1:]) / spent if spent > 0 else None
    return Progress(
        epochs, last.epochs, last.step, last.seconds, speed, _forecast(config, points, history),
        measuring=len(history) < last.epochs and config.scores_after(last.epochs),
    )  # fmt: skip


def _forecast(config: TrainConfig, points: Sequence[StepRecord], history: Sequence[EpochRecord]) -> float | None:
    """Forecast the seconds that a run still takes: its epochs at their latest speed, its scores as long as the last.

    The machine may have got other work since the run began. The first scores take several times as long as later ones,
    because words do not end yet: there is no forecast until the second ones were taken.
    """
    last, ends = points[-1], {point.epochs: point.seconds for point in points}
    pauses = {each.epoch: each.seconds - ends.get(each.epoch, each.seconds) for each in history}  # after each epoch
    taken = [pauses[each.epoch] for each in history if each.distinct is not None and each.epoch < last.epochs]
    start = min(0.75 * last.seconds, last.seconds - LATEST)
    before = [each for each in points if each.epochs <= last.epochs - 1 and each.seconds <= start] or points[:1]
    epochs = last.epochs - before[-1].epochs
    if len(taken) < 2 or not epochs:
        return None
    spent = last.seconds - before[-1].seconds
    spent -= sum(pause for epoch, pause in pauses.items() if before[-1].epochs <= epoch < last.epochs)
    to_take = sum(map(config.scores_after, range(len(history) + 1, config.epochs + 1)))
    return (config.epochs - last.epochs) * spent / epochs + to_take * taken[-1]


def duration(seconds: float) -> str:
    """Format a duration as `8 s`, `1 min 5 s` or `2 h 10 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
