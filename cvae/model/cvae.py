"""The conditional sequence-to-sequence variational autoencoder.

B is the number of words in a batch, T of letters, V of ids in the vocabulary, H the hidden size, Z the width of z
and C the number of tenses. With the default config the layers are those of the classroom report.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Generator, Tensor

from cvae.core.config import ModelConfig
from cvae.data.batches import Batch
from cvae.data.vocabulary import PAD, SOS, SPECIALS, UNK, Vocabulary
from cvae.model.rnn import Recurrent, States

UNKNOWN_TENSE = -1
"""In place of a source tense: the encoder is not told it, and gives q(z | x)."""

NEVER_WRITTEN = torch.tensor([PAD, SOS, UNK])


class Encoder(nn.Module):
    """q(z | x, c): the recurrent states after the last letter give mean and log-variance of z."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary):
        super().__init__()
        self.config, self.tenses = config, len(vocabulary.tenses)
        self.embedding = nn.Embedding(len(vocabulary), config.embedding)
        beside = self.tenses if config.condition_every_step else 0
        self.recurrent = nn.ModuleList(Recurrent(config, beside, reverse) for reverse in config.directions)
        width = len(config.directions) * config.hidden
        self.mean = nn.ModuleList(nn.Linear(width, config.latent) for _ in range(config.states))
        self.logvar = nn.ModuleList(nn.Linear(width, config.latent) for _ in range(config.states))

    def forward(self, letters: Tensor, lengths: Tensor, tense: Tensor) -> tuple[Tensor, Tensor]:
        """Ids (B, T), lengths (B,), tenses (B,) -> mean, logvar, each (B, Z)."""
        known = (tense != UNKNOWN_TENSE)[:, None]
        condition = (F.one_hot(tense.clamp(min=0), self.tenses) * known).to(self.embedding.weight.dtype)  # (B, C)
        start = (F.pad(condition, (self.config.hidden - self.tenses, 0)),) * self.config.states  # (B, H) each
        ends = []
        for direction in self.recurrent:
            assert isinstance(direction, Recurrent)
            beside = direction.beside_gates(condition) if self.config.condition_every_step else None
            _, states = direction(direction.gate_table(self.embedding), beside, letters, start, lengths)
            ends.append(states)
        states = [torch.cat(parts, 1) for parts in zip(*ends, strict=True)]  # (B, directions * H) each
        mean = torch.cat([head(state) for head, state in zip(self.mean, states, strict=True)], 1)
        logvar = torch.cat([head(state) for head, state in zip(self.logvar, states, strict=True)], 1)
        return mean, logvar


@dataclass(frozen=True)
class Spelling:
    """A word that the decoder has begun to spell: the states so far, and what stays the same for all its letters."""

    states: States
    table: Tensor  # (V, G)
    beside: Tensor | None  # (B, G)

    def of(self, words: Tensor) -> "Spelling":
        """Only some of the words, by a mask (B,)."""
        states = tuple(state[words] for state in self.states)
        return Spelling(states, self.table, None if self.beside is None else self.beside[words])


