"""The sleep phase: points of the prior are decoded in training, too, so that all tenses agree on a verb there.

A point z ~ N(0, I) stands for the training verb that most probably put it there: the verb v with the greatest density
q(z | v), where q(z | v) is a Gaussian with the mean of the posterior means and variances of the verb's forms. The
decoder learns to spell that verb at z, in a random tense. The name is that of the wake-sleep algorithm (Hinton et al.
1995), which also trains on the model's own draws; there the draws train the recognition model, here the decoder.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from cvae.batches import WordTable, by_length
from cvae.model import CVAE


@dataclass(frozen=True)
class SleepBatch:
    """Points of the prior, and the word that each is to be decoded into."""

    z: Tensor  # (B, Z)
    target: Tensor  # (B, T)
    target_tense: Tensor  # (B,)

    def split(self, parts: int) -> list["SleepBatch"]:
        """Its points in at most `parts` batches of about one size."""
        size = -(-len(self.z) // parts)
        columns = (self.z, self.target, self.target_tense)
        return [SleepBatch(*share) for share in zip(*(column.split(size) for column in columns), strict=True)]


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
    """The verb with the greatest density at each z: (B, Z) and (N, Z) twice -> (B,)."""
    precision = 1 / variances
    quadratic = z.square() @ precision.t() - 2 * z @ (means * precision).t()  # (B, N), less what is the same for all z
    constant = (means.square() * precision).sum(1) + variances.log().sum(1)  # (N,)
    return (quadratic + constant).argmin(1)


def sleep_batches(
    model: CVAE, table: WordTable, verbs: int, count: int, batch_size: int, generator: Generator
) -> list[SleepBatch]:
    """`count` points of the prior with their words, in batches of words of about one length, in random order."""
    z = torch.randn(count, model.config.z_size, generator=generator)
    verb = likeliest_verbs(z, *verb_posteriors(model, table, verbs))
    words = verb * table.tenses + torch.randint(table.tenses, verb.shape, generator=generator)
    batches = []
    for part in by_length(table.lengths[words], batch_size):
        longest = int(table.lengths[words[part]].max())
        batches.append(SleepBatch(z[part], table.letters[words[part], :longest], words[part] % table.tenses))
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]
