"""What the theory page claims can be checked in a second way."""

import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from cvae.core.settings import ROOT
from cvae.data.paradigms import read_paradigms
from cvae.data.vocabulary import EOS
from cvae.inference.conversion import convert
from cvae.inference.trace import draw_z, encode_word, kl_by_dimension, own_letters, reconstruction, true_letters
from cvae.model.objective import free_bits, gaussian_kl, kl_divergence, negative_elbo
from pages.theory.charts import bound_chart, free_bits_chart, kept_chart, running_chart, schedule_chart
from pages.theory.collapse import TRAINING_VERBS
from pages.theory.sources import EXCERPTS, REFERENCES, excerpt
from pages.theory.worlds import (
    REPORT_AT_PRIOR,
    SLIP_STD,
    SLIPS,
    bound,
    epsilons,
    failed_tests,
    kept_nats,
    monte_carlo_kl,
    normal_density,
    slip_density,
    slip_draws,
    true_posterior,
)
from tests.conftest import PALETTE

GAUSSIANS = [(0.0, 1.0), (1.0, 0.5), (-2.5, 0.05), (3.0, 2.5), (0.0, 0.1)]


# KL


@pytest.mark.parametrize("mu, sigma", GAUSSIANS)
def test_the_closed_form_is_torchs_and_the_draws_agree_within_their_error(mu, sigma):
    q, p = torch.distributions.Normal(mu, sigma), torch.distributions.Normal(0.0, 1.0)
    assert gaussian_kl(mu, sigma) == pytest.approx(float(torch.distributions.kl_divergence(q, p)), abs=1e-6)
    away = [
        (estimate.mean - gaussian_kl(mu, sigma)) / max(estimate.error, 1e-12)
        for estimate in (monte_carlo_kl(mu, sigma, 3_000, seed) for seed in range(40))
    ]
    if (mu, sigma) != (0.0, 1.0):
        assert 0.6 < np.std(away) < 1.5  # the standard error is neither too large nor too small
        assert abs(np.mean(away)) < 0.6
    assert max(map(abs, away)) < 4.5


def test_the_running_estimate_ends_at_the_estimate_and_repeats_with_its_seed():
    estimate = monte_carlo_kl(1.0, 0.5, 1_000, seed=3)
    draws, mean, error = estimate.running[-1]
    assert (draws, mean, error) == (1_000, estimate.mean, estimate.error)
    assert all(a < b for a, b in pairwise(estimate.running[:, 0]))
    assert np.array_equal(estimate.running, monte_carlo_kl(1.0, 0.5, 1_000, seed=3).running)
    assert estimate.mean != monte_carlo_kl(1.0, 0.5, 1_000, seed=4).mean
    assert estimate.running[40, 2] == pytest.approx(standard_error(1.0, 0.5, int(estimate.running[40, 0]), 3, 1_000))


def standard_error(mu, sigma, draws, seed, all_draws):
    epsilon = epsilons(all_draws, seed)[:draws]
    ratios = np.log(normal_density(mu + sigma * epsilon, mu, sigma) / normal_density(mu + sigma * epsilon))
    return ratios.std(ddof=1) / math.sqrt(draws)


def test_only_the_first_of_the_last_lines_is_right():
    right, *wrong = SLIPS.values()
    for mu, sigma in GAUSSIANS:
        assert right(mu, sigma) == pytest.approx(gaussian_kl(mu, sigma))
    for rule in wrong:
        assert rule(0.0, 1.0) == 0
        assert rule(1.0, 0.5) != pytest.approx(gaussian_kl(1.0, 0.5), abs=0.01)


def test_each_slip_fails_a_test_and_the_closed_form_none():
    mu, sigma = 1.0, 0.5
    estimate = monte_carlo_kl(mu, sigma, 10_000)
    failed = {name: failed_tests(rule, mu, sigma, estimate) for name, rule in SLIPS.items()}
    assert failed.pop("the closed form") == []
    assert all("not what draws give" in names for names in failed.values())
    assert failed["sign turned"] == ["negative somewhere", "not what draws give"]
    assert failed_tests(lambda m, s: REPORT_AT_PRIOR, mu, sigma, estimate)[:2] == [
        "not 0 at μ = 0, σ = 1", "negative somewhere"
    ]  # fmt: skip


