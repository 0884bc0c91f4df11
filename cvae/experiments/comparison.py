"""Comparisons of two settings: exact permutation tests over seeds, intervals, and a bootstrap of the seeds.

Each run contributes the last value that it recorded, so that n is the number of seeds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import combinations

import numpy as np

LEVEL = 0.05
"""The level of significance for all comparisons of an experiment together."""
REDRAWS = 1_000
MOST_RELABELLINGS = 200_000
"""The number of ways to divide the values above which so many are drawn instead; 20 runs have 184,756."""
GRID = 200_001


def permutation_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the exact two-sided p of a permutation test of two means.

    It is the share of all ways to choose n of the values in which the means are at least as far apart as they are here:
    Fisher 1935, section 21. Never below 1 / C(n + m, n); for 3 and 3 seeds it can't be below 0.1. Of more than
    MOST_RELABELLINGS ways, the share is that among as many random ones and the one seen, so that p is never 0 (Phipson
    and Smyth 2010).
    """
    return _permutation_p(tuple(first), tuple(second))


@lru_cache(maxsize=256)  # with ten seeds a test takes 0.1 s, and a page shows its answer at every visit
def _permutation_p(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    values, n = np.array([*first, *second], dtype=float), len(first)
    sums = values[_relabellings(len(values), n)].sum(1)
    gaps = np.abs(sums / n - (values.sum() - sums) / (len(values) - n))
    seen = abs(float(np.mean(first)) - float(np.mean(second)))
    return float((gaps >= seen - 1e-12 * max(1.0, float(np.abs(values).max()))).mean())


def _relabellings(count: int, n: int) -> np.ndarray:
    """Return all ways to choose n of the values, or the one seen and MOST_RELABELLINGS random ones: (ways, n)."""
    if math.comb(count, n) <= MOST_RELABELLINGS:
        return np.array(list(combinations(range(count), n)))
    rng = np.random.default_rng(0)
    return np.array([np.arange(n), *(rng.permutation(count)[:n] for _ in range(MOST_RELABELLINGS))])


def smallest_p(n: int, m: int) -> float:
    """Return the smallest p that `permutation_p` can give for n and m values."""
    return (2 if n == m else 1) / math.comb(n + m, n)


def holm(ps: Sequence[float]) -> list[float]:
    """Correct p for the number of comparisons by Holm's step-down procedure (Holm 1979)."""
    corrected, worst = [0.0] * len(ps), 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        worst = max(worst, min(1.0, (len(ps) - rank) * ps[i]))
        corrected[i] = worst
    return corrected


@cache
def student_quantile(freedom: float) -> float:
    """Return the 97.5% quantile of Student's t, by the trapezoidal rule over its density in t = tan(u)."""
    u = np.linspace(0, math.pi / 2, GRID)[:-1]
    t = np.tan(u)
    log_scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - 0.5 * math.log(freedom * math.pi)
    density = np.exp(log_scale - (freedom + 1) / 2 * np.log1p(t**2 / freedom)) * (1 + t**2)
    cumulative = 0.5 + np.concatenate([[0], (density[1:] + density[:-1]).cumsum()]) * (u[1] - u[0]) / 2
    return float(np.interp(0.975, cumulative, t))


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95% interval of a mean by Student's t; None for a single value."""
    n = len(values)
    if n < 2:
        return None
    half = student_quantile(n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return float(np.mean(values)) - half, float(np.mean(values)) + half


def gap_interval(first: Sequence[float], second: Sequence[float]) -> tuple[float, float] | None:
    """Return the 95% interval of the difference of two means (Welch 1947), or None when either has a single value."""
    if min(len(first), len(second)) < 2:
        return None
    parts = [float(np.var(values, ddof=1)) / len(values) for values in (first, second)]
    gap, square = float(np.mean(first)) - float(np.mean(second)), sum(parts)
    if square == 0:
        return gap, gap
    shares = zip(parts, (first, second), strict=True)
    freedom = square**2 / sum(part**2 / (len(values) - 1) for part, values in shares)
    half = student_quantile(round(freedom, 2)) * math.sqrt(square)
    return gap - half, gap + half


def turned_round(first: Sequence[float], second: Sequence[float], redraws: int = REDRAWS) -> int:
    """Count the bootstraps, which redraw the seeds of both, in which the difference has another sign."""
    rng = np.random.default_rng(0)
    means = [
        np.array(values, dtype=float)[rng.integers(len(values), size=(redraws, len(values)))].mean(1)
        for values in (first, second)
    ]
    sign = np.sign(float(np.mean(first)) - float(np.mean(second)))
    return int((np.sign(means[0] - means[1]) != sign).sum())


@dataclass(frozen=True)
class Comparison:
    """A comparison of two settings by one score.

    least: the smallest p that so many seeds can give. `corrected` corrects both for the number of comparisons.
    """

    first: tuple[float, ...]
    second: tuple[float, ...]
    p: float
    least: float

    @classmethod
    def of(cls, first: Sequence[float], second: Sequence[float]) -> "Comparison":
        """Return the comparison of two lists of values, alone."""
        least = smallest_p(len(first), len(second))
        return cls(tuple(first), tuple(second), permutation_p(first, second), least)

    @property
    def gap(self) -> float:
        """The difference of the means."""
        return float(np.mean(self.first)) - float(np.mean(self.second))

    @property
    def turned(self) -> int:
        """Of REDRAWS bootstraps, those in which the difference has another sign."""
        return turned_round(self.first, self.second)

    @property
    def verdict(self) -> str:
        """`larger`, `smaller`, `no difference`, or that so few seeds can't tell.

        A difference is told when its corrected p is at most LEVEL and no redrawn seeds turn it round.
        """
        if self.p <= LEVEL and self.turned == 0:
            return "larger" if self.gap > 0 else "smaller"
        return "too few seeds to tell" if self.least > LEVEL else "no difference"


def corrected(comparisons: Mapping[str, Comparison]) -> dict[str, Comparison]:
    """Return the comparisons of an experiment with p corrected for their number."""
    ps, leasts = (holm([getattr(one, field) for one in comparisons.values()]) for field in ("p", "least"))
    found = zip(comparisons.items(), ps, leasts, strict=True)
    return {name: replace(one, p=p, least=least) for (name, one), p, least in found}
