"""The conditional sequence-to-sequence variational autoencoder.

B is the number of words in a batch, T of letters, V of ids in the vocabulary, H the hidden size, Z the width of z
and C the number of tenses. With the default config the layers are those of the classroom report.
"""

from dataclasses import dataclass, replace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Generator, Tensor

from cvae.core.config import ModelConfig, Precision
from cvae.data.batches import Batch
from cvae.data.vocabulary import PAD, SOS, SPECIALS, UNK, Vocabulary
from cvae.model.rnn import Recurrent, RoundedLinear, States

UNKNOWN_TENSE = -1
"""The value of a source tense that the encoder is not told, so that it gives q(z | x)."""

NEVER_WRITTEN = torch.tensor([PAD, SOS, UNK])


def letter_embedding(letters: int, size: int) -> nn.Embedding:
    """Return an embedding with the random weights that `nn.Embedding` itself would draw.

    On the meta device, where a checkpoint's model is built, nothing is drawn: this would import torch's compiler, which
    takes over a second.
    """
    weight = torch.empty(letters, size)
    embedding: nn.Embedding = nn.Embedding.from_pretrained(weight if weight.is_meta else weight.normal_(), freeze=False)
    return embedding


class Encoder(nn.Module):
    """q(z | x, c): the recurrent states after the last letter give mean and log-variance of z."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary):
        super().__init__()
        self.config, self.tenses = config, len(vocabulary.tenses)
        self.embedding = letter_embedding(len(vocabulary), config.embedding)
        condition_size = self.tenses if config.condition_every_step else 0
        self.recurrent = nn.ModuleList(Recurrent(config, condition_size, reverse) for reverse in config.directions)
        width = len(config.directions) * config.hidden
        self.mean = nn.ModuleList(nn.Linear(width, config.latent) for _ in range(config.states))
        self.logvar = nn.ModuleList(nn.Linear(width, config.latent) for _ in range(config.states))

    def forward(self, letters: Tensor, lengths: Tensor, tense: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and logvar, each (B, Z), from ids (B, T), lengths (B,) and tenses (B,)."""
        # 1. The condition is the one-hot tense, all zeros where it is unknown. The initial states end in it.
        known = (tense != UNKNOWN_TENSE)[:, None]
        condition = (F.one_hot(tense.clamp(min=0), self.tenses) * known).to(self.embedding.weight.dtype)  # (B, C)
        start = (F.pad(condition, (self.config.hidden - self.tenses, 0)),) * self.config.states  # (B, H) each
        # 2. Read the letters, in each direction, to the states after the last one.
        ends = []
        for direction in self.recurrent:
            assert isinstance(direction, Recurrent)
            gates = direction.condition_gates(condition) if self.config.condition_every_step else None
            ends.append(direction(direction.gate_table(self.embedding), gates, letters, start, lengths)[1])
        states = [torch.cat(parts, 1) for parts in zip(*ends, strict=True)]  # (B, directions * H) each
        # 3. Project each state (hidden and cell for an LSTM) to its share of mean and log-variance.
        mean = torch.cat([head(state) for head, state in zip(self.mean, states, strict=True)], 1)
        logvar = torch.cat([head(state) for head, state in zip(self.logvar, states, strict=True)], 1)
        return mean, logvar


@dataclass(frozen=True)
class DecoderState:
    """The recurrent states that the decoder carries from letter to letter, and the inputs that every step shares."""

    states: States
    table: Tensor  # (V, G), see Recurrent.gate_table
    condition_gates: Tensor | None  # (B, G), see Recurrent.condition_gates
    scale: Tensor | None = None  # (B, D): by what z multiplies the units of the layer before the output

    def of(self, words: Tensor) -> "DecoderState":
        """Return the state of some of the words, chosen by a mask or by indices."""
        gates, scale = (part if part is None else part[words] for part in (self.condition_gates, self.scale))
        return DecoderState(tuple(state[words] for state in self.states), self.table, gates, scale)


def mapping_network(inputs: int, width: int) -> nn.Sequential:
    """Return two layers of rectified units: (B, inputs) -> (B, width)."""
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())