# The bound


@pytest.mark.parametrize("mu, sigma", GAUSSIANS)
def test_elbo_and_gap_are_log_p_whatever_q_is(mu, sigma):
    found = bound(1.5, 0.8, mu, sigma)
    assert found.elbo + found.gap == pytest.approx(found.log_p, abs=1e-6)
    assert found.gap >= 0
    z = mu + sigma * epsilons(200_000, 0)
    terms = -0.5 * (math.log(2 * math.pi * 0.64) + (1.5 - z) ** 2 / 0.64)
    assert found.reconstruction == pytest.approx(terms.mean(), abs=5 * terms.std() / math.sqrt(len(z)))


def test_log_p_is_the_integral_and_the_gap_closes_at_the_true_posterior():
    z = np.linspace(-12, 12, 20_001)
    integral = (normal_density(np.array([1.5]), z, 0.8) * normal_density(z)).sum() * (z[1] - z[0])
    assert bound(1.5, 0.8, 0.0, 1.0).log_p == pytest.approx(math.log(integral))
    assert bound(1.5, 0.8, *true_posterior(1.5, 0.8)).gap == pytest.approx(0, abs=1e-9)


# The report's sampler


def test_the_reports_sampler_is_as_wide_as_said():
    assert slip_draws(200_000).std() == pytest.approx(SLIP_STD, rel=0.01)
    z = np.linspace(-40, 40, 40_001)
    density, step = slip_density(z), z[1] - z[0]
    assert density.sum() * step == pytest.approx(1, abs=1e-5)
    assert math.sqrt((density * z**2).sum() * step) == pytest.approx(SLIP_STD, abs=1e-3)


# Collapse and free bits


@pytest.mark.parametrize("variance", [0.25, 1.0, 2.0, 8.0])
@pytest.mark.parametrize("beta", [0.1, 1.0, 1.5])
def test_what_a_linear_vae_keeps_is_where_its_loss_is_least(variance, beta):
    """x ~ N(0, variance), decoder N(w z, 1), encoder N(a x, d^2): the best w, a, d found by search."""
    w = np.linspace(0, 4, 8_001)
    d2 = beta / (w**2 + beta)  # the best encoder for each w
    a = w / (w**2 + beta)
    kl = 0.5 * (a**2 * variance + d2 - 1 - np.log(d2))
    loss = ((1 - a * w) ** 2 * variance + w**2 * d2) / 2 + beta * kl
    assert kl[loss.argmin()] == pytest.approx(kept_nats([variance], 1.0, beta)[0], abs=2e-3)


def test_free_bits_charge_nothing_below_the_floor_and_push_nothing_there():
    mean = torch.tensor([[0.01, 2.0], [0.02, 2.0]], requires_grad=True)
    kl = kl_divergence(mean, torch.zeros(2, 2))
    cost = free_bits(kl, 0.5)
    assert cost.item() == pytest.approx(0.5 + 2.0)
    cost.backward()
    assert mean.grad[:, 0].tolist() == [0, 0] and (mean.grad[:, 1] > 0).all()
    assert free_bits(kl, 0.0).item() == pytest.approx(kl.mean(0).sum().item())


def test_the_number_of_training_verbs_is_the_right_one():
    assert len(read_paradigms("train")) == TRAINING_VERBS


# One word


def test_the_path_of_a_word_is_that_of_a_conversion(model):
    reading = encode_word(model, "Walk", "sp")
    assert reading.word == "walk" and reading.ids[-1] == EOS and len(reading.ids) == 5
    epsilon, z = draw_z(reading, None)
    assert not epsilon.any() and torch.equal(z, reading.mean)
    [conversion] = convert(model, ["walk"], "sp", keep_probabilities=True)
    steps = own_letters(model, z, "p")
    form = conversion.forms["p"]
    assert "".join(step.written for step in steps if len(step.written) == 1) == form.text
    assert math.prod(step.probability for step in steps) == pytest.approx(form.confidence, rel=1e-3)
    assert [step.read for step in steps[1:]] == [step.written for step in steps[:-1]]
    assert encode_word(model, "walk").tense == convert(model, ["walk"])[0].source


