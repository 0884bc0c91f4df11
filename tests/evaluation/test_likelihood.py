"""Laws of importance weighting."""

import math

import pytest
import torch

from cvae.core.config import ModelConfig
from cvae.data.batches import pad_words
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.likelihood import draw_posteriors, measure_likelihood
from cvae.model.cvae import build_model
from cvae.model.objective import kl_divergence, reconstruction_loss

WORDS, TENSES = ["walk", "is", "stopping"], [0, 1, 2]


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def one_dimension():
    """A model with one latent dimension, which matters, and posteriors so wide that weights are bounded."""
    model = build_model(ModelConfig(cell="gru", embedding=8, hidden=16, latent=1), Vocabulary(), seed=3).eval()
    with torch.no_grad():
        model.decoder.state[0].weight *= 4
        model.encoder.mean[0].bias += 0.5
        model.encoder.logvar[0].bias += 0.3
    return model


@torch.inference_mode()
def exact_nll(model):
    """Compute -ln of the integral of p(x | z, c) N(z; 0, 1) over z by the trapezoidal rule."""
    letters, _ = pad_words(WORDS, model.vocabulary)
    z = torch.linspace(-8, 8, 2001)[:, None]
    nll = []
    for target, tense in zip(letters, TENSES, strict=True):
        targets = target.expand(len(z), -1)
        logs = -reconstruction_loss(model.decode_targets(z, torch.full((len(z),), tense), targets), targets)
        density = logs.double() - 0.5 * z[:, 0].double().square() - 0.5 * math.log(2 * math.pi)
        nll.append(-(density.logsumexp(0) + math.log(16 / 2000)))
    return torch.stack(nll)


def repeated_nll(model, draws, times=300):
    """The NLL of each word, estimated many times: (times, words)."""
    return draw_posteriors(model, WORDS * times, TENSES * times, draws, seeded(2)).nll.view(times, -1).double()


def test_with_many_draws_it_is_the_true_likelihood(one_dimension):
    draws = draw_posteriors(one_dimension, WORDS, TENSES, 10_000, seeded(0))
    weights = (draws.spelled + draws.ratio).double().softmax(1) * 10_000  # of mean 1
    error = weights.std(1) / 100
    assert bool((error < 0.03).all())
    assert bool(((draws.nll - exact_nll(one_dimension)).abs() < 4 * error).all())


def test_one_draw_gives_the_elbo_in_expectation(model):
    letters, lengths = pad_words(WORDS, model.vocabulary)
    with torch.inference_mode():
        mean, logvar = model.encode(letters, lengths, torch.tensor(TENSES))
        kl = kl_divergence(mean, logvar).sum(1)
    draws = draw_posteriors(model, WORDS, TENSES, 4000, seeded(1))
    torch.testing.assert_close(draws.kl, kl)
    single = repeated_nll(model, 1)
    error = single.std(0) / math.sqrt(len(single))
    assert bool(((single.mean(0) - (draws.reconstruction + kl)).abs() < 4 * error).all())


def test_more_draws_make_the_bound_tighter_but_never_too_tight(one_dimension):
    exact = exact_nll(one_dimension)
    bounds = []
    for draws in (1, 4, 32):
        nll = repeated_nll(one_dimension, draws)
        error = nll.std(0) / math.sqrt(len(nll))
        assert bool((nll.mean(0) > exact - 4 * error).all())
        bounds.append(nll.mean())
    assert bounds[0] > bounds[1] + 0.01 and bounds[1] > bounds[2] > exact.mean() - 0.01


def test_posteriors_too_narrow_for_single_precision_keep_their_density(model):
    """The noise of a draw can't be told from z there: it must be the one that was drawn."""
    with torch.no_grad():
        for mean, logvar in zip(model.encoder.mean, model.encoder.logvar, strict=True):
            logvar.weight.zero_(), logvar.bias.fill_(-32.0), mean.bias.fill_(3.0), mean.weight.zero_()
    draws = draw_posteriors(model, ["walk"], [0], 500, seeded(0))
    size = model.config.z_size
    expected = 0.5 * size * (1 - 32 - 9)  # E[noise^2] = 1
    assert draws.ratio.mean().item() == pytest.approx(expected, abs=0.5)


def test_a_word_alone_or_among_others_is_worth_the_same(model):
    together = draw_posteriors(model, WORDS, TENSES, 20_000, seeded(0)).nll
    for i, word in enumerate(WORDS):
        alone = draw_posteriors(model, [word], [TENSES[i]], 20_000, seeded(9)).nll
        torch.testing.assert_close(alone[0], together[i], atol=0.05, rtol=0)


def test_the_report_is_the_same_each_time_and_in_order(model, four_paradigms):
    first, again = (measure_likelihood(model, four_paradigms, draws=50) for _ in range(2))
    assert first == again and (first.words, first.draws) == (4, 50)
    assert 0 < first.nll < first.negative_elbo == pytest.approx(first.reconstruction + first.kl)
    other = measure_likelihood(model, four_paradigms, draws=50, seed=1)
    assert other.nll != first.nll and other.kl == first.kl


def test_the_error_is_that_of_a_mean_over_words_and_there_is_none_for_one(model, four_paradigms):
    found = measure_likelihood(model, four_paradigms, draws=2)
    draws = draw_posteriors(model, ["is", "walk", "sang", "stopping"], [1, 0, 3, 2], 2, seeded(0))
    assert found.nll_error == pytest.approx(float(draws.nll.std(correction=1)) / 2)
    alone = measure_likelihood(model, four_paradigms[:1], draws=2)
    assert alone.nll_error is None and alone.negative_elbo_error is None
