"""The answers of experiments, texts whose figures and verdicts come from their runs.

An answer names a figure as {variant:column}, `{cyclical-4:kl}` for example: that column's last value in the finished
runs of the variant, as a mean with its 95% interval over the seeds. {first/second:column} compares two variants: both
means, whether there is a difference, and the p of an exact permutation test, corrected for all comparisons that the
experiment makes.
"""

import math
import re
from collections.abc import Iterable, Mapping

from cvae.experiments.comparison import LEVEL, REDRAWS, Comparison, corrected, mean_interval
from cvae.experiments.summary import last_values
from cvae.runs.history import Curve, RecordedRun
from cvae.training.records import SHARES

FIGURE = re.compile(r"\{([^{}:]+):([^{}:]+)\}")
SENTENCE = re.compile(r"(?<=\.) (?=[A-Z])")
ONE_SEED = " (one seed)"
COUNTS = ("distinct", "active_units", "seconds")


def fill_in(texts: Iterable[str], runs: Iterable[RecordedRun]) -> list[str]:
    """Fill the figures into the texts of one experiment, without sentences for which no run is finished.

    The comparisons in all texts are one family, for which p is corrected.
    """
    texts, curves = list(texts), by_variant(runs)
    compared = make_comparisons(texts, curves)
    filled = [[_fill(sentence, curves, compared) for sentence in SENTENCE.split(text)] for text in texts]
    return [" ".join(filter(None, sentences)) for sentences in filled]


def _fill(text: str, curves: Mapping[str, Curve], compared: Mapping[str, Comparison]) -> str:
    found: dict[str, str] = {}
    for variant, column in FIGURE.findall(text):
        name = f"{variant}:{column}"
        values = last_values(curves[variant], column) if variant in curves else []
        if name in compared:
            found[f"{{{name}}}"] = format_comparison(compared[name], column)
        elif values:
            found[f"{{{name}}}"] = format_mean(values, column)
        else:
            return ""
    filled = FIGURE.sub(lambda match: found[match.group()], text)
    return filled.replace(f"{ONE_SEED} nats", f" nats{ONE_SEED}")  # the unit follows the figure


def make_comparisons(texts: Iterable[str], curves: Mapping[str, Curve]) -> dict[str, Comparison]:
    """Make the comparisons that the texts name, as far as both variants have finished runs, with corrected p."""
    comparisons = {}
    for variants, column in (figure for text in texts for figure in FIGURE.findall(text)):
        names = variants.split("/")
        if len(names) == 2 and all(name in curves for name in names):
            first, second = (last_values(curves[name], column) for name in names)
            if first and second:
                comparisons[f"{variants}:{column}"] = Comparison.of(first, second)
    return corrected(comparisons)


def by_variant(runs: Iterable[RecordedRun]) -> dict[str, Curve]:
    """Return the finished runs of each variant of a grid, in the order in which they come."""
    together: dict[str, list[RecordedRun]] = {}
    for run in runs:
        if len(run.columns.get("epoch", ())) >= run.settings["epochs"]:
            together.setdefault(run.variant, []).append(run)
    return {name: Curve(name, tuple(run.columns for run in same)) for name, same in together.items()}


def format_mean(values: list[float], column: str) -> str:
    """Write mean and 95% interval as `0.64 (0.51 to 0.77)`, or a single value as `0.64 (one seed)`."""
    interval = mean_interval(values)
    mean = format_figure(sum(values) / len(values), column)
    if interval is None:
        return f"{mean}{ONE_SEED}"
    # Student's t knows no bounds, but nothing that is recorded is negative, and no share is above 1
    most = 1.0 if column.partition(".")[0] in SHARES else math.inf
    low, high = (format_figure(min(max(0.0, end), most), column) for end in interval)
    return f"{mean} ({low} to {high})"


def format_comparison(comparison: Comparison, column: str) -> str:
    """Write a comparison as `0.99 against 0.79: larger (p = 0.024; 5 seeds each)`.

    Where p alone would tell a difference, the bootstraps that keep it from being told are counted.
    """
    first, second = (
        format_figure(sum(values) / len(values), column) for values in (comparison.first, comparison.second)
    )
    some, others = len(comparison.first), len(comparison.second)
    seeds = f"{some} seeds each" if some == others else f"{some} and {others} seeds"
    p = f"p = {comparison.p:.2g}"
    if comparison.p <= LEVEL and comparison.turned:
        p += f", but {comparison.turned} of {REDRAWS:,} bootstraps turn it round"
    return f"{first} against {second}: {comparison.verdict} ({p}; {seeds})"


def format_figure(value: float, column: str) -> str:
    """Format a number with as many decimals as its column deserves."""
    return f"{value:z.{1 if column in COUNTS else 2}f}".replace("-", "−")
