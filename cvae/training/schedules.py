"""KL weight, teacher forcing ratio and learning rate as pure functions of progress.

Progress is the share of all steps that are already done: 0 at the first step of a run, 1 after its last.
"""

import math
from collections.abc import Callable

from cvae.core.config import KLSchedule, LearningRateSchedule, Ramp, TeacherForcingSchedule, TrainConfig
from cvae.training.records import Knobs

SIGMOID_STEEPNESS = 12.0  # the sigmoid runs from -6 to 6 over the rise, as in the code of Fu et al.
ONE_CYCLE_START = 1 / 25  # share of the peak at which a one-cycle run begins, as in torch's OneCycleLR
ONE_CYCLE_END = ONE_CYCLE_START / 1e4


def scheduled_knobs(config: TrainConfig) -> Callable[[float], Knobs]:
    """Return the function from the progress of a run to the knobs that the schedules of its config describe."""
    return lambda progress: Knobs(
        kl_weight(config.kl, progress),
        teacher_forcing_ratio(config.teacher_forcing, progress),
        learning_rate(config.learning_rate, progress),
    )


def kl_weight(schedule: KLSchedule, progress: float) -> float:
    """Return the KL weight by equations 6 and 7 of Fu et al. 2019, "Cyclical Annealing Schedule".

    beta = maximum * ramp(tau / rising) while tau < rising, then maximum, where tau is the progress within the cycle.
    """
    if schedule.kind == "constant":
        return schedule.maximum
    cycles = schedule.cycles if schedule.kind == "cyclical" else 1
    tau = progress * cycles
    tau -= min(math.floor(tau), cycles - 1)  # the end of the run is the end of the last cycle, not a new beginning
    if tau >= schedule.rising:
        return schedule.maximum
    return schedule.maximum * ramp(schedule.ramp, tau / schedule.rising)


def ramp(kind: Ramp, x: float) -> float:
    """Rise from 0 at x = 0 to 1 at x = 1; the sigmoid is stretched so that it reaches both ends."""
    if kind == "linear":
        return x
    if kind == "cosine":
        return (1 - math.cos(math.pi * x)) / 2
    edge = _sigmoid(-SIGMOID_STEEPNESS / 2)
    return (_sigmoid(SIGMOID_STEEPNESS * (x - 0.5)) - edge) / (1 - 2 * edge)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def teacher_forcing_ratio(schedule: TeacherForcingSchedule, progress: float) -> float:
    """Return the probability that a word is decoded from its true letters.

    `stepwise` goes from start to end in `steps` constant stages of equal length.
    """
    if schedule.kind == "constant":
        return schedule.start
    share = progress
    if schedule.kind == "stepwise":
        share = min(math.floor(progress * schedule.steps), schedule.steps - 1) / (schedule.steps - 1)
    return schedule.start + (schedule.end - schedule.start) * share


def learning_rate(schedule: LearningRateSchedule, progress: float) -> float:
    """Return the learning rate: constant, falling along a cosine to 0, or one-cycle (Smith and Topin 2018).

    One-cycle rises from peak / 25 to peak over `warmup`, then falls to peak / 250,000, both along a cosine.
    """
    if schedule.kind == "constant":
        return schedule.peak
    if schedule.kind == "cosine":
        return schedule.peak * ramp("cosine", 1 - progress)
    if progress < schedule.warmup:
        return schedule.peak * _between(ONE_CYCLE_START, 1, progress / schedule.warmup)
    rest = (progress - schedule.warmup) / (1 - schedule.warmup) if schedule.warmup < 1 else 1.0
    return schedule.peak * _between(1, ONE_CYCLE_END, rest)


def _between(start: float, end: float, x: float) -> float:
    return start + (end - start) * ramp("cosine", x)


def tabulate(value: Callable[[float], float], points: int = 501) -> tuple[list[float], list[float]]:
    """Return progress and value at evenly spaced points of a run, as in `tabulate(partial(kl_weight, schedule))`."""
    progress = [i / (points - 1) for i in range(points)]
    return progress, [value(x) for x in progress]