class Decoder(nn.Module):
    """p(x | z, c): each part of z, joined with the one-hot tense, is an initial state; letters follow one by one."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary):
        super().__init__()
        self.config, self.tenses = config, len(vocabulary.tenses)
        inputs, width = config.latent + config.mapping, config.hidden - self.tenses
        self.state = nn.ModuleList(nn.Linear(inputs, width) for _ in range(config.states))
        self.mapping = mapping_network(config.z_size, config.mapping) if config.mapping else None
        self.embedding = letter_embedding(len(vocabulary), config.embedding)
        self.recurrent = Recurrent(config, config.z_size + self.tenses if config.condition_every_step else 0)
        self.film = RoundedLinear(config.hidden, config.film) if config.film else None
        self.film_scale = nn.Linear(config.z_size + config.mapping, config.film) if config.film else None
        self.output = nn.Linear(config.film or config.hidden, len(vocabulary))

    def start(self, z: Tensor, tense: Tensor) -> DecoderState:
        """Return the state before the first letter, from z (B, Z) and tenses (B,).

        Of K times as many tenses, each z gets K, one after the other; what depends on z alone is computed once.
        """
        z, tense = z.to(self.output.weight.device), tense.to(self.output.weight.device)
        tenses = len(tense) // max(1, len(z))

        def spread(part: Tensor) -> Tensor:
            return part if tenses == 1 else part.repeat_interleave(tenses, 0)

        condition = F.one_hot(tense, self.tenses).to(z.dtype)  # (B * K, C)
        # The tenses share the mapping, so that they agree on which verb is where.
        mapped = z[:, :0] if self.mapping is None else self.mapping(z)
        parts = zip(self.state, z.chunk(self.config.states, 1), strict=True)
        states = tuple(torch.cat([spread(layer(torch.cat([part, mapped], 1))), condition], 1) for layer, part in parts)
        gates = None
        if self.config.condition_every_step:
            gates = self.recurrent.condition_gates(torch.cat([spread(z), condition], 1))
        scale = None if self.film_scale is None else spread(1 + self.film_scale(torch.cat([z, mapped], 1)))
        return DecoderState(states, self.recurrent.gate_table(self.embedding), gates, scale)

    def forward(self, previous: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Return the logits (B, T, V) of the letters after the previous ones (B, T), and the state after the last."""
        letters = previous.to(state.table.device)
        outputs, states = self.recurrent(state.table, state.condition_gates, letters, state.states)
        if self.film is not None:
            outputs = self.film(outputs) * state.scale
        return self.output(outputs).transpose(0, 1).to(previous.device), replace(state, states=states)


