"""The state of z: each figure against torch's own, or against draws."""

import math

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from cvae.evaluation.diagnostics import (
    active_units,
    aggregate_moments,
    describe_activity,
    examine,
    kl_per_dimension,
    mutual_information,
)
from cvae.inference.latent import survey
from tests.conftest import draw


def test_kl_per_dimension_is_that_of_torch():
    mean, logvar = draw(40, 5), draw(40, 5, seed=1)
    expected = kl_divergence(Normal(mean, (0.5 * logvar).exp()), Normal(0.0, 1.0)).mean(0)
    torch.testing.assert_close(kl_per_dimension(mean, logvar), expected)


def test_mutual_information_is_what_torch_makes_of_the_mixture():
    mean, logvar = draw(300, 4), draw(300, 4, seed=1)
    parts = Normal(mean, (0.5 * logvar).exp())
    mixture = MixtureSameFamily(Categorical(torch.ones(300)), Independent(parts, 1))
    z = mean[:, None] + (0.5 * logvar).exp()[:, None] * draw(300, 50, 4, seed=2)
    own = Independent(Normal(mean[:, None], (0.5 * logvar).exp()[:, None]), 1).log_prob(z)
    expected = float((own - mixture.log_prob(z)).mean())
    information, error = mutual_information(mean, logvar)
    assert abs(information - expected) < 4 * error


@pytest.mark.parametrize("logvar", [-20.0, -60.0, -120.0])
def test_words_told_apart_by_variances_beyond_single_precision_are_told_apart_by_ln_n(logvar):
    """As in a run whose KL costs nothing: z rounded to single precision gave up to 1,827 nats for 400 words."""
    information, error = mutual_information(10 * draw(400, 32), torch.full((400, 32), logvar))
    assert information == pytest.approx(math.log(400), abs=1e-9) and information <= math.log(400) and error < 1e-9


def test_a_collapsed_posterior_tells_nothing_and_is_no_way_from_the_prior():
    health = examine(torch.zeros(100, 6), torch.zeros(100, 6))
    assert health.information == pytest.approx(0, abs=1e-5) and health.distance == pytest.approx(0, abs=1e-5)
    assert describe_activity(health.active_units, 6).startswith("None of the 6 dimensions")


def test_the_distance_of_one_gaussian_is_its_kl():
    mean, logvar = torch.tensor([[1.0, -1.0]]).repeat(400, 1), torch.full((400, 2), -1.0)
    expected = float(kl_divergence(Normal(mean[0], math.exp(-0.5)), Normal(0.0, 1.0)).sum())
    assert examine(mean, logvar).distance == pytest.approx(expected, rel=1e-4)


def test_words_far_apart_are_told_apart():
    mean, logvar = 100 * torch.arange(64.0)[:, None].repeat(1, 2), torch.full((64, 2), -4.0)
    information, error = mutual_information(mean, logvar)
    assert information == pytest.approx(math.log(64), rel=1e-3) and error < 1e-3
    health = examine(mean, logvar)
    assert describe_activity(health.active_units, 2) == "All 2 dimensions are active: each tells words apart."


def test_overlapping_words_are_told_apart_by_less():
    mean, logvar = torch.tensor([[-1.0], [1.0]]).repeat(200, 1), torch.zeros(400, 1)
    information, error = mutual_information(mean, logvar, draws=400)
    assert abs(information - 0.3368) < 4 * error  # of a sign sent through noise as large as itself


def test_moments_of_the_aggregate_are_those_of_its_draws():
    mean, logvar = draw(20, 3), draw(20, 3, seed=1) - 1
    noise = draw(20, 20_000, 3, seed=2)
    z = (mean[:, None] + (0.5 * logvar).exp()[:, None] * noise).flatten(0, 1)
    expected = aggregate_moments(mean, logvar)
    torch.testing.assert_close(z.mean(0), expected[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), expected[1], atol=0.02, rtol=0)


def test_health_orders_by_kl_and_counts_active_units(model, four_paradigms):
    words = survey(model, four_paradigms).words
    health = examine(*words)
    kl = [health.kl[i] for i in health.order]
    assert kl == sorted(kl, reverse=True)
    assert health.active_units == active_units(words[0])
    assert health.words == 16


def test_active_units_vary_over_words():
    mean = torch.stack([torch.linspace(-1, 1, 50), torch.full((50,), 3.0), torch.linspace(-0.01, 0.01, 50)], 1)
    assert active_units(mean) == 1
