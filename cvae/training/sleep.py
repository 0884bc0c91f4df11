"""The sleep phase: training on points of the prior, so that all tenses agree on a verb there.

Each point z ~ N(0, I) is assigned to one verb v: the one with the greatest q(z | v), a Gaussian whose mean and variance
are the averages over the posteriors of the verb's forms. The words that the decoder writes there count, too, and all
verbs get about the same number of points. The decoder learns to spell the verb in a tense in which it does not yet.
Where it writes the verb in all tenses, the encoder learns to place it there, as in the sleep phase of wake-sleep
(Hinton et al. 1995), which trains the recognition model on what the generative model dreams. Without it the two divide
the latent space in different ways.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from cvae.data.batches import WordTable, by_length
from cvae.evaluation.diagnostics import active_dimensions, active_units
from cvae.inference.sampling import decode_paradigms
from cvae.model.cvae import CVAE

NO_VERB = -1
WRITTEN = 2.0
"""Nats that are added to the log odds of a verb for each tense in which the decoder already writes it at the point."""
DREAMING = 2
"""Where all tenses agree on a verb, the encoder learns from every second point."""
POINTS_A_VERB, SINKHORN, TINY = 4, 10, 1e-30
"""Points per verb from which the shares are computed, Sinkhorn iterations, and the smallest relative likelihood."""
PART = 1024
"""Points that are compared with all verbs at a time; a matrix of all points would be slow to allocate."""


@dataclass(frozen=True)
class SleepBatch:
    """Points of the prior with a word for each; the lengths include EOS.

    dreamt: the decoder writes these words already, and the encoder learns; otherwise the decoder learns to write them.
    """

    z: Tensor  # (B, Z)
    word: Tensor  # (B, T)
    lengths: Tensor  # (B,)
    tense: Tensor  # (B,)
    dreamt: bool

    def split(self, parts: int) -> list["SleepBatch"]:
        """Split the points into at most `parts` batches of about the same size."""
        size = -(-len(self.z) // parts)
        columns = (self.z, self.word, self.lengths, self.tense)
        shares = zip(*(column.split(size) for column in columns), strict=True)
        return [SleepBatch(z, word, lengths, tense, self.dreamt) for z, word, lengths, tense in shares]


@torch.no_grad()
def verb_posteriors(model: CVAE, table: WordTable, verbs: int) -> tuple[Tensor, Tensor]:
    """Return mean and variance of q(z | v) for the first `verbs` verbs of the table: (N, Z) each."""
    words = torch.arange(verbs * table.tenses)
    means, variances = torch.empty(2, len(words), model.config.z_size).unbind(0)
    for length in table.lengths[words].unique():  # words of one length have nothing to pad
        same = words[table.lengths[words] == length]
        mean, logvar = model.encode(table.letters[same, : int(length)], table.lengths[same], same % table.tenses)
        means[same], variances[same] = mean, logvar.exp()
    return means.view(verbs, table.tenses, -1).mean(1), variances.view(verbs, table.tenses, -1).mean(1)


def written_verbs(model: CVAE, z: Tensor, table: WordTable, verbs: int) -> Tensor:
    """Return the verb, among the first `verbs`, that the model writes in each tense: (B, Z) -> (B, C); -1 if none."""
    words = [model.vocabulary.decode(ids) for ids in table.letters[: verbs * table.tenses].tolist()]
    verb_of = {(i % table.tenses, word): i // table.tenses for i, word in enumerate(words)}
    paradigms = decode_paradigms(model, z)
    return torch.tensor([[verb_of.get(form, NO_VERB) for form in enumerate(paradigm)] for paradigm in paradigms])


def likeliest_verbs(z: Tensor, written: Tensor, means: Tensor, variances: Tensor) -> Tensor:
    """Assign a verb to each z: z (B, Z), written verbs (B, C), means and variances (N, Z) -> (B,)."""
    some = POINTS_A_VERB * len(means)
    shares = equal_shares(log_odds(z[:some], written[:some], means, variances))
    parts = zip(z.split(PART), written.split(PART), strict=True)
    return torch.cat([(log_odds(*part, means, variances) + shares).argmax(1) for part in parts])


def log_odds(z: Tensor, written: Tensor, means: Tensor, variances: Tensor) -> Tensor:
    """Return log q(z | v) up to a constant, plus what the decoder adds, for every z and verb: as above -> (B, N).

    Only active units count: the small differences of the means in the other dimensions would be noise.
    """
    active = active_dimensions(means)
    z, means, variances = z[:, active], means[:, active], variances[:, active]
    precision = 1 / variances
    quadratic = z.square() @ precision.t() - 2 * z @ (means * precision).t()  # (B, N), less what is the same for all z
    constant = (means.square() * precision).sum(1) + variances.log().sum(1)  # (N,)
    odds = -0.5 * (quadratic + constant)
    for verb in written.t():  # of one tense, (B,)
        odds[verb != NO_VERB, verb[verb != NO_VERB]] += WRITTEN
    return odds


def equal_shares(odds: Tensor) -> Tensor:
    """Return the log p(v) with which every verb gets the same share of the points: (B, N) -> (N,).

    The mean over the points of p(v | z), proportional to p(v) exp(odds), is then about 1 / N for every verb. Computed
    by Sinkhorn iterations (Cuturi 2013). Without it, few verbs would cover the prior where posteriors are narrow.
    """
    likelihood = (odds - odds.amax(1, keepdim=True)).exp_().clamp_(min=TINY)
    shares = odds.new_ones(odds.size(1))
    for _ in range(SINKHORN):
        evidence = likelihood @ shares  # (B,)
        shares = 1 / (likelihood.t() @ (1 / evidence))
        shares /= shares.mean()
    return shares.log()


def sleep_batches(
    model: CVAE,
    table: WordTable,
    verbs: int,
    count: int,
    batch_size: int,
    generator: Generator,
    least_variance: float = 0.0,
) -> list[SleepBatch]:
    """Draw `count` points of the prior and return the batches of an epoch, in random order.

    Posteriors narrower than `least_variance` count as that broad: otherwise the odds between two verbs would be
    hundreds of nats at most points, which no share outweighs. There is no batch when the posterior has collapsed, for
    then no point is likelier under one verb than under another.
    """
    if count == 0:
        return []
    means, variances = verb_posteriors(model, table, verbs)
    if active_units(means) == 0:
        return []
    z = torch.randn(count, model.config.z_size, generator=generator)
    written = written_verbs(model, z, table, verbs)
    verb = likeliest_verbs(z, written, means, variances.clamp(min=least_variance))
    missing = written != verb[:, None]  # (B, C)
    tense = (torch.rand(missing.shape, generator=generator) + missing).argmax(1)
    words = verb * table.tenses + tense
    dreams = (~missing).all(1) & (torch.arange(count) % DREAMING == 0)
    batches = [
        *batches_of(z, words, table, batch_size, dreamt=False),
        *batches_of(z[dreams], words[dreams], table, batch_size, dreamt=True),
    ]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]


def batches_of(z: Tensor, words: Tensor, table: WordTable, batch_size: int, dreamt: bool) -> list[SleepBatch]:
    """Group points (B, Z) and their words of the table (B,) into batches of words of about the same length."""
    batches = []
    for part in by_length(table.lengths[words], batch_size):
        chosen, lengths = words[part], table.lengths[words[part]]
        letters = table.letters[chosen, : int(lengths.max())]
        batches.append(SleepBatch(z[part], letters, lengths, chosen % table.tenses, dreamt))
    return batches
