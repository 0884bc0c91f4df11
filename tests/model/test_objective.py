"""The two terms of the bound, against torch's own."""

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as torch_kl

from cvae.data.vocabulary import EOS, PAD
from cvae.model.objective import (
    free_bits,
    gaussian_kl,
    kl_divergence,
    negative_elbo,
    recognition_loss,
    reconstruction_loss,
)


def test_kl_equals_that_of_torch():
    mean, logvar = torch.randn(2, 7, 5, dtype=torch.double)
    expected = torch_kl(Normal(mean, (0.5 * logvar).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_divergence(mean, logvar), expected)


def test_kl_of_the_prior_itself_is_zero():
    assert kl_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).abs().max() == 0


def test_reconstruction_is_the_log_probability_of_letters_and_eos_in_nats():
    logits = torch.randn(2, 3, 6)
    target = torch.tensor([[4, 5, EOS], [4, EOS, PAD]])
    logs = logits.log_softmax(2)
    first = -(logs[0, 0, 4] + logs[0, 1, 5] + logs[0, 2, EOS])
    second = -(logs[1, 0, 4] + logs[1, 1, EOS])
    torch.testing.assert_close(reconstruction_loss(logits, target), torch.stack([first, second]))


def test_the_recognition_loss_is_minus_the_log_density_but_for_a_constant():
    mean, logvar, z = torch.randn(3, 7, 5, dtype=torch.double)
    density = Normal(mean, (0.5 * logvar).exp()).log_prob(z).sum(1)
    constant = 2.5 * torch.log(torch.tensor(2 * torch.pi, dtype=torch.double))
    torch.testing.assert_close(recognition_loss(mean, logvar, z), -density - constant)


def test_the_loss_is_a_mean_over_words_of_sums_over_dimensions():
    reconstruction, kl = torch.tensor([2.0, 4.0]), torch.tensor([[1.0, 1.0], [3.0, 3.0]])
    assert negative_elbo(reconstruction, kl, beta=0.5).item() == 3 + 0.5 * 4
    assert negative_elbo(reconstruction, kl, beta=0.5, floor=3.0).item() == 3 + 0.5 * 6  # each dimension has a KL of 2
    assert negative_elbo(reconstruction, torch.zeros(2, 2), beta=1.0).item() == 3  # without a floor nothing is free


def test_free_bits_are_a_floor_below_the_mean_over_words_in_each_dimension():
    kl = torch.tensor([[0.0, 2.0, 0.1], [1.0, 4.0, 0.1]])
    assert free_bits(kl, 0.4).item() == pytest.approx(0.5 + 3 + 0.4)
    assert free_bits(kl, 0.0).item() == pytest.approx(0.5 + 3 + 0.1)


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 1.0), (1.5, 0.3), (-2.0, 4.0)])
def test_the_kl_of_one_gaussian_is_that_of_torch(mean, sigma):
    assert gaussian_kl(mean, sigma) == pytest.approx(torch_kl(Normal(mean, sigma), Normal(0.0, 1.0)).item(), abs=1e-6)
