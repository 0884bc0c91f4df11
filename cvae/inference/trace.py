"""One word's way through the model, with every number on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cvae.data.batches import pad_words
from cvae.data.vocabulary import EOS, PAD, SOS, UNK, Vocabulary
from cvae.inference.conversion import decode_forms, encode, infer_posterior
from cvae.model.cvae import CVAE
from cvae.model.objective import kl_divergence, reconstruction_loss

SPECIAL_NAMES = {PAD: "PAD", SOS: "SOS", EOS: "EOS", UNK: "UNK"}


@dataclass(frozen=True)
class Step:
    """One step of the decoder: the letter it read, the one it was to write, and the probability it gave to that."""

    read: str
    written: str
    probability: float


@dataclass(frozen=True)
class Reading:
    """A word as the encoder sees it. ids: letters and EOS. mean, sigma, kl: of q(z | x, c), (Z,) each, kl in nats."""

    word: str
    tense: str
    ids: Sequence[int]
    mean: Tensor
    sigma: Tensor
    kl: Tensor

    @property
    def order(self) -> list[int]:
        """The dimensions, largest KL first."""
        return self.kl.argsort(descending=True, stable=True).tolist()


def symbol(i: int, vocabulary: Vocabulary) -> str:
    """A letter, or the name of a special id."""
    return SPECIAL_NAMES.get(i) or vocabulary.letter(i)


@torch.inference_mode()
def read_word(model: CVAE, word: str, tense: str | None = None) -> Reading:
    """The posterior of a word; without a tense, in the one in which the model reads it.

    Raises BadWord or UnknownCharacter.
    """
    vocabulary = model.vocabulary
    word = vocabulary.check(word)
    inferred = infer_posterior(model, [word], None if tense is None else [vocabulary.tense(tense)])
    mean, logvar = inferred.mean[0], inferred.logvar[0]
    ids, kl = vocabulary.encode(word), kl_divergence(mean, logvar)
    return Reading(word, vocabulary.tenses[inferred.tenses[0]], ids, mean, (0.5 * logvar).exp(), kl)


def draw(reading: Reading, seed: int | None) -> tuple[Tensor, Tensor]:
    """Epsilon and z = mean + sigma * epsilon, (Z,) each; without a seed epsilon is 0, as when converting."""
    epsilon = torch.zeros_like(reading.mean)
    if seed is not None:
        epsilon = torch.randn(epsilon.shape, generator=torch.Generator().manual_seed(seed))
    return epsilon, reading.mean + reading.sigma * epsilon


@torch.inference_mode()
def own_letters(model: CVAE, z: Tensor, tense: str) -> list[Step]:
    """What the decoder writes from z (Z,) when it reads its own letters."""
    vocabulary = model.vocabulary
    [form] = decode_forms(model, z[None], torch.tensor([vocabulary.tense(tense)]), keep_probabilities=True)
    assert form.probabilities is not None
    probabilities = [float(step[i]) for step, i in zip(form.probabilities, form.ids, strict=True)]
    return _steps(form.ids, probabilities, vocabulary)


@torch.inference_mode()
def true_letters(model: CVAE, z: Tensor, tense: str, word: str) -> list[Step]:
    """How probable the decoder finds each letter of `word` from z (Z,) when it reads the true ones: teacher forcing.

    Raises BadWord or UnknownCharacter.
    """
    vocabulary = model.vocabulary
    letters, _ = pad_words([word], vocabulary)
    logits = model.decode_targets(z[None], torch.tensor([vocabulary.tense(tense)]), letters)
    probabilities = logits.softmax(2).gather(2, letters[..., None])[0, :, 0].tolist()
    return _steps(letters[0].tolist(), probabilities, vocabulary)


def _steps(ids: Sequence[int], probabilities: list[float], vocabulary: Vocabulary) -> list[Step]:
    names = [symbol(i, vocabulary) for i in ids]
    return [Step(*step) for step in zip([SPECIAL_NAMES[SOS], *names], names, probabilities, strict=False)]


@torch.inference_mode()
def reconstruction(model: CVAE, z: Tensor, tense: str, word: str) -> float:
    """-ln p(word | z, tense) in nats, as training counts it. Raises BadWord or UnknownCharacter."""
    letters, _ = pad_words([word], model.vocabulary)
    logits = model.decode_targets(z[None], torch.tensor([model.vocabulary.tense(tense)]), letters)
    return float(reconstruction_loss(logits, letters))


@torch.inference_mode()
def batch_kl(model: CVAE, words: Sequence[str], tenses: Sequence[str]) -> Tensor:
    """KL in nats of each word and dimension: (B, Z)."""
    return kl_divergence(*encode(model, words, tenses))
