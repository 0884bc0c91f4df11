"""The lines of curves: the records of one run or of several seeds are smoothed, averaged and thinned."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal

import numpy as np

from cvae.runs.history import SCHEDULES, Columns, Curve

Band = Literal["range", "deviation"]
MOST_POINTS = 1500
"""The most points of a line, which are more than the pixel columns of a screen."""

Series = tuple[np.ndarray, np.ndarray]
"""x (N), increasing, and y (N)."""


@dataclass(frozen=True, eq=False)
class Line:
    """The points (N) of a drawn line.

    raw: the points before smoothing, None where these are the same; low and high: the band of the seeds, None for
    one seed.
    """

    x: np.ndarray
    y: np.ndarray
    raw: Series | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None


def line_of(
    curve: Curve, column: str, x: str, smoothing: float = 0.0, band: Band = "range", most: int = MOST_POINTS
) -> Line | None:
    """Return a column of a curve over another: each seed is smoothed, then mean and band are taken over the seeds.

    band: `range` from the lowest to the highest seed, `deviation` one standard deviation (n - 1) to each side.
    Schedules are never smoothed. None where nothing was recorded. At most `most` points.
    """
    seeds = [points for run in curve.runs if len((points := recorded(run, column, x))[0])]
    if not seeds:
        return None
    weight = 0.0 if column in SCHEDULES else smoothing
    smoothed = [(xs, smooth(ys, weight)) for xs, ys in seeds] if weight else seeds
    if len(seeds) == 1:
        return Line(*thin(*smoothed[0], most), raw=thin(*seeds[0], most) if weight else None)
    xs, values = align(smoothed, most)
    raw = None
    if weight:
        raw_x, raw_values = align(seeds, most)
        raw = raw_x, np.nanmean(raw_values, axis=0)
    return Line(xs, np.nanmean(values, axis=0), raw, *seed_band(values, band))


def recorded(run: Columns, column: str, x: str) -> Series:
    """Return the points of a run at which both columns have a value, by increasing x."""
    if column not in run or x not in run:
        return np.empty(0), np.empty(0)
    xs, ys = run[x], run[column]
    known = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[known], ys[known]
    if np.any(np.diff(xs) < 0):
        order = np.argsort(xs, kind="stable")
        xs, ys = xs[order], ys[order]
    return xs, ys


def largest(values: np.ndarray) -> float:
    """Return the largest finite value; 0 where there is none."""
    return float(np.max(values[np.isfinite(values)], initial=0.0))


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Return the exponential moving average, debiased as TensorBoard does it.

    s_n = weight * s_(n-1) + (1 - weight) * v_n with s_0 = 0, then s_n / (1 - weight^n) (Kingma and Ba 2015, section 3).
    """
    averages = list(accumulate(values.tolist(), lambda last, value: weight * last + (1 - weight) * value, initial=0.0))
    smoothed: np.ndarray = np.array(averages[1:]) / (1 - weight ** np.arange(1, len(values) + 1))
    return smoothed


def thin(x: np.ndarray, y: np.ndarray, most: int) -> Series:
    """Keep at most `most` (from 4 on) of the points: the ends, and the lowest and highest of each equal stretch."""
    if len(x) <= most:
        return x, y
    stretches = _stretches(len(x), most)
    inner, rows = y[stretches], np.arange(len(stretches))
    lowest, highest = stretches[rows, inner.argmin(1)], stretches[rows, inner.argmax(1)]
    kept = np.unique(np.concatenate([[0, len(x) - 1], lowest, highest]))
    return x[kept], y[kept]


@lru_cache
def _stretches(count: int, most: int) -> np.ndarray:
    """Divide the numbers of all points but the ends into equal stretches (N, length); the last repeats its end."""
    inner = count - 2
    length = -(-inner // ((most - 2) // 2))
    return np.minimum(np.arange(-(-inner // length) * length), inner - 1).reshape(-1, length) + 1


def align(seeds: Sequence[Series], most: int) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate the seeds at common x (N): x and values (seeds, N), NaN outside the records of a seed.

    Points reached by fewer than half of the seeds are left out, so that one that stopped early does not hide the
    others.
    """
    x = np.unique(np.concatenate([x for x, _ in seeds]))
    if len(x) > most:
        x = np.linspace(x[0], x[-1], most)
    values = np.array([np.interp(x, *points, left=np.nan, right=np.nan) for points in seeds])
    count = np.isfinite(values).sum(axis=0)
    kept = 2 * count >= min(len(seeds), 2 * count.max())
    return x[kept], values[:, kept]


def seed_band(values: np.ndarray, band: Band) -> Series:
    """Return lower and upper edge (N) of the seeds' values (seeds, N)."""
    if band == "range":
        return np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    count = np.sum(np.isfinite(values), axis=0)
    mean = np.nanmean(values, axis=0)
    variance = np.nansum((values - mean) ** 2, axis=0) / np.maximum(count - 1, 1)
    return mean - np.sqrt(variance), mean + np.sqrt(variance)
