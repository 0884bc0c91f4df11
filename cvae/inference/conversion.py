"""Words in, words out: a word is encoded, and its point z is decoded in every tense.

B is the number of words, T of letters, V of ids in the vocabulary, Z the width of z and C the number of tenses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cvae.core.config_base import shorten
from cvae.core.errors import BadConfig, BadWord
from cvae.data.batches import in_chunks, pad_words
from cvae.data.vocabulary import MAX_TENSES, Vocabulary
from cvae.inference.decoding import Form, decode_all_tenses
from cvae.model.cvae import CVAE, UNKNOWN_TENSE
from cvae.model.objective import reconstruction_loss
from cvae.model.parallel import map_chunks

CHUNK = 256
"""Words decoded together: in the tenses of a model of the app, their gates still fit into a processor's cache."""
FEW = 4
"""The most words of unknown tense that are encoded in every tense at once, which is then faster than a second pass."""
FIRST_DRAWS, TENSE_DRAWS, LEAST_SHARE, ENOUGH = 16, 64, 0.05, 0.01
"""The fewest and the most draws of q(z | x) over which p(tense | word) is averaged, the smallest share of a shown
reading, and the standard error of a share that needs no more draws."""


def chunk_size(vocabulary: Vocabulary) -> int:
    """Return how many words are decoded together in all tenses: CHUNK, or fewer of more than MAX_TENSES tenses."""
    return max(1, CHUNK * MAX_TENSES // max(MAX_TENSES, len(vocabulary.tenses)))


@dataclass(frozen=True)
class Posterior:
    """q(z | x, c) of B words, c being the tense that was given or found for each.

    tense_posterior: p(tense | word) under the model where the tenses were found, otherwise None.
    """

    tenses: Sequence[int]  # (B,)
    mean: Tensor  # (B, Z)
    logvar: Tensor  # (B, Z)
    tense_posterior: Tensor | None = None  # (B, C)


@dataclass(frozen=True)
class Conversion:
    """One word in all tenses, decoded from the mean of q(z | x, c), where c is the source tense, given or found.

    tense_posterior: p(tense | word) under the model where the source tense was found, otherwise None. `decode_point`
    decodes a point that belongs to no word: word and source are then empty.
    """

    word: str
    source: str
    forms: dict[str, Form]
    mean: Tensor  # (Z,)
    logvar: Tensor  # (Z,)
    tense_posterior: np.ndarray | None = None  # (C,)

    @property
    def comes_back(self) -> bool:
        """Whether the word itself is decoded from its own z in its own tense; otherwise the model did not grasp it."""
        return self.forms[self.source].text == self.word


@dataclass(frozen=True)
class Reading:
    """A paradigm to which a word may belong. share: the probability under the model that it does, see `readings`."""

    share: float
    conversion: Conversion


def convert(
    model: CVAE,
    words: Sequence[str] | str,
    sources: Sequence[str | None] | str | None = None,
    keep_probabilities: bool = False,
) -> list[Conversion]:
    """Convert every word, or one given as a text, into every tense; z is the mean of its posterior.

    `sources` is one tense for all words or one for each; None leaves it to `infer_posterior`. Raises BadConfig when
    there are more or fewer tenses than words, BadWord or UnknownCharacter for the first bad word.
    """
    vocabulary = model.vocabulary
    words = [words] if isinstance(words, str) or not isinstance(words, Iterable) else [*words]
    if wrong := [word for word in words if not isinstance(word, str)]:
        raise BadWord(f"A word must be text, not {shorten(wrong[0])}.")
    if sources is None or isinstance(sources, str):
        sources = [sources] * len(words)
    if len(sources) != len(words):
        raise BadConfig(f"Give one tense for all words or one for each: these are {len(sources)} for {len(words)}.")
    words = [vocabulary.check(word) for word in words]
    known = [None if source is None else vocabulary.tense(source) for source in sources]
    order = sorted(range(len(words)), key=lambda i: (known[i] is None, len(words[i])))  # so that little is padded
    auto = next((place for place, i in enumerate(order) if known[i] is None), len(order))
    size = chunk_size(vocabulary)
    chunks = [*in_chunks(order[:auto], size), *in_chunks(order[auto:], size)]

    @torch.inference_mode()
    def convert_chunk(chunk: Sequence[int]) -> list[Conversion]:
        told = [tense for i in chunk if (tense := known[i]) is not None]
        inferred = infer_posterior(model, [words[i] for i in chunk], told or None)
        forms = decode_all_tenses(model, inferred.mean, keep_probabilities)
        shares = inferred.tense_posterior
        return [
            Conversion(
                words[i],
                vocabulary.tenses[inferred.tenses[row]],
                dict(zip(vocabulary.tenses, forms[row], strict=True)),
                inferred.mean[row],
                inferred.logvar[row],
                None if shares is None else shares[row].numpy(),
            )
            for row, i in enumerate(chunk)
        ]

    conversions: dict[int, Conversion] = {}
    for chunk, converted in zip(chunks, map_chunks(convert_chunk, chunks), strict=True):
        conversions |= zip(chunk, converted, strict=True)
    return [conversions[i] for i in range(len(words))]


@torch.inference_mode()
def encode(model: CVAE, words: Sequence[str], tenses: Sequence[str] | None) -> tuple[Tensor, Tensor]:
    """Return mean and logvar of q(z | x, c), each (B, Z), of words in these tenses; without tenses, of q(z | x).

    Raises BadWord or UnknownCharacter.
    """
    letters, lengths = pad_words(words, model.vocabulary)
    numbers = [UNKNOWN_TENSE] * len(words) if tenses is None else [model.vocabulary.tense(name) for name in tenses]
    return model.encode(letters, lengths, torch.tensor(numbers))


@torch.inference_mode()
def infer_posterior(model: CVAE, words: Sequence[str], tenses: Sequence[int] | None) -> Posterior:
    """Return q(z | x, c) of words in the tenses of these numbers, or of each word in its likeliest tense without any.

    p(c | x, z) is proportional to p(x | z, c) under equal priors, with z at the mean of q(z | x): the likeliest tense
    is the one in which the decoder would most probably spell the word itself. Where two tenses share a form, as in
    `put`, both are about as likely. The mean in the tense that was found is right a little more often than that of
    q(z | x). Raises BadWord or UnknownCharacter.
    """
    letters, lengths = pad_words(words, model.vocabulary)
    if tenses is not None:
        return Posterior(tenses, *model.encode(letters, lengths, torch.tensor(tenses)))
    # 1. The encoder reads each word without its tense, and a few words in every tense as well, in the same batch.
    count = len(model.vocabulary.tenses)
    conditions = torch.tensor([UNKNOWN_TENSE, *(range(count) if len(words) <= FEW else ())])
    rows = torch.arange(len(words)).repeat_interleave(len(conditions))
    encoded = model.encode(letters[rows], lengths[rows], conditions.repeat(len(words)))
    mean, logvar = (part.view(len(words), len(conditions), -1) for part in encoded)
    # 2. The decoder finds the tense: how probable is the word itself in each one?
    shares = tense_posterior(model, mean[:, 0], letters)
    found = shares.argmax(1)
    # 3. The posterior in that tense is the answer.
    if len(conditions) == 1:
        return Posterior(found.tolist(), *model.encode(letters, lengths, found), shares)
    every = torch.arange(len(words))
    return Posterior(found.tolist(), mean[every, 1 + found], logvar[every, 1 + found], shares)


def tense_posterior(model: CVAE, z: Tensor, letters: Tensor) -> Tensor:
    """Return p(c | x, z) under equal priors of the tenses: z (B, Z), ids of the words (B, T) -> (B, C)."""
    tenses = len(model.vocabulary.tenses)
    targets, tense = letters.repeat_interleave(tenses, 0), torch.arange(tenses).repeat(len(z))
    logits = model.decode_targets(z, tense, targets)
    return (-reconstruction_loss(logits, targets)).view(len(z), tenses).softmax(1)


def readings(model: CVAE, word: str, keep_probabilities: bool = False) -> list[Reading]:
    """Return the paradigms to which a word may belong, likeliest first: `found` is a form of find and of found.

    p(c | x) is the mean of p(c | x, z) over draws of z from q(z | x), see `draw_tense_posterior`; `infer_posterior`
    takes the mean of q alone. The word is converted in each tense of a share of at least LEAST_SHARE; tenses that give
    the same first form are one reading, converted in the likeliest of them. Raises BadWord or UnknownCharacter.
    """
    shares = draw_tense_posterior(model, word)
    ranked = shares.argsort()[::-1]
    likely = [tense for tense in ranked if shares[tense] >= LEAST_SHARE]
    likely = likely or [ranked[0]]  # of many tenses none may have such a share
    names = [model.vocabulary.tenses[tense] for tense in likely]
    verbs: dict[str, list[tuple[float, Conversion]]] = {}
    for tense, conversion in zip(likely, convert(model, [word] * len(likely), names, keep_probabilities), strict=True):
        verb = next(iter(conversion.forms.values())).text
        verbs.setdefault(verb, []).append((float(shares[tense]), replace(conversion, tense_posterior=shares)))
    found = [Reading(sum(share for share, _ in same), same[0][1]) for same in verbs.values()]
    return sorted(found, key=lambda reading: -reading.share)


@torch.inference_mode()
def draw_tense_posterior(model: CVAE, word: str) -> np.ndarray:
    """Return p(tense | word) (C,), see `readings`; the same for the same word and model.

    Most words need few draws: after FIRST_DRAWS their number is doubled, up to TENSE_DRAWS, only while the standard
    error of a share is above ENOUGH.
    """
    letters, lengths = pad_words([word], model.vocabulary)
    mean, logvar = model.encode(letters, lengths, torch.tensor([UNKNOWN_TENSE]))
    generator = torch.Generator().manual_seed(0)
    z = model.reparameterize(mean.expand(TENSE_DRAWS, -1), logvar.expand(TENSE_DRAWS, -1), generator)
    drawn = tense_posterior(model, z[:FIRST_DRAWS], letters.expand(FIRST_DRAWS, -1))
    while (count := len(drawn)) < TENSE_DRAWS and drawn.std(0).max() > ENOUGH * count**0.5:
        more = tense_posterior(model, z[count : 2 * count], letters.expand(count, -1))
        drawn = torch.cat([drawn, more])
    shares: np.ndarray = drawn.mean(0).numpy()
    return shares