class Decoder(nn.Module):
    """p(x | z, c): each part of z, beside the tense, is the state from which the letters are spelled."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary):
        super().__init__()
        self.config, self.tenses = config, len(vocabulary.tenses)
        width = config.hidden - self.tenses
        self.state = nn.ModuleList(nn.Linear(config.latent, width) for _ in range(config.states))
        self.embedding = nn.Embedding(len(vocabulary), config.embedding)
        self.recurrent = Recurrent(config, config.z_size + self.tenses if config.condition_every_step else 0)
        self.output = nn.Linear(config.hidden, len(vocabulary))

    def start(self, z: Tensor, tense: Tensor) -> Spelling:
        """z (B, Z), tenses (B,) -> words of which no letter is spelled yet."""
        condition = F.one_hot(tense, self.tenses).to(z.dtype)
        parts = zip(self.state, z.chunk(self.config.states, 1), strict=True)
        states = tuple(torch.cat([layer(part), condition], 1) for layer, part in parts)
        beside = None
        if self.config.condition_every_step:
            beside = self.recurrent.beside_gates(torch.cat([z, condition], 1))
        return Spelling(states, self.recurrent.gate_table(self.embedding), beside)

    def forward(self, previous: Tensor, spelling: Spelling) -> tuple[Tensor, Spelling]:
        """Previous letters (B, T) -> logits of the next ones (B, T, V), and the words spelled so far."""
        outputs, states = self.recurrent(spelling.table, spelling.beside, previous, spelling.states)
        return self.output(outputs).transpose(0, 1), replace(spelling, states=states)


class CVAE(nn.Module):
    """Encoder and decoder for the words of one vocabulary."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary):
        super().__init__()
        self.config, self.vocabulary = config, vocabulary
        self.encoder = Encoder(config, vocabulary)
        self.decoder = Decoder(config, vocabulary)

    def encode(self, letters: Tensor, lengths: Tensor, tense: Tensor) -> tuple[Tensor, Tensor]:
        """Ids (B, T) that end in EOS, lengths (B,), tenses (B,) -> mean and logvar of q(z | x, c), each (B, Z).

        A tense may be UNKNOWN_TENSE.
        """
        mean, logvar = self.encoder(letters, lengths, tense)
        return mean, logvar

    def reparameterize(self, mean: Tensor, logvar: Tensor, generator: Generator | None = None) -> Tensor:
        """A draw z = mu + sigma * epsilon, epsilon ~ N(0, I): (B, Z) each (Kingma and Welling 2014, section 2.4)."""
        epsilon = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
        return mean + (0.5 * logvar).exp() * epsilon

    def decode(self, z: Tensor, tense: Tensor, previous: Tensor) -> Tensor:
        """Logits (B, T, V) of each letter given z (B, Z), the tense (B,) and the previous letters (B, T), SOS first."""
        logits: Tensor = self.decoder(previous, self.decoder.start(z, tense))[0]
        return logits

    def decode_targets(self, z: Tensor, tense: Tensor, target: Tensor) -> Tensor:
        """Logits (B, T, V) of the letters of `target` (B, T) when every previous letter is the true one."""
        return self.decode(z, tense, shift_right(target))

    def decode_freely(self, z: Tensor, tense: Tensor, steps: int) -> Tensor:
        """Logits (B, T, V) of T = `steps` letters, each after the model's own likeliest ones."""
        spelling = self.decoder.start(z, tense)
        letters = torch.full((len(z), 1), SOS)
        logits = []
        for _ in range(steps):
            step, spelling = self.decoder(letters, spelling)  # (B, 1, V)
            letters = likeliest(step)
            logits.append(step)
        return torch.cat(logits, 1)

    def forward(
        self,
        batch: Batch,
        teacher_forcing: float = 1.0,
        letter_dropout: float = 0.0,
        tense_dropout: float = 0.0,
        generator: Generator | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """One pass of training: logits (B, T, V) of the target's letters, mean and logvar (B, Z).

        teacher_forcing is the probability that a word of the batch is decoded from its true letters, letter_dropout
        that a true letter is hidden from the decoder behind UNK (Bowman et al. 2016, "word dropout"), tense_dropout
        that the encoder is not told the tense of its word.
        """
        source_tense = hide_some(batch.source_tense, tense_dropout, generator)
        mean, logvar = self.encode(batch.source, batch.source_lengths, source_tense)
        z = self.reparameterize(mean, logvar, generator)
        previous = shift_right(batch.target)
        if letter_dropout > 0:
            hidden = torch.rand(previous.shape, generator=generator) < letter_dropout
            previous = torch.where(hidden & (previous >= SPECIALS), UNK, previous)
        forced = torch.rand(len(z), generator=generator) < teacher_forcing
        if bool(forced.all()):
            return self.decode(z, batch.target_tense, previous), mean, logvar
        free = ~forced
        logits = z.new_empty(*previous.shape, len(self.vocabulary))
        logits[free] = self.decode_freely(z[free], batch.target_tense[free], previous.size(1))
        if bool(forced.any()):
            logits[forced] = self.decode(z[forced], batch.target_tense[forced], previous[forced])
        return logits, mean, logvar


def hide_some(tense: Tensor, share: float, generator: Generator | None = None) -> Tensor:
    """Tenses (B,), about this share of them UNKNOWN_TENSE."""
    if share == 0:
        return tense
    return torch.where(torch.rand(tense.shape, generator=generator) < share, UNKNOWN_TENSE, tense)


def shift_right(target: Tensor) -> Tensor:
    """What the decoder reads to write `target`: SOS, then all letters but the last. (B, T) -> (B, T)."""
    return torch.cat([torch.full_like(target[:, :1], SOS), target[:, :-1]], 1)


def likeliest(logits: Tensor) -> Tensor:
    """The likeliest letter or EOS of each step: (B, T, V) -> (B, T). PAD, SOS and UNK are never written."""
    return logits.index_fill(-1, NEVER_WRITTEN, float("-inf")).argmax(-1)


def build_model(config: ModelConfig, vocabulary: Vocabulary, seed: int) -> CVAE:
    """A model with torch's usual random weights, drawn from `seed` without touching the global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CVAE(config, vocabulary)
