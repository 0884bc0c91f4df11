"""The sleep phase: training on points of the prior, so that all tenses write the same verb there.

When the phase begins, the prior is cut into cells (`cvae.training.cells`), one for each verb, about where its
posteriors are. The decoder then learns to spell, at points of the prior, the verb in whose cell they lie. The encoder
learns to place the verb there, as in the sleep phase of wake-sleep (Hinton et al. 1995), which trains the recognition
model on what the generative model dreams. Without it encoder and decoder divide the latent space in different ways.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from cvae.data.batches import WordTable, by_length
from cvae.evaluation.diagnostics import active_units
from cvae.model.cvae import CVAE
from cvae.training.cells import Cells

AT_BORDER, BORDER_SPREAD = 0.4, 0.15
"""Share of the decoder's points that are moved to a border of their cell, and their standard deviation from it.

There the decoder goes wrong: elsewhere it soon has nothing left to learn.
"""


@dataclass(frozen=True)
class SleepBatch:
    """Points of the prior with a word for each; the lengths include EOS.

    dreamt: the encoder learns where these words are; otherwise the decoder learns to write them.
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
def cut_prior(model: CVAE, table: WordTable, verbs: Tensor) -> Cells | None:
    """Cut the prior into a cell for each of these verbs of the table (N,); None for a collapsed posterior.

    A verb's place is the average of the posterior means of its forms.
    """
    words = (verbs[:, None] * table.tenses + torch.arange(table.tenses)).flatten()  # of one verb after the other
    lengths, means = table.lengths[words], torch.empty(len(words), model.config.z_size)
    for length in lengths.unique():  # words of one length have nothing to pad
        same = lengths == length
        letters = table.letters[words[same], : int(length)]
        means[same] = model.encode(letters, lengths[same], words[same] % table.tenses)[0]
    means = means.view(len(verbs), table.tenses, -1).mean(1)
    return Cells.around(means, verbs) if active_units(means) else None


def sleep_batches(
    cells: Cells, table: WordTable, count: int, dreams: int, batch_size: int, generator: Generator
) -> list[SleepBatch]:
    """Return the batches of an epoch, in random order: `count` points for the decoder, `dreams` for the encoder."""
    z = torch.randn(count, len(cells.dimensions), generator=generator)
    near = round(AT_BORDER * count)
    distance = BORDER_SPREAD * torch.randn(near, generator=generator)
    z[:near] = cells.move_to_borders(z[:near], distance, torch.randint(cells.levels, (near,), generator=generator))
    dreamt = torch.randn(dreams, len(cells.dimensions), generator=generator)
    batches = [
        *batches_of(z, cells, table, batch_size, generator, dreamt=False),
        *batches_of(dreamt, cells, table, batch_size, generator, dreamt=True),
    ]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]


def batches_of(
    z: Tensor, cells: Cells, table: WordTable, batch_size: int, generator: Generator, dreamt: bool
) -> list[SleepBatch]:
    """Give points (B, Z) the verbs of their cells, in random tenses, in batches of words of about the same length."""
    words = cells.at(z)[0] * table.tenses + torch.randint(table.tenses, (len(z),), generator=generator)
    batches = []
    for part in by_length(table.lengths[words], batch_size):
        chosen, lengths = words[part], table.lengths[words[part]]
        letters = table.letters[chosen, : int(lengths.max())]
        batches.append(SleepBatch(z[part], letters, lengths, chosen % table.tenses, dreamt))
    return batches
