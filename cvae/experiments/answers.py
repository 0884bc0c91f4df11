"""What an experiment found, in words whose figures come from its runs.

An answer names its figures as {variant:column}, `{cyclical-4:kl}` for example: that column's last value in the finished
runs of the variant, as mean ± one standard deviation over the seeds.
"""

import re
from collections.abc import Iterable

from cvae.experiments.summary import Summary, summarize
from cvae.runs.history import Curve, RecordedRun

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