class CVAE(nn.Module):
    """Encoder and decoder for the words of one vocabulary. Raises BadConfig for more tenses than `hidden` has room for.

    It computes on the device of its weights; what it returns is on the device of the letters that it is given.
    """

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary):
        super().__init__()
        config.check_tenses(len(vocabulary.tenses))
        self.config, self.vocabulary = config, vocabulary
        self.encoder = Encoder(config, vocabulary)
        self.decoder = Decoder(config, vocabulary)

    def round_products(self, precision: Precision) -> None:
        """Let the layers of each step round the factors of their products to this precision, on the processor."""
        for module in self.modules():
            if isinstance(module, Recurrent | RoundedLinear):
                module.round_products(torch.bfloat16 if precision == "bfloat16" else None)

    def encode(self, letters: Tensor, lengths: Tensor, tense: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and logvar of q(z | x, c), (B, Z) each, from ids (B, T) that end in EOS, lengths and tenses (B,).

        A tense may be UNKNOWN_TENSE.
        """
        device = self.decoder.output.weight.device
        mean, logvar = self.encoder(letters.to(device), lengths, tense.to(device))
        return mean.to(letters.device), logvar.to(letters.device)

    def reparameterize(self, mean: Tensor, logvar: Tensor, generator: Generator | None = None) -> Tensor:
        """Draw z = mu + sigma * epsilon, epsilon ~ N(0, I): (B, Z) each (Kingma and Welling 2014, section 2.4)."""
        epsilon = torch.randn(mean.shape, generator=generator, dtype=mean.dtype)
        return mean + (0.5 * logvar).exp() * epsilon.to(mean.device)

    def decode(self, z: Tensor, tense: Tensor, previous: Tensor) -> Tensor:
        """Return the logits (B, T, V) of each letter given z, tenses (B,) and previous letters (B, T).

        z: (B, Z), or as many as B is a multiple of, see `Decoder.start`.
        """
        logits: Tensor = self.decoder(previous, self.decoder.start(z, tense))[0]
        return logits

    def decode_targets(self, z: Tensor, tense: Tensor, target: Tensor) -> Tensor:
        """Return logits (B, T, V) of the letters of `target` (B, T) when every previous letter is the true one.

        z and tenses are those of `decode`.
        """
        return self.decode(z, tense, shift_right(target))

    def decode_freely(self, z: Tensor, tense: Tensor, steps: int) -> Tensor:
        """Return the logits (B, T, V) of T = `steps` letters, each given the letters that the model chose before."""
        state = self.decoder.start(z, tense)
        letters = torch.full((len(z), 1), SOS, device=z.device)
        logits = []
        for _ in range(steps):
            step, state = self.decoder(letters, state)  # (B, 1, V)
            letters = greedy_next_letter(step)
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
        """Return one pass of training: logits (B, T, V) of the target's letters, mean and logvar (B, Z).

        teacher_forcing is the probability that a word of the batch is decoded from its true letters, letter_dropout
        that a true letter is hidden from the decoder behind UNK (Bowman et al. 2016, "word dropout"), tense_dropout
        that the encoder is not told the tense of its word.
        """
        # 1. Encode the source word in its tense, which the encoder is not told of some words.
        source_tense = drop_tenses(batch.source_tense, tense_dropout, generator)
        mean, logvar = self.encode(batch.source, batch.source_lengths, source_tense)
        # 2. Draw z.
        z = self.reparameterize(mean, logvar, generator)
        # 3. Under teacher forcing the decoder reads the true letters, shifted by one step, some of them hidden.
        previous = shift_right(batch.target)
        if letter_dropout > 0:
            hidden = torch.rand(previous.shape, generator=generator) < letter_dropout
            previous = torch.where(hidden.to(previous.device) & (previous >= SPECIALS), UNK, previous)
        # 4. Decode: the forced words from these letters, the others from the letters that the decoder chooses itself.
        forced = torch.rand(len(z), generator=generator) < teacher_forcing
        if bool(forced.all()):
            return self.decode(z, batch.target_tense, previous), mean, logvar
        forced = forced.to(z.device)
        free = ~forced
        logits = z.new_empty(*previous.shape, len(self.vocabulary))
        logits[free] = self.decode_freely(z[free], batch.target_tense[free], previous.size(1))
        if bool(forced.any()):
            logits[forced] = self.decode(z[forced], batch.target_tense[forced], previous[forced])
        return logits, mean, logvar


def drop_tenses(tense: Tensor, share: float, generator: Generator | None = None) -> Tensor:
    """Replace a random share of the tenses (B,) by UNKNOWN_TENSE."""
    if share == 0:
        return tense
    dropped = torch.rand(tense.shape, generator=generator) < share
    return torch.where(dropped.to(tense.device), UNKNOWN_TENSE, tense)


def shift_right(target: Tensor) -> Tensor:
    """Return the true previous letters of `target`: SOS, then all letters but the last. (B, T) -> (B, T)."""
    return torch.cat([torch.full_like(target[:, :1], SOS), target[:, :-1]], 1)


def greedy_next_letter(logits: Tensor) -> Tensor:
    """Return the most probable letter or EOS of each step: (B, T, V) -> (B, T). PAD, SOS and UNK are never chosen."""
    return logits.index_fill(-1, NEVER_WRITTEN.to(logits.device), float("-inf")).argmax(-1)


def build_model(config: ModelConfig, vocabulary: Vocabulary, seed: int) -> CVAE:
    """Return a model with torch's usual random weights, drawn from `seed` without touching the global generator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CVAE(config, vocabulary)
