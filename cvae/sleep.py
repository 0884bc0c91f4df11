"""The sleep phase: training on points of the prior, so that all tenses agree on a verb there.

The decoder learns to spell, in a random tense, the verb that most probably put a point z ~ N(0, I) there: the verb v
with the greatest density q(z | v), where q(z | v) is a Gaussian with the mean of the posterior means and variances of
the verb's forms. Where the decoder's own words are the forms of one verb in all tenses, the encoder learns in turn to
place that verb at the point: the sleep phase of the wake-sleep algorithm (Hinton et al. 1995), which trains the
recognition model on what the generative model dreams. Without it the two divide the latent space in different ways.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from cvae.batches import WordTable, by_length
from cvae.diagnostics import active_dimensions, active_units
from cvae.inference import decode_paradigms
from cvae.model import CVAE

NO_VERB = -1
DREAMING = 4
"""One point in so many is decoded in all tenses, for the encoder to learn from: that takes longer than a step."""


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


def likeliest_verbs(z: Tensor, means: Tensor, variances: Tensor) -> Tensor:
    """The verb with the greatest density at each z: (B, Z) and (N, Z) twice -> (B,).

    Only active units count: what is left of the means in the many others would be noise in the choice.
    """
    active = active_dimensions(means)
    z, means, variances = z[:, active], means[:, active], variances[:, active]
    precision = 1 / variances
    quadratic = z.square() @ precision.t() - 2 * z @ (means * precision).t()  # (B, N), less what is the same for all z
    constant = (means.square() * precision).sum(1) + variances.log().sum(1)  # (N,)
    return (quadratic + constant).argmin(1)


def dreamt_verbs(model: CVAE, z: Tensor, table: WordTable, verbs: int) -> Tensor:
    """The verb, of the table's first `verbs`, that the model writes at each z (B, Z) in all tenses; else -1: (B,)."""
    words = [model.vocabulary.decode(ids) for ids in table.letters[: verbs * table.tenses].tolist()]
    verb_of = {tuple(words[i : i + table.tenses]): i // table.tenses for i in range(0, len(words), table.tenses)}
    return torch.tensor([verb_of.get(paradigm, NO_VERB) for paradigm in decode_paradigms(model, z)])


def sleep_batches(
    model: CVAE, table: WordTable, verbs: int, count: int, batch_size: int, generator: Generator
) -> list[SleepBatch]:
    """The batches of an epoch that looks at `count` points of the prior, in random order.

    None when the posterior has collapsed: no point is likelier from one verb than from another.
    """
    means, variances = verb_posteriors(model, table, verbs)
    if active_units(means) == 0:
        return []
    z = torch.randn(count, model.config.z_size, generator=generator)
    likeliest = likeliest_verbs(z, means, variances)
    dreams = z[::DREAMING]
    dreamt = dreamt_verbs(model, dreams, table, verbs)
    clear = dreamt != NO_VERB
    batches = [
        *spread_over_tenses(z, likeliest, table, batch_size, generator, dreamt=False),
        *spread_over_tenses(dreams[clear], dreamt[clear], table, batch_size, generator, dreamt=True),
    ]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]


def spread_over_tenses(
    z: Tensor, verb: Tensor, table: WordTable, batch_size: int, generator: Generator, dreamt: bool
) -> list[SleepBatch]:
    """Each point (B, Z) with its verb (B,) in a random tense, words of about one length together."""
    words = verb * table.tenses + torch.randint(table.tenses, verb.shape, generator=generator)
    batches = []
    for part in by_length(table.lengths[words], batch_size):
        chosen, lengths = words[part], table.lengths[words[part]]
        letters = table.letters[chosen, : int(lengths.max())]
        batches.append(SleepBatch(z[part], letters, lengths, chosen % table.tenses, dreamt))
    return batches
