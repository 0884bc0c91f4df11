"""One word traced through the model: its ids, its posterior, its point z, and the letters that are decoded from it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cvae.data.batches import pad_words
from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import EOS, PAD, SOS, UNK, Vocabulary
from cvae.inference.conversion import encode, infer_posterior
from cvae.inference.decoding import decode_forms
from cvae.inference.word_lists import choose_words
from cvae.model.cvae import CVAE
from cvae.model.objective import kl_divergence, reconstruction_loss

SPECIAL_NAMES = {PAD: "PAD", SOS: "SOS", EOS: "EOS", UNK: "UNK"}


@dataclass(frozen=True)
class LetterStep:
    """One step of the decoder: the letter that it read, the letter of this step, and its probability."""

    read: str
    written: str
    probability: float


@dataclass(frozen=True)
class EncodedWord:
    """A word and its posterior q(z | x, c). The ids end in EOS; mean, sigma and kl (in nats) have the shape (Z,)."""

    word: str
    tense: str
    ids: Sequence[int]
    mean: Tensor
    sigma: Tensor
    kl: Tensor

    @property
    def order(self) -> list[int]:
        """The dimensions of z, sorted by falling KL."""
        return self.kl.argsort(descending=True, stable=True).tolist()

    @property
    def total_kl(self) -> float:
        """The KL of the word in nats, summed over the dimensions."""
        return float(self.kl.sum())

    def kl_of_largest(self, count: int) -> float:
        """Return the KL in nats that the `count` dimensions with the largest KL hold together."""
        return float(self.kl[self.order[:count]].sum())

    def dimensions(self, epsilon: Tensor, z: Tensor) -> list[list[float]]:
        """Return one row for each dimension of z, by falling KL: its number, mean, sigma, KL, epsilon and z."""
        columns = [column.tolist() for column in (self.mean, self.sigma, self.kl, epsilon, z)]
        return [[i, *(column[i] for column in columns)] for i in self.order]


def symbol(i: int, vocabulary: Vocabulary) -> str:
    """Return a letter, or the name of a special id."""
    return SPECIAL_NAMES.get(i) or vocabulary.letter(i)


@torch.inference_mode()
def encode_word(model: CVAE, word: str, tense: str | None = None) -> EncodedWord:
    """Encode a word in a tense, or in its likeliest tense when none is given.

    Raises BadWord or UnknownCharacter.
    """
    vocabulary = model.vocabulary
    word = vocabulary.check(word)
    inferred = infer_posterior(model, [word], None if tense is None else [vocabulary.tense(tense)])
    mean, logvar = inferred.mean[0], inferred.logvar[0]
    ids, kl = vocabulary.encode(word), kl_divergence(mean, logvar)
    return EncodedWord(word, vocabulary.tenses[inferred.tenses[0]], ids, mean, (0.5 * logvar).exp(), kl)


def draw_z(encoded: EncodedWord, seed: int | None) -> tuple[Tensor, Tensor]:
    """Return epsilon and z = mean + sigma * epsilon, (Z,) each; without a seed epsilon is 0, as in a conversion."""
    epsilon = torch.zeros_like(encoded.mean)
    if seed is not None:
        epsilon = torch.randn(epsilon.shape, generator=torch.Generator().manual_seed(seed))
    return epsilon, encoded.mean + encoded.sigma * epsilon


@torch.inference_mode()
def own_letters(model: CVAE, z: Tensor, tense: str) -> list[LetterStep]:
    """Decode z (Z,) greedily, so that the decoder reads the letters that it has chosen itself."""
    vocabulary = model.vocabulary
    [form] = decode_forms(model, z[None], torch.tensor([vocabulary.tense(tense)]), keep_probabilities=True)
    assert form.probabilities is not None
    probabilities = [float(step[i]) for step, i in zip(form.probabilities, form.ids, strict=True)]
    return _steps(form.ids, probabilities, vocabulary)


@torch.inference_mode()
def true_letters(model: CVAE, z: Tensor, tense: str, word: str) -> list[LetterStep]:
    """Decode z (Z,) with teacher forcing: the probability of each letter of `word` after the true letters before it.

    Raises BadWord or UnknownCharacter.
    """
    vocabulary = model.vocabulary
    letters, _ = pad_words([word], vocabulary)
    logits = model.decode_targets(z[None], torch.tensor([vocabulary.tense(tense)]), letters)
    probabilities = logits.softmax(2).gather(2, letters[..., None])[0, :, 0].tolist()
    return _steps(letters[0].tolist(), probabilities, vocabulary)


def _steps(ids: Sequence[int], probabilities: list[float], vocabulary: Vocabulary) -> list[LetterStep]:
    names = [symbol(i, vocabulary) for i in ids]
    return [LetterStep(*step) for step in zip([SPECIAL_NAMES[SOS], *names], names, probabilities, strict=False)]


@torch.inference_mode()
def reconstruction(model: CVAE, z: Tensor, tense: str, word: str) -> float:
    """Return the reconstruction loss -ln p(word | z, tense) in nats. Raises BadWord or UnknownCharacter."""
    letters, _ = pad_words([word], model.vocabulary)
    logits = model.decode_targets(z[None], torch.tensor([model.vocabulary.tense(tense)]), letters)
    return float(reconstruction_loss(logits, letters))


@torch.inference_mode()
def kl_by_dimension(model: CVAE, rows: Sequence[Paradigm], most: int) -> tuple[list[float], int]:
    """Return the KL of each dimension in nats, largest first, and the number of words that it is the mean of.

    These are those of `choose_words`, at most `most`. Raises BadWord or UnknownCharacter.
    """
    words, tenses = zip(*choose_words(rows, most), strict=True)
    kl = kl_divergence(*encode(model, words, [model.vocabulary.tenses[tense] for tense in tenses]))
    return sorted(kl.mean(0).tolist(), reverse=True), len(words)
