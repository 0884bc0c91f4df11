"""The sleep phase: training on points of the prior, so that all tenses agree on a verb there.

Each point z ~ N(0, I) is given to one verb v: to that with the greatest q(z | v), a Gaussian with the mean of the
posterior means and variances of the verb's forms; but what the decoder writes there counts, too, and all verbs get
about as many points. The decoder learns to spell the verb, in a tense in which it does not yet. Where it writes the
verb in all tenses, the encoder learns in turn to place it there: the sleep phase of the wake-sleep algorithm (Hinton
et al. 1995), which trains the recognition model on what the generative model dreams. Without it the two divide the
latent space in different ways.
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
"""Nats that a verb gains at a point for each tense in which the decoder writes it there already."""
DREAMING = 2
"""The encoder learns from one point in so many, where the tenses agree."""
POINTS_A_VERB, SINKHORN, TINY = 4, 10, 1e-30
"""Points that the verbs' shares are measured at, iterations, and the least likelihood beside the greatest."""
PART = 1024
"""Points at a time: a matrix of all points and verbs would be slow to allocate."""


@dataclass(frozen=True)
class SleepBatch:
    """Points of the prior with a word for each. Lengths count EOS.

    dreamt: the word is what the decoder writes there, and the encoder learns; else the decoder learns to write it.
    """

    z: Tensor  # (B, Z)
    word: Tensor  # (B, T)
    lengths: Tensor  # (B,)
    tense: Tensor  # (B,)
    dreamt: bool

    def split(self, parts: int) -> list["SleepBatch"]:
        """Its points in at most `parts` batches of about one size."""
        size = -(-len(self.z) // parts)
        columns = (self.z, self.word, self.lengths, self.tense)
        shares = zip(*(column.split(size) for column in columns), strict=True)
        return [SleepBatch(z, word, lengths, tense, self.dreamt) for z, word, lengths, tense in shares]


@torch.no_grad()
def verb_posteriors(model: CVAE, table: WordTable, verbs: int) -> tuple[Tensor, Tensor]:
    """Mean and variance of q(z | v) of the first `verbs` verbs of the table: (N, Z) each."""
    words = torch.arange(verbs * table.tenses)
    means, variances = torch.empty(2, len(words), model.config.z_size).unbind(0)
    for length in table.lengths[words].unique():  # words of one length have nothing to pad
        same = words[table.lengths[words] == length]
        mean, logvar = model.encode(table.letters[same, : int(length)], table.lengths[same], same % table.tenses)
        means[same], variances[same] = mean, logvar.exp()
    return means.view(verbs, table.tenses, -1).mean(1), variances.view(verbs, table.tenses, -1).mean(1)


def written_verbs(model: CVAE, z: Tensor, table: WordTable, verbs: int) -> Tensor:
    """The verb, of the table's first `verbs`, whose form the model writes in each tense: (B, Z) -> (B, C); else -1."""
    words = [model.vocabulary.decode(ids) for ids in table.letters[: verbs * table.tenses].tolist()]
    verb_of = {(i % table.tenses, word): i // table.tenses for i, word in enumerate(words)}
    paradigms = decode_paradigms(model, z)
    return torch.tensor([[verb_of.get(form, NO_VERB) for form in enumerate(paradigm)] for paradigm in paradigms])


def likeliest_verbs(z: Tensor, written: Tensor, means: Tensor, variances: Tensor) -> Tensor:
    """The verb that each z is given to: (B, Z), written verbs (B, C), and (N, Z) twice -> (B,)."""
    some = POINTS_A_VERB * len(means)
    shares = equal_shares(log_odds(z[:some], written[:some], means, variances))
    parts = zip(z.split(PART), written.split(PART), strict=True)
    return torch.cat([(log_odds(*part, means, variances) + shares).argmax(1) for part in parts])


def log_odds(z: Tensor, written: Tensor, means: Tensor, variances: Tensor) -> Tensor:
    """log q(z | v) of every z and verb, but for a constant, and what the decoder adds to it: as above -> (B, N).

    Only active units count: what is left of the means in the many others would be noise in the choice.
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
    """log p(v) with which every verb has the same share of the points: (B, N) -> (N,).

    That is, the mean over the points of p(v | z), in proportion to p(v) exp(odds), is about 1 / N for every verb:
    Sinkhorn's iterations, as in Cuturi 2013. Where posteriors are narrow, few verbs would else cover the prior.
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
    """The batches of an epoch that looks at `count` points of the prior, in random order.

    Posteriors narrower than `least_variance` count as that broad: the odds between two verbs would else be hundreds of
    nats at most points, and no share outweighs that. None when the posterior has collapsed: no point is likelier from
    one verb than from another.
    """
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
    """Each point (B, Z) with its word of the table (B,), words of about one length together."""
    batches = []
    for part in by_length(table.lengths[words], batch_size):
        chosen, lengths = words[part], table.lengths[words[part]]
        letters = table.letters[chosen, : int(lengths.max())]
        batches.append(SleepBatch(z[part], letters, lengths, chosen % table.tenses, dreamt))
    return batches