def test_a_draw_repeats_with_its_seed_and_is_mean_plus_sigma_epsilon(model):
    reading = encode_word(model, "walk", "sp")
    (epsilon, z), (_, again), (_, other) = draw_z(reading, 1), draw_z(reading, 1), draw_z(reading, 2)
    assert torch.equal(z, again) and not torch.equal(z, other)
    assert torch.allclose(z, reading.mean + reading.sigma * epsilon)


def test_the_true_letters_cost_what_training_says(model):
    reading = encode_word(model, "stop", "sp")
    steps = true_letters(model, reading.mean, "p", "stopped")
    assert [step.written for step in steps] == [*"stopped", "EOS"]
    assert [step.read for step in steps] == ["SOS", *"stopped"]
    loss = reconstruction(model, reading.mean, "p", "stopped")
    assert -sum(math.log(step.probability) for step in steps) == pytest.approx(loss, rel=1e-4)
    assert negative_elbo(torch.tensor([loss]), reading.kl[None], 1.0) == pytest.approx(loss + float(reading.kl.sum()))


def test_the_kl_by_dimension_is_the_mean_over_words_of_all_tenses_largest_first(model, four_paradigms):
    found, words = kl_by_dimension(model, four_paradigms, 128)
    each = [
        encode_word(model, word, tense).kl
        for word, tense in (("walk", "sp"), ("is", "tp"), ("stopping", "pg"), ("sang", "p"))
    ]
    assert words == 4 and found == pytest.approx(sorted(torch.stack(each).mean(0).tolist(), reverse=True), abs=1e-5)
    assert kl_by_dimension(model, four_paradigms, 2)[1] == 2


# Code and papers


@pytest.mark.parametrize("name", EXCERPTS)
def test_every_excerpt_is_in_the_source_where_it_says(name):
    found = excerpt(name)
    path, first, last = re.fullmatch(r"((?:cvae|pages)/[\w/]+\.py), lines? (\d+)(?:–(\d+))?", found.place).groups()
    lines = [line.strip() for line in (ROOT / path).read_text().splitlines()[int(first) - 1 : int(last or first)]]
    shown = [line.strip() for line in found.code.splitlines()]
    assert 1 <= len(shown) <= 12 and '"""' not in found.code
    assert shown[0] == lines[0] and shown[-1] == lines[-1] and set(shown) <= set(lines)


def test_every_reference_is_complete_and_cited_and_every_citation_is_a_reference():
    keys = {
        key
        for path in Path(ROOT / "pages").glob("theory/*.py")
        for call in re.findall(r"cite\(([^)]*)\)", path.read_text())
        for key in re.findall(r"['\"](\w+)['\"]", call)
    }
    assert keys == set(REFERENCES)
    for key, paper in REFERENCES.items():
        first = paper.authors.split(",")[0].split()[-1]
        assert key == f"{first.lower()}{paper.year}" and paper.short.startswith(first)
        assert paper.short.endswith(str(paper.year)) and 1980 < paper.year < 2027
        assert len(paper.title) > 10 and len(paper.venue) > 5
        assert re.match(r"https?://[\w.]+/\S+$", paper.url)
        authors = paper.authors.split(", ")
        assert ("et al." in paper.short) == (len(authors) > 2)
    names = [paper.authors.split(",")[0].split()[-1] for paper in REFERENCES.values()]
    assert names == sorted(names)


# Figures


def test_figures_show_what_they_are_given():
    gap = bound_chart(1.5, 0.8, 0.0, 1.0, PALETTE).data[-1]
    found = bound(1.5, 0.8, 0.0, 1.0)
    assert list(gap.y) == [found.elbo, found.log_p]
    estimate = monte_carlo_kl(1.0, 0.5, 100)
    assert list(running_chart(estimate, 0.8, PALETTE).data[2].y) == estimate.running[:, 1].tolist()
    assert list(kept_chart([2.0, 0.5], [0.3, 0.0], PALETTE).data[0].text) == ["0.30", "collapsed"]
    assert list(schedule_chart([0.0, 1.0], [0.5, 1.0], "β", PALETTE).data[0].x) == [0, 100]
    under, over = free_bits_chart(0.1, [0.5, 0.05], PALETTE).data[2:]
    assert (list(under.x), list(under.y), list(over.x)) == ([0.05], [0.1], [0.5])
    assert under.marker.symbol != over.marker.symbol
