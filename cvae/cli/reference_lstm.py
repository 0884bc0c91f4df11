"""The report's LSTM by nn.LSTM alone: what the fast path is tested against, and what the benchmark compares it with."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Generator, Tensor
from torch.nn.utils.rnn import pack_padded_sequence

from cvae.data.batches import Batch
from cvae.model.cvae import CVAE, greedy_next_letter, shift_right
from cvae.model.rnn import Recurrent, States


def plain_forward(
    model: CVAE,
    batch: Batch,
    teacher_forcing: float = 1.0,
    generator: Generator | None = None,
    letter_by_letter: bool = False,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return what `model(batch, teacher_forcing, 0, generator)` gives for the default LSTM: logits, mean, logvar.

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
    mean, logvar = (_heads(heads, states) for heads in (encoder.mean, encoder.logvar))
    return mean, logvar


def _heads(heads: nn.ModuleList, states: States) -> Tensor:
    return torch.cat([head(state[0]) for head, state in zip(heads, states, strict=True)], 1)


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
