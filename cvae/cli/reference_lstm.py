"""The report's LSTM by nn.LSTM alone, to compare the fast kernels with, and the ways of training that are timed."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from cvae.core.config import TrainConfig
from cvae.data.batches import Batch, epoch_batches
from cvae.data.dataset import load_training_data
from cvae.model.cvae import CVAE, greedy_next_letter, shift_right
from cvae.model.objective import kl_divergence, negative_elbo, reconstruction_loss
from cvae.model.parallel import open_threads
from cvae.model.rnn import Recurrent, States
from cvae.training.loop import train_step
from cvae.training.records import Knobs
from cvae.training.state import start_training

BATCHES = 12
"""Batches in one round of training."""
CLASSROOM_WORDS = 24
"""Words in one round of training as in classroom codes, one word a step."""


def plain_forward(
    model: CVAE,
    batch: Batch,
    teacher_forcing: float,
    generator: Generator,
    letter_by_letter: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return logits, mean and logvar as `model(batch, teacher_forcing, generator=generator)` of the default LSTM does.

    `letter_by_letter` steps through every word in a Python loop, as classroom codes do.
    """
    mean, logvar = _encode(model, batch, letter_by_letter)
    z = model.reparameterize(mean, logvar, generator)
    forced = torch.rand(len(z), generator=generator) < teacher_forcing
    return _decode(model, z, batch, forced, letter_by_letter or not bool(forced.all())), mean, logvar


def _encode(model: CVAE, batch: Batch, letter_by_letter: bool) -> tuple[Tensor, Tensor]:
    encoder, recurrent = model.encoder, model.encoder.recurrent[0]
    assert isinstance(recurrent, Recurrent)
    rnn = recurrent.rnn
    condition = F.one_hot(batch.source_tense, encoder.tenses).float()
    start = F.pad(condition, (model.config.hidden - encoder.tenses, 0))[None]
    states: States = (start, start)
    embedded = encoder.embedding(batch.source.t())  # (S, B, E)
    if letter_by_letter:
        for step in embedded:
            _, states = rnn(step[None], states)
    else:
        _, states = rnn(pack_padded_sequence(embedded, batch.source_lengths, enforce_sorted=False), states)
    mean, logvar = (
        torch.cat([head(state[0]) for head, state in zip(heads, states, strict=True)], 1)
        for heads in (encoder.mean, encoder.logvar)
    )
    return mean, logvar


def _decode(model: CVAE, z: Tensor, batch: Batch, forced: Tensor, letter_by_letter: bool) -> Tensor:
    decoder, rnn = model.decoder, model.decoder.recurrent.rnn
    hidden, cell = decoder.start(z, batch.target_tense).states
    states: States = (hidden[None], cell[None])
    previous = shift_right(batch.target).t()  # (T, B)
    if not letter_by_letter:
        outputs, _ = rnn(decoder.embedding(previous), states)
        at_once: Tensor = decoder.output(outputs).transpose(0, 1)
        return at_once
    letters, logits = previous[0], []
    for true in [*previous[1:], previous[0]]:
        output, states = rnn(decoder.embedding(letters)[None], states)
        logits.append(decoder.output(output[0]))
        letters = torch.where(forced, true, greedy_next_letter(logits[-1][:, None])[:, 0])
    return torch.stack(logits, 1)


class Training:
    """Some training steps of one model, in the library's way and in the ways that it is compared with."""

    def __init__(self, config: TrainConfig):
        self.config, self.data = config, load_training_data(config)
        self.state = start_training(config, self.data)
        self.generator = torch.Generator().manual_seed(0)
        table, words = self.data.table, self.data.words_of_epoch(self.generator)
        pairs = epoch_batches(table, words, config.objective, config.batch_size, self.generator)
        self.batches = [table.batch(*pair) for pair in pairs[:BATCHES]]
        shuffled = words[torch.randperm(len(words), generator=self.generator)][: BATCHES * config.batch_size]
        self.padded = [table.batch(chunk, chunk) for chunk in shuffled.split(config.batch_size)]
        self.single = [table.batch(word, word) for word in shuffled[:CLASSROOM_WORDS].split(1)]
        self.sgd = torch.optim.SGD(self.state.model.parameters(), lr=1e-4)

    def fast(self, knobs: Knobs) -> None:
        """Train on batches of one length, by the library's own training step."""
        with open_threads() as threads:
            for batch in self.batches:
                train_step(self.config, batch, self.state, knobs, threads)

    def plain(self, ratio: float) -> None:
        """Train on random batches, padded and packed, by nn.LSTM and Adam."""
        for batch in self.padded:
            self._plain_step(batch, ratio, self.state.optimizer, letter_by_letter=False)

    def classroom(self) -> None:
        """Train on one word a step, in a Python loop over its letters, by SGD."""
        for batch in self.single:
            self._plain_step(batch, 1.0, self.sgd, letter_by_letter=True)

    def _plain_step(self, batch: Batch, ratio: float, optimizer: torch.optim.Optimizer, letter_by_letter: bool) -> None:
        logits, mean, logvar = plain_forward(self.state.model, batch, ratio, self.generator, letter_by_letter)
        optimizer.zero_grad()
        negative_elbo(reconstruction_loss(logits, batch.target), kl_divergence(mean, logvar), 0.1).backward()
        optimizer.step()

    def textbook_operations(self) -> float:
        """Count the floating-point operations of a word: 4 gates, forward and twice that backward.

        For the report's model; layers that are met once a word are left out, as they are below 2%.
        """
        model = self.config.model
        gates = 2 * 4 * model.hidden * (model.embedding + model.hidden)
        output = 2 * model.hidden * len(self.data.paradigms.vocabulary)
        letters = sum(batch.source.numel() * gates + batch.target.numel() * (gates + output) for batch in self.batches)
        return 3 * letters / count_words(self.batches)


def count_words(batches: list[Batch]) -> int:
    """Return the words of all batches."""
    return sum(len(batch.source) for batch in batches)
