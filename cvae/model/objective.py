"""The evidence lower bound, both terms in nats per word."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from cvae.data.vocabulary import PAD


def reconstruction_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross entropy of each word, summed over letters and EOS but not PAD: (B, T, V), (B, T) -> (B,)."""
    losses = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=PAD, reduction="none")  # (B, T)
    return losses.sum(1)


def kl_divergence(mean: Tensor, logvar: Tensor) -> Tensor:
    """Return KL(N(mean, exp(logvar)) || N(0, 1)) of each word and latent dimension: (B, Z), (B, Z) -> (B, Z).

    KL = 1/2 (sigma^2 + mu^2 - 1 - ln sigma^2): Kingma and Welling 2014, appendix B.
    """
    return 0.5 * (logvar.exp() + mean.square() - 1 - logvar)


def recognition_loss(mean: Tensor, logvar: Tensor, z: Tensor) -> Tensor:
    """Return -log q(z | x, c) of each word up to a constant: mean, logvar and z (B, Z) -> (B,).

    The recognition model minimizes it in the sleep phase of Hinton et al. 1995.
    """
    return 0.5 * (logvar + (z - mean).square() * (-logvar).exp()).sum(1)


def free_bits(kl: Tensor, floor: float) -> Tensor:
    """Return the KL term with `floor` nats free in every dimension: KL of a batch (B, Z) -> scalar.

    Sum over dimensions of max(floor, mean over the batch): Kingma et al. 2016, appendix C.8, where lambda is the
    floor; each dimension is a group of its own. A dimension below the floor has no gradient of this term.
    """
    return kl.mean(0).clamp(min=floor).sum()


def negative_elbo(reconstruction: Tensor, kl: Tensor, beta: float, floor: float = 0.0) -> Tensor:
    """Return the loss: reconstruction + beta * KL, mean over words. (B,), (B, Z) -> scalar.

    beta = 1 is the true bound. `floor` nats of every dimension are free, see `free_bits`.
    """
    return reconstruction.mean() + beta * free_bits(kl, floor)


def gaussian_kl(mu: float, sigma: float) -> float:
    """Return KL(N(mu, sigma^2) || N(0, 1)) in nats by the closed form that training uses."""
    return float(kl_divergence(torch.tensor(mu).double(), torch.tensor(2 * math.log(sigma)).double()))
