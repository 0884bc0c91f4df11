"""Recorded runs as tables: best and last of every score, and all records of all runs in one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cvae.core.files import write_table
from cvae.experiments.groups import differing
from cvae.experiments.smoothing import largest, recorded
from cvae.runs.history import Columns, Curve, RecordedRun, cells_of
from cvae.training.collapse import has_collapsed

HIGHER, LOWER = 1, -1
BETTER = {
    "bleu4": HIGHER, "gaussian_score": HIGHER, "distinct": HIGHER, "heldout": HIGHER, "reconstruction": LOWER,
    "accuracy": HIGHER, "mutual_information": HIGHER, "verb_information": HIGHER, "active_units": HIGHER,
}  # fmt: skip
"""The direction in which each score is better. More KL is neither better nor worse."""


@dataclass(frozen=True)
class Summary:
    """One column of one curve: means over its seeds of the best and the last value, and the spread of the last.

    best: None where no direction is better. spread: one standard deviation over the seeds (n - 1), None for one seed.
    """

    last: float
    best: float | None = None
    spread: float | None = None


def summarize(curve: Curve, column: str) -> Summary | None:
    """Summarize a column of a curve; None where no run of it recorded the column."""
    seeds = [ys for run in curve.runs if len(ys := recorded(run, column, "epoch")[1])]
    if not seeds:
        return None
    last = last_values(curve, column)
    way = BETTER.get(column)
    best = None if way is None else float(np.mean([way * np.max(way * ys) for ys in seeds]))
    return Summary(float(np.mean(last)), best, float(np.std(last, ddof=1)) if len(last) > 1 else None)


def last_values(curve: Curve, column: str) -> list[float]:
    """Return the last value that each run of the curve recorded in the column, of those that recorded any."""
    return [value for run in curve.runs if (value := last_value(run, column)) is not None]


def last_value(run: Columns, column: str) -> float | None:
    """Return the last value that a run recorded in the column, or None."""
    ys = recorded(run, column, "epoch")[1]
    return float(ys[-1]) if len(ys) else None


def last_nats_of_verb(run: Columns) -> float | None:
    """Return what z told about the verb in the end; of older histories, about the word, tense included."""
    nats = last_value(run, "verb_information")
    return last_value(run, "mutual_information") if nats is None else nats


MERGED = 0.5
"""The share of z decoded alike in two tenses above which a run has merged them."""


def describe_failure(curve: Curve) -> str:
    """Say what went wrong with runs: `collapsed`, `2 of 3 collapsed`, `1 of 3 merged two tenses`, or nothing.

    A run has collapsed when z says nothing of the verb in the end (`has_collapsed`), and merged two tenses when most z
    give one word for both.
    """
    collapsed = sum(has_collapsed(last_value(run, "active_units"), last_nats_of_verb(run)) for run in curve.runs)
    merged = sum(value > MERGED for value in last_values(curve, "merged"))
    parts = []
    for count, words in ((collapsed, "collapsed"), (merged, "merged two tenses")):
        if count:
            parts.append(words if count == len(curve.runs) else f"{count} of {len(curve.runs)} {words}")
    return ", ".join(parts)


def named_with_marks(curves: Sequence[Curve]) -> list[Curve]:
    """Return the curves with a mark after the name of each that went wrong."""
    return [
        replace(curve, name=f"{curve.name}: {said}", short=curve.name) if (said := describe_failure(curve)) else curve
        for curve in curves
    ]


def reached(curve: Curve, column: str) -> float:
    """Return the last epoch, step or second that any run of the curve has reached."""
    return max((largest(run[column]) for run in curve.runs if column in run), default=0.0)


def seconds(curve: Curve) -> float:
    """Return the training time of a run of the curve in seconds, averaged over its seeds."""
    ends = [largest(run["seconds"]) for run in curve.runs if "seconds" in run]
    return float(np.mean(ends)) if ends else 0.0


def records_table(runs: Mapping[str, Sequence[RecordedRun]]) -> tuple[list[str], list[list[object]]]:
    """Return column names and rows: every record of every run in one table, the runs by the name of their curve.

    experiment, curve, run, seed, the settings that differ, then all that was recorded; empty where it was not.
    """
    every = [run for group in runs.values() for run in group]
    keys = differing([run.settings for run in every])
    columns = list(dict.fromkeys(name for run in every for name in run.columns))
    rows: list[list[object]] = []
    for name, group in runs.items():
        for run in group:
            same = [run.experiment, name, run.name, run.seed, *(run.settings.get(key, "") for key in keys)]
            rows += [[*same, *cells] for cells in cells_of(run.columns, columns)]
    return ["experiment", "curve", "run", "seed", *keys, *columns], rows


def records_csv(runs: Mapping[str, Sequence[RecordedRun]]) -> bytes:
    """Write that table as CSV."""
    return write_table(*records_table(runs)).encode()
