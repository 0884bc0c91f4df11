"""Recorded runs as tables: best and last of every score, and all records of all runs in one."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cvae.core.files import harmless
from cvae.experiments.groups import differing
from cvae.experiments.smoothing import recorded
from cvae.runs.history import Curve, RecordedRun

HIGHER, LOWER = 1, -1
BETTER = {
    "bleu4": HIGHER, "gaussian_score": HIGHER, "distinct": HIGHER, "heldout": HIGHER, "reconstruction": LOWER,
    "accuracy": HIGHER, "mutual_information": HIGHER, "active_units": HIGHER,
}  # fmt: skip
"""Which way each score is better. KL is not among them: more of it is neither better nor worse."""


@dataclass(frozen=True)
class Summary:
    """One column of one curve: means over its seeds of the best and the last value, and the spread of the last.

    best: None where no way is better. spread: one standard deviation over the seeds (n - 1), None for one seed.
    """

    last: float
    best: float | None = None
    spread: float | None = None


def summarize(curve: Curve, column: str) -> Summary | None:
    """None where no run of the curve recorded the column."""
    seeds = [ys for run in curve.runs if len(ys := recorded(run, column, "epoch")[1])]
    if not seeds:
        return None
    last = [float(ys[-1]) for ys in seeds]
    way = BETTER.get(column)
    best = None if way is None else float(np.mean([way * np.max(way * ys) for ys in seeds]))
    return Summary(float(np.mean(last)), best, float(np.std(last, ddof=1)) if len(last) > 1 else None)


def reached(curve: Curve, column: str) -> float:
    """How far the longest of the curve's runs has got in epochs, steps or seconds."""
    return max((float(np.nanmax(run[column])) for run in curve.runs if len(run.get(column, ()))), default=0.0)


def seconds(curve: Curve) -> float:
    """How long a run of the curve took: the mean over its seeds."""
    ends = [float(np.nanmax(run["seconds"])) for run in curve.runs if len(run.get("seconds", ()))]
    return float(np.mean(ends)) if ends else 0.0


def records_table(runs: Mapping[str, Sequence[RecordedRun]]) -> tuple[list[str], list[list[object]]]:
    """Column names and rows: the runs by the name of their curve, every record of every run in one table.

    experiment, curve, run, seed, the settings that differ, then all that was recorded; empty where it was not.
    """
    every = [run for group in runs.values() for run in group]
    keys = differing([run.settings for run in every])
    columns = list(dict.fromkeys(name for run in every for name in run.columns))
    rows: list[list[object]] = []
    for name, group in runs.items():
        for run in group:
            same = [run.experiment, name, run.name, run.seed, *(run.settings.get(key, "") for key in keys)]
            length = len(next(iter(run.columns.values()), ()))
            values = [_cells(run.columns[c]) if c in run.columns else [""] * length for c in columns]
            rows += [[*same, *row] for row in zip(*values, strict=True)]
    return ["experiment", "curve", "run", "seed", *keys, *columns], rows


def _cells(values: np.ndarray) -> list[object]:
    return ["" if value != value else int(value) if value.is_integer() else value for value in values.tolist()]


def records_csv(runs: Mapping[str, Sequence[RecordedRun]]) -> bytes:
    """That table as CSV, with no text in it that a spreadsheet takes for a formula."""
    header, rows = records_table(runs)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(harmless, header))
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode()


FIGURE = re.compile(r"\{([^{}:]+):([^{}:]+)\}")


COUNTS = ("distinct", "active_units", "seconds")


def fill(text: str, runs: Iterable[RecordedRun]) -> str:
    """The text with its figures; empty as long as no run that could give one of them is finished."""
    curves, found = by_variant(runs), dict[str, str]()
    for variant, column in FIGURE.findall(text):
        summary = summarize(curves[variant], column) if variant in curves else None
        if summary is None:
            return ""
        found[f"{{{variant}:{column}}}"] = written(summary, column)
    return FIGURE.sub(lambda match: found[match.group()], text)


def by_variant(runs: Iterable[RecordedRun]) -> dict[str, Curve]:
    """The finished runs of each variant of a grid, in the order in which they come."""
    together: dict[str, list[RecordedRun]] = {}
    for run in runs:
        if len(run.columns.get("epoch", ())) >= run.settings["epochs"]:
            together.setdefault(run.name.rpartition("-seed")[0] or run.name, []).append(run)
    return {name: Curve(name, tuple(run.columns for run in same)) for name, same in together.items()}


def written(summary: Summary, column: str) -> str:
    """`0.64 ± 0.15`; without the spread for a single seed."""
    digits = 0 if column in COUNTS else 2
    spread = "" if summary.spread is None else f" ± {summary.spread:.{digits}f}"
    return f"{summary.last:.{digits}f}{spread}"
