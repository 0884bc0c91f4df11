"""The likelihood of words under the model: ln p(x | c) by importance weighting, and the evidence lower bound.

B is the number of words, K of draws for each.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from cvae.core.config import Objective
from cvae.data.batches import WordTable, epoch_batches, in_chunks, pad_words
from cvae.data.verbs import Paradigm
from cvae.inference.word_lists import choose_words
from cvae.model.cvae import CVAE
from cvae.model.objective import kl_divergence, reconstruction_loss

DRAWS = 200
WORDS = 100
ROWS = 4096
"""The number of words that are decoded at once, which bounds the memory."""


@dataclass(frozen=True)
class Likelihood:
    """Means over some words, in nats per word, each with its standard error over words, None for a single word.

    nll: an upper bound of -ln p(x | c) that more draws make tighter. negative_elbo: reconstruction + KL.
    """

    words: int
    draws: int
    nll: float
    nll_error: float | None
    negative_elbo: float
    negative_elbo_error: float | None
    reconstruction: float
    kl: float


@dataclass(frozen=True)
class Draws:
    """K draws z of q(z | x, c) for each of B words.

    spelled: ln p(x | z, c). ratio: ln N(z; 0, I) - ln q(z | x, c). kl: of q and N(0, I), exact.
    """

    spelled: Tensor  # (B, K)
    ratio: Tensor  # (B, K)
    kl: Tensor  # (B,)

    @property
    def reconstruction(self) -> Tensor:
        """-ln p(x | z, c) of each word, mean over its draws: (B,)."""
        return -self.spelled.mean(1)

    @property
    def nll(self) -> Tensor:
        """-ln (1/K sum_k w_k) of each word, w = p(x | z, c) N(z; 0, I) / q(z | x, c): (B,).

        Its expectation is above -ln p(x | c); it is the negative ELBO for K = 1, and falls with K (Burda et al. 2016,
        theorem 1). He et al. 2019 report it as the NLL of text VAEs.
        """
        return math.log(self.spelled.size(1)) - (self.spelled + self.ratio).logsumexp(1)


@torch.inference_mode()
def measure_likelihood(model: CVAE, rows: Sequence[Paradigm], draws: int = DRAWS, seed: int = 0) -> Likelihood:
    """Return the likelihood of some forms of these verbs (see `choose_words`), each spelled in its own tense."""
    generator = Generator().manual_seed(seed)
    chosen = sorted(choose_words(rows, WORDS), key=lambda word: len(word[0]))  # so that little is padded
    parts = []
    for chunk in in_chunks(chosen, max(1, ROWS // draws)):
        letters, tenses = zip(*chunk, strict=True)
        parts.append(draw_posteriors(model, letters, tenses, draws, generator))
    nll, reconstruction, kl = (
        torch.cat(values).double() for values in zip(*((p.nll, p.reconstruction, p.kl) for p in parts), strict=True)
    )
    bound = reconstruction + kl
    return Likelihood(
        len(chosen),
        draws,
        *_mean_and_error(nll),
        *_mean_and_error(bound),
        reconstruction.mean().item(),
        kl.mean().item(),
    )


@torch.inference_mode()
def draw_posteriors(
    model: CVAE, words: Sequence[str], tenses: Sequence[int], draws: int, generator: Generator
) -> Draws:
    """Draw `draws` points from the posterior of each word in its tense, and measure their densities."""
    letters, lengths = pad_words(words, model.vocabulary)
    tense = torch.tensor(tenses)
    mean, logvar = model.encode(letters, lengths, tense)
    kl = kl_divergence(mean, logvar).sum(1)
    mean, logvar, letters, tense = (part.repeat_interleave(draws, 0) for part in (mean, logvar, letters, tense))
    # As `CVAE.reparameterize`, with the noise at hand: to recover it from z would take more digits than z has.
    noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
    z = mean + (0.5 * logvar).exp() * noise  # (B * K, Z)
    spelled = -reconstruction_loss(model.decode_targets(z, tense, letters), letters)
    ratio = 0.5 * (noise.square() + logvar - z.square()).sum(1)  # ln 2 pi is in both densities
    return Draws(spelled.view(-1, draws), ratio.view(-1, draws), kl)


@torch.inference_mode()
def unseen_losses(model: CVAE, rows: Sequence[Paradigm], objective: Objective) -> tuple[float, float]:
    """Return reconstruction loss and KL in nats per word over all forms of verbs that are not trained on.

    Targets are drawn as in training, and decoded from one z of the posterior, each letter after the true ones.
    """
    table, generator = WordTable.of(rows, model.vocabulary), Generator().manual_seed(0)
    words = table.words_of(0, len(rows))
    reconstruction = kl = 0.0
    for source, target in epoch_batches(table, words, objective, ROWS, generator):
        batch = table.batch(source, target)
        mean, logvar = model.encode(batch.source, batch.source_lengths, batch.source_tense)
        z = model.reparameterize(mean, logvar, generator)
        logits = model.decode_targets(z, batch.target_tense, batch.target)
        reconstruction += reconstruction_loss(logits, batch.target).sum().item()
        kl += kl_divergence(mean, logvar).sum().item()
    return reconstruction / len(words), kl / len(words)


def _mean_and_error(values: Tensor) -> tuple[float, float | None]:
    return values.mean().item(), values.std().item() / math.sqrt(len(values)) if len(values) > 1 else None
