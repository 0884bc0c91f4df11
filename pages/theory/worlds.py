"""Small exact worlds for the theory page: each number on it can be computed in two ways and compared."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cvae.model.objective import gaussian_kl

LARGEST_RUNNING = 200
"""The number of points of a running estimate that are kept for drawing."""


@dataclass(frozen=True)
class Estimate:
    """A mean of independent draws. running: (draws so far, mean so far, standard error so far), thinned out."""

    mean: float
    error: float
    running: np.ndarray  # (P, 3)


def monte_carlo_kl(mu: float, sigma: float, draws: int, seed: int = 0) -> Estimate:
    """Estimate KL(N(mu, sigma^2) || N(0, 1)) as the mean of ln q(z) - ln p(z) over draws z ~ q, at least two."""
    epsilon = np.random.default_rng(seed).standard_normal(draws)
    z = mu + sigma * epsilon
    ratios = -math.log(sigma) - epsilon**2 / 2 + z**2 / 2  # both densities share the factor 1 / sqrt(2 pi)
    count = np.arange(1, draws + 1)
    means = ratios.cumsum() / count
    squares = (ratios**2).cumsum() / count
    variances = np.maximum(squares - means**2, 0) * count / np.maximum(count - 1, 1)
    errors = np.sqrt(variances / count)
    kept = np.unique(np.geomspace(2, draws, min(draws, LARGEST_RUNNING)).round().astype(int)) - 1
    running = np.stack([count[kept], means[kept], errors[kept]], 1)
    return Estimate(float(means[-1]), float(errors[-1]), running)


SLIPS: dict[str, Callable[[float, float], float]] = {
    "the closed form": lambda mu, sigma: (sigma**2 + mu**2 - 1 - math.log(sigma**2)) / 2,
    "ln σ for ln σ²": lambda mu, sigma: (sigma**2 + mu**2 - 1 - math.log(sigma)) / 2,
    "σ for σ²": lambda mu, sigma: (sigma + mu**2 - 1 - math.log(sigma**2)) / 2,
    "sign turned": lambda mu, sigma: (1 + math.log(sigma**2) - mu**2 - sigma**2) / 2,
}
"""The closed form, and three ways to get its last line wrong."""

REPORT_AT_PRIOR = -1.27
"""What the last line of the report gives for q = N(0, 1), the prior itself, whose KL is 0."""


def failed_tests(rule: Callable[[float, float], float], mu: float, sigma: float, estimate: Estimate) -> list[str]:
    """Tell which tests a formula for the KL fails: 0 at the prior, never negative, and draws at mu and sigma."""
    here = [rule(mu, sigma)] + [rule(m, s) for m in (0.0, 1.0) for s in (0.5, 1.0, 2.0)]
    failed = {
        "not 0 at μ = 0, σ = 1": abs(rule(0.0, 1.0)) > 1e-9,
        "negative somewhere": min(here) < -1e-9,
        "not what draws give": abs(here[0] - estimate.mean) > 3 * estimate.error + 1e-9,
    }
    return [name for name, wrong in failed.items() if wrong]


@dataclass(frozen=True)
class Bound:
    """log p(x) = reconstruction - kl + gap, all in nats; elbo = reconstruction - kl."""

    log_p: float
    reconstruction: float
    kl: float
    gap: float

    @property
    def elbo(self) -> float:
        """The evidence lower bound: at most log_p, by `gap`."""
        return self.reconstruction - self.kl


def true_posterior(x: float, noise: float) -> tuple[float, float]:
    """Return mean and standard deviation of p(z | x) when z ~ N(0, 1) and x ~ N(z, noise^2)."""
    return x / (1 + noise**2), noise / math.sqrt(1 + noise**2)


def bound(x: float, noise: float, mu: float, sigma: float) -> Bound:
    """Return all terms of log p(x) = ELBO + KL(q || p(z | x)) for q = N(mu, sigma^2) in the world of `true_posterior`.

    Each is computed by itself, so that their sum is a check and not an identity of this code.
    """
    centre, spread = true_posterior(x, noise)
    log_p = -0.5 * (math.log(2 * math.pi * (1 + noise**2)) + x**2 / (1 + noise**2))
    reconstruction = -0.5 * (math.log(2 * math.pi * noise**2) + ((x - mu) ** 2 + sigma**2) / noise**2)
    gap = math.log(spread / sigma) + (sigma**2 + (mu - centre) ** 2) / (2 * spread**2) - 0.5
    return Bound(log_p, reconstruction, gaussian_kl(mu, sigma), gap)


def epsilons(count: int, seed: int) -> np.ndarray:
    """Return draws of N(0, 1), (count,): the same for the same seed."""
    return np.random.default_rng(seed).standard_normal(count)


def slip_draws(count: int) -> np.ndarray:
    """Return draws of one dimension by the report's sampler, (count,): mean and log-variance are random as well."""
    mean, logvar, epsilon = np.random.default_rng(0).standard_normal((3, count))
    draws: np.ndarray = mean + np.exp(logvar / 2) * epsilon
    return draws


SLIP_STD = math.sqrt(1 + math.exp(0.5))
"""The standard deviation of `slip_draws`: Var z = Var[mean] + E[exp(logvar)] = 1 + sqrt(e)."""


def slip_density(z: np.ndarray) -> np.ndarray:
    """Return the density of `slip_draws` at z (N,), averaged over logvar by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    variance = 1 + np.exp(nodes)  # (Q,)
    densities = np.exp(-(z[:, None] ** 2) / (2 * variance)) / np.sqrt(2 * math.pi * variance)  # (N, Q)
    averaged: np.ndarray = densities @ weights / math.sqrt(2 * math.pi)
    return averaged


def normal_density(z: np.ndarray, mu: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    """Return the density of N(mu, sigma^2)."""
    return np.exp(-((z - mu) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))


def kept_nats(variances: Sequence[float], noise: float, beta: float) -> np.ndarray:
    """Return the KL of each dimension at the optimum of a linear VAE whose data have these variances.

    max(0, 1/2 ln(variance / (beta * noise^2))), reverse water-filling: a dimension is kept when its variance is more
    than beta * noise^2 (Lucas et al. 2019 for beta = 1).
    """
    level = max(beta * noise**2, 1e-12)
    return np.maximum(0.0, 0.5 * np.log(np.asarray(variances) / level))
